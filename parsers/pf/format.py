"""The format of pfSense and OPNsense: config.xml, the whole configuration of the device."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format, Recipe, Step

_MISC = r"(?s)\ufeff?\s*(?>(?:(?:<!--.*?--|<\?[^>]*|<![^>\[-][^>\[]*+(?:\[[^\]]*+\]\s*+)?)>\s*)*)"
"""What may stand before the root; each part ends at one place only, so that this is linear."""
_ROOT = r"<(?:pfsense|opnsense)\b"


def _detect(text: str) -> bool:
    before = re.match(_MISC, text)
    return bool(before and re.match(_ROOT, text[before.end() :]))


def _parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    from parsers.pf.read import parse

    return tuple(parse(source, context) for source in sources)


_CARE = (
    "The file has the passwords and keys of the device. fwlint shows none of them; keep it to "
    "yourself all the same."
)
_RECIPES = (
    Recipe(
        names=("config.xml", "pfsense"),
        title="pfSense",
        steps=(
            Step(
                "In the web interface: Diagnostics, Backup & Restore. Backup area: all. Skip RRD "
                "data: on. Encryption: off. Then download the configuration as XML."
            ),
            Step(
                "Or over SSH:",
                ("ssh root@edge.example cat /cf/conf/config.xml > edge.xml",
                 "fwlint check edge.xml"),
            ),
            Step(_CARE),
        ),
    ),
    Recipe(
        names=("config.xml", "opnsense"),
        title="OPNsense",
        steps=(
            Step(
                "In the web interface: System, Configuration, Backups. Do not backup RRD data: on. "
                "Encrypt this configuration file: off. Then download the configuration."
            ),
            Step(
                "Or over SSH:",
                ("ssh root@edge.example cat /conf/config.xml > edge.xml", "fwlint check edge.xml"),
            ),
            Step(_CARE),
        ),
    ),
)  # fmt: skip

FORMAT = Format(
    name="config.xml",
    title="pfSense, OPNsense",
    dialects=(Dialect("pfsense", "pfSense"), Dialect("opnsense", "OPNsense")),
    endings=("xml",),
    recipes=_RECIPES,
    detect=_detect,
    parse=_parse,
    is_whole=True,
)

"""The format of pfSense and OPNsense: config.xml, the whole configuration of the device."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format

_MISC = re.compile(
    r"\ufeff?\s*(?>(?:(?:<!--.*?--|<\?[^>]*|<![^>\[-][^>\[]*+(?:\[[^\]]*+\]\s*+)?)>\s*)*)",
    re.DOTALL,
)
"""What may stand before the root; each part ends at one place only, so that this is linear."""
_ROOT = re.compile(r"<(?:pfsense|opnsense)\b")


def _detect(text: str) -> bool:
    before = _MISC.match(text)
    return bool(before and _ROOT.match(text, before.end()))


def _parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    from parsers.pf.read import parse

    return tuple(parse(source, context) for source in sources)


FORMAT = Format(
    name="config.xml",
    title="pfSense, OPNsense",
    dialects=(Dialect("pfsense", "pfSense"), Dialect("opnsense", "OPNsense")),
    endings=("xml",),
    detect=_detect,
    parse=_parse,
    is_whole=True,
)

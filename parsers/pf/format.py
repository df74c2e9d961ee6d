"""The format of pfSense and OPNsense: config.xml, the whole configuration of the device."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format

_BEGINNING = r"\s*(?:<\?xml[^>]*>\s*)?(?:<!.*?>\s*)*<(?:pfsense|opnsense)\b"


def _detect(text: str) -> bool:
    return bool(re.match(_BEGINNING, text, re.DOTALL))


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
)

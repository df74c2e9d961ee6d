"""The format of nftables: what nft reads and lists, as text and as JSON."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format

_BEGINNING = (
    r"^(?:#!.*\bnft\b"
    r"|[ \t]*(?:(?:add|create|insert|delete|destroy)[ \t]+)?"
    r"(?:table|chain|rule|set|map|element)[ \t]++"
    r"(?:(?:ip6?|inet|arp|bridge|netdev)[ \t]++)?[\w.-]++[ \t]*+(?:[{;\n]|[\w.-]++[ \t])"
    r'|[ \t]*(?:flush[ \t]++ruleset\b|define[ \t]++[\w.-]++[ \t]*+=|include[ \t]++"))'
    r'|\A\s*\{\s*"nftables"\s*:'
)


def _detect(text: str) -> bool:
    return bool(re.search(_BEGINNING, text, re.MULTILINE))


def _parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    from parsers.nftables.read import parse_all

    return parse_all(sources, context)


FORMAT = Format(
    name="nftables",
    title="Linux, nftables",
    dialects=(Dialect("nftables", "nftables"),),
    endings=("nft", "conf", "json"),
    detect=_detect,
    parse=_parse,
)

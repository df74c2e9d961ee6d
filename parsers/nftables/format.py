"""The format of nftables: what nft reads and lists, as text and as JSON."""

import re
from collections.abc import Sequence

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context
from parsers.shared.format import Dialect, Format, Recipe, Step

_BEGINNING = (
    r"^(?:#!.*\bnft\b"
    r"|[ \t]*(?:(?:add|create|insert|delete|destroy)[ \t]+)?"
    r"(?:table|chain|rule|set|map|element)[ \t]++"
    r"(?:(?:ip6?|inet|arp|bridge|netdev)[ \t]++)?[\w.-]++[ \t]*+(?:[{;\n]|[\w.-]++[ \t])"
    r'|[ \t]*(?:flush[ \t]++ruleset\b|define[ \t]++[\w.-]++[ \t]*+=|include[ \t]++"))'
)
_JSON = r'\s*\{\s*"nftables"\s*:'
BEGINS = (
    r"\s*(?:(?:table|chain|add|create|insert|delete|destroy|replace|flush|reset|list|define"
    r"|redefine|undefine|rule|set|map|element|include)\s)"
)
"""What a file in nft's own language begins with."""
FRAGMENT = (
    r"\s*(?:ip6?|icmp(?:v6|x)?|tcp|udp|udplite|sctp|dccp|th|ah|esp|comp|ether|vlan|arp|meta|ct|rt|ip"
    r"|i?iif|oif|iifname|oifname|iiftype|oiftype|iifgroup|oifgroup|mark|fib|socket|osf|exthdr"
    r"|type|policy|comment|elements|flags|counter|log|limit|accept|drop|reject|return|jump|goto"
    r"|masquerade|redirect|dnat|snat|notrack|queue|tproxy|continue)\b(?!\s*[:=]\s*\S+$)"
)
"""What a file that is included in a table or a chain may begin with too."""


def _detect(text: str) -> bool:
    # Nothing in nft's own language begins so. To look for a line of it takes long in other files.
    if text.lstrip()[:1] in ("{", "<"):
        return bool(re.match(_JSON, text))
    return bool(re.search(_BEGINNING, text, re.MULTILINE))


def _parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    from parsers.nftables.read import parse_all

    return parse_all(sources, context)


_RECIPE = Recipe(
    names=("nftables", "nft", "firewalld"),
    title="Linux, nftables",
    steps=(
        Step(
            "On the machine, as root. firewalld loads rules of nftables too.",
            ("nft list ruleset > edge.nft",),
        ),
        Step("Or as JSON; one of the two is enough:", ("nft -j list ruleset > edge.json",)),
        Step(
            "So that the machine's own addresses and networks are known:",
            (
                "ip -j addr > edge.addr.json",
                "ip -j route > edge.route.json",
                "ip -6 -j route > edge.route6.json",
                "ip -j rule > edge.rule.json",
            ),
        ),
        Step(
            "Name all these files together: they are one device.",
            ("fwlint check edge.nft edge.*.json",),
        ),
    ),
)

FORMAT = Format(
    name="nftables",
    title="Linux, nftables",
    dialects=(Dialect("nftables", "nftables"),),
    endings=("nft", "conf", "json"),
    recipes=(_RECIPE,),
    detect=_detect,
    parse=_parse,
    begins=BEGINS,
)

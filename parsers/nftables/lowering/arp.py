"""Chains of the family netdev that drop ARP, without which IPv4 packets find no receiver."""

import re
from collections.abc import Iterable
from typing import Final

from flowmodel.match import Condition, Name, Test, leaves
from flowmodel.ruleset import Rule
from flowmodel.verdict import Denial
from parsers.nftables.state import RawChain

ARP: Final = (
    "the chain drops ARP, too: what is said to work over IPv4 does not, where neighbours are not"
    " known already"
)
_NAMED: Final = re.compile(r"\b(arp|0x0*806|2054)\b")
_QUOTED: Final = re.compile(r'"[^"\n]*"')


def drops_arp(chain: RawChain, rules: Iterable[Rule]) -> bool:
    """Whether the base chain drops ARP packets, and none of its rules speaks of them."""
    if any(_NAMED.search(_QUOTED.sub("", rule.text)) for rule in chain.rules):
        return False
    return chain.policy == "drop" or any(
        isinstance(rule.verdict, Denial) and all(map(_is_met, leaves(rule.match))) for rule in rules
    )


def _is_met(condition: Condition) -> bool:
    """Whether an ARP packet may fulfil the condition, which is about no header behind Ethernet."""
    return isinstance(condition, Name) or (
        isinstance(condition, Test) and condition.field == "pkt_type"
    )

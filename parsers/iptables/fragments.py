"""Rules about fragments (`-f`), which no packet of the model is.

Connection tracking puts packets together before any rule sees them (net/ipv4/netfilter/
nf_defrag_ipv4.c, at the priority -400). It is there as soon as a rule asks for it, or translates
(nf_conntrack_proto.c, nf_ct_netns_get); where no export has one, fragments may come to the rules.
Those for the machine itself are put together before INPUT in any case (net/ipv4/ip_input.c,
ip_local_deliver).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.match import NEVER
from flowmodel.ruleset import Chain, Gap, Rule, Table
from flowmodel.source import Source
from parsers.shared.added_headers import may_open
from parsers.shared.netfilter import reached

_TRACKS: Final = re.compile(
    r"-m (?:state|conntrack|connmark|connbytes|connlabel|connlimit|helper|cluster|socket)\b|"
    r"-j (?:[DS]NAT|MASQUERADE|REDIRECT|NETMAP|CONNMARK|CONNSECMARK|CT --(?!notrack)|SYNPROXY)\b"
)
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_ASKS: Final = re.compile(r"(?<!! )(?<!\S)(?:-f|--fragments?)(?!\S)")
FRAGMENTS: Final = (
    "the rule is about fragments, which no packet here is: no rule tracks connections, so that the "
    "kernel may not put them together before, and the rule may let them through"
)


def fragments(tables: Sequence[Table], sources: Sequence[Source]) -> Iterator[Gap]:
    """A remark for each rule that fragments get further by than whole packets do.

    `sources` are all exports of the device.
    """
    asking = [rule for each in tables for rule in _rules(each) if _is_asking(rule)]
    if not asking or any(map(_is_tracking, sources)):
        return
    for rule in asking:
        if may_open(rule.verdict, has_effects=bool(rule.effects), is_met_without=False):
            yield Gap("FW902", FRAGMENTS, rule.span, rule.text)


def _rules(table: Table) -> Iterator[Rule]:
    """The rules that fragments can come to."""
    found: dict[str, Chain] = {}
    for chain in table.chains.values():
        if chain.base and chain.base.hook != "input":
            found |= reached(table, chain)
    return (rule for chain in found.values() for rule in chain.rules)


def _is_asking(rule: Rule) -> bool:
    return NEVER in rule.match and bool(_ASKS.search(_QUOTED.sub('""', rule.text)))


def _is_tracking(source: Source) -> bool:
    lines = (line for line in source.lines if not line.startswith("#"))
    return any(_TRACKS.search(_QUOTED.sub('""', line)) for line in lines)

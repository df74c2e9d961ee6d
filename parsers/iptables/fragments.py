"""Rules about fragments (`-f`), which no packet of the model is.

Connection tracking puts packets together before any rule sees them (net/ipv4/netfilter/
nf_defrag_ipv4.c, at the priority -400). It is there as soon as a rule asks for it, or translates
(nf_conntrack_proto.c, nf_ct_netns_get); where no export has one, fragments may come to the rules.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.match import NEVER
from flowmodel.ruleset import Gap, Rule, Table
from flowmodel.source import Source
from parsers.shared.added_headers import may_open

_TRACKS: Final = re.compile(
    r"-m (?:state|conntrack|connmark|connbytes|connlabel|connlimit|helper|cluster|socket)\b|"
    r"-j (?:[DS]NAT|MASQUERADE|REDIRECT|NETMAP|CONNMARK|CONNSECMARK|CT --(?!notrack)|SYNPROXY)\b"
)
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_ASKS: Final = re.compile(r"(?<!! )(?<!\S)(?:-f|--fragments?)(?!\S)")
FRAGMENTS: Final = (
    "the rule is about fragments, which no packet here is: no rule tracks connections, so that the "
    "kernel may not put them together before, and the rule may let them in"
)


def fragments(tables: Sequence[Table], sources: Sequence[Source]) -> Iterator[Gap]:
    """A remark for each rule that fragments get further by than whole packets do.

    `sources` are all exports of the device.
    """
    chains = (chain for each in tables for chain in each.chains.values())
    asking = [rule for chain in chains for rule in chain.rules if _is_asking(rule)]
    if not asking or any(map(_is_tracking, sources)):
        return
    for rule in asking:
        if may_open(rule.verdict, has_effects=bool(rule.effects), is_met_without=False):
            yield Gap("FW902", FRAGMENTS, rule.span, rule.text)


def _is_asking(rule: Rule) -> bool:
    return NEVER in rule.match and bool(_ASKS.search(_QUOTED.sub('""', rule.text)))


def _is_tracking(source: Source) -> bool:
    lines = (line for line in source.lines if not line.startswith("#"))
    return any(_TRACKS.search(_QUOTED.sub('""', line)) for line in lines)

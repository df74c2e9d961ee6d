"""Chains in front of connection tracking: no packet has a connection there that could be marked."""

from typing import Final

from flowmodel.record import replace
from flowmodel.ruleset import CONNTRACK, Chain, Table
from flowmodel.verdict import CopyMark, Effect, SetMark, UnknownMark
from parsers.shared.netfilter import reached

_TEXT: Final = "whether the chain runs behind connection tracking"


def before_tracking(table: Table) -> Table:
    """The table; where no connection is known yet, its mark is not written (nft_ct_set_eval).

    A chain that others call as well may run behind connection tracking.
    """
    early: set[str] = set()
    other: set[str] = set()
    for chain in table.chains.values():
        if base := chain.base:
            is_early = base.hook in ("prerouting", "output") and base.priority < CONNTRACK
            (early if is_early else other).update(reached(table, chain))
    chains = {
        name: _without_entry(chain, is_sure=name not in other) if name in early else chain
        for name, chain in table.chains.items()
    }
    return replace(table, chains=chains)


def _without_entry(chain: Chain, *, is_sure: bool) -> Chain:
    if not any(_is_of_entry(each) for rule in chain.rules for each in rule.effects):
        return chain
    instead = () if is_sure else (UnknownMark("ct_mark", _TEXT),)
    rules = [
        rule._replace(
            effects=tuple(
                made
                for each in rule.effects
                for made in (instead if _is_of_entry(each) else (each,))
            )
        )
        for rule in chain.rules
    ]
    return replace(chain, rules=tuple(rules))


def _is_of_entry(effect: Effect) -> bool:
    match effect:
        case SetMark("ct_mark") | CopyMark(_, "ct_mark") | UnknownMark("ct_mark"):
            return True
        case _:
            return False

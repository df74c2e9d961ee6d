"""Where it matters in which order base chains of one priority run, which no file says."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.ruleset import Gap, Rule, Table
from flowmodel.verdict import MapNetwork, TranslateDestination, TranslateSource

_SAME = "another base chain has the same hook and priority: which of them runs first, "
_MARKS = f"{_SAME}and so which marks it sees, depends on the kernel"
_ADDRESSES = f"{_SAME}and so which of them translates a packet, depends on the kernel"


_TRANSLATIONS = (TranslateDestination, TranslateSource, MapNetwork)


def order_gaps(tables: Sequence[Table]) -> Iterator[Gap]:
    """A remark for each base chain that runs before or behind another of the same priority.

    Kernels differ: in 6.18 the chain that was made last runs first, in 4.14 it was the first one
    (net/netfilter/core.c, nf_hook_entries_grow). It only matters where rules change what others
    ask for, or where both translate addresses: the first translation counts.
    """
    is_changing = any(rule.effects for table in tables for rule in _rules(table))
    translating = {
        id(table)
        for table in tables
        if any(isinstance(rule.verdict, _TRANSLATIONS) for rule in _rules(table))
    }
    seen: dict[tuple[str, int], list[Table]] = {}
    for table in tables:
        for chain in table.chains.values():
            if chain.base is None:
                continue
            others = seen.setdefault((chain.base.hook, chain.base.priority), [])
            met = [other for other in others if other.families & table.families]
            if met and is_changing:
                yield Gap("FW902", _MARKS, chain.span, "")
            elif chain.base.kind == "nat" and _both(translating, table, met):
                yield Gap("FW902", _ADDRESSES, chain.span, "")
            others.append(table)


def _both(translating: set[int], table: Table, others: Iterable[Table]) -> bool:
    return id(table) in translating and any(id(other) in translating for other in others)


def _rules(table: Table) -> Iterator[Rule]:
    for chain in table.chains.values():
        yield from chain.rules

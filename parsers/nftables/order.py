"""Where it matters in which order base chains of one priority run, which no file says."""

from collections.abc import Iterator, Sequence

from linter.model.ruleset import Chain, Gap, Table


def order_gaps(tables: Sequence[Table]) -> Iterator[Gap]:
    """A remark for each base chain that runs before or behind another of the same priority.

    Kernels differ: in 6.18 the chain that was made last runs first, in 4.14 it was the first one
    (net/netfilter/core.c, nf_hook_entries_grow). It only matters where rules change what others
    ask for.
    """
    if not any(_changes(chain) for table in tables for chain in table.chains.values()):
        return
    seen: dict[tuple[str, int], list[Table]] = {}
    for table in tables:
        for chain in table.chains.values():
            if chain.base is None:
                continue
            others = seen.setdefault((chain.base.hook, chain.base.priority), [])
            if any(other.families & table.families for other in others):
                message = (
                    "another base chain has the same hook and priority: which of them runs first, "
                    "and so which marks it sees, depends on the kernel"
                )
                yield Gap("FW902", message, chain.span, "")
            others.append(table)


def _changes(chain: Chain) -> bool:
    return any(rule.effects for rule in chain.rules)

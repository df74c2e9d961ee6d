"""What a base chain of netfilter is there for, by its hook, priority and rules, and its reach."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from flowmodel.ruleset import (
    FILTER,
    NAT_DST,
    NAT_SRC,
    Base,
    Chain,
    Hook,
    Purpose,
    Rule,
    Table,
    Traffic,
)
from flowmodel.verdict import DROP, Accept, Drop, Goto, Jump, Lead, Reject, Unknown

Kind = Literal["filter", "nat", "route"]

# The traffic that passes each hook (NF_HOOK calls in net/ipv4/ip_*.c).
_TRAFFIC: Final[dict[Hook, frozenset[Traffic]]] = {
    "prerouting": frozenset({"input", "forward"}),
    "input": frozenset({"input"}),
    "forward": frozenset({"forward"}),
    "output": frozenset({"output"}),
    "postrouting": frozenset({"forward", "output"}),
}
_NOTHING: Final[frozenset[Traffic]] = frozenset()


def base(
    hook: Hook,
    priority: int,
    end: Accept | Drop,
    kind: Kind,
    rules: Iterable[Rule],
    chains: Mapping[str, Iterable[Rule]],
) -> Base:
    """The base of a chain with these rules; `chains` holds the rules of those that it may call.

    Before priority `filter` nobody expects a chain to judge: what marks, counts or prepares packets
    hooks in there (linux/netfilter_ipv4.h, NF_IP_PRI_RAW and _MANGLE). It filters all the same if
    one of its rules can stop a packet.
    """
    return Base(
        hook,
        priority,
        _purpose(priority, end, kind, rules, chains),
        _judged(hook, priority, kind),
        kind,
    )


def translating(hook: Hook, priority: int) -> float:
    """When a chain for translations runs, since Linux 4.18.

    The kernel asks all of them at one place, whatever their priorities are, which only order them
    (net/netfilter/nf_nat_proto.c, nf_nat_ipv4_ops; nf_nat_core.c, nf_nat_register_fn).
    """
    place = NAT_DST if hook in ("prerouting", "output") else NAT_SRC
    return place + (priority - place) / (1 << 33)


def _judged(hook: Hook, priority: int, kind: Kind) -> frozenset[Traffic]:
    if kind != "filter" or (hook in ("prerouting", "postrouting") and priority < FILTER):
        return _NOTHING
    return _TRAFFIC[hook]


def _purpose(
    priority: int,
    end: Accept | Drop,
    kind: Kind,
    rules: Iterable[Rule],
    chains: Mapping[str, Iterable[Rule]],
) -> Purpose:
    if kind == "nat":
        return "translate"
    if kind == "filter" and (priority >= FILTER or end == DROP or _can_stop(rules, chains)):
        return "filter"
    return "account"


def _can_stop(rules: Iterable[Rule], chains: Mapping[str, Iterable[Rule]]) -> bool:
    """Whether one of the rules, or of the chains that they call, drops packets or may do so."""
    waiting, seen = [rules], set[str]()
    while waiting:
        for rule in waiting.pop():
            match rule.verdict:
                case Drop() | Reject() | Unknown():
                    return True
                case Jump(name) | Goto(name) if name not in seen and name in chains:
                    seen.add(name)
                    waiting.append(chains[name])
                case _:
                    pass
    return False


def reached(table: Table, chain: Chain) -> dict[str, Chain]:
    """The chain and all that its rules lead to, by name."""
    found = {chain.name: chain}
    left = [chain]
    while left:
        for rule in left.pop().rules:
            name = rule.verdict.chain if isinstance(rule.verdict, Lead) else ""
            if name in table.chains and name not in found:
                found[name] = table.chains[name]
                left.append(found[name])
    return found

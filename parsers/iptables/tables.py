"""The kernel's built-in chains, and what it checks when a table is complete."""

from collections.abc import Iterable, Mapping
from typing import Final

from flowmodel.ruleset import (
    FILTER,
    MANGLE,
    NAT_DST,
    NAT_SRC,
    RAW,
    SECURITY,
    Hook,
)

_HOOKS: Final[dict[str, Hook]] = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "FORWARD": "forward",
    "OUTPUT": "output",
    "POSTROUTING": "postrouting",
}
_LOCAL = ("INPUT", "FORWARD", "OUTPUT")

# Table: its built-in chains with their priorities (iptables(8), TABLES; linux/netfilter_ipv4.h).
BUILT_IN: Final[dict[str, dict[str, int]]] = {
    "raw": {"PREROUTING": RAW, "OUTPUT": RAW},
    "mangle": dict.fromkeys(_HOOKS, MANGLE),
    "nat": {"PREROUTING": NAT_DST, "INPUT": NAT_SRC, "OUTPUT": NAT_DST, "POSTROUTING": NAT_SRC},
    "filter": dict.fromkeys(_LOCAL, FILTER),
    "security": dict.fromkeys(_LOCAL, SECURITY),
}


def hook_of(chain: str) -> Hook:
    """The hook of a built-in chain."""
    return _HOOKS[chain]


def is_open_unless_said(table: str, header: str) -> bool:
    """Whether built-in chains that a file does not declare let everything through.

    `header` is the comment above the table that says what made the file; or nothing.
    """
    # iptables-nft-save prints the chains that there are, iptables-legacy-save every one: a line
    # that is not in its output was cut away. In the table nat, `iptables -P` refuses DROP
    # (iptables.c), and only iptables-restore takes it from a file that says so.
    return bool(header) and (table == "nat" or "nf_tables" in header)


def find_loop(calls: Mapping[str, Iterable[str]], starts: Iterable[str]) -> list[str]:
    """Chains in a circle that one of `starts` leads to, the first again at the end, or nothing."""
    done: set[str] = set()
    for start in starts:
        path: list[str] = []
        on_path: set[str] = set()
        stack = [iter((start,))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                if path:
                    on_path.discard(path[-1])
                    done.add(path.pop())
            elif name in on_path:
                return [*path[path.index(name) :], name]
            elif name not in done and name in calls:
                path.append(name)
                on_path.add(name)
                stack.append(iter(tuple(calls[name])))
    return []

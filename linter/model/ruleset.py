"""Netfilter's structure, into which every format is lowered: tables, chains, rules, gaps."""

from typing import Literal, NamedTuple

from linter.model.fields import Family
from linter.model.match import Match
from linter.model.record import dataclass
from linter.model.source import Source, Span
from linter.model.verdict import Accept, Drop, Effect, Verdict

Hook = Literal["prerouting", "input", "forward", "output", "postrouting"]

# Base chains of one hook run in the order of these numbers (linux/netfilter_ipv4.h, NF_IP_PRI_*).
RAW, CONNTRACK, MANGLE, NAT_DST, FILTER, SECURITY, NAT_SRC = -300, -200, -150, -100, 0, 50, 100


class Rule(NamedTuple):
    """One rule. A named tuple: exports have 100 000 of them, and frozen dataclasses cost thrice.

    Lines and columns count from 1. `last_column` 0 means the end of the line. `effects` happen, in
    their order, to the packets that match, before the verdict.
    """

    match: Match
    verdict: Verdict
    source: Source
    line: int
    column: int = 1
    last_line: int = 0
    last_column: int = 0
    effects: tuple[Effect, ...] = ()
    hits: int = -1
    """How many packets the export says the rule has matched; -1 where it says nothing."""

    @property
    def span(self) -> Span:
        """Where the rule stands."""
        last = self.last_line or self.line
        column = self.last_column or max(1, len(self.source.lines[last - 1]))
        return Span(self.source.path, self.line, self.column, last, column)

    @property
    def text(self) -> str:
        """The rule's first line as the export has it, without leading space."""
        # One slice: JSON exports are one line of megabytes.
        is_within = self.last_column and self.last_line in (0, self.line)
        end = self.last_column if is_within else None
        return self.source.lines[self.line - 1][self.column - 1 : end].strip()


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What makes a chain a base chain: where it hooks in, and its default policy."""

    hook: Hook
    priority: int
    policy: Accept | Drop
    kind: Literal["filter", "nat", "route"] = "filter"
    """Chains of kind `nat` see only the first packet of a connection."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chain:
    """A list of rules; `span` is where the chain (and its default policy) is declared."""

    name: str
    rules: tuple[Rule, ...]
    span: Span
    base: Base | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Chains by name, and the address families whose packets they see."""

    name: str
    families: frozenset[Family]
    chains: dict[str, Chain]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something of the export that is not in the rule set, or only in part, and what follows.

    `check` is FW901 (not understood), FW902 (a match outside the model) or FW903 (truncated).
    """

    check: Literal["FW901", "FW902", "FW903"]
    message: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """One export: its tables, the gaps in it, and the files it was read from.

    `families` are those that the export speaks about: an iptables-save file says nothing of IPv6.
    """

    path: str
    format: str
    tables: tuple[Table, ...]
    families: frozenset[Family]
    gaps: tuple[Gap, ...] = ()
    sources: tuple[Source, ...] = ()

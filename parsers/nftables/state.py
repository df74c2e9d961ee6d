"""The rule set while it is being read: tables, chains and sets, as commands add and remove them."""

import re
from typing import Final

from flowmodel.record import NamedTuple, dataclass, field
from flowmodel.ruleset import Gap
from flowmodel.source import InputError, Source, Span
from parsers.nftables.sets import NamedSet
from parsers.nftables.values import RefusedError

_LONGEST = 2000
_TABLES: Final = {
    "ip": frozenset({"raw", "mangle", "nat", "filter", "security"}),
    "ip6": frozenset({"raw", "mangle", "nat", "filter", "security"}),
    "bridge": frozenset({"broute", "nat", "filter"}),
    "arp": frozenset({"filter"}),
}
FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")


def is_named_of_iptables(family: str, name: str) -> bool:
    """Whether iptables, ebtables or arptables have a table of this family and name."""
    return name in _TABLES.get(family, ())


class RawRule(NamedTuple):
    """A rule as written, with variables replaced; its place; `handle` 0 where none is known."""

    text: str
    source: Source
    line: int
    column: int
    last_line: int
    last_column: int
    handle: int = 0


class RawBase(NamedTuple):
    """What makes a chain a base chain; the policy is empty where it has not been said."""

    kind: str
    hook: str
    priority: int
    devices: tuple[str, ...] = ()


@dataclass(slots=True)
class RawChain:
    """A chain and its rules so far."""

    name: str
    span: Span
    base: RawBase | None = None
    policy: str = ""
    rules: list[RawRule] = field(default_factory=list)
    policies: frozenset[str] = frozenset()
    """The default policies that several files give it, where they differ."""
    declared: int = 0
    """How many times it was declared."""
    is_closed: bool = False
    """Whether a block of it, or a command, has been read: what it is can no longer change."""

    def declare(self, base: RawBase, text: str) -> None:
        """Make it a base chain; raises RefusedError where it is something else already.

        The kernel refuses another hook, priority or type (nf_tables_api.c, nf_tables_updchain).
        """
        if self.base is None and self.is_closed:
            raise RefusedError(f"the chain `{self.name}` is declared above, as no base chain", text)
        if self.base is not None and self.is_closed and self.base[:3] != base[:3]:
            raise RefusedError(f"the chain `{self.name}` is declared above, in another way", text)
        self.base = base


@dataclass(slots=True)
class RawTable:
    """A table and what it has so far."""

    family: str
    name: str
    span: Span
    is_dormant: bool = False
    chains: dict[str, RawChain] = field(default_factory=dict)
    sets: dict[str, NamedSet] = field(default_factory=dict)
    objects: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of counters, quotas, limits, helpers, flowtables …"""

    @property
    def is_named_of_iptables(self) -> bool:
        """Whether its family and name are those of a table of iptables, ebtables or arptables."""
        return is_named_of_iptables(self.family, self.name)

    def chain(self, name: str, span: Span) -> RawChain:
        """The chain of that name, made if it is new, for a declaration of it."""
        found = self.chains.get(name)
        if found is None:
            found = self.chains[name] = RawChain(name, span)
        found.declared += 1
        return found

    def named_set(self, name: str, span: Span) -> NamedSet:
        """The set or map of that name, made if it is new."""
        found = self.sets.get(name)
        if found is None:
            found = self.sets[name] = NamedSet(name, span)
        return found


@dataclass(slots=True)
class State:
    """Everything read so far, from all files."""

    tables: dict[tuple[str, str], RawTable] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    expanded: int = 0
    """How many characters the values of variables have brought in."""
    nested: int = 0
    """How many of them have gone into the values of others."""
    again: int = 0
    """How many characters files have that were included once more."""
    included: set[str] = field(default_factory=set)
    gone: set[tuple[str, str]] = field(default_factory=set)
    """Tables that are deleted; without a name: all of the family that there were."""
    doubtful: set[tuple[str, int]] = field(default_factory=set)
    """Path and line of rules that may be a text of iptables with quotation marks instead."""
    made: int = 0
    """How many names for anonymous chains have been made up."""

    def table(self, family: str, name: str, span: Span) -> RawTable:
        """The table, made if it is new."""
        found = self.tables.get((family, name))
        if found is None:
            found = self.tables[family, name] = RawTable(family, name, span)
        return found

    def flush(self, family: str | None) -> None:
        """Take away all tables, or those of the family."""
        self.gone |= {(each, "") for each in FAMILIES if family in (None, each)}
        for key in [key for key in self.tables if family in (None, key[0])]:
            del self.tables[key]

    def is_gone(self, key: tuple[str, str]) -> bool:
        """Whether the files themselves have deleted a table, so that none can be there."""
        return bool({key, (key[0], "")} & self.gone)

    def read_again(self, source: Source) -> None:
        """Note down an included file: its length counts if it was included before."""
        if source.path in self.included:
            self.again += sum(map(len, source.lines)) + len(source.lines)
        self.included.add(source.path)

    def new_name(self, chain: str) -> str:
        """A name for a chain that has none; no chain of a file can be called so."""
        self.made += 1
        return f"{chain}#{self.made}"


def error(message: str, source: Source, span: Span) -> InputError:
    """The error about a place, with its line if people can read it: JSON is often one line."""
    lines = source.lines
    text = lines[span.line - 1] if span.line <= len(lines) else ""
    if len(text) > _LONGEST:
        text = ""
    # What a message quotes may stand on several lines.
    return InputError(re.sub(r"\s*\n\s*", " ", message), span, text)

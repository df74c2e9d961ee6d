"""Netfilter's structure, into which every format is lowered: tables, chains, rules, gaps."""

from collections.abc import Sequence
from typing import Literal

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.match import Match
from flowmodel.mentioned import Mentioned, mentioned
from flowmodel.record import NamedTuple, dataclass, derived
from flowmodel.source import Source, Span
from flowmodel.values import Values
from flowmodel.verdict import Accept, Drop, Effect, Return, Verdict

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
    title: str = ""
    """The rule in words, for formats in which no line of the file is the rule (XML, JSON)."""
    is_given: bool = False
    """Whether nobody wrote the rule and nobody can take it away: what a platform lets pass anyhow.

    No check asks why it permits what it does.
    """
    is_automatic: bool = False
    """Whether the system makes the rule itself, of a setting or beside another rule: nobody can
    change or remove it for itself. No check asks whether it decides anything."""
    is_unseen: bool = False
    """Whether the rule stands for packets that its base chain does not see: what it lets pass, the
    chain does not judge."""

    @property
    def span(self) -> Span:
        """Where the rule stands."""
        last = self.last_line or self.line
        column = self.last_column or max(1, len(self.source.lines[last - 1]))
        return Span(self.source.path, self.line, self.column, last, column)

    @property
    def text(self) -> str:
        """The rule's title, or its first line as the export has it, without leading space."""
        if self.title:
            return self.title
        # One slice: JSON exports are one line of megabytes.
        is_within = self.last_column and self.last_line in (0, self.line)
        end = self.last_column if is_within else None
        return self.source.lines[self.line - 1][self.column - 1 : end].strip()


Traffic = Literal["input", "forward", "output"]
"""What a device can be asked about: packets to the machine itself, through it, and from it."""
Purpose = Literal["filter", "translate", "account"]
End = Accept | Drop | Return


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What makes a chain a base chain: where it hooks in, and what it is there for."""

    hook: Hook
    priority: float
    """When it runs: before chains with a larger one. Only chains for translations, which all run
    where the kernel translates, have fractions, for the order among themselves."""
    purpose: Purpose
    """`filter`: it can drop packets; `translate`: it changes their ends; `account`: it only marks,
    counts or tracks them."""
    judges: frozenset[Traffic]
    """The traffic whose fate it can decide; empty for chains that translate, and for those that
    look at packets before it is known where they go."""
    kind: Literal["filter", "nat", "route"] = "filter"
    """Chains of kind `nat` see only the first packet of a connection."""
    is_given: bool = False
    """Whether the export does not hold the chain: it stands for what the platform does anyhow."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chain:
    """A list of rules; `span` is where the chain (and its default policy) is declared."""

    name: str
    rules: tuple[Rule, ...]
    span: Span
    end: End
    """What becomes of packets that no rule decides: a base chain's default policy (accept, drop);
    any other chain returns to its caller."""
    base: Base | None = None
    disabled: tuple[tuple[int, Rule], ...] = ()
    """Rules that are switched off, each with the index in `rules` before which it would stand."""
    written: tuple[Rule, ...] = ()
    """The rules as the device asks them, where the last one that matches decides there (pf without
    `quick`): `rules` has the same with the first one deciding. Empty for all other chains."""

    @derived
    def mentioned(self) -> Mentioned:
        """What its rules mention; those that are switched off are none of them."""
        return mentioned(self.rules)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Chains by name, and the address families whose packets they see."""

    name: str
    families: frozenset[Family]
    chains: dict[str, Chain]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something of the export that is not in the rule set, or only in part, and what follows.

    `check` is FW901 (not understood), FW902 (a match outside the model), FW903 (truncated), FW307
    (a rule names an object that is not there) or FW313 (a rule is loaded otherwise than written).
    """

    check: Literal["FW307", "FW313", "FW901", "FW902", "FW903"]
    message: str
    span: Span
    text: str
    field: Span | None = None
    """The part of it that matters, where `span` is more than that."""
    reason: str = ""
    """What is not understood, whatever its options: remarks of one reason are one finding.

    With FW902 it is a condition, and nothing else is said of the rule than that nobody knows
    whether the condition holds."""


@dataclass(frozen=True, slots=True)
class Unused:
    """An object that an export defines, and that none of its rules names, not even by others."""

    kind: str
    """What it is, in the format's own word: `alias`, `set`, `security group`."""
    name: str
    span: Span
    holder: str = ""
    """The table that it is in, where tables have objects of their own."""
    doubt: str = ""
    """What the export does not hold that may name it; empty where it holds all that can."""


@dataclass(frozen=True, slots=True)
class Link:
    """An interface as an export knows it: all its names, and the addresses that lie behind it.

    `is_outside`: what is in none of the site's networks lies behind it too (it has a gateway).
    """

    names: tuple[str, ...]
    addresses: Addresses
    is_outside: bool
    span: Span
    leaving: Addresses = Addresses()
    """Where packets surely leave by it: what its routes lead to, and no other one's."""


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
    links: tuple[Link, ...] = ()
    """The device's interfaces, where the export tells their networks."""
    place: str = ""
    """Which part of the export this is, where one export holds many firewalls: `eni-0a1b`."""
    own: Addresses = Addresses()
    """The addresses of the machine that the place is at; empty where the export tells none."""
    machine: str = ""
    """The machine, where an export tells that several places are at one: `i-0a1b`."""
    networks: tuple[tuple[str, Addresses], ...] = ()
    """Networks that the export shows, by name (the VPCs of an account): none is the internet."""
    local: Addresses = Addresses()
    """Own addresses of the device that the export is about as a whole, as far as it tells them."""
    foreign: Addresses = Addresses()
    """Addresses that are surely none of its own: all that it has are told, and they are others."""
    elsewhere: Addresses = Addresses()
    """Addresses that its rules about the device itself surely do not mean, where the same rules
    judge what is for it and what it sends on: so what they let in there is told as sent on."""
    administration: Values = ()
    """The TCP ports by which the device is administered, where the export tells them."""
    comment: str = "comment"
    """What stands in the text of a rule that has a comment, where rules have no titles."""
    unused: tuple[Unused, ...] = ()
    """The objects that no rule of the export names."""


def tells_networks(ruleset: RuleSet) -> bool:
    """Whether the export with the rules says itself which networks its device connects."""
    return any(link.span.path == ruleset.path for link in ruleset.links)


def base_chains(rulesets: Sequence[RuleSet], family: Family) -> list[tuple[Table, Chain]]:
    """The base chains that packets of a family meet, by priority; equal ones as they are listed."""
    found = [
        (table, chain)
        for ruleset in rulesets
        for table in ruleset.tables
        if family in table.families
        for chain in table.chains.values()
        if chain.base is not None
    ]
    return sorted(found, key=lambda item: item[1].base.priority if item[1].base else 0)


def traffic_of(ruleset: RuleSet) -> frozenset[Traffic]:
    """The traffic that some chain of a rule set judges."""
    bases = [chain.base for table in ruleset.tables for chain in table.chains.values()]
    return frozenset(traffic for base in bases if base for traffic in base.judges)

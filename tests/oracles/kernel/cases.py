"""What the judge is asked about: a rule set as its format writes it, and hints for packets.

Nothing here knows a format, but for the `Case` of each, which its strategy makes; packets,
comparison and shrinking work on any.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, Self

from flowmodel.fields import Family
from flowmodel.record import replace
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.oracle import JudgedHook

Assignment = tuple[tuple[str, int | str], ...]
"""Values for fields of a `Packet`, by name."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Packets just within a test, and just outside: boundaries, not the whole truth."""

    inside: tuple[Assignment, ...]
    outside: tuple[Assignment, ...]

    def negated(self) -> "Hint":
        """The hint of the negated test."""
        return Hint(self.outside, self.inside)


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule: its table and chain, the line as written, and hints at the packets it matches."""

    table: str
    chain: str
    line: str
    hints: tuple[Hint, ...] = field(default=(), repr=False)
    calls: str = ""
    """The chain that it jumps or goes to."""
    changes: bool = False
    """Whether later rules see the packet otherwise: marks, translations, no tracking."""


class Case(Protocol):
    """A rule set of any format, for packets of one family at one hook."""

    @property
    def family(self) -> Family: ...

    @property
    def hook(self) -> JudgedHook: ...

    @property
    def rules(self) -> tuple[RuleText, ...]: ...

    @property
    def is_open(self) -> bool:
        """Whether it has parts outside the model: verdicts may then lie between the bounds."""
        ...

    def files(self) -> tuple[tuple[Kind, str], ...]:
        """What the kernel loads, in this order."""
        ...

    def exports(self, texts: Iterable[str]) -> dict[str, str]:
        """What fwlint reads, by file name: the texts of `files`, or what tools print of them."""
        ...

    def keeping(self, kept: Callable[[RuleText], bool]) -> Self:
        """The same without some rules."""
        ...


def without(case: Case, number: int) -> Case:
    """The case without one of its rules."""
    return case.keeping(_others(case.rules[number : number + 1]))


def _others(gone: Iterable[RuleText]) -> Callable[[RuleText], bool]:
    """Whether a rule is none of those; by identity, for equal rules may stand twice."""
    lost = {id(rule) for rule in gone}
    return lambda rule: id(rule) not in lost


@dataclass(frozen=True, slots=True)
class IptablesCase:
    """Tables of iptables-save or ip6tables-save, with the ipsets that they use."""

    family: Family
    hook: JudgedHook
    variant: str
    """`legacy` or `nft`."""
    chains: tuple[tuple[str, str, str], ...]
    """Table, chain, default policy (`-` for user chains)."""
    rules: tuple[RuleText, ...]
    sets: str = ""
    is_open: bool = False

    def text(self) -> str:
        """The tables, as iptables-save writes them."""
        lines: list[str] = []
        for table in dict.fromkeys(table for table, _, _ in self.chains):
            lines.append(f"*{table}")
            lines += [
                f":{chain} {policy} [0:0]" for own, chain, policy in self.chains if own == table
            ]
            lines += [rule.line for rule in self.rules if rule.table == table]
            lines.append("COMMIT")
        return "\n".join([*lines, ""])

    def files(self) -> tuple[tuple[Kind, str], ...]:
        kinds: dict[tuple[int, str], Kind] = {
            (4, "legacy"): "iptables-legacy",
            (4, "nft"): "iptables-nft",
            (6, "legacy"): "ip6tables-legacy",
            (6, "nft"): "ip6tables-nft",
        }
        tables = (kinds[self.family, self.variant], self.text())
        return (("ipset", self.sets), tables) if self.sets else (tables,)

    def exports(self, texts: Iterable[str]) -> dict[str, str]:
        names = ["rules.v4" if self.family == 4 else "rules.v6"]
        return dict(zip(["sets.ipset", *names] if self.sets else names, texts, strict=True))

    def keeping(self, kept: Callable[[RuleText], bool]) -> "IptablesCase":
        return replace(self, rules=tuple(rule for rule in self.rules if kept(rule)))


def shrunk(case: Case, still_fails: Callable[[Case], bool]) -> Case:
    """The case with as few rules as it needs to fail: halves first, then single rules."""
    size = max(1, len(case.rules) // 2)
    while size:
        start = 0
        while start < len(case.rules):
            smaller = case.keeping(_others(case.rules[start : start + size]))
            if still_fails(smaller):
                case = smaller
            else:
                start += size
        size //= 2
    return case

"""A rule set of nft as the judge is asked about it: tables, sets, chains, and rules in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flowmodel.fields import Family
from flowmodel.record import replace
from tests.oracles.kernel.cases import RuleText
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.oracle import JudgedHook


@dataclass(frozen=True, slots=True)
class TableText:
    """A table: its family, its name, what its sets say, and its chains with their declarations."""

    family: str
    name: str
    sets: tuple[str, ...]
    chains: tuple[tuple[str, str], ...]
    """A chain's name, and `type … hook … priority …; policy …;` where it is a base chain."""


@dataclass(frozen=True, slots=True)
class NftCase:
    """Tables of nft, asked about with packets of one family."""

    family: Family
    hook: JudgedHook
    tables: tuple[TableText, ...]
    rules: tuple[RuleText, ...]
    is_open: bool = False

    def text(self) -> str:
        """The tables in block form."""
        lines: list[str] = []
        for table in self.tables:
            lines += [f"table {table.family} {table.name} {{", *table.sets]
            for name, declaration in table.chains:
                lines.append(f"chain {name} {{")
                lines += [declaration] if declaration else []
                place = table.name, name
                lines += [rule.line for rule in self.rules if (rule.table, rule.chain) == place]
                lines.append("}")
            lines.append("}")
        return "\n".join([*lines, ""])

    def files(self) -> tuple[tuple[Kind, str], ...]:
        return (("nft", self.text()),)

    def exports(self, texts: Iterable[str]) -> dict[str, str]:
        return dict(zip(["rules.nft"], texts, strict=True))

    def keeping(self, kept: Callable[[RuleText], bool]) -> "NftCase":
        return replace(self, rules=tuple(rule for rule in self.rules if kept(rule)))

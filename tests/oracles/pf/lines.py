"""What pfSense writes for pf: the lines of rules and the tables that they name."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One rule; with a schedule it may be there or not."""

    text: str
    schedule: str = ""
    """What else must hold, with `|` between several things: a schedule, an operating system."""


@dataclass(frozen=True, slots=True)
class PfConf:
    """All rules of one firewall.

    An entry of a table that begins with `?` stands for addresses that only the running system
    knows. `groups` has the devices of each interface group.
    """

    is_enabled: bool
    tables: dict[str, tuple[str, ...]]
    groups: dict[str, frozenset[str]]
    translations: tuple[Line, ...]
    filters: tuple[Line, ...]
    apart: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Networks in which the unknown entries of a table are not."""

    def __str__(self) -> str:
        tables = [f"table <{name}> {{ {' '.join(of)} }}" for name, of in self.tables.items()]
        rules = [f"{line.text}  # {line.schedule}" for line in self.translations + self.filters]
        return "\n".join([*tables, *(rule.removesuffix("  # ") for rule in rules)])

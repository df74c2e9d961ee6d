"""Rules as they are written: what the device makes of one of them, judged as one or by target."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.source import Span
from linter.checks.rulebase.standing import Seen
from linter.checks.rulebase.targets import target


class _Deciding:
    """What does something wherever it is reached."""

    __slots__ = ()
    seen: tuple[Seen, ...]

    @property
    def never_matches(self) -> bool:
        """Whether no packet at all fulfils its conditions."""
        return not any(each.fits for each in self.seen)

    @property
    def is_shadowed(self) -> bool:
        """Whether other rules decide all packets that it would match."""
        return not self.never_matches and not any(each.hits for each in self.seen)

    @property
    def is_redundant(self) -> bool:
        """Whether it decides packets, and each of them just as the other rules would."""
        return any(each.hits for each in self.seen) and not any(each.tells for each in self.seen)


@dataclass(frozen=True, slots=True, eq=False)
class Judged(_Deciding):
    """One rule of a device, with what it does wherever it is reached."""

    device: str
    table: Table
    chain: Chain
    rule: Rule
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Written(_Deciding):
    """One rule as it is written: what the device makes of it, judged as one."""

    parts: tuple[Judged, ...]
    seen: tuple[Seen, ...]
    """What all parts do."""
    target: str = ""
    """Which of several targets it is, where it is one target of a map: `drop`, `jump bans`."""

    @property
    def words(self) -> str:
        """What to call it: `this rule`, or the target that it is."""
        return f"`{self.target}` of this rule" if self.target else "this rule"

    @property
    def device(self) -> str:
        """The device's name."""
        return self.parts[0].device

    @property
    def chain(self) -> Chain:
        """The chain that it stands in, or the first one."""
        return self.parts[0].chain

    @property
    def rule(self) -> Rule:
        """What the device makes of it first."""
        return self.parts[0].rule

    @property
    def is_backwards(self) -> bool:
        """Whether the last rule that matches decides in its chain, and not the first one."""
        return any(part.chain.written for part in self.parts)


SpanOf = tuple[str, Span]
TargetOf = tuple[str, Span, str]


def as_written(rules: Iterable[Judged], but: set[SpanOf]) -> Iterator[Written]:
    """The rules as they are written, but for those at some places and those that nobody wrote."""
    together: dict[SpanOf, list[Judged]] = {}
    for each in rules:
        together.setdefault((each.device, each.rule.span), []).append(each)
    for place, parts in together.items():
        if place not in but and not any(each.rule.is_automatic for each in parts):
            yield Written(tuple(parts), tuple(seen for part in parts for seen in part.seen))


def by_target(rules: Sequence[Judged], but: set[TargetOf]) -> Iterator[Written]:
    """The same but for some targets; a rule with several targets comes once for each of them."""
    several: dict[SpanOf, set[str]] = {}
    for device, span, name in but:
        several.setdefault((device, span), set()).add(name)
    for each in as_written(rules, set()):
        place = (each.device, each.rule.span)
        together: dict[str, list[Judged]] = {}
        for part in each.parts:
            together.setdefault(target(part.rule), []).append(part)
        is_one = len(several.get(place, set()) | together.keys()) == 1
        for name, parts in together.items():
            if (*place, name) not in but:
                seen = tuple(seen for part in parts for seen in part.seen)
                yield Written(tuple(parts), seen, "" if is_one else name)

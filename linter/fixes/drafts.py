"""What a fix is before it is proved, and what the languages of devices draw up."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from flowmodel.affected import PacketBox
from flowmodel.fix import Edit, Missing
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.source import Source
from flowmodel.values import full
from linter.fixes.boxes import MOST, width

_More = TypeVar("_More")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that may mend a finding."""

    edits: tuple[Edit, ...]
    commands: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    """The same in the words of the device's web page."""
    put: Edit | None = None
    """The edit that puts a rule to another place, where no lines are put before another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A rule, and where it stands: in which file, table and chain, and at which place there."""

    ruleset: RuleSet
    table: Table
    chain: Chain
    rule: Rule
    index: int
    """Among all rules of the chain that somebody wrote, from 0."""

    @property
    def source(self) -> Source:
        """The file."""
        return self.rule.source


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is to be permitted, and where: before a rule, or at the end of a chain."""

    ruleset: RuleSet
    table: Table
    chain: Chain
    before: Found | None
    missing: Missing
    comment: str
    """The names that the site and the policy have for it."""

    @property
    def source(self) -> Source | None:
        """The file with the rule, or with the chain; None where somebody else has it."""
        if self.before is not None:
            return self.before.source
        path = self.chain.span.path
        return next((each for each in self.ruleset.sources if each.path == path), None)


def permitting(
    all_wanted: Sequence[Wanted],
    ways: Sequence[Callable[[Sequence[PacketBox]], _More | None]],
    made: Callable[[Wanted, PacketBox, _More], Sequence[_Made]],
) -> Iterator[tuple[_Made, ...]]:
    """Rules that accept the packets as they look; then only those that were translated.

    `ways` tell what rules ask besides, from how the packets were sent: first nothing; None where
    they cannot. `made` are the rules for one box; none where they would be too many.
    """
    is_translated = any(each.missing.seen != each.missing.sent for each in all_wanted)
    for way in ways if is_translated else ways[:1]:
        found: list[Sequence[_Made]] = []
        for wanted in all_wanted:
            more = way(wanted.missing.sent.boxes)
            boxes = wanted.missing.seen.boxes
            found += [made(wanted, box, more) if more is not None else () for box in boxes]
        rules = tuple(rule for some in found for rule in some)
        if all(found) and 0 < len(rules) <= MOST:
            yield rules


@dataclass(frozen=True, slots=True)
class Kept:
    """What a narrower rule lets pass; where a field has all values, the rule's own words stay."""

    box: PacketBox
    comment: str
    """The names of the flow that it is for; empty where it is more than one."""

    @property
    def fields(self) -> frozenset[str]:
        """Those with other conditions than the rule has: `src`, `dst` and `service`."""
        box, every = self.box, full(width(self.box.family))
        told = (
            ("src", box.sources != every),
            ("dst", box.destinations != every),
            ("service", box.protocols != full(8)),
        )
        return frozenset(name for name, is_told in told if is_told)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """How one format's files are edited; each function yields what may do, the best first."""

    format: str
    """As a rule set calls it."""
    remove: Callable[[Found], Iterator[Draft]]
    move: Callable[[Found, Found], Iterator[Draft]]
    """The first rule to the place before the second one, of the same chain."""
    permit: Callable[[Sequence[Wanted]], Iterator[Draft]]
    """Rules that permit all of it, at one place."""
    narrow: Callable[[Found, Sequence[Kept]], Iterator[Draft]]
    """Rules like one, which let pass only so much, in its place."""
    judges_arrivals: bool = False
    """Whether rules judge packets where they come in, whatever their destination makes of them."""
    judges_answers: bool = False
    """Whether some rules know no connections, so that answers need their own."""
    forwards: Callable[[RuleSet], bool] = lambda _: True
    """Whether packets that are neither from a machine nor for it may pass it."""

"""What rules let pass that policies ask for: what is kept of them where all else is closed."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.affected import PacketBox
from flowmodel.fields import Family
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Chain, RuleSet
from flowmodel.site import Requirement, Site
from flowmodel.source import Span
from flowmodel.values import full
from linter.checks.exposure.crossings import Crossing, crossings_in
from linter.checks.remedies import as_seen
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.openings import openings
from linter.engine.sets.boxes import Ranges, boxes
from linter.engine.sets.readout import TooManyError
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import PacketSet, Space, minus
from linter.fixes.boxes import FEW, ICMP_OF, width
from linter.fixes.drafts import Kept
from linter.fixes.names import flow_comment

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "src": ("src",),
    "dst": ("dst",),
    "service": ("proto", "dport", "icmp_type", "icmp_code"),
}
"""Fields by what conditions people write. Nobody writes which ports clients have."""
_NAMED = (
    *(("src",), ("service",), ("dst",)),
    *(("src", "service"), ("src", "dst"), ("dst", "service"), ("src", "dst", "service")),
)
"""Which conditions of a rule are narrowed: the fewest first."""
_BOXES = 40

RuleSets = Mapping[str, tuple[RuleSet, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Passing:
    """What one rule lets through at one crossing, as it is sent."""

    crossing: Crossing
    packets: PacketSet
    chain: Chain | None
    """The base chain from which the rule is reached."""

    @property
    def kept(self) -> PacketSet:
        """What of it the policies permit."""
        return self.packets & self.crossing.permitted

    def seen(self, packets: PacketSet) -> PacketSet:
        """Those of the packets that it lets through, as its chain sees them."""
        mine = packets & self.kept
        return as_seen(self.crossing.answered.answer, mine, self.chain) if self.chain else mine


@dataclass(slots=True, eq=False)
class Keeper:
    """Tells what rules of a site must still let pass; what they let pass now is asked once."""

    site: Site
    """As the exports tell where its devices stand."""
    rulesets: RuleSets
    exports: RuleSets
    seconds: float
    _subjects: dict[int, Subject] = field(default_factory=dict[int, Subject])

    def narrower(self, span: Span, fields: Sequence[str]) -> list[tuple[Kept, ...]]:
        """What may stand for the rule at a place, the best first: nothing at all, or few rules.

        These fields are narrowed in any case.
        """
        if not (self.site.requirements and self.rulesets):
            return []
        try:
            return with_room(lambda room: list(_narrower(self._subject(room), span, fields)))
        except (TooComplexError, TooManyError):
            return []

    def _subject(self, room: int) -> Subject:
        if room not in self._subjects:
            self._subjects[room] = Subject(
                self.site,
                self.rulesets,
                self.exports,
                room=room,
                budget=Budget(self.seconds),
                claims=Budget(self.seconds),
            )
        return self._subjects[room]


def _passing(subject: Subject, family: Family) -> dict[Span, list[_Passing]]:
    found: dict[Span, list[_Passing]] = {}
    with subject.claims.question():
        for crossing in crossings_in(subject, family):
            for each in openings(crossing.answered.answer, crossing.possible):
                if each.rule is not None:
                    chain = each.result.chain if each.result else None
                    mine = _Passing(crossing, each.packets, chain)
                    found.setdefault(each.rule.span, []).append(mine)
    return found


def _narrower(subject: Subject, span: Span, fields: Sequence[str]) -> Iterator[tuple[Kept, ...]]:
    by_family = [subject.once(_passing, family).get(span, []) for family in subject.families]
    by_family = [each for each in by_family if each]
    questions = (each.crossing.question for some in by_family for each in some)
    if any(part.is_anywhere for question in questions for part in question.inward):
        # What a machine may get at an address that nobody knows, no comparison tells.
        return
    if by_family and not any(_is_needed(each) for some in by_family for each in some):
        yield ()
        return
    known: set[tuple[Kept, ...]] = set()
    for named in _NAMED:
        if set(fields) <= set(named) and all(_is_enough(each, named) for each in by_family):
            ways = [
                tuple(dict.fromkeys(kept for each in by_family for kept in told(each, named)))
                for told in (_by_flow, _together)
            ]
            # No check asks about ICMP: a rule for all protocols leaves it as it is.
            pings = tuple(_ping(each) for each in by_family) if "service" in named else ()
            with_pings = [(*each, *pings) for each in ways if pings]
            for rules in (*sorted(ways, key=len), *sorted(with_pings, key=len)):
                if 0 < len(rules) <= FEW and rules not in known:
                    known.add(rules)
                    yield rules


def _ping(passing: Sequence[_Passing]) -> Kept:
    family = _space(passing).family
    every, types = full(width(family)), full(8)
    protocol = ICMP_OF[family]
    box = PacketBox(
        family, "certain", "forward", "", "", protocol, every, every, (), (), types, types
    )
    return Kept(box, "")


def _is_needed(passing: _Passing) -> bool:
    return passing.kept != passing.crossing.policies.space.false


def _space(passing: Sequence[_Passing]) -> Space:
    return passing[0].crossing.policies.space


def _whatever_else(space: Space, packets: PacketSet, named: Sequence[str]) -> PacketSet:
    """The packets with any values in all fields but the named ones."""
    others = [each for name, its in _FIELDS.items() if name not in named for each in its]
    return packets.exists(space.cube("sport", *others))


def _is_enough(passing: Sequence[_Passing], named: Sequence[str]) -> bool:
    """Whether a rule lets through only what is permitted if these of its conditions are narrow."""
    space = _space(passing)
    wide = _whatever_else(space, space.union(each.kept for each in passing), named)
    return all(
        minus(wide & each.packets, each.crossing.permitted) == space.false for each in passing
    )


def _by_flow(passing: Sequence[_Passing], named: Sequence[str]) -> Iterator[Kept]:
    """Flow by flow, as policies tell them; none of which others have all."""
    space, policies = _space(passing), passing[0].crossing.policies
    rest = space.union(each.seen(space.true) for each in passing)
    rest = _whatever_else(space, rest, named)
    for flow in policies.active:
        mine = policies.flow(flow, flow.services)
        part = _whatever_else(space, space.union(each.seen(mine) for each in passing), named)
        if part & rest != space.false:
            rest = minus(rest, part)
            yield from _boxes(space, part, named, flow)
    yield from _boxes(space, rest, named, None)


def _together(passing: Sequence[_Passing], named: Sequence[str]) -> Iterator[Kept]:
    """All that is kept, however many flows it is."""
    space, policies = _space(passing), passing[0].crossing.policies
    every = space.union(each.seen(space.true) for each in passing)
    part = _whatever_else(space, every, named)
    flows = [f for f in policies.active if policies.flow(f, f.services) & every != space.false]
    yield from _boxes(space, part, named, flows[0] if len(flows) == 1 else None)


def _boxes(
    space: Space, packets: PacketSet, named: Sequence[str], flow: Requirement | None
) -> Iterator[Kept]:
    comment = flow_comment(flow) if flow else ""
    found = (_box(space.family, each, named) for each in boxes(space, packets, _BOXES))
    yield from (Kept(box, comment) for box in dict.fromkeys(found))


def _box(family: Family, ranges: Ranges, named: Sequence[str]) -> PacketBox:
    every = full(width(family))
    has_service = "service" in named
    return PacketBox(
        family,
        "certain",
        "forward",
        "",
        "",
        ranges["proto"] if has_service else full(8),
        ranges["src"] if "src" in named else every,
        ranges["dst"] if "dst" in named else every,
        (),
        ranges.get("dport", ()) if has_service else (),
        ranges.get("icmp_type", ()) if has_service else (),
        ranges.get("icmp_code", ()) if has_service else (),
    )

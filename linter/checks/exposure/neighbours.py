"""Rules for a needed flow that open its port on machines beside the ones it goes to."""

from collections.abc import Iterator, Sequence

from flowmodel.match import Test
from flowmodel.record import dataclass
from flowmodel.ruleset import Rule
from flowmodel.site import Requirement
from flowmodel.values import Values, difference, overlaps, union
from flowmodel.verdict import Accept
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.policies import Policies
from linter.engine.device.ask import Answer
from linter.engine.device.openings import Opening, new_header, openings, permits_everything
from linter.engine.device.replay import replayed
from linter.engine.packet.state import State
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.witness import Example, example
from linter.engine.site.asked import Part
from linter.engine.site.survey import Answered

_TRIES = 4


@dataclass(frozen=True, slots=True)
class Wider:
    """A rule at one crossing, the flow that it serves, and what it matches beside it."""

    answered: Answered
    rule: Rule
    requirement: Requirement
    served: PacketSet
    beside: PacketSet


@dataclass(frozen=True, slots=True)
class Seen:
    """A packet beside the flow that passed by the rule, with all that may become of it."""

    wider: Wider
    packet: Example
    outcomes: list[State]
    accepting: list[State]


def roles_in(policies: Policies) -> Values:
    """All addresses that are bound to some role."""
    return union(
        interval
        for role in policies.site.roles
        for each in (role.addresses, role.wide, role.public)
        for interval in each.of(policies.space.family)
    )


def wider(crossing: Crossing, roles: Values) -> Iterator[Wider]:
    """The rules that serve a flow and match addresses behind the device that no role has."""
    answered = crossing.answered
    space, place = answered.space, answered.question.crossing
    behind = next((i.addresses for i in place.device.interfaces if i.name == place.out_name), None)
    parts = [part for part in answered.question.required if _counts(part)]
    if place.traffic != "forward" or behind is None or not parts:
        return
    others = difference(behind.of(space.family), roles)
    served = crossing.union(parts) & crossing.possible
    for opening in openings(answered.answer, served):
        rule = opening.rule
        if (
            rule is None
            or not _can_reach(rule, others)
            or permits_everything(answered.answer, opening, served)
        ):
            continue
        beside = minus(_beside(answered.answer, rule, opening, others), crossing.permitted)
        part = next((p for p in parts if p.packets & opening.packets != space.false), None)
        if beside != space.false and part is not None and part.requirement is not None:
            yield Wider(answered, rule, part.requirement, opening.packets, beside)


def _counts(part: Part) -> bool:
    """Whether the part is of a needed flow to a machine whose address nobody translates."""
    return (
        part.requirement is not None
        and part.requirement.need in ("must", "should")
        and part.destination.kind == "role"
        and part.way is not None
        and part.way.is_to_own
    )


def _can_reach(rule: Rule, others: Values) -> bool:
    return all(
        overlaps(condition.values, others)
        for condition in rule.match
        if isinstance(condition, Test) and condition.field == "dst"
    )


def _beside(answer: Answer, rule: Rule, opening: Opening, others: Values) -> PacketSet:
    """What the rule matches towards other addresses, of the sources and ports that it serves."""
    space = answer.space
    match = space.some(answer.firewall.matcher.match(rule.match, new_header(answer)))
    towards = space.within(space.fields["dst"], others)
    return opening.packets.exists(space.cube("dst")) & towards & match


def seen(group: Sequence[Wider]) -> Seen | None:
    """A packet that passed by the rule, if one of those that are tried did.

    What the rule matches need not come to it: an earlier rule may drop it. So packets are sent
    through the rules, and only one that was seen to pass is a finding.
    """
    for each in group:
        space = each.answered.space
        rest = each.beside
        for _ in range(_TRIES):
            if rest == space.false:
                break
            chosen = example(space, rest)
            replay = replayed(each.answered.answer, chosen, "opening", everywhere=True)
            outcomes = replay.outcomes
            accepting = [state for state in outcomes if _accepts(state, each.rule)]
            if accepting:
                return Seen(each, chosen, outcomes, accepting)
            to = chosen.values["dst"]
            rest = minus(rest, space.within(space.fields["dst"], ((to, to),)))
    return None


def _accepts(state: State, rule: Rule) -> bool:
    return isinstance(state.verdict, Accept) and state.rule is rule

"""Rules for a needed flow that open its port on machines beside the ones it goes to: FW207."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.ruleset import Rule
from flowmodel.site import Requirement
from flowmodel.values import Values, difference, overlaps, union
from flowmodel.verdict import Accept
from linter.checks.evidence import destinations, witness_words
from linter.checks.permitted import Policies
from linter.engine.device.ask import Answer
from linter.engine.device.openings import Opening, new_header, openings, permits_everything
from linter.engine.device.replay import replayed
from linter.engine.packet.state import State
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.witness import Example, example, projected
from linter.engine.sets.words import addresses_in_words
from linter.engine.site.questions import Part
from linter.engine.site.survey import Answered, Survey

_TRIES = 4
_LIMIT = 256


class Wider(NamedTuple):
    """A rule at one crossing, the flow that it serves, and what it matches beside it."""

    answered: Answered
    rule: Rule
    requirement: Requirement
    served: PacketSet
    beside: PacketSet


def check(
    policies: Policies, permitted: PacketSet, survey: Survey, shown: int
) -> Iterator[Finding]:
    """One finding for each rule, at most `shown` for one device."""
    found: dict[str, dict[Rule, list[Wider]]] = {}
    roles = union(
        interval
        for role in policies.site.roles
        for each in (role.addresses, role.wide, role.public)
        for interval in each.of(survey.family)
    )
    for answered in survey.answers:
        device = answered.question.crossing.device.name
        for wider in _wider(answered, roles, permitted):
            found.setdefault(device, {}).setdefault(wider.rule, []).append(wider)
    for by_rule in found.values():
        for group in list(by_rule.values())[:shown]:
            yield from _finding(group)


def _wider(answered: Answered, roles: Values, permitted: PacketSet) -> Iterator[Wider]:
    space = answered.space
    crossing = answered.question.crossing
    behind = next(
        (i.addresses for i in crossing.device.interfaces if i.name == crossing.out_name), None
    )
    parts = [part for part in answered.question.required if _counts(part)]
    if crossing.traffic != "forward" or behind is None or not parts:
        return
    others = difference(behind.of(space.family), roles)
    served = space.union(part.packets for part in parts) & answered.connections.opening.possible
    for opening in openings(answered.answer, served):
        rule = opening.rule
        if (
            rule is None
            or not _can_reach(rule, others)
            or permits_everything(answered.answer, opening, served)
        ):
            continue
        beside = minus(_beside(answered.answer, rule, opening, others), permitted)
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
        and part.way.destination == part.way.arrives.addresses
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


def _finding(group: Sequence[Wider]) -> Iterator[Finding]:
    """The finding, if one of the packets that are tried is accepted by the rule."""
    for wider in group:
        space = wider.answered.space
        rest = wider.beside
        for _ in range(_TRIES):
            if rest == space.false:
                break
            chosen = example(space, rest)
            outcomes = replayed(wider.answered.answer, chosen, "opening", everywhere=True)
            accepting = [each for each in outcomes if _accepts(each, wider.rule)]
            if accepting:
                yield _proved(group, wider, chosen, outcomes, accepting)
                return
            to = chosen.values["dst"]
            rest = minus(rest, space.within(space.fields["dst"], ((to, to),)))


def _accepts(state: State, rule: Rule) -> bool:
    return isinstance(state.verdict, Accept) and state.rule is rule


def _proved(
    group: Sequence[Wider],
    wider: Wider,
    chosen: Example,
    outcomes: list[State],
    accepting: list[State],
) -> Finding:
    space = wider.answered.space
    crossing, flow = wider.answered.question.crossing, wider.requirement
    beside = space.union(each.beside for each in group)
    is_certain = len(accepting) == len(outcomes)
    reasons = dict.fromkeys(text.strip() for each in outcomes for text in each.unread)
    return Finding(
        check="FW207",
        level="warning",
        certainty="certain" if is_certain else "possible",
        message=f"the rule for {flow.name} opens its port on other machines too"
        f" on {crossing.device.name}",
        span=wider.rule.span,
        label="accepted here",
        related=(Related(flow.span, "the flow that is meant"),),
        device=crossing.device.name,
        flow=flow.name,
        rows=tuple(str(row) for row in flow.rows),
        witness=witness_words(wider.answered.answer, chosen, "opening"),
        extent=f"the rule's destinations {_in_words(space, beside)} are bound to no role",
        remedy=f"name as the rule's destination only"
        f" {_in_words(space, space.union(each.served for each in group))}",
        reasons=() if is_certain else tuple(reasons),
        trace=tuple(f"{r.span.path}:{r.line}: {r.text}" for r in accepting[0].path),
        key=("FW207", crossing.device.name, flow.name, wider.rule.text),
        destinations=destinations(space, beside),
    )


def _in_words(space: Space, packets: PacketSet) -> str:
    return addresses_in_words(projected(space, packets, "dst", _LIMIT), space.family)

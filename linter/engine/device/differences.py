"""Which packets a rule makes a difference to: those that would fare otherwise without it.

The rules are taken from the last one to the first. What becomes of a packet behind a rule is known
then, and needs only to be held against what the rule does with it.
"""

from collections.abc import Iterable, Sequence

from flowmodel.record import dataclass, field
from flowmodel.ruleset import Chain, End, Rule
from flowmodel.verdict import Continue, Goto, Jump, Return, Unknown
from linter.engine.budget import Budget
from linter.engine.sets.space import PacketSet, Space, minus

_OPEN = "open"
"""The fate of packets of which nobody can tell whether two verdicts on them are the same."""

Decisions = dict[object, PacketSet]
"""For each verdict, the packets that meet with it; all others meet with the default policy's."""


@dataclass(slots=True)
class Step:
    """One rule at one visit of its chain."""

    rule: Rule
    chain: Chain
    fits: PacketSet
    """The packets that fulfil its conditions and those of the jumps to it."""
    hits: PacketSet
    """Those of them that come to it."""
    called: "list[Step]" = field(default_factory=list)
    """The rules of the chain that it leads to, at that visit."""


class Differences:
    """Works out, for each rule of a base chain, which of its hits would fare otherwise."""

    def __init__(self, space: Space, end: End, budget: Budget) -> None:
        self.space = space
        self.end = end
        self.budget = budget
        self.tells: dict[int, list[PacketSet]] = {}
        """By the rule's identity, one set for each visit."""

    def of(self, steps: Sequence[Step]) -> Decisions:
        """The verdicts on all packets; fills `tells` from the steps through the base chain."""
        return self._before(steps, {}, {})

    def _before(self, steps: Sequence[Step], end: Decisions, back: Decisions) -> Decisions:
        """The verdicts on packets that come to the first of the steps, as the rules stand.

        `end` is what becomes of packets behind the last one, and `back` of those that return.
        """
        after = end
        for step in reversed(steps):
            self.budget.spend()
            if step.fits != self.space.false:
                after = self._at(step, after, back)
        return after

    def _at(self, step: Step, after: Decisions, back: Decisions) -> Decisions:
        """What becomes of packets that come to the step."""
        verdict = step.rule.verdict
        if step.rule.effects or isinstance(verdict, Unknown):
            # What a rule does to a packet beside its verdict, other rules may see.
            self._tell(step, step.hits)
            return self._with(step, after, _OPEN)
        match verdict:
            case Continue():
                return after
            case Return():
                return self._through(step, after, self._within(step, back))
            case Jump():
                behind = self._within(step, after)
                return self._through(step, after, self._before(step.called, behind, behind))
            case Goto():
                behind = self._within(step, back)
                return self._through(step, after, self._before(step.called, behind, behind))
            case _:
                self._tell(step, self._others(step.hits, after, verdict))
                return self._with(step, after, verdict)

    def _within(self, step: Step, decisions: Decisions) -> Decisions:
        """The same for the packets that fulfil the step's conditions: small sets cost little."""
        found = {each: packets & step.fits for each, packets in decisions.items()}
        return {each: packets for each, packets in found.items() if packets != self.space.false}

    def _through(self, step: Step, after: Decisions, inside: Decisions) -> Decisions:
        """What becomes of packets that the step sends on a way of its own."""
        mine = self._within(step, after)
        if mine == inside and _OPEN not in mine:
            return after
        false = self.space.false
        differ = [inside.get(_OPEN, false), mine.get(_OPEN, false)]
        found: Decisions = {}
        for verdict in {**after, **inside}:
            one, other = inside.get(verdict, false), mine.get(verdict, false)
            differ.append(one ^ other)
            packets = one | minus(after.get(verdict, false), step.fits)
            if packets != false:
                found[verdict] = packets
        self._tell(step, step.hits & self.space.union(differ))
        return found

    def _with(self, step: Step, after: Decisions, verdict: object) -> Decisions:
        """What becomes of packets where the step decides all that fulfil its conditions."""
        found: Decisions = {}
        for each, packets in after.items():
            left = packets | step.fits if each == verdict else minus(packets, step.fits)
            if left != self.space.false:
                found[each] = left
        if verdict not in after and verdict != self.end:
            found[verdict] = step.fits
        return found

    def _others(self, hits: PacketSet, after: Decisions, verdict: object) -> PacketSet:
        """The hits that meet with another verdict behind the step."""
        if verdict == self.end:
            return self.space.union(hits & packets for packets in after.values())
        return minus(hits, after.get(verdict, self.space.false))

    def _tell(self, step: Step, packets: PacketSet) -> None:
        if packets != self.space.false:
            self.tells.setdefault(id(step.rule), []).append(packets)


def every(steps: Iterable[Step]) -> Iterable[Step]:
    """The steps and those of the chains that they lead to, in the order of the packets."""
    for step in steps:
        yield step
        yield from every(step.called)

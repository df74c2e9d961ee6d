"""What each rule of a device decides, of all packets that there can be.

A base chain is asked about every packet at once: any header, any state of its connection, any mark
and any interfaces. That is more than can ever come to it. So what no rule leaves to a rule here, no
packet leaves to it on the device either, and what a rule decides no differently from the others
here, it decides no differently there: both claims are made about too many packets, never too few.

What the export does not tell (unread conditions, unknown answers) is a free variable of the sets,
the same one wherever the same text stands. A set that is empty is empty for all its values.
"""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel import fields
from flowmodel.fields import Family
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Chain, Hook, Rule, RuleSet, Table, base_chains
from flowmodel.verdict import Accept, Continue, Goto, Jump, Return, Unknown, Verdict
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.headers import SIDES, missing_side, of_single_packets
from linter.engine.device.mentions import names_in
from linter.engine.device.program import everything, program
from linter.engine.device.walk import DEPTH_LIMIT, Region, Walk
from linter.engine.sets.header import Header
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import PacketSet, Space, minus

_SIDES: dict[Hook, str] = {"prerouting": "out", "input": "out", "output": "in"}
"""The interface that packets do not have at a hook."""
_OPEN = "open"
"""The fate of packets of which nobody can tell whether two verdicts on them are the same."""

Decisions = dict[object, PacketSet]
"""For each verdict, the packets that meet with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """What one rule does, at all the places from which its chain is reached in one base chain."""

    rule: Rule
    chain: Chain
    fits: PacketSet
    """The packets that fulfil its conditions and those of the jumps to it."""
    hits: PacketSet
    """Those of them that no other rule has decided before."""
    tells: PacketSet
    """Those of the hits that meet with another verdict if the rule is taken away."""


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """One base chain: its rules in the order in which packets first come to them."""

    space: Space
    header: Header
    table: Table
    base: Chain
    rules: tuple[Fate, ...]
    rest: PacketSet
    """The packets that its default policy decides."""

    def is_empty(self, packets: PacketSet) -> bool:
        """Whether there is no such packet, whatever the export leaves open."""
        return packets & self.space.domain == self.space.false

    def deciding(self, packets: PacketSet) -> Iterator[Fate]:
        """The rules that decide some of the packets, in their order."""
        return (each for each in self.rules if not self.is_empty(each.hits & packets))


def space_for(rulesets: Sequence[RuleSet], family: Family, room: int) -> Space:
    """The space in which all chains of a device are asked about one family."""
    return Space(family, names_in(rulesets), capacity=room)


def fates(rulesets: Sequence[RuleSet], space: Space, budget: Budget) -> list[Fates]:
    """What the rules of each base chain decide; raises TooComplexError, and MemoryError.

    What an earlier base chain of the same hook drops does not come to a later one.
    """
    matcher = Matcher(space)
    headers: dict[str, Header] = {}
    left: dict[Hook, PacketSet] = {}
    found = []
    for table, base in base_chains(rulesets, space.family):
        assert base.base is not None
        hook, is_nat = base.base.hook, base.base.kind == "nat"
        if hook not in headers:
            headers[hook] = _header(space, matcher, hook)
        header = headers[hook]
        live = left.get(hook, space.true)
        if is_nat:
            live &= space.within(header.numbers["state"], ((fields.NEW, fields.NEW),))
        with budget.question():
            walk = _Watched(matcher, program(everything), table, header, {}, [], budget=budget)
            entry, rest = walk.watch(base, live)
            found.append(_fates(walk, base, entry, rest))
        if not is_nat:
            passed = [each.packets for each in walk.regions if isinstance(each.verdict, Accept)]
            left[hook] = space.union(passed)
    return found


def _header(space: Space, matcher: Matcher, hook: Hook) -> Header:
    """The header of any packet at a hook; the interfaces that it has are one of the space's."""
    traffic = hook if hook in ("input", "output") else "forward"
    header = of_single_packets(space, matcher, traffic, (True, True))
    missing = _SIDES.get(hook, missing_side(traffic))
    for side in SIDES:
        first = 0 if hook == "postrouting" and side == "in" else 1
        codes = ((0, 0),) if side == missing else ((first, len(space.names) - 1),)
        space.assume(space.within(header.numbers[side], codes))
    names = {**header.names, missing: ""} if missing else header.names
    return Header(header.numbers, names, hook).at(hook)


@dataclass(slots=True)
class _Step:
    """One rule at one visit of its chain."""

    rule: Rule
    chain: Chain
    fits: PacketSet
    hits: PacketSet
    called: "list[_Step]" = field(default_factory=list)
    """The rules of the chain that it leads to, at that visit."""


class _Watched(Walk):
    """A walk that notes what comes to each rule, one by one."""

    fits: PacketSet
    """The packets that fulfil the conditions of all jumps to the chain."""
    steps: list[_Step]

    def watch(self, base: Chain, live: PacketSet) -> tuple[list[_Step], PacketSet]:
        """The steps through a base chain, and what its default policy decides."""
        self.fits = self.matcher.space.true
        rest = self._chain(base, live)
        if rest != self.matcher.space.false:
            self.regions.append(Region(rest, base.end, (), base))
        return self.steps, rest

    def _chain(self, chain: Chain, live: PacketSet) -> PacketSet:
        space = self.matcher.space
        around, returned = self.fits, space.false
        self.steps = steps = []
        for rule in chain.rules:
            self.budget.spend()
            fits = self.matcher.match(rule.match, self.header) & around
            step = _Step(rule, chain, fits, fits & live)
            steps.append(step)
            if fits == space.false:
                continue
            self.fits = fits
            live, back = self._decide(rule, chain, live, step.hits)
            returned = returned | back
            if isinstance(rule.verdict, Jump | Goto):
                step.called = self.steps
            self.steps = steps
        self.fits = around
        return live | returned

    def _call(self, name: str, hit: PacketSet) -> PacketSet:
        if self.depth == DEPTH_LIMIT:
            raise TooComplexError(f"chains that are nested more than {DEPTH_LIMIT} deep")
        self.depth += 1
        returned = self._chain(self.table.chains[name], hit)
        self.depth -= 1
        return returned


def _fates(walk: _Watched, base: Chain, entry: list[_Step], rest: PacketSet) -> Fates:
    space = walk.matcher.space
    end: Decisions = {base.end: space.true}
    tells: dict[int, list[PacketSet]] = {}
    _before(space, entry, end, end, tells)
    by_rule: dict[int, list[_Step]] = {}
    for step in _all(entry):
        by_rule.setdefault(id(step.rule), []).append(step)
    rules = tuple(
        Fate(
            several[0].rule,
            several[0].chain,
            space.union(each.fits for each in several),
            space.union(each.hits for each in several),
            space.union(tells.get(key, ())),
        )
        for key, several in by_rule.items()
    )
    return Fates(space, walk.header, walk.table, base, rules, rest)


def _all(steps: Iterable[_Step]) -> Iterator[_Step]:
    for step in steps:
        yield step
        yield from _all(step.called)


def _before(
    space: Space,
    steps: Sequence[_Step],
    end: Decisions,
    back: Decisions,
    tells: dict[int, list[PacketSet]],
) -> Decisions:
    """The verdicts on packets that come to the first of the steps, as the rules stand.

    `end` is what becomes of packets behind the last one, and `back` of those that return. In
    `tells`, by the rule's identity, is kept which of a rule's hits would fare otherwise without it.
    """
    after = end
    for step in reversed(steps):
        if step.fits == space.false:
            continue
        mine = _own(space, step, after, back, tells)
        if mine is None:
            continue
        if step.hits != space.false:
            tells.setdefault(id(step.rule), []).append(_told(space, step.hits, mine, after))
        after = _either(space, step.fits, mine, after)
    return after


def _own(
    space: Space,
    step: _Step,
    after: Decisions,
    back: Decisions,
    tells: dict[int, list[PacketSet]],
) -> Decisions | None:
    """The verdicts on packets that fulfil a rule's conditions; None where it changes nothing.

    What a rule does to a packet beside its verdict, other rules may see: it is always told.
    """
    verdict: Verdict = step.rule.verdict
    if step.rule.effects or isinstance(verdict, Unknown):
        return {_OPEN: space.true}
    match verdict:
        case Jump():
            return _before(space, step.called, after, after, tells)
        case Goto():
            return _before(space, step.called, back, back, tells)
        case Return():
            return back
        case Continue():
            return None
        case _:
            return {verdict: space.true}


def _told(space: Space, hits: PacketSet, mine: Decisions, after: Decisions) -> PacketSet:
    """The hits on which the two disagree."""
    same = (mine[v] & after[v] for v in mine if v != _OPEN and v in after)
    return minus(hits, space.union(same))


def _either(
    space: Space, condition: PacketSet, chosen: Decisions, otherwise: Decisions
) -> Decisions:
    found: Decisions = {}
    for verdict in {**chosen, **otherwise}:
        one, other = (each.get(verdict, space.false) for each in (chosen, otherwise))
        packets = (condition & one) | minus(other, condition)
        if packets != space.false:
            found[verdict] = packets
    return found

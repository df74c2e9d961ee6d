"""What each rule of a device decides, of all packets that there can be.

A base chain is asked about every packet at once: any header, any state of its connection, any mark
and any interfaces. That is more than can ever come to it. So what no rule leaves to a rule here, no
packet leaves to it on the device either, and what a rule decides no differently from the others
here, it decides no differently there: both claims are made about too many packets, never too few.

What the export does not tell (unread conditions, unknown answers) is a free variable of the sets,
the same one wherever the same text stands. A set that is empty is empty for all its values.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flowmodel import fields
from flowmodel.fields import Family, NumberField, bits
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Hook, Rule, RuleSet, Table
from flowmodel.values import full
from flowmodel.verdict import (
    Accept,
    Continue,
    CopyMark,
    Drop,
    Goto,
    Jump,
    Lead,
    Reject,
    Return,
    SetMark,
    UnknownMark,
)
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.differences import Decisions, Differences, Step, every
from linter.engine.device.headers import SIDES
from linter.engine.device.mentions import LOOPBACK, names_in
from linter.engine.device.program import called_from, everything, program
from linter.engine.device.walk import DEPTH_LIMIT, Region, Walk
from linter.engine.sets.header import Header, wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Bits, PacketSet, Space

MISSING: dict[Hook, str] = {"prerouting": "out", "input": "out", "output": "in"}
"""The interface that packets do not have at a hook."""
_ORIGINAL: tuple[NumberField, ...] = (
    "orig_src",
    "orig_dst",
    "orig_proto",
    "orig_sport",
    "orig_dport",
)
_MARKS = SetMark | CopyMark | UnknownMark
_MOST_STEPS: Final = 500_000
"""Steps on all ways through a base chain that are told apart: they take half a kilobyte each."""
_PLAIN = Accept | Drop | Reject | Return | Continue | Jump | Goto
"""The verdicts that leave a packet as it is."""


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
    """Those of the hits that meet with another verdict if the rule is taken away.

    Of a rule in a chain that is called twice, also all that would come to it again without it.
    """
    skips: PacketSet
    """Those of the hits that meet with another verdict if the rule does not match at one visit."""


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """One base chain: its rules in the order in which packets first come to them."""

    space: Space
    header: Header
    """That with which packets come to its first rule: what rules set is not in it."""
    table: Table
    base: Chain
    rules: tuple[Fate, ...]
    came: PacketSet
    """The packets that earlier base chains of the hook leave to it."""
    rest: PacketSet
    """The packets that its default policy decides."""
    decisions: Decisions
    """For each verdict but that of the default policy, the packets that would meet with it."""

    @property
    def first(self) -> PacketSet:
        """The first packets of connections."""
        new = ((fields.NEW, fields.NEW),)
        return self.space.within(self.header.numbers["state"], new)

    @property
    def local(self) -> PacketSet:
        """The packets on the loopback interface."""
        space = self.space
        code = space.names.index(LOOPBACK)
        sides = [side for side in SIDES if side not in self.header.names]
        return space.union(
            space.within(self.header.numbers[side], ((code, code),)) for side in sides
        )

    def is_empty(self, packets: PacketSet) -> bool:
        """Whether there is no such packet, of those that fit a rule, whatever is left open."""
        return packets == self.space.false

    def deciding(self, packets: PacketSet) -> Iterator[Fate]:
        """The rules that decide some of the packets, in their order."""
        return (each for each in self.rules if not self.is_empty(each.hits & packets))


@dataclass(frozen=True, slots=True, eq=False)
class Undecided:
    """A base chain whose rules are too complex, or too many, to say what each of them decides."""

    table: Table
    base: Chain
    why: str


def space_for(rulesets: Sequence[RuleSet], family: Family, room: int) -> Space:
    """The space in which all chains of a device are asked about one family."""
    return Space(family, names_in(rulesets), capacity=room)


def fates(
    bases: Sequence[tuple[Table, Chain]],
    space: Space,
    budget: Budget,
    *,
    is_last_room: bool = False,
    kept: frozenset[int] | None = None,
) -> Iterator[Fates | Undecided]:
    """What the rules of each base chain decide; one that is too complex does not hide the others.

    Raises MemoryError where more room might help, which is when this is not the last one there is.
    The base chains are in the order of the packets, all of a hook or none: what an earlier one
    drops does not come to a later one of the same hook.

    `kept` are the identities of the only rules that are looked at. What is said of one of them is
    right if all rules are kept that may match the same packets, also those of other base chains of
    the hook, whatever marks these packets have.
    """
    matcher = Matcher(space, budget.spend)
    # All of them first: the domain does not change afterwards.
    headers = {each.base.hook: _header(space, each.base.hook) for _, each in bases if each.base}
    left: dict[Hook, PacketSet] = {}
    last = {each.base.hook: each for _, each in bases if each.base}
    for table, base in bases:
        assert base.base is not None
        hook = base.base.hook
        came = left.get(hook, space.domain)
        # Nobody asks what the last one leaves, and translations are not followed.
        hands_on = base.base.kind != "nat" and last[hook] is not base
        if base.base.kind == "nat":
            came &= _begins(space, headers[hook])
        try:
            with budget.question():
                walk = _Watched(
                    matcher, program(everything), table, headers[hook], {}, [], budget=budget
                )
                walk.kept = kept
                found = _watched(walk, base, came)
                passed = space.union(walk.passed if hands_on else ())
                yield found
        except TooComplexError as error:
            yield Undecided(table, base, str(error))
        except MemoryError:
            if not is_last_room:
                raise
            yield Undecided(table, base, "more diagram nodes than there is room for")
        else:
            if hands_on:
                left[hook] = _handed_on(space, headers[hook], table, base, passed)


def _watched(walk: "_Watched", base: Chain, came: PacketSet) -> Fates:
    """What the rules of one base chain decide."""
    header = walk.header
    entry, rest = walk.watch(base, came)
    return _fates(walk, header, base, entry, came, rest)


def _begins(space: Space, header: Header) -> PacketSet:
    """The packets that chains of kind nat see: of a connection that is not set up yet.

    An expected one is set up by a RELATED packet (nf_nat_inet_fn in net/netfilter/nf_nat_core.c).
    """
    states = ((fields.NEW, fields.NEW), (fields.RELATED, fields.RELATED))
    return space.within(header.numbers["state"], states)


def _header(space: Space, hook: Hook) -> Header:
    """The header of any packet at a hook, translated or not; each field is what it may be.

    The interfaces that a packet has there are some of the space's names.
    """
    numbers = dict(wire(space).numbers)
    for each in _ORIGINAL:
        # What began a connection may have been anything: an answer, or before a translation.
        width = bits(each, space.family)
        numbers[each] = space.fresh(width, full(width))
    if hook == "postrouting":
        # What the device sends itself came in nowhere: the empty name, of code 0.
        numbers["in"] = space.fresh(len(space.fields["in"]), ((0, len(space.names) - 1),))
    missing = MISSING.get(hook)
    return Header(numbers, {missing: ""} if missing else {}, hook).at(hook)


def _handed_on(
    space: Space, header: Header, table: Table, base: Chain, passed: PacketSet
) -> PacketSet:
    """What can come to the hook's next base chain, as that chain will see it.

    A mark that was set is any mark there; of packets that were translated, or whose connection is
    no longer tracked, all that is known is that they may come.
    """
    if not is_plain(table, base):
        return space.domain
    for chain in called_from(table, base):
        for rule in chain.rules:
            for effect in rule.effects:
                if isinstance(effect, _MARKS):
                    name = effect.target if isinstance(effect, CopyMark) else effect.field
                    passed = passed.exists(_cube(space, header.numbers[name])) & space.domain
    return passed


def is_plain(table: Table, base: Chain) -> bool:
    """Whether a base chain leaves packets as they are, but for their marks."""
    return all(
        isinstance(rule.verdict, _PLAIN) and all(isinstance(each, _MARKS) for each in rule.effects)
        for chain in called_from(table, base)
        for rule in chain.rules
    )


def _cube(space: Space, value: Bits) -> PacketSet:
    cube = space.true
    for bit in reversed(value):
        cube = bit & cube
    return cube


class _Watched(Walk):
    """A walk that notes what comes to each rule, one by one."""

    fits: PacketSet
    """The packets that fulfil the conditions of all jumps to the chain."""
    steps: list[Step]
    kept: frozenset[int] | None = None
    count: int = 0

    @property
    def passed(self) -> list[PacketSet]:
        """The packets that pass the base chain, by the rules that let them."""
        return [each.packets for each in self.regions if isinstance(each.verdict, Accept)]

    def watch(self, base: Chain, came: PacketSet) -> tuple[list[Step], PacketSet]:
        """The steps through a base chain, and what its default policy decides."""
        space = self.matcher.space
        # Within what free variables can be: a set is empty then if it looks empty.
        self.fits = space.domain
        if base.base is not None and base.base.kind == "nat":
            # No other packet ever comes: a rule that is about others fits none.
            self.fits &= _begins(space, self.header)
        rest = self._chain(base, came)
        if rest != space.false:
            self.regions.append(Region(rest, base.end, (), base))
        return self.steps, rest

    def _chain(self, chain: Chain, live: PacketSet) -> PacketSet:
        space = self.matcher.space
        around, returned = self.fits, space.false
        self.steps = steps = []
        for rule in chain.rules:
            if self.kept is not None and id(rule) not in self.kept:
                continue
            self.budget.spend()
            self.count += 1
            if self.count > _MOST_STEPS:
                raise TooComplexError(
                    f"more than {_MOST_STEPS:,} steps on all ways through a chain"
                )
            fits = self.matcher.match(rule.match, self.header) & around
            step = Step(rule, chain, fits, fits & live)
            steps.append(step)
            if fits == space.false:
                continue
            self.fits = fits
            live, back = self._decide(rule, chain, live, step.hits)
            returned = returned | back
            if isinstance(rule.verdict, Lead):
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


def _fates(
    walk: _Watched,
    header: Header,
    base: Chain,
    entry: list[Step],
    came: PacketSet,
    rest: PacketSet,
) -> Fates:
    space = walk.matcher.space
    found = Differences(space, base.end, walk.budget)
    decisions = found.of(entry)
    by_rule: dict[int, list[Step]] = {}
    for step in every(entry):
        by_rule.setdefault(id(step.rule), []).append(step)
    rules = tuple(
        _fate(space, several, found.tells.get(key, ())) for key, several in by_rule.items()
    )
    return Fates(space, header, walk.table, base, rules, came, rest, decisions)


def _fate(space: Space, several: Sequence[Step], told: Iterable[PacketSet]) -> Fate:
    (step, *more) = several
    skips = space.union(told)
    if not more:
        return Fate(step.rule, step.chain, step.fits, step.hits, skips, skips)
    fits = twice = space.false
    for each in several:
        twice |= fits & each.fits
        fits |= each.fits
    hits = space.union(each.hits for each in several)
    # What one visit would leave to another one of the same rule fares otherwise without both.
    return Fate(step.rule, step.chain, fits, hits, skips | (hits & twice), skips)

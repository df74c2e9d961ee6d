"""What each rule of the exports decides, for the checks that ask whether it decides anything.

A rule can be reached from several base chains, and be about both address families. It does nothing
only if it does nothing in all of them. What a device makes of one written rule can be several rules
that stand at the same place: these are judged together.

The packet sets live as long as one device is asked about one family; what is kept is plain data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from flowmodel.fields import FAMILIES, Family
from flowmodel.match import Test
from flowmodel.memory import uncollected
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Chain, Hook, Rule, RuleSet, Table, base_chains
from linter.checks.rulebase.allowlists import Allowlists, merged
from linter.checks.rulebase.calls import can_drop
from linter.checks.rulebase.glance import Place, by_hook, glanced
from linter.checks.rulebase.looking import Known
from linter.checks.rulebase.passing import interfaces
from linter.checks.rulebase.settled import Settled
from linter.checks.rulebase.standing import Needed, Seen, seen
from linter.checks.rulebase.targets import target
from linter.checks.rulebase.written import (
    Judged,
    SpanOf,
    TargetOf,
    Written,
    as_written,
    by_target,
)
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.fates import Fates, Undecided, fates, space_for
from linter.engine.device.mentions import met_together, rules_of, weight_of
from linter.engine.device.program import Called
from linter.engine.sets.rooms import rooms

_SETS = 6
"""How many sets of each rule are kept until all are known, beside that of its packets."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What the rules of one base chain do, for one family."""

    table: Table
    base: Chain
    family: Family
    is_only_judge: bool
    found: tuple[Seen | Needed, ...]

    def seen(self, each: Seen | Needed) -> Seen:
        """What a rule does."""
        if isinstance(each, Seen):
            return each
        return each.seen(self.table, self.base, self.family, is_only_judge=self.is_only_judge)


@dataclass(frozen=True, slots=True, eq=False)
class _All:
    """What was seen of each device, and why some chains were not."""

    looks: tuple[tuple[str, tuple[_Look, ...]], ...]
    unsure: frozenset[int]
    """The identities of the rules to which a chain leads that is not decided."""
    error: TooComplexError | None


@dataclass(frozen=True, slots=True, eq=False)
class _Parted:
    """The rules that are plainly needed, and the others."""

    chains: frozenset[int]
    """The identities of the chains in which packets come to some rule."""
    idle: tuple[Written, ...]
    """The others as they are written, where no part of them is among those."""
    targets: tuple[Written, ...]
    """The same, with each target of a map by itself."""


def judged(subject: Subject) -> tuple[Judged, ...]:
    """All rules to which packets can come, in the order of the files; raises TooComplexError."""
    _all(subject)
    return subject.once_in_any_room(_judged)


def written(subject: Subject) -> tuple[Written, ...]:
    """The rules as they are written, in the order of the files, but for those that nobody wrote.

    Raises TooComplexError.
    """
    return tuple(as_written(judged(subject), set()))


def reached(subject: Subject) -> frozenset[int]:
    """The identities of chains in which packets come to some rule; raises TooComplexError."""
    _all(subject)
    return subject.once_in_any_room(_parted).chains


def unneeded(subject: Subject) -> Iterator[Written]:
    """The rules as they are written of which single packets do not show that they are needed.

    In the order of the files, but for those that nobody wrote. Raises TooComplexError behind the
    last one where chains are too complex to be judged.
    """
    yield from subject.once_in_any_room(_parted).idle
    _all(subject)


def unneeded_targets(subject: Subject) -> Iterator[Written]:
    """The same, with each target of a map by itself: what the others do does not speak for it."""
    yield from subject.once_in_any_room(_parted).targets
    _all(subject)


def _all(subject: Subject) -> _All:
    found = subject.once_in_any_room(_seen)
    if found.error:
        raise found.error
    return found


def _seen(subject: Subject) -> _All:
    undecided: list[tuple[str, Undecided]] = []
    found: list[tuple[str, tuple[_Look, ...]]] = []
    for device, rulesets in subject.exports.items():
        names = subject.once_in_any_room(interfaces)[device]
        looks = list(_seen_on(rulesets, names, subject.budget))
        undecided += ((device, each) for each in looks if isinstance(each, Undecided))
        found.append((device, tuple(each for each in looks if isinstance(each, _Look))))
    # Of a rule that a chain leads to which is not decided, nothing is sure.
    unsure = frozenset(_led_to(each for _, each in undecided))
    return _All(tuple(found), unsure, error(undecided))


def _judged(subject: Subject) -> tuple[Judged, ...]:
    every = subject.once_in_any_room(_seen)
    return _in_order(every, lambda _: True)


def _in_order(every: _All, wanted: Callable[[Seen | Needed], bool]) -> tuple[Judged, ...]:
    """What is wanted of what rules do, in the order of the files."""
    rules: list[Judged] = []
    for device, looks in every.looks:
        by_rule: dict[int, list[tuple[Table, Seen]]] = {}
        for look in looks:
            for each in look.found:
                if wanted(each) and id(each.rule) not in every.unsure:
                    seen = look.seen(each)
                    by_rule.setdefault(id(each.rule), []).append((look.table, seen))
        for several in by_rule.values():
            table, first = several[0]
            its = tuple(each for _, each in several)
            rules.append(Judged(device, table, first.chain, first.rule, its))
    rules.sort(key=lambda each: each.rule.span)
    return tuple(rules)


def _parted(subject: Subject) -> _Parted:
    every = subject.once_in_any_room(_seen)
    others = _in_order(every, lambda each: isinstance(each, Seen))
    starts = {(each.rule.line, each.rule.column) for each in others}
    lines = {line for line, _ in starts}
    chains: set[int] = set()
    spans: set[SpanOf] = set()
    targets: set[TargetOf] = set()
    for device, looks in every.looks:
        found = [each for look in looks for each in look.found]
        chains |= {id(each.chain) for each in found}
        sure = [each.rule for each in found if isinstance(each, Needed)]
        for rule in sure:
            # In a file of JSON without line breaks, all rules stand in one line.
            if (
                rule.line in lines
                and (rule.line, rule.column) in starts
                and id(rule) not in every.unsure
            ):
                spans.add((device, rule.span))
                targets.add((device, rule.span, target(rule)))
    idle = tuple(as_written(others, spans))
    its_targets = tuple(by_target(others, targets))
    return _Parted(frozenset(chains), idle, its_targets)


def _seen_on(
    rulesets: Sequence[RuleSet], names: Sequence[str], budget: Budget
) -> Iterator[_Look | Undecided]:
    """What each rule does in each base chain of a device, or in some where it is needed."""
    telling: set[int] = set()
    called = Called()
    settled = Settled(telling, called)
    for family in FAMILIES:
        known = Known(names, {}, telling)
        allowlists = Allowlists(family, known, settled, budget)
        for place in _places(rulesets, family, called, settled.is_so):
            shown: dict[int, tuple[Needed, ...]] = {}
            open_: list[tuple[Table, Chain]] = []
            for its in by_hook(place.bases):
                table, base = its[0]
                if len(its) == 1 and place.rulesets[0].place:
                    shown[id(base)] = allowlists.needed(table, base)
                    if settled.is_so(table, base):
                        continue
                open_ += its
            part = replace(place, bases=tuple(open_))
            looks = list(_seen_at(part, family, budget, known)) if open_ else []
            yield from _joined(place, family, shown, looks) if shown else looks


def _joined(
    place: Place,
    family: Family,
    shown: Mapping[int, tuple[Needed, ...]],
    looks: Sequence[_Look | Undecided],
) -> Iterator[_Look | Undecided]:
    """What both say of each base chain, in the order of the packets."""
    by_base = {id(each.base): each for each in looks}
    for table, base in place.bases:
        look, found = by_base.get(id(base)), shown.get(id(base), ())
        is_only_judge = id(base) in place.only_judges
        if look is None or isinstance(look, Undecided):
            yield _Look(table, base, family, is_only_judge, found)
            yield from filter(None, (look,))
        elif not found:
            yield look
        else:
            every = merged(table, base, found, look.found)
            yield _Look(table, base, family, is_only_judge, every)


def _seen_at(
    place: Place, family: Family, budget: Budget, known: Known
) -> Iterator[_Look | Undecided]:
    """The same at one place: with packet sets only where a glance does not tell."""
    try:
        with budget.question(), uncollected():
            found = glanced(place, family, known, budget)
    except TooComplexError as error:
        yield from (Undecided(table, base, str(error)) for table, base in place.bases)
        return

    def look(chain: Fates, budget: Budget, is_only_judge: bool, /) -> Iterator[Seen]:  # noqa: FBT001
        return seen(chain, budget, found.asked, is_only_judge=is_only_judge)

    part = replace(place, bases=found.bases)
    looks = _of_family(part, family, budget, look, found.kept) if found.bases else []
    by_base = {id(base): each for (_, base), each in zip(found.bases, looks, strict=True)}
    for table, base in place.bases:
        look_ = by_base.get(id(base))
        if isinstance(look_, Undecided) and found.needs(base):
            yield look_
        else:
            told = look_.found if isinstance(look_, Looked) else ()
            is_only_judge = id(base) in place.only_judges
            yield _Look(table, base, family, is_only_judge, found.merged(base, told))


def _led_to(undecided: Iterable[Undecided]) -> Iterator[int]:
    called = Called()
    for each in undecided:
        for chain in called(each.table, each.base):
            yield from map(id, chain.rules)


def error(undecided: Sequence[tuple[str, Undecided]]) -> TooComplexError | None:
    """What to raise where chains of devices are not decided; None where all are."""
    if not undecided:
        return None
    names = dict.fromkeys(f"{each.base.name} of {device}" for device, each in undecided)
    return TooComplexError(f"what each rule decides in {', '.join(names)} ({undecided[0][1].why})")


_Found = TypeVar("_Found")
Look = Callable[[Fates, Budget, bool], Iterable[_Found]]
"""What is asked about one base chain; the last argument says whether no other one can drop what it
accepts."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked(Generic[_Found]):
    """What was found in one base chain, for one family."""

    table: Table
    found: tuple[_Found, ...]


def looked(
    subject: Subject, look: Look[_Found]
) -> Iterator[tuple[str, list[Looked[_Found] | Undecided]]]:
    """For each device what is found in its base chains, one after the other."""
    for device, rulesets in subject.exports.items():
        looks: list[Looked[_Found] | Undecided] = []
        for family in FAMILIES:
            for place in _places(rulesets, family, Called()):
                looks += _of_family(place, family, subject.budget, look)
        yield device, looks


def _of_family(
    place: Place,
    family: Family,
    budget: Budget,
    look: Look[_Found],
    kept: frozenset[int] | None = None,
) -> list[Looked[_Found] | Undecided]:
    """What is found, with more room where the sets need it."""
    rules = [rule for rule in rules_of(place.rulesets) if kept is None or id(rule) in kept]
    weight = weight_of(rules)
    # The sets of all rules need a large room soon; how large it gets depends on the file alone.
    most = rooms(weight)[-1]
    soon = weight + _SETS * len(rules) + _listed(rules)
    tries = sorted({min(room, most) for room in rooms(soon)})
    for room in tries:
        try:
            is_last = room == tries[-1]
            return list(_within(place, family, room, budget, look, kept, is_last=is_last))
        except MemoryError:
            continue
    why = f"more than {tries[-1]:,} diagram nodes"
    return [Undecided(table, base, why) for table, base in place.bases]


def _listed(rules: Iterable[Rule]) -> int:
    """How many ranges the rules' tests have that are no single ones: the sets grow with them."""
    tests = (each for rule in rules for each in rule.match if isinstance(each, Test))
    return sum(len(each.values) for each in tests if len(each.values) > 1)


def _within(
    place: Place,
    family: Family,
    room: int,
    budget: Budget,
    look: Look[_Found],
    kept: frozenset[int] | None,
    *,
    is_last: bool,
) -> Iterator[Looked[_Found] | Undecided]:
    space = space_for(place.rulesets, family, room)
    for chain in fates(place.bases, space, budget, is_last_room=is_last, kept=kept):
        if isinstance(chain, Undecided):
            yield chain
            continue
        try:
            with budget.question():
                found = tuple(look(chain, budget, id(chain.base) in place.only_judges))
        except TooComplexError as error:
            yield Undecided(chain.table, chain.base, str(error))
        else:
            yield Looked(chain.table, found)


def _meet(other: Chain, chain: Chain) -> bool:
    """Whether packets of one base chain may come to another one, or come from it."""
    its, mine = (each.base.judges if each.base else frozenset() for each in (other, chain))
    return other is not chain and (not its or not mine or bool(its & mine))


def _places(
    rulesets: Sequence[RuleSet],
    family: Family,
    called: Called,
    is_over: Callable[[Table, Chain], bool] = lambda _table, _base: False,
) -> Iterator[Place]:
    """The rule sets that packets meet together, with the chains that no other place has (AWS).

    Without the hooks of whose chains nothing more is asked.
    """
    known: set[tuple[tuple[int, ...], ...]] = set()
    for together in met_together(rulesets):
        bases = base_chains(together, family)
        # Those of one hook are asked together: what one drops does not come to the next.
        hooks: dict[Hook, list[tuple[Table, Chain]]] = {}
        for table, base in bases:
            if base.base:
                hooks.setdefault(base.base.hook, []).append((table, base))
        open_ = [its for its in hooks.values() if not all(is_over(*each) for each in its)]
        if not open_:
            continue
        dropping = [base for table, base in bases if can_drop(table, base)]
        only = {id(base) for _, base in bases if not any(_meet(each, base) for each in dropping)}
        new: list[tuple[Table, Chain]] = []
        for its in open_:
            key = tuple((id(base) in only, *map(id, called(table, base))) for table, base in its)
            if key not in known:
                known.add(key)
                new += its
        if new:
            yield Place(together, tuple(new), frozenset(only))

"""What each rule of the exports decides, for the checks that ask whether it decides anything.

A rule can be reached from several base chains, and be about both address families. It does nothing
only if it does nothing in all of them. What a device makes of one written rule can be several rules
that stand at the same place: these are judged together.

The packet sets live as long as one device is asked about one family; what is kept is plain data.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet, Table, base_chains
from flowmodel.verdict import DROP, Drop, Reject, Unknown
from linter.checks.rulebase.standing import Seen, seen
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.fates import Fates, Undecided, fates, space_for
from linter.engine.device.mentions import rule_count, rules_of
from linter.engine.device.program import called_from
from linter.engine.sets.space import rooms

_SETS = 4
"""Each rule has several sets that are kept until all are known."""
_LARGE = 1000
"""A set with more ranges needs the room of many rules."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One rule of a device, with what it does wherever it is reached."""

    device: str
    table: Table
    chain: Chain
    rule: Rule
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
class Written:
    """One rule as it is written: what the device makes of it, judged as one."""

    parts: tuple[Judged, ...]

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
    def seen(self) -> tuple[Seen, ...]:
        """What all parts do."""
        return tuple(each for part in self.parts for each in part.seen)

    @property
    def never_matches(self) -> bool:
        """Whether no packet at all fulfils its conditions."""
        return all(each.never_matches for each in self.parts)

    @property
    def is_shadowed(self) -> bool:
        """Whether other rules decide all packets that it would match."""
        return not self.never_matches and not any(each.hits for each in self.seen)

    @property
    def is_redundant(self) -> bool:
        """Whether it decides packets, and each of them just as the other rules would."""
        return any(each.hits for each in self.seen) and not any(each.tells for each in self.seen)

    @property
    def is_backwards(self) -> bool:
        """Whether the last rule that matches decides in its chain, and not the first one."""
        return any(part.chain.written for part in self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class _All:
    """The rules that are judged, and why others are not."""

    rules: tuple[Judged, ...]
    written: tuple[Written, ...]
    error: TooComplexError | None


def judged(subject: Subject) -> tuple[Judged, ...]:
    """All rules to which packets can come, in the order of the files; raises TooComplexError."""
    found = subject.once(_judged)
    if found.error:
        raise found.error
    return found.rules


def written(subject: Subject) -> Iterator[Written]:
    """The rules as they are written, in the order of the files, but for those that nobody wrote.

    Raises TooComplexError behind the last one where chains are too complex to be judged.
    """
    found = subject.once(_judged)
    yield from found.written
    if found.error:
        raise found.error


def _judged(subject: Subject) -> _All:
    rules: list[Judged] = []
    undecided: list[tuple[str, Undecided]] = []
    for device, looks in looked(subject, seen):
        by_rule: dict[int, list[tuple[Table, Seen]]] = {}
        missing = [each for each in looks if isinstance(each, Undecided)]
        undecided += ((device, each) for each in missing)
        for look in looks:
            if not isinstance(look, Undecided):
                for each in look.found:
                    by_rule.setdefault(id(each.rule), []).append((look.table, each))
        # Of a rule that a chain leads to which is not decided, nothing is sure.
        for key in _led_to(missing):
            by_rule.pop(key, None)
        for several in by_rule.values():
            table, first = several[0]
            every = tuple(each for _, each in several)
            rules.append(Judged(device, table, first.chain, first.rule, every))
    rules.sort(key=lambda each: each.rule.span)
    return _All(tuple(rules), tuple(_written(rules)), error(undecided))


def _led_to(undecided: Iterable[Undecided]) -> Iterator[int]:
    for each in undecided:
        for chain in called_from(each.table, each.base):
            yield from map(id, chain.rules)


def error(undecided: Sequence[tuple[str, Undecided]]) -> TooComplexError | None:
    """What to raise where chains of devices are not decided; None where all are."""
    if not undecided:
        return None
    names = dict.fromkeys(f"{each.base.name} of {device}" for device, each in undecided)
    return TooComplexError(f"what each rule decides in {', '.join(names)} ({undecided[0][1].why})")


def _written(rules: Iterable[Judged]) -> Iterator[Written]:
    together: dict[tuple[object, ...], list[Judged]] = {}
    for each in rules:
        together.setdefault((each.device, each.rule.span), []).append(each)
    for parts in together.values():
        if not any(each.rule.is_automatic for each in parts):
            yield Written(tuple(parts))


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
            for together in _places(rulesets, family):
                looks += _of_family(together, family, subject.budget, look)
        yield device, looks


def _of_family(
    rulesets: Sequence[RuleSet], family: Family, budget: Budget, look: Look[_Found]
) -> list[Looked[_Found] | Undecided]:
    """What is found, with more room where the sets need it."""
    tries = rooms(_size(rulesets))
    for room in tries:
        try:
            is_last = room == tries[-1]
            return list(_within(rulesets, family, room, budget, look, is_last=is_last))
        except MemoryError:
            continue
    why = f"more than {tries[-1]:,} diagram nodes"
    return [Undecided(table, base, why) for table, base in base_chains(rulesets, family)]


def _within(
    rulesets: Sequence[RuleSet],
    family: Family,
    room: int,
    budget: Budget,
    look: Look[_Found],
    *,
    is_last: bool,
) -> Iterator[Looked[_Found] | Undecided]:
    space = space_for(rulesets, family, room)
    dropping = [base for table, base in base_chains(rulesets, family) if _drops(table, base)]
    for chain in fates(rulesets, space, budget, is_last_room=is_last):
        if isinstance(chain, Undecided):
            yield chain
            continue
        is_only = not any(_meet(each, chain.base) for each in dropping)
        try:
            with budget.question():
                found = tuple(look(chain, budget, is_only))
        except TooComplexError as error:
            yield Undecided(chain.table, chain.base, str(error))
        else:
            yield Looked(chain.table, found)


def _meet(other: Chain, chain: Chain) -> bool:
    """Whether packets of one base chain may come to another one, or come from it."""
    its, mine = (each.base.judges if each.base else frozenset() for each in (other, chain))
    return other is not chain and (not its or not mine or bool(its & mine))


def _drops(table: Table, base: Chain) -> bool:
    """Whether a base chain can drop a packet."""
    drops = Drop | Reject | Unknown
    rules = (rule for chain in called_from(table, base) for rule in chain.rules)
    return base.end == DROP or any(isinstance(rule.verdict, drops) for rule in rules)


def _size(rulesets: Sequence[RuleSet]) -> int:
    """How many rules the sets of these need the room of."""
    large = {
        id(test): len(values)
        for rule in rules_of(rulesets)
        for test in rule.match
        if len(values := getattr(test, "values", ())) > _LARGE
    }
    return _SETS * rule_count(rulesets) + sum(large.values()) // 10


def _places(rulesets: Sequence[RuleSet], family: Family) -> Iterator[tuple[RuleSet, ...]]:
    """The rule sets that packets meet together; each set of chains once (AWS shares them)."""
    alone = [(each,) for each in rulesets if each.place]
    rest = tuple(each for each in rulesets if not each.place)
    known: set[tuple[int, ...]] = set()
    for together in (*([rest] if rest else []), *alone):
        key = tuple(id(chain) for _, chain in base_chains(together, family))
        if key and key not in known:
            known.add(key)
            yield together

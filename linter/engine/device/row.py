"""The rules of one base chain and of all that it calls in one row, as single packets meet them.

That takes no packet sets. What a packet does not say (an unread condition, a die) is a free
variable of the sets, and here it is answered as it suits: a claim that there is some packet needs
one answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from flowmodel.fields import Family, NumberField
from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
    name_holds,
)
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.values import Values, contains, intersection, union
from flowmodel.verdict import Continue, Goto, Jump, Lead, Onward, Return, Unknown
from linter.engine.device.walk import DEPTH_LIMIT

OPEN: Final = "open"
"""What becomes of packets of which nobody can tell whether two verdicts on them are the same."""

SET_BY_RULES: Final = frozenset({"mark", "ct_mark", "state", "stateless"})
"""The fields that rules of a row may change, between a jump and what stands behind it."""

_PASSED: Final = (Continue, Jump, Unknown)
"""The verdicts behind which a packet may come to the next rule."""

Numbers = dict[str, int]
"""The fields of a packet; what is missing is 0."""


class Own:
    """What the conditions of rules say, by themselves."""

    __slots__ = ("is_for", "others", "tests")

    def __init__(self, match: Match, family: Family) -> None:
        if len(match) == 1 and isinstance(test := match[0], Test) and test.values:
            # Rules of long lists say nothing else.
            self.tests: dict[NumberField, Values] = {test.field: test.values}
            self.others: Sequence[Condition] = ()
            self.is_for = True
            return
        self.tests = {}
        self.is_for = True
        others: list[Condition] = []
        self._add(match, family, others)
        # Most have none, and rows are long: no list is kept for each.
        self.others = others or ()

    def _add(self, match: Match, family: Family, others: list[Condition]) -> None:
        for each in match:
            if isinstance(each, Test):
                if each.values and each.field not in self.tests:
                    self.tests[each.field] = each.values
                else:
                    self._test(each.field, each.values)
            elif isinstance(each, IsFamily):
                if each.family != family:
                    # What it says besides is of no interest.
                    self.is_for = False
                    return
            elif isinstance(each, All):
                self._add(each.conditions, family, others)
            elif isinstance(each, Any) and each.conditions:
                # What is for the other family alone is looked at by each packet else.
                mine = tuple(one for one in each.conditions if _may_be_for(one, family))
                self.is_for = self.is_for and bool(mine)
                if len(mine) == 1:
                    self._add(mine, family, others)
                else:
                    one = each if len(mine) == len(each.conditions) else Any(mine)
                    others.append(one)
                    # Most packets are told apart by these already.
                    for field, values in _implied(one).items():
                        self._test(field, values)
            else:
                others.append(each)

    def _test(self, field: NumberField, values: Values) -> None:
        known = self.tests.get(field)
        both = values if known is None else intersection(known, values)
        self.tests[field] = both
        if not both:
            self.is_for = False


def _implied(condition: Condition) -> dict[NumberField, Values]:
    """Values that fields have wherever a condition holds; none of fields that rules may change."""
    found: dict[NumberField, Values] = {}
    match condition:
        case Test(field, values) if field not in SET_BY_RULES:
            found[field] = values
        case All(several):
            for each in several:
                for field, values in _implied(each).items():
                    known = found.get(field)
                    found[field] = values if known is None else intersection(known, values)
        case Any(several) if several:
            each_implies = list(map(_implied, several))
            for field in each_implies[0]:
                if all(field in each for each in each_implies):
                    found[field] = union(part for each in each_implies for part in each[field])
        case _:
            pass
    return found


def _may_be_for(condition: Condition, family: Family) -> bool:
    """Whether the condition can hold in a family, as far as it says which one it is for."""
    if isinstance(condition, All):
        return all(_may_be_for(each, family) for each in condition.conditions)
    return not isinstance(condition, IsFamily) or condition.family == family


class Entry:
    """A rule at its place in the row, with the conditions of all jumps to it."""

    __slots__ = ("at", "behind", "chain", "end", "is_for", "jump", "others", "rule", "tests")

    def __init__(self, rule: Rule, chain: Chain, at: int, jump: "Entry | None", own: Own) -> None:
        self.rule = rule
        self.chain = chain
        self.at = at
        self.jump = jump
        """The rule that leads to its chain."""
        self.end = at + 1
        """The place behind it and all rules of the chain that it leads to."""
        self.behind = 0
        """The place behind the last rule of its chain."""
        self.tests: Mapping[NumberField, Values] = own.tests
        self.others: Sequence[Condition] = own.others
        self.is_for = own.is_for
        """False if it is surely for no packet at all."""
        if jump is not None and (jump.tests or jump.others):
            tests = dict(jump.tests)
            again: list[Condition] = []
            for field, values in own.tests.items():
                both = intersection(tests[field], values) if field in tests else values
                if not both and values and field in SET_BY_RULES:
                    again.append(Test(field, values))
                    continue
                tests[field] = both
                self.is_for = self.is_for and bool(both)
            self.tests = tests
            self.others = [*jump.others, *own.others, *again]

    @property
    def way(self) -> "Iterator[Entry]":
        """The rule, and those that lead to its chain."""
        found: Entry | None = self
        while found is not None:
            yield found
            found = found.jump

    @property
    def ends(self) -> bool:
        """Whether it may give packets their verdict."""
        return not isinstance(self.rule.verdict, Onward)


class NotInARowError(Exception):
    """Packets can come to some chain on several ways."""


class Row:
    """The rules in the order in which packets come to them."""

    def __init__(
        self, table: Table, base: Chain, family: Family, known: dict[int, Own] | None = None
    ) -> None:
        self.table = table
        self.base = base
        self.family = family
        self.entries: list[Entry] = []
        self._own = {} if known is None else known
        """By identity of the conditions: machines share their groups' rules, and rules may share
        these."""
        self._called = {id(base)}
        self._add(base, None, 0)
        self.repeated = _repeated(self.entries)
        """The identities of rules that stand in several chains: each is at several places."""

    def _add(self, chain: Chain, jump: Entry | None, depth: int) -> None:
        entries, start = self.entries, len(self.entries)
        family, known = self.family, self._own
        for rule in chain.rules:
            own = known.get(id(rule.match))
            if own is None:
                own = known[id(rule.match)] = Own(rule.match, family)
            entry = Entry(rule, chain, len(entries), jump, own)
            entries.append(entry)
            verdict = rule.verdict
            if isinstance(verdict, Lead) and entry.is_for:
                called = self.table.chains[verdict.chain]
                if id(called) in self._called or depth == DEPTH_LIMIT:
                    raise NotInARowError
                self._called.add(id(called))
                self._add(called, entry, depth + 1)
                entry.end = len(entries)
        end = len(entries)
        at = start
        while at < end:
            entries[at].behind = end
            at = entries[at].end

    def comes_to(self, matching: Sequence[Entry], to: Entry) -> bool:
        """Whether a packet that matches these, in their order, comes to one of them unchanged."""
        position = 0
        gone: list[tuple[int, int]] = []
        for each in matching:
            position = _back(gone, each.at, position)
            if each.at < position:
                continue
            if each is to:
                return True
            if each.rule.effects:
                return False
            verdict = each.rule.verdict
            if isinstance(verdict, Return):
                position = each.behind
            elif isinstance(verdict, Goto):
                gone.append((each.end, each.behind))
            elif not isinstance(verdict, _PASSED):
                return False
        return False

    def verdict(self, matching: Iterable[Entry], start: int, inside: Entry | None) -> object:
        """The verdict on a packet that matches these, from a place in the row on.

        `inside` is the rule whose jump has led there. A default policy's is the end of the base.
        """
        position = start
        gone: list[tuple[int, int]] = []
        while inside is not None:
            if isinstance(inside.rule.verdict, Goto):
                gone.insert(0, (inside.end, inside.behind))
            inside = inside.jump
        for each in matching:
            if each.at < start:
                continue
            position = _back(gone, each.at, position)
            if each.at < position:
                continue
            verdict = each.rule.verdict
            if each.rule.effects or isinstance(verdict, Unknown):
                return OPEN
            if isinstance(verdict, Return):
                position = each.behind
            elif isinstance(verdict, Goto):
                gone.append((each.end, each.behind))
            elif not isinstance(verdict, (Continue, Jump)):
                return verdict
        return self.base.end

    def fares_otherwise(self, matching: Sequence[Entry], without: Entry) -> bool:
        """Whether a packet that comes to a rule meets with another verdict without it."""
        verdict = without.rule.verdict
        if without.rule.effects or isinstance(verdict, Unknown):
            return True
        if isinstance(verdict, Continue):
            return False
        mine = self.verdict(matching, without.end, without.jump)
        its: object = verdict
        if isinstance(verdict, Return):
            its = self.verdict(matching, without.behind, without.jump)
        elif isinstance(verdict, Lead):
            inside = without if isinstance(verdict, Goto) else without.jump
            its = self.verdict(matching, without.at + 1, inside)
        return OPEN in (mine, its) or mine != its


def _repeated(entries: Sequence[Entry]) -> set[int]:
    """The identities of rules that several entries are of."""
    found = [id(each.rule) for each in entries]
    if len(set(found)) == len(found):
        return set()
    return {each for each, count in Counter(found).items() if count > 1}


def _back(gone: list[tuple[int, int]], at: int, position: int) -> int:
    """The place from which packets go on that come to the end of chains they have gone to."""
    while gone and max(at, position) >= gone[-1][0]:
        position = max(position, gone.pop()[1])
    return position


class Packet:
    """One packet, with what suits where it leaves something open."""

    __slots__ = ("family", "names", "numbers", "true")

    def __init__(
        self, family: Family, numbers: Numbers, names: Mapping[str, str], true: frozenset[str]
    ) -> None:
        self.family = family
        self.numbers = numbers
        self.names = names
        self.true = true
        """The unread texts that hold."""

    def fulfils(self, entry: Entry, *, is_asked: bool = False) -> bool:
        """Whether it fulfils the conditions of a rule, and of the jumps to it.

        Of the rule that is asked about, whatever has a die holds.
        """
        numbers = self.numbers
        for field, values in entry.tests.items():
            value = numbers.get(field, 0)
            if len(values) == 1:
                if not values[0][0] <= value <= values[0][1]:
                    return False
            elif not contains(values, value):
                return False
        # Most have no others.
        return not entry.others or self.holds_all(entry.others, dice=is_asked)

    def holds_all(self, conditions: Iterable[Condition], *, dice: bool) -> bool:
        """Whether all of the conditions hold."""
        # No generator: this is asked of every packet that is tried.
        for each in conditions:  # noqa: SIM110
            if not self.holds(each, dice=dice):
                return False
        return True

    def holds(self, condition: Condition, *, dice: bool) -> bool:
        """Whether a condition holds."""
        # Most are about interfaces.
        if isinstance(condition, Name):
            return name_holds(condition, self.names[condition.field])
        if isinstance(condition, Not):
            return not self.holds(condition.condition, dice=not dice)
        match condition:
            case Test(field, values):
                return contains(values, self.numbers.get(field, 0))
            case IsFamily(family):
                return family == self.family
            case Masked(field, mask, wanted):
                return self.numbers.get(field, 0) & mask == wanted
            case All(several):
                return self.holds_all(several, dice=dice)
            case Any(several):
                for each in several:  # noqa: SIM110
                    if self.holds(each, dice=dice):
                        return True
                return False
            case Relation(fields, rows):
                found = [self.numbers.get(field, 0) for field in fields]
                return any(_is_in(row, found) for row in rows)
            case Unread(text):
                return text in self.true
            case Volatile():
                return dice


def _is_in(row: Sequence[tuple[int, int]], values: Sequence[int]) -> bool:
    return all(first <= each <= last for (first, last), each in zip(row, values, strict=True))


def texts(conditions: Iterable[Condition]) -> Iterator[str]:
    """The unread texts that conditions ask to hold."""
    for each in conditions:
        if isinstance(each, Unread):
            yield each.text
        elif isinstance(each, All | Any):
            yield from texts(each.conditions)

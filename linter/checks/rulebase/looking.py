"""A look at the rules of one base chain: for each, a packet that shows what it decides."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from flowmodel.fields import NEW, SYN, TCP
from flowmodel.match import NEVER, Unread, Volatile, leaves
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Table
from flowmodel.values import contains
from flowmodel.verdict import Accept, Continue, Goto, Jump, Return, Verdict
from linter.checks.rulebase.alike import Alike
from linter.checks.rulebase.picks import Picks
from linter.checks.rulebase.replies import asks, is_written_for_replies, stateless
from linter.checks.rulebase.standing import Needed, Seen, denies, is_hook
from linter.engine.budget import Budget
from linter.engine.device.fates import MISSING, is_plain
from linter.engine.device.forms import FORMS
from linter.engine.device.lookup import Lookup
from linter.engine.device.row import SET_BY_RULES, Entry, Own, Packet, Row
from linter.engine.device.takers import is_unconditional

_TRIES: Final = 4
_MOST_TRIES: Final = 12
_LATER: Final = 6
_WAYS: Final = Jump | Goto | Return
"""The verdicts that lead to other rules than the next one."""


class Known(NamedTuple):
    """What is known of the whole device."""

    names: Sequence[str]
    """One name for each class of interfaces that its rules tell apart."""

    own: dict[int, Own]
    """By identity, what the conditions of rules say by themselves, in one family."""
    telling: set[int]
    """The identities of rules that are needed somewhere; so nothing is said of them, whatever they
    do elsewhere. None of them denies: that is said of rules where no first packet comes to them."""


class Glance:
    """One base chain, and what a look at it tells."""

    def __init__(
        self, table: Table, base: Chain, row: Row, lookup: Lookup, *, is_only_judge: bool
    ) -> None:
        self.table = table
        self.base = base
        self.row = row
        self.lookup = lookup
        self.is_only_judge = is_only_judge
        self.seen: dict[int, Seen | Needed] = {}
        """By the place in the row."""
        self.open: list[Entry] = []
        """The rules of which packet sets have to tell."""
        self.untold: list[Entry] = []
        """The rules that packets come to and that no check tells of: they count as needed."""

    def open_all(self) -> None:
        """Let packet sets tell of all rules, also of those that no check tells of."""
        for each in self.untold:
            del self.seen[each.at]
        self.open = sorted([*self.open, *self.untold], key=lambda each: each.at)
        self.untold = []


class Looking:
    """The look, for one address family."""

    def __init__(
        self, glance: Glance, before: Sequence[Glance], known: Known, budget: Budget
    ) -> None:
        self.glance = glance
        self.telling = known.telling
        self.row = row = glance.row
        self.budget = budget
        base = glance.base.base
        assert base is not None, "only base chains have a row"
        self.is_nat = base.kind == "nat"
        # What a translation leaves is not known: all may come to the next chain. Where a chain
        # accepts everything, all do.
        self.before = [
            each
            for each in before
            if each.base.base
            and each.base.base.kind != "nat"
            and not _passes_all(each)
            and is_plain(each.table, each.base)
        ]
        self.is_asked = asks(glance.base)
        self.is_stateless = self.is_asked and stateless(glance.table, glance.base)
        self.picks = Picks(row.family, known.names, MISSING.get(base.hook))
        self.rest = _rest(row)
        self._twice: frozenset[tuple[int, int, int]] | None = None
        self._met: dict[int, list[Entry]] = {}
        """By the place of a rule, the rules that match a packet which shows another one as needed
        and matches this one too."""

    def look(self) -> None:
        """Note what is seen of each rule, and the rules of which packet sets have to tell."""
        alike = Alike(self.glance.lookup)
        telling, seen_by_place = self.telling, self.glance.seen
        # Else what comes here depends on more than the packet. In a short row none are alike.
        tells_alone = self.glance.lookup.is_long and not self.is_nat and not self.before
        needed: Entry | None = None
        for entry in self.row.entries:
            self.budget.spend()
            rule = entry.rule
            if rule.is_given or (id(rule) in telling and self._is_known(entry)):
                continue
            seen: Seen | Needed | None
            if (
                tells_alone
                and needed
                and self._is_alone(entry)
                and alike.fare_the_same(needed, entry)
            ):
                seen = Needed(entry.chain, rule)
            else:
                seen = self._of(entry)
            if seen is None and self._is_untold(entry):
                self.glance.untold.append(entry)
                seen_by_place[entry.at] = Needed(entry.chain, rule)
                continue
            if seen is None:
                self.glance.open.append(entry)
                continue
            seen_by_place[entry.at] = seen
            if isinstance(seen, Needed):
                needed = entry
                if not denies(rule):
                    telling.add(id(rule))

    def _is_alone(self, entry: Entry) -> bool:
        """Whether single packets show what a rule does, if the chains before it tell nothing."""
        if id(entry.rule) in self.row.repeated:
            return False
        return entry.is_for and not self._is_unclear(entry)

    def _is_untold(self, entry: Entry) -> bool:
        """Whether packets come to a rule of the system, of which no check asks what it decides.

        Of what only the device knows, it is asked whether anything depends on it.
        """
        if self.is_nat or not entry.rule.is_automatic or not self._is_alone(entry):
            return False
        if any(isinstance(each, Unread | Volatile) for each in leaves(entry.others)):
            return False
        packets = (self.picks.of(entry, number) for number in range(self._tries(entry)))
        return any(each is not None and self._hit(entry, each) for each in packets)

    def _is_known(self, entry: Entry) -> bool:
        """Whether nothing would be said of a telling rule, whatever it does in this base chain."""
        return not (entry.is_for and self._is_unclear(entry))

    def _of(self, entry: Entry) -> Seen | Needed | None:
        if self.is_nat or id(entry.rule) in self.row.repeated:
            return None
        if not entry.is_for:
            # What stands in a chain to which no packet comes at all is not told of.
            is_reached = entry.jump is None or self._fits(entry.jump)
            return self._seen(entry, fits=False, tells=False) if is_reached else None
        if self._is_unclear(entry):
            return None
        if self._is_met(entry):
            return Needed(entry.chain, entry.rule)
        verdict = entry.rule.verdict
        may_change = entry.rule.effects or not isinstance(verdict, Continue)
        # Without such rules, packets fare as what stands behind them says, or where they lead to.
        is_way = isinstance(verdict, _WAYS)
        is_by_others = is_way or verdict == self.rest
        later: _Later | None = None
        if may_change and is_by_others:
            # What packets come to behind a jump is known without a search.
            if self._differs(entry, self.row.entries[entry.at + 1 : entry.end]):
                return Needed(entry.chain, entry.rule)
            later = self._later(entry)
            if self._differs(entry, later):
                return Needed(entry.chain, entry.rule)
        last: list[Entry] = []
        for number in range(self._tries(entry)):
            packet = self.picks.of(entry, number)
            hit = None if packet is None else self._hit(entry, packet)
            if hit is None:
                continue
            last = hit
            if may_change and self.row.fares_otherwise(hit, entry):
                return Needed(entry.chain, entry.rule)
            if not may_change and not any(each.at > entry.at and each.ends for each in hit):
                # No rule behind it would decide the packet: nothing to spare it for.
                return self._seen(entry, tells=False) if not self._is_shared(entry) else None
            if is_by_others:
                break
        return self._behind(entry, last, later) if last and may_change else None

    def _is_met(self, entry: Entry) -> bool:
        """Whether the packet that shows a jump to be needed, say, shows it of this rule too."""
        met = self._met.get(entry.at)
        if met is None or denies(entry.rule) or not self.row.comes_to(met, entry):
            return False
        return self.row.fares_otherwise(met, entry)

    def _tries(self, entry: Entry) -> int:
        """How many packets are tried: of a list of addresses, one from each of the first."""
        tests = entry.tests
        most = max(len(tests.get("src", ())), len(tests.get("dst", ())))
        return max(_TRIES, min(_MOST_TRIES, most))

    def _fits(self, entry: Entry) -> bool:
        """Whether it is sure that some packet fulfils the conditions of a rule."""
        found = self.glance.seen.get(entry.at)
        if found is not None:
            return isinstance(found, Needed) or found.fits
        # Rules before it may have set what it asks for.
        return not entry.others and SET_BY_RULES.isdisjoint(entry.tests)

    def _later(self, entry: Entry) -> "_Later":
        """The rules behind one that may match the same packets."""
        return _Later(self.glance.lookup.overlapping(entry, entry.at))

    def _differs(self, entry: Entry, later: Iterable[Entry]) -> bool:
        """Whether a packet that one of the first of them matches too fares otherwise for a rule."""
        is_way = isinstance(entry.rule.verdict, _WAYS)
        others = _others(later, self.rest if is_way else entry.rule.verdict)
        for other in islice(others, _LATER):
            packet = self.picks.of(entry, 0, other)
            hit = None if packet is None else self._hit(entry, packet)
            if hit is not None and self.row.fares_otherwise(hit, entry):
                self._met[other.at] = hit
                return True
        return False

    def _behind(
        self, entry: Entry, matching: Sequence[Entry], asked: "_Later | None"
    ) -> Seen | Needed | None:
        """What the rules behind one tell that decides packets; these match one of them.

        `asked` are those behind it, if it is known that they show no difference.
        """
        rule, end = entry.rule, self.row.base.end
        later = self._later(entry) if asked is None else asked
        if self._is_written_out(entry, later, matching):
            return self._seen(entry, tells=False)
        if not any(_others(later, end)):
            # Whatever packets meet with there is what the default policy does.
            is_way = isinstance(rule.verdict, _WAYS)
            # Rules behind it decide the same, but not all of it: a packet is left to the policy.
            is_left = not any(each.at > entry.at and each.ends for each in matching)
            is_same = rule.verdict == end and is_left
            if not (is_way or is_same):
                return None
            if not self._is_shared(entry):
                return self._seen(entry, tells=False)
            # Without all that was made of the same written rule, more might change.
            if any(_place(each) == _place(entry) for each in matching if each is not entry):
                return self._seen(entry, tells=True, skips=False)
            return None
        if asked is None and self._differs(entry, later):
            return Needed(entry.chain, entry.rule)
        return None

    def _is_written_out(
        self, entry: Entry, later: Iterable[Entry], matching: Sequence[Entry]
    ) -> bool:
        """Whether a last rule about everything decides the same as a rule of the base chain.

        These rules match one of its packets. What stands between both may only do so too; and of
        the packet, none of them decides: it is left to the last rule, as to a default policy.
        """
        verdict = entry.rule.verdict
        if entry.jump is not None or not entry.ends or self._is_shared(entry):
            return False
        for each in later:
            rule = each.rule
            if rule.effects or each.jump is not None:
                return False
            if rule.verdict == verdict:
                if is_unconditional(rule):
                    return True
                if each in matching:
                    return False
            elif not isinstance(rule.verdict, Continue):
                return False
        return False

    def _hit(self, entry: Entry, packet: Packet) -> list[Entry] | None:
        """The rules that match a packet, if it comes to this one and tells enough of it."""
        if not packet.fulfils(entry, is_asked=True):
            return None
        if denies(entry.rule) and _is_later(entry, packet):
            return None
        matching = self.glance.lookup.matching(packet, entry)
        if not self.row.comes_to(matching, entry):
            return None
        for each in self.before:
            its = each.lookup.matching(packet)
            if not isinstance(each.row.verdict(its, 0, None), Accept):
                return None
        return matching

    def _is_unclear(self, entry: Entry) -> bool:
        """Whether more than one packet has to be asked about."""
        jump = entry.jump
        if jump is not None and any(isinstance(each, Volatile) for each in leaves(jump.others)):
            # The other rules of the chain depend on the same throw of dice.
            return True
        return self.is_asked and is_written_for_replies(
            entry.chain, entry.rule, is_stateless=self.is_stateless
        )

    def _is_shared(self, entry: Entry) -> bool:
        """Whether another rule was made of the same written one."""
        if self._twice is None:
            places: set[tuple[int, int, int]] = set()
            twice: set[tuple[int, int, int]] = set()
            for each in self.row.entries:
                place = _place(each)
                (twice if place in places else places).add(place)
            self._twice = frozenset(twice)
        return _place(entry) in self._twice

    def _seen(
        self, entry: Entry, *, tells: bool, skips: bool | None = None, fits: bool = True
    ) -> Seen:
        rule = entry.rule
        return Seen(
            self.glance.base,
            self.row.family,
            entry.chain,
            rule,
            fits,
            fits,
            tells,
            tells if skips is None else skips,
            is_hook=is_hook(self.glance.table, rule),
            is_only_judge=self.glance.is_only_judge,
        )


class _Later:
    """Rules that are looked for as far as somebody asks, one after the other: there may be many."""

    def __init__(self, rest: Iterator[Entry]) -> None:
        self._rest = rest
        self._found: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        yield from self._found
        for each in self._rest:
            self._found.append(each)
            yield each


def _is_later(entry: Entry, packet: Packet) -> bool:
    """Whether the packet begins no connection, and others that match may: these matter more."""
    numbers, tests = packet.numbers, entry.tests
    states, flags = tests.get("state"), tests.get("tcp_flags")
    if numbers.get("state", NEW) != NEW:
        return not states or contains(states, NEW)
    if numbers.get("proto") != TCP or numbers.get("tcp_flags", SYN) in FORMS:
        return False
    return not flags or any(contains(flags, form) for form in FORMS)


def _passes_all(glance: Glance) -> bool:
    """Whether a base chain surely accepts every packet, so that it need not be asked about any."""
    return isinstance(glance.base.end, Accept) and all(
        (not each.rule.effects and isinstance(each.rule.verdict, Accept | Continue | _WAYS))
        or NEVER in each.others
        for each in glance.row.entries
    )


def _others(later: Iterable[Entry], verdict: Verdict) -> Iterator[Entry]:
    """The rules by which packets may fare otherwise than by a verdict."""
    return (
        each for each in later if each.rule.effects or (each.ends and each.rule.verdict != verdict)
    )


def _rest(row: Row) -> Verdict:
    """What becomes of packets that no rule is about but a last one about everything."""
    for each in reversed(row.entries):
        if each.tests or each.jump is not None or not each.is_for:
            continue
        if each.ends and is_unconditional(each.rule):
            return each.rule.verdict
    return row.base.end


def _place(entry: Entry) -> tuple[int, int, int]:
    return (id(entry.rule.source), entry.rule.line, entry.rule.column)

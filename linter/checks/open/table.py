"""What is open on each device of a subject, as sections of rows, with the sets behind them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Link, RuleSet, Traffic
from flowmodel.site import Device
from linter.checks.open.firewalls import firewalls, known_own
from linter.checks.open.marked import Marked, marked
from linter.checks.open.strangers import Strangers, UnclearError, of_some_services
from linter.checks.open.words import Namer
from linter.checks.rulebase.passing import is_asked_about
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.exposed import Machine, machine
from linter.engine.device.grounds import Grounds
from linter.engine.device.mentions import class_of, met_together, weight
from linter.engine.device.wanted import Wanted
from linter.engine.sets.longlists import LongLists, UnfitError
from linter.engine.sets.readout import TooManyError
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import PacketSet

if TYPE_CHECKING:
    from linter.checks.open.rows import Found
    from linter.engine.device.asked import Asked


_Result = TypeVar("_Result")
_TRAFFICS: tuple[Traffic, ...] = ("input", "forward")
_LARGE = 1000
"""Rules of a place whose sets are not kept for the next one's: to make a space takes less."""
_MANY_RULES = 100
"""Of fewer rules the table is made as fast as it is proved that nobody needs it."""
_MANY = "it takes too many lines to tell"


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What is open at one place in one traffic, in both families."""

    device: Device
    place: str
    traffic: Traffic
    links: tuple[Link, ...]
    """The interfaces, as far as the exports tell what lies behind them."""
    found: "tuple[Found, ...]"
    notes: tuple[str, ...]
    undecided: str
    """Why it is not known what is open; empty where it is."""
    judged: "tuple[Found, ...]"
    """The rows that checks judge: those of the table, or of marked services asked about alone."""
    unjudged: str
    """Why it is not known what checks judge; empty where it is."""

    def known_as(self, name: str) -> tuple[str, ...]:
        """All names of an interface: a site may give it the one that the exports' rules do not."""
        return next((link.names for link in self.links if name in link.names), (name,))

    def named_in(self, names: Sequence[str], interface: str) -> str:
        """The one of the rows' names that stands for an interface."""
        told = [one for one in self.known_as(interface) if one in names]
        return class_of(told[0] if told else interface, names)


def opened(subject: Subject) -> tuple[Opened, ...]:
    """What is open, device by device; where it cannot be decided, it says so.

    Where it is not told, rows that no check judges may be missing.
    """
    return subject.once_in_any_room(_opened)


def _opened(subject: Subject) -> tuple[Opened, ...]:
    known = marked(subject.site)
    found: list[Opened] = []
    grounds = Grounds()
    strangers = {family: Strangers(family, known) for family in FAMILIES}
    for device, read in firewalls(subject):
        for rulesets in met_together(read):
            table = _Table(subject, device, rulesets, known, grounds, strangers)
            traffics = [each for each in _TRAFFICS if is_asked_about(rulesets, each)]
            found += table.at(traffics)
    return tuple(found)


@dataclass(slots=True)
class _Told:
    """What has been found of a traffic, family by family."""

    found: "list[Found]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    judged: "list[Found]" = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)


class _Table:
    """One place."""

    def __init__(
        self,
        subject: Subject,
        device: Device,
        rulesets: tuple[RuleSet, ...],
        known: tuple[Marked, ...],
        grounds: Grounds,
        strangers: Mapping[Family, Strangers],
    ) -> None:
        self.subject = subject
        self.device = device
        self.rulesets = rulesets
        self.known = known
        self.grounds = grounds
        self.strangers = strangers
        self.machines: dict[Family, Machine] = {}
        self.sent_on: dict[Family, PacketSet] = {}
        self.rooms: dict[Family, int] = {}
        self.lists = LongLists(subject.lists)

    def at(self, traffics: Sequence[Traffic]) -> list[Opened]:
        """What is open to the machine, and through it, in the order of the traffics."""
        told = {traffic: _Told() for traffic in traffics}
        # One family after the other: the sets of both at once would take twice the memory.
        for family in FAMILIES:
            if family == 6 and not self.device.ipv6:
                continue
            its = tuple(each for each in self.rulesets if family in each.families)
            for traffic, found in told.items():
                if self._is_asked(its, family, traffic):
                    self._tell(found, its, family, traffic)
            self._begin_again(family)
            # Most machines of an account are not asked at all.
            if family in self.rooms and weight(self.rulesets) >= _LARGE:
                self.grounds.forget()
        place = self.rulesets[0].place
        links = tuple(link for each in self.rulesets for link in each.links)
        return [
            Opened(
                self.device,
                place,
                traffic,
                links,
                tuple(each.found),
                tuple(each.notes),
                "; ".join(each.undecided),
                tuple(each.judged),
                "; ".join(each.unjudged),
            )
            for traffic, each in told.items()
        ]

    def _tell(
        self, told: "_Told", rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> None:
        if not rulesets:
            told.notes.append(f"nothing is known about IPv{family}: the exports do not speak of it")
            return
        why = ""
        try:
            rows = self._in_rooms(
                rulesets, family, self.subject.claims, lambda each: self._rows(each, traffic)
            )
        except (TooComplexError, TooManyError) as error:
            why = f"IPv{family}: {str(error) or _MANY}"
        else:
            told.found += rows
            told.judged += rows
        # Not in the handler: the error keeps the sets of all that was tried.
        if why:
            told.undecided.append(why)
            if self.subject.judges_openings:
                self._tell_marked(told, rulesets, family, traffic)

    def _tell_marked(
        self, told: "_Told", rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> None:
        """What checks judge where it is not known what is open."""
        self._begin_again(family)
        self.grounds.forget()
        try:
            told.judged += self._marked(rulesets, family, traffic)
        except (TooComplexError, TooManyError, UnclearError):
            told.unjudged.append(told.undecided[-1])

    def _is_asked(self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic) -> bool:
        """Whether all is to be told, or may be something that a check judges."""
        if self.subject.tells_openings:
            return True
        if not self.strangers[family].may_pass(rulesets, traffic):
            return False
        return weight(rulesets) < _MANY_RULES or not self._is_closed(rulesets, family, traffic)

    def _is_closed(self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic) -> bool:
        """Whether it is proved that strangers reach nothing that is judged."""
        strangers = self.strangers[family]
        wanted = strangers.packets(rulesets)
        if wanted is None:
            return False
        there = strangers.destinations(rulesets, traffic)

        def may_pass(device: Machine) -> bool:
            return device.may_pass(traffic, wanted, there)

        try:
            return not self._in_rooms(rulesets, family, self.subject.marks, may_pass)
        except TooComplexError:
            return False

    def _marked(
        self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> "list[Found]":
        """The rows of marked services that strangers reach, asked about alone.

        Raises UnclearError where only the whole table would tell.
        """
        if self._is_closed(rulesets, family, traffic):
            return []
        strangers = self.strangers[family]
        wanted = strangers.packets(rulesets)
        if wanted is None:
            raise UnclearError
        there = strangers.destinations(rulesets, traffic)

        def asked(wanted: Wanted) -> "list[Found]":
            rows = self._in_rooms(
                rulesets, family, self.subject.marks, lambda each: self._rows(each, traffic, wanted)
            )
            return of_some_services(rows, there)

        found = asked(wanted)
        with suppress(TooComplexError, TooManyError, UnclearError):
            # Who else reaches these belongs to the words of a row.
            return asked(strangers.from_anybody(wanted, found))
        return found

    def _in_rooms(
        self,
        rulesets: tuple[RuleSet, ...],
        family: Family,
        budget: Budget,
        work: Callable[[Machine], _Result],
    ) -> _Result:
        """The result of work with the machine, with more room where the sets need it.

        An account has as many places as machines, and few rules at each.
        """

        def asked() -> _Result:
            try:
                return work(self._machine(rulesets, family, budget))
            except UnfitError:
                self._begin_again(family)
                raise

        def attempt(room: int) -> _Result:
            if room > self.rooms.get(family, 0):
                self.rooms[family] = room
                self._begin_again(family)
            try:
                return asked()
            except UnfitError:
                raise
            except MemoryError:
                if not self.grounds.forget():
                    raise
            # What earlier machines have left there may have been too much.
            self._begin_again(family)
            return asked()

        return with_room(attempt, weight(rulesets))

    def _machine(self, rulesets: tuple[RuleSet, ...], family: Family, budget: Budget) -> Machine:
        known = self.machines.get(family)
        if known is None or known.firewall.budget is not budget:
            self._begin_again(family)
            lists = self.lists.of(family)
            told = known_own(self.device, self.subject.site)
            self.machines[family] = machine(
                rulesets,
                family,
                self.rooms[family],
                budget,
                told,
                self.grounds,
                lists,
                self.subject.joins,
            )
        return self.machines[family]

    def _begin_again(self, family: Family) -> None:
        self.machines.pop(family, None)
        self.sent_on.pop(family, None)

    def _rows(
        self, device: Machine, traffic: Traffic, wanted: Wanted | None = None
    ) -> "list[Found]":
        """What is open, or what is of the packets that are wanted."""
        from linter.checks.open.rows import Rows

        budget, family = device.firewall.budget, device.firewall.space.family
        asked = device.asked(traffic, wanted)
        taken = self._sent_on(device, wanted) if traffic == "input" else asked.space.false
        with budget.question():
            rows = Rows(
                self.rulesets,
                self.known,
                budget,
                asked,
                Namer(family, _networks(device.firewall.rulesets)),
                taken,
                wanted.of_services(asked.space) if wanted else asked.space.true,
                are_told=self.subject.tells_openings and not wanted,
            )
            return list(rows.rows())

    def _sent_on(self, device: Machine, wanted: Wanted | None) -> PacketSet:
        """The packets to the machine that it surely sends on to others."""
        space = device.firewall.space
        if not device.firewall.translates:
            return space.false
        if wanted:
            return _surely_sent(device.asked("forward", wanted))
        if space.family not in self.sent_on:
            self.sent_on[space.family] = _surely_sent(device.asked("forward"))
        return self.sent_on[space.family]


def _surely_sent(asked: "Asked") -> PacketSet:
    """The packets that are surely sent on to others, whichever way they leave."""
    cube = asked.space.true
    for bit in asked.sides["out"]:
        cube &= bit
    return asked.space.union(each.certain for each in asked.exposed if each.sent).exists(cube)


def _networks(rulesets: Sequence[RuleSet]) -> dict[str, Addresses]:
    networks = {name: its for ruleset in rulesets for name, its in ruleset.networks}
    for ruleset in rulesets:
        for link in ruleset.links:
            if not link.is_outside and link.addresses:
                networks.setdefault(f"behind {link.names[0]}", link.addresses)
    return networks

"""What is open on each device of a subject, as sections of rows, with the sets behind them."""

from collections.abc import Callable, Mapping, Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family, NumberField
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Link, RuleSet, Traffic, base_chains
from flowmodel.site import Device
from flowmodel.values import Values, complement, union
from linter.checks.open.firewalls import firewalls, known_own
from linter.checks.open.marked import Marked, marked
from linter.checks.open.rows import Found, Rows
from linter.checks.open.words import Namer
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.exposed import Machine, machine
from linter.engine.device.grounds import Grounds
from linter.engine.device.mentions import met_together, weight
from linter.engine.device.sieve import Sieve
from linter.engine.sets.boxes import TooManyError
from linter.engine.sets.space import PacketSet, with_room

_TRAFFICS: tuple[Traffic, ...] = ("input", "forward")
_LARGE = 1000
"""Rules of a place whose sets are not kept for the next one's: to make a space takes less."""
_MANY = "it takes too many lines to tell"


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What is open at one place in one traffic, in both families."""

    device: Device
    place: str
    traffic: Traffic
    links: tuple[Link, ...]
    """The interfaces, as far as the exports tell what lies behind them."""
    found: tuple[Found, ...]
    notes: tuple[str, ...]
    undecided: str
    """Why it is not known what is open; empty where it is."""


def opened(subject: Subject) -> tuple[Opened, ...]:
    """What is open, device by device; where it cannot be decided, it says so.

    Where it is not told, rows that no check judges may be missing.
    """
    return subject.once_in_any_room(_opened)


def _opened(subject: Subject) -> tuple[Opened, ...]:
    known = marked(subject.site)
    found: list[Opened] = []
    grounds = Grounds()
    asked = _asked_about(subject, known)
    for device, read in firewalls(subject):
        for rulesets in met_together(read):
            table = _Table(subject, device, rulesets, subject.claims, known, grounds, asked)
            traffics = [each for each in _TRAFFICS if _judges(rulesets, each)]
            found += table.at(traffics)
    return tuple(found)


_Asked = Callable[[Sequence[RuleSet], Family, Traffic], bool]


def _asked_about(subject: Subject, known: Sequence[Marked]) -> _Asked:
    """Whether what rule sets let in of a family is to be told, or can be what a check judges.

    Checks judge what strangers reach: marked services, and everything. Where none of them reaches
    a marked service, they do not reach everything either.
    """
    if subject.tells_openings or not known:
        return lambda _rulesets, _family, _traffic: True
    sieves = {family: Sieve(family, _strangers(family, known)) for family in FAMILIES}
    return lambda rulesets, family, traffic: sieves[family].may_pass(rulesets, traffic)


def _strangers(family: Family, known: Sequence[Marked]) -> Mapping[NumberField, Values]:
    """The values of packets with which strangers ask for a marked service."""
    return {
        "src": complement(Namer(family, {}).private, 32 if family == 4 else 128),
        "proto": union((each.proto, each.proto) for each in known),
        "dport": union(ports for each in known for ports in each.ports),
    }


def _judges(rulesets: Sequence[RuleSet], traffic: Traffic) -> bool:
    """Whether the place is one that such packets come to: a machine, or a firewall in between."""
    bases = [
        chain.base
        for family in FAMILIES
        for _, chain in base_chains(rulesets, family)
        if chain.base and not chain.base.is_given
    ]
    if not any(each.place for each in rulesets):
        return True
    if any(each.hook == "input" for each in bases):
        # A machine's interface: what the machine does with other packets is not in the export.
        return traffic == "input"
    return traffic == "forward"


@dataclass(slots=True)
class _Told:
    """What has been found of a traffic, family by family."""

    found: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


class _Table:
    """One place."""

    def __init__(
        self,
        subject: Subject,
        device: Device,
        rulesets: tuple[RuleSet, ...],
        budget: Budget,
        known: tuple[Marked, ...],
        grounds: Grounds,
        asked_about: _Asked,
    ) -> None:
        self.subject = subject
        self.device = device
        self.rulesets = rulesets
        self.budget = budget
        self.known = known
        self.grounds = grounds
        self.asked_about = asked_about
        self.machines: dict[Family, Machine] = {}
        self.sent_on: dict[Family, PacketSet] = {}
        self.rooms: dict[Family, int] = {}

    def at(self, traffics: Sequence[Traffic]) -> list[Opened]:
        """What is open to the machine, and through it, in the order of the traffics."""
        told = {traffic: _Told() for traffic in traffics}
        is_large = weight(self.rulesets) >= _LARGE
        # One family after the other: the sets of both at once would take twice the memory.
        for family in FAMILIES:
            if family == 6 and not self.device.ipv6:
                continue
            its = tuple(each for each in self.rulesets if family in each.families)
            for traffic, found in told.items():
                if self.asked_about(its, family, traffic):
                    self._tell(found, its, family, traffic)
            self._begin_again(family)
            if is_large:
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
            )
            for traffic, each in told.items()
        ]

    def _tell(
        self, told: "_Told", rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> None:
        if not rulesets:
            told.notes.append(f"nothing is known about IPv{family}: the exports do not speak of it")
            return
        try:
            told.found += self._in_rooms(rulesets, family, traffic)
        except (TooComplexError, TooManyError) as error:
            told.undecided.append(f"IPv{family}: {str(error) or _MANY}")

    def _in_rooms(
        self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> list[Found]:
        """What is open, with more room where the sets need it.

        An account has as many places as machines, and few rules at each.
        """

        def attempt(room: int) -> list[Found]:
            if room > self.rooms.get(family, 0):
                self.rooms[family] = room
                self._begin_again(family)
            try:
                return self._of_family(rulesets, family, traffic, self.rooms[family])
            except MemoryError:
                if not self.grounds.forget():
                    raise
            # What earlier machines have left there may have been too much.
            self._begin_again(family)
            return self._of_family(rulesets, family, traffic, self.rooms[family])

        return with_room(attempt, weight(rulesets))

    def _begin_again(self, family: Family) -> None:
        self.machines.pop(family, None)
        self.sent_on.pop(family, None)

    def _of_family(
        self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic, room: int
    ) -> list[Found]:
        if family not in self.machines:
            told = known_own(self.device, self.subject.site)
            self.machines[family] = machine(rulesets, family, room, self.budget, told, self.grounds)
        device = self.machines[family]
        asked = device.asked(traffic)
        namer = Namer(family, _networks(rulesets))
        taken = self._sent_on(device) if traffic == "input" else asked.space.false
        with self.budget.question():
            rows = Rows(
                self.rulesets,
                self.known,
                self.budget,
                asked,
                namer,
                taken,
                are_told=self.subject.tells_openings,
            )
            return list(rows.rows())

    def _sent_on(self, device: Machine) -> PacketSet:
        """The packets to the machine that it surely sends on to others."""
        family = device.firewall.space.family
        if family not in self.sent_on:
            space = device.firewall.space
            self.sent_on[family] = space.false
            if device.firewall.translates:
                asked = device.asked("forward")
                cube = space.true
                for bit in asked.sides["out"]:
                    cube &= bit
                sent = (each.certain for each in asked.exposed if each.sent)
                self.sent_on[family] = space.union(sent).exists(cube)
        return self.sent_on[family]


def _networks(rulesets: Sequence[RuleSet]) -> dict[str, Addresses]:
    networks = {name: its for ruleset in rulesets for name, its in ruleset.networks}
    for ruleset in rulesets:
        for link in ruleset.links:
            if not link.is_outside and link.addresses:
                networks.setdefault(f"behind {link.names[0]}", link.addresses)
    return networks

"""What is open on each device of a subject, as sections of rows, with the sets behind them."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import Addresses, of_family
from flowmodel.affected import Certainty
from flowmodel.fields import FAMILIES, Family
from flowmodel.opened import By, Offered, Row, SentOn
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Link, Rule, RuleSet, Traffic, base_chains
from flowmodel.site import Device
from flowmodel.values import Values, size
from linter.checks.open.deciding import NO_CHAIN, Deciding, by_rule
from linter.checks.open.firewalls import firewalls
from linter.checks.open.marked import Hit, Marked, hits, hits_in_words, marked
from linter.checks.open.words import Namer, interfaces_in_words, services_in_words
from linter.checks.rulebase.tools import is_clusters
from linter.checks.subject import Subject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.exposed import Asked, Exposed, Machine, machine
from linter.engine.device.grounds import Grounds
from linter.engine.device.mentions import met_together, weight
from linter.engine.device.sent import Sent
from linter.engine.packet.state import WHERE
from linter.engine.sets.boxes import TooManyError
from linter.engine.sets.lines import EVERYTHING, Ends, Line, Offer, Sheet
from linter.engine.sets.space import PacketSet, minus, with_room
from linter.engine.sets.words import addresses_in_words, ports_in_words

_TRAFFICS: tuple[Traffic, ...] = ("input", "forward")
_CHECKED = 300
"""How many certain lines of a table are held against the simple interpreter."""
_LARGE = 1000
"""Rules of a place whose sets are not kept for the next one's: to make a space takes less."""
_MANY = "it takes too many lines to tell"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A row of one family, with the values that it was made of.

    It keeps no packet sets: an account has thousands of machines, each with a space of its own.
    """

    row: Row
    names: tuple[str, ...]
    """The device's interfaces."""
    ends: Ends
    offers: tuple[Offer, ...]
    namer: Namer
    hits: tuple[Hit, ...]
    """The marked services in it; none where it is everything."""
    openers: Mapping[bool, tuple[By, ...]]
    """The rules that open these to strangers, those for logins and the others apart."""
    is_clusters: bool = False
    """Whether kube-proxy sends it on, as to one of the addresses that only the cluster knows."""

    @property
    def is_everything(self) -> bool:
        """Whether it has every service that was asked about."""
        return self.offers is EVERYTHING

    def by(self, some: Sequence[Hit]) -> tuple[By, ...]:
        """The rules that open these services; those of the whole row where that cannot be told."""
        mine = self.openers.get(some[0].marked.is_for_login, ()) if some else ()
        return mine or self.row.by


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
    """All that is open, device by device; where it cannot be decided, it says so."""
    return subject.once_in_any_room(_opened)


def _opened(subject: Subject) -> tuple[Opened, ...]:
    known = marked(subject.site)
    found: list[Opened] = []
    grounds = Grounds()
    for device, read in firewalls(subject):
        for rulesets in met_together(read):
            table = _Table(subject, device, rulesets, subject.claims, known, grounds)
            traffics = [each for each in _TRAFFICS if _judges(rulesets, each)]
            found += table.at(traffics)
    return tuple(found)


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
    ) -> None:
        self.subject = subject
        self.device = device
        self.rulesets = rulesets
        self.budget = budget
        self.known = known
        self.grounds = grounds
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
            self.machines[family] = machine(rulesets, family, room, self.budget, self.grounds)
        device = self.machines[family]
        asked = device.asked(traffic)
        namer = Namer(family, _networks(rulesets))
        taken = self._sent_on(device) if traffic == "input" else asked.space.false
        with self.budget.question():
            return list(_Rows(self, asked, namer, taken).rows())

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


class _Rows:
    """The rows of one place, traffic and family."""

    def __init__(self, table: _Table, asked: Asked, namer: Namer, taken: PacketSet) -> None:
        self.table = table
        self.asked = asked
        self.space = asked.space
        self.namer = namer
        self.taken = taken
        self.deciding = Deciding(asked)
        self.codes: Mapping[str, Values] = asked.codes()
        self.checked = 0

    def rows(self) -> Iterator[Found]:
        """The rows, what is certain first."""
        asked, space = self.asked, self.space
        certain = space.union(each.certain for each in asked.exposed)
        possible = space.union(each.possible for each in asked.exposed)
        for exposed in asked.exposed:
            left = minus(exposed.possible, exposed.certain)
            if exposed.is_assumed:
                left = minus(left, self.taken)
            for packets, known, certainty in (
                (exposed.certain, certain, "certain"),
                (left, possible, "possible"),
            ):
                yield from self._of(exposed, packets, known, certainty)  # type: ignore[arg-type]

    def _of(
        self, exposed: Exposed, packets: PacketSet, known: PacketSet, certainty: Certainty
    ) -> Iterator[Found]:
        space, asked = self.space, self.asked
        if packets == space.false:
            return
        sheet = Sheet(
            space,
            asked.sides,
            self.codes,
            minus(asked.packets, self.taken),
            exposed.routed,
            self.table.budget.spend,
        )
        many = space.within(space.fields["dst"], asked.for_many)
        single = minus(packets, many)
        if single != space.false:
            for line in sheet.lines(single, known):
                yield self._found(exposed, line, certainty)
        # What is open to an address of the machine's own is not told again of those for many.
        anyway = minus(known, many).exists(space.cube("dst"))
        if (rest := minus(packets & many, anyway)) != space.false:
            for line in sheet.lines(rest, known):
                yield self._found(exposed, line, certainty)

    def _found(self, exposed: Exposed, line: Line, certainty: Certainty) -> Found:
        asked, ends = self.asked, line.ends
        by, more = self.deciding.by(line)
        family = self.space.family
        is_input = asked.answer.place.traffic == "input"
        is_to_it = is_input or exposed.sent is not None
        reasons: tuple[str, ...] = ()
        self.checked += 1
        if certainty == "possible" or self.checked <= _CHECKED:
            reasons = self.deciding.reasons(
                line, is_certain=certainty == "certain", is_sent_to_it=is_to_it
            )
        if exposed.is_assumed and WHERE not in reasons:
            reasons = (*reasons, WHERE)
        incoming, outgoing = self._interfaces(line)
        found = self._hits(exposed, line)
        row = Row(
            families=(family,),
            certainty=certainty,
            service=services_in_words(line.offers, ends.source_ports),
            source=self.namer.addresses(ends.sources, asked.sources),
            destination=self._destination(exposed, ends.destinations),
            incoming=incoming,
            outgoing=outgoing,
            interface=interfaces_in_words(incoming, asked.names) if is_input else "",
            offered=tuple(Offered(*offer) for offer in line.offers),
            sources=of_family(family, ends.sources),
            source_ports=ends.source_ports,
            destinations=of_family(family, ends.destinations),
            by=by,
            more=more,
            sent_on=_sent_on(exposed.sent, family) if exposed.sent else None,
            reasons=reasons,
            marks=hits_in_words(found),
        )
        is_told = exposed.sent is None and self.namer.has_strangers(ends.sources)
        openers = self._openers(line, found) if is_told else {}
        sent = exposed.sent
        is_clusters = sent is not None and _is_clusters(self.table.rulesets, sent.rule)
        return Found(row, asked.names, ends, line.offers, self.namer, found, openers, is_clusters)

    def _openers(self, line: Line, found: Sequence[Hit]) -> dict[bool, tuple[By, ...]]:
        """The rules that open the marked services of a line."""
        space = self.space
        openers: dict[bool, tuple[By, ...]] = {}
        for is_for_login in {hit.marked.is_for_login for hit in found}:
            services = space.union(
                space.within(space.fields["proto"], ((hit.marked.proto, hit.marked.proto),))
                & space.within(space.fields["dport"], hit.ports)
                for hit in found
                if hit.marked.is_for_login is is_for_login
            )
            by, _ = self.deciding.by_of(line.said & services)
            openers[is_for_login] = tuple(each for each in by if each is not NO_CHAIN)
        return openers

    def _hits(self, exposed: Exposed, line: Line) -> tuple[Hit, ...]:
        """The marked services that are reached, behind a translation; none of everything."""
        if line.is_everything:
            return ()
        offers = line.offers
        if exposed.sent and not _is_most(exposed.sent.ports, 16):
            offers = tuple(each._replace(ports=exposed.sent.ports) for each in offers)
        return hits(self.table.known, offers)

    def _interfaces(self, line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the interfaces, where these matter."""
        names = self.asked.names
        comes, leaves = (
            tuple(
                name
                for name in names
                if any(pair[i : i + 1] == (name,) for pair in line.ends.pairs)
            )
            for i in (0, 1)
        )
        return (
            comes if len(comes) < len(names) else (),
            leaves if len(leaves) < len(names) else (),
        )

    def _destination(self, exposed: Exposed, values: Values) -> str:
        asked = self.asked
        if asked.answer.place.traffic == "input" or (exposed.sent and not exposed.sent.is_own):
            return self.namer.own(values, asked.own)
        return self.namer.addresses(values, asked.destinations)


def _is_clusters(rulesets: Sequence[RuleSet], rule: Rule) -> bool:
    return any(
        is_clusters(table, chain) and any(each is rule for each in chain.rules)
        for ruleset in rulesets
        for table in ruleset.tables
        for chain in table.chains.values()
    )


def _sent_on(sent: Sent, family: Family) -> SentOn:
    address = addresses_in_words(sent.addresses, family)
    address = "" if _is_most(sent.addresses, 32 if family == 4 else 128) else address
    port = "" if _is_most(sent.ports, 16) else ports_in_words(sent.ports)
    if sent.is_own:
        address = "the machine itself"
    if address and port and not sent.is_own:
        words = f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
    else:
        words = " ".join(filter(None, (address, port and f"port {port}")))
    words = words or "somewhere that the exports do not tell"
    return SentOn(words, of_family(family, sent.addresses), sent.ports, by_rule(sent.rule))


def _is_most(values: Values, bits: int) -> bool:
    """Whether these are nearly all: where something is translated to is not known then."""
    return 2 * size(values) > 1 << bits

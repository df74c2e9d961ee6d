"""What is open on each device of a subject, as sections of rows, with the sets behind them."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import Addresses, of_family
from flowmodel.affected import Certainty
from flowmodel.fields import FAMILIES, Family
from flowmodel.opened import Offered, Row, Section, SentOn
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet, Traffic, base_chains
from flowmodel.site import Device
from flowmodel.values import Values, full
from linter.checks.open.deciding import Deciding, by_rule
from linter.checks.open.marked import Marked, marked, marks_of
from linter.checks.open.words import ANY, Namer, interfaces_in_words, services_in_words
from linter.checks.subject import Subject
from linter.engine.budget import SECONDS_A_RULE, Budget, TooComplexError
from linter.engine.device.exposed import Asked, Exposed, Machine, Sent, machine
from linter.engine.device.mentions import rule_count
from linter.engine.packet.state import WHERE
from linter.engine.sets.lines import Line, Sheet, TooManyError
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import addresses_in_words, ports_in_words

_TRAFFICS: tuple[Traffic, ...] = ("input", "forward")
_FORWARDS = "whether the machine forwards packets at all is not in the exports"
_MANY = "more than 2,000 lines, which are not listed"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A row of one family, with the sets that it was made of."""

    row: Row
    asked: Asked
    line: Line
    namer: Namer


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What is open at one place in one traffic, in both families."""

    device: Device
    place: str
    traffic: Traffic
    found: tuple[Found, ...]
    notes: tuple[str, ...]
    undecided: str
    """Why it is not known what is open; empty where it is."""


def opened(subject: Subject) -> tuple[Opened, ...]:
    """All that is open, device by device; where it cannot be decided, it says so."""
    return subject.once(_opened)


def _opened(subject: Subject) -> tuple[Opened, ...]:
    every = [ruleset for its in subject.rulesets.values() for ruleset in its]
    budget = Budget(subject.seconds + SECONDS_A_RULE * rule_count(every))
    known = marked(subject.site)
    found: list[Opened] = []
    for device in subject.site.devices:
        for rulesets in _places(subject.rulesets.get(device.name, ())):
            table = _Table(subject, device, rulesets, budget, known)
            found += (table.at(traffic) for traffic in _TRAFFICS if _judges(rulesets, traffic))
    return tuple(found)


def _places(rulesets: Sequence[RuleSet]) -> Iterator[tuple[RuleSet, ...]]:
    """The rule sets that packets meet together."""
    if rest := tuple(each for each in rulesets if not each.place):
        yield rest
    yield from ((each,) for each in rulesets if each.place)


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


class _Table:
    """One place."""

    def __init__(
        self,
        subject: Subject,
        device: Device,
        rulesets: tuple[RuleSet, ...],
        budget: Budget,
        known: tuple[Marked, ...],
    ) -> None:
        self.subject = subject
        self.device = device
        self.rulesets = rulesets
        self.budget = budget
        self.known = known
        self.machines: dict[Family, Machine] = {}
        self.sent_on: dict[Family, PacketSet] = {}

    def at(self, traffic: Traffic) -> Opened:
        """What is open to the machine, or through it."""
        found: list[Found] = []
        notes: list[str] = []
        undecided = ""
        for family in FAMILIES:
            if family == 6 and not self.device.ipv6:
                continue
            its = tuple(each for each in self.rulesets if family in each.families)
            if not its:
                notes.append(f"nothing is known about IPv{family}: the exports do not speak of it")
                continue
            try:
                found += self._of_family(its, family, traffic)
            except (TooComplexError, TooManyError) as error:
                why = str(error) or _MANY
                undecided = f"IPv{family}: {why}"
        place = self.rulesets[0].place
        return Opened(self.device, place, traffic, tuple(found), tuple(notes), undecided)

    def _of_family(
        self, rulesets: tuple[RuleSet, ...], family: Family, traffic: Traffic
    ) -> Iterator[Found]:
        room = self.subject.room
        if isinstance(room, Exception):
            raise TooComplexError(str(room))
        if family not in self.machines:
            self.machines[family] = machine(rulesets, family, room, self.budget)
        device = self.machines[family]
        asked = device.asked(traffic)
        namer = Namer(family, _networks(rulesets))
        taken = self._sent_on(device) if traffic == "input" else asked.space.false
        yield from _Rows(self, asked, namer, taken).rows()

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
        codes: Mapping[str, Values] = {name: asked.code(name) for name in asked.names}
        self.codes = codes

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
        sheet = Sheet(space, asked.sides, self.codes, minus(asked.packets, self.taken), exposed.routed)
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
        reasons = self.deciding.reasons(
            line, is_certain=certainty == "certain", is_sent_to_it=is_to_it
        )
        if exposed.is_assumed and WHERE not in reasons:
            reasons = (*reasons, WHERE)
        incoming, outgoing = self._interfaces(line)
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
            marks=tuple(text for _, text in self._marks(exposed, line)),
        )
        return Found(row, asked, line, self.namer)

    def _marks(self, exposed: Exposed, line: Line) -> list[tuple[Marked, str]]:
        """The marked services that are reached, behind a translation."""
        offers = line.offers
        if exposed.sent and exposed.sent.ports != full(16):
            offers = tuple(each._replace(ports=exposed.sent.ports) for each in offers)
        return list(marks_of(self.table.known, offers))

    def _interfaces(self, line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the interfaces, where these matter."""
        names = self.asked.names
        comes, leaves = (
            tuple(name for name in names if any(pair[i : i + 1] == (name,) for pair in line.ends.pairs))
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


def _sent_on(sent: Sent, family: Family) -> SentOn:
    every = full(32 if family == 4 else 128)
    address = "" if sent.addresses == every else addresses_in_words(sent.addresses, family)
    port = "" if sent.ports == full(16) else ports_in_words(sent.ports)
    if sent.is_own:
        address = "the machine itself"
    if address and port and not sent.is_own:
        words = f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
    else:
        words = " ".join(filter(None, (address, port and f"port {port}")))
    return SentOn(words, of_family(family, sent.addresses), sent.ports, by_rule(sent.rule))


def sections(several: Sequence[Opened]) -> tuple[Section, ...]:
    """The tables as people read them: what is alike in both families, or at many places, once."""
    found: dict[tuple[object, ...], Section] = {}
    places: dict[tuple[object, ...], list[str]] = {}
    for each in several:
        for section in _sections(each):
            key = (section.device, section.traffic, section.title, section.rows, section.notes)
            found.setdefault(key, section)
            if section.place:
                places.setdefault(key, []).append(section.place)
    return tuple(
        replace(section, place=", ".join(places.get(key, ()))) for key, section in found.items()
    )


def _sections(each: Opened) -> Iterator[Section]:
    by_title: dict[str, list[Row]] = {}
    notes = list(each.notes)
    rows = _without_direct(_merged(found.row for found in each.found))
    if each.traffic == "forward" and any(map(_is_unfiltered, rows)):
        rows = [replace(row, certainty="possible", reasons=(_FORWARDS,)) if _is_unfiltered(row) else row for row in rows]
    for row in rows:
        by_title.setdefault(_title(each, row), []).append(row)
    if each.undecided:
        notes.append(f"not decided within the limit: {each.undecided}")
    if not by_title:
        by_title[_where(each.traffic)] = []
    for title, its in by_title.items():
        yield Section(
            each.device.name,
            each.place,
            each.traffic,
            title,
            tuple(sorted(its, key=_order)),
            tuple(notes),
            is_decided=not each.undecided,
        )
        notes = []


def _where(traffic: Traffic) -> str:
    return "To the machine itself" if traffic == "input" else "Through it"


def _title(each: Opened, row: Row) -> str:
    if each.traffic == "input":
        return _where(each.traffic)
    names = each.found[0].asked.names
    comes = interfaces_in_words(row.incoming, names)
    leaves = interfaces_in_words(row.outgoing, names)
    ways = [f"from {comes}"] if comes else []
    ways += [f"to {leaves}"] if leaves else []
    return f"Through it, {' '.join(ways)}" if ways else "Through it"


def _is_unfiltered(row: Row) -> bool:
    """Whether nothing at all is filtered, by a default policy or for want of a chain."""
    is_plain = row.source == row.destination == ANY and not (row.incoming or row.outgoing)
    return is_plain and row.service == "everything" and all(by.kind != "rule" for by in row.by)


def _merged(rows: Iterator[Row]) -> list[Row]:
    """The rows, those as one that say the same of both families."""
    found: dict[tuple[object, ...], Row] = {}
    for row in rows:
        sent = row.sent_on.words if row.sent_on else ""
        key = (row.certainty, row.service, row.source, row.destination, row.incoming, row.outgoing, sent)
        before = found.get(key)
        if before is None or before.families == row.families:
            while key in found:
                key = (*key, "again")
            found[key] = row
            continue
        by = tuple(dict.fromkeys(before.by + row.by))
        found[key] = replace(
            before,
            families=before.families + row.families,
            sources=before.sources | row.sources,
            destinations=before.destinations | row.destinations,
            offered=tuple(dict.fromkeys(before.offered + row.offered)),
            by=by,
            more=max(before.more, row.more),
            reasons=tuple(dict.fromkeys(before.reasons + row.reasons)),
        )
    return list(found.values())


def _without_direct(rows: list[Row]) -> list[Row]:
    """The rows; what is open at an inside address itself is told with what is sent on to it."""
    found: list[Row] = []
    direct: dict[tuple[object, ...], Row] = {_direct(row): row for row in rows if not row.sent_on}
    taken = {}
    for row in rows:
        if row.sent_on and (other := direct.get(_as_direct(row))):
            taken[id(other)] = row
    for row in rows:
        if id(row) not in taken:
            is_direct = row.sent_on is not None and _as_direct(row) in direct
            found.append(replace(row, is_direct=True) if is_direct else row)
    return found


def _direct(row: Row) -> tuple[object, ...]:
    ports = tuple((each.protocols, each.ports) for each in row.offered)
    ends = row.sources, row.incoming, row.outgoing
    return (row.certainty, ports, row.destinations, *ends, row.by[:1])


def _as_direct(row: Row) -> tuple[object, ...]:
    """The key of the row for the same packets, if they were sent where this sends them."""
    sent = row.sent_on
    assert sent is not None, "such rows are asked for only"
    to = sent.ports != full(16)
    ports = tuple((each.protocols, sent.ports if to else each.ports) for each in row.offered)
    ends = row.sources, row.incoming, row.outgoing
    return (row.certainty, ports, sent.addresses, *ends, row.by[:1])


def _order(row: Row) -> tuple[object, ...]:
    first = min((each.ports[0][0] for each in row.offered if each.ports), default=0)
    is_any = row.source != ANY or bool(row.incoming)
    return (row.certainty != "certain", row.service != "everything", is_any, first, row.service)

"""What is open today, as entries of `allow:` for a person to review."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from flowmodel.addresses import EVERYWHERE, Addresses, of_family, together
from flowmodel.fields import FAMILIES
from flowmodel.opened import By, Offered, Row, Section
from flowmodel.record import replace
from flowmodel.site import OWN, Site
from flowmodel.values import difference, full, intersection, size, union
from linter.checks.open.marked import Hit, hits, hits_in_words, marked
from linter.checks.open.words import ANY as ANY_ADDRESS
from linter.checks.open.words import OTHER, interfaces_in_words
from linter.drafts.model import UNNAMED, Allowed, Aside, Device, Interface
from linter.drafts.places import ANY, EVERY, INTERNET, Called, Places, TooLongError, has_strangers
from linter.drafts.standing import Read, Standing
from linter.drafts.words import services, unlisted
from linter.engine.sets.lines import Offer
from policies.drafts.skeleton import name_for, numbered
from policies.services import ANY as ANY_SERVICE

_MARKED: Final = marked(Site("", {}, (), (), ()))
_UNTOLD: Final = "the exports do not tell the public address that it is sent to"
_LONG: Final = "its addresses are too many to be listed: name a network above, and write its name"


def proposed(
    several: Sequence[Read], standing: Standing
) -> tuple[tuple[Allowed, ...], tuple[Aside, ...]]:
    """What is open, as entries; and what no entry can say."""
    own = together(each.local for read in several for each in read.rulesets)
    places = Places(standing.networks, own)
    allowed: list[Allowed] = []
    asides: list[Aside] = []
    for read in several:
        device = next(each for each in standing.devices if each.name == read.name)
        for section in read.sections:
            if not section.is_decided:
                asides.append(Aside(_title(section), ("what is open there could not be decided",)))
            opener = _Opener(device, section, places, standing.places)
            allowed += opener.entries
            if opener.others:
                asides.append(Aside(_title(section), tuple(opener.others)))
    allowed = sorted(_needed(allowed), key=lambda each: bool(each.doubts))
    names = numbered(each.name for each in allowed)
    named = (replace(each, name=name) for each, name in zip(allowed, names, strict=True))
    return tuple(named), tuple(asides)


def _needed(allowed: Sequence[Allowed]) -> Iterator[Allowed]:
    """The entries without those of which another one says as much."""
    for number, each in enumerate(allowed):
        others = (*allowed[:number], *(o for o in allowed[number + 1 :] if not _is_same(o, each)))
        if not any(_says(other, each) for other in others):
            yield each


def _says(other: Allowed, each: Allowed) -> bool:
    if (other.targets, other.services) != (each.targets, each.services):
        return False
    if other.doubts and not each.doubts:
        return False
    is_wider = each.is_from_outside and {INTERNET, ANY} & set(other.sources)
    return _is_same(other, each) or (bool(is_wider) and not _is_same(each, other))


def _is_same(one: Allowed, other: Allowed) -> bool:
    mine, its = ((a.sources, a.targets, a.services) for a in (one, other))
    return mine == its and bool(one.doubts) == bool(other.doubts)


def _title(section: Section) -> str:
    place = f" ({section.place})" if section.place else ""
    title = section.title[0].lower() + section.title[1:]
    return f"{section.device}{place}, {title}"


class _Opener:
    """One section of the table, row by row."""

    def __init__(
        self, device: Device, section: Section, places: Places, roles: Mapping[str, str]
    ) -> None:
        self.device = device
        self.section = section
        self.places = places
        self.roles = roles
        self.entries: list[Allowed] = []
        self.others: list[str] = []
        for row in section.rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        if not self._is_judged(row):
            self.others.append(_in_words(row))
            return
        if self.device.kind == "between" and row.sent_on:
            moved = _as_sent(row)
            if not _is_moved(row):
                row = moved
            elif row.is_direct:
                self._propose(moved)
        self._propose(row)

    def _propose(self, row: Row) -> None:
        """An entry for the row, and one for what a person has to look at first."""
        offered = row.offered
        if behind := self._marked(row, _as_sent(row).offered) if row.sent_on else ():
            said = ", ".join(hits_in_words(behind))
            self._entry(row, offered, (f"anybody may reach {said} by it", *self._doubts(row)))
            return
        found = self._marked(row, offered)
        rest = _without(offered, found)
        if rest:
            self._entry(row, rest, self._doubts(row))
        # One entry for each: a person may want SSH to be open, and not what is open beside it.
        for hit in found:
            said = ", ".join(hits_in_words((hit,)))
            doubt = f"anybody may reach {said}"
            self._entry(row, _only(offered, (hit,)), (doubt, *self._doubts(row)))

    def _is_judged(self, row: Row) -> bool:
        """Whether a site file can say that the row is meant, and `fwlint check` asks whether it is.

        What a machine lets through to others is asked about where it sends on what was sent to it.
        """
        if self.section.traffic == "input":
            return self.device.kind != "between"
        sent = row.sent_on
        if self.device.kind == "between":
            return sent is None or not _is_unknown(sent.addresses)
        return sent is not None and not row.destination

    def _marked(self, row: Row, offered: Sequence[Offered]) -> tuple[Hit, ...]:
        """The services that people must not find open, where strangers reach them."""
        if services(offered) == (ANY_SERVICE,) or not self._is_reached(row):
            return ()
        return hits(_MARKED, tuple(map(_offer, offered)))

    def _is_reached(self, row: Row) -> bool:
        behind = self._behind(row.incoming)
        sources = row.sources if behind is None else row.sources & behind
        return has_strangers(sources)

    def _doubts(self, row: Row) -> tuple[str, ...]:
        """Why a person has to look at it before it counts."""
        found = []
        if row.by[0].kind != "rule":
            found.append(f"no rule opens it, but {row.by[0].text}")
        if services(row.offered) == (ANY_SERVICE,) and self._is_reached(row):
            found.append("everything is open, and to anybody")
        if row.certainty == "possible" and self._is_reached(row):
            found.append(
                "it is only possible that anybody gets in, and this entry is for everybody"
            )
        if not _is_all_ports(row):
            only = row.service.partition(" from ")[2]
            found.append(f"it is open only from {only}, and this entry is for all source ports")
        return tuple(found)

    def _entry(self, row: Row, offered: Sequence[Offered], doubts: tuple[str, ...]) -> None:
        listed = services(offered)
        sources, targets = self._sources(row), self._targets(row)
        if not (listed and sources.words and targets.words):
            # As far as anybody knows, no such packets come by its interfaces.
            self.others.append(_in_words(row))
            return
        more = unlisted(offered)
        remarks = (
            f"{more} more protocols are open, which are too many to be listed" if more else "",
            sources.remark,
            targets.remark,
            *(f"possible, because: {reason}" for reason in row.reasons),
        )
        doubts = tuple(filter(None, (*doubts, sources.doubt, targets.doubt)))
        told = tuple(map(_by, row.by)) + ((f"and {row.more} more",) if row.more else ())
        if len(told) > 1 and listed != services(row.offered):
            # Nobody has asked which of them: a finding names the rule.
            told = (f"Some of these, which together open {row.service}:", *told)
        ports, _, protocol = listed[0].rpartition("/")
        ports = ports.partition(",")[0]
        self.entries.append(
            Allowed(
                name_for("-".join(filter(None, (self.device.name, ports, protocol)))),
                sources.words,
                targets.words,
                listed,
                told,
                tuple(dict.fromkeys(filter(None, remarks))),
                doubts,
                is_from_outside=not row.sources - self.places.outside,
            )
        )

    def _sources(self, row: Row) -> Called:
        behind = self._behind(row.incoming)
        if behind is not None:
            return self._called(row, row.sources & behind)
        called = self._called(row, row.sources, is_all=row.source == ANY_ADDRESS)
        return self._by_interface(called, row.incoming)

    def _targets(self, row: Row) -> Called:
        if self.device.kind != "between":
            # What is sent on came to the machine.
            is_whole = not row.destination or row.sent_on
            return self._machines() if is_whole else self._called(row, row.destinations)
        if row.sent_on:
            called = self._called(row, row.destinations)
            is_all = ANY in called.words or INTERNET in called.words
            return Called((UNNAMED,), "", _UNTOLD) if is_all else called
        beyond = self._behind(row.outgoing)
        is_anybody = bool({ANY, INTERNET} & set(self._sources(row).words))
        if beyond is not None:
            return self._called(row, row.destinations & beyond, is_free=is_anybody)
        is_all = row.destination == ANY_ADDRESS
        called = self._called(row, row.destinations, is_all=is_all, is_free=is_anybody)
        return self._by_interface(called, row.outgoing)

    def _by_interface(self, called: Called, names: Sequence[str]) -> Called:
        """The words for what comes or goes by some interfaces, of which nobody knows the networks.

        Words for everybody would then say more than is open.
        """
        if not names:
            return called
        way = f"{self.section.title[0].lower()}{self.section.title[1:]}"
        if self.section.traffic == "input":
            way = f"by {interfaces_in_words(names, ())}"
        if OTHER in names or not {ANY, INTERNET, *EVERY.values()} & set(called.words):
            return called._replace(remark=called.remark or f"only {way}")
        doubt = f"it is open only {way}: say above what is behind it, and name that here"
        return Called((UNNAMED,), called.remark, doubt)

    def _called(
        self, row: Row, addresses: Addresses, *, is_all: bool = False, is_free: bool | None = None
    ) -> Called:
        if is_all:
            addresses = together(of_family(f, EVERYWHERE.of(f)) for f in row.families)
        # What one machine has for addresses is of both families.
        free = self.device.kind != "between" if is_free is None else is_free
        try:
            return self.places.called(addresses, row.families, is_free=free)
        except TooLongError:
            return Called((UNNAMED,), "", _LONG)

    def _machines(self) -> Called:
        if self.device.kind == "machine":
            return Called((f"{OWN}.{self.device.role}",))
        wanted = [f"{self.device.name}/{each}" for each in self.section.place.split(", ")]
        found = dict.fromkeys(self.roles[each] for each in wanted if each in self.roles)
        return Called(tuple(f"{OWN}.{each}" for each in found) or (f"{OWN}.{self.device.name}",))

    def _behind(self, names: Sequence[str]) -> Addresses | None:
        """What is behind the interfaces; None where nobody knows it of all of them."""
        its = [each for each in self.device.interfaces if set(names) & set(each.names)]
        known = {name for each in its for name in each.names}
        is_told = any(each.is_outside for each in self.device.interfaces)
        if not (names and is_told and known >= set(names) and all(map(_is_known, its))):
            return None
        inside = together(each.addresses for each in its)
        if not any(each.is_outside for each in its):
            return inside
        # Other networks of the site are there too, where no other interface leads to them.
        others = (each for each in self.device.interfaces if each not in its)
        return inside | (EVERYWHERE - together(each.addresses for each in others))


def _is_known(interface: Interface) -> bool:
    return bool(interface.addresses) or interface.is_outside


def _is_all_ports(row: Row) -> bool:
    return row.source_ports == full(16)


def _is_unknown(addresses: Addresses) -> bool:
    """Whether it is not known where a translation leads to."""
    return all(
        not addresses.of(f) or 2 * size(addresses.of(f)) > size(EVERYWHERE.of(f)) for f in FAMILIES
    )


def _offer(offered: Offered) -> Offer:
    return Offer(offered.protocols, offered.ports, offered.types, offered.codes)


def _as_sent(row: Row) -> Row:
    """The same as it arrives where a translation sends it; where it leaves is known by that."""
    assert row.sent_on, "asked by the caller"
    offered = row.offered
    if row.sent_on.ports != full(16):
        ports = row.sent_on.ports
        offered = tuple(replace(each, ports=ports) if each.ports else each for each in offered)
    goals = row.sent_on.addresses
    return replace(
        row, offered=offered, destinations=goals, destination="", outgoing=(), sent_on=None
    )


def _is_moved(row: Row) -> bool:
    """Whether it is sent on to other ports.

    Flows name the ports of machines, and that at a public address if they name this one itself.
    """
    assert row.sent_on, "asked by the caller"
    return row.sent_on.ports != full(16) and any(
        each.ports and each.ports != row.sent_on.ports for each in row.offered
    )


def _without(offered: Sequence[Offered], found: Sequence[Hit]) -> tuple[Offered, ...]:
    """The services but for those that were found."""
    rest = []
    for each in offered:
        for number in _protocols(each):
            taken = union(i for hit in found if hit.marked.proto == number for i in hit.ports)
            ports = difference(each.ports, taken)
            if ports or not each.ports:
                rest.append(replace(each, protocols=((number, number),), ports=ports))
    return _joined(rest) if found else tuple(offered)


def _only(offered: Sequence[Offered], found: Sequence[Hit]) -> tuple[Offered, ...]:
    some = []
    for hit in found:
        number = hit.marked.proto
        for each in offered:
            ports = intersection(each.ports, hit.ports)
            if ports and number in _protocols(each):
                some.append(replace(each, protocols=((number, number),), ports=ports))
    return _joined(some)


def _joined(several: Sequence[Offered]) -> tuple[Offered, ...]:
    """Those of one protocol together, and then the protocols with the same ports."""
    by_protocol: dict[tuple[object, ...], Offered] = {}
    for each in several:
        key = (each.protocols, each.types, each.codes)
        known = by_protocol.get(key)
        ports = union((*known.ports, *each.ports)) if known else each.ports
        by_protocol[key] = replace(each, ports=ports)
    found: dict[tuple[object, ...], Offered] = {}
    for each in by_protocol.values():
        same = (each.ports, each.types, each.codes)
        before = found.get(same)
        protocols = union((*before.protocols, *each.protocols)) if before else each.protocols
        found[same] = replace(each, protocols=protocols)
    return tuple(found.values())


def _protocols(offered: Offered) -> Iterator[int]:
    return (n for first, last in offered.protocols for n in range(first, last + 1))


def _by(by: By) -> str:
    return f"{by.span.path}:{by.span.line}: {by.text}" if by.span else by.text


def _in_words(row: Row) -> str:
    """`tcp 443 from any address to 192.0.2.1 -> 10.0.0.7:443`."""
    to = f" to {row.destination}" if row.destination else ""
    sent = f" -> {row.sent_on.words}" if row.sent_on else ""
    by = f" by {row.interface}" if row.interface else ""
    doubt = " (possible)" if row.certainty == "possible" else ""
    return f"{row.service} from {row.source}{by}{to}{sent}{doubt}"

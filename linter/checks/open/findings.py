"""What of the table is worth a finding where nothing is known but the exports."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from flowmodel.finding import Finding, Level, Related
from flowmodel.opened import By
from flowmodel.record import dataclass
from flowmodel.values import difference, size
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.open.marked import Hit, Marked, hits_in_words
from linter.checks.open.table import Opened, opened
from linter.checks.open.words import ANY, INTERNET, OTHER, interfaces_in_words
from linter.checks.subject import Subject
from linter.engine.sets.digest import fingerprint

if TYPE_CHECKING:
    from linter.checks.open.rows import Found


_WHITHER = "whether strangers come in by {} is not in the exports"
_CLUSTERS = "whether strangers can send to {} is not in the exports"
_WHETHER = "whether there is an interface beside those that rules name is not in the exports"
_WHETHER_LISTED = "whether there is an interface that neither the site nor an export lists"


@dataclass(frozen=True, slots=True)
class Reach:
    """Who reaches a row, as far as exports tell."""

    is_anybody: bool
    """Whether strangers from all over the internet are among them; else some of its networks."""
    doubt: str = ""
    """Why that is not certain."""
    is_other: bool = False
    """Whether they could only come by an interface that no rule names."""


def reach(opened_: Opened, found: "Found") -> Reach | None:
    """The strangers that reach a row; None where only those inside do, or a few addresses."""
    namer, sources = found.namer, found.ends.sources
    if not namer.has_strangers(sources):
        return None
    is_anybody = namer.reaches_internet(sources)
    names, leaves = found.row.incoming, found.row.outgoing
    # Who is behind an interface needs no router to get to others there.
    if _is_inside(opened_, found) or (len(names) == 1 and OTHER not in names and names == leaves):
        return None
    known = opened_.device.interfaces
    outside = {name for each in opened_.links if each.is_outside for name in each.names}
    as_known = {each: opened_.known_as(each.name) for each in known}
    outside |= {n for each, its in as_known.items() if "internet" in each.networks for n in its}
    inside = {name for each in opened_.links if not each.is_outside for name in each.names}
    inside = (inside | {name for its in as_known.values() for name in its}) - outside
    if not known and not opened_.links and _is_from_others_alone(found):
        return Reach(is_anybody, _WHETHER, is_other=True)
    if found.is_clusters and not difference(found.ends.destinations, found.namer.private):
        return Reach(is_anybody, _CLUSTERS.format(found.row.destination))
    if OTHER in names and outside:
        named = {opened_.named_in(found.names, each) for each in outside}
        if not named & set(names):
            return Reach(is_anybody, _WHETHER_LISTED, is_other=True)
    if not names or OTHER in names or outside & set(names):
        from linter.checks.open.rows import FORWARDS

        return Reach(is_anybody, "" if _forwards(opened_, found) else FORWARDS)
    if set(names) <= inside:
        return None
    rest = [name for name in names if name not in inside]
    return Reach(is_anybody, _WHITHER.format(interfaces_in_words(rest, found.names)))


def _is_from_others_alone(found: "Found") -> bool:
    """Whether all come by an interface that no rule names, or leave by the one that they came by.

    A machine with one interface forwards nothing to it that its neighbours could not send.
    """
    pairs = found.ends.pairs
    return not found.row.sent_on and all(
        len(pair) == 2 and pair[1] != OTHER and pair[0] in (pair[1], OTHER) for pair in pairs
    )


def _forwards(opened_: Opened, found: "Found") -> bool:
    """Whether the device surely passes a row on, if the row is about what goes through it."""
    from linter.checks.open.rows import is_unfiltered

    device = opened_.device
    is_between = bool(device.interfaces) and not device.is_machine
    return opened_.traffic != "forward" or is_between or not is_unfiltered(found.row)


def _is_inside(opened_: Opened, found: "Found") -> bool:
    """Whether it lies at private addresses that strangers cannot send to.

    A firewall in a cloud stands behind a gateway that translates, and is sent what comes for them.
    """
    if opened_.traffic != "forward" or opened_.place or found.row.sent_on:
        return False
    destinations = found.ends.destinations
    return not difference(destinations, found.namer.private)


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what is to be said of it."""

    opened: Opened
    found: "Found"
    level: Level
    reach: Reach
    hits: tuple[Hit, ...] = ()

    def named(self, interface: str) -> str:
        """The one of the rows' names that stands for an interface, whatever the site calls it."""
        return self.opened.named_in(self.found.names, interface)

    @property
    def doubt(self) -> str:
        """Why it is not certain that strangers reach it."""
        return self.reach.doubt

    @property
    def by(self) -> tuple[By, ...]:
        """The rules that open the services."""
        return self.found.by(self.hits)

    @property
    def is_certain(self) -> bool:
        """Whether it is open for certain, and to strangers."""
        return self.found.row.certainty == "certain" and not self.doubt


Says = Callable[[str, tuple[Hit, ...], str], str]
"""The message, of a device, the services, and where they are open to."""


def marked_ports(subject: Subject) -> Iterator[Judged]:
    """The rows with marked services that strangers reach."""
    for each in opened(subject):
        for found in each.judged:
            reached = reach(each, found)
            if reached is None or _is_by_default(found):
                continue
            if found.is_everything:
                if not permits_everything(found):
                    yield Judged(each, found, _level(found, reached), reached)
                continue
            for is_for_login in (False, True):
                some = tuple(hit for hit in found.hits if hit.marked.is_for_login is is_for_login)
                if some:
                    level = _level(found, reached, some[0].marked)
                    yield Judged(each, found, level, reached, some)


def _level(found: "Found", reached: Reach, marked: Marked | None = None) -> Level:
    levels: tuple[Level, ...] = ("info", "warning", "error")
    is_sure = found.row.certainty == "certain" and not reached.doubt
    steps = (reached.is_anybody, is_sure or not reached.doubt)
    rank = sum(steps)
    return levels[max(0, rank - 1) if marked and marked.is_for_login else rank]


def permits_everything(found: "Found") -> bool:
    """Whether the row has every service, everywhere that somebody is."""
    row = found.row
    is_anywhere = row.destination in ("", ANY)
    is_anywhere = is_anywhere or found.namer.is_everywhere(found.ends.destinations)
    return found.is_everything and is_anywhere and row.sent_on is None


def _is_by_default(found: "Found") -> bool:
    """Whether it is what a default policy leaves open, of which another check tells."""
    is_most = found.is_everything or any(
        size(offer.ports) > 1 << 15 for offer in found.offers if offer.ports
    )
    return found.row.by[0].kind != "rule" and is_most


def everything(subject: Subject) -> Iterator[Judged]:
    """The rows that a rule makes of everything, to anywhere, from strangers."""
    for each in opened(subject):
        for found in each.judged:
            if not permits_everything(found) or _is_by_default(found):
                continue
            reached = reach(each, found)
            # What comes by one interface is often meant: that of a network inside.
            if reached is None or not reached.is_anybody:
                continue
            if reached.doubt and each.traffic == "forward" and not reached.is_other:
                continue
            yield Judged(each, found, _level_of_everything(found, reached), reached)


def _level_of_everything(found: "Found", reached: Reach) -> Level:
    if reached.doubt:
        return "warning" if reached.is_other else "info"
    return "critical" if found.row.certainty == "certain" else "error"


def findings(check: Check, several: Iterator[Judged], remedy: str) -> Iterator[Finding]:
    """One finding for each deciding rule, level and certainty, whatever its families are."""
    groups: dict[tuple[object, ...], list[Judged]] = {}
    for each in several:
        row = each.found.row
        sent = row.sent_on.by if row.sent_on else None
        source = "" if each.reach.is_anybody else row.source
        said = (tuple(hit.words for hit in each.hits), source, each.level, each.is_certain)
        key = (each.opened.device.name, each.opened.traffic, each.by[0], sent, *said)
        groups.setdefault(key, []).append(each)
    for its in groups.values():
        yield _finding(check, its, remedy)


def _finding(check: Check, several: Sequence[Judged], remedy: str) -> Finding:
    first = several[0]
    row, device = first.found.row, first.opened.device
    by, *others = first.by
    places = list(dict.fromkeys(each.opened.place for each in several if each.opened.place))
    name = f"{device.name} ({', '.join(places)})" if places else device.name
    reasons = [text for each in several for text in (*each.found.row.reasons, each.doubt) if text]
    related = [Related(each.span, "permitted here too", each.text) for each in others if each.span]
    if row.sent_on and row.sent_on.by.span:
        sent = row.sent_on.by
        assert sent.span is not None, "asked for above"
        related.append(Related(sent.span, f"sent on to {row.sent_on.words}", sent.text))
    families = sorted({each.found.namer.family for each in several})
    over = " and ".join(f"IPv{family}" for family in families)
    extent = "; ".join(dict.fromkeys(map(_extent, several)))
    services = ", ".join(hits_in_words(first.hits)) if first.hits else "everything"
    sources = {each.found.row.source for each in several}
    some = f"strangers ({row.source})"
    source = next((each for each in (ANY, INTERNET) if each in sources), some)
    way = "on" if first.opened.traffic == "input" else "through"
    return check.finding(
        f"{services} {'is' if _is_one(first) else 'are'} open {way} {name} to {source}",
        at(
            by.span or device.span,
            "permitted here",
            _title(by),
            extent=f"{extent} ({over})",
            reasons=tuple(dict.fromkeys(reasons)),
            about=map(_exactly, several),
        ),
        level=first.level,
        certainty="certain" if first.is_certain else "possible",
        device=device.name,
        related=related,
        remedy=remedy,
        key=(check.id, device.name, by.text, services),
    )


def _exactly(judged: Judged) -> str:
    """What stands for the packets of a row: what the words leave out is in it too."""
    row, sent = judged.found.row, judged.found.row.sent_on
    hits = () if sent else judged.hits
    marked: list[object] = [(each.marked.proto, each.ports) for each in hits]
    said = (
        (judged.opened.place, judged.opened.traffic, row.families),
        marked or judged.found.offers,
        (row.sources.v4, row.sources.v6, row.source_ports),
        (row.destinations.v4, row.destinations.v6),
        (row.incoming, row.outgoing),
        (sent.addresses.v4, sent.addresses.v6, sent.ports) if sent else (),
    )
    return fingerprint(said)


def _is_one(judged: Judged) -> bool:
    return len(judged.hits) < 2


def _title(by: By) -> str:
    return by.text if by.kind == "rule" else ""


def _extent(judged: Judged) -> str:
    row = judged.found.row
    to = f" to {row.destination}" if row.destination else ""
    sent = f" -> {row.sent_on.words}" if row.sent_on else ""
    interfaces = interfaces_in_words(row.incoming, judged.found.names)
    by = f" by {interfaces}" if interfaces else ""
    # Behind a translation people send to other ports than those that are marked.
    hits = () if row.sent_on else judged.hits
    service = ", ".join(each.service for each in hits) or row.service
    return f"{service} from {row.source}{by}{to}{sent}"

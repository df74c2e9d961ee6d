"""The rows of what is open at one place, made of the packets that are let through there."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import of_family
from flowmodel.affected import Certainty
from flowmodel.fields import FOR_MANY, Family
from flowmodel.opened import By, Offered, Row, SentOn
from flowmodel.record import dataclass
from flowmodel.ruleset import Rule, RuleSet
from flowmodel.values import Values, difference, size, union
from linter.checks.open.deciding import NO_CHAIN, Deciding, by_rule
from linter.checks.open.marked import Hit, Marked, hits, hits_in_words
from linter.checks.open.words import ANY, Namer, interfaces_in_words, services_in_words
from linter.checks.rulebase.tools import is_clusters
from linter.engine.budget import Budget
from linter.engine.device.asked import Asked, Exposed
from linter.engine.device.sent import Sent
from linter.engine.packet.state import WHERE
from linter.engine.sets.combinations import Combinations
from linter.engine.sets.lines import EVERYTHING, Ends, Line, Offer, Sheet
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import addresses_in_words, ports_in_words

FORWARDS = "whether the machine forwards packets at all is not in the exports"
_CHECKED = 300
"""How many certain lines of a table are held against the simple interpreter."""


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


def is_unfiltered(row: Row) -> bool:
    """Whether nothing at all is filtered, by a default policy or for want of a chain."""
    if not row.sent_on and not any(by.tells_forwarding for by in row.by):
        return True
    is_plain = row.source == row.destination == ANY and not (row.incoming or row.outgoing)
    return is_plain and row.service == "everything" and all(by.kind != "rule" for by in row.by)


class Rows:
    """The rows of one place, traffic and family."""

    def __init__(
        self,
        rulesets: Sequence[RuleSet],
        known: Sequence[Marked],
        budget: Budget,
        asked: Asked,
        namer: Namer,
        taken: PacketSet,
        every: PacketSet,
        *,
        are_told: bool,
    ) -> None:
        self.rulesets = rulesets
        self.known = known
        self.budget = budget
        self.asked = asked
        self.space = asked.space
        self.namer = namer
        self.taken = taken
        self.every = every
        """All services that were asked about."""
        self.are_told = are_told
        """Whether all rows are told; else those that a check may judge are enough."""
        self.deciding = Deciding(asked)
        self.combinations = Combinations(asked.space, budget.spend)
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
            yield from self._of(exposed, exposed.certain, certain, "certain")
            yield from self._of(exposed, left, possible, "possible")

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
            self.every,
            exposed.routed,
            self.combinations,
            self.budget.spend,
        )
        # What is sent on never gets to the address that it was sent to.
        their = FOR_MANY[space.family] if exposed.sent else asked.for_many
        many = space.within(space.fields["dst"], their)
        # What is open to an address of the machine's own is not told again of those for many.
        anyway = minus(known, many).exists(space.cube("dst"))
        for part in (minus(packets, many), minus(packets & many, anyway)):
            for line in sheet.lines(part, known) if part != space.false else ():
                found = self._hits(exposed, line)
                if self._is_wanted(line, found):
                    yield self._found(exposed, line, certainty, found)

    def _is_wanted(self, line: Line, found: Sequence[Hit]) -> bool:
        """Whether the line is told, or strangers reach a marked service of it or everything."""
        is_judged = bool(found) or line.is_everything
        return self.are_told or (is_judged and self.namer.has_strangers(line.ends.sources))

    def _found(
        self, exposed: Exposed, line: Line, certainty: Certainty, found: tuple[Hit, ...]
    ) -> Found:
        asked, ends = self.asked, line.ends
        by, more = self.deciding.by(line)
        family = self.space.family
        is_input = asked.answer.place.traffic == "input"
        reasons: tuple[str, ...] = ()
        self.checked += 1
        if certainty == "possible" or self.checked <= _CHECKED:
            reasons = self.deciding.reasons(
                line, exposed.arrivals, is_certain=certainty == "certain"
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
            marks=hits_in_words(found),
        )
        is_told = exposed.sent is None and self.namer.has_strangers(ends.sources)
        openers = self._openers(line, found) if is_told else {}
        sent = exposed.sent
        is_clusters = sent is not None and _is_clusters(self.rulesets, sent.rule)
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
        return hits(self.known, offers)

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
        is_input = asked.answer.place.traffic == "input"
        if is_input and difference(values, union(asked.own + asked.for_many)):
            # A proxy's: what is sent to others is translated to the machine.
            return self.namer.addresses(values, asked.destinations)
        if is_input or (exposed.sent and not exposed.sent.is_own):
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

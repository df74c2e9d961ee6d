"""What a device lets in, or through itself, of all packets that others can send to it.

All that can open something is asked about at once: TCP's SYN, and every message of other protocols
in the state that connection tracking gives to a packet of which it knows nothing. The interfaces
are variables too, so that one walk over the rules answers for each of them.

Nobody is asked about that never comes by a wire: loopback and multicast addresses as sources
(net/ipv4/route.c, ip_route_input_slow; net/ipv6/ip6_input.c), TCP to an address for many, and the
other family's ICMP. What a platform lets pass whatever the rules say is no opening either.
"""

from collections.abc import Iterator, Sequence

from flowmodel import fields
from flowmodel.addresses import LINK_LOCAL, of_family, together
from flowmodel.fields import FOR_MANY, ICMP, ICMPV6, TCP, Family
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.values import EMPTY, Values, complement, difference, full, intersection, union
from linter.engine.budget import Budget
from linter.engine.device.ask import Answer
from linter.engine.device.asked import Asked, Exposed, accepting
from linter.engine.device.connection import Connections, Outcome, with_flags, without_flags
from linter.engine.device.conntrack import fresh_state_bits
from linter.engine.device.firewall import Firewall
from linter.engine.device.forms import FORMS, addressed, as_sent
from linter.engine.device.grounds import Grounds
from linter.engine.device.headers import Place, arriving
from linter.engine.device.mentions import (
    LOOPBACK,
    listed,
    may_be_sent_to,
    names_in,
    translation_targets,
)
from linter.engine.device.passage import Passage, Strand, cross
from linter.engine.device.program import Joins, everything, program
from linter.engine.device.proxied import of_others, sent_here
from linter.engine.device.sent import Sent, is_sent, sent_by
from linter.engine.device.wanted import Wanted
from linter.engine.packet.routing import TYPE_UNICAST, Around, Leads, Own, leads_of
from linter.engine.sets.header import Header, constant, wire
from linter.engine.sets.longlists import Lists
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Bits, Box, PacketSet, minus

_NEVER_SENT: dict[Family, Values] = {
    4: ((0, 0), (0x7F000000, 0x7FFFFFFF), (0xE0000000, 0xEFFFFFFF), (0xFFFFFFFF,) * 2),
    6: ((0, 1), (0xFF << 120, (1 << 128) - 1)),
}
"""Sources that no machine sends from: no address, loopback, and addresses for many.

net/ipv4/route.c, ip_route_input_slow. Since Linux 5.3 the rest of 0.0.0.0/8 is taken for any other
address (linux/in.h, ipv4_is_zeronet); FreeBSD never asked of sources (ip_input.c).
"""
_NEVER_PASSED_ON: dict[Family, Values] = {4: EMPTY, 6: LINK_LOCAL}
"""Addresses of one link (RFC 4291, section 2.5.6; net/ipv6/ip6_output.c, ip6_forward)."""
_LOOPBACKS = (LOOPBACK, "lo0")
_OTHER_ICMP: dict[Family, int] = {4: ICMPV6, 6: ICMP}


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A device's rule sets for one family, ready to be asked about all packets."""

    firewall: Firewall
    names: tuple[str, ...]
    sides: dict[str, Bits]
    own: Values
    """All addresses that the device may have."""
    special: Values
    """Those of its networks that are no machine's: their broadcast and anycast addresses."""
    leads: Leads
    is_whole: bool
    """Whether the leads tell all ways out."""

    def asked(self, traffic: Traffic, wanted: Wanted | None = None) -> Asked:
        """What the device lets in (`input`), or through (`forward`), of those that are wanted.

        Raises TooComplexError.
        """
        return _Question(self, traffic, wanted).asked()

    def may_pass(self, traffic: Traffic, wanted: Wanted, there: Values) -> bool:
        """Whether some of the packets may pass, by rules or whatever the rules say.

        Those that nothing sends on count by their destinations: `there`. Raises TooComplexError.
        """
        if not self.firewall.translates:
            wanted = wanted.sent_to(there)
        return _Question(self, traffic, wanted).may_pass(there)


def machine(
    rulesets: Sequence[RuleSet],
    family: Family,
    room: int,
    budget: Budget,
    told: Own,
    grounds: Grounds | None = None,
    lists: Lists | None = None,
    joins: Joins | None = None,
) -> Machine:
    """The device with these rule sets, all of which speak of the family.

    `told`: what somebody else knows of its own addresses. `lists`: what is known of long lists of
    addresses, if it can be asked again (`UnfitError`); `joins`: what is of long runs of rules.
    """
    links = [link for ruleset in rulesets for link in ruleset.links]
    named = names_in(rulesets)
    linked = tuple(link.names[0] for link in links)
    every = tuple(dict.fromkeys((*named, *linked)))
    translates = bool(translation_targets(rulesets, family))
    shorter = None if translates else lists
    if shorter is not None:
        shorter.expect(listed(rulesets))
    space, sides = (grounds or Grounds()).of(family, every, room, shorter)
    others = {name for link in links for name in link.names[1:]}
    names = tuple(
        name for name in space.names if name and name not in others and name not in _LOOPBACKS
    )
    shown = (ruleset.local | ruleset.own for ruleset in rulesets)
    local = together((told.addresses, *shown)).of(family)
    foreign = together((told.others, *(ruleset.foreign for ruleset in rulesets))).of(family)
    if any(ruleset.own.of(family) for ruleset in rulesets):
        foreign = complement(local, len(space.fields["src"]))
    connected = [(link.names[0], link.addresses.of(family)) for link in links]
    told_foreign, special = foreign, EMPTY
    paths = {ruleset.path for ruleset in rulesets}
    for link in links:
        network = link.addresses.of(family)
        # Where config.xml tells one own address of a network, it tells all of them; what `ip` tells
        # need not be all.
        are_all_told = bool(told_foreign) or link.span.path in paths
        if are_all_told and intersection(network, local):
            others_there = difference(network, local)
            foreign = union(foreign + others_there)
            if told_foreign:
                special = union(special + difference(others_there, told_foreign))
    leads = leads_of(rulesets, family)
    firewall = Firewall(
        tuple(rulesets),
        Matcher(space, budget.spend),
        program(everything, joins),
        translates=translates,
        around=Around(local, foreign, leads),
        here=Own(of_family(family, local)).here(family),
        budget=budget,
    )
    elsewhere = together(ruleset.elsewhere for ruleset in rulesets).of(family)
    own = difference(full(len(space.fields["src"])), union(foreign + difference(elsewhere, local)))
    ways = leads or tuple(each for each in connected if each[1])
    return Machine(firewall, names, sides, own, special, ways, bool(leads))


class _Question:
    """One traffic of a device."""

    def __init__(self, device: Machine, traffic: Traffic, wanted: Wanted | None) -> None:
        self.device = device
        self.wanted = wanted
        self.firewall = device.firewall
        self.space = space = device.firewall.space
        self.traffic = traffic
        family = space.family
        width = len(space.fields["src"])
        near = _NEVER_PASSED_ON[family] if traffic == "forward" else EMPTY
        around = self.firewall.around
        assert around is not None, "a machine stands somewhere"
        # Nor has anybody else an address of the machine's own (net/ipv4/fib_frontend.c).
        self.sources = complement(union(_NEVER_SENT[family] + near + around.own), width)
        single = complement(union(_NEVER_SENT[family] + FOR_MANY[family] + near), width)
        many = union(FOR_MANY[family] + device.special)
        self.for_many: Values = many if traffic == "input" else EMPTY
        self.own = intersection(single, device.own)
        self.others = difference(single, around.own)
        is_input = traffic == "input"
        self.foreign = of_others(self.firewall, single, device.own) if is_input else EMPTY
        names = ("in",) if traffic == "input" else ("in", "out")
        self.sides = {name: device.sides[name] for name in names}
        known = frozenset(device.names)
        self.codes = union((code, code) for code, name in enumerate(space.names) if name in known)
        self.given = space.false

    def asked(self) -> Asked:
        """The question with all that passes."""
        if self.traffic == "input":
            return self._to_it()
        return self._through()

    def may_pass(self, there: Values) -> bool:
        """Whether some of the packets may pass, and those that nothing sends on there."""
        asked = [(self.own, fields.LOCAL)]
        if self.traffic == "forward":
            # What is sent to the device itself goes on only where a rule sends it elsewhere.
            every, family = full(len(self.space.fields["dst"])), self.space.family
            asked = asked if may_be_sent_to(self.firewall.rulesets, family, every) else []
            asked.append((self.others, TYPE_UNICAST))
        counts = self.space.within(self.space.fields["dst"], there)
        strands = [strand for each in asked for strand in self._crossed(*each)[-1].passed]
        if self.foreign:
            strands += map(self._here, self._crossed(self.foreign, TYPE_UNICAST)[-1].passed)
        return any(
            (each.packets if is_sent(each, self.space) else each.packets & counts)
            != self.space.false
            for each in strands
        )

    def _to_it(self) -> Asked:
        """What the device lets in, sent to it, or to others and translated to it (a proxy's)."""
        packets, _, answer = self._cross(self.own, fields.LOCAL)
        if self.foreign:
            to_others, strand, passage = self._crossed(self.foreign, TYPE_UNICAST)
            here = tuple(map(self._here, passage.passed))
            packets |= to_others & self.space.union(self.space.some(each.packets) for each in here)
            answer = _joined(answer, (strand,), replace(passage, passed=here))
        exposed = self._exposed(answer, answer.connections.passage, space_of=packets)
        return self._found(answer, packets, union(self.own + self.foreign), list(exposed))

    def _here(self, strand: Strand) -> Strand:
        return sent_here(self.firewall, strand, self.foreign, self.device.own)

    def _through(self) -> Asked:
        """What passes through the device, sent to it and translated, or sent to others."""
        to_it, passage, first = self._cross(self.own, fields.LOCAL)
        sent_on = list(self._exposed(first, passage, space_of=to_it, is_sent=True))
        to_others, passage, answer = self._cross(self.others, TYPE_UNICAST)
        taken = self.space.union(each.possible for each in sent_on)
        exposed = [*sent_on]
        for each in self._exposed(answer, passage, space_of=to_others):
            certain, possible = each.certain, each.possible
            if each.sent is not None and not each.sent.is_own:
                certain, possible = minus(certain, taken), minus(possible, taken)
            exposed.append(replace(each, certain=certain, possible=possible))
        answer = _joined(first, answer.arrivals, passage)
        return self._found(answer, to_it | to_others, self.others, exposed)

    def _found(
        self, answer: Answer, packets: PacketSet, destinations: Values, exposed: list[Exposed]
    ) -> Asked:
        # What is no beginning is told where a rule lets it pass, and missed nowhere.
        state = answer.arrivals[0].header.numbers["state"]
        never = self.space.within(state, ((fields.INVALID, fields.INVALID),))
        asked = without_flags(self.space, minus(packets, never))
        return Asked(
            answer,
            minus(asked, self.given),
            self.sides,
            self.device.names,
            self.sources,
            destinations,
            self.own,
            self.for_many,
            tuple(each for each in exposed if each.possible != self.space.false),
        )

    def _cross(self, destinations: Values, kind: int) -> tuple[PacketSet, Passage, Answer]:
        packets, strand, passage = self._crossed(destinations, kind)
        # What passes is told by the strands, part by part: nobody asks this answer about it.
        untold = Outcome(self.space.false, self.space.true)
        connections = Connections(untold, untold, untold, passage, self.space.true)
        place = Place(self.traffic)
        return packets, passage, Answer(self.firewall, place, (strand,), connections)

    def _crossed(self, destinations: Values, kind: int) -> tuple[PacketSet, Strand, Passage]:
        """All packets to these addresses, those of them that are wanted, and what comes through."""
        packets, box = self._packets(destinations)
        strand = Strand(packets, self._header(kind), box)
        if self.wanted:
            mine = packets & self.wanted.packets(self.space)
            strand = replace(strand, packets=mine, box=self.wanted.of_box(box))
        with self.firewall.budget.question():
            passage = cross(self.firewall, self.traffic, strand)
        passed = tuple(map(self._leaving, passage.passed))
        return packets, strand, replace(passage, passed=passed)

    def _packets(self, destinations: Values) -> tuple[PacketSet, Box]:
        """All packets that others can send to these addresses, or to many at once."""
        space = self.space
        proto = space.fields["proto"]
        box: Box = {"src": self.sources, "dst": union(destinations + self.for_many)}
        other = _OTHER_ICMP[space.family]
        single = space.within(space.fields["dst"], destinations)
        many = space.within(space.fields["dst"], self.for_many)
        many = minus(many, space.within(proto, ((TCP, TCP),)))
        packets = (single | many) & space.within(space.fields["src"], self.sources)
        packets = minus(packets, space.within(proto, ((other, other),)))
        # Nobody listens there (IANA's registry of port numbers: 0 is reserved).
        ported = space.within(proto, tuple((n, n) for n in sorted(fields.PORT_PROTOCOLS)))
        for port in ("sport", "dport"):
            packets = minus(packets, ported & space.within(space.fields[port], ((0, 0),)))
        for bits in self.sides.values():
            packets &= space.within(bits, self.codes)
        return with_flags(space, packets, FORMS), box

    def _header(self, kind: int) -> Header:
        """The header of packets to addresses of a kind, each in the state that it is found in."""
        space = self.space
        header = arriving(self.firewall, Place(self.traffic), wire(space))
        numbers = {
            **header.numbers,
            **self.sides,
            **addressed(space, self.traffic, kind, self.device.special),
            "state": fresh_state_bits(space, space.fields["tcp_flags"], space.fields["icmp_type"]),
            "ct_dir": constant(space, "ct_dir", fields.ORIGINAL),
            "ct_status": constant(space, "ct_status", 0),
            "stateless": constant(space, "stateless", 0),
        }
        return replace(header, numbers=numbers, context=f"{header.context}/opening")

    def _leaving(self, strand: Strand) -> Strand:
        """The strand without packets that would leave by another interface than routes say."""
        if self.traffic == "input":
            return strand
        return replace(strand, packets=strand.packets & self._routed(strand.header))

    def _routed(self, header: Header) -> PacketSet:
        """The packets at the interfaces where they may come and go."""
        space = self.space
        found = space.true
        for bits in self.sides.values():
            found &= space.within(bits, self.codes)
        for name, values in self.device.leads if self.traffic == "forward" else ():
            there = space.within(header.numbers["dst"], values)
            leaves = space.within(self.sides["out"], ((code := space.names.index(name), code),))
            found &= ~(leaves ^ there) if self.device.is_whole else there.imp(leaves)
        return space.some(found)

    def _exposed(
        self, answer: Answer, passage: Passage, *, space_of: PacketSet, is_sent: bool = False
    ) -> Iterator[Exposed]:
        """What passes, by where it is sent; without what a platform lets pass anyhow.

        `is_sent`: without what nothing sends elsewhere.
        """
        space = self.space
        ours = self._by_rules(answer)
        groups: dict[int, tuple[Sent | None, Header, list[PacketSet], list[PacketSet]]] = {}
        for strand in passage.passed:
            if self.traffic == "input" and strand.route is not None:
                continue
            sent = sent_by(answer, passage, strand)
            if is_sent and sent is None:
                continue
            key = id(sent.rule) if sent else 0
            *_, known, assumed = groups.setdefault(key, (sent, strand.header, [], []))
            (assumed if self._is_assumed(strand, sent) else known).append(strand.packets)
        for sent, header, known, assumed in groups.values():
            for packets, is_assumed in ((known, False), (assumed, True)):
                accepted = space.union(packets)
                if accepted == space.false:
                    continue
                sure = space.always(accepted | as_sent(space, accepted))
                certain = with_flags(space, sure, FORMS) & space_of
                possible = space.some(accepted)
                yield Exposed(
                    without_flags(space, certain) & ours,
                    without_flags(space, possible) & ours,
                    sent,
                    answer.arrivals,
                    self._routed(header),
                    is_assumed,
                )

    def _by_rules(self, answer: Answer) -> PacketSet:
        """The packets that no rule lets pass which nobody wrote."""
        space = self.space
        ours: list[PacketSet] = []
        given: list[PacketSet] = []
        for _, region in accepting(answer):
            packets = without_flags(space, space.some(region.packets))
            is_given = bool(region.rules) and all(rule.is_given for rule in region.rules)
            (given if is_given else ours).append(packets)
        others = minus(space.union(given), space.union(ours))
        self.given |= others
        return ~others

    def _is_assumed(self, strand: Strand, sent: Sent | None) -> bool:
        """Whether packets stay on the device only if a translated address is its own."""
        if self.traffic != "input" or sent is None or sent.is_own or not strand.is_moved:
            return False
        around = self.firewall.around
        return around is None or not _is_within(sent.addresses, around.own)


def _is_within(inner: Values, outer: Values) -> bool:
    return intersection(inner, outer) == inner


def _joined(answer: Answer, arrivals: tuple[Strand, ...], passage: Passage) -> Answer:
    """The answer with what becomes of other packets, too."""
    first = answer.connections.passage
    whole = Passage(first.passed + passage.passed, first.results + passage.results)
    connections = replace(answer.connections, passage=whole)
    return replace(answer, arrivals=answer.arrivals + arrivals, connections=connections)

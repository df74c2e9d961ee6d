"""Whether connections work through a device: the first packet, its answer, and what follows.

All sets here are over the connection's first packets, as they were sent: an answer is followed as a
function of the packet that it answers. Three things make the bounds sound:

- What nobody knows (unread matches, the kernel's choices, interfaces that nobody told) is a free
  variable. `always` holds for every value of it and `some` for one at least, so the certain set is
  never too large and the possible set never too small.
- The flags are projected away with "for some flags" when packets are blocked, and only what is left
  works: a connection works if every packet of it passes.
- A variable means the same in all phases where it is the same fact (an unread text about the first
  packet), and is a new one where it may differ: `Header.context` has the phase in it.
"""

from flowmodel import fields
from flowmodel.affected import ErrorPhase
from flowmodel.fields import ACK, FIN, ICMP, ICMPV6, PSH, SYN, TCP, Family
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Traffic
from flowmodel.values import union
from linter.engine.device.conntrack import answer_type_bits, fresh_state_bits
from linter.engine.device.firewall import Firewall
from linter.engine.device.passage import Known, Passage, Strand, cross
from linter.engine.sets.header import Header, constant, mirrored
from linter.engine.sets.space import Bits, PacketSet, Space, minus

# The flags of a connection's packets by their place in it (RFC 9293, section 3.5).
OPENING = (SYN,)
REPLY = (SYN | ACK, ACK, PSH | ACK, FIN | ACK)
LATER = (ACK, PSH | ACK, FIN | ACK)

# What a router says of a packet that is too big for its next link: protocol, type and code
# (RFC 1191, section 4; RFC 4443, section 3.2).
TOO_BIG: dict[Family, tuple[int, int, int]] = {4: (ICMP, 3, 4), 6: (ICMPV6, 2, 0)}
OWN_ERRORS: tuple[ErrorPhase, ...] = ("own error", "own answer error")

_ANSWER_SITUATION: dict[Traffic, Traffic] = {
    "input": "output",
    "output": "input",
    "forward": "forward",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The packets that surely pass and those that possibly do; the flags are projected away."""

    certain: PacketSet
    possible: PacketSet

    def both(self, other: "Outcome") -> "Outcome":
        """What passes here and there."""
        return Outcome(self.certain & other.certain, self.possible & other.possible)


@dataclass(frozen=True, slots=True)
class Connections:
    """What becomes of connections on one device; sets are over the opening packets."""

    opening: Outcome
    """What passes by any of the ways in which it may come."""
    reply: Outcome
    later: Outcome
    passage: Passage
    anyway: PacketSet
    """All packets but those that may be dropped on one of the ways in which they may come."""


def with_flags(space: Space, packets: PacketSet, flags: tuple[int, ...]) -> PacketSet:
    """The packets, of those of TCP only the ones with such flags."""
    tcp = space.within(space.fields["proto"], ((TCP, TCP),))
    allowed = space.within(space.fields["tcp_flags"], union((f, f) for f in flags))
    return packets & tcp.imp(allowed)


def without_flags(space: Space, packets: PacketSet) -> PacketSet:
    """The packets whatever their flags."""
    return packets.exists(space.cube("tcp_flags"))


def opened(
    firewall: Firewall,
    traffic: Traffic,
    arrivals: list[Strand],
    flags: tuple[int, ...] = OPENING,
) -> Passage:
    """The passage of first packets that arrive as these strands, with such flags."""
    return _together(_crossed(firewall, traffic, arrivals, flags))


def _crossed(
    firewall: Firewall, traffic: Traffic, arrivals: list[Strand], flags: tuple[int, ...] = OPENING
) -> list[Passage]:
    return [cross(firewall, traffic, _opening(firewall, strand, flags)) for strand in arrivals]


def _together(parts: list[Passage]) -> Passage:
    return Passage(
        tuple(strand for part in parts for strand in part.passed),
        tuple(result for part in parts for result in part.results),
    )


def _opening(firewall: Firewall, strand: Strand, flags: tuple[int, ...]) -> Strand:
    space = firewall.matcher.space
    numbers = {
        **strand.header.numbers,
        "state": constant(space, "state", fields.NEW),
        "ct_dir": constant(space, "ct_dir", fields.ORIGINAL),
        "ct_status": constant(space, "ct_status", 0),
        "stateless": constant(space, "stateless", 0),
    }
    for field in ("src", "dst", "proto", "sport", "dport"):
        numbers["orig_" + field] = strand.header.numbers[field]
    header = Header(numbers, strand.header.names, strand.header.context + "/opening")
    packets = with_flags(space, strand.packets, flags)
    box = {**strand.box, "state": ((fields.NEW, fields.NEW),)}
    return Strand(packets, header, box)


def connections(
    firewall: Firewall, traffic: Traffic, arrivals: list[Strand], needed: PacketSet
) -> Connections:
    """What becomes of connections whose first packets arrive as these strands.

    Answers and later packets are followed for the `needed` ones only.
    """
    space = firewall.matcher.space
    parts = _crossed(firewall, traffic, arrivals)
    passage = _together(parts)
    accepted = space.union(strand.packets for strand in passage.passed)
    opening = Outcome(
        without_flags(space, space.always(accepted) & _all(space, arrivals, OPENING)),
        without_flags(space, space.some(accepted)),
    )
    follow = _Follow(firewall, traffic, arrivals, passage, needed)
    return Connections(
        opening, follow.reply(), follow.later(), passage, _anyway(space, arrivals, parts)
    )


def _anyway(space: Space, arrivals: list[Strand], parts: list[Passage]) -> PacketSet:
    """What passes in whatever way it comes, or does not come at all.

    Devices before this one translate on one path and not on another, and nobody knows the path.
    """
    passes = space.true
    for strand, part in zip(arrivals, parts, strict=True):
        accepted = space.union(passed.packets for passed in part.passed)
        passes &= with_flags(space, strand.packets, OPENING).imp(accepted)
    surely = space.always(passes)
    return ~without_flags(space, ~surely)


def unheard(
    firewall: Firewall,
    traffic: Traffic,
    arrivals: list[Strand],
    passage: Passage,
    needed: PacketSet,
    phase: ErrorPhase,
) -> Outcome:
    """The connections of TCP about which no path-MTU error gets to one end.

    A router whose next link is too narrow sends them (RFC 1191, RFC 8201), and it may have any
    address. Limits favour it. Connections that one side of the device keeps no state for, though
    another may, are left out.
    """
    return _Follow(firewall, traffic, arrivals, passage, needed).unheard(phase)


def _all(space: Space, arrivals: list[Strand], flags: tuple[int, ...]) -> PacketSet:
    return with_flags(space, space.union(strand.packets for strand in arrivals), flags)


@dataclass(frozen=True, slots=True)
class _Follow:
    """The packets of a connection behind the first one."""

    firewall: Firewall
    traffic: Traffic
    arrivals: list[Strand]
    passage: Passage
    needed: PacketSet

    def later(self) -> Outcome:
        """The connections whose later packets in the opening direction pass."""
        return self._outcome("later", LATER)

    def reply(self) -> Outcome:
        """The connections whose answers pass."""
        return self._outcome("reply", REPLY)

    def _outcome(self, phase: str, flags: tuple[int, ...]) -> Outcome:
        space = self.firewall.matcher.space
        blocked, works = space.false, space.false
        for strand in self.passage.passed:
            packets = without_flags(space, space.some(strand.packets)) & self.needed
            if packets == space.false:
                continue
            asked = with_flags(space, packets, flags)
            passed = self._cross(phase, strand, asked)
            # "Opened implies passed" for all free values: where the first packet does not pass,
            # nothing follows it that could fail.
            certain = space.always(self._opened(strand).imp(passed))
            possible = space.some(passed)
            blocked = blocked | without_flags(space, minus(asked, certain))
            # One packet that cannot pass, whatever its flags, and the connection cannot work.
            fails = without_flags(space, minus(asked, possible))
            works = works | minus(packets, fails)
        return Outcome(minus(works, blocked), works)

    def unheard(self, phase: ErrorPhase) -> Outcome:
        """The connections about which no path-MTU error gets to an end."""
        space = self.firewall.matcher.space
        lost = maybe = works = space.false
        tcp = space.within(space.fields["proto"], ((TCP, TCP),))
        for strand in self.passage.passed:
            keeps = space.within(strand.header.numbers["stateless"], ((0, 0),))
            packets = without_flags(space, space.some(strand.packets & keeps)) & self.needed & tcp
            unsure, unheard = self._without_error(phase, strand, packets)
            maybe |= unsure
            lost |= unheard
            works |= minus(packets, unheard)
        return Outcome(minus(lost, works), maybe)

    def _without_error(
        self, phase: ErrorPhase, strand: Strand, packets: PacketSet
    ) -> tuple[PacketSet, PacketSet]:
        """About which of them no error is sure to pass, and about which none can.

        Surely passes what comes from the other end's own address: what rules say of it, they say of
        the way there. Surely blocked is what no router can send. Of its own addresses a device may
        choose any.
        """
        space = self.firewall.matcher.space
        unsure = packets
        if phase not in OWN_ERRORS and packets != space.false:
            unsure = minus(packets, self._sure(strand, self._error(phase, strand, packets, None)))
        if unsure == space.false:
            return unsure, unsure
        router = space.address()
        any_router = space.true
        for bit in router:
            any_router &= bit
        passed = self._error(phase, strand, unsure, router)
        if phase in OWN_ERRORS:
            sure = self._sure(strand, passed).exists(any_router)
            unsure = minus(packets, without_flags(space, sure))
        possible = without_flags(space, space.some(passed).exists(any_router))
        return unsure, minus(unsure, possible)

    def _sure(self, strand: Strand, passed: PacketSet) -> PacketSet:
        """What passes for certain, if limits and memories favour it."""
        space = self.firewall.matcher.space
        lucky = passed & space.domain if space.is_open else passed
        for match in self.firewall.matcher.volatile:
            lucky = lucky.exists(match)
        return without_flags(space, space.always(self._opened(strand).imp(lucky)))

    def _error(
        self, phase: ErrorPhase, opened_as: Strand, asked: PacketSet, router: Bits | None
    ) -> PacketSet:
        """The asked packets for which the error of a router passes, or of the other end."""
        space = self.firewall.matcher.space
        arrival = self._arrival(opened_as)
        way = "reply" if "answer" in phase else "later"
        known, header, traffic = self._known(way, arrival, opened_as)
        proto, kind, code = TOO_BIG[space.family]
        departed = opened_as.header.numbers["state"]
        alone = self._when_opened(space.within(departed, ((fields.UNTRACKED, fields.UNTRACKED),)))
        changed = {
            "proto": constant(space, "proto", proto),
            "icmp_type": constant(space, "icmp_type", kind),
            "icmp_code": constant(space, "icmp_code", code),
            "tcp_flags": constant(space, "tcp_flags", 0),
            # Of no connection that is known, an error is INVALID (nf_conntrack_inet_error in
            # net/netfilter/nf_conntrack_proto_icmp.c).
            "state": space.choose(
                alone,
                constant(space, "state", fields.INVALID),
                constant(space, "state", fields.RELATED),
            ),
        }
        source = {"src": router or header.numbers["src"], "src_type": space.fields["src_type"]}
        sent = replace(header, numbers={**header.numbers, **changed, **source})
        sent = replace(sent, context=f"{arrival.context}/{phase}")
        known = Known(
            replace(known.destination, numbers={**known.destination.numbers, **source}),
            replace(known.source, numbers={**known.source.numbers, **source}),
        )
        strand = Strand(asked, sent, {"proto": ((proto, proto),)})
        if phase in OWN_ERRORS:
            passage = cross(self.firewall, "output", _own(space, strand, known))
        else:
            passage = cross(self.firewall, traffic, strand, known)
        return space.union(each.packets for each in passage.passed)

    def _opened(self, strand: Strand) -> PacketSet:
        """What opens connections: at the interfaces where nothing does, nothing comes later."""
        space = self.firewall.matcher.space
        if strand.route is not None:
            return space.true
        return without_flags(space, space.at_interfaces(strand.packets))

    def _cross(self, phase: str, opened_as: Strand, asked: PacketSet) -> PacketSet:
        arrival = self._arrival(opened_as)
        known, header, traffic = self._known(phase, arrival, opened_as)
        box = {key: values for key, values in opened_as.box.items() if key == "proto"}
        strand = Strand(asked, header, box)
        passage = cross(self.firewall, traffic, strand, known)
        return self.firewall.matcher.space.union(each.packets for each in passage.passed)

    def _arrival(self, opened_as: Strand) -> Header:
        """The header with which the strand's packets came to the device."""
        none = self.firewall.matcher.space.false
        for strand in self.arrivals:
            # Those to groups and those to everybody are told apart by their packets alone.
            if strand.packets & opened_as.packets != none and all(
                strand.header.numbers[field] == opened_as.header.numbers["orig_" + field]
                for field in ("src", "dst", "sport", "dport")
            ):
                return strand.header
        raise AssertionError("a strand left the device that never came to it")

    def _known(
        self, phase: str, arrival: Header, opened_as: Strand
    ) -> tuple[Known, Header, Traffic]:
        space = self.firewall.matcher.space
        departure, names = opened_as.header, arrival.names
        route = opened_as.route or self.traffic
        if opened_as.route is not None:
            names = {name: text for name, text in names.items() if name != "out"}
            if out := departure.names.get("out"):
                names["out"] = out
        numbers = {
            **arrival.numbers,
            "state": self._state(departure, space.fields["icmp_type"]),
            "ct_dir": constant(space, "ct_dir", fields.ORIGINAL),
            "ct_status": self._status(departure),
            "stateless": tuple(self._when_opened(bit) for bit in departure.numbers["stateless"]),
            **{name: departure.numbers[name] for name in departure.numbers if "orig" in name},
        }
        sent = Header(numbers, names, f"{arrival.context}/{phase}")
        between = _with_ends(sent, dst=departure, src=arrival)
        after = _with_ends(sent, dst=departure, src=departure)
        if phase == "later":
            return Known(between, after), sent, route
        kind, reply = answer_type_bits(space), constant(space, "ct_dir", fields.REPLY)
        changed = {"ct_dir": reply, "icmp_type": kind, "state": self._state(departure, kind)}
        answer = mirrored(replace(after, numbers={**after.numbers, **changed}))
        known = Known(mirrored(_with_ends(sent, dst=departure, src=arrival)), mirrored(sent))
        return known, answer, _ANSWER_SITUATION[route]

    def _state(self, departure: Header, icmp_type: Bits) -> Bits:
        """ESTABLISHED, but for connections that are not tracked: what each packet is by itself."""
        space = self.firewall.matcher.space
        alone = space.within(departure.numbers["state"], ((fields.UNTRACKED, fields.UNTRACKED),))
        alone = self._when_opened(alone)
        fresh = fresh_state_bits(space, space.fields["tcp_flags"], icmp_type)
        return space.choose(alone, fresh, constant(space, "state", fields.ESTABLISHED))

    def _when_opened(self, packets: PacketSet) -> PacketSet:
        """What held of the first packets, for others of the connection: they have other flags."""
        space = self.firewall.matcher.space
        return without_flags(space, with_flags(space, packets, OPENING))

    def _status(self, departure: Header) -> Bits:
        space = self.firewall.matcher.space
        bits = list(departure.numbers["ct_status"])
        for flag, value in (
            (fields.SEEN_REPLY, space.true),
            (fields.CONFIRMED, space.true),
            (fields.ASSURED, space.fields["ct_status"][len(bits) - fields.ASSURED.bit_length()]),
        ):
            bits[len(bits) - flag.bit_length()] = value
        return tuple(bits)


def _own(space: Space, strand: Strand, known: Known) -> Strand:
    """The error as the device itself sends it: to the end's real address, and by its interface."""
    goal = {field: known.destination.numbers[field] for field in ("dst", "dport", "dst_type")}
    local = {"src_type": constant(space, "src_type", fields.LOCAL)}
    header = strand.header.with_names(**{"in": ""})
    return replace(strand, header=replace(header, numbers={**header.numbers, **goal, **local}))


def _with_ends(header: Header, *, dst: Header, src: Header) -> Header:
    """The header with the ends of two others."""
    numbers = {
        **header.numbers,
        "dst": dst.numbers["dst"],
        "dport": dst.numbers["dport"],
        "dst_type": dst.numbers["dst_type"],
        "src": src.numbers["src"],
        "src_type": src.numbers["src_type"],
        "sport": src.numbers["sport"],
    }
    return replace(header, numbers=numbers)

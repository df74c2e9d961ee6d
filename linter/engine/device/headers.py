"""What the rules of a device see of packets when they come to it.

These are the only places where headers are made from nothing: all else changes one of them.
"""

from collections.abc import Iterator
from typing import Final

from flowmodel import fields
from flowmodel.addresses import LOOPBACK
from flowmodel.fields import FOR_MANY, UNICAST, NumberField, bits
from flowmodel.match import Name
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import Traffic
from flowmodel.values import Values, difference, full
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import owned_marks
from linter.engine.packet.routing import TYPE_UNICAST, Own
from linter.engine.sets.header import Header, constant, wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Bits, PacketSet, Space, minus

MARKED: Final[tuple[NumberField, ...]] = ("mark", "pkt_type")
SIDES: Final = ("in", "out")
_EVERYBODY: Final = (0xFFFFFFFF, 0xFFFFFFFF)
_OF_MANY: Final = {
    family: tuple(
        ("BROADCAST", "broadcast", each) if each == _EVERYBODY else ("MULTICAST", "multicast", each)
        for each in FOR_MANY[family]
    )
    for family in fields.FAMILIES
}
"""Of each family what `-m addrtype` and `-m pkttype` call packets to many, by their addresses."""

_NO_SENDER: Final[Values] = tuple(
    (fields.ADDRESS_TYPES[each], fields.ADDRESS_TYPES[each]) for each in ("BROADCAST", "MULTICAST")
)
"""What no address is that a packet of IPv6 can come from."""


class Place(NamedTuple):
    """Where packets meet a device: at which of its hooks, and at which interfaces.

    An interface that nobody told is empty.
    """

    traffic: Traffic
    in_name: str = ""
    out_name: str = ""


def arriving(firewall: Firewall, place: Place, sent: Header) -> Header:
    """The header of packets that come to a device as `sent`: new to its tracking, and unmarked.

    Marks of other devices do not cross the wire; those bits that no rule here sets may have been
    set by anything else on the device.
    """
    space = firewall.space
    names = {}
    if place.traffic == "output":
        names["in"] = ""
    elif place.in_name:
        names["in"] = place.in_name
    if place.traffic == "input":
        names["out"] = ""
    elif place.out_name:
        names["out"] = place.out_name
    owned = firewall.once(owned_marks, firewall.rulesets)
    mark = tuple(
        space.false if owned >> (31 - position) & 1 else bit
        for position, bit in enumerate(space.fields["mark"])
    )
    numbers = {
        **space.fields,
        **{field: sent.numbers[field] for field in ("src", "dst", "sport", "dport")},
        "mark": mark,
        # Packets come in where the site says that their senders are.
        "rp_filter": space.constant(fields.WAY_BACK, 1),
    }
    # What comes to input was routed to this machine, and what it sends has its own address
    # (ip_route_input_slow in net/ipv4/route.c); `-m addrtype` asks for just that.
    if place.traffic != "forward":
        own = "dst_type" if place.traffic == "input" else "src_type"
        numbers[own] = space.constant(fields.LOCAL, 4)
    if place.traffic != "output":
        numbers["src_type"] = _sender(firewall, place, numbers["src"])
    if place.traffic != "input" and firewall.around:
        here = firewall.around.own
        if place.traffic == "forward":
            # Nothing comes from a wire for a loopback address (ip_route_input_slow, RFC 1122).
            here = difference(here, LOOPBACK.of(space.family))
        kind = space.fields["dst_type"]
        numbers["dst_type"] = _kind(space, numbers["dst"], here, firewall.around.foreign, kind)
    return Header(numbers, names, firewall.name)


class ToMany(NamedTuple):
    """Packets to several machines at once, as the rules see them."""

    packets: PacketSet
    header: Header


def kinds_of_many(space: Space, place: Place, header: Header) -> Iterator[ToMany]:
    """The packets to groups, and those to everybody in the network, of those with a header.

    Their addresses are none of the machine's own (net/ipv4/fib_frontend.c, __inet_dev_addr_type).
    """
    if place.traffic == "forward":
        return
    for kind, word, addresses in _OF_MANY[space.family]:
        numbers = {
            **header.numbers,
            "dst_type": space.constant(fields.ADDRESS_TYPES[kind], 4),
        }
        if place.traffic == "input":  # net/ethernet/eth.c, eth_type_trans
            numbers["pkt_type"] = space.constant(fields.PACKET_TYPES[word], 2)
        to_many = space.within(header.numbers["dst"], (addresses,))
        yield ToMany(to_many, replace(header, numbers=numbers))


def _sender(firewall: Firewall, place: Place, source: Bits) -> Bits:
    """What the address of a sender is to the device.

    For IPv4 it is no broadcast address: no way leads back to it, nor to an own address by another
    interface than lo (__fib_validate_source in net/ipv4/fib_frontend.c). IPv6 looks for no such
    way, and refuses groups alone (ip6_rcv_core in net/ipv6/ip6_input.c); it has no broadcast.
    """
    space = firewall.space
    unicast = space.constant(TYPE_UNICAST, 4)
    if place.in_name == "lo":
        return space.constant(fields.LOCAL, 4)
    if space.family == 4:
        return unicast
    kind = space.fields["src_type"]
    kind = space.choose(space.within(kind, _NO_SENDER), unicast, kind)
    around = firewall.around
    return _kind(space, source, around.own, around.foreign, kind) if around else kind


def _kind(space: Space, address: Bits, own: Values, foreign: Values, kind: Bits) -> Bits:
    """What an address is to the device, as far as its own ones are known.

    All others are unicast to it, but for those that `foreign` leaves out: broadcast addresses, and
    what a route of another type is for (net/ipv4/fib_frontend.c, __inet_dev_addr_type). Of those
    it is what `kind` says.
    """
    if foreign:
        is_foreign = space.within(address, foreign)
        kind = space.choose(is_foreign, space.constant(TYPE_UNICAST, 4), kind)
    return space.choose(space.within(address, own), space.constant(fields.LOCAL, 4), kind)


def first(space: Space, header: Header) -> Header:
    """The header of packets that open connections."""
    return (
        header.with_number("state", constant(space, "state", fields.NEW))
        .with_number("stateless", constant(space, "stateless", 0))
        .with_number("ct_status", constant(space, "ct_status", 0))
    )


def of_single_packets(
    space: Space, matcher: Matcher, traffic: Traffic | Own, told: tuple[bool, ...], local: Values
) -> Header:
    """The header of packets that bring their own state along, as `fwlint trace` is told of them.

    What packets tell is a variable, what they leave open is free; `told` says for each side of the
    device whether the interface is named. `local` are the addresses of the machine itself, of those
    that it takes in packets for.
    """
    status = [space.false] * 6
    established = space.within(space.fields["state"], ((fields.ESTABLISHED, fields.ESTABLISHED),))
    for flag in (fields.SEEN_REPLY, fields.CONFIRMED):
        status[6 - flag.bit_length()] = established
    assured = 6 - fields.ASSURED.bit_length()
    status[assured] = established & space.fields["ct_status"][assured]
    related = space.within(space.fields["state"], ((fields.RELATED, fields.RELATED),))
    free = space.choose(related, space.fields["ct_status"], tuple(status))
    stateful = space.constant(0, 2)
    numbers: dict[str, Bits] = {
        **wire(space).numbers,
        "ct_status": free,
        "stateless": stateful,
    }
    # What began a connection is the other end's packet, to an answer (without translation).
    is_reply = space.within(space.fields["ct_dir"], ((fields.REPLY, fields.REPLY),))
    for field, other in (("src", "dst"), ("dst", "src"), ("sport", "dport"), ("dport", "sport")):
        original = space.choose(is_reply, space.fields[other], space.fields[field])
        # A related packet has the connection that it is about, which it does not tell.
        unknown = space.fresh(len(original), full(len(original)))
        numbers["orig_" + field] = space.choose(related, unknown, original)
    protocol = space.choose(related, space.fresh(8, full(8)), space.fields["proto"])
    numbers["orig_proto"] = protocol
    for field in MARKED:
        numbers[field] = space.variables(bits(field, space.family))
    for side, is_told in zip(SIDES, told, strict=True):
        if is_told or side == missing_side(traffic):
            numbers[side] = space.variables(len(space.fields[side]))
        else:
            _leave_open(space, matcher, numbers[side])
    # What is for this machine alone goes to an address of its own, and so does what it sends come
    # from one (ip_route_input_slow in net/ipv4/route.c).
    own = space.constant(fields.LOCAL, 4)
    if traffic == "output":
        numbers["src_type"] = own
    elif traffic == "input":
        alone = minus(
            space.within(numbers["pkt_type"], ((UNICAST, UNICAST),)),
            space.within(space.fields["dst"], FOR_MANY[space.family]),
        )
        alone &= space.within(space.fields["dst"], local)
        numbers["dst_type"] = space.choose(alone, own, numbers["dst_type"])
    missing = missing_side(traffic)
    return Header(numbers, {missing: ""} if missing else {})


def missing_side(traffic: Traffic | Own) -> str:
    """The interface that packets do not have there, whatever is told of them."""
    return {"input": "out", "output": "in"}.get(traffic, "") if isinstance(traffic, str) else ""


def _leave_open(space: Space, matcher: Matcher, value: Bits) -> None:
    """An interface that nobody told is any but the loopback one."""
    other = Name("in", frozenset({"", "lo"}))
    space.assume(~matcher.condition(other, Header({"in": value}, {})))

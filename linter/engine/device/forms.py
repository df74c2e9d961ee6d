"""First packets in all forms in which a machine takes them.

What must work is asked about packets as systems send them: with SYN alone. What is open is asked
about packets as anybody may form them. Of ACK, RST, SYN and FIN, a listener's packet has SYN alone,
and any of the other flags (tcp_rcv_state_process in net/ipv4/tcp_input.c). Two of these are common:
ECE and CWR ask for congestion notification (RFC 3168, section 6.1.1).
"""

from itertools import product
from typing import Final

from flowmodel.fields import (
    ADDRESS_TYPES,
    CWR,
    ECE,
    FOR_MANY,
    PACKET_TYPES,
    PSH,
    SYN,
    TCP,
    UNICAST,
    URG,
    NumberField,
)
from flowmodel.match import Condition, Masked, Relation, Test, leaves
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.values import Values, contains
from linter.engine.device.ask import Answer
from linter.engine.device.connection import (
    OPENING,
    Outcome,
    opened,
    with_flags,
    without_flags,
)
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import distinct_conditions
from linter.engine.sets.space import Bits, PacketSet, Space
from linter.engine.sets.witness import Example

_EVERYBODY: Final = (0xFFFFFFFF, 0xFFFFFFFF)
_BROADCAST: Final = ADDRESS_TYPES["BROADCAST"]
_COMMON: Final = (SYN, SYN | ECE | CWR)
_EVERY: Final = tuple(map(sum, product((SYN,), (0, URG), (0, PSH), (0, ECE), (0, CWR))))
FORMS: Final = (*_COMMON, *(form for form in _EVERY if form not in _COMMON))
"""The flags of a first packet, as systems send it before all others."""
_OTHERS: Final = PSH | URG | ECE | CWR


def in_any_form(answer: Answer) -> Answer:
    """The answer about first packets of all forms: they pass if they do in one of them.

    Replies and later packets are those of the form that systems send. Raises TooComplexError.
    """
    return in_forms(answer, flags_asked(answer.firewall))


def flags_asked(firewall: Firewall) -> tuple[int, ...]:
    """The flags of first packets that say all of a device: SYN alone where no rule asks for more.

    No rule tells the other forms apart there, and what becomes of one becomes of all.
    """
    return FORMS if firewall.once(_are_told_apart, firewall.rulesets) else OPENING


def in_forms(answer: Answer, flags: tuple[int, ...]) -> Answer:
    """The answer about first packets with these flags, as `in_any_form` has it."""
    if flags == OPENING:
        return answer
    firewall, space = answer.firewall, answer.space
    with firewall.budget.question():
        passage = opened(firewall, answer.place.traffic, list(answer.arrivals), flags)
    accepted = space.union(each.packets for each in passage.passed)
    asked = with_flags(space, space.union(each.packets for each in answer.arrivals), flags)
    opening = Outcome(
        without_flags(space, space.always(accepted) & asked),
        without_flags(space, space.some(accepted)),
    )
    return replace(
        answer, connections=replace(answer.connections, opening=opening, passage=passage)
    )


def packet_type(space: Space, traffic: Traffic) -> Bits:
    """How the frame of a packet to one machine is addressed: on the link, to everybody too.

    TCP takes no such packet, and a router passes none on (tcp_v4_rcv in net/ipv4/tcp_ipv4.c,
    tcp_v6_rcv in net/ipv6/tcp_ipv6.c, ip_forward in net/ipv4/ip_forward.c).
    """
    unicast = space.constant(UNICAST, 2)
    if traffic != "input":
        return unicast
    is_tcp = space.within(space.fields["proto"], ((TCP, TCP),))
    return space.choose(is_tcp, unicast, space.fields["pkt_type"])


def addressed(space: Space, traffic: Traffic, kind: int, special: Values) -> dict[str, Bits]:
    """What the destination is to the device, and how the frame is addressed.

    A packet to one machine is for an address of the kind; those for many follow from where they go
    (net/ethernet/eth.c, eth_type_trans). `special`: broadcast addresses of its networks, and in
    IPv6 the anycast ones of their routers.
    """
    to = space.fields["dst"]
    many = space.within(to, FOR_MANY[space.family])
    every = space.within(to, (_EVERYBODY,)) if space.family == 4 else space.false
    found: dict[str, Bits] = {}
    field: NumberField
    for field, single, group, broadcast in (
        ("dst_type", space.constant(kind, 4), ADDRESS_TYPES["MULTICAST"], _BROADCAST),
        (
            "pkt_type",
            packet_type(space, traffic),
            PACKET_TYPES["multicast"],
            PACKET_TYPES["broadcast"],
        ),
    ):
        width = len(space.fields[field])
        bits = space.choose(many, space.constant(group, width), single)
        found[field] = space.choose(every, space.constant(broadcast, width), bits)
    if special:
        its = space.constant(_BROADCAST if space.family == 4 else ADDRESS_TYPES["ANYCAST"], 4)
        found["dst_type"] = space.choose(space.within(to, special), its, found["dst_type"])
    return found


def as_sent(space: Space, packets: PacketSet) -> PacketSet:
    """The packets that are among these if their frames are addressed to the machine alone."""
    alone = space.within(space.fields["pkt_type"], ((UNICAST, UNICAST),))
    return (packets & alone).exists(space.cube("pkt_type"))


def form_of(answer: Answer, chosen: Example, here: PacketSet | None = None) -> int:
    """The flags with which the packet passes as a first one, for certain if there are such.

    They are those that systems send where these pass too, and where none does; 0 but for TCP.
    `here` are the packets of its interfaces where these are variables of the question: by another
    one it may pass with other flags.
    """
    if chosen.values["proto"] != TCP:
        return 0
    space = answer.space
    passed = space.union(each.packets for each in answer.connections.passage.passed)
    mine = passed & alike(space, chosen)
    if here is not None:
        mine &= here
    if mine == space.false:
        return SYN
    for packets in (space.always(mine), space.some(mine)):
        for form in FORMS:
            if packets & space.within(space.fields["tcp_flags"], ((form, form),)) != space.false:
                return form
    return SYN


def alike(space: Space, chosen: Example) -> PacketSet:
    """The packet, whatever its flags."""
    one = space.true
    for field in ("src", "dst", "proto", "sport", "dport"):
        one = one & space.at(field, chosen.values[field])
    return one


def _are_told_apart(rulesets: tuple[RuleSet, ...]) -> bool:
    """Whether a rule asks for flags that some of the forms have, and others have not."""
    return any(map(_tells_apart, leaves(distinct_conditions(rulesets))))


def _tells_apart(condition: Condition) -> bool:
    match condition:
        case Masked("tcp_flags", mask, _):
            return bool(mask & _OTHERS)
        case Test("tcp_flags", values):
            return len({contains(values, form) for form in FORMS}) > 1
        case Relation(fields, _):
            return "tcp_flags" in fields
        case _:
            return False

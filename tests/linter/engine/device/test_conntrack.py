"""The state of packets that belong to no connection: for one, and for all at once."""

import pytest

from flowmodel import fields
from flowmodel.fields import FAMILIES, Family
from flowmodel.values import single
from linter.engine.device.conntrack import fresh_state, fresh_state_bits
from linter.engine.sets.membership import Membership
from linter.engine.sets.space import Space


def _states(family: Family) -> dict[int, Membership]:
    """For each state the packets that have it; a packet is its protocol, ICMP type and flags."""
    space = Space(family)
    state = fresh_state_bits(space, space.fields["tcp_flags"], space.fields["icmp_type"])
    places = {
        bit.node_var() or 0: (index, len(space.fields[field]) - 1 - position)
        for index, field in enumerate(("proto", "icmp_type", "tcp_flags"))
        for position, bit in enumerate(space.fields[field])
    }
    return {
        each: Membership(space.within(state, single(each)), places)
        for each in fields.STATES.values()
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_the_state_of_all_packets_is_that_of_each(family: Family) -> None:
    states = _states(family)
    asked = [(fields.TCP, 0, flags) for flags in range(256)]
    asked += [(proto, kind, 0) for proto in (1, 58) for kind in range(256)]
    asked += [(proto, 0, 0) for proto in range(256) if proto != fields.TCP]

    for packet in asked:
        expected = [fresh_state(family, *packet)]
        assert [each for each, members in states.items() if members.holds(packet)] == expected


@pytest.mark.parametrize(
    ("family", "proto", "icmp_type", "flags", "state"),
    [
        pytest.param(4, fields.TCP, 0, fields.SYN, fields.NEW, id="a SYN opens"),
        pytest.param(4, fields.TCP, 0, fields.ACK, fields.NEW, id="an ACK in mid-stream opens"),
        pytest.param(4, fields.TCP, 0, 0xC2, fields.NEW, id="ECN does not matter"),
        pytest.param(4, fields.TCP, 0, 0x12, fields.INVALID, id="a SYN-ACK answers nothing"),
        pytest.param(4, fields.TCP, 0, fields.RST, fields.INVALID, id="a reset"),
        pytest.param(4, fields.TCP, 0, 0, fields.INVALID, id="no flags"),
        pytest.param(4, fields.UDP, 0, 0, fields.NEW, id="udp"),
        pytest.param(4, fields.ICMP, 8, 0, fields.NEW, id="an echo request"),
        pytest.param(4, fields.ICMP, 0, 0, fields.INVALID, id="an echo reply"),
        pytest.param(6, fields.ICMPV6, 128, 0, fields.NEW, id="an echo request of IPv6"),
        pytest.param(6, fields.ICMPV6, 135, 0, fields.UNTRACKED, id="neighbour discovery"),
        pytest.param(6, fields.ICMPV6, 1, 0, fields.INVALID, id="an error about nothing"),
        pytest.param(6, fields.ICMP, 0, 0, fields.NEW, id="ICMP in IPv6 is any protocol"),
        pytest.param(4, 47, 0, 0, fields.NEW, id="gre"),
    ],
)
def test_the_first_packet_has_the_state_that_the_kernel_gives_it(
    family: Family, proto: int, icmp_type: int, flags: int, state: int
) -> None:
    assert fresh_state(family, proto, icmp_type, flags) == state

"""Examples of sets: each is in its set, and is as believable as the set allows."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import FAMILIES, Family, bits
from flowmodel.values import Values, complement, single
from linter.engine.device.arrival import arrival
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.readout import projected
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space
from linter.engine.sets.witness import Example, example
from tests.linter.engine.rulesets import conditions


def _one(space: Space, chosen: Example) -> PacketSet:
    result = space.true
    for field in HEADER_FIELDS:
        result = result & space.within(space.fields[field], single(chosen.values[field]))
    return result


@given(st.data(), st.sampled_from(FAMILIES))
def test_an_example_is_in_its_set(data: st.DataObject, family: Family) -> None:
    space = Space(family, ("eth0", "eth1", "/other"))
    condition = data.draw(conditions(family, is_open=True))
    packets = space.some(Matcher(space).condition(condition, wire(space)))

    if packets != space.false:
        assert _one(space, example(space, packets)) & packets != space.false


def _any(family: Family) -> Space:
    return Space(family, capacity=1 << 14)


def test_the_example_of_all_packets_is_a_browser_s_from_a_documentation_address() -> None:
    four, six = _any(4), _any(6)

    assert str(example(four, four.true)) == "tcp 198.51.100.7:40000 > 192.0.2.10:443"
    assert str(example(six, six.true)) == "tcp [2001:db8::7]:40000 > [2001:db8::10]:443"


def test_an_example_keeps_to_its_set_where_that_is_less_believable() -> None:
    space = _any(4)
    icmp = space.within(space.fields["proto"], single(1))
    gre = space.within(space.fields["proto"], single(47))
    odd = space.within(space.fields["proto"], single(17)) & space.within(
        space.fields["src"], ((0x0A000000, 0x0A0000FF),)
    )

    assert str(example(space, icmp)) == "icmp 198.51.100.7 > 192.0.2.10 type 0 code 0"
    assert str(example(space, gre)) == "protocol 47 198.51.100.7 > 192.0.2.10"
    assert str(example(space, odd)) == "udp 10.0.0.7:40000 > 192.0.2.10:443"


def test_the_packet_that_arrives_has_what_was_sent_and_does_not_know_what_is_free() -> None:
    space = _any(4)
    header = wire(space).with_names(**{"in": "eth0"})
    chosen = example(space, space.true)

    state = arrival(space, chosen, header.with_number("mark", space.constant(5, 32)))

    assert {field: state.numbers[field] for field in HEADER_FIELDS} == chosen.values
    assert state.numbers["mark"] == 5
    assert state.numbers["ct_mark"] is None
    assert state.names == {"in": "eth0", "out": None, "phys_in": None, "phys_out": None}
    assert state.numbers["orig_dst"] == chosen.values["dst"]


@given(st.lists(st.integers(0, 255), max_size=6))
def test_a_projection_is_all_values_of_the_field(numbers: list[int]) -> None:
    space = _any(4)
    values: Values = tuple((n, n) for n in sorted(set(numbers)))
    merged = complement(complement(values, 8), 8)
    packets = space.within(space.fields["proto"], values) & space.within(
        space.fields["dport"], single(80)
    )

    assert projected(space, packets, "proto", 256) == merged
    assert projected(space, packets, "src", 256) == (
        ((0, (1 << bits("src", 4)) - 1),) if values else ()
    )


def test_an_example_is_not_sent_to_its_own_sender_where_it_can_be_another_s() -> None:
    space = _any(6)
    link = ((0xFE80 << 112, (0xFEC0 << 112) - 1),)
    on_it = space.within(space.fields["src"], link) & space.within(space.fields["dst"], link)
    one = single(0xFE80 << 112 | 7)
    same = space.within(space.fields["src"], one) & space.within(space.fields["dst"], one)

    assert str(example(space, on_it)) == "tcp [fe80::7]:40000 > [fe80::107]:443"
    assert str(example(space, same)) == "tcp [fe80::7]:40000 > [fe80::7]:443"

"""Boxes hold the packets of a set: exactly, or with others where there are too many."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import FAMILIES, ICMP, ICMPV6, TCP, UDP, Family, NumberField, bits
from flowmodel.values import Values, union
from linter.engine.sets.boxes import Ranges, bounds, boxes
from linter.engine.sets.readout import RANGES, TooManyError
from linter.engine.sets.space import PacketSet, Space, minus

_PORTS: tuple[NumberField, ...] = ("sport", "dport")
_KINDS: tuple[NumberField, ...] = ("icmp_type", "icmp_code")
_PORTED, _ICMP = (6, 17, 33, 132, 136), (1, 58)


def _one(space: Space, field: NumberField, values: Values) -> PacketSet:
    return space.within(space.fields[field], values)


def _set_of(space: Space, found: list[Ranges]) -> PacketSet:
    """The packets in the boxes, which have nothing in common."""
    every = space.false
    for ranges in found:
        box = space.true
        for field, values in ranges.items():
            box = box & _one(space, field, values)
        assert box & every == space.false
        every = every | box
    return every


def _told(space: Space, packets: PacketSet) -> PacketSet:
    """The set, protocol by protocol, without the fields that this one does not have."""
    packets = packets.exists(space.cube("state", "ct_dir", "tcp_flags"))
    ported = _one(space, "proto", union((each, each) for each in _PORTED))
    icmp = _one(space, "proto", union((each, each) for each in _ICMP))
    return (
        (packets & ported).exists(space.cube(*_KINDS))
        | (packets & icmp).exists(space.cube(*_PORTS))
        | minus(packets, ported | icmp).exists(space.cube(*_PORTS, *_KINDS))
    )


@st.composite
def _sets(draw: st.DrawFn) -> tuple[Space, PacketSet]:
    """A few rules' packets in a row, each let through or taken away."""
    family: Family = draw(st.sampled_from(FAMILIES))
    space = Space(family, capacity=1 << 17)
    packets = space.false
    fields: tuple[NumberField, ...] = ("proto", "src", "dst", *_PORTS, *_KINDS, "tcp_flags")
    for _ in range(draw(st.integers(1, 5))):
        rule = space.true
        for field in draw(st.sets(st.sampled_from(fields), max_size=4)):
            rule = rule & _one(space, field, draw(_values(field, family)))
        packets = packets | rule if draw(st.booleans()) else minus(packets, rule)
    return space, packets


def _values(field: NumberField, family: Family) -> st.SearchStrategy[Values]:
    if field == "proto":
        numbers = st.sampled_from((TCP, UDP, ICMP, ICMPV6, 0, 47, 255))
        return st.lists(numbers, min_size=1).map(lambda some: union((n, n) for n in some))
    number = st.integers(0, (1 << bits(field, family)) - 1)
    pair = st.tuples(number, number).map(lambda ends: (min(ends), max(ends)))
    return st.lists(pair, min_size=1, max_size=3).map(union)


@given(_sets())
def test_boxes_are_the_set_and_bounds_hold_it(made: tuple[Space, PacketSet]) -> None:
    space, packets = made
    told = _told(space, packets)

    outer = bounds(space, packets)
    try:
        found = boxes(space, packets, 100)
    except TooManyError:
        found = []
    else:
        assert _set_of(space, found) == told
        assert boxes(space, packets, len(found)) == found

    assert minus(told, _set_of(space, outer)) == space.false
    assert len(outer) <= len(_PORTED) + 2


@pytest.mark.parametrize("family", FAMILIES)
def test_a_set_of_too_many_ranges_has_bounds_alone(family: Family) -> None:
    space = Space(family)
    rng = random.Random(7)
    width = bits("src", family)
    singles = union((n, n) for n in (rng.randrange(1 << width) for _ in range(2000)))
    packets = _one(space, "src", singles) & _one(space, "proto", ((TCP, TCP),))

    with pytest.raises(TooManyError):
        boxes(space, packets, 100)
    (box,) = bounds(space, packets)

    assert minus(packets, _set_of(space, [box])) == space.false
    assert len(box["src"]) <= RANGES
    assert box["proto"] == ((TCP, TCP),)


def test_a_set_of_more_boxes_than_the_limit_is_refused() -> None:
    space = Space(4)
    pairs = space.union(
        _one(space, "src", ((2 * n, 2 * n),)) & _one(space, "dst", ((3 * n, 3 * n),))
        for n in range(5)
    )
    packets = pairs & _one(space, "proto", ((TCP, TCP),))

    assert len(boxes(space, packets, 5)) == 5
    with pytest.raises(TooManyError):
        boxes(space, packets, 4)


def test_protocols_with_the_same_fields_share_a_box_and_no_others_do() -> None:
    space = Space(4)

    found = boxes(space, space.true, 10)

    assert [sorted(each) for each in found] == [
        ["dport", "dst", "proto", "sport", "src"],
        ["dst", "icmp_code", "icmp_type", "proto", "src"],
        ["dst", "proto", "src"],
    ]
    assert found[1]["proto"] == ((1, 1), (58, 58))


def test_an_empty_set_has_no_boxes() -> None:
    space = Space(6)

    assert boxes(space, space.false, 0) == bounds(space, space.false) == []

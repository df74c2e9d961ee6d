"""What a lookup finds is what looking through all rules finds."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import NumberField
from flowmodel.match import Test as Has
from flowmodel.ruleset import Chain, Rule
from flowmodel.source import Source, Span
from flowmodel.values import Values, intersection
from flowmodel.verdict import Accept
from linter.engine.device.lookup import Lookup
from linter.engine.device.row import Entry, Own, Packet

_HERE = Span("r", 1, 1, 1, 1)
_CHAIN = Chain("c", (), _HERE, Accept())
_LISTS: tuple[Values, ...] = tuple(
    tuple((first, first + size) for first in range(start, start + 100 * step, step))
    for start, step, size in ((0, 4, 0), (2, 4, 0), (3, 8, 2), (1 << 30, 1 << 20, 5))
)
"""Long lists of addresses, as rules share them: a set."""
_MANY: tuple[Values, ...] = tuple(
    tuple((first, first + start % 3) for first in range(start, start + 400, 5))
    for start in range(0, 80, 4)
)
"""So many long lists that they are found by their addresses."""
_NUMBERS = st.one_of(
    st.integers(0, 450), st.integers(0, 130).map(lambda n: (1 << 30) + n // 4 * (1 << 20) + n % 8)
)
_ADDRESSES = st.one_of(
    st.just(None), st.sampled_from(_LISTS), _NUMBERS.map(lambda n: ((n, n + n % 3),))
)
_PORTS = st.one_of(
    st.just(None), st.sampled_from([((22, 22),), ((80, 80), (443, 443)), ((1, 99),)])
)


def _entry(at: int, tests: dict[NumberField, Values | None]) -> Entry:
    match = tuple(Has(field, values) for field, values in tests.items() if values)
    rule = Rule(match, Accept(), Source("r", []), 1)
    return Entry(rule, _CHAIN, at, None, Own(rule.match, 4))


@st.composite
def _entries(draw: st.DrawFn) -> list[Entry]:
    """Short rows, which are looked through, and long ones."""
    some = draw(st.lists(st.tuples(_ADDRESSES, _ADDRESSES, _PORTS), min_size=1, max_size=20))
    rows = some * draw(st.sampled_from([1, 8]))
    return [
        _entry(at, {"src": src, "dst": dst, "dport": ports})
        for at, (src, dst, ports) in enumerate(rows)
    ]


@st.composite
def _told_by_one_end(draw: st.DrawFn) -> list[Entry]:
    """Rows as lists of addresses are: one end tells nearly all rules apart."""
    ends: list[NumberField] = ["src", "dst"]
    end, other = draw(st.permutations(ends))
    some = draw(st.lists(st.tuples(_NUMBERS, _ADDRESSES, _PORTS), min_size=3, max_size=12))
    rest = draw(st.lists(st.tuples(_ADDRESSES, _ADDRESSES, _PORTS), max_size=12))
    rows: list[tuple[Values | None, Values | None, Values | None]] = [
        (((number + step, number + step + number % 3),), its, ports)
        for step in range(0, 400, 25)
        for number, its, ports in some
    ]
    place = draw(st.integers(0, len(rows)))
    return [
        _entry(at, {end: mine, other: its, "dport": ports})
        for at, (mine, its, ports) in enumerate([*rows[:place], *rest, *rows[place:]])
    ]


@st.composite
def _of_many_lists(draw: st.DrawFn) -> list[Entry]:
    """Rows as rule sets have them whose rules name two of many sets."""
    few = st.one_of(st.sampled_from(_MANY), st.sampled_from(_MANY), _ADDRESSES)
    some = draw(st.lists(st.tuples(few, few, _PORTS), min_size=1, max_size=20))
    ends = [(src, dst, ports) for src in _MANY for dst, _, ports in some]
    return [
        _entry(at, {"src": src, "dst": dst, "dport": ports})
        for at, (src, dst, ports) in enumerate([*some, *ends, *some])
    ]


_ROWS = st.one_of(_entries(), _told_by_one_end(), _of_many_lists())


@given(_ROWS, _NUMBERS, _NUMBERS, st.sampled_from([22, 50, 80, 443, 999]))
def test_matching_rules_are_those_that_the_packet_fulfils(
    entries: list[Entry], src: int, dst: int, port: int
) -> None:
    packet = Packet(4, {"src": src, "dst": dst, "dport": port}, {}, frozenset())

    found = Lookup(entries, 4).matching(packet)

    assert found == [each for each in entries if packet.fulfils(each)]


@given(_ROWS)
def test_overlapping_rules_have_a_value_of_each_field_in_common(entries: list[Entry]) -> None:
    lookup = Lookup(entries, 4)
    for asked in entries[:20]:
        both = [
            each
            for each in entries
            if all(
                intersection(values, asked.tests[field])
                for field, values in each.tests.items()
                if field in asked.tests
            )
        ]

        assert list(lookup.overlapping(asked)) == both

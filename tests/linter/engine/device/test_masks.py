"""The rules that share a value of each field with another are those that looking at all finds."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import NumberField
from flowmodel.match import Test as Has
from flowmodel.ruleset import Chain, Rule
from flowmodel.source import Source, Span
from flowmodel.values import Values, overlaps, union
from flowmodel.verdict import Accept
from linter.engine.device.masks import Masks
from linter.engine.device.row import Entry, Own

_FIELDS: tuple[NumberField, ...] = ("dport", "src", "dst")
_HERE = Span("r", 1, 1, 1, 1)
_CHAIN = Chain("c", (), _HERE, Accept())
_MIDDLE = 1 << 31
"""Ranges around it are in no smaller block than that of every address."""


Tests = dict[NumberField, Values]


def _values(middle: int) -> st.SearchStrategy[Values]:
    ranges = st.tuples(st.integers(0, 60), st.sampled_from([0, 0, 1, 3, 7])).map(
        lambda pair: (middle - 30 + pair[0], middle - 30 + pair[0] + pair[1])
    )
    return st.lists(ranges, min_size=1, max_size=4).map(union)


_OPTIONAL: dict[NumberField, st.SearchStrategy[Values]] = {
    "src": _values(_MIDDLE),
    "dst": _values(1 << 20),
    "dport": _values(443),
}
_TESTS: st.SearchStrategy[Tests] = st.fixed_dictionaries({}, optional=_OPTIONAL)


def _entry(at: int, tests: Tests) -> Entry:
    match = tuple(Has(field, values) for field, values in tests.items())
    rule = Rule(match, Accept(), Source("r", []), 1)
    return Entry(rule, _CHAIN, at, None, Own(rule.match, 4))


@st.composite
def _rows(draw: st.DrawFn) -> list[Entry]:
    """Rows in which some tests are of many rules; places in a row may be missing."""
    several = draw(st.lists(_TESTS, min_size=1, max_size=12))
    rows = [each for each in several for _ in range(draw(st.sampled_from([1, 2, 40])))]
    return [_entry(2 * at, each) for at, each in enumerate(rows)]


def _share(one: Entry, other: Entry) -> bool:
    return all(
        overlaps(values, other.tests[field])
        for field, values in one.tests.items()
        if field in other.tests
    )


@given(_rows(), _TESTS, st.integers(-1, 40))
def test_what_overlaps_shares_a_value_of_each_field(
    row: list[Entry], tests: Tests, after: int
) -> None:
    masks = Masks(row, _FIELDS, 4)
    for asked in (_entry(0, tests), row[0], row[-1]):
        every = [each for each in row if each.at > after and _share(asked, each)]

        assert list(masks.overlapping(asked, after)) == every


def test_a_short_list_is_no_other_one_than_its_equal() -> None:
    ends: tuple[Values, ...] = tuple(union([(1, 1), (5, 5)]) for _ in range(2))
    row = [_entry(at, {"src": values}) for at, values in enumerate(ends)]

    assert list(Masks(row, _FIELDS, 4).overlapping(row[0], -1)) == row

"""Records and named tuples behave as those of the standard library, in all that fwlint uses."""

import copy
import dataclasses
import pickle
import typing
from typing import Any

import pytest

from flowmodel import record
from flowmodel.packet import Packet


def _classes(module: Any) -> tuple[Any, Any, Any, Any]:
    """The same four classes, made by the decorator of a module."""

    @module.dataclass(frozen=True, slots=True)
    class Point:
        """A place."""

        x: int
        y: int = 2

        @property
        def total(self) -> int:
            return self.x + self.y

    @module.dataclass(frozen=True, slots=True)
    class One:
        value: int

    @module.dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        first: int
        last: int

    @module.dataclass(slots=True)
    class Growing:
        names: list[str] = module.field(default_factory=list)

    return Point, One, Ordered, Growing


@pytest.fixture(params=[record, dataclasses], ids=["record", "dataclasses"])
def classes(request: pytest.FixtureRequest) -> tuple[Any, Any, Any, Any]:
    return _classes(request.param)


def test_fields_are_set_by_place_and_by_name(classes: Any) -> None:
    point = classes[0]

    assert (point(1).x, point(1).y, point(y=5, x=1).total) == (1, 2, 6)
    assert point.__doc__ == "A place."
    with pytest.raises(TypeError):
        point()
    with pytest.raises(TypeError):
        point(1, 2, 3)


def test_equal_fields_are_equal_objects_of_one_class(classes: Any) -> None:
    point, one, ordered, _ = classes

    assert point(1) == point(1, 2)
    assert hash(point(1)) == hash(point(1, 2))
    assert point(1) != point(2)
    assert point(1, 2) != ordered(1, 2)
    assert one(1) == one(1)
    assert one(1) != (1,)
    assert len({one(1), one(1), one(2)}) == 2


def test_ordered_records_compare_field_by_field(classes: Any) -> None:
    ordered = classes[2]

    found = sorted([ordered(2, 1), ordered(1, 3), ordered(1, 2)])

    assert [(each.first, each.last) for each in found] == [(1, 2), (1, 3), (2, 1)]
    assert ordered(1, 2) <= ordered(1, 2)
    assert ordered(2, 0) > ordered(1, 9)
    assert ordered(2, 0) >= ordered(2, 0)


def test_frozen_records_stay_as_they_are(classes: Any) -> None:
    point, _, _, growing = classes

    with pytest.raises(AttributeError):
        point(1).x = 3
    with pytest.raises((AttributeError, TypeError)):
        point(1).z = 3
    mutable = growing()
    mutable.names = ["a"]
    assert mutable.names == ["a"]
    with pytest.raises(TypeError):
        hash(mutable)


def test_a_default_of_its_own_is_made_for_each_object(classes: Any) -> None:
    growing = classes[3]

    growing().names.append("a")

    assert growing().names == []
    assert growing(["b"]).names == ["b"]


def test_records_are_matched_and_shown_by_their_fields(classes: Any) -> None:
    point = classes[0]

    match point(1, 5):
        case point(x, 5):
            assert x == 1
        case _:
            pytest.fail("a record is matched by the order of its fields")
    assert repr(point(1)).endswith("Point(x=1, y=2)")


def test_replace_changes_some_fields() -> None:
    point = _classes(record)[0]

    assert record.replace(point(1), y=9) == point(1, 9)
    assert record.replace(point(1)) == point(1)
    with pytest.raises(TypeError):
        record.replace(point(1), z=1)


def test_records_can_be_pickled_and_copied() -> None:
    packet = Packet(4, 1, 2, 6, dport=22)

    assert pickle.loads(pickle.dumps(packet)) == packet
    assert copy.copy(packet) == packet


def test_identity_is_equality_where_that_is_asked_for() -> None:
    @record.dataclass(frozen=True, slots=True, eq=False)
    class Same:
        x: int

    assert Same(1) != Same(1)
    assert len({Same(1), Same(1)}) == 2


def test_what_is_derived_is_worked_out_once_for_each_object() -> None:
    asked: list[int] = []

    @record.dataclass(frozen=True, slots=True)
    class Square:
        side: int

        @record.derived
        def area(self) -> int:
            """The area."""
            asked.append(self.side)
            return self.side**2

    one = Square(2)
    assert (one.area, one.area, asked) == (4, 4, [2])
    assert record.replace(one, side=3).area == 9
    assert copy.copy(one).area == 4
    assert asked == [2, 3, 2], "a copy has the fields, and works out the rest itself"
    assert (one == Square(2), hash(one) == hash(Square(2))) == (True, True)
    assert repr(one).endswith("Square(side=2)")
    with pytest.raises(AttributeError):
        one.area = 5


def test_an_error_of_what_is_derived_is_not_hidden() -> None:
    @record.dataclass(frozen=True, slots=True)
    class Broken:
        @record.derived
        def value(self) -> int:
            raise AttributeError("its own")

    with pytest.raises(AttributeError, match="its own"):
        _ = Broken().value


@pytest.mark.parametrize("module", [record, dataclasses], ids=["record", "dataclasses"])
def test_classes_of_one_shape_share_nothing_that_shows(module: Any) -> None:
    @module.dataclass(frozen=True, slots=True)
    class Span:
        first: int
        last: int = 1

    @module.dataclass(frozen=True, slots=True)
    class Name:
        self_: str
        missing: str = "b"

    span: Any = Span
    name: Any = Name
    assert (span(last=4, first=3).first, span(3).last) == (3, 1)
    assert (name("a").missing, name(missing="c", self_="a").missing) == ("b", "c")
    with pytest.raises(TypeError, match="first"):
        span()
    with pytest.raises(TypeError, match="self_"):
        name()


@pytest.mark.parametrize("module", [record, dataclasses], ids=["record", "dataclasses"])
def test_no_field_without_a_default_follows_one_with_it(module: Any) -> None:
    with pytest.raises(TypeError, match="last"):

        @module.dataclass(slots=True)
        class _Wrong:
            first: int = 1
            last: int


class _Spot(record.NamedTuple):
    """Where something is."""

    path: str
    line: int = 1

    @property
    def shown(self) -> str:
        return f"{self.path}:{self.line}"


class _Standard(typing.NamedTuple):
    """Where something is."""

    path: str
    line: int = 1

    @property
    def shown(self) -> str:
        return f"{self.path}:{self.line}"


@pytest.fixture(params=[_Spot, _Standard], ids=["record", "typing"])
def spot(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_named_tuple_is_a_tuple_with_names(spot: Any) -> None:
    found = spot("a", 3)

    path, line = found
    assert (path, line, found[0], len(found)) == ("a", 3, "a", 2)
    assert (found.path, found.line, found.shown) == ("a", 3, "a:3")
    assert spot("a") == spot(line=1, path="a") == ("a", 1)
    assert (spot.__doc__, spot.__name__, type(spot)) == ("Where something is.", spot.__name__, type)
    assert repr(found).endswith("(path='a', line=3)")
    assert {found: 1}[("a", 3)] == 1
    assert sorted([spot("b"), spot("a", 2), spot("a")]) == [("a", 1), ("a", 2), ("b", 1)]
    match found:
        case spot(path, 3):
            assert path == "a"
        case _:
            pytest.fail("a named tuple is matched by the order of its fields")


def test_a_named_tuple_stays_as_it_is(spot: Any) -> None:
    found = spot("a")

    with pytest.raises(AttributeError):
        found.path = "b"
    with pytest.raises(AttributeError):
        found.other = "b"
    with pytest.raises(TypeError, match="path"):
        spot()
    with pytest.raises(TypeError):
        spot("a", 1, 2)


def test_a_named_tuple_is_made_anew_from_what_it_has(spot: Any) -> None:
    found = spot("a", 3)

    assert found._replace(line=4) == ("a", 4)
    assert type(found._replace(line=4)) is spot
    with pytest.raises((TypeError, ValueError), match="other"):
        found._replace(other=4)
    assert found._asdict() == {"path": "a", "line": 3}
    assert spot._fields == ("path", "line")
    assert spot._make(["a", 3]) == found
    assert type(pickle.loads(pickle.dumps(found))) is spot
    assert pickle.loads(pickle.dumps(found)) == copy.copy(found) == found


@pytest.mark.parametrize("module", [record, typing], ids=["record", "typing"])
def test_no_field_of_a_named_tuple_without_a_default_follows_one_with_it(module: Any) -> None:
    with pytest.raises(TypeError, match="last"):

        class _Wrong(module.NamedTuple):  # type: ignore[misc]
            first: int = 1
            last: int

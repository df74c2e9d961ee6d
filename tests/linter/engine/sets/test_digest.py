"""The digest of a packet set: the same for the same set, also in another run."""

import pytest

from linter.engine.sets import digest as module
from linter.engine.sets.digest import digest, digests
from linter.engine.sets.space import PacketSet, Space


def _of(space: Space, *ports: int) -> PacketSet:
    return space.within(space.fields["dport"], tuple((each, each) for each in ports))


def test_a_set_has_the_same_digest_however_it_was_made() -> None:
    one, other = Space(4), Space(4)
    other.fresh(8, ((0, 255),))
    other.unknown("something else")

    split = other.union([_of(other, 80), _of(other, 22), _of(other, 443)])

    assert digest(one, [_of(one, 22, 80, 443)]) == digest(other, [split]) != ""


@pytest.mark.parametrize(
    ("ports", "words", "family"),
    [
        ((22, 81), "", 4),
        ((22,), "", 4),
        ((22, 80), "x", 4),
        ((22, 80), "", 6),
    ],
)
def test_another_set_has_another_digest(ports: tuple[int, ...], words: str, family: int) -> None:
    space = Space(4)
    other = Space(4 if family == 4 else 6)

    assert digest(space, [_of(space, 22, 80)]) != digest(other, [_of(other, *ports)], [words])


def test_names_of_interfaces_count_where_a_set_is_about_interfaces() -> None:
    one, other = Space(4, ("a", "b")), Space(4, ("a", "c"))

    def by(space: Space) -> PacketSet:
        return _of(space, 22) & space.within(space.fields["in"], ((2, 2),))

    assert digest(one, [_of(one, 22)]) == digest(other, [_of(other, 22)])
    assert digest(one, [by(one)]) != digest(other, [by(other)])


def test_the_order_of_sets_counts() -> None:
    space = Space(4)
    one, other = _of(space, 22), _of(space, 80)

    assert digest(space, [one, other]) != digest(space, [other, one])


def test_a_set_that_is_too_large_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    space = Space(4)
    packets = _of(space, *(number * number for number in range(1, 250)))
    assert digest(space, [packets])
    monkeypatch.setattr(module, "NODES", 100)

    assert digest(space, [packets]) == ""


def test_several_sets_have_the_digests_that_each_has_by_itself() -> None:
    space = Space(4)
    sets = [_of(space, 22), _of(space, 22, 80), _of(space, 22), _of(space, *range(1, 500, 3))]

    assert digests(space, sets) == {each: digest(space, [each]) for each in sets}


def test_several_sets_that_are_too_large_together_have_digests_as_far_as_that_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = Space(4)
    sets = [_of(space, *(first + n * n for n in range(1, 200))) for first in range(60)]
    monkeypatch.setattr(module, "NODES", 700)
    assert all(digest(space, [each]) for each in sets)

    found = list(digests(space, sets).values())

    count = found.index("")
    assert count > 5
    assert not any(found[count:])

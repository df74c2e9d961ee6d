"""What several checks ask of a subject together is worked out once, and holds what it needs."""

from weakref import ref

import pytest

from flowmodel.site import Site
from linter.checks.subject import Subject
from linter.engine.budget import TooComplexError


class _Sets:
    """Stands for packet sets, which a frame holds."""


def _subject() -> Subject:
    return Subject(Site("", {}, (), (), ()), {}, {})


def _raised(subject: Subject, error: Exception) -> tuple[Exception, bool]:
    """What is raised, twice the same, and whether something still holds the sets afterwards."""
    held: list[ref[_Sets]] = []

    def work(_subject: Subject) -> None:
        sets = _Sets()
        held.append(ref(sets))
        raise error

    with pytest.raises(type(error)) as first:
        subject.once(work)
    del first
    with pytest.raises(type(error)) as again:
        subject.once(work)
    assert len(held) == 1
    return again.value, held[0]() is not None


def test_an_answer_is_kept_without_the_sets_of_its_question() -> None:
    error = TooComplexError("more than can be followed")

    assert _raised(_subject(), error) == (error, False)


def test_a_fault_is_kept_with_its_frames() -> None:
    error = ValueError()

    assert _raised(_subject(), error) == (error, True)

"""What each check must have beside its module: a name like its file's, a page, and two cases."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from linter.checks import catalogue
from linter.checks.catalogue import IDS, MODULES, QUIET
from linter.checks.check import Check
from tests import ROOT

_CHECKS = catalogue.every()
_ROOMS = ROOT / "linter/checks"
_CASES = ROOT / "fixtures/checks"


def test_every_module_of_a_check_is_listed_and_named_after_it() -> None:
    modules = sorted(path.relative_to(_ROOMS) for path in _ROOMS.glob("*/fw*.py"))

    assert sorted(each.replace(".", "/") + ".py" for each in MODULES) == list(map(str, modules))
    assert [(check.id, check.name) for check in _CHECKS] == [
        (each, catalogue.name(each)) for each in IDS
    ]


class _Unnoted:
    """A subject of which nothing was noted, and that has nothing else to be looked at."""

    site = SimpleNamespace(problems=())
    exports: ClassVar[dict[str, object]] = {}


@pytest.mark.parametrize("check", sorted(catalogue.NOTED))
def test_what_tells_notes_looks_at_nothing_else(check: str) -> None:
    nothing: Any = _Unnoted()

    assert list(catalogue.load(check).run(nothing)) == []


def test_what_looks_at_more_than_notes_is_no_such_check() -> None:
    nothing: Any = _Unnoted()

    with pytest.raises(AttributeError):
        list(catalogue.load("FW506").run(nothing))


def test_advice_is_known_without_its_modules() -> None:
    assert {check.id for check in _CHECKS if check.is_quiet} == QUIET


def test_ids_and_names_are_unique_and_ids_ascend() -> None:
    assert list(IDS) == sorted(set(IDS))
    assert len(set(map(catalogue.name, IDS))) == len(IDS) == len(MODULES)


@pytest.mark.parametrize("check", _CHECKS, ids=IDS)
def test_every_page_says_what_why_an_example_and_a_remedy(check: Check) -> None:
    titles = re.findall(r"^\*\*(.+?)\.\*\*", check.page, re.MULTILINE)

    assert titles == ["Reports", "Why it matters", "Example", "How to fix"]
    assert check.summary.endswith(".")


def _finds(case: Path, check: str) -> bool:
    said = (case / "expected.txt").read_text(encoding="utf-8")
    # What was not read at all is no finding beside others, but what the exit status is about.
    return "--- exit status 2" in said if check == catalogue.FAILED else f"[{check}" in said


@pytest.mark.parametrize("check", IDS)
def test_every_check_has_a_case_where_it_finds_something_and_one_where_it_does_not(
    check: str,
) -> None:
    cases = [path.parent for path in (_CASES / check).glob("*/command")]

    assert {_finds(case, check) for case in cases} == {True, False}
    assert [case.name for case in cases if not _finds(case, check)] == ["clean"]


def test_every_case_is_about_a_check() -> None:
    assert {path.parent.parent.name for path in _CASES.glob("*/*/command")} == set(IDS)

"""The locks: everything that the project asks for, in a version that it allows, with hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dev
from tests import ROOT

_PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\\n((?:    --hash=\S+(?: \\)?\n)+)")


def _pins(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock; every line of it is understood."""
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    found: dict[str, set[str]] = {}
    for package, version, _, hashes in _PIN.findall(text):
        assert all(
            re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each.strip(" \\"))
            for each in hashes.splitlines()
        )
        found.setdefault(canonicalize_name(package), set()).add(version)
    assert _PIN.sub("", text) == ""
    return found


@pytest.mark.parametrize(("name", "group"), [("run", ""), ("dev", "dev")])
def test_a_lock_has_all_that_the_project_asks_for(name: str, group: str) -> None:
    pins = _pins(name)

    for each in map(Requirement, dev.requirements(group)):
        versions = pins[canonicalize_name(each.name)]
        assert all(each.specifier.contains(version) for version in versions), (
            f"{each}: python3 dev.py lock"
        )


def test_what_runs_is_the_same_in_both_locks() -> None:
    run, every = _pins("run"), _pins("dev")

    assert {name: every.get(name) for name in run} == run


def test_what_extras_ask_for_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]

    assert {each for its in extras.values() for each in its} <= set(dev.requirements("test"))


def test_a_lock_names_no_place() -> None:
    for path in sorted(Path(ROOT, "locks").iterdir()):
        assert "://" not in path.read_text(encoding="utf-8")


def test_what_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {Requirement(each).name for each in project["project"]["dependencies"]}

    assert names == {
        "Jinja2",
        "MarkupSafe",
        "attrs",
        "grandalf",
        "lark",
        "markdown-it-py",
        "netaddr",
        "oxidd",
        "pyparsing",
        "PyYAML",
        "sarif-om",
        "shtab",
    }

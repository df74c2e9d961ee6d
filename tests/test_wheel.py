"""What is installed: one distribution, with the packages, data and manual that docs say it has."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import linter
from tests import ROOT

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_OTHERS = {"tests", "build", "dist"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy: setuptools leaves things in a tree."""
    copy, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in ROOT.iterdir():
        if path.is_dir() and not path.name.startswith(".") and path.name not in _OTHERS:
            leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(path, copy / path.name, ignore=leave)
        elif path.is_file() and not path.name.startswith("."):
            shutil.copy(path, copy)
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(target)],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = target.iterdir()
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


def test_its_top_level_names_are_documented(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    tops = {name for name in tops if not name.endswith(".data")}
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    said = re.search(r"installs the packages (.*?);", page)

    assert said
    assert set(re.findall(r"`(\w+)`", said[1])) == tops
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - _OTHERS == tops


def test_every_package_has_its_types_and_all_its_files(names: list[str]) -> None:
    tops = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in _OTHERS]
    files = {
        str(path.relative_to(ROOT).as_posix())
        for top in tops
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {f"{top.name}/py.typed" for top in tops} <= files
    assert files - {*names} == set()


def test_it_has_the_manual_page(wheel: Path, names: list[str]) -> None:
    (page,) = (name for name in names if name.endswith("share/man/man1/fwlint.1"))

    assert zipfile.ZipFile(wheel).read(page) == (ROOT / "docs" / "fwlint.1").read_bytes()


@pytest.mark.parametrize(
    "start", [["-m", "fwlint"], ["-c", "import fwlint.__main__ as m; m.main()"]]
)
def test_what_is_installed_is_the_program(start: list[str], wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "there")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "there")}
    done = subprocess.run(
        [sys.executable, *start, "policy", "show", "leap"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("leap: LEAP platform provider\n")


def test_the_script_is_the_program() -> None:
    assert _PROJECT["project"]["scripts"] == {"fwlint": "fwlint.__main__:main"}


def _sections() -> list[tuple[str, str, str]]:
    """The parts of the change log: the version, its day, and what is in it."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [
        re.fullmatch(r"\[(.+?)\](?: - (\d{4}-\d\d-\d\d))?\n(.*)", each, re.DOTALL) for each in parts
    ]
    return [
        (each[1], each[2] or "", each[3].strip()) for each in found if each or pytest.fail(text)
    ]


def test_the_changelog_has_a_section_for_each_release() -> None:
    (unreleased, *released) = _sections()

    assert unreleased[:2] == ("Unreleased", "")
    assert [date.fromisoformat(day) for _, day, _ in released]
    if shutil.which("git") and (ROOT / ".git").exists():
        tags = subprocess.check_output(["git", "-C", str(ROOT), "tag", "--list", "v*"], text=True)
        assert {tag.removeprefix("v") for tag in tags.split()} <= {name for name, *_ in released}


def test_only_a_release_has_the_version_of_one() -> None:
    (_, _, unreleased), (newest, day, _), *_ = _sections()

    assert day >= linter.POLICIES or unreleased
    if not unreleased:
        assert linter.__version__ == newest
    else:
        number, _, end = linter.__version__.partition(".dev")
        assert end == "0", (
            "CHANGELOG.md has entries under [Unreleased]: `__version__` in linter/__init__.py is "
            'the next release with `.dev0` behind it (see "To release" in CONTRIBUTING.md)'
        )
        assert [*map(int, number.split("."))] > [*map(int, newest.split("."))]


def test_the_policies_are_no_younger_than_is_said() -> None:
    folder = ROOT / "policies" / "products"
    days = [
        day
        for path in folder.glob("*.yaml")
        for day in re.findall(r"^  date: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    if shutil.which("git") and (ROOT / ".git").exists():
        # Of a clone without history this is the day of its one commit, which tells nothing.
        log = ["git", "-C", str(ROOT), "log", "-1", "--format=%as", "--", f"{folder}/*.yaml"]
        shallow = ["git", "-C", str(ROOT), "rev-parse", "--is-shallow-repository"]
        is_whole = subprocess.check_output(shallow, text=True).strip() == "false"
        days += subprocess.check_output(log, text=True).split() if is_whole else []
        changed = ["git", "-C", str(ROOT), "status", "--porcelain", "--", f"{folder}/*.yaml"]
        days += [f"{datetime.now(UTC):%Y-%m-%d}"] if subprocess.check_output(changed) else []

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", linter.POLICIES)
    assert max(days) <= linter.POLICIES, "linter.POLICIES is the day of their last change"

"""What CONTRIBUTING.md says of the files of the project."""

from pathlib import Path

from tests import ROOT

MOST_LINES = 400


def _modules() -> list[Path]:
    folders = [path.parent for path in ROOT.glob("*/__init__.py")]
    return sorted([*ROOT.glob("*.py"), *(one for each in folders for one in each.rglob("*.py"))])


def test_every_file_is_under_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): _length(path) for path in _modules()}

    assert len(lengths) > 500
    assert {name: length for name, length in lengths.items() if length >= MOST_LINES} == {}


def _length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())

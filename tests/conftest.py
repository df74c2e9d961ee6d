"""Options and fixtures of all tests."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import linter

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
_LONGEST = tuple(Path(__file__).parent / name for name in ("oracles", "lost"))
"""What begins first: a long test at the end would keep one core busy and the others waiting."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the outputs that golden tests expect"
    )
    parser.addoption(
        "--long", action="store_true", help="run the long differential and fuzz tests too"
    )
    parser.addoption(
        "--first", type=int, default=10_000, help="the first seed of the long tests of oracles"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: only runs with --long")
    config.addinivalue_line("markers", "kernel: asks the Linux kernel; needs root and nft")
    # The small profile always tries the same examples, so that a failure is the change's own.
    settings.register_profile(
        "small", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_SLOW
    )
    settings.register_profile("long", max_examples=3000, deadline=None, suppress_health_check=_SLOW)
    settings.load_profile("long" if config.getoption("--long") else "small")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = _longest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="long: runs with --long"))


def _longest_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests in an order in which each worker begins with some of the longest ones.

    pytest-xdist gives each of them an equal stretch of the list to begin with (`worksteal`).
    """
    is_long = [any(map(item.path.is_relative_to, _LONGEST)) for item in items]
    longest, others = (
        [item for item, its in zip(items, is_long, strict=True) if its is wanted]
        for wanted in (True, False)
    )
    return [
        item
        for number in range(workers)
        for several in (longest, others)
        for item in _stretch(several, number, workers)
    ]


def _stretch(items: Sequence[pytest.Item], number: int, of: int) -> Sequence[pytest.Item]:
    return items[len(items) * number // of : len(items) * (number + 1) // of]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each comparison has counted; here, so that runs on several cores do it too."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "counted":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")


@pytest.fixture
def first(request: pytest.FixtureRequest) -> int:
    """The first seed of a long test: another one asks about other rule sets."""
    number: int = request.config.getoption("--first")
    return number


@pytest.fixture
def golden(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path, str], None]:
    """Compares a whole output with a file, or writes the file with --update-golden.

    The outputs of all versions are said to be of one, so that a release changes no file.
    """
    monkeypatch.setattr(linter, "__version__", "0.1.0")

    def compare(path: Path, actual: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(actual, encoding="utf-8", newline="\n")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""

        assert actual == expected, f"{path} differs: review it with --update-golden"

    return compare

"""The kernel for a whole test session, and the counts of verdicts in pytest's summary."""

from collections.abc import Iterator

import pytest

from tests.kernel.worker import Kernel, NoKernelError


@pytest.fixture(scope="session")
def kernel() -> Iterator[Kernel]:
    """A kernel to ask; tests that need one are skipped, with the reason, where there is none."""
    try:
        started = Kernel.start()
    except NoKernelError as reason:
        pytest.skip(str(reason))
    yield started
    started.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each test has counted."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "kernel":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")

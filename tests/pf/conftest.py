"""The counts of verdicts in pytest's summary."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each test has counted."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "pf":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")

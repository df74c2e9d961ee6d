"""Checks that find, or fail at, what a test wants, in the place of those that there are."""

from collections.abc import Callable, Iterable

import pytest

from flowmodel.finding import Finding
from linter.checks import catalogue
from linter.checks.check import Check
from linter.checks.subject import Subject

Run = Callable[[Subject], Iterable[Finding]]


def plant(monkeypatch: pytest.MonkeyPatch, **runs: Run) -> None:
    """The checks of these ids run so; all others find nothing, but what was not read is told."""
    real = catalogue.load

    def load(check: str) -> Check:
        if check == catalogue.FAILED:
            return real(check)
        run = runs.get(check, lambda _: ())
        return Check(
            check, catalogue.name(check), "error", "Planted.\n\nPage.\n", run, real(check).is_last
        )

    monkeypatch.setattr("linter.checks.catalogue.load", load)

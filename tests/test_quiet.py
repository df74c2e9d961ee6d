"""docs/quiet.md says what the checks report of what tools load by themselves."""

import re

import pytest

from tests import DEFAULTS, ROOT

_PAGE = (ROOT / "docs" / "quiet.md").read_text(encoding="utf-8")
_ROWS = dict(
    re.findall(r"^\| `([a-z0-9-]+)` \| [^|]+ \| ([^|]+ \| [^|]+) \|$", _PAGE, re.MULTILINE)
)
_FINDING = re.compile(r"^\S+: (FW\d+) (critical|error|warning|info)", re.MULTILINE)


def test_every_case_has_a_line() -> None:
    assert sorted(_ROWS) == sorted(each.name for each in DEFAULTS.iterdir())


@pytest.mark.parametrize("case", sorted(_ROWS))
def test_the_line_says_what_is_reported(case: str) -> None:
    found = _FINDING.findall((DEFAULTS / case / "expected.txt").read_text(encoding="utf-8"))
    loud = sorted({f"{check} {level}" for check, level in found if level != "info"})
    notes = sorted({check for check, level in found if level == "info"})

    assert _ROWS[case] == f"{', '.join(loud) or 'none'} | {', '.join(notes) or 'none'}"


def test_each_error_and_each_warning_is_judged() -> None:
    judged = set(re.findall(r"^\*\*(FW\d+)", _PAGE, re.MULTILINE))

    assert judged == {check for row in _ROWS.values() for check in re.findall(r"(FW\d+) \w", row)}

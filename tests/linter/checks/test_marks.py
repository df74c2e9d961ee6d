"""Marks that only the rules themselves set: nothing is left open by what others may have set."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import HTTPS, KEEP, Asking, policy, rules, site

found = Asking("FW101", "FW102", "FW103", "FW104", "FW109")

_SET = "-A FORWARD -s 10.1.8.0/22 -j MARK --set-xmark 0x1/0x1"
_COPIED = "-A FORWARD -j CONNMARK --save-mark --nfmask 0x2 --ctmask 0x2"
_MARKED = "-A FORWARD -m mark --mark {} -j DROP"
_DOUBTFUL = HTTPS.replace("-j", "-m string --string x --algo bm -j")
_TEXT = "-m string --string x --algo bm"


@pytest.mark.parametrize(
    ("filter_rules", "expected"),
    [
        pytest.param(
            (_SET, _MARKED.format("0x1/0x1"), _DOUBTFUL),
            [("FW103", ()), ("FW109", (_TEXT,))],
            id="the rules' own bit",
        ),
        pytest.param(
            (_SET, _MARKED.format("0x3/0x3"), _DOUBTFUL),
            [("FW109", ("mark is not known", _TEXT))],
            id="a bit that others set",
        ),
        pytest.param(
            (_SET, _MARKED.format("0x1"), _DOUBTFUL),
            [("FW109", ("mark is not known", _TEXT))],
            id="all bits",
        ),
        pytest.param(
            (_SET, _COPIED, _MARKED.format("0x1/0x1"), _DOUBTFUL),
            [("FW103", ()), ("FW109", ("mark is not known", _TEXT))],
            id="another bit is copied",
        ),
    ],
)
def test_only_bits_that_others_set_leave_a_verdict_open(
    tmp_path: Path, filter_rules: tuple[str, ...], expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    exports = {"edge.rules": rules(KEEP, *filter_rules)}
    findings = found(tmp_path, policy(), site(), exports)

    assert sorted((each.check, each.reasons) for each in findings) == expected

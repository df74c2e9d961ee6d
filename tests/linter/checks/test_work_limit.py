"""Rules that take more work than the limit: what is undecided is said, and the rest is answered."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from linter.cli import main
from tests.linter.checks.samples import HOST, KEEP_IN, load, policy, rules, site

_LEVELS = 40
_CHAINS = tuple(f":c{level} - [0:0]" for level in range(_LEVELS + 1))
_DICE = "-m statistic --mode random --probability 0.5"
_CALLS = tuple(f"-A c{level} {_DICE} -j c{level + 1}" for level in range(_LEVELS) for _ in range(2))
_HARD = f"-A c{_LEVELS} -p tcp -m tcp --dport 443 -j ACCEPT"


class Said(NamedTuple):
    status: int
    errors: str
    findings: list[tuple[str, str, str]]
    reasons: list[str]


@pytest.fixture
def report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """What is said of a machine whose rules for port 443 are too hard, and those for 53 are not."""
    export = rules(
        *_CHAINS,
        KEEP_IN,
        "-A INPUT -s 10.1.0.0/16 -p udp -m udp --dport 53 -j ACCEPT",
        "-A INPUT -p udp -j DROP",
        "-A INPUT -p tcp -m tcp --dport 443 -j c0",
        *_CALLS,
        _HARD,
    )
    flows = policy("id: https, service: 443/tcp", "id: dns, service: 53/udp")
    load(tmp_path, flows, site(HOST), {"web.rules": export})
    monkeypatch.chdir(tmp_path)

    status = main(["check", "--work-limit", "0.3", "-o", "json"])

    said = capsys.readouterr()
    found = json.loads(said.out)["findings"]
    return Said(
        status,
        said.err,
        [(each["check"], each["flow"], each["certainty"]) for each in found],
        [reason for each in found for reason in each["reasons"]],
    )


def test_the_flow_that_is_too_hard_is_undecided_and_the_other_one_is_decided(report: Said) -> None:
    findings = [each for each in report.findings if each[0].startswith("FW10")]

    assert findings == [("FW109", "shop.https", "possible")]


def test_nobody_is_told_that_nothing_else_is_open(report: Said) -> None:
    assert report.status == 2
    assert "too complex to decide: what is open on web" in report.errors


def test_the_limit_is_named(report: Said) -> None:
    assert any("s of work" in reason for reason in report.reasons)

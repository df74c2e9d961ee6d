"""What several checks say of one rule: the one that says most is told, and none is lost by it."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.engine.site.attachment import attached
from tests.linter.checks.samples import EDGE, KEEP, chains, load, policy, rules, site

_CHECKS = ("FW201", "FW205", "FW215", "FW306", "FW510")
_TODAY = date(2026, 11, 20)
_INSIDE = EDGE.replace("wan0: internet, ", "")
"""It lists no interface to the internet, so that strangers come by one that nobody named."""
_ALL = rules(KEEP, "-A FORWARD -j ACCEPT")
_SHARED = rules(*chains("all"), "-A INPUT -j all", "-A FORWARD -j all", "-A all -j ACCEPT")
_BY_DEFAULT = rules(KEEP, forward="ACCEPT")
_MYSQL = rules(KEEP, "-A FORWARD -p tcp -m tcp --dport 3306 -j ACCEPT")
_TO_WEB = "{finding: FW201, to: 192.0.2.10, because: tests, until: 2026-12-31}"
_ALL_OF_IT = "{finding: FW201, because: tests, until: 2026-12-31}"
_TO_WEB_205 = "{finding: FW205, to: 192.0.2.10, because: tests, until: 2026-12-31}"


class Case(NamedTuple):
    """A firewall with its rules, what the site accepts, and what is told all the same."""

    device: str
    export: str
    expected: list[str]
    accepted: str = ""


# What is open to a role and to others is told twice: it is of other packets each time, and whoever
# accepts the one has not accepted the other.
_CASES = {
    "all to everybody, from strangers": Case(EDGE, _ALL, ["FW201 critical through"]),
    "all to a role from inside, and to others from strangers": Case(
        _INSIDE, _ALL, ["FW201 critical through"]
    ),
    "that is open on the firewall too": Case(
        _INSIDE, _SHARED, ["FW201 critical on", "FW201 critical through"]
    ),
    "of which what goes to the role is accepted": Case(
        EDGE, _ALL, ["FW201 critical through"], _TO_WEB
    ),
    "and what goes to the role is accepted, from inside": Case(
        _INSIDE, _ALL, ["FW201 critical through"], _TO_WEB
    ),
    "of which all is accepted": Case(EDGE, _ALL, [], _ALL_OF_IT),
    "all of it from inside": Case(_INSIDE, _ALL, [], _ALL_OF_IT),
    "by default": Case(EDGE, _BY_DEFAULT, ["FW201 critical through"]),
    "by default, and to the role accepted": Case(EDGE, _BY_DEFAULT, ["FW306 error on"], _TO_WEB),
    "by default, and accepted": Case(EDGE, _BY_DEFAULT, [], _ALL_OF_IT),
    "a service to the role, and to others": Case(
        EDGE, _MYSQL, ["FW205 error through", "FW215 error through"]
    ),
    "of which the role's is accepted": Case(EDGE, _MYSQL, ["FW215 error through"], _TO_WEB_205),
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_one_finding_tells_the_most_of_a_rule(case: Case, tmp_path: Path) -> None:
    accept = f"accept:\n  - {case.accepted}\n" if case.accepted else ""
    loaded = load(tmp_path, policy(), site(case.device, more=accept), {"edge.rules": case.export})
    there = attached(loaded, read(loaded).rulesets)

    outcome = evaluate(there.site, there.rulesets, asked=_CHECKS.__contains__, today=_TODAY)

    told = [f"{each.check} {each.level} {_way(each.message)}" for each in outcome.findings]
    assert sorted(told) == case.expected


def _way(message: str) -> str:
    words = message.split()
    return "through" if "through" in words else "on"

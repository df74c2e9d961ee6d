"""FW310: rules whose last day is over."""

from pathlib import Path

import pytest

from tests.linter.checks.bare import findings
from tests.linter.checks.samples import rules

_TODAY = "2026-11-20"
_TABLE = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {} tcp dport 3389 accept
  }}
}}
"""
_JSON = """\
{{"nftables": [
{{"table": {{"family": "inet", "name": "filter"}}}},
{{"chain": {{"family": "inet", "table": "filter", "name": "input", "type": "filter",
"hook": "input", "prio": 0, "policy": "drop"}}}},
{{"rule": {{"family": "inet", "table": "filter", "chain": "input", "expr": [
{{"match": {{"op": "{}", "left": {{"meta": {{"key": "time"}}}}, "right": {}}}}},
{{"accept": null}}]}}}}
]}}
"""


def _time(options: str) -> str:
    return rules(f"-A INPUT -p tcp -m tcp --dport 3389 -m time {options} -j ACCEPT")


def _last_days(folder: Path, text: str) -> list[str]:
    found = findings(folder, "FW310", today=_TODAY, web=text)
    assert all(each.message.endswith(", and today is 2026-11-20") for each in found)
    return [each.message.partition(" was ")[2].partition(",")[0] for each in found]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--datestop 2024-05-31T00:00:00", ["2024-05-31"]),
        ("--datestart 2024-05-01 --datestop 2024-05-31", ["2024-05-31"]),
        ("--datestop 2024", ["2024-01-01"]),
        ("--timestart 08:00 --timestop 18:00 --datestop 2026-11-18T23:59:59", ["2026-11-18"]),
        ("--datestop 2026-11-19T00:00:00", []),
        ("--datestop 2026-11-21T00:00:00", []),
        ("--datestop 2038-01-19T03:14:07", []),
        ("--datestart 2024-05-01", []),
        ("--timestart 08:00 --timestop 18:00", []),
    ],
)
def test_the_extension_time(options: str, expected: list[str], tmp_path: Path) -> None:
    assert _last_days(tmp_path, _time(options)) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('meta time < "2024-06-01 00:00:00"', ["2024-05-31"]),
        ('time < "2024-06-01"', ["2024-05-31"]),
        ('meta time <= "2024-05-31 18:00"', ["2024-05-31"]),
        ('meta time "2024-05-01"-"2024-05-31 12:00:00"', ["2024-05-31"]),
        ('meta time { "2024-05-01"-"2024-05-02", "2024-05-30"-"2024-05-31" }', ["2024-05-31"]),
        ('meta time >= "2024-05-01" meta time <= "2024-05-31"', ["2024-05-31"]),
        ('meta time >= "2024-05-01" meta time <= "2027-05-31"', []),
        ('meta time >= "2024-05-01"', []),
        ('meta time > "2024-05-01"', []),
        ('meta time != "2024-05-01"-"2024-05-31"', []),
        ('meta hour "08:00"-"18:00"', []),
        ("", []),
    ],
)
def test_the_time_in_nftables(statement: str, expected: list[str], tmp_path: Path) -> None:
    assert _last_days(tmp_path, _TABLE.format(statement)) == expected


@pytest.mark.parametrize(
    ("relation", "right", "expected"),
    [
        ("<", '"2024-06-01 00:00:00"', ["2024-05-31"]),
        ("<=", "1717113600", ["2024-05-31"]),
        ("in", '{"range": ["2024-05-01 00:00:00", "2024-05-31 00:00:00"]}', ["2024-05-31"]),
        (">=", '"2024-06-01 00:00:00"', []),
    ],
)
def test_the_time_in_json(relation: str, right: str, expected: list[str], tmp_path: Path) -> None:
    assert _last_days(tmp_path, _JSON.format(relation, right)) == expected

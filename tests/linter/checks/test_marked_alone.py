"""Marked services are asked about alone where it is not known what else is open."""

from pathlib import Path
from typing import NamedTuple

import pytest

from flowmodel.fields import TCP, UDP
from flowmodel.record import replace
from flowmodel.ruleset import Traffic
from flowmodel.site import Service
from flowmodel.values import full
from fwlint.loading import read, site_of
from linter.checks.evaluation import evaluate
from linter.engine.budget import TooComplexError
from linter.engine.device.asked import Asked
from linter.engine.device.exposed import Machine
from linter.engine.device.wanted import Wanted

_CHECKS = frozenset({"FW201", "FW215"})
_HEAD = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
_NAT = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n{}\nCOMMIT\n"
_TO_SSH = "-A PREROUTING -i eth0 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 10.0.0.5:22"
_FROM_SSH = "-A PREROUTING -i eth0 -p tcp -m tcp --dport 22 -j DNAT --to-destination 10.0.0.5:2222"
_BUT_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j DROP"
_MYSQL = "-p tcp -m tcp --dport 3306 -j ACCEPT"
_WHY = "IPv4: in the test"


class Said(NamedTuple):
    findings: list[str]
    failures: list[str]


def _rules(*rules: str, nat: str = "") -> str:
    filtering = "\n".join((f"{_HEAD}-A INPUT -i lo -j ACCEPT", *rules, "COMMIT", ""))
    return _NAT.format(nat) + filtering if nat else filtering


def _said(
    folder: Path,
    text: str,
    *,
    opens: bool = False,
    checks: frozenset[str],
    unmarked: tuple[Service, ...] = (),
) -> Said:
    (folder / "box.rules").write_text(text, encoding="utf-8")
    site = site_of([str(folder / "box.rules")], has_ipv6=False)
    site = replace(site, unmarked=unmarked)
    outcome = evaluate(site, read(site).rulesets, asked=checks.__contains__, opens=opens)
    return Said(
        [f"{each.check} {each.certainty}: {each.message}" for each in outcome.findings],
        [each.error.message for each in outcome.failed],
    )


def _undecided(way: str = "on") -> str:
    return f"too complex to decide: what is open {way} box.rules ({_WHY})"


@pytest.fixture
def hard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that are too hard to be asked about all packets."""
    asked = Machine.asked

    def some(self: Machine, traffic: Traffic, wanted: Wanted | None = None) -> Asked:
        if wanted is None:
            raise TooComplexError("in the test")
        return asked(self, traffic, wanted)

    monkeypatch.setattr(Machine, "asked", some)


_DECIDED = {
    "one service": (f"-A INPUT {_MYSQL}", ""),
    "another service": ("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT", ""),
    "what nobody outside reaches": (f"-A INPUT -s 10.0.0.0/8 {_MYSQL}", ""),
    "a service that the rules perhaps let in": (
        f"-A INPUT -m string --string x --algo bm {_MYSQL}",
        "",
    ),
    "one from everywhere but a network": (f"-A INPUT ! -s 192.0.2.0/24 {_MYSQL}", ""),
    "all ports but one": ("-A INPUT -p tcp -m tcp ! --dport 22 -j ACCEPT", ""),
    "all ports": ("-A INPUT -p tcp -j ACCEPT", ""),
    "every marked service": ("-A INPUT -p tcp -j ACCEPT\n-A INPUT -p udp -j ACCEPT", ""),
    "all ports of UDP from one": ("-A INPUT -p udp -m udp --sport 53 -j ACCEPT", ""),
    "some to a private address behind it": (f"-A FORWARD -d 10.0.0.5/32 {_MYSQL}", ""),
    "some to a public address behind it": (f"-A FORWARD -d 198.51.100.5/32 {_MYSQL}", ""),
    "a port that is sent to a service": ("-A FORWARD -d 10.0.0.5/32 -j ACCEPT", _TO_SSH),
    "the same, which the rules do not let through": (f"-A FORWARD {_MYSQL}", _TO_SSH),
    "a service that is sent to another port": ("-A FORWARD -d 10.0.0.5/32 -j ACCEPT", _FROM_SSH),
}


@pytest.mark.usefixtures("hard")
@pytest.mark.parametrize(("rule", "nat"), _DECIDED.values(), ids=_DECIDED)
def test_single_services_are_found_as_in_the_whole_table(
    rule: str, nat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _said(tmp_path, _rules(rule, nat=nat), checks=_CHECKS)
    monkeypatch.undo()

    assert alone == _said(tmp_path, _rules(rule, nat=nat), checks=_CHECKS)
    assert alone.failures == []


_OPEN = {
    "everything": "-A INPUT -i eth0 -j ACCEPT",
    "everything from a half of the internet": "-A INPUT -s 128.0.0.0/1 -j ACCEPT",
    "everything by a default policy": ":INPUT ACCEPT [0:0]",
    "what a default policy leaves": f":INPUT ACCEPT [0:0]\n{_BUT_SSH}",
    "everything to many addresses, one protocol of it to others too": (
        "-A INPUT -p udp -j ACCEPT\n-A INPUT -d 224.0.0.0/4 -j ACCEPT"
    ),
    "everything, one service of it by another rule": f"-A INPUT {_MYSQL}\n-A INPUT -j ACCEPT",
}


@pytest.mark.usefixtures("hard")
@pytest.mark.parametrize("rule", _OPEN.values(), ids=_OPEN)
def test_what_may_be_everything_stays_undecided(rule: str, tmp_path: Path) -> None:
    assert _said(tmp_path, _rules(rule), checks=_CHECKS) == ([], [_undecided()])


@pytest.mark.usefixtures("hard")
def test_a_table_that_is_to_be_told_is_undecided_beside_findings(tmp_path: Path) -> None:
    said = _said(tmp_path, _rules(f"-A INPUT {_MYSQL}"), opens=True, checks=_CHECKS)

    assert said == (
        ["FW215 certain: tcp 3306 (MySQL) is open on box.rules to any address"],
        [_undecided(), _undecided("through")],
    )


@pytest.mark.usefixtures("hard")
def test_without_checks_that_judge_them_no_services_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may_pass(*_: object) -> bool:
        raise AssertionError("asked")

    monkeypatch.setattr(Machine, "may_pass", may_pass)

    said = _said(tmp_path, _rules(f"-A INPUT {_MYSQL}"), opens=True, checks=frozenset())

    assert said.failures == [_undecided(), _undecided("through")]


def test_of_many_rules_no_table_is_made_where_strangers_reach_nothing_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> Asked:
        raise AssertionError("asked")

    monkeypatch.setattr(Machine, "asked", asked)
    rules = [
        f"-A FORWARD -d 172.16.{number}.0/24 -p tcp -m tcp --dport 22 -j ACCEPT"
        for number in range(150)
    ]

    for nat in ("", _FROM_SSH):
        assert _said(tmp_path, _rules(*rules, nat=nat), checks=_CHECKS) == ([], [])


_UDP = Service(UDP, full(16), "1-65535/udp")
_TCP = Service(TCP, full(16), "1-65535/tcp")


@pytest.mark.parametrize("unmarked", [(), (_UDP,), (_TCP, _UDP)], ids=["known", "TCP", "none"])
@pytest.mark.parametrize(
    "rule",
    [
        "-A INPUT ! -p tcp -d 224.0.0.0/4 -j ACCEPT",
        "-A INPUT ! -p tcp -m addrtype --dst-type BROADCAST -j ACCEPT",
        "-A INPUT -j ACCEPT",
        "-A INPUT -s 10.0.0.0/8 -j ACCEPT",
    ],
)
def test_whatever_is_marked_everything_is_told_as_beside_the_table(
    rule: str, unmarked: tuple[Service, ...], tmp_path: Path
) -> None:
    alone, beside = (
        _said(tmp_path, _rules(rule), opens=opens, checks=_CHECKS, unmarked=unmarked)
        for opens in (False, True)
    )

    assert alone == beside
    assert bool(alone.findings) is ("-s" not in rule)

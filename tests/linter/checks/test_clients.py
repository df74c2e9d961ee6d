"""Answers and first packets that only clients with some source ports have: FW104 and FW103."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import HTTPS, KEEP, Asking, lines, load, policy, rules, site
from tests.linter.engine.device.test_stateless_sides import _FROM, _KEEP, _NONE, _TO, _case, _Rules

found = Asking("FW103", "FW104")

_NOTRACK = "-A PREROUTING -j CT --notrack"
_BACK = "-A FORWARD -s 192.0.2.10/32 -d 10.1.0.0/16 -p tcp -m tcp --sport 443"


def _of(findings: list[Finding], check: str) -> list[str]:
    return lines([each for each in findings if each.check == check])


def _ports(ports: str, number: int) -> str:
    """FW104 about these client ports, with a packet from one of them."""
    level = "warning" if number < 32768 else "error"
    return (
        f"edge.rules:3: FW104 {level}: replies to shop.https (443/tcp) from users "
        f"to web are blocked on edge for clients with source ports {ports} [reply "
        f"to tcp 10.1.0.7:{number} > 192.0.2.10:443 in lan0 out dmz0]"
    )


@pytest.mark.parametrize(
    ("permitted", "expected"),
    [
        pytest.param("", [], id="all"),
        pytest.param("--dport 1024:65535", [], id="what any client may use"),
        pytest.param("--dport 1023:65534", [_ports("65535", 65535)], id="all but the last"),
        pytest.param("--dport 10000:65535", [_ports("1024-9999", 1024)], id="FreeBSD"),
        pytest.param("--dport 32768:65535", [_ports("1024-32767", 1024)], id="Linux, Windows"),
        pytest.param(
            "--dport 32768:60999", [_ports("1024-32767, 61000-65535", 61000)], id="Linux alone"
        ),
        pytest.param("--dport 49152:65535", [_ports("1024-49151", 40000)], id="Windows alone"),
    ],
)
def test_answers_must_reach_each_port_that_a_client_may_use(
    tmp_path: Path, permitted: str, expected: list[str]
) -> None:
    exports = {"edge.rules": rules(HTTPS, f"{_BACK} {permitted} -j ACCEPT", raw=_NOTRACK)}

    assert _of(found(tmp_path, policy(), site(), exports), "FW104") == expected


@pytest.mark.parametrize(
    ("permitted", "expected"),
    [
        pytest.param("--sport 1024:65535", [], id="what any client may use"),
        pytest.param(
            "--sport 32768:65535",
            [("warning: required flow shop.https (443/tcp) from users to web is blocked")],
            id="the common ones",
        ),
        pytest.param(
            "--sport 1024:32767",
            ["error: required flow shop.https (443/tcp) from users to web is blocked"],
            id="the others",
        ),
        pytest.param(
            "-s 10.1.8.0/22 --sport 32768:65535",
            [
                (
                    "error: required flow shop.https (443/tcp) from users to web is "
                    "blocked for some of its addresses"
                )
            ],
            id="some addresses too",
        ),
    ],
)
def test_a_rule_for_some_source_ports_says_which(
    tmp_path: Path, permitted: str, expected: list[str]
) -> None:
    rule = f"-A FORWARD -d 192.0.2.10/32 -p tcp --dport 443 {permitted} -j ACCEPT"
    exports = {"edge.rules": rules(KEEP, rule)}

    actual = _of(found(tmp_path, policy(), site(), exports), "FW103")
    assert [text.split("FW103 ")[1].split(" on edge")[0] for text in actual] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("--tcp-flags SYN,ACK SYN,ACK", "reply (ack) to", id="only the first reply"),
        pytest.param("! --tcp-flags SYN,ACK SYN,ACK", "reply to", id="all but the first"),
        pytest.param("! --tcp-flags FIN FIN", "reply (fin, ack) to", id="all but the last"),
    ],
)
def test_the_packet_that_is_blocked_is_told(tmp_path: Path, answer: str, expected: str) -> None:
    exports = {"edge.rules": rules(HTTPS, f"{_BACK} {answer} -j ACCEPT", raw=_NOTRACK)}
    (text,) = _of(found(tmp_path, policy(), site(), exports), "FW104")

    assert text.split("[")[1] == (
        f"{expected} tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
    )


def test_an_answer_of_any_kind_may_be_permitted_by_a_rule_of_its_own(tmp_path: Path) -> None:
    kinds = [
        f"{_BACK} {flags} -j ACCEPT"
        for flags in ("--tcp-flags SYN,ACK SYN,ACK", "--tcp-flags SYN,ACK ACK")
    ]
    exports = {"edge.rules": rules(HTTPS, *kinds, raw=_NOTRACK)}

    assert _of(found(tmp_path, policy(), site(), exports), "FW104") == []


_OWN = "add rules for the later packets of the connection on edge, in {}: "
_UNTRACKED = _OWN + "this connection is not tracked"


@pytest.mark.parametrize(
    ("arriving", "leaving", "remedies"),
    [
        pytest.param(((_TO, _KEEP),), ((_TO, _KEEP),), [], id="state on both sides"),
        pytest.param(
            ((_TO, _NONE),), ((_TO, _KEEP),), [_UNTRACKED.format("out")], id="none on arrival"
        ),
        pytest.param(
            ((_TO, _KEEP),), ((_TO, _NONE),), [_UNTRACKED.format("in")], id="none on leaving"
        ),
        pytest.param(
            ((_TO, _KEEP), (_FROM, _NONE)), ((_TO, _NONE),), [], id="answers have a rule to arrive"
        ),
    ],
)
def test_a_side_without_state_needs_rules_for_answers(
    tmp_path: Path, arriving: _Rules, leaving: _Rules, remedies: list[str]
) -> None:
    loaded = load(tmp_path, policy(), site(), {"edge.rules": ""})
    findings = found.of(loaded, {"edge": _case(arriving, leaving).rulesets})
    answers = [each for each in findings if each.check == "FW104"]

    assert [each.remedy for each in answers] == remedies
    assert all(each.certainty == "certain" for each in answers)

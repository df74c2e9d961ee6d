"""Translations that send what is for one role to another role's machine."""

import re
from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import EXPOSURE, KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED, *EXPOSURE)

_EDGE = "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, dmz0: dmz, lab0: lab}}"
_NETWORKS = "{dmz: 10.2.0.0/24, lab: 10.3.0.0/24}"
_WEB, _DB, _P = "10.2.0.11", "10.3.0.11", "203.0.113.10"
_MAY = "id: https, from: internet, service: 443/tcp, need: may"
_DNAT = "-A PREROUTING -d {}/32 -p tcp -m tcp --dport {} -j DNAT --to-destination {}"
_ALL = f"-A PREROUTING -d {_P}/32 -j DNAT --to-destination {{}}"
_SENT_ON = "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT"


def _asked(
    tmp_path: Path, flows: tuple[str, ...], nat: str, bind: str = "", more: str = ""
) -> list[Finding]:
    bind = bind or f"{{web: {{address: {_WEB}, public: {_P}}}, db: {_DB}}}"
    text = site(_EDGE, networks=_NETWORKS, bind=bind, more=more)
    return found(tmp_path, policy(*flows), text, {"edge.rules": rules(KEEP, _SENT_ON, nat=nat)})


_DB_TOO = "id: db, from: internet, to: db, service: 443/tcp, need: may"


@pytest.mark.parametrize(
    ("nat", "flows", "expected"),
    [
        (_DNAT.format(_P, 443, _WEB), (_MAY,), []),
        (_DNAT.format(_P, 443, _DB), (_MAY,), ["443/tcp on db"]),
        (_DNAT.format(_P, 443, f"{_DB}:22"), (_MAY,), ["443/tcp on db"]),
        (_ALL.format(_DB), (_MAY,), ["every service on db"]),
        (_DNAT.format(_P, 443, _DB), (_MAY, _DB_TOO), []),
        (_DNAT.format(_P, 8443, f"{_DB}:443"), (_MAY, _DB_TOO), ["8443/tcp on db"]),
        (_DNAT.format(_P, 443, f"{_DB}:22"), (_MAY, _DB_TOO), ["443/tcp on db"]),
    ],
    ids=[
        "to its own machine",
        "to the database",
        "to another port of it",
        "all ports",
        "permitted there too",
        "permitted there under another port",
        "permitted there at another port",
    ],
)
def test_what_is_permitted_at_one_machine_is_open_at_another(
    nat: str, flows: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    findings = [each for each in _asked(tmp_path, flows, nat) if each.check != "FW208"]

    assert [_what(each) for each in findings] == expected
    for each in findings:
        assert each.certainty == "certain"
        assert each.witness.endswith(" out lab0")


def _what(finding: Finding) -> str:
    return re.split(" (is|are) open ", finding.message)[0]


@pytest.mark.parametrize(
    ("web", "nat", "expected"),
    [
        (_P, _DNAT.format(_P, 443, _WEB), []),
        (_P, _DNAT.format(_P, 443, _DB), ["443/tcp on db"]),
        (_P, _DNAT.format(_P, 53, _DB), []),
        ("203.0.113.11", _DNAT.format("203.0.113.11", 53, _DB), []),
    ],
    ids=["each its own", "the web port to the database", "its own port", "by the other address"],
)
def test_two_roles_may_share_an_address_and_not_their_ports(
    web: str, nat: str, expected: list[str], tmp_path: Path
) -> None:
    bind = f"{{web: {{address: {_WEB}, public: {web}}}, db: {{address: {_DB}, public: {_P}}}}}"
    flows = (_MAY, "id: dns, from: internet, to: db, service: 53/tcp, need: may")

    findings = [each for each in _asked(tmp_path, flows, nat, bind) if each.check != "FW208"]

    assert [_what(each) for each in findings] == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [("shop.web", ["443/tcp on db"]), (_P, [])],
    ids=["the role", "the address"],
)
def test_an_address_in_a_flow_means_whatever_machine_is_behind_it(
    to: str, expected: list[str], tmp_path: Path
) -> None:
    more = f"""
        allow:
          - {{id: in, from: internet, to: {to}, service: 443/tcp, need: may}}
        """
    flows = (_MAY.replace("443", "8443"),)

    findings = _asked(tmp_path, flows, _DNAT.format(_P, 443, _DB), more=more)

    assert [_what(each) for each in findings if each.check != "FW208"] == expected


_NEVER = "id: never, from: any, service: 443/tcp, need: never"


@pytest.mark.parametrize(
    ("to", "expected"),
    [(_WEB, {"FW212"}), (_DB, {"FW205"})],
    ids=["its own machine", "the database"],
)
def test_what_is_forbidden_at_one_machine_is_open_at_another(
    to: str, expected: set[str], tmp_path: Path
) -> None:
    findings = _asked(tmp_path, (_NEVER,), _DNAT.format(_P, 443, to))

    assert {each.check for each in findings} & {"FW205", "FW212"} == expected

"""Which of several devices on the way is said to lead a required flow astray: who does it."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import EDGE, KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_WEB, _TWIN, _PUBLIC = "192.0.2.10", "192.0.2.11", "203.0.113.5"
_LET_ON = KEEP, "-A FORWARD -p tcp --dport 443 -j ACCEPT"
_LET_ALL = KEEP, "-A FORWARD -p tcp -j ACCEPT"
_OTHERS = f"-A PREROUTING -d {_WEB} -p tcp --dport 22 -j DNAT --to-destination {_WEB}:2222"
_TWO_WAYS = (
    "one: {config: one.rules, ipv6: no, interfaces: {lan0: office, a0: a, b0: b}}",
    "two: {config: two.rules, ipv6: no, interfaces: {a0: a, b0: b, dmz0: dmz}}",
)
_IN_A_ROW = (
    "one: {config: one.rules, ipv6: no, interfaces: {wan0: internet, a0: [a, office]}}",
    "two: {config: two.rules, ipv6: no, interfaces: {a0: a, dmz0: dmz}}",
)
_NETWORKS = "{office: 10.1.0.0/16, a: 10.9.0.0/24, b: 10.9.1.0/24, dmz: 192.0.2.0/24}"


def _dnat(address: str, to: str) -> str:
    return f"-A PREROUTING -d {address} -p tcp --dport 443 -j DNAT --to-destination {to}"


def _named(
    tmp_path: Path,
    devices: tuple[str, ...],
    bind: str,
    first: tuple[str, ...] = _LET_ALL,
    **nat: str,
) -> list[str]:
    """The findings in words, where the first router has these rules, and the second lets HTTPS on.

    `nat`: what each of them translates.
    """
    text = site(*devices, networks=_NETWORKS, bind=bind)
    exports = {
        "one.rules": rules(*first, nat=nat.get("one", "")),
        "two.rules": rules(*_LET_ON, nat=nat.get("two", "")),
    }

    actual = found(tmp_path, policy(), text, exports)

    return _told(actual)


def _told(findings: list[Finding]) -> list[str]:
    told = (each for each in findings if each.check != "FW113")
    return [f"{each.device} {each.check} {each.certainty}" for each in told]


@pytest.mark.parametrize("others", ["", _OTHERS], ids=["", "and the second one translates others"])
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (f"{_WEB}:8443", ["one FW103 certain"]),
        (_TWIN, ["one FW103 certain"]),
        (_WEB, []),
    ],
    ids=["to another port", "to its twin", "no-op: to where it was sent"],
)
def test_on_each_of_two_ways(to: str, expected: list[str], others: str, tmp_path: Path) -> None:
    bind = f"{{web: [{_WEB}, {_TWIN}], users: office}}"

    actual = _named(tmp_path, _TWO_WAYS, bind, one=_dnat(_WEB, to), two=others)

    assert actual == expected


@pytest.mark.parametrize("others", ["", _OTHERS], ids=["", "and the second one translates others"])
@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (f"{_WEB}:8443", ["one FW101 certain"]),
        (_TWIN, ["one FW101 certain"]),
        (_WEB, []),
    ],
    ids=["to another port", "to another machine", "no-op: to it"],
)
@pytest.mark.parametrize("first", [_LET_ALL, _LET_ON], ids=["", "and the first one may drop it"])
def test_by_a_public_address(
    to: str, expected: list[str], first: tuple[str, ...], others: str, tmp_path: Path
) -> None:
    bind = f"{{web: {{address: {_WEB}, public: {_PUBLIC}}}, users: internet}}"

    actual = _named(tmp_path, _IN_A_ROW, bind, first, one=_dnat(_PUBLIC, to), two=others)

    assert actual == expected


@pytest.mark.parametrize(
    ("users", "expected"),
    [("dmz", []), (_WEB, []), ("192.0.2.77", ["edge FW104 certain"])],
    ids=["their network", "a machine of it", "no-op: an address that no machine is known to have"],
)
def test_neighbours_need_no_router(users: str, expected: list[str], tmp_path: Path) -> None:
    address = _WEB if users == "dmz" else users
    bind = f"{{web: {_WEB}, db: 192.0.2.20, users: {users}}}"
    flow = "id: out, from: db, to: users, service: 443/tcp"
    exports = {"edge.rules": rules(*_LET_ALL, nat=_dnat(address, "192.0.2.30"))}

    actual = found(tmp_path, policy(flow), site(EDGE, bind=bind), exports)

    assert _told(actual) == expected

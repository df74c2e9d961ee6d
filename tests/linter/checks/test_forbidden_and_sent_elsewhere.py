"""Forbidden packets that a translation sends to another place than the flow's: it is not that."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    Asking,
    policy,
    rules,
    site,
)

found = Asking(*EXPOSURE)

_PUBLIC, _DB = "203.0.113.10", "10.1.0.20"
_BIND = f"{{web: {{address: 192.0.2.10, public: {_PUBLIC}}}, db: {_DB}, users: office}}"
_OUTWARD = "id: never, from: web, to: internet, service: 443/tcp, need: never"
_INWARD = "id: never, service: 443/tcp, need: never"
_LET = (
    "-A FORWARD -s {} -p tcp -m conntrack --ctorigdst {} -m conntrack --ctorigdstport 443 -j ACCEPT"
)


def _found(flow: str, source: str, address: str, to: str, tmp_path: Path) -> set[str]:
    """What is said of packets from there to the address, which the router translates."""
    nat = f"-A PREROUTING -d {address}/32 -p tcp --dport 443 -j DNAT --to-destination {to}"
    export = rules(KEEP, _LET.format(source, address), nat=nat if to else "")

    actual = found(tmp_path, policy(flow), site(EDGE, bind=_BIND), {"edge.rules": export})

    return {f"{each.check} {each.certainty}" for each in actual if each.check != "FW208"}


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (_DB, {"FW205 certain"}),
        ("192.0.2.10", set()),
        ("10.1.0.77", set()),
        ("9.9.9.9", {"FW212 certain"}),
    ],
    ids=[
        "to another role",
        "to itself",
        "to somebody inside",
        "no-op: to somebody outside",
    ],
)
@pytest.mark.parametrize("address", [_PUBLIC, "8.8.8.8"], ids=["its own public one", "another"])
def test_what_comes_back_inside_is_not_sent_to_the_internet(
    address: str, to: str, expected: set[str], tmp_path: Path
) -> None:
    assert _found(_OUTWARD, "192.0.2.10/32", address, to, tmp_path) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (_DB, {"FW205 certain"}),
        ("192.0.2.99", {"FW212 possible"}),
        ("192.0.2.10:8443", {"FW212 certain"}),
        ("", {"FW212 certain"}),
    ],
    ids=[
        "to another role",
        "to an address that nobody knows",
        "no-op: to another port of it",
        "no-op: to where it was sent",
    ],
)
def test_what_a_router_sends_to_others_is_not_sent_to_a_role(
    to: str, expected: set[str], tmp_path: Path
) -> None:
    assert _found(_INWARD, "10.1.0.0/16", "192.0.2.10", to, tmp_path) == expected


@pytest.mark.parametrize(
    ("flow", "check"),
    [(_INWARD, "FW212"), ("id: ssh, service: 22/tcp, need: may", "FW205")],
    ids=["forbidden", "no flow's"],
)
@pytest.mark.parametrize(
    ("to", "is_open"),
    [(_DB, False), ("192.0.2.99", False), ("192.0.2.10", True)],
    ids=["to another role", "to an address that nobody knows", "no-op: to where it was sent"],
)
def test_a_machine_opens_nothing_that_a_router_sends_to_others(
    to: str, is_open: bool, flow: str, check: str, tmp_path: Path
) -> None:
    nat = f"-A PREROUTING -d 192.0.2.10 -p tcp --dport 443 -j DNAT --to-destination {to}"
    exports = {
        "edge.rules": rules(KEEP, "-A FORWARD -i lan0 -p tcp --dport 443 -j ACCEPT", nat=nat),
        "web.rules": rules(KEEP_IN, HTTPS_IN),
    }

    actual = found(tmp_path, policy(flow), site(EDGE, HOST, bind=_BIND), exports)

    assert [each.check for each in actual if each.device == "web"] == [check] * is_open

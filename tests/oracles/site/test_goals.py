"""Where a connection has to come out for a finding to be true."""

from ipaddress import IPv4Address

import pytest

from tests.oracles.site.findings import Finding
from tests.oracles.site.goals import is_opened
from tests.oracles.site.groups import Outcome
from tests.oracles.site.plan import (
    INTERNET,
    End,
    Firewall,
    Flow,
    Forward,
    Machine,
    Plan,
    Query,
    Service,
)

_WEB, _TWIN, _PEER = (IPv4Address(f"192.0.2.{number}") for number in (10, 11, 77))
_HTTPS = Service("tcp", 443)
_HANDS_ON = Forward(_WEB, _TWIN, "tcp", 443)


def _plan(*forwards: Forward, never: str = "web") -> Plan:
    machines = (
        Machine("web1", "dmz", (_WEB,), ("web",)),
        Machine("web2", "dmz", (_TWIN,), ("web",)),
        Machine("peer1", "dmz", (_PEER,)),
    )
    outside = End("clients", is_internet=True)
    target = outside if never == INTERNET else End("web", ("web1", "web2"))
    flow = Flow("f0", outside, target, (_HTTPS,), need="never")
    firewalls = (
        Firewall("edge", "nft"),
        Firewall("web1-host", "nft", "web1", forwards=forwards),
    )
    return Plan(0, (), machines, (), ("web",), (), (flow,), (), (), firewalls)


def _finding(check: str, device: str) -> Finding:
    flow = "p.f0" if check == "FW212" else ""
    return Finding(check, True, "error", device, flow, "", None, (), False, "", "", ())


@pytest.mark.parametrize(
    ("check", "device", "machine", "forwards", "expected"),
    [
        ("FW205", "web1-host", "web1", (), True),
        ("FW205", "web1-host", "web2", (), False),
        ("FW205", "web1-host", "web2", (_HANDS_ON,), True),
        ("FW205", "edge", "web2", (), True),
        ("FW205", "edge", "peer1", (), False),
        ("FW201", "edge", "peer1", (), True),
        ("FW205", "edge", "", (), False),
        ("FW212", "edge", "web2", (), True),
        ("FW212", "edge", "peer1", (), False),
    ],
)
def test_what_is_open_gets_to_a_machine_that_it_is_open_on(
    check: str, device: str, machine: str, forwards: tuple[Forward, ...], expected: bool
) -> None:
    query = Query(IPv4Address("8.8.8.7"), _WEB, _HTTPS)
    outcome = Outcome(works=bool(machine), machine=machine, port=443)

    actual = is_opened(_plan(*forwards), _finding(check, device), query, outcome)

    assert actual is expected


@pytest.mark.parametrize(("machine", "expected"), [(INTERNET, True), ("peer1", False)])
def test_what_is_forbidden_outside_gets_there(machine: str, expected: bool) -> None:
    query = Query(_WEB, IPv4Address("8.8.8.7"), _HTTPS)
    outcome = Outcome(works=True, machine=machine, port=443)

    actual = is_opened(_plan(never=INTERNET), _finding("FW212", "edge"), query, outcome)

    assert actual is expected

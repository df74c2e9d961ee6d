"""What senders inside reach by a machine's public address, which a router translates for all."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    Asking,
    policy,
    rules,
    site,
)

found = Asking(*EXPOSURE)

_PUBLIC, _WEB, _TWIN, _DB = "203.0.113.10", "10.2.0.10", "10.2.0.11", "10.3.0.20"
_INSIDE, _OUTSIDE = "10.1.0.7", "198.51.100.7"
_EDGE = (
    "edge: {config: edge.rules, ipv6: no, "
    "interfaces: {wan0: internet, lan0: office, dmz0: dmz, srv0: srv}}"
)
_NETWORKS = "{office: 10.1.0.0/16, dmz: 10.2.0.0/24, srv: 10.3.0.0/24}"
_TWINS = (
    f"web: {{config: web.rules, host: {{role: shop.web, address: {_WEB}}}, ipv6: no}}",
    f"twin: {{config: twin.rules, host: {{role: shop.web, address: {_TWIN}}}, ipv6: no}}",
)
_ON = "-A FORWARD -p tcp -j ACCEPT"
_IN = HTTPS_IN.replace("-s 10.1.0.0/16 ", "")
_FROM_ALL = policy("id: https, from: internet, service: 443/tcp, need: may")


def _dnat(address: str, to: str, port: int = 443, near: str = "") -> str:
    return (
        f"-A PREROUTING -d {address}/32 {near} -p tcp --dport {port} -j DNAT --to-destination {to}"
    )


def _senders(findings: list[Finding], device: str, to: str, port: int = 443) -> set[str]:
    """Those of the two senders that a device lets through to the address."""
    target = int(IPv4Address(to))
    return {
        sender
        for each in findings
        for box in (each.affected.boxes if each.affected else ())
        for sender in (_INSIDE, _OUTSIDE)
        if each.device == device
        and any(a <= int(IPv4Address(sender)) <= b for a, b in box.sources)
        and any(a <= target <= b for a, b in box.destinations)
        and any(a <= port <= b for a, b in box.destination_ports)
    }


@pytest.mark.parametrize(
    ("near", "goal", "expected"),
    [
        ("", _DB, {_INSIDE, _OUTSIDE}),
        ("-i wan0", _DB, {_OUTSIDE}),
        ("-i lan0", _DB, {_INSIDE}),
        ("", _TWIN, set()),
        ("", "172.17.0.2", set()),
    ],
    ids=[
        "for everybody",
        "for the internet",
        "for the office",
        "no-op: to its twin",
        "no-op: to nobody's",
    ],
)
def test_what_a_machine_hands_on_to_another_role_is_open_to_them(
    near: str, goal: str, expected: set[str], tmp_path: Path
) -> None:
    text = site(
        _EDGE,
        _TWINS[0],
        bind=f"{{web: {{address: [{_WEB}, {_TWIN}], public: {_PUBLIC}}}, db: {_DB}}}",
        networks=_NETWORKS,
    )
    exports = {
        "edge.rules": rules(KEEP, _ON, nat=_dnat(_PUBLIC, _WEB, near=near)),
        "web.rules": rules(KEEP_IN, _IN, KEEP, _ON, nat=_dnat(_WEB, goal)),
    }

    actual = found(tmp_path, _FROM_ALL, text, exports)

    assert _senders(actual, "web", _PUBLIC) == expected


@pytest.mark.parametrize("address", [_PUBLIC, "203.0.113.99"], ids=["its public one", "another"])
@pytest.mark.parametrize(
    ("flow", "check"),
    [
        ("id: ssh, service: 22/tcp, need: may", "FW205"),
        ("id: closed, service: 443/tcp, need: never", "FW212"),
    ],
    ids=["no flow's", "forbidden"],
)
def test_a_machine_opens_nothing_that_comes_to_its_twin(
    flow: str, check: str, address: str, tmp_path: Path
) -> None:
    text = site(
        _EDGE,
        *_TWINS,
        bind=f"{{web: {{address: [{_WEB}, {_TWIN}], public: {_PUBLIC}}}, users: office}}",
        networks=_NETWORKS,
    )
    nat = f"{_dnat(address, _WEB)}\n{_dnat(address, _TWIN, 80)}"
    exports = {
        "edge.rules": rules(KEEP, _ON, nat=nat),
        "web.rules": rules(KEEP_IN, _IN),
        "twin.rules": rules(KEEP_IN, _IN, _IN.replace("443", "80")),
    }

    actual = found(tmp_path, policy(flow), text, exports)

    mine = [each for each in actual if each.check == check]
    assert _INSIDE in _senders(mine, "web", address)
    assert _INSIDE in _senders(actual, "twin", address, 80)
    assert _INSIDE not in _senders(actual, "twin", address)

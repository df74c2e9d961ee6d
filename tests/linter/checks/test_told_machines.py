"""Which of a role's machines it is, as its own addresses tell: a plain list pairs no families."""

import json
from pathlib import Path

import pytest

from flowmodel.addresses import Addresses, together
from flowmodel.site import Device
from flowmodel.source import Span
from fwlint.loading import read
from linter.engine.site.attachment import attached
from linter.engine.site.paths import taken_apart
from policies.addresses import parse_addresses
from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS_IN,
    KEEP_IN,
    REQUIRED,
    Asking,
    load,
    policy,
    rules,
    site,
)
from tests.parsers.iproute.samples import interface

found = Asking(*REQUIRED, *EXPOSURE)

_NETWORKS = '{office: 10.1.0.0/16, dmz: [192.0.2.0/24, "2001:db8::/64"]}'
_FEWER = "192.0.2.10, 192.0.2.20, 2001:db8::20"
_AS_MANY = "192.0.2.10, 192.0.2.20, 2001:db8::10, 2001:db8::20"
_PAIRS = "[192.0.2.10, 2001:db8::10], [192.0.2.20, 2001:db8::20]"
_WEB = "web: {{config: web.rules, host: {}, addresses: [{}]}}"


def _addresses(texts: str) -> Addresses:
    return together(map(parse_addresses, texts.split(", ")))


@pytest.mark.parametrize(
    ("bound", "told", "own", "machines"),
    [
        (_FEWER, "192.0.2.10, 2001:db8::77", "192.0.2.10, 2001:db8::77", []),
        (_FEWER, "192.0.2.10, 2001:db8::20", "192.0.2.10, 2001:db8::20", []),
        (_FEWER, "192.0.2.20", "", ["192.0.2.20, 2001:db8::20", "192.0.2.20"]),
        (_FEWER, "2001:db8::20", "", ["192.0.2.10, 2001:db8::20", "192.0.2.20, 2001:db8::20"]),
        (_FEWER, "2001:db8::77", "", ["192.0.2.10, 2001:db8::77", "192.0.2.20, 2001:db8::77"]),
        (_AS_MANY, "192.0.2.10, 2001:db8::20", "192.0.2.10, 2001:db8::20", []),
        (_AS_MANY, "192.0.2.10", "", ["192.0.2.10, 2001:db8::10", "192.0.2.10, 2001:db8::20"]),
        (_PAIRS, "192.0.2.10", "192.0.2.10, 2001:db8::10", []),
        (
            _PAIRS,
            "192.0.2.10, 2001:db8::77",
            "192.0.2.10, 2001:db8::10, 2001:db8::77",
            [],
        ),
        (_PAIRS, "192.0.2.10, 2001:db8::20", "192.0.2.10, 2001:db8::20", []),
        ("192.0.2.0/24", "192.0.2.10", "192.0.2.10", []),
        ("192.0.2.10", "192.0.2.10, 192.0.2.77", "192.0.2.10, 192.0.2.77", []),
    ],
    ids=[
        "none of the IPv6 addresses",
        "the IPv6 address",
        "IPv6 is not told",
        "IPv4 is not told",
        "another IPv6 address alone",
        "one of each",
        "one of several IPv6 addresses",
        "no-op: a pair that the site names",
        "a part of a pair that the site names",
        "parts of two pairs",
        "one of a network",
        "no-op: one machine",
    ],
)
def test_each_family_tells_by_itself_which_machine_it_is(
    bound: str, told: str, own: str, machines: list[str], tmp_path: Path
) -> None:
    text = site(
        _WEB.format("shop.web", told), bind=f"{{web: [{bound}], users: office}}", networks=_NETWORKS
    )
    loaded = load(tmp_path, policy(), text, {"web.rules": rules(KEEP_IN)})

    (device,) = attached(loaded, read(loaded).rulesets).site.devices

    assert device.machines == tuple(map(_addresses, machines))
    assert device.local == _addresses(told)
    assert not device.foreign & _addresses(told)
    if not machines:
        assert device.own == _addresses(own)


_SHUT = "-A INPUT -d 192.0.2.{}/32 -p tcp -m tcp --dport 8080 -j DROP"
_OPEN = "-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("192.0.2.10, 198.51.100.5, 2001:db8::77", ["certain"]),
        ("192.0.2.10, 198.51.100.5", ["certain"]),
        ("192.0.2.10, 2001:db8::77", []),
        ("", ["possible"]),
    ],
    ids=["all told", "IPv6 is not told", "no-op: no other", "not all told"],
)
def test_what_is_open_at_another_told_address_is_open(
    told: str, expected: list[str], tmp_path: Path
) -> None:
    device = _WEB.format("shop.web", told)
    if not told:
        device = "web: {config: [web.rules, addr.json], host: shop.web}"
    exports = {
        "web.rules": rules(KEEP_IN, HTTPS_IN, _SHUT.format(10), _SHUT.format(20), _OPEN),
        # Without the loopback interface, the list need not be whole.
        "addr.json": json.dumps([interface("eth9", "198.51.100.5/32")]),
    }
    text = site(device, bind=f"{{web: [{_FEWER}], users: office}}", networks=_NETWORKS)

    actual = found(tmp_path, policy(), text, exports)

    assert [each.certainty for each in actual if each.check == "FW205"] == expected


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("{role: shop.web, address: 192.0.2.10}", "192.0.2.20"),
        ("shop.web", "192.0.2.30"),
    ],
    ids=["another machine than the site says", "no machine of the role"],
)
def test_addresses_of_another_machine_are_an_error(host: str, said: str, tmp_path: Path) -> None:
    text = site(
        _WEB.format(host, said), bind=f"{{web: [{_FEWER}], users: office}}", networks=_NETWORKS
    )
    loaded = load(tmp_path, policy(), text, {"web.rules": rules(KEEP_IN)})

    (misplaced,) = attached(loaded, read(loaded).rulesets).misplaced

    assert misplaced.error.message == "device `web` has none of the addresses of shop.web"


_AT = "{0}: {{config: {0}.rules, host: {{role: shop.web, address: 192.0.2.{1}}}}}"
_NO_IPV6 = "a: {config: a.rules, ipv6: no, host: {role: shop.web, address: 192.0.2.10}}"
_ANY = "b: {config: b.rules, host: shop.web}"


@pytest.mark.parametrize(
    ("devices", "addresses", "expected"),
    [
        (
            (_AT.format("a", 10), _AT.format("b", 20)),
            f"{_FEWER}, 192.0.2.30",
            ["shop.web has 3 machines, and there are exports of 2 only"],
        ),
        ((_AT.format("a", 10), _AT.format("b", 20)), _FEWER, []),
        ((_NO_IPV6, _ANY), _FEWER, []),
        (
            (_NO_IPV6, _ANY),
            f"{_FEWER}, 192.0.2.30",
            ["shop.web has 3 machines, and there are exports of 2 only"],
        ),
    ],
    ids=["one is missing", "no-op: none is", "one has no IPv6", "one has none, one is missing"],
)
def test_machines_are_counted_by_the_role(
    devices: tuple[str, ...], addresses: str, expected: list[str], tmp_path: Path
) -> None:
    export = rules(KEEP_IN, HTTPS_IN)
    text = site(*devices, bind=f"{{web: [{addresses}], users: office}}", networks=_NETWORKS)

    actual = found(tmp_path, policy(), text, {"a.rules": export, "b.rules": export})

    assert [each.message for each in actual if each.check == "FW113"] == expected


_INSIDE, _OUTSIDE = "192.0.2.10, 192.0.2.20", "203.0.113.10, 203.0.113.20"
_OTHERS = ("FW113 certain", "FW113 certain")
"""The machines without an export, by each of the two names."""
_MANY = ", ".join(f"203.0.113.{n}" for n in range(1, 81, 2))


@pytest.mark.parametrize(
    ("outside", "told", "own", "machines", "expected"),
    [
        (_OUTSIDE, "", f"{_INSIDE}, {_OUTSIDE}", 4, [*_OTHERS, "FW109 possible"]),
        ("203.0.113.10", "", f"{_INSIDE}, 203.0.113.10", 2, [_OTHERS[0], "FW109 possible"]),
        (_OUTSIDE, "192.0.2.10, 203.0.113.20", "192.0.2.10, 203.0.113.20", 0, [*_OTHERS]),
        (
            _OUTSIDE,
            "192.0.2.20, 203.0.113.20",
            "192.0.2.20, 203.0.113.20",
            0,
            [*_OTHERS, "FW101 certain"],
        ),
        (_MANY, "", f"{_INSIDE}, {_MANY}", 0, ["FW103 certain"]),
    ],
    ids=["two of each", "no-op: one is told", "told", "told, and shut", "too many"],
)
def test_a_machine_with_two_names_of_addresses_is_one_of_each(
    outside: str, told: str, own: str, machines: int, expected: list[str], tmp_path: Path
) -> None:
    bind = f"{{gate: {{inside: [{_INSIDE}], outside: [{outside}]}}, users: office}}"
    text = site(_WEB.format("shop.gate", told).replace(", addresses: []", ""), bind=bind)
    flow = policy("id: https, to: gate.inside, service: 443/tcp")
    opened = HTTPS_IN.replace("-s 10.1.0.0/16", "-s 10.1.0.0/16 -d 192.0.2.10/32")
    exports = {"web.rules": rules(KEEP_IN, opened)}

    loaded = load(tmp_path, flow, text, exports)
    (device,) = attached(loaded, read(loaded).rulesets).site.devices
    actual = found(tmp_path, flow, text, exports)

    assert len(device.machines) == machines
    assert device.own == _addresses(own)
    assert [f"{each.check} {each.certainty}" for each in actual] == expected


@pytest.mark.parametrize(
    ("outside", "said", "expected"),
    [
        (_OUTSIDE, "192.0.2.10", ["FW205 possible"]),
        (_OUTSIDE, "[192.0.2.10, 203.0.113.20]", ["FW205 certain"]),
        (_OUTSIDE, "[192.0.2.10, 203.0.113.10]", []),
        ("203.0.113.20", "192.0.2.10", ["FW205 certain"]),
    ],
    ids=["not said", "said", "no-op: another one is said", "it has one machine"],
)
def test_what_is_open_at_a_name_of_which_no_address_is_said(
    outside: str, said: str, expected: list[str], tmp_path: Path
) -> None:
    host = f"{{role: shop.gate, address: {said}}}"
    bind = f"{{gate: {{inside: [{_INSIDE}], outside: [{outside}]}}, users: office}}"
    text = site(f"web: {{config: web.rules, host: {host}, ipv6: no}}", bind=bind)
    flow = policy("id: https, to: gate.inside, service: 443/tcp")
    opened = "-A INPUT -d 203.0.113.20/32 -p tcp -m tcp --dport 8080 -j ACCEPT"

    actual = found(tmp_path, flow, text, {"web.rules": rules(KEEP_IN, HTTPS_IN, opened)})

    assert [f"{e.check} {e.certainty}" for e in actual if e.check == "FW205"] == expected


def test_machines_with_many_addresses_in_common_are_apart() -> None:
    common = together(parse_addresses(f"10.0.0.{number}") for number in range(1, 20, 2))
    machines = tuple(common | parse_addresses(f"192.0.2.{number}") for number in (10, 20))
    span = Span("site.yaml", 1, 1, 1, 2)
    device = Device("web", (), "", (), ("shop.web",), common, span, machines=machines)

    assert len({each.key for each in taken_apart(device, 4)}) == 2

"""Roles that may be anywhere, in one family or in both, and what is told of their machines."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS_IN,
    KEEP_IN,
    REQUIRED,
    Asking,
    policy,
    rules,
    site,
)
from tests.parsers.iproute.samples import LO, interface

found = Asking(*REQUIRED, *EXPOSURE)

_NETWORKS = '{office: [10.1.0.0/16, "2001:db8:1::/64"], dmz: [192.0.2.0/24, "2001:db8::/64"]}'
_RULES = """
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    ip saddr 10.1.0.0/16 tcp dport 443 accept
    meta nfproto ipv6 tcp dport 8080 accept
  }
}
"""


@pytest.mark.parametrize("bound", ["any", "[0.0.0.0/0, '::/0']", "[192.0.2.10, '::/0']"])
@pytest.mark.parametrize("told", ["", "192.0.2.10", "192.0.2.10, 2001:db8::10", "2001:db8::10"])
def test_a_family_that_is_not_told_is_asked_about(bound: str, told: str, tmp_path: Path) -> None:
    device = f"web: {{config: web.nft, host: shop.web, addresses: [{told}]}}"
    text = site(device, bind=f"{{web: {bound}, users: office}}", networks=_NETWORKS)

    actual = found(tmp_path, policy(), text.replace(", addresses: []", ""), {"web.nft": _RULES})

    assert [f"{each.check} {each.certainty}" for each in actual if each.check != "FW113"] == [
        "FW105 certain",
        "FW205 certain",
    ]


def test_a_family_that_is_switched_off_is_not_asked_about(tmp_path: Path) -> None:
    device = "web: {config: web.nft, host: shop.web, ipv6: no}"
    text = site(device, bind="{web: [192.0.2.10, '::/0'], users: office}", networks=_NETWORKS)

    assert found(tmp_path, policy(), text, {"web.nft": _RULES}) == []


_DEVICE = "{0}: {{config: {0}.rules, host: shop.web, ipv6: no{1}}}"
_AT = ", addresses: [192.0.2.{}]"


@pytest.mark.parametrize("bound", ["any", "0.0.0.0/0"])
@pytest.mark.parametrize("shut", ["a", "b"])
@pytest.mark.parametrize(
    "told",
    [(_AT.format(10), _AT.format(20)), (_AT.format(10), ""), ("", _AT.format(20)), ("", "")],
    ids=["both", "one", "the other one", "none"],
)
def test_each_of_several_machines_that_may_be_anywhere_is_asked(
    bound: str, shut: str, told: tuple[str, str], tmp_path: Path
) -> None:
    devices = map(_DEVICE.format, "ab", told)
    exports = {f"{each}.rules": rules(KEEP_IN, (each != shut and HTTPS_IN) or "") for each in "ab"}
    text = site(*devices, bind=f"{{web: {bound}, users: office}}")

    actual = found(tmp_path, policy(), text, exports)

    assert [(each.check, each.device) for each in actual] == [("FW101", shut)]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["fe80::1/64"], ["FW205 possible"]),
        (["fe80::1/64", "2001:db8::77/64"], ["FW205 certain"]),
        ([], []),
    ],
    ids=["of a link alone", "no-op: others too", "no-op: none"],
)
@pytest.mark.parametrize("bound", ["192.0.2.10", "[192.0.2.10, 192.0.2.20, '2001:db8::20']"])
def test_a_machine_with_addresses_of_a_link_alone_is_open_to_its_neighbours(
    bound: str, addresses: list[str], expected: list[str], tmp_path: Path
) -> None:
    device = "web: {config: [web.nft, addr.json], host: shop.web}"
    text = site(device, bind=f"{{web: {bound}, users: office}}", networks=_NETWORKS)
    own = [LO, interface("eth0", "192.0.2.10/24", *addresses)]

    actual = found(tmp_path, policy(), text, {"web.nft": _RULES, "addr.json": json.dumps(own)})

    assert [
        f"{each.check} {each.certainty}" for each in actual if each.check != "FW113"
    ] == expected

"""What a site says of public addresses: which of their ports lead to which ports of a machine."""

from pathlib import Path

import pytest

from flowmodel.site import Public
from flowmodel.values import Values
from policies.addresses import NOWHERE, first_address
from tests.policies.samples import load_site_text, policy_text, site_text
from tests.policies.test_site_errors import first_lines

_ONE_PORT = """
policies: shop.yaml
use:
  shop:
    bind:
      web: {address: 10.20.0.1, public: {}}
"""
_COLUMN = len("      web: {address: 10.20.0.1, public: {address: 203.0.113.1, ports: ") + 1


def _outside(service: str, need: str) -> str:
    return policy_text(f"from: internet\nto: web\nservice: {service}\nneed: {need}")


@pytest.mark.parametrize(
    ("ports", "inside", "outside", "leading", "lost"),
    [
        ({}, (443, 443), ((443, 443),), ((443, 443),), ()),
        ({443: 443}, (443, 443), ((443, 443),), ((443, 443),), ()),
        ({8443: 443}, (443, 443), ((8443, 8443),), ((443, 443), (8443, 8443)), ()),
        ({443: 8443}, (443, 443), (), (), ((443, 443),)),
        ({443: 8443}, (8443, 8443), ((443, 443),), ((443, 443), (8443, 8443)), ()),
        ({8443: 443}, (80, 80), ((80, 80),), ((80, 80),), ()),
        ({8443: 443}, (8443, 8443), (), (), ((8443, 8443),)),
        ({8443: 443, 9443: 443}, (443, 443), ((8443, 8443), (9443, 9443)), None, ()),
        ({82: 81}, (80, 83), ((80, 80), (82, 83)), ((80, 83),), ((82, 82),)),
    ],
)
def test_ports_inside_and_outside(
    ports: dict[int, int],
    inside: tuple[int, int],
    outside: Values,
    leading: Values | None,
    lost: Values,
) -> None:
    public = Public(NOWHERE, tuple(ports.items()))

    assert public.outside((inside,)) == outside
    assert public.lost((inside,)) == lost
    if leading is not None:
        assert public.leading((inside,)) == leading


@pytest.mark.parametrize(
    ("public", "service", "need", "expected"),
    [
        pytest.param("{443: 8443}", "443/tcp", "must", True, id="its number leads elsewhere"),
        pytest.param("{443: 8443, 444: 443}", "443/tcp", "must", False, id="by another one"),
        pytest.param("{443: 8443}", "8443/tcp", "must", False, id="it is the other one"),
        pytest.param("{443: 8443}", "80/tcp", "must", False, id="a third one"),
        pytest.param("{443: 8443}", "[80/tcp, 443/tcp]", "must", True, id="one of two"),
        pytest.param("{443: 8443}", "443/tcp", "may", False, id="that nobody needs"),
        pytest.param("{443: 8443}", "443/tcp", "never", False, id="that is forbidden"),
    ],
)
def test_what_is_needed_outside_has_a_public_port(
    public: str, service: str, need: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(_outside(service, need))
    told = f"{{address: 203.0.113.1, ports: {public}}}"
    text = site_text(more=_ONE_PORT.replace("{}", told))
    if not expected:
        assert load_site_text(tmp_path, text).name == "site"
        return

    assert first_lines(tmp_path, text) == (
        f"16:{_COLUMN}: no public port leads to 443/tcp, which `shop.one` needs from outside: "
        "`ports` has public ports, each with the port of the machine"
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [(", {address: 203.0.113.1, ports: {443: 8443}}", True), (", 203.0.113.1", False)],
    ids=["nor does another one", "another one leads there"],
)
def test_one_public_address_is_enough(more: str, expected: bool, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(_outside("443/tcp", "must"))
    told = f"[{{address: 203.0.113.2, ports: {{443: 8443}}}}{more}]"
    text = site_text(more=_ONE_PORT.replace("{}", told))
    if expected:
        assert "no public port leads to 443/tcp" in first_lines(tmp_path, text)
    else:
        assert load_site_text(tmp_path, text).name == "site"


_SHARED = (
    "other-nodes:\n"
    "  - {address: 192.0.2.7, public: {address: 203.0.113.7, via: wan0}}\n"
    "  - {address: 192.0.2.8, public: {address: 203.0.113.7-203.0.113.8, via: %s}}"
)


def test_an_address_comes_by_one_uplink(tmp_path: Path) -> None:
    site = load_site_text(tmp_path, site_text(use="leap", bind=_SHARED % "wan0"))

    assert [(first_address(one.addresses), one.interface) for one in site.uplinks] == [
        ("203.0.113.7", "wan0"),
        ("203.0.113.8", "wan0"),
    ]
    found = first_lines(tmp_path, site_text(use="leap", bind=_SHARED % "wan1"))
    assert found == "16:80: 203.0.113.7 comes by another uplink on line 15"

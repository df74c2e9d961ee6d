"""Networks that an export shows and the site does not name: they are inside, and told by name."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.pf import config
from tests.linter.checks.samples import EXPOSURE, REQUIRED, Asking, policy, site

found = Asking(*REQUIRED, *EXPOSURE)

_TOLD = "edge: {config: edge.xml, ipv6: no}"
_LISTED = "edge: {config: edge.xml, ipv6: no, interfaces: {wan: internet, lan: office}}"
_ALL = "edge: {config: edge.xml, ipv6: no, interfaces: {wan: internet, lan: office, opt1: dmz}}"
_OFFICE = "{office: 10.1.0.0/16}"
_NAMED = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
_ROUTE = (
    "<staticroutes><route><network>198.18.0.0/24</network><gateway>IN</gateway></route>"
    "</staticroutes><gateways><gateway_item><interface>lan</interface><gateway>10.1.0.9</gateway>"
    "<name>IN</name></gateway_item>"
)


def _rule(on: str, source: str, to: str, port: int) -> str:
    return (
        f"<type>pass</type><interface>{on}</interface><ipprotocol>inet</ipprotocol>"
        f"<protocol>tcp</protocol><source>{source}</source>"
        f"<destination>{to}<port>{port}</port></destination>"
    )


def _at(address: str) -> str:
    return f"<address>{address}</address>"


_WEB, _ANY = _at("10.1.0.10"), "<any/>"


def _found(
    folder: Path, device: str, networks: str, *rules: str, users: str = "internet"
) -> list[Finding]:
    text = config(*rules).replace("<gateways>", _ROUTE)
    bind = f"{{web: 10.1.0.10, users: {users}}}"
    where = site(device, networks=networks, bind=bind)
    return found(folder, policy("id: https, service: 443/tcp"), where, {"edge.xml": text})


@pytest.mark.parametrize("device", [_TOLD, _LISTED], ids=["nothing listed", "not all listed"])
@pytest.mark.parametrize(
    ("users", "on"),
    [("192.0.2.20", "opt1"), ("192.0.2.0/24", "opt1")],
    ids=["one address", "the network"],
)
def test_who_is_behind_an_interface_of_the_export_comes_in_there(
    device: str, users: str, on: str, tmp_path: Path
) -> None:
    rule = _rule(on, _ANY, _WEB, 443)
    elsewhere = _rule("wan", _at("192.0.2.20"), _WEB, 443)

    assert not [e for e in _found(tmp_path, device, _OFFICE, rule, users=users) if e.check < "FW2"]
    assert [e.witness[-15:] for e in _found(tmp_path, device, _OFFICE, elsewhere, users=users)] == [
        "in opt1 out lan"
    ]


@pytest.mark.parametrize(
    ("device", "networks", "rule", "expected"),
    [
        *(
            (device, _OFFICE, rule, expected)
            for device in (_TOLD, _LISTED)
            for rule, expected in (
                (
                    _rule("opt1", "<network>opt1</network>", _WEB, 22),
                    [("FW205", "22/tcp on web is open to opt1 of edge", "opt1: 192.0.2.0/24")],
                ),
                (
                    _rule("lan", _WEB, "<network>opt1</network>", 5432),
                    [("FW208", "web may connect to opt1 of edge", "opt1: 192.0.2.0/24")],
                ),
                (
                    _rule("wan", _at("8.8.8.0/24"), _WEB, 22),
                    [("FW205", "22/tcp on web is open to 8.8.8.0/24 (internet)", "")],
                ),
            )
        ),
        (
            _ALL,
            _NAMED,
            _rule("opt1", "<network>opt1</network>", _WEB, 22),
            [("FW205", "22/tcp on web is open to dmz", "")],
        ),
        (
            _ALL,
            _NAMED,
            _rule("lan", _WEB, "<network>opt1</network>", 5432),
            [("FW208", "web may connect to dmz", "")],
        ),
    ],
)
def test_a_finding_names_the_line_that_gives_the_network_a_name(
    device: str,
    networks: str,
    rule: str,
    expected: list[tuple[str, str, str]],
    tmp_path: Path,
) -> None:
    web = _rule("wan", _ANY, _WEB, 443), _rule("opt1", _ANY, _WEB, 443)

    actual = _found(tmp_path, device, networks, *web, rule)

    assert [each.check for each in actual] == [check for check, _, _ in expected]
    for each, (_, words, line) in zip(actual, expected, strict=True):
        assert each.message.startswith(words)
        assert ("networks:" in each.remedy) == bool(line)
        assert line in each.remedy


@pytest.mark.parametrize(
    ("device", "default", "expected"),
    [
        (_TOLD, "GW", []),
        (_LISTED, "GW", []),
        (_TOLD, "", ["FW109"]),
        (_LISTED, "", []),
    ],
    ids=["nothing listed", "not all listed", "the default gateway, perhaps", "listed, as that"],
)
def test_what_a_static_route_leads_to_is_behind_its_interface(
    device: str, default: str, expected: list[str], tmp_path: Path
) -> None:
    dmz = "{web: 192.0.2.10, users: 198.18.0.7}"
    rule = _rule("lan", _at("198.18.0.7"), _at("192.0.2.10"), 443)
    chosen = f"<gateways><defaultgw4>{default}</defaultgw4>"
    text = config(rule).replace("<gateways>", _ROUTE.replace("<gateways>", chosen))
    listed = device.replace("lan: office}", "lan: office, opt1: dmz}")

    actual = found(tmp_path, policy(), site(listed, networks=_NAMED, bind=dmz), {"edge.xml": text})

    assert [each.check for each in actual] == expected


_ALLOWED = "<row><address>{}.0.0.0</address><mask>1</mask></row>"
_PEER = (
    "<installedpackages><wireguard><peers><item><tun>tun_wg0</tun><enabled>yes</enabled>"
    f"<allowedips>{_ALLOWED.format(0)}{_ALLOWED.format(128)}</allowedips></item></peers>"
    "</wireguard></installedpackages><filter>"
)


@pytest.mark.parametrize("device", [_TOLD, _LISTED], ids=["nothing listed", "not all listed"])
def test_a_tunnel_that_all_leaves_by_hides_no_door_to_the_internet(
    device: str, tmp_path: Path
) -> None:
    rule = _rule("wan", _ANY, _WEB, 22)
    where = site(device, networks=_OFFICE, bind="{web: 10.1.0.10, users: internet}")
    alone, beside = (
        found(tmp_path, policy(), where, {"edge.xml": text})
        for text in (config(rule), config(rule).replace("<filter>", _PEER))
    )

    assert [each.message for each in alone] == [each.message for each in beside]
    assert "FW205" in {each.check for each in beside}

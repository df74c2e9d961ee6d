"""The machines of a role: which pairs of them are asked about, and which one a firewall is."""

from pathlib import Path

import pytest

from flowmodel.addresses import Addresses, together
from flowmodel.source import InputErrors
from policies.addresses import parse_addresses
from tests.policies.samples import LEAP_BIND, leap, load_site_text, pairs, requirement, site_text


def test_a_machine_is_no_node_beside_itself(tmp_path: Path) -> None:
    found = pairs(requirement(leap(tmp_path), "leap.stunnel"))

    assert ("leap.webapp", "leap.mx") in found
    assert ("leap.webapp", "leap.webapp") not in found
    assert ("leap.openvpn.ip_address", "leap.openvpn.gateway_address") not in found


def test_two_machines_of_one_role_are_nodes_to_each_other(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", "webapp: [192.0.2.1, 192.0.2.7]")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))
    found = [
        (source.addresses, target.addresses)
        for source, target in requirement(site, "leap.stunnel").ends
        if source.name == target.name == "leap.webapp"
    ]

    one, other = parse_addresses("192.0.2.1"), parse_addresses("192.0.2.7")
    assert found == [(one, other), (other, one)]


def test_a_network_of_machines_is_one_pair_with_itself(tmp_path: Path) -> None:
    found = pairs(requirement(leap(tmp_path), "leap.stunnel"))

    assert found.count(("leap.other-nodes", "leap.other-nodes")) == 1


def test_a_dual_stack_machine_is_one_machine(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", "webapp: [192.0.2.1, '2001:db8::1']")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))

    assert ("leap.webapp", "leap.webapp") not in pairs(requirement(site, "leap.stunnel"))


def test_a_machines_own_firewall_has_the_addresses_of_its_roles(tmp_path: Path) -> None:
    text = site_text(use="leap", bind=LEAP_BIND).replace(
        "interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}",
        "host: [leap.webapp, leap.openvpn]\n    ipv6: no",
    )
    device = load_site_text(tmp_path, text).devices[0]

    assert device.roles == (
        "leap.webapp",
        "leap.openvpn.ip_address",
        "leap.openvpn.gateway_address",
    )
    assert device.own == parse_addresses("192.0.2.1") | parse_addresses("192.0.2.4-192.0.2.5")
    assert not device.ipv6


@pytest.mark.parametrize(
    ("host", "own", "machines"),
    [
        ("leap.other-nodes", "192.0.2.7-192.0.2.8", ["192.0.2.7", "192.0.2.8"]),
        ("{role: leap.other-nodes, address: 192.0.2.8}", "192.0.2.8", []),
        ("[leap.other-nodes, leap.webapp]", "192.0.2.7", []),
        (
            "[leap.other-nodes, leap.mx]",
            "192.0.2.2, 192.0.2.7-192.0.2.8",
            ["192.0.2.7", "192.0.2.8"],
        ),
        ("leap.mx", "192.0.2.2", []),
    ],
    ids=["nobody says which", "it is said", "a role tells it", "no role tells it", "one machine"],
)
def test_a_role_with_several_addresses_has_several_machines(
    host: str, own: str, machines: list[str], tmp_path: Path
) -> None:
    bind = "webapp: 192.0.2.7\nmx: 192.0.2.2\nother-nodes: [192.0.2.7, 192.0.2.8]"
    text = site_text(use="leap", bind=bind).replace(
        "interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}", f"host: {host}"
    )
    device = load_site_text(tmp_path, text).devices[0]

    assert device.own == together(map(parse_addresses, own.split(", ")))
    mx = parse_addresses("192.0.2.2") if "mx" in host else Addresses()
    assert device.machines == tuple(parse_addresses(each) | mx for each in machines)


_TWO = ["192.0.2.7", "192.0.2.8"]


@pytest.mark.parametrize(
    ("bind", "ipv6", "machines"),
    [
        ("[192.0.2.7, 192.0.2.8, '2001:db8::7']", "no", _TWO),
        ("[[192.0.2.7, '2001:db8::7'], [192.0.2.8]]", "no", []),
        ("[192.0.2.7, 192.0.2.8]", "no", _TWO),
        ("[192.0.2.7, 192.0.2.8]", "yes", _TWO),
    ],
    ids=["a plain list", "one by one", "none has any", "no-op: a machine with IPv6"],
)
def test_a_plain_list_does_not_say_which_machine_has_no_ipv6(
    bind: str, ipv6: str, machines: list[str], tmp_path: Path
) -> None:
    text = site_text(use="leap", bind=f"other-nodes: {bind}").replace(
        "interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}",
        f"host: leap.other-nodes\n    ipv6: {ipv6}",
    )
    device = load_site_text(tmp_path, text).devices[0]

    assert device.machines == tuple(map(parse_addresses, machines))


def test_a_machine_has_an_address_of_its_role(tmp_path: Path) -> None:
    text = site_text(use="leap", bind="mx: [192.0.2.2, 192.0.2.3]").replace(
        "interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}",
        "host: {role: leap.mx, address: [192.0.2.3, 192.0.2.9]}",
    )
    with pytest.raises(InputErrors) as raised:
        load_site_text(tmp_path, text)

    (error,) = raised.value.errors
    assert error.message == "192.0.2.9 is no address of leap.mx in `bind:`"


_PAIRS = """
    other-nodes:
      - {address: [192.0.2.7, "2001:db8:0:20::7"], public: 203.0.113.7}
      - [192.0.2.8, "2001:db8:0:20::8"]
"""


def test_machines_may_be_bound_one_by_one(tmp_path: Path) -> None:
    site = load_site_text(tmp_path, site_text(use="leap", bind=_PAIRS))
    ends = [end for end in site.roles if end.name == "leap.other-nodes"]

    assert [(end.addresses, end.public) for end in ends] == [
        (
            parse_addresses("192.0.2.7") | parse_addresses("2001:db8:0:20::7"),
            parse_addresses("203.0.113.7"),
        ),
        (parse_addresses("192.0.2.8") | parse_addresses("2001:db8:0:20::8"), Addresses()),
    ]


def test_a_device_at_one_of_them_has_all_its_addresses(tmp_path: Path) -> None:
    text = site_text(use="leap", bind=_PAIRS).replace(
        "interfaces: {wan0: internet, dmz0: dmz, core0: [corp, servers, mgmt]}",
        "host: {role: leap.other-nodes, address: 192.0.2.8}",
    )
    device = load_site_text(tmp_path, text).devices[0]

    assert device.own == parse_addresses("192.0.2.8") | parse_addresses("2001:db8:0:20::8")


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("[[192.0.2.1, 192.0.2.2], [192.0.2.3, 192.0.2.4]]", 2),
        ("[[192.0.2.1, 192.0.2.2]]", 0),
        ("[192.0.2.1, 192.0.2.2]", 2),
    ],
    ids=["two machines with two addresses", "one machine with two", "two with one"],
)
def test_a_machine_that_is_bound_by_itself_is_one_with_all_its_addresses(
    bound: str, expected: int, tmp_path: Path
) -> None:
    bind = LEAP_BIND.replace("webapp: 192.0.2.1", f"webapp: {bound}")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))
    ends = requirement(site, "leap.stunnel").ends

    mine = [pair for pair in ends if {end.name for end in pair} == {"leap.webapp"}]

    assert len(mine) == expected
    assert not any(one.addresses & other.addresses for one, other in mine)

"""What names stand for at a site: addresses, pairs of ends, and the internet."""

from pathlib import Path

import policies
from flowmodel.addresses import EVERYWHERE
from flowmodel.values import contains, is_subset, overlaps
from policies.addresses import globally_reachable, parse_addresses
from tests.policies.samples import (
    LEAP_BIND,
    TODAY,
    end,
    leap,
    load_site_text,
    pairs,
    policy_text,
    problems,
    requirement,
    services,
    site_text,
)


def v4(text: str) -> int:
    return parse_addresses(text).v4[0][0]


def test_the_internet_is_what_no_network_has(tmp_path: Path) -> None:
    source, _ = requirement(leap(tmp_path), "leap.https").ends[0]

    assert contains(source.wide.v4, v4("10.0.0.1"))
    assert contains(source.wide.v4, v4("127.0.0.1"))
    assert not overlaps(source.wide.v4, parse_addresses("10.10.0.0/16").v4)
    assert not overlaps(source.wide.v6, parse_addresses("2001:db8:0:20::/64").v6)


def test_what_must_work_is_the_globally_reachable_internet(tmp_path: Path) -> None:
    source, _ = requirement(leap(tmp_path), "leap.https").ends[0]

    assert source.addresses == globally_reachable()
    for bogon in ("10.0.0.1", "127.0.0.1", "169.254.1.1", "192.0.2.1", "224.0.0.1", "0.1.2.3"):
        assert not contains(source.addresses.v4, v4(bogon))
    for address in ("1.1.1.1", "100.63.255.255", "223.255.255.255", "172.32.0.0"):
        assert contains(source.addresses.v4, v4(address))


def test_the_global_ipv6_internet_is_2000_3_without_documentation(tmp_path: Path) -> None:
    del tmp_path
    reachable = globally_reachable().v6

    assert is_subset(reachable, parse_addresses("2000::/3").v6)
    for text, expected in {
        "2600::1": True,
        "2a00::1": True,
        "2001:db8::1": False,
        "2001::1": False,
        "2002::1": False,
        "3fff::1": False,
        "fe80::1": False,
        "fd00::1": False,
        "ff02::1": False,
    }.items():
        assert contains(reachable, parse_addresses(text).v6[0][0]) is expected, text


def test_a_machine_of_the_product_is_not_the_internet_to_the_others(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("192.0.2.1\n", "{address: 10.20.0.1, public: 8.8.8.8}\n")
    bind = bind.replace("mx: 192.0.2.2", "mx: 9.9.9.9")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))
    source, target = requirement(site, "leap.https").ends[0]

    assert not contains(source.addresses.v4, v4("8.8.8.8"))
    assert not contains(source.addresses.v4, v4("9.9.9.9"))
    assert contains(source.wide.v4, v4("8.8.8.8"))
    assert target.addresses == parse_addresses("10.20.0.1")
    assert target.public == parse_addresses("8.8.8.8")


def test_other_ends_are_as_wide_as_they_are(tmp_path: Path) -> None:
    site = leap(tmp_path)

    assert all(one.wide == one.addresses for one in site.roles)


def test_every_bound_role_is_listed_with_its_place(tmp_path: Path) -> None:
    assert [(one.name, one.span and one.span.line) for one in leap(tmp_path).roles] == [
        ("leap.webapp", 14),
        ("leap.mx", 15),
        ("leap.soledad", 16),
        ("leap.openvpn.ip_address", 17),
        ("leap.openvpn.gateway_address", 17),
        ("leap.other-nodes", 18),
    ]


def test_all_is_every_role_and_no_peer(tmp_path: Path) -> None:
    assert [target for _, target in pairs(requirement(leap(tmp_path), "leap.ssh"))] == [
        "leap.webapp",
        "leap.mx",
        "leap.soledad",
        "leap.openvpn.ip_address",
        "leap.other-nodes",
    ]


def test_one_of_all_is_required_at_its_first_address_and_permitted_at_the_others(
    tmp_path: Path,
) -> None:
    ssh = requirement(leap(tmp_path), "leap.ssh")
    gateway = next(target for _, target in ssh.ends if target.name == "leap.openvpn.ip_address")

    assert gateway.addresses == parse_addresses("192.0.2.4")
    assert gateway.wide == parse_addresses("192.0.2.4-192.0.2.5")


def test_a_role_that_is_named_is_required_at_all_its_addresses(tmp_path: Path) -> None:
    more = "allow:\n  - {id: a, from: corp, to: leap.openvpn, service: 1/tcp, need: must}\n"

    assert pairs(requirement(leap(tmp_path, more=more), "site.a")) == [
        ("corp", "leap.openvpn.ip_address"),
        ("corp", "leap.openvpn.gateway_address"),
    ]


def test_a_peer_that_is_bound_to_the_internet_too_is_two_ends(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("sysadmins: mgmt", "sysadmins: [mgmt, internet]")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))
    kinds = [source.kind for source, _ in requirement(site, "leap.ssh").ends]

    assert kinds == ["peer", "internet"] * 5


def test_any_is_every_address(tmp_path: Path) -> None:
    bind = LEAP_BIND.replace("sysadmins: mgmt", "sysadmins: any")
    site = load_site_text(tmp_path, site_text(use="leap", bind=bind))
    source, _ = requirement(site, "leap.ssh").ends[0]

    assert (source.kind, source.wide) == ("any", EVERYWHERE)
    assert contains(source.addresses.v4, v4("10.10.0.1"))
    assert contains(source.addresses.v4, v4("192.0.2.1"))
    assert not contains(source.addresses.v4, v4("127.0.0.1"))


def test_a_bound_name_has_addresses_and_no_fqdn(tmp_path: Path) -> None:
    text = site_text(
        use="onion-id",
        options="outside_users: no",
        bind="linux-vm: 192.0.2.10\nonion-router: 203.0.113.9",
    )
    router = requirement(load_site_text(tmp_path, text), "onion-id.router")

    assert (router.fqdn, router.ends[0][1].addresses) == ("", parse_addresses("203.0.113.9"))


def test_own_flows_are_permitted_and_can_name_anything(tmp_path: Path) -> None:
    site = leap(
        tmp_path,
        more="""\
            allow:
              - id: ntp
                from: [dmz, leap.openvpn, 10.1.2.0/24]
                to: internet
                service: [123/udp, icmp]
              - {id: old, from: corp, to: leap.mx, service: 23/tcp, need: never}
              - {id: web, from: any, to: leap.webapp, any_of: [1/tcp, 2/tcp], need: must}
            """,
    )
    ntp = requirement(site, "site.ntp")

    assert (ntp.need, services(ntp)) == ("may", ["123/udp", "icmp"])
    assert pairs(ntp) == [
        ("dmz", "internet"),
        ("leap.openvpn.ip_address", "internet"),
        ("leap.openvpn.gateway_address", "internet"),
        ("10.1.2.0/24", "internet"),
    ]
    assert requirement(site, "site.old").need == "never"
    assert requirement(site, "site.web").any_of


def test_a_firewall_knows_what_lies_behind_its_interfaces(tmp_path: Path) -> None:
    site = leap(tmp_path)
    edge = site.devices[0]

    assert edge.exports == (f"{tmp_path}/edge.nft",)
    assert [(one.name, one.networks) for one in edge.interfaces] == [
        ("wan0", ("internet",)),
        ("dmz0", ("dmz",)),
        ("core0", ("corp", "servers", "mgmt")),
    ]
    assert edge.interfaces[1].addresses == parse_addresses("192.0.2.0/28")
    assert contains(edge.interfaces[0].addresses.v4, v4("10.0.0.1"))


def test_a_waiver_says_what_it_fits(tmp_path: Path) -> None:
    site = leap(
        tmp_path,
        more="""\
            accept:
              - finding: undeclared-opening
                device: edge
                flow: leap.smtp
                to: [leap.mx, 192.0.2.12]
                service: 8443/tcp+udp
                because: Retired with NET-1412
                until: 2026-11-20
            """,
    )
    waiver = site.waivers[0]

    assert (waiver.finding, waiver.device, waiver.flow) == (
        "undeclared-opening",
        "edge",
        "leap.smtp",
    )
    assert waiver.until == TODAY
    assert waiver.to == parse_addresses("192.0.2.2") | parse_addresses("192.0.2.12")
    assert [one.text for one in waiver.service] == ["8443/tcp", "8443/udp"]


def test_one_machine_needs_no_site_file() -> None:
    site = policies.quick_site("leap", "webapp", ["host/web.nft"], parameters=["ssh_port=2222"])

    assert [(one.name, one.exports, one.roles) for one in site.devices] == [
        ("web.nft", ("host/web.nft",), ("leap.webapp",))
    ]
    assert site.devices[0].own == EVERYWHERE
    active = {one.id: one.need for one in site.requirements if not one.inactive_because}
    assert active == {
        "http": "should",
        "https": "must",
        "nicknym": "must",
        "api": "must",
        "ssh": "may",
        "stunnel": "may",
    }
    assert services(requirement(site, "leap.ssh")) == ["2222/tcp"]
    assert requirement(site, "leap.smtp").inactive_because == "does not involve this machine"
    assert problems(site) == [
        (
            "FW501 8:3 no address given for `leap.sysadmins`, `leap.mx`, `leap.soledad`, "
            "`leap.openvpn.ip_address`, `leap.other-nodes`; these flows are "
            "permitted but not required: ssh, stunnel"
        )
    ]


def test_one_machine_can_have_its_peers_bound() -> None:
    site = policies.quick_site(
        "leap",
        "webapp",
        ["web.nft"],
        bind_names=["sysadmins=10.0.0.0/8,192.0.2.1", "webapp=192.0.2.9"],
    )
    ssh = requirement(site, "leap.ssh")

    assert (ssh.need, pairs(ssh)) == ("must", [("leap.sysadmins", "leap.webapp")])
    assert end(site, "leap.webapp").addresses == parse_addresses("192.0.2.9")


def test_one_machine_can_be_several_roles() -> None:
    site = policies.quick_site("leap", "webapp, openvpn", ["web.nft"])

    assert site.devices[0].roles == (
        "leap.webapp",
        "leap.openvpn.ip_address",
        "leap.openvpn.gateway_address",
    )


def test_one_machine_can_have_a_policy_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(policy_text(), encoding="utf-8")
    site = policies.quick_site(str(path), "web", ["it's a file.nft"])

    assert site.devices[0].exports == ("it's a file.nft",)
    assert [(one.name, one.need) for one in site.requirements] == [("shop.one", "may")]

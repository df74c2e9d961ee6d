"""Devices get their interfaces, or their machines, from exports that tell them."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.record import replace
from flowmodel.ruleset import Link, RuleSet, Table
from flowmodel.site import Device, End, Interface, Site
from flowmodel.source import Source, Span
from flowmodel.values import intersection
from flowmodel.verdict import DROP
from linter.engine.site.attachment import Attached, attached
from policies.addresses import parse_addresses
from tests.chains import base_chain

SPAN = Span("site.yaml", 2, 3, 2, 9)


def addresses(*texts: str) -> Addresses:
    found = Addresses()
    for text in texts:
        found |= parse_addresses(text)
    return found


def device(name: str = "edge", **other: object) -> Device:
    plain = Device(name, ("export",), "", (), (), Addresses(), SPAN)
    for key, value in other.items():
        object.__setattr__(plain, key, value)
    return plain


def site(*devices: Device, roles: tuple[End, ...] = (), **networks: str) -> Site:
    known = {name: addresses(*text.split()) for name, text in networks.items()}
    source = Source("site.yaml", ["fwlint: site/1", "  edge: {config: export}"])
    return Site("test", known, devices, (), roles, sources=(source,))


def link(*names: str, behind: str = "", is_outside: bool = False) -> Link:
    return Link(names, addresses(*behind.split()), is_outside, Span("export", 9, 1, 9, 2))


def export(*links: Link, place: str = "", own: str = "") -> RuleSet:
    families: frozenset[Family] = frozenset({4, 6})
    its = addresses(*own.split())
    return RuleSet("export", "test", (), families, links=links, place=place, own=its)


def behind(found: Attached) -> dict[str, tuple[str, ...]]:
    (one,) = found.site.devices
    return {interface.name: interface.networks for interface in one.interfaces}


def errors(found: Attached) -> list[str]:
    return [each.error.message for each in found.misplaced]


def test_the_site_s_networks_lie_behind_the_interfaces_that_the_export_tells() -> None:
    rules = export(
        link("wan", "em0", is_outside=True),
        link("lan", "em1", behind="10.10.0.0/24"),
        link("opt1", "em2", behind="192.0.2.0/28"),
    )

    found = attached(
        site(device(), office="10.10.0.0/24", dmz="192.0.2.0/28", other="10.99.0.0/24"),
        {"edge": (rules,)},
    )

    assert behind(found) == {"wan": ("internet",), "lan": ("office",), "opt1": ("dmz",)}
    assert found.site.devices[0].interfaces[2].addresses == addresses("192.0.2.0/28")
    assert list(found.site.networks) == ["office", "dmz", "other"]
    assert errors(found) == []


def test_what_no_network_of_the_site_has_is_a_network_too() -> None:
    rules = export(
        link("wan", "em0", behind="198.51.100.0/24", is_outside=True),
        link("lan", "em1", behind="10.10.0.0/23"),
        link("opt3", "em4", behind="10.9.0.0/24"),
    )

    found = attached(site(device(), office="10.10.0.0/24"), {"edge": (rules,)})

    assert behind(found) == {
        "wan": ("internet",),
        "lan": ("office", "lan of edge"),
        "opt3": ("opt3 of edge",),
    }
    assert found.site.networks["lan of edge"] == addresses("10.10.1.0/24")
    assert found.site.networks["opt3 of edge"] == addresses("10.9.0.0/24")
    wan = found.site.devices[0].interfaces[0]
    assert not intersection(wan.addresses.v4, addresses("10.9.0.0/24").v4)


def test_a_network_behind_two_interfaces_is_taken_apart() -> None:
    rules = export(link("lan", behind="10.0.1.0/24"), link("opt1", behind="10.0.2.0/24"))

    found = attached(site(device(), office="10.0.0.0/16"), {"edge": (rules,)})

    assert behind(found) == {"lan": ("office at lan",), "opt1": ("office at opt1",)}
    assert found.site.networks["office at opt1"] == addresses("10.0.2.0/24")


def test_the_more_specific_route_tells_where_a_network_is() -> None:
    rules = export(
        link("lan", behind="10.0.1.0/24 2001:db8:1::/64"),
        link("core", behind="10.0.0.0/8 192.0.2.0/24 2001:db8::/32"),
        link("spare", behind="192.0.2.0/24"),
    )
    here = site(device(), office="10.0.1.0/24", other="10.9.0.0/16", all="2001:db8:1::/64")

    assert {
        name: set(its) & {*here.networks}
        for name, its in behind(attached(here, {"edge": (rules,)})).items()
    } == {"lan": {"office", "all"}, "core": {"other"}, "spare": set()}


def test_parts_of_a_network_behind_several_devices_are_one_network_if_they_are_the_same() -> None:
    first = export(link("lan", behind="10.0.1.0/24"), link("opt1", behind="10.0.2.0/24"))
    second = export(link("lan", behind="10.0.3.0/24"), link("opt2", behind="10.0.2.0/24"))
    here = site(device("one"), device("two"), office="10.0.0.0/16")

    found = attached(here, {"one": (first,), "two": (second,)})

    assert [
        (each.name, interface.name, interface.networks)
        for each in found.site.devices
        for interface in each.interfaces
    ] == [
        ("one", "lan", ("office at lan",)),
        ("one", "opt1", ("office at opt1",)),
        ("two", "lan", ("office at lan of two",)),
        ("two", "opt2", ("office at opt1",)),
    ]
    assert found.site.networks == {
        "office": addresses("10.0.0.0/16"),
        "office at lan": addresses("10.0.1.0/24"),
        "office at opt1": addresses("10.0.2.0/24"),
        "office at lan of two": addresses("10.0.3.0/24"),
    }


def test_a_network_larger_than_the_one_interface_it_meets_lies_behind_it_whole() -> None:
    rules = export(link("lan", behind="10.0.1.0/24"), link("wan", is_outside=True))

    found = attached(site(device(), office="10.0.0.0/16"), {"edge": (rules,)})

    assert behind(found) == {"lan": ("office",), "wan": ("internet",)}


def test_interfaces_of_the_site_stand_and_must_be_in_the_export() -> None:
    rules = export(link("wan", "em0", is_outside=True), link("lan", "em1", behind="10.0.0.0/24"))
    good = Interface("em1", ("office",), addresses("10.0.0.0/8"), SPAN)
    bad = Interface("em7", ("office",), addresses("10.0.0.0/8"), SPAN)
    here = site(device(interfaces=(good,)), office="10.0.0.0/8")
    wrong = site(device(interfaces=(bad,)), office="10.0.0.0/8")

    assert behind(attached(here, {"edge": (rules,)})) == {"em1": ("office",)}
    assert errors(attached(wrong, {"edge": (rules,)})) == [
        "`edge` has no interface `em7`: it has wan, lan"
    ]


def test_a_device_that_neither_site_nor_export_places_is_an_error() -> None:
    found = attached(site(device()), {"edge": (export(),)})

    (misplaced,) = found.misplaced
    assert misplaced.error.message == (
        "device `edge` needs `interfaces:`, or `host:` on a machine itself: "
        "its export does not tell which networks it connects"
    )
    assert (misplaced.error.span, misplaced.error.text) == (SPAN, "  edge: {config: export}")
    assert found.rulesets == {}


ROLES = (
    End("leap.mx", "role", addresses("10.0.0.5")),
    End("leap.webapp", "role", addresses("10.0.0.6", "10.0.0.7")),
)
CLOUD = (
    export(place="eni-1", own="10.0.0.5"),
    export(place="eni-2", own="10.0.0.6 10.0.0.9"),
    export(place="eni-3", own="10.0.0.7"),
    export(place="eni-4", own="10.0.0.8"),
)


def test_every_machine_with_a_role_s_address_is_a_device_of_its_own() -> None:
    found = attached(site(device("cloud"), roles=ROLES), {"cloud": CLOUD})

    assert [(each.name, each.roles) for each in found.site.devices] == [
        ("cloud/eni-1", ("leap.mx",)),
        ("cloud/eni-2", ("leap.webapp",)),
        ("cloud/eni-3", ("leap.webapp",)),
    ]
    assert found.site.devices[1].own == addresses("10.0.0.6", "10.0.0.9")
    assert found.rulesets == {f"cloud/{each.place}": (each,) for each in CLOUD[:3]}
    assert errors(found) == []


@pytest.mark.parametrize(
    ("roles", "named", "expected"),
    [
        (
            (End("leap.mx", "role", addresses("10.1.1.1")), ROLES[1]),
            ("leap.mx",),
            (
                "no network interface in the exports of `cloud` has the address of leap.mx: "
                "bind it to the private address, or name `groups:` and `acl:`"
            ),
        ),
        (
            (
                End("leap.mx", "role", addresses("10.1.1.1")),
                End("leap.webapp", "role", addresses("10.1.1.2")),
            ),
            (),
            "no network interface in the exports of `cloud` has a role's address",
        ),
    ],
)
def test_a_role_that_no_machine_has_is_an_error(
    roles: tuple[End, ...], named: tuple[str, ...], expected: str
) -> None:
    found = attached(site(device("cloud", roles=named), roles=roles), {"cloud": CLOUD})

    assert errors(found) == [expected]
    assert (found.site.devices, found.rulesets) == ((), {})


def test_machines_of_two_networks_that_share_a_role_s_address_are_not_taken_for_one() -> None:
    twin = export(place="eni-9", own="10.0.0.9 10.0.0.7")
    elsewhere = export(place="eni-8", own="10.0.0.8")

    found = attached(site(device("cloud"), roles=ROLES), {"cloud": (*CLOUD, elsewhere, twin)})

    shared = "eni-3 and eni-9 in the exports of `cloud` share an address of leap.webapp"
    assert errors(found) == [f"{shared}: export only the VPC that you mean"]
    assert (found.site.devices, found.rulesets) == ((), {})
    # No role has 10.0.0.8.
    found = attached(site(device("cloud"), roles=ROLES), {"cloud": (*CLOUD, elsewhere)})
    assert errors(found) == []


def test_devices_whose_exports_tell_nothing_stay_as_the_site_has_them() -> None:
    host = device("mx", roles=("leap.mx",), own=addresses("10.0.0.5"))
    edge = device("edge", interfaces=(Interface("e0", ("internet",), Addresses(), SPAN),))
    plain = site(host, edge, roles=ROLES, office="10.0.0.0/8")
    rulesets = {"mx": (export(),), "edge": (export(),)}

    assert attached(plain, rulesets) == (plain, rulesets, ())


def test_what_a_cloud_filters_before_a_machine_stands_before_its_own_firewall() -> None:
    own = device("own", roles=("leap.mx",), own=addresses("10.0.0.5"))
    plain = export()

    found = attached(site(own, device(), roles=ROLES[:1]), {"own": (plain,), "edge": CLOUD})

    assert [each.name for each in found.site.devices] == ["edge/eni-1", "own"]
    assert found.rulesets == {"edge/eni-1": CLOUD[:1], "own": (plain,)}


def test_of_several_firewalls_in_one_export_a_device_is_the_one_that_has_its_name() -> None:
    wan = Interface("wan", ("internet",), Addresses(), SPAN)
    both = (export(place="Inner"), export(place="outer"))
    here = {name: device(name, interfaces=(wan,)) for name in ("inner", "Inner", "Outer", "edge")}

    found = attached(site(*here.values()), dict.fromkeys(here, both))

    assert found.rulesets == {"inner": both[:1], "Inner": both[:1], "Outer": both[1:]}
    assert errors(found) == [
        (
            "the exports of `edge` hold 2 firewalls: name the device after one of "
            "them (Inner, outer), or give it the exports of one only"
        )
    ]


def test_a_cloud_s_firewall_between_networks_is_none_of_a_machine() -> None:
    chain = base_chain("forward", (), SPAN, "forward", 0, DROP)
    table = Table("aws", frozenset({4, 6}), {"forward": chain})
    between = replace(export(place="Inspection"), tables=(table,))
    here = site(device(roles=("leap.mx",), own=addresses("10.0.0.5")), roles=ROLES[:1])

    assert errors(attached(here, {"edge": (between,)})) == [
        (
            "Inspection is a firewall between networks: device `edge` needs `interfaces:` instead "
            "of `host:`"
        )
    ]


def test_a_machine_s_own_export_is_not_lost_among_those_of_an_account() -> None:
    found = attached(site(device("cloud"), roles=ROLES), {"cloud": (*CLOUD, export())})

    assert errors(found) == [
        (
            "export is the export of one firewall, but the others of `cloud` are "
            "of many machines: make it a device of its own, with `host:` or "
            "`interfaces:`"
        )
    ]

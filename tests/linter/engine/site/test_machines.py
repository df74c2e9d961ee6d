"""Which machines of an export with many a site speaks of, and what it learns of its networks."""

import pytest

from flowmodel import match
from flowmodel.record import replace
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.site import End, Need, Requirement, Service, Site
from flowmodel.source import Source
from flowmodel.values import is_subset, overlaps
from flowmodel.verdict import ACCEPT, DROP
from linter.engine.site.attachment import attached
from linter.engine.site.exported import outside, the_internet
from tests.chains import base_chain
from tests.linter.engine.site.test_attachment import SPAN, addresses, device, errors, export, site

WEB = End("shop.web", "role", addresses("10.20.1.5"))
HTTPS = Service(6, ((443, 443),), "443/tcp")


def peer(*texts: str) -> End:
    return End("peer", "peer", addresses(*texts))


def flow(source: End, destination: End, need: Need = "must", because: str = "") -> Requirement:
    ends = ((source, destination),)
    return replace(Requirement("shop", "x", ends, (HTTPS,), need, SPAN), inactive_because=because)


def asked(*flows: Requirement, roles: tuple[End, ...] = (WEB,)) -> Site:
    return replace(site(device("cloud"), roles=roles), requirements=flows)


def place(name: str, own: str, machine: str = "") -> RuleSet:
    return replace(export(place=name, own=own), machine=machine)


ACCOUNT = (
    place("eni-1", "10.20.1.5 10.20.1.6 2001:db8::5", "i-1"),
    place("eni-2", "10.20.2.5", "i-1"),
    place("eni-3", "10.20.3.5", "i-3"),
    place("eni-4", "10.20.4.5", ""),
    place("eni-5", "10.20.5.5", ""),
)
INTERNET = End("internet", "internet", addresses("8.0.0.0/8"), wide=addresses("8.0.0.0/8"))


@pytest.mark.parametrize(
    ("flows", "more"),
    [
        pytest.param((), {}, id="a role, and another interface of its machine"),
        pytest.param((flow(peer("10.20.3.5"), WEB),), {"eni-3": ()}, id="a peer that sends"),
        pytest.param((flow(WEB, peer("10.20.4.5")),), {"eni-4": ()}, id="a peer that is reached"),
        pytest.param((flow(WEB, peer("10.20.3.5", "10.20.4.5")),), {"eni-3": (), "eni-4": ()},
                     id="a peer of two machines"),
        pytest.param((flow(INTERNET, peer("10.20.4.5"), "never"),), {"eni-4": ()},
                     id="what must not be reached"),
        pytest.param((flow(INTERNET, peer("10.20.4.0/22"), "never"),),
                     {"eni-4": (), "eni-5": ()}, id="a network that must not be reached"),
        pytest.param((flow(peer("10.20.4.0/22"), WEB),), {}, id="a network is no machine"),
        pytest.param((flow(peer("10.20.4.0/22"), WEB, "never"),), {}, id="nor one that sends"),
        pytest.param((flow(peer("10.20.3.5"), WEB, because="x: no"),), {},
                     id="a flow that is not in use"),
    ],
)  # fmt: skip
def test_each_machine_that_a_flow_is_about_is_a_device(
    flows: tuple[Requirement, ...], more: dict[str, tuple[str, ...]]
) -> None:
    found = attached(asked(*flows), {"cloud": ACCOUNT})

    roles = {each.name.removeprefix("cloud/"): each.roles for each in found.site.devices}
    assert roles == {"eni-1": ("shop.web",), "eni-2": ("shop.web",)} | more
    assert all(each.is_machine for each in found.site.devices)
    assert errors(found) == []


def test_interfaces_of_no_told_machine_are_not_one_machine() -> None:
    web = End("shop.web", "role", addresses("10.20.4.5"))
    found = attached(asked(roles=(web,)), {"cloud": ACCOUNT})

    assert [each.name for each in found.site.devices] == ["cloud/eni-4"]


def test_a_role_is_at_every_address_of_its_machine_that_no_other_role_has() -> None:
    other = End("shop.db", "role", addresses("10.20.1.6"))
    found = attached(asked(flow(WEB, other), roles=(WEB, other)), {"cloud": ACCOUNT})

    beside = addresses("10.20.2.5", "2001:db8::5")
    assert [each.beside for each in found.site.roles] == [beside, beside]
    (pair,) = found.site.requirements[0].ends
    assert [each.beside for each in pair] == [beside, beside]
    assert [each.addresses for each in pair] == [WEB.addresses, other.addresses]


def test_of_a_role_with_named_addresses_the_others_count_once() -> None:
    inner = End("shop.web.inner", "role", addresses("10.20.1.5"))
    outer = End("shop.web.outer", "role", addresses("10.20.1.6"))
    found = attached(asked(roles=(inner, outer)), {"cloud": ACCOUNT})

    assert [bool(each.beside) for each in found.site.roles] == [True, False]


def test_a_peer_at_two_machines_is_refused() -> None:
    twin = place("eni-9", "10.20.3.5")
    found = attached(asked(flow(peer("10.20.3.5"), WEB)), {"cloud": (*ACCOUNT, twin)})

    (error,) = errors(found)
    assert error == (
        "eni-3 and eni-9 in the exports of `cloud` share an address of peer: export only the VPC "
        "that you mean"
    )


def test_networks_of_an_export_are_known_and_private_ones_are_not_the_internet() -> None:
    vpc = (("vpc-1", addresses("8.8.0.0/16")),)
    account = (replace(ACCOUNT[0], networks=vpc), replace(ACCOUNT[1], networks=vpc))
    found = attached(asked(flow(INTERNET, WEB)), {"cloud": account}).site

    assert found.exported == vpc
    assert found.networks == {}
    (pair,) = found.requirements[0].ends
    assert not pair[0].addresses & addresses("8.8.0.0/16")
    assert not outside(found) & addresses("8.8.0.0/16")
    assert outside(found) & addresses("10.0.0.0/8")
    assert not the_internet(found) & addresses("10.0.0.0/8", "fd00::/8")
    assert the_internet(found) & addresses("198.51.100.0/24")


def test_who_may_be_a_member_is_nobody_of_the_internet() -> None:
    unread = match.Unread("whether the source is a member", "src")
    source = Source("export", ["x"])
    rules = (Rule((unread,), ACCEPT, source, 1), Rule((match.Unread("time"),), ACCEPT, source, 1))
    chain = base_chain("in", rules, SPAN, "input", 0, DROP)
    table = Table("t", frozenset({4, 6}), {"in": chain})
    one = replace(ACCOUNT[0], tables=(table,))
    two = replace(ACCOUNT[1], tables=(table,))
    found = attached(asked(flow(peer("8.8.8.8"), WEB)), {"cloud": (one, two)})

    chains: list[Chain] = [
        each for its in found.rulesets.values() for r in its for each in r.tables[0].chains.values()
    ]
    assert chains[0] is chains[1]
    narrowed, same = (rule.match for rule in chains[0].rules)
    assert same == rules[1].match
    (condition,) = narrowed
    assert isinstance(condition, match.All)
    somewhere, left = condition.conditions
    assert left is unread
    assert isinstance(somewhere, match.Any)
    v4 = somewhere.conditions[0]
    assert isinstance(v4, match.All)
    (test,) = (each for each in v4.conditions if isinstance(each, match.Test))
    assert is_subset(addresses("10.0.0.0/8", "8.8.8.8").v4, test.values)
    assert not overlaps(addresses("8.8.8.7", "198.51.100.0/24").v4, test.values)

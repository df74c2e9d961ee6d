"""Who is behind a group or a prefix list that a rule names, and what is not known of them."""

import pytest

from flowmodel.source import InputError, Source
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    OWNER,
    VPC,
    Element,
    account,
    answer,
    group,
    interface,
    permission,
    rulesets,
    source,
)

FROM_WEB = "tcp 10.0.1.20:40000 > 10.0.1.10:22"


def pair(group_id: str, **more: str) -> Element:
    return {"GroupId": group_id, "UserId": OWNER} | more


def of(*pairs: Element) -> Element:
    return permission("tcp", 22, UserIdGroupPairs=list(pairs))


def naming(rule: Element, *, web: Element | None = None) -> dict[str, list[Element]]:
    """An account with a machine whose group has the rule, and another one with the group sg-web."""
    its = interface("eni-web", "10.0.1.20", "sg-web", v6="2001:db8:1::20") | (web or {})
    return account(
        SecurityGroups=[group("sg-one", [rule]), group("sg-web")],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", v6="2001:db8:1::10"), its],
    )


def first(lists: dict[str, list[Element]], packet: str, *more: Source) -> str:
    return answer(rulesets(lists, *more)[:1], "input", packet).verdict


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        pytest.param(FROM_WEB, "accept", id="an interface with the group"),
        pytest.param("tcp [2001:db8:1::20]:40000 > [2001:db8:1::10]:22", "accept", id="over IPv6"),
        pytest.param("tcp 10.0.1.21:40000 > 10.0.1.10:22", "drop", id="an address of no interface"),
        pytest.param("tcp 10.0.1.10:40000 > 10.0.1.10:22", "drop", id="one without the group"),
        pytest.param("tcp 203.0.113.5:40000 > 10.0.1.10:22", "drop", id="its public address"),
        pytest.param("tcp 10.0.1.64:40000 > 10.0.1.10:22", "accept", id="of a delegated prefix"),
    ],
)
def test_a_group_stands_for_the_private_addresses_of_its_interfaces(
    packet: str, expected: str
) -> None:
    web: Element = {
        "Association": {"PublicIp": "203.0.113.5"},
        "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.64/28"}],
    }

    assert first(naming(of(pair("sg-web")), web=web), packet) == expected


def test_members_of_a_group_can_talk_only_where_a_rule_names_the_group_itself() -> None:
    silent = naming(permission("tcp", 22, IpRanges=[]), web={"Groups": [{"GroupId": "sg-one"}]})
    talking = naming(of(pair("sg-one")), web={"Groups": [{"GroupId": "sg-one"}]})

    assert first(silent, FROM_WEB) == "drop"
    assert first(talking, FROM_WEB) == "accept"


def test_without_network_interfaces_members_are_only_possible() -> None:
    lists = naming(of(pair("sg-web")))
    instances = [
        {"InstanceId": f"i-{each['NetworkInterfaceId']}", "NetworkInterfaces": [each]}
        for each in lists.pop("NetworkInterfaces")
    ]
    lists["Reservations"] = [{"ReservationId": "r-1", "Instances": instances}]
    found = rulesets(lists)

    assert answer(found[:1], "input", FROM_WEB).verdict == "accept"
    other = answer(found[:1], "input", "tcp 10.0.1.21:40000 > 10.0.1.10:22")
    assert other.verdict == "unknown"
    assert other.unread == ("whether the source has sg-web (web)",)
    (gap,) = found[0].gaps
    assert gap.check == "FW307"
    assert gap.message == (
        "the network interfaces that have sg-web (web) are not all in the export: whether a rule "
        "that names it matches counts as unknown (add describe-network-interfaces)"
    )


def test_a_group_that_no_interface_has_matches_nothing() -> None:
    lists = naming(of(pair("sg-gone")))
    found = rulesets(lists)

    assert answer(found[:1], "input", FROM_WEB).verdict == "drop"
    assert [gap.message for gap in found[0].gaps] == [
        "sg-gone is in no export and no interface has it: the rule matches nothing"
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"VpcId": "vpc-peer", "PeeringStatus": "active"}, "accept", id="active"),
        pytest.param({"VpcId": "vpc-peer", "PeeringStatus": "deleted"}, "unknown", id="deleted"),
        pytest.param({"VpcId": "vpc-peer"}, "unknown", id="perhaps by a transit gateway"),
        pytest.param({"VpcId": VPC}, "accept", id="the same VPC"),
    ],
)
def test_groups_of_other_vpcs_and_accounts(more: dict[str, str], expected: str) -> None:
    there: Element = {"VpcId": more["VpcId"]}

    assert first(naming(of(pair("sg-web", **more)), web=there), FROM_WEB) == expected


def _in_two_vpcs(rule: Element) -> dict[str, list[Element]]:
    """A group that is associated with two VPCs, with two members in each of them."""
    places = {
        "eni-1": "10.0.1.10",
        "eni-2": "10.0.1.11",
        "eni-3": "10.9.1.10",
        "eni-4": "10.9.1.11",
    }
    far: Element = {"VpcId": "vpc-far", "SubnetId": "subnet-far"}
    return account(
        SecurityGroups=[group("sg-one", [rule]), group("sg-web")],
        NetworkInterfaces=[
            interface(name, address, "sg-one", "sg-web")
            | (far if address.startswith("10.9.") else {})
            for name, address in places.items()
        ],
    )


@pytest.mark.parametrize("named", ["sg-one", "sg-web"])
@pytest.mark.parametrize(
    ("at", "source_", "expected"),
    [
        ("10.0.1.10", "10.0.1.11", "accept"),
        ("10.0.1.10", "10.9.1.11", "unknown"),
        ("10.9.1.10", "10.9.1.11", "accept"),
        ("10.9.1.10", "10.0.1.11", "unknown"),
        ("10.9.1.10", "10.9.1.12", "drop"),
        ("10.0.1.10", "10.0.1.12", "drop"),
    ],
)
def test_members_in_another_vpc_that_a_group_is_associated_with_may_count(
    named: str, at: str, source_: str, expected: str
) -> None:
    found = rulesets(_in_two_vpcs(of(pair(named))), place=Place(at=at, acl="none"))

    assert answer(found, "input", f"tcp {source_}:40000 > {at}:22").verdict == expected


def test_a_group_of_another_account_may_have_members_there() -> None:
    lists = naming(of(pair("sg-web", UserId="444455556666")))

    assert first(lists, FROM_WEB) == "accept"
    assert first(lists, FROM_WEB.replace(".20:", ".21:")) == "unknown"


def test_a_group_is_not_known_behind_an_appliance() -> None:
    lists = naming(of(pair("sg-web")))
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
    inspected = {"DestinationCidrBlock": "10.0.1.0/24", "NetworkInterfaceId": "eni-fw"}
    internet = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
    table: Element = {"RouteTableId": "rtb-1", "VpcId": VPC, "Associations": [{"Main": True}]}

    lists["RouteTables"] = [table | {"Routes": [local, internet]}]
    assert first(lists, FROM_WEB) == "accept"
    lists["RouteTables"] = [table | {"Routes": [local, inspected, internet]}]
    assert first(lists, FROM_WEB) == "unknown"
    edge = {"Associations": [{"GatewayId": "igw-1"}], "Routes": [local, inspected]}
    lists["RouteTables"] = [table | edge]
    assert first(lists, FROM_WEB) == "accept"


LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
MAIN = [{"Main": True}]
TABLES = {
    "whole": ({"Associations": MAIN, "Routes": [LOCAL]}, "accept"),
    "for no subnet": ({"Associations": [], "Routes": [LOCAL]}, "accept"),
    "for a prefix list": (
        {"Associations": MAIN, "Routes": [LOCAL, {"DestinationPrefixListId": "pl-1"}]},
        "accept",
    ),
    "without routes": ({"Associations": MAIN}, "unknown"),
    "with null for routes": ({"Associations": MAIN, "Routes": None}, "unknown"),
    "without a destination": (
        {"Associations": MAIN, "Routes": [LOCAL, {"NetworkInterfaceId": "eni-fw"}]},
        "unknown",
    ),
}


@pytest.mark.parametrize(("more", "expected"), TABLES.values(), ids=TABLES)
def test_a_table_that_is_cut_does_not_tell_that_no_appliance_is_there(
    more: Element, expected: str
) -> None:
    lists = naming(of(pair("sg-web")))
    table: Element = {"RouteTableId": "rtb-1", "VpcId": VPC}
    lists["RouteTables"] = [table | more]

    assert first(lists, FROM_WEB) == expected
    gaps = [gap.message for gap in rulesets(lists)[0].gaps]
    assert any("of rtb-1 is missing or cut" in each for each in gaps) is (expected == "unknown")


UNTOLD = {
    "whose account nobody tells": ({"GroupId": "sg-far"}, "unknown"),
    "of an empty account": ({"GroupId": "sg-far", "UserId": ""}, "unknown"),
    "of this account": ({"GroupId": "sg-far", "UserId": OWNER}, "drop"),
}


@pytest.mark.parametrize(("named", "expected"), UNTOLD.values(), ids=UNTOLD)
def test_a_group_that_is_not_here_may_be_another_accounts(named: Element, expected: str) -> None:
    """Interfaces of other accounts can be in a shared VPC, and no answer of this one has them."""
    packet = "tcp 10.0.1.33:40000 > 10.0.1.10:22"

    assert first(naming(of(named)), packet) == expected
    assert first(naming(of({"GroupId": "sg-web"})), FROM_WEB) == "accept"


LISTED = permission("tcp", 22, PrefixListIds=[{"PrefixListId": "pl-01", "Description": "offices"}])
OFFICES: Element = {"PrefixListId": "pl-01", "PrefixListName": "offices", "AddressFamily": "IPv4"}
OFFICE, OTHER = "tcp 198.51.100.9:1 > 10.0.1.10:22", "tcp 192.0.2.9:1 > 10.0.1.10:22"
ENTRIES: Element = {"Entries": [{"Cidr": "198.51.100.0/28", "Description": "Linz"}]}


def test_a_prefix_list_stands_for_its_entries_which_the_files_name_tells() -> None:
    lists = naming(LISTED) | {"PrefixLists": [OFFICES]}
    entries = source(ENTRIES, "exports/entries-pl-01.json")

    assert first(lists, OFFICE, entries) == "accept"
    assert first(lists, OTHER, entries) == "drop"


def test_entries_may_have_the_lists_id_among_them() -> None:
    entries = source({"PrefixListId": "pl-01"} | ENTRIES, "entries.json")

    assert first(naming(LISTED), OFFICE, entries) == "accept"
    assert first(naming(LISTED), OTHER, entries) == "drop"


def test_describe_prefix_lists_has_the_networks_in_it() -> None:
    lists = naming(LISTED) | {"PrefixLists": [{"PrefixListId": "pl-01", "Cidrs": ["192.0.2.0/24"]}]}

    assert first(lists, OFFICE) == "drop"
    assert first(lists, OTHER) == "accept"


def test_a_list_without_its_entries_is_possible_for_its_family() -> None:
    lists = naming(LISTED) | {"PrefixLists": [OFFICES]}
    found = rulesets(lists)

    decided = answer(found[:1], "input", OFFICE)
    assert decided.verdict == "unknown"
    assert decided.unread == ("whether the source is in pl-01 (offices)",)
    assert first(lists, "tcp [2001:db8:7::1]:1 > [2001:db8:1::10]:22") == "drop"
    (gap,) = found[0].gaps
    assert gap.check == "FW307"
    assert gap.message == (
        "the entries of pl-01 (offices) are not all in the export: whether a rule that names it "
        "matches counts as unknown (add get-managed-prefix-list-entries)"
    )
    assert gap.text == 'sg-one (one) ingress tcp 22 from pl-01 (offices) "offices"'


def test_entries_that_go_on_on_another_page_are_not_all() -> None:
    entries = source(ENTRIES | {"NextToken": "more"}, "pl-01.json")

    assert first(naming(LISTED), OFFICE, entries) == "accept"
    assert first(naming(LISTED), OTHER, entries) == "unknown"


def test_pages_of_entries_are_one_list() -> None:
    text = [*source(ENTRIES | {"NextToken": "more"}).lines,
            *source({"Entries": [{"Cidr": "192.0.2.9/32"}]}).lines]  # fmt: skip
    entries = Source("pl-01.json", text)

    assert first(naming(LISTED), OFFICE, entries) == "accept"
    assert first(naming(LISTED), OTHER, entries) == "accept"


def test_entries_of_nobody_knows_which_list_are_not_used() -> None:
    found = rulesets(naming(LISTED), source(ENTRIES, "entries.json"))

    assert answer(found[:1], "input", OFFICE).verdict == "unknown"
    gap = next(gap for gap in found[0].gaps if gap.check == "FW901")
    assert str(gap.span) == "entries.json:2:5"
    assert gap.message == (
        "which prefix list these entries are of is nowhere in them: give the file the list's id as "
        "its name (pl-0123.json)"
    )


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        (naming(of({"GroupName": "web"})), "a group is referred to by its `GroupId`"),
        (naming(permission("tcp", 22, IpRanges=[{"CidrIp": "10.0.0"}])), "`10.0.0` is no network"),
        (naming(permission("tcpp", 22)), "these are no protocol and ports of AWS"),
        (naming(permission("999", 22)), "these are no protocol and ports of AWS"),
        (naming(permission("tcp", 22, IpRanges=["0.0.0.0/0"])),
         "`IpRanges` is no list of objects"),
    ],
)  # fmt: skip
def test_what_no_rule_says_is_an_error(lists: dict[str, list[Element]], message: str) -> None:
    with pytest.raises(InputError) as raised:
        rulesets(lists)

    assert raised.value.message == message


def test_egress_asks_for_the_destination() -> None:
    lists = account(
        SecurityGroups=[group("sg-one", [], [of(pair("sg-web"))]), group("sg-web")],
        NetworkInterfaces=[
            interface("eni-one", "10.0.1.10", "sg-one"),
            interface("eni-web", "10.0.1.20", "sg-web"),
        ],
    )
    found = rulesets(lists)[:1]

    assert answer(found, "output", "tcp 10.0.1.10:40000 > 10.0.1.20:22").verdict == "accept"
    assert answer(found, "output", "tcp 10.0.1.20:40000 > 10.0.1.10:22").verdict == "drop"


def test_equal_tests_are_one_object() -> None:
    office = permission("tcp", 22, IpRanges=[{"CidrIp": "192.0.2.0/24"}])
    lists = account(
        SecurityGroups=[group("sg-one", [office]), group("sg-two", [office])],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", "sg-two")],
    )
    chains = rulesets(lists)[0].tables[0].chains
    one, two = (chains[f"{name} ingress"].rules[0].match for name in ("sg-one", "sg-two"))

    assert len(one) == 4
    assert all(left is right for left, right in zip(one, two, strict=True))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(of(pair("sg-web")), "unknown", id="a group"),
        pytest.param(permission("udp", 9000, IpRanges=[{"CidrIp": "10.0.1.20/32"}]), "accept",
                     id="a network"),
    ],
)  # fmt: skip
def test_a_group_is_no_source_of_multicast(rule: Element, expected: str) -> None:
    """VPC Transit Gateways Guide, "Multicast routing": no rule can name one as such."""
    lists = naming(rule | {"IpProtocol": "udp", "FromPort": 9000, "ToPort": 9000})

    assert first(lists, "udp 10.0.1.20:40000 > 239.1.2.3:9000") == expected
    assert first(lists, "udp 10.0.1.20:40000 > 10.0.1.10:9000") == "accept"

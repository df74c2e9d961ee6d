"""What a first user met: answers that `--query` made smaller, and files that belong elsewhere."""

import pytest

from flowmodel.source import InputError, Source
from tests.parsers.aws.samples import (
    ANYWHERE,
    EVERYTHING,
    SUBNET,
    VPC,
    Element,
    account,
    acl,
    answer,
    at_one,
    group,
    interface,
    permission,
    rulesets,
    source,
    verdict,
)

TCP_22 = "tcp 198.51.100.7:40000 > 10.0.1.10:22"


@pytest.mark.parametrize(
    ("given", "whole", "error"),
    [
        pytest.param(
            {"Subnets": [{"SubnetId": SUBNET, "VpcId": VPC}]},
            {"Subnets": [{"SubnetId": SUBNET, "VpcId": VPC, "CidrBlock": "10.0.1.0/24"}]},
            "`CidrBlock` is missing: nothing else tells what stays within the subnet",
            id="a subnet without its range",
        ),
        pytest.param(
            {"Subnets": [{"SubnetId": SUBNET, "VpcId": VPC, "Ipv6Native": True}]},
            {
                "Subnets": [
                    {
                        "SubnetId": SUBNET,
                        "VpcId": VPC,
                        "Ipv6Native": True,
                        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/64"}],
                    }
                ]
            },
            "`CidrBlock` is missing: nothing else tells what stays within the subnet",
            id="a subnet of IPv6 without its range",
        ),
    ],
)
def test_what_a_query_left_out_is_missed_where_it_decides(
    given: dict[str, list[Element]], whole: dict[str, list[Element]], error: str
) -> None:
    assert rulesets(at_one([EVERYTHING]) | whole)

    with pytest.raises(InputError) as raised:
        rulesets(at_one([EVERYTHING]) | given)

    assert raised.value.message == error


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            '{"Widgets": [{"VpcId": "vpc-1"}]}',
            "has nothing that fwlint reads: `Widgets` is of no answer that it knows",
            "other.json:1:2",
        ),
        (
            '{"ResponseMetadata": {}, "Widgets": []}',
            "has nothing that fwlint reads: `Widgets` is of no answer that it knows",
            "other.json:1:26",
        ),
        ('{"NextToken": "x"}', "has nothing that fwlint reads", "other.json:1:1"),
        ("[]", "has nothing that fwlint reads", "other.json:1:1"),
    ],
)
def test_an_answer_about_something_else_is_named(text: str, message: str, place: str) -> None:
    with pytest.raises(InputError) as raised:
        rulesets(at_one([EVERYTHING]), Source("other.json", [text]))

    assert raised.value.message == message
    assert str(raised.value.span) == place


def test_ports_that_are_missing_are_missing_in_words_too() -> None:
    found = rulesets(at_one([permission("tcp"), permission("icmp"), permission("udp", -1)]))
    decided = answer(found, "input", TCP_22)

    assert decided.text == "sg-one (one) ingress tcp without ports from 0.0.0.0/0"
    assert decided.unread == ("which ports AWS takes for tcp without ports",)
    decided = answer(found, "input", "icmp 198.51.100.7 > 10.0.1.10")
    assert decided.text == "sg-one (one) ingress icmp without types from 0.0.0.0/0"
    assert decided.unread == ("which types AWS takes for icmp without types",)
    decided = answer(found, "input", TCP_22.replace("tcp", "udp"))
    assert decided.text == "sg-one (one) ingress udp -1 from 0.0.0.0/0"
    assert decided.unread == ("which ports AWS takes for udp -1",)


def test_a_group_of_another_vpc_is_in_doubt_though_the_rule_does_not_say_where_it_is() -> None:
    there = group("sg-there") | {"VpcId": "vpc-02"}
    pair = {"GroupId": "sg-there", "UserId": there["OwnerId"]}
    lists = account(
        SecurityGroups=[group("sg-one", [permission("tcp", 22, UserIdGroupPairs=[pair])]), there],
        NetworkInterfaces=[
            interface("eni-one", "10.0.1.10", "sg-one"),
            interface("eni-two", "10.2.1.10", "sg-there", VpcId="vpc-02"),
        ],
    )
    decided = answer(rulesets(lists)[:1], "input", "tcp 10.2.1.10:40000 > 10.0.1.10:22")

    assert decided.verdict == "unknown"
    why = "the state of the peering connection to vpc-02 is not told"
    assert decided.unread == (f"whether sg-there (there) counts here: {why}",)


def test_an_entry_of_an_acl_has_one_network() -> None:
    both = acl("acl-open", ANYWHERE | {"Ipv6CidrBlock": "::/0"})
    with pytest.raises(InputError) as raised:
        rulesets(at_one([EVERYTHING]) | {"NetworkAcls": [both]})

    assert raised.value.message == "an entry has one network: `CidrBlock` or `Ipv6CidrBlock`"
    # Null is what YAML and jq may leave there.
    one = acl("acl-open", ANYWHERE | {"Ipv6CidrBlock": None})
    assert verdict(at_one([EVERYTHING]) | {"NetworkAcls": [one]}, "input", TCP_22) == "accept"


def test_two_interfaces_with_an_address_are_shown_at_the_second_one() -> None:
    from parsers.shared.context import Place

    lists = account(
        SecurityGroups=[group("sg-one")],
        NetworkInterfaces=[
            interface("eni-one", "10.0.1.10", "sg-one"),
            interface("eni-two", "10.0.1.10", "sg-one", VpcId="vpc-02"),
        ],
    )
    with pytest.raises(InputError) as raised:
        rulesets(lists, source({"Vpcs": []}, "vpcs.json"), place=Place(at="10.0.1.10"))

    assert raised.value.message == (
        "several interfaces have 10.0.1.10: name one of eni-one, eni-two"
    )
    assert str(raised.value.span).startswith("account.json:")
    assert raised.value.span.line > 1


_IN_LIST = permission("tcp", 22, PrefixListIds=[{"PrefixListId": "pl-01"}])


def _entries(*networks: str, **more: str) -> Element:
    return {"Entries": [{"Cidr": each} for each in networks], "PrefixListId": "pl-01", **more}


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        pytest.param(
            _entries("198.51.100.0/24"), _entries("192.0.2.0/24"), "2.json:1:1", id="entries"
        ),
        pytest.param(
            {"PrefixLists": [{"PrefixListId": "pl-01", "Cidrs": ["198.51.100.0/24"]}]},
            {"PrefixLists": [{"PrefixListId": "pl-01", "Cidrs": ["192.0.2.0/24"]}]},
            "2.json:3:9",
            id="lists",
        ),
    ],
)
def test_prefix_lists_that_contradict_each_other_are_an_error(
    first: Element, second: Element, place: str
) -> None:
    one = source(first, "1.json")
    with pytest.raises(InputError) as raised:
        rulesets(at_one([_IN_LIST]), one, source(second, "2.json"))

    assert raised.value.message.endswith(", with other contents")
    assert str(raised.value.span) == place
    twice = rulesets(at_one([_IN_LIST]), one, source(first, "2.json"))
    assert answer(twice, "input", TCP_22).verdict == "accept"


def test_both_commands_about_prefix_lists_say_what_they_say_in_any_order() -> None:
    managed = {"PrefixLists": [{"PrefixListId": "pl-01", "AddressFamily": "IPv4"}]}
    given = {"PrefixLists": [{"PrefixListId": "pl-01", "Cidrs": ["198.51.100.0/24"]}]}
    sources = [source(managed, "1.json"), source(given, "2.json")]
    for order in (sources, sources[::-1]):
        assert answer(rulesets(at_one([_IN_LIST]), *order), "input", TCP_22).verdict == "accept"

    first_page = _entries("203.0.113.0/24", NextToken="more")
    pages = [source(first_page, "1.json"), source(_entries("198.51.100.0/24"), "2.json")]
    assert answer(rulesets(at_one([_IN_LIST]), *pages), "input", TCP_22).verdict == "accept"

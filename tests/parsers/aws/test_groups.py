"""What security groups let pass: formats.md, AWS, and the EC2 API Reference's IpPermission."""

import pytest

from flowmodel.ruleset import Traffic
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    EVERYTHING,
    VPC,
    Element,
    account,
    answer,
    at_one,
    group,
    interface,
    permission,
    rule,
    rulesets,
    verdict,
)

TCP_22 = "tcp 198.51.100.7:40000 > 10.0.1.10:22"
V6_22 = "tcp [2001:db8:7::1]:40000 > [2001:db8:1::10]:22"


@pytest.mark.parametrize(
    ("given", "packet", "expected"),
    [
        pytest.param(permission("tcp", 22), TCP_22, "accept", id="one port"),
        pytest.param(permission("tcp", 20, 21), TCP_22, "drop", id="other ports"),
        pytest.param(permission("tcp", 0, 65535), TCP_22, "accept", id="all ports"),
        pytest.param(permission("6", 22), TCP_22, "accept", id="TCP by its number"),
        pytest.param(permission("udp", 22), TCP_22, "drop", id="another protocol"),
        pytest.param(permission("-1", 80), TCP_22, "accept", id="-1 is all, whatever the ports"),
        pytest.param(permission("132", 22), "sctp 198.51.100.7:1 > 10.0.1.10:23", "accept",
                     id="protocols by number are for all ports"),
        pytest.param(permission("tcp"), TCP_22, "unknown", id="TCP without ports is not guessed"),
        pytest.param(permission("tcp", -1), TCP_22, "unknown", id="nor TCP with port -1"),
        pytest.param(permission("icmp", 8, 0), "icmp 198.51.100.7 > 10.0.1.10 type 8", "accept",
                     id="ICMP: FromPort is the type"),
        pytest.param(permission("icmp", 8, 0), "icmp 198.51.100.7 > 10.0.1.10 type 8 code 1",
                     "drop", id="ICMP: ToPort is the code"),
        pytest.param(permission("icmp", 8, -1), "icmp 198.51.100.7 > 10.0.1.10 type 8 code 1",
                     "accept", id="ICMP: code -1 is any"),
        pytest.param(permission("icmp", -1, -1), "icmp 198.51.100.7 > 10.0.1.10 type 8 code 1",
                     "accept", id="ICMP: -1 and -1 is all of it"),
        pytest.param(permission("icmp", -1, 9), "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown",
                     id="ICMP: all types with one code is not guessed"),
        pytest.param(permission("icmp", -1, 9), TCP_22, "drop", id="and it is ICMP all the same"),
        pytest.param({"IpProtocol": "icmp", "FromPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
                     "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown",
                     id="ICMP: all types without a code is not guessed"),
        pytest.param(permission("icmp", 3, 256), "icmp 198.51.100.7 > 10.0.1.10 type 3", "unknown",
                     id="ICMP: there is no code 256"),
        pytest.param(permission("icmp", 3, -2), "icmp 198.51.100.7 > 10.0.1.10 type 3", "unknown",
                     id="nor code -2"),
        pytest.param(permission("icmp", -2, -1), "icmp 198.51.100.7 > 10.0.1.10 type 3", "unknown",
                     id="nor type -2"),
        pytest.param(permission("icmpv6", -1, 9, Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
                     "icmpv6 2001:db8:7::1 > 2001:db8:1::10 type 128", "unknown",
                     id="ICMPv6: all types with one code is not guessed"),
        pytest.param(permission("icmp", 300), "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown",
                     id="ICMP: there is no type 300"),
        pytest.param(permission("icmp"), "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown",
                     id="ICMP without a type is not guessed"),
        pytest.param(permission("icmpv6", Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
                     "icmpv6 2001:db8:7::1 > 2001:db8:1::10 type 135", "accept",
                     id="ICMPv6 without types is all of it"),
        pytest.param(permission("tcp", 22), V6_22, "drop", id="0.0.0.0/0 is IPv4 only"),
        pytest.param(permission("tcp", 22, Ipv6Ranges=[{"CidrIpv6": "::/0"}]), V6_22, "accept",
                     id="::/0 is IPv6"),
        pytest.param(permission("tcp", 22, Ipv6Ranges=[{"CidrIpv6": "::/0"}]), TCP_22, "drop",
                     id="::/0 is IPv6 only"),
        pytest.param(permission("tcp", 22, IpRanges=[{"CidrIp": "198.51.100.7/32"}]), TCP_22,
                     "accept", id="one address"),
        pytest.param(permission("tcp", 22, IpRanges=[{"CidrIp": "198.51.100.8/32"}]), TCP_22,
                     "drop", id="another address"),
        pytest.param(permission("tcp", 22, IpRanges=[{"CidrIp": "198.51.100.9/24"}]), TCP_22,
                     "accept", id="bits of the host count as 0"),
        pytest.param(permission("tcp", 22, IpRanges=[]), TCP_22, "drop", id="nobody is named"),
    ],
)  # fmt: skip
def test_a_permission_lets_in(given: Element, packet: str, expected: str) -> None:
    assert verdict(at_one([given]), "input", packet) == expected


@pytest.mark.parametrize(
    ("ingress", "egress", "hook", "packet", "expected"),
    [
        pytest.param([], [EVERYTHING], "input", TCP_22, "drop", id="no rules: nothing comes in"),
        pytest.param([EVERYTHING], [], "output", "tcp 10.0.1.10:40000 > 198.51.100.7:443", "drop",
                     id="no egress rules: nothing goes out"),
        pytest.param([], [EVERYTHING], "output", "tcp 10.0.1.10:40000 > 198.51.100.7:443",
                     "accept", id="the rule that a new group has"),
        pytest.param([permission("tcp", 22)], [], "output",
                     "tcp 10.0.1.10:22 > 198.51.100.7:40000 state established", "accept",
                     id="answers go out without a rule"),
        pytest.param([], [EVERYTHING], "input",
                     "tcp 198.51.100.7:443 > 10.0.1.10:40000 state established", "accept",
                     id="answers come in without a rule"),
        pytest.param([], [EVERYTHING], "input",
                     "icmp 198.51.100.7 > 10.0.1.10 type 3 code 4 state related", "accept",
                     id="and so do errors about what was sent"),
        pytest.param([permission("tcp", 22), permission("tcp", 80)], [], "input", TCP_22, "accept",
                     id="permissions add up"),
    ],
)  # fmt: skip
def test_ways_are_judged_apart(
    ingress: list[Element], egress: list[Element], hook: Traffic, packet: str, expected: str
) -> None:
    assert verdict(at_one(ingress, egress), hook, packet) == expected


def test_the_rules_of_all_groups_of_an_interface_count() -> None:
    lists = account(
        SecurityGroups=[group("sg-a", [permission("tcp", 22)]), group("sg-b", [])],
        NetworkInterfaces=[
            interface("eni-both", "10.0.1.10", "sg-b", "sg-a"),
            interface("eni-b", "10.0.1.11", "sg-b"),
        ],
    )
    both, one = rulesets(lists)

    assert answer((both,), "input", TCP_22).verdict == "accept"
    assert answer((one,), "input", TCP_22.replace(".10:", ".11:")).verdict == "drop"


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        pytest.param("udp 10.0.1.10:40000 > 10.0.0.2:53", "accept", id="the VPC's resolver"),
        pytest.param("tcp 10.0.1.10:40000 > 10.0.0.2:53", "accept", id="the resolver over TCP"),
        pytest.param("udp 10.0.1.10:40000 > 169.254.169.253:53", "accept", id="its other address"),
        pytest.param("udp 10.0.1.10:40000 > 10.0.3.2:53", "drop", id="no other one"),
        pytest.param("icmp 10.0.1.10 > 10.0.1.1 type 8", "unknown", id="the subnet's router"),
        pytest.param("udp 10.0.1.10:40000 > 10.0.1.2:53", "unknown", id="what AWS keeps there"),
        pytest.param("icmp 10.0.1.10 > 10.0.1.4 type 8", "drop", id="the first machine"),
        pytest.param("tcp 10.0.1.10:40000 > 10.0.0.2:80", "drop", id="nothing but DNS there"),
        pytest.param("tcp 10.0.1.10:40000 > 169.254.169.254:80", "accept", id="the metadata"),
        pytest.param("udp 10.0.1.10:40000 > 169.254.169.123:123", "accept", id="the clock"),
        pytest.param("tcp 10.0.1.10:40000 > 169.254.169.250:1688", "accept", id="activation"),
        pytest.param("udp 10.0.1.10:68 > 255.255.255.255:67", "accept", id="DHCP"),
        pytest.param("tcp 10.0.1.10:40000 > 169.254.169.254:22", "unknown", id="AWS says no more"),
    ],
)
def test_what_goes_to_services_of_aws_is_not_filtered(packet: str, expected: str) -> None:
    assert verdict(at_one([]), "output", packet) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        pytest.param("2001:db8:1::1", "unknown", id="the subnet's router"),
        pytest.param("2001:db8:1::4", "drop", id="the first machine"),
        pytest.param("fe80:ec2::1", "unknown", id="the router on the link"),
        pytest.param("fe80::1", "drop", id="no other neighbour"),
    ],
)
def test_what_goes_to_the_router_over_ipv6_is_possible(to: str, expected: str) -> None:
    lists = at_one([])
    both = {"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/64"}]}
    lists["Subnets"] = [lists["Subnets"][0] | both]

    assert verdict(lists, "output", f"icmpv6 2001:db8:1::10 > {to} type 128") == expected


def test_a_resolver_is_only_possible_where_the_vpc_is_not_exported() -> None:
    lists = at_one([]) | {"Vpcs": []}

    assert verdict(lists, "output", "udp 10.0.1.10:40000 > 10.0.0.2:53") == "unknown"
    assert verdict(lists, "output", "udp 10.0.1.10:40000 > 10.0.0.3:53") == "drop"


def test_what_a_machine_says_to_itself_stays_there() -> None:
    lists = at_one([])

    assert verdict(lists, "output", "tcp 10.0.1.10:40000 > 10.0.1.10:80 out lo") == "accept"
    assert verdict(lists, "input", "tcp 10.0.1.10:40000 > 10.0.1.10:80 in lo") == "accept"
    assert verdict(lists, "input", "tcp 10.0.1.10:40000 > 10.0.1.10:80") == "drop"


def test_what_a_machine_forwards_is_unknown() -> None:
    found = answer(rulesets(at_one([EVERYTHING])), "forward", "tcp 10.1.0.1:1 > 10.0.1.10:80")

    assert found.verdict == "unknown"
    assert found.unread == ("what becomes of packets that a machine forwards",)


def test_a_rule_is_shown_with_its_group_in_words_and_at_its_own_object() -> None:
    web = {"CidrIp": "198.51.100.0/24", "Description": "the office"}
    lists = at_one([permission("tcp", 22, IpRanges=[web])])

    (found,) = rulesets(lists)
    (one,) = found.tables[0].chains["sg-one ingress"].rules

    assert one.text == 'sg-one (one) ingress tcp 22 from 198.51.100.0/24 "the office"'
    lines = one.source.lines[one.line - 1 : one.last_line]
    assert [line.strip() for line in lines] == [
        "{",
        '"CidrIp": "198.51.100.0/24",',
        '"Description": "the office"',
        "}",
    ]
    assert lines[0][one.column - 1 :] == "{"
    assert lines[-1][: one.last_column].strip() == "}"


def test_groups_are_known_from_their_rules_too() -> None:
    lists = account(
        SecurityGroupRules=[
            rule("sgr-1", "sg-one", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="0.0.0.0/0"),
            rule("sgr-2", "sg-one", is_egress=True, IpProtocol="-1", FromPort=-1, ToPort=-1,
                 CidrIpv4="0.0.0.0/0"),
        ],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one")],
    )  # fmt: skip
    found = rulesets(lists)

    decided = answer(found, "input", TCP_22)
    assert decided.verdict == "accept"
    assert decided.text == "sg-one ingress tcp 22 from 0.0.0.0/0 (sgr-1)"
    assert answer(found, "input", TCP_22.replace(":22", ":23")).verdict == "drop"
    assert answer(found, "output", "tcp 10.0.1.10:40000 > 192.0.2.1:443").verdict == "accept"


def test_rules_have_their_ids_where_both_commands_were_asked() -> None:
    lists = at_one([permission("tcp", 22)])
    lists["SecurityGroupRules"] = [
        rule("sgr-1", "sg-one", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="0.0.0.0/0")
    ]

    decided = answer(rulesets(lists), "input", TCP_22)

    assert decided.verdict == "accept"
    assert decided.text == "sg-one (one) ingress tcp 22 from 0.0.0.0/0 (sgr-1)"


def test_rules_that_one_of_both_commands_does_not_have_are_possible() -> None:
    lists = at_one([permission("tcp", 22)])
    lists["SecurityGroupRules"] = [
        rule("sgr-1", "sg-one", IpProtocol="tcp", FromPort=23, ToPort=23, CidrIpv4="0.0.0.0/0")
    ]
    found = rulesets(lists)

    assert answer(found, "input", TCP_22).verdict == "unknown"
    assert answer(found, "input", TCP_22.replace(":22", ":23")).verdict == "unknown"
    assert [(gap.check, gap.message) for gap in found[0].gaps] == [
        ("FW901", "describe-security-groups and describe-security-group-rules differ here")
    ] * 2


def test_a_group_that_is_not_exported_may_let_anything_pass() -> None:
    lists = account(NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one")])
    found = rulesets(lists)

    decided = answer(found, "input", TCP_22)
    assert decided.verdict == "unknown"
    assert decided.unread == ("whether sg-one has a rule for this (ingress)",)
    (gap,) = found[0].gaps
    assert gap.check == "FW307"
    assert gap.message == (
        "the group sg-one (one) of eni-one is not in the export: its rules count as unknown"
    )
    assert str(gap.span) == "account.json:71:21"


def test_what_an_interface_refuses_from_internet_gateways_may_be_dropped() -> None:
    lists = at_one([permission("tcp", 22, Ipv6Ranges=[{"CidrIpv6": "::/0"}])])
    lists["NetworkInterfaces"][0]["DenyAllIgwTraffic"] = True
    lists["Vpcs"] = [
        {
            "VpcId": VPC,
            "CidrBlock": "10.0.0.0/16",
            "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/56"}],
        }
    ]

    assert verdict(lists, "input", V6_22) == "unknown"
    assert verdict(lists, "input", V6_22.replace("7::1", "1:1::1")) == "accept"


def test_groups_that_are_named_are_judged_together() -> None:
    lists = account(SecurityGroups=[group("sg-a", [permission("tcp", 22)]), group("sg-b", [])])
    place = Place(groups=("sg-b", "sg-a"), acl="acl-open")

    assert verdict(lists, "input", TCP_22, place=place) == "accept"
    assert verdict(lists, "input", TCP_22, place=Place(groups=("sg-b",), acl="none")) == "drop"


def test_titles_are_one_line_whatever_a_description_says() -> None:
    hostile = {"CidrIp": "0.0.0.0/0", "Description": "a\n\x1b[31mb \ud800"}
    found = answer(rulesets(at_one([permission("tcp", 22, IpRanges=[hostile])])), "input", TCP_22)

    assert found.text == ('sg-one (one) ingress tcp 22 from 0.0.0.0/0 "a\\n\\x1b[31mb \\ud800"')


def test_an_interface_without_groups_is_not_judged_by_any() -> None:
    nat = interface("eni-nat", "10.0.1.10", InterfaceType="nat_gateway")
    lists = account(NetworkInterfaces=[nat])
    decided = answer(rulesets(lists), "input", TCP_22)

    assert decided.verdict == "unknown"
    assert decided.unread == ("what stops packets where there is no security group",)


@pytest.mark.parametrize(
    ("ends", "packet", "expected"),
    [
        ({"CidrRanges": [{"CidrIp": "0.0.0.0/0"}]}, TCP_22, "unknown"),
        ({"CidrRanges": [{"CidrIp": "0.0.0.0/0"}]}, V6_22, "unknown"),
        ({"CidrRanges": [{"CidrIp": "0.0.0.0/0"}]}, TCP_22.replace(":22", ":23"), "drop"),
        ({"CidrRanges": []}, TCP_22, "drop"),
        ({}, TCP_22, "drop"),
    ],
)
def test_a_kind_of_end_that_is_not_known_may_be_anybody(
    ends: dict[str, object], packet: str, expected: str
) -> None:
    given = permission("tcp", 22, IpRanges=[])

    assert verdict(at_one([given | ends]), "input", packet) == expected

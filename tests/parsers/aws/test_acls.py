"""What network ACLs let pass: VPC User Guide, "Network ACL basics" and "Network ACL rules"."""

import pytest

from flowmodel.ruleset import Traffic
from flowmodel.source import InputError
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    ANYWHERE,
    EVERYTHING,
    SUBNETS,
    VPC,
    Element,
    account,
    acl,
    answer,
    group,
    interface,
    rulesets,
    verdict,
)

TCP_22 = "tcp 198.51.100.7:40000 > 10.0.1.10:22"
ALL_V6 = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}


def entry(number: int, action: str = "allow", protocol: str = "6", **more: object) -> Element:
    made: Element = {"RuleNumber": number, "RuleAction": action, "Protocol": protocol}
    if "Ipv6CidrBlock" not in more:
        made["CidrBlock"] = "0.0.0.0/0"
    return made | more


def ports(first: int, last: int) -> Element:
    return {"PortRange": {"From": first, "To": last}}


def icmp(kind: int, code: int) -> Element:
    return {"IcmpTypeCode": {"Type": kind, "Code": code}}


def behind(*entries: Element) -> dict[str, list[Element]]:
    """An account whose interface has groups that let everything pass, and this ACL."""
    everything = [EVERYTHING, ALL_V6]
    return account(
        SecurityGroups=[group("sg-one", everything, everything)],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", v6="2001:db8:1::10")],
        NetworkAcls=[acl("acl-1", *entries)],
    )


@pytest.mark.parametrize(
    ("entries", "packet", "expected"),
    [
        pytest.param([], TCP_22, "drop", id="what no entry names is denied"),
        pytest.param([entry(100, **ports(22, 22))], TCP_22, "accept", id="an entry that allows"),
        pytest.param([entry(100, **ports(22, 22)), entry(90, "deny", **ports(0, 1023))], TCP_22,
                     "drop", id="the lower number is first, wherever it stands"),
        pytest.param([entry(100, "deny", **ports(22, 22)), entry(90, **ports(0, 1023))], TCP_22,
                     "accept", id="and decides"),
        pytest.param([entry(100, protocol="17", **ports(22, 22))], TCP_22, "drop", id="UDP only"),
        pytest.param([entry(100)], TCP_22, "unknown", id="TCP without ports is not guessed"),
        pytest.param([entry(100, protocol="-1", **ports(80, 80))], TCP_22, "accept",
                     id="-1 is all, whatever the ports"),
        pytest.param([entry(100, protocol="132", **ports(80, 80))],
                     "sctp 198.51.100.7:1 > 10.0.1.10:22", "accept",
                     id="ports count for TCP and UDP only"),
        pytest.param([entry(100, protocol="1", **icmp(8, -1))],
                     "icmp 198.51.100.7 > 10.0.1.10 type 8 code 3", "accept", id="code -1 is any"),
        pytest.param([entry(100, protocol="1", **icmp(3, 4))],
                     "icmp 198.51.100.7 > 10.0.1.10 type 3 code 3", "drop", id="another code"),
        pytest.param([entry(100, protocol="1")], "icmp 198.51.100.7 > 10.0.1.10 type 3", "unknown",
                     id="ICMP without a type is not guessed"),
        pytest.param([entry(100, protocol="58", Ipv6CidrBlock="::/0", **icmp(128, 0))],
                     "icmpv6 2001:db8:7::1 > 2001:db8:1::10 type 128", "accept", id="ICMPv6"),
        pytest.param([entry(100, protocol="58", Ipv6CidrBlock="::/0", **icmp(128, 0))],
                     "icmpv6 2001:db8:7::1 > 2001:db8:1::10 type 135", "drop", id="its types"),
        pytest.param([entry(100, protocol="58", **icmp(128, 0))],
                     "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown",
                     id="ICMPv6 for a network of IPv4 may be ICMP"),
        pytest.param([entry(100, "deny", protocol="58"), entry(101, protocol="-1")],
                     "icmp 198.51.100.7 > 10.0.1.10 type 8", "unknown", id="and denied as such"),
        pytest.param([entry(100, protocol="58", **icmp(128, 0))], TCP_22, "drop",
                     id="and nothing else"),
        pytest.param([entry(100, protocol="-1", Ipv6CidrBlock="::/0")], TCP_22, "drop",
                     id="::/0 is IPv6 only"),
        pytest.param([entry(100, protocol="-1", Ipv6CidrBlock="::/0")],
                     "tcp [2001:db8:7::1]:1 > [2001:db8:1::10]:22", "accept", id="::/0 is IPv6"),
        pytest.param([entry(100, protocol="-1")], "tcp [2001:db8:7::1]:1 > [2001:db8:1::10]:22",
                     "drop", id="0.0.0.0/0 is IPv4 only"),
        pytest.param([entry(100, CidrBlock="198.51.100.7/32", **ports(22, 22))], TCP_22, "accept",
                     id="one address"),
        pytest.param([entry(32767, "deny", "-1")], "tcp 10.0.1.99:40000 > 10.0.1.10:22", "accept",
                     id="what stays within the subnet is not judged"),
        pytest.param([entry(100, "deny", "-1")], "tcp 10.0.2.99:40000 > 10.0.1.10:22", "drop",
                     id="another subnet of the VPC is"),
    ],
)  # fmt: skip
def test_entries_let_in(entries: list[Element], packet: str, expected: str) -> None:
    assert verdict(behind(*entries), "input", packet) == expected


@pytest.mark.parametrize(
    ("entries", "hook", "packet", "expected"),
    [
        pytest.param([ANYWHERE], "output",
                     "tcp 10.0.1.10:22 > 198.51.100.7:40000 state established", "drop",
                     id="answers need an entry of their own"),
        pytest.param([ANYWHERE, entry(100, Egress=True, **ports(1024, 65535))], "output",
                     "tcp 10.0.1.10:22 > 198.51.100.7:40000 state established", "accept",
                     id="for the ports that clients have"),
        pytest.param([ANYWHERE | {"Egress": True}], "input",
                     "tcp 198.51.100.7:443 > 10.0.1.10:40000 state established", "drop",
                     id="so do answers that come in"),
        pytest.param([], "input", "udp 10.0.0.2:53 > 10.0.1.10:40000 state established", "accept",
                     id="but those of Amazon's DNS"),
        pytest.param([], "input", "udp 10.0.0.2:53 > 10.0.1.10:40000", "drop",
                     id="which begins nothing"),
        pytest.param([], "output", "udp 10.0.1.10:40000 > 10.0.0.2:53", "accept",
                     id="questions to it are not filtered"),
    ],
)  # fmt: skip
def test_acls_have_no_memory(
    entries: list[Element], hook: Traffic, packet: str, expected: str
) -> None:
    assert verdict(behind(*entries), hook, packet) == expected


def test_the_entry_that_decides_is_shown() -> None:
    lists = behind(ANYWHERE, entry(90, "deny", CidrBlock="198.51.100.0/24", **ports(22, 23)))
    decided = answer(rulesets(lists), "input", TCP_22)

    assert decided.verdict == "drop"
    assert decided.text == "acl-1 inbound rule 90 deny tcp 22-23 from 198.51.100.0/24"


def test_the_last_entries_are_shown_as_the_console_does() -> None:
    last = entry(32767, "deny", "-1")
    decided = answer(rulesets(behind(last)), "input", TCP_22)

    assert decided.text == "acl-1 inbound rule * deny all traffic from 0.0.0.0/0"


def test_an_acl_that_is_not_exported_may_deny_anything() -> None:
    lists = behind() | {"NetworkAcls": []}
    found = rulesets(lists)

    decided = answer(found, "input", TCP_22)
    assert decided.verdict == "unknown"
    assert decided.unread == (
        "whether the network ACL of subnet-01, which is not in the export, denies it (inbound)",
    )
    assert answer(found, "input", "tcp 10.0.1.99:40000 > 10.0.1.10:22").verdict == "accept"
    (gap,) = found[0].gaps
    assert gap.check == "FW307"
    assert gap.message == (
        "the network ACL of subnet-01 is not in the export: whether it lets pass what the groups "
        "do counts as unknown (add describe-network-acls, or name it)"
    )


def test_a_subnet_that_is_not_exported_may_hold_both_ends() -> None:
    lists = behind(entry(100, "deny", "-1")) | {"Subnets": []}
    decided = answer(rulesets(lists), "input", "tcp 10.0.9.9:40000 > 10.0.1.10:22")

    assert decided.verdict == "unknown"
    assert decided.unread == ("whether both ends are in subnet-01",)


_NAMED = Place(groups=("sg-one",), acl="acl-1")
_NAMED_AT = Place("10.0.1.10", groups=("sg-one",), acl="acl-1")
_BACK: Element = {"SubnetId": "subnet-02", "VpcId": VPC, "CidrBlock": "10.0.2.0/24"}


@pytest.mark.parametrize("place", [_NAMED, _NAMED_AT], ids=["groups", "address and groups"])
@pytest.mark.parametrize(
    ("lists", "packet", "expected"),
    [
        pytest.param({}, "tcp 10.0.1.99:1 > 10.0.1.10:22", "accept", id="both are in one subnet"),
        pytest.param({}, "tcp 10.0.2.9:1 > 10.0.1.10:22", "drop", id="in two subnets"),
        pytest.param({}, "tcp 10.0.9.9:1 > 10.0.1.10:22", "drop", id="one is in none"),
        pytest.param({}, TCP_22, "drop", id="one is of the internet"),
        pytest.param({"Subnets": []}, "tcp 10.0.9.9:1 > 10.0.1.10:22", "unknown",
                     id="no subnet is told, and both could be in one"),
        pytest.param({"Subnets": []}, "tcp 10.1.1.10:1 > 10.0.1.10:22", "drop",
                     id="no subnet is as large as that"),
        pytest.param({"Subnets": [], "Vpcs": []}, "tcp 10.0.9.9:1 > 10.0.1.10:22", "unknown",
                     id="nor the VPC"),
        pytest.param({"Subnets": [], "Vpcs": []}, "tcp 10.1.1.10:1 > 10.0.1.10:22", "drop",
                     id="nor the VPC, and the first 16 bits differ"),
        pytest.param({"Subnets": []}, "tcp [2001:db8:1::9]:1 > [2001:db8:1::10]:22", "drop",
                     id="a VPC without IPv6"),
        pytest.param({"Subnets": [], "Vpcs": []}, "tcp [2001:db8:1::9]:1 > [2001:db8:1::10]:22",
                     "unknown", id="a VPC that may have IPv6"),
        pytest.param({"Subnets": [_BACK]}, "tcp 10.0.1.99:1 > 10.0.1.10:22", "unknown",
                     id="the ACL's own subnet is not among those that are told"),
    ],
)  # fmt: skip
def test_an_acl_that_is_named_judges_what_cannot_be_within_one_subnet(
    lists: dict[str, list[Element]], packet: str, expected: str, place: Place
) -> None:
    shut = behind(entry(100, "deny", "-1")) | {"Subnets": [*SUBNETS, _BACK]} | lists
    del shut["NetworkInterfaces"]

    assert verdict(shut, "input", packet, place=place) == expected


def test_an_acl_can_be_named_where_its_subnet_is_not_known() -> None:
    lists = behind()
    lists["NetworkAcls"][0]["Associations"] = []

    assert verdict(lists, "input", TCP_22) == "unknown"
    assert verdict(lists, "input", TCP_22, place=Place(at="eni-one", acl="acl-1")) == "drop"
    assert verdict(lists, "input", TCP_22, place=Place(at="eni-one", acl="none")) == "accept"


@pytest.mark.parametrize("mode", ["block-ingress", ""])
@pytest.mark.parametrize("where", ["Subnets", "Vpcs"])
def test_block_public_access_may_stop_what_comes_from_outside(where: str, mode: str) -> None:
    lists = behind(ANYWHERE)
    blocked = {"BlockPublicAccessStates": {"InternetGatewayBlockMode": mode}}
    lists[where] = [each | blocked for each in lists[where]]

    decided = answer(rulesets(lists), "input", TCP_22)

    assert decided.verdict == "unknown"
    assert decided.unread == ("whether VPC Block Public Access stops it",)
    assert verdict(lists, "input", "tcp 10.0.9.9:40000 > 10.0.1.10:22") == "accept"


@pytest.mark.parametrize("states", [{"InternetGatewayBlockMode": "off"}, {}, None])
def test_block_public_access_that_is_off_stops_nothing(states: Element | None) -> None:
    lists = behind(ANYWHERE)
    lists["Vpcs"] = [each | {"BlockPublicAccessStates": states} for each in lists["Vpcs"]]

    assert verdict(lists, "input", TCP_22) == "accept"


ENFORCING = {"NetworkFirewallAssociations": [{"FirewallMode": "enforce"}]}
MONITORING = {"NetworkFirewallAssociations": [{"FirewallMode": "monitor"}]}
ROUTE = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}


@pytest.mark.parametrize(
    ("vpc", "treatment", "route", "expected"),
    [
        pytest.param(ENFORCING, "", {}, "unknown", id="the VPC says it"),
        pytest.param(
            {"NetworkFirewallAssociations": [{"FirewallOnboardingStatus": "pending"}]},
            "flexible", {}, "unknown", id="one that is being set up",
        ),
        pytest.param(ENFORCING, "bidirectional", {}, "unknown", id="VPC and subnet say it"),
        pytest.param(ENFORCING, "exclude", {}, "accept", id="the subnet passes by it"),
        pytest.param(ENFORCING, "az-unsupported", {}, "accept", id="none in the subnet's zone"),
        pytest.param(MONITORING, "flexible", {"IgwFirewall": {"Status": "active"}}, "accept",
                     id="one that drops nothing"),
        pytest.param(MONITORING, "outbound-only", {}, "unknown", id="one that lets nothing in"),
        pytest.param({}, "flexible", {}, "unknown", id="the subnet alone says it"),
        pytest.param({}, "", {"IgwFirewall": {"Status": "active"}}, "unknown",
                     id="a route alone says it"),
        pytest.param({"NetworkFirewallAssociations": []}, "", {}, "accept", id="none"),
    ],
)  # fmt: skip
def test_an_automated_internet_firewall_may_stop_what_comes_from_outside(
    vpc: Element, treatment: str, route: Element, expected: str
) -> None:
    lists = behind(ANYWHERE)
    lists["Vpcs"] = [each | vpc for each in lists["Vpcs"]]
    told = {"NetworkFirewallConnectivityType": treatment} if treatment else {}
    lists["Subnets"] = [each | told for each in lists["Subnets"]]
    table = {"RouteTableId": "rtb-1", "VpcId": VPC, "Associations": []}
    lists["RouteTables"] = [table | {"Routes": [ROUTE | route]}]

    decided = answer(rulesets(lists), "input", TCP_22)

    assert decided.verdict == expected
    reason = ("whether the Automated Internet Firewall stops it",)
    assert decided.unread == (reason if expected == "unknown" else ())
    assert verdict(lists, "input", "tcp 10.0.9.9:40000 > 10.0.1.10:22") == "accept"
    assert rulesets(lists)[0].gaps == ()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param([entry(1), entry(1, "deny")], "the number 1 is here twice", id="numbers"),
        pytest.param([entry(1, "permit")], "an entry allows or denies", id="actions"),
        pytest.param([entry(1, protocol="tcpp")], "this is no protocol of AWS", id="protocols"),
        pytest.param([entry(1, CidrBlock="10.0.0.0/33")], "`10.0.0.0/33` is no network", id="CIDR"),
        pytest.param([entry(1) | {"Egress": "no"}],
                     "an entry has a `RuleNumber`, and `Egress` true or false", id="ways"),
    ],
)  # fmt: skip
def test_what_no_acl_says_is_an_error(entries: list[Element], message: str) -> None:
    with pytest.raises(InputError) as raised:
        rulesets(behind(*entries))

    assert raised.value.message == message
    assert raised.value.text


def test_interfaces_of_a_subnet_share_its_acl() -> None:
    lists = behind(ANYWHERE)
    lists["NetworkInterfaces"].append(interface("eni-two", "10.0.1.11", "sg-one"))
    one, two = (found.tables[0].chains["acl-1 (inbound)"] for found in rulesets(lists))

    assert one is two


def test_the_range_of_the_subnet_counts_not_that_of_the_vpc() -> None:
    lists = behind()
    lists["Subnets"] = [
        {
            "SubnetId": SUBNETS[0]["SubnetId"],
            "VpcId": VPC,
            "Ipv6CidrBlockAssociationSet": [
                {"Ipv6CidrBlock": "2001:db8:1::/64", "Ipv6CidrBlockState": {"State": "associated"}},
                {"Ipv6CidrBlock": "2001:db8:2::/64", "Ipv6CidrBlockState": {"State": "failed"}},
            ],
        }
    ]

    packet = "tcp [2001:db8:{}::9]:40000 > [2001:db8:1::10]:22"
    assert verdict(lists, "input", packet.format(1)) == "accept"
    assert verdict(lists, "input", packet.format(2)) == "drop"


def test_an_acl_without_its_entries_is_not_known() -> None:
    lists = behind()
    del lists["NetworkAcls"][0]["Entries"]

    assert verdict(lists, "input", TCP_22) == "unknown"


def test_where_the_subnet_is_not_here_each_machine_has_its_own_neighbours() -> None:
    lists = behind()
    lists["NetworkInterfaces"].insert(0, interface("eni-v4", "10.0.1.11", "sg-one"))
    del lists["Subnets"], lists["Vpcs"]

    def asked(source: str) -> str:
        packet = f"tcp [{source}]:40000 > [2001:db8:1::10]:22"
        return answer(rulesets(lists)[1:], "input", packet).verdict

    assert asked("2001:db8:1::9") == "unknown"
    assert asked("2001:db8:ffff::9") == "drop"

"""A small account in parts, and what its firewalls say of packets, for tables."""

import json
from typing import Any

from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.source import Source
from fwlint.packets import parse_expression
from linter.engine.device.trace import Trace, Tracer
from parsers.aws.read import parse
from parsers.shared.context import Context, Place

Element = dict[str, Any]
OWNER, VPC, SUBNET = "111122223333", "vpc-01", "subnet-01"
EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ANYWHERE = {"CidrBlock": "0.0.0.0/0", "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100}


def group(
    name: str, ingress: list[Element] | None = None, egress: list[Element] | None = None
) -> Element:
    """A security group, as describe-security-groups prints it."""
    return {
        "Description": "made up",
        "GroupName": name.removeprefix("sg-"),
        "IpPermissions": ingress or [],
        "OwnerId": OWNER,
        "GroupId": name,
        "IpPermissionsEgress": egress or [],
        "VpcId": VPC,
    }


def permission(
    protocol: str, first: int | None = None, last: int | None = None, **ends: Any
) -> Element:
    """A permission, with lists of other ends; from anywhere where none is given."""
    made: Element = {"IpProtocol": protocol} | (ends or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
    if first is not None:
        made |= {"FromPort": first, "ToPort": first if last is None else last}
    return made


def rule(name: str, group_id: str, *, is_egress: bool = False, **more: Any) -> Element:
    """A rule, as describe-security-group-rules prints it."""
    return {
        "SecurityGroupRuleId": name,
        "GroupId": group_id,
        "GroupOwnerId": OWNER,
        "IsEgress": is_egress,
    } | more


def interface(
    name: str, address: str, *groups: str, v6: str = "", subnet: str = SUBNET, **more: Any
) -> Element:
    """A network interface, as describe-network-interfaces prints it."""
    return {
        "NetworkInterfaceId": name,
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
        "Ipv6Addresses": [{"Ipv6Address": v6}] if v6 else [],
        "Groups": [{"GroupId": each, "GroupName": each.removeprefix("sg-")} for each in groups],
        "SubnetId": subnet,
        "VpcId": VPC,
        "OwnerId": OWNER,
    } | more


def acl(name: str, *entries: Element, subnets: tuple[str, ...] = (SUBNET,)) -> Element:
    """A network ACL of some subnets; an entry without `Egress` is inbound."""
    return {
        "Associations": [{"NetworkAclId": name, "SubnetId": subnet} for subnet in subnets],
        "Entries": [{"Egress": False} | entry for entry in entries],
        "IsDefault": False,
        "NetworkAclId": name,
        "VpcId": VPC,
    }


OPEN = acl("acl-open", ANYWHERE, ANYWHERE | {"Egress": True},
           {"Ipv6CidrBlock": "::/0", "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 101},
           {"Ipv6CidrBlock": "::/0", "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 101,
            "Egress": True})  # fmt: skip
SUBNETS = [{"SubnetId": SUBNET, "VpcId": VPC, "CidrBlock": "10.0.1.0/24"}]
VPCS = [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16"}]


def account(**lists: list[Element]) -> dict[str, list[Element]]:
    """An account whose subnet, VPC and open ACL are known, with these lists in it or instead."""
    whole: dict[str, list[Element]] = {"Subnets": SUBNETS, "Vpcs": VPCS, "NetworkAcls": [OPEN]}
    return {key: found for key, found in (whole | lists).items() if found}


def source(document: Any, path: str = "account.json") -> Source:
    """What the CLI prints, as a file."""
    return Source(path, json.dumps(document, indent=4).split("\n"))


def rulesets(
    lists: dict[str, list[Element]], *more: Source, place: Place | None = None
) -> tuple[RuleSet, ...]:
    """The rule sets of an account."""
    return parse([source(lists), *more], Context(place=place or Place()))


def answer(found: tuple[RuleSet, ...], hook: Traffic, packet: str) -> Trace:
    """What they say of a packet."""
    (one,) = Tracer(found, hook).traces([parse_expression(packet)])
    return one


def verdict(
    lists: dict[str, list[Element]],
    hook: Traffic,
    packet: str,
    *more: Source,
    place: Place | None = None,
) -> str:
    """The verdict on a packet at the account's only interface, or at the place."""
    return answer(rulesets(lists, *more, place=place), hook, packet).verdict


def at_one(ingress: list[Element], egress: list[Element] | None = None) -> dict[str, list[Element]]:
    """An account of one interface, 10.0.1.10, whose one group has these permissions."""
    return account(
        SecurityGroups=[group("sg-one", ingress, egress)],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", v6="2001:db8:1::10")],
    )

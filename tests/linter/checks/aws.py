"""A small account of AWS that tests change at one place: a machine, its group, its network ACL."""

import json
from typing import Any

WEB = "web: {config: web.json, host: shop.web, ipv6: no}"
HTTPS = {
    "IpProtocol": "tcp",
    "FromPort": 443,
    "ToPort": 443,
    "IpRanges": [{"CidrIp": "10.1.0.0/16", "Description": "office"}],
}


def entry(number: int, ports: tuple[int, int], *, is_egress: bool) -> dict[str, Any]:
    """An entry of a network ACL that allows TCP with everybody on these ports."""
    return {
        "RuleNumber": number,
        "Protocol": "6",
        "RuleAction": "allow",
        "Egress": is_egress,
        "CidrBlock": "0.0.0.0/0",
        "PortRange": {"From": ports[0], "To": ports[1]},
    }


def last(*, is_egress: bool) -> dict[str, Any]:
    """The entry that every network ACL ends with."""
    return {
        "RuleNumber": 32767,
        "Protocol": "-1",
        "RuleAction": "deny",
        "Egress": is_egress,
        "CidrBlock": "0.0.0.0/0",
    }


def account(ingress: list[dict[str, Any]], entries: list[dict[str, Any]]) -> str:
    """The exports as one file."""
    entries = [*entries, last(is_egress=False), last(is_egress=True)]
    vpc = {"VpcId": "vpc-1", "OwnerId": "1"}
    group = {**vpc, "GroupId": "sg-1", "GroupName": "web", "Description": "web"}
    interface = {
        **vpc,
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "PrivateIpAddress": "192.0.2.10",
        "PrivateIpAddresses": [{"PrivateIpAddress": "192.0.2.10", "Primary": True}],
        "Groups": [{"GroupId": "sg-1", "GroupName": "web"}],
    }
    acl = {
        **vpc,
        "NetworkAclId": "acl-1",
        "IsDefault": False,
        "Associations": [{"NetworkAclId": "acl-1", "SubnetId": "subnet-1"}],
        "Entries": entries,
    }
    return json.dumps(
        {
            "Vpcs": [{**vpc, "CidrBlock": "192.0.2.0/24"}],
            "Subnets": [{**vpc, "SubnetId": "subnet-1", "CidrBlock": "192.0.2.0/25"}],
            "NetworkInterfaces": [interface],
            "SecurityGroups": [{**group, "IpPermissions": ingress, "IpPermissionsEgress": []}],
            "NetworkAcls": [acl],
        },
        indent=1,
    )

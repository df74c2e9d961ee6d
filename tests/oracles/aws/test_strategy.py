"""The random accounts have every key that the tables call read: what none has nobody compares."""

from collections.abc import Iterator
from typing import Any

from parsers.aws.coverage import shapes
from parsers.aws.shapes import RESPONSES, Shape
from tests.oracles.aws.accounts import account
from tests.oracles.aws.writing import documents

SEEDS = 120
LISTS = {
    "SecurityGroups": "DescribeSecurityGroups",
    "SecurityGroupRules": "DescribeSecurityGroupRules",
    "NetworkAcls": "DescribeNetworkAcls",
    "PrefixLists": "DescribeManagedPrefixLists",
    "NetworkInterfaces": "DescribeNetworkInterfaces",
    "Reservations": "DescribeInstances",
    "Subnets": "DescribeSubnets",
    "Vpcs": "DescribeVpcs",
    "RouteTables": "DescribeRouteTables",
}


def _keys(value: Any, shape: Shape) -> Iterator[tuple[str, str]]:
    """The keys of an object and of all in it, each with the shape that it stands in."""
    parts = dict(shape.parts)
    for key, inside in value.items():
        yield shape.name, key
        if key in parts:
            for each in inside if isinstance(inside, list) else [inside]:
                yield from _keys(each, parts[key])


def _made() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for seed in range(SEEDS):
        for _, document in documents(account(seed)):
            if "Entries" in document:
                found.update(_keys(document, RESPONSES["GetManagedPrefixListEntries"]))
                continue
            for key, elements in document.items():
                for each in elements if key in LISTS else ():
                    found.update(_keys(each, RESPONSES[LISTS[key]]))
    return found


ELSEWHERE = {
    # What Automated Internet Firewalls and Block Public Access may stop: test_acls, test_groups.
    ("NetworkFirewallAssociation", "FirewallMode"),
    ("NetworkInterface", "DenyAllIgwTraffic"),
    ("Route", "IgwFirewall"),
    ("Subnet", "NetworkFirewallConnectivityType"),
    # Whose ACL is asked, and about what: test_nothing_lost, test_classic.
    ("NetworkInterface", "AssociatedSubnets"),
    ("NetworkInterface", "RequesterId"),
    # What is no part of the VPC's layer: test_local, test_members.
    ("Instance", "SecondaryInterfaces"),
    ("InstanceNetworkInterface", "Attachment"),
    ("InstanceNetworkInterfaceAttachment", "DeviceIndex"),
    ("Subnet", "EnableLniAtDeviceIndex"),
    # Lists as destinations: test_routes.
    ("Route", "DestinationPrefixListId"),
    ("Route", "InstanceId"),
    ("Route", "NatGatewayId"),
    ("Vpc", "NetworkFirewallAssociations"),
    # What describe-prefix-lists has, or a person adds: test_references.
    ("GetManagedPrefixListEntriesResult", "PrefixListId"),
    ("ManagedPrefixList", "Cidrs"),
}
"""Keys that the second evaluator does not know; the tests that are named ask about them."""


def test_the_accounts_have_every_key_that_is_read() -> None:
    read = {(name, key) for name, shape in shapes().items() for key in shape.read}

    assert read - _made() == ELSEWHERE

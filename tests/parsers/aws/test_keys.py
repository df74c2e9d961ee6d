"""Every key that AWS documents is read, ignored on purpose, or reported; so is any other key.

The documented keys are those of the service models in botocore's data files.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from flowmodel.ruleset import Gap
from parsers import read_exports
from parsers.aws.shapes import RESPONSES, Shape
from tests.parsers.aws.shapes import Element, KeyPath, answer, at, model, objects

pytestmark = pytest.mark.skipif(
    find_spec("botocore") is None,
    reason="botocore is not installed, whose data files have what AWS documents",
)

LISTS = {
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeSecurityGroupRules": "SecurityGroupRules",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeManagedPrefixLists": "PrefixLists",
    "DescribePrefixLists": "PrefixLists",
    "GetManagedPrefixListEntries": "",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeInstances": "Reservations",
    "DescribeSubnets": "Subnets",
    "DescribeVpcs": "Vpcs",
    "DescribeRouteTables": "RouteTables",
}
VALUES: Element = {
    "NextToken": None,
    "GroupId": "sg-0",
    "SecurityGroupRuleId": "sgr-0",
    "SubnetId": "subnet-0",
    "VpcId": "vpc-0",
    "NetworkAclId": "acl-0",
    "PrefixListId": "pl-0",
    "NetworkInterfaceId": "eni-0",
    "DeviceIndex": 0,
    "EnableLniAtDeviceIndex": 1,
    "OwnerId": "111122223333",
    "GroupOwnerId": "111122223333",
    "UserId": "111122223333",
    "PeeringStatus": "active",
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "CidrIp": "198.51.100.0/24",
    "CidrIpv4": "198.51.100.0/24",
    "CidrIpv6": "2001:db8::/32",
    "Cidr": "198.51.100.0/24",
    "Cidrs": ["198.51.100.0/24"],
    "AddressFamily": "IPv4",
    "CidrBlock": "10.0.0.0/16",
    "Ipv6CidrBlock": "2001:db8::/56",
    "DestinationCidrBlock": "0.0.0.0/0",
    "DestinationIpv6CidrBlock": "::/0",
    "Protocol": "6",
    "RuleNumber": 100,
    "PrivateIpAddress": "10.0.0.4",
    "PublicIp": "203.0.113.4",
    "CarrierIp": "203.0.113.5",
    "CustomerOwnedIp": "203.0.113.6",
    "Ipv6Address": "2001:db8::4",
    "Ipv4Prefix": "10.0.0.16/28",
    "Ipv6Prefix": "2001:db8:0:0:5::/80",
    "Ipv6CidrBlockState.State": "associated",
    "CidrBlockState.State": "associated",
    "InternetGatewayBlockMode": "off",
}
CHOICES: dict[str, tuple[str, ...]] = {
    "DescribeSecurityGroupRules": (
        "CidrIpv6 PrefixListId ReferencedGroupInfo",
        "CidrIpv4 PrefixListId ReferencedGroupInfo",
        "CidrIpv4 CidrIpv6 ReferencedGroupInfo",
        "CidrIpv4 CidrIpv6 PrefixListId",
    ),
    "DescribeNetworkAcls": ("Ipv6CidrBlock", "CidrBlock"),
}
"""Keys of which an element has one only: what to leave out, for each way to choose."""
OURS = {"GetManagedPrefixListEntriesResult": {"PrefixListId", "ResponseMetadata"}}
"""Keys that the CLI does not print: a person adds the list, and a program what boto3 returns."""


def answers(operation: str) -> Iterator[Element]:
    for without in CHOICES.get(operation, ("",)):
        yield answer("ec2", operation, VALUES, frozenset(without.split()))


def gaps(documents: dict[str, Element], folder: Path) -> list[Gap]:
    """What fwlint reports about an account with these answers."""
    for operation, document in documents.items():
        name = "pl-0" if operation == "GetManagedPrefixListEntries" else operation
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    (found,) = read_exports([str(path) for path in sorted(folder.iterdir())])
    return list(found.gaps)


def account() -> dict[str, Element]:
    """An answer to each operation, with every key."""
    return {each: next(answers(each)) for each in RESPONSES if each != "DescribePrefixLists"}


def judged(value: Any, shape: Shape, way: KeyPath) -> Iterator[tuple[KeyPath, Shape]]:
    """The ways to all objects that the tables have a shape for."""
    yield way, shape
    for key, part in shape.parts:
        inside = value.get(key)
        if isinstance(inside, dict):
            yield from judged(inside, part, (*way, key))
        for index, each in enumerate(inside if isinstance(inside, list) else ()):
            yield from judged(each, part, (*way, key, index))


def places(operation: str, document: Element) -> Iterator[tuple[KeyPath, Shape]]:
    start: KeyPath = (LISTS[operation], 0) if LISTS[operation] else ()
    yield from judged(at(document, start), RESPONSES[operation], start)


@pytest.mark.parametrize("operation", RESPONSES)
def test_every_documented_key_is_read_ignored_or_reported(operation: str, tmp_path: Path) -> None:
    for document in answers(operation):
        reported = {
            gap.text
            for gap in gaps(account() | {operation: document}, tmp_path)
            if gap.message.startswith("`")
        }
        for way, shape in places(operation, document):
            lost = set(at(document, way)) - shape.read - shape.ignored - reported

            assert lost == set(), f"{shape.name} loses keys"


def test_every_key_in_the_tables_is_one_that_aws_documents() -> None:
    documented: dict[str, set[str]] = {}
    shapes: dict[str, Shape] = {}
    for operation in RESPONSES:
        for document in answers(operation):
            for way, shape in places(operation, document):
                documented.setdefault(shape.name, set()).update(at(document, way))
                shapes[shape.name] = shape
    invented = {name: shape.known - documented[name] for name, shape in shapes.items()}

    assert {name: keys for name, keys in invented.items() if keys} == OURS


@pytest.mark.parametrize("operation", RESPONSES)
def test_a_key_that_nobody_knows_is_reported_wherever_it_stands(
    operation: str, tmp_path: Path
) -> None:
    for document in answers(operation):
        for way, _ in places(operation, document):
            changed = deepcopy(document)
            at(changed, way)["Invented"] = {"By": "nobody"}
            found = gaps(account() | {operation: changed}, tmp_path)
            about = [gap for gap in found if gap.text == "Invented"]

            assert about, f"nothing is said about {way}"
            for gap in about:
                lines = Path(gap.span.path).read_text(encoding="utf-8").split("\n")
                line = lines[gap.span.line - 1]
                assert line[gap.span.column - 1 : gap.span.last_column] == '"Invented"'


def test_the_models_have_what_these_tests_ask_for() -> None:
    for operation, key in LISTS.items():
        members = model("ec2")["operations"][operation]["output"]["shape"]

        assert not key or key in model("ec2")["shapes"][members]["members"]
    assert len(list(objects(account()))) > 100

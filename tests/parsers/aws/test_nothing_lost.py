"""Every key of the documented responses is read, ignored on purpose, or reported."""

from functools import cache
from typing import Any

import pytest

from parsers.aws import shapes
from parsers.aws.coverage import section
from parsers.aws.shapes import RESPONSES, Shape
from tests import ROOT
from tests.parsers.aws.samples import (
    Element,
    account,
    acl,
    at_one,
    group,
    interface,
    permission,
    rulesets,
)

DOCUMENT = ROOT / "docs" / "formats.md"
# The element of a response that is not the response itself, and shapes of one table that stand for
# several of the model: those differ in nothing but keys that say nothing of packets.
ELEMENTS = {
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeSecurityGroupRules": "SecurityGroupRules",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeManagedPrefixLists": "PrefixLists",
    "DescribePrefixLists": "PrefixLists",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeInstances": "Reservations",
    "DescribeSubnets": "Subnets",
    "DescribeVpcs": "Vpcs",
    "DescribeRouteTables": "RouteTables",
}


@cache
def model() -> Any:
    """The service model of EC2, where botocore is installed."""
    reason = "botocore, which has the service models, is not here"
    loaders = pytest.importorskip("botocore.loaders", reason=reason)
    return loaders.Loader().load_service_model("ec2", "service-2", "2016-11-15")


def structure(name: str) -> dict[str, str]:
    """The members of a structure of the model, or of the elements of a list, with their shapes."""
    shape = model()["shapes"][name]
    while shape["type"] == "list":
        shape = model()["shapes"][shape["member"]["shape"]]
    return {key: member["shape"] for key, member in shape.get("members", {}).items()}


def lost(name: str, shape: Shape, where: str) -> list[str]:
    """The keys of the model's structure that the shape neither reads nor ignores."""
    members = structure(name)
    parts = dict(shape.parts)
    found = [f"{where}.{key}" for key in members if key not in shape.known]
    for key, inner in members.items():
        if key in parts:
            found += lost(inner, parts[key], f"{where}.{key}")
    return found


@pytest.mark.parametrize("operation", RESPONSES)
def test_every_key_of_the_service_model_is_read_or_ignored_on_purpose(operation: str) -> None:
    output = model()["operations"][operation]["output"]["shape"]
    key = ELEMENTS.get(operation)
    if key is None:
        assert lost(output, RESPONSES[operation], operation) == []
        return

    assert set(structure(output)) == {key, "NextToken"}
    assert lost(structure(output)[key], RESPONSES[operation], operation) == []


@pytest.mark.parametrize("operation", RESPONSES)
def test_objects_in_read_keys_have_a_shape_of_their_own(operation: str) -> None:
    def check(name: str, shape: Shape) -> None:
        parts = dict(shape.parts)
        for key, inner in structure(name).items():
            if key in shape.read and structure(inner):
                assert key in parts, f"{name}.{key}"
                check(inner, parts[key])

    check(model()["operations"][operation]["output"]["shape"], RESPONSES[operation])


NEW: Element = {"NewKey": 1}


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param(at_one([permission("tcp", 22) | NEW]), id="a permission"),
        pytest.param(
            at_one([permission("tcp", 22, IpRanges=[{"CidrIp": "0.0.0.0/0"} | NEW])]), id="a range"
        ),
        pytest.param(at_one([], [permission("tcp", 22) | NEW]), id="an egress permission"),
        pytest.param(
            account(
                SecurityGroups=[group("sg-one") | NEW],
                NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one")],
            ),
            id="a group",
        ),
        pytest.param(
            at_one([]) | {"NetworkAcls": [acl("acl-1", NEW | {"RuleNumber": 1, "Protocol": "-1",
                "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"})]},
            id="an entry",
        ),
        pytest.param(
            account(
                SecurityGroups=[group("sg-one")],
                NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", **NEW)],
            ),
            id="an interface",
        ),
        pytest.param(at_one([]) | {"Vpcs": [{"VpcId": "vpc-01", "CidrBlock": "10.0.0.0/16"} | NEW]},
                     id="a VPC"),
        pytest.param(at_one([]) | {"Subnets": [{"SubnetId": "subnet-01", "VpcId": "vpc-01",
                                                "CidrBlock": "10.0.1.0/24"} | NEW]},
                     id="a subnet"),
        pytest.param(at_one([]) | {"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "v",
                                                    "Routes": [], "Associations": []} | NEW]},
                     id="a route table"),
        pytest.param(at_one([]) | {"PrefixLists": [{"PrefixListId": "pl-1"} | NEW]},
                     id="a prefix list"),
    ],
)  # fmt: skip
def test_a_key_that_is_new_is_reported_at_its_place(lists: dict[str, list[Element]]) -> None:
    (found,) = rulesets(lists)

    (gap,) = found.gaps
    assert gap.check == "FW901"
    assert gap.message == "`NewKey` is not understood: what it says is not in the model"
    line = found.sources[0].lines[gap.span.line - 1]
    assert line[gap.span.column - 1 : gap.span.last_column] == '"NewKey"'


def test_encryption_that_is_enforced_is_not_in_the_model_and_said() -> None:
    lists = at_one([])
    enforced = {"EncryptionControl": {"Mode": "enforce", "State": "available"}}
    lists["Vpcs"] = [lists["Vpcs"][0] | enforced]
    (found,) = rulesets(lists)

    assert [(gap.check, gap.message) for gap in found.gaps] == [
        ("FW901", "traffic without encryption is refused here, which is not in the model")
    ]


def test_an_interface_in_several_subnets_is_said_to_be_judged_as_in_its_own() -> None:
    lists = at_one([])
    one = lists["NetworkInterfaces"][0]
    lists["NetworkInterfaces"] = [one | {"AssociatedSubnets": ["subnet-01"]}]
    assert rulesets(lists)[0].gaps == ()

    lists["NetworkInterfaces"] = [one | {"AssociatedSubnets": ["subnet-01", "subnet-02"]}]
    (gap,) = rulesets(lists)[0].gaps
    assert (gap.check, gap.message) == (
        "FW901",
        "eni-one is also in subnet-02, whose network ACL is not asked about it",
    )


def test_no_key_is_read_and_ignored() -> None:
    for shape in (each for each in vars(shapes).values() if isinstance(each, Shape)):
        assert shape.read & shape.ignored == frozenset(), shape.name


def test_the_document_has_the_table_of_keys(request: pytest.FixtureRequest) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    head = "| object | read | says nothing about packets |"
    before, _, rest = document.partition(head)
    table, _, behind = (head + rest).partition("\n\n")
    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(f"{before}{section()}\n{behind}", encoding="utf-8")
        table = section().rstrip("\n")

    assert table == section().rstrip("\n"), "write it with --update-golden"

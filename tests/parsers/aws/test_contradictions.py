"""Exports of different times may contradict each other: then there is no answer, but an error."""

from collections.abc import Callable

import pytest

from flowmodel.source import InputError
from tests.oracles.aws.accounts import Account
from tests.oracles.aws.hand_made import entry, hand_made, interface
from tests.oracles.aws.writing import documents
from tests.parsers.aws.test_hostile import read


def _grown_subnet(made: Account) -> None:
    made.lists["Subnets"][0]["CidrBlock"] = "10.0.0.0/20"


def _shut_subnet(made: Account) -> None:
    states = {"InternetGatewayBlockMode": "block-bidirectional"}
    made.lists["Subnets"][0]["BlockPublicAccessStates"] = states


def _grown_vpc(made: Account) -> None:
    made.lists["Vpcs"][0]["CidrBlock"] = "10.0.0.0/8"


def _other_acl(made: Account) -> None:
    made.lists["NetworkAcls"] = made.lists["NetworkAcls"][:1]
    made.lists["NetworkAcls"][0]["NetworkAclId"] = "acl-0new"


def _other_entries(made: Account) -> None:
    made.lists["NetworkAcls"][0]["Entries"].append(entry(10, "deny", "-1", "0.0.0.0/0"))


def _fewer_rules(made: Account) -> None:
    made.lists["SecurityGroups"][0]["IpPermissions"].pop()


def _moved_interface(made: Account) -> None:
    moved = interface("eni-0web", "subnet-0back", "10.0.1.10", "2001:db8:1:1::10", "sg-0web")
    made.lists["NetworkInterfaces"] = [moved]


CONTRADICTIONS: dict[str, tuple[Callable[[Account], None], str]] = {
    "a subnet of another size": (
        _grown_subnet,
        "subnet-0front is also in old Subnets.json:3:3, with other contents",
    ),
    "a subnet that was shut": (
        _shut_subnet,
        "subnet-0front is also in old Subnets.json:3:3, with other contents",
    ),
    "a VPC of another size": (
        _grown_vpc,
        "vpc-0 is also in old Vpcs.json:3:3, with other contents",
    ),
    "a subnet with another ACL": (
        _other_acl,
        "subnet-0front has acl-0front too, in old NetworkAcls.json:3:3",
    ),
    "an ACL with other entries": (
        _other_entries,
        "acl-0front is also in old NetworkAcls.json:3:3, with other contents",
    ),
    "a group with other rules": (
        _fewer_rules,
        "sg-0web is also in old SecurityGroups.json:3:3, with other contents",
    ),
    "an interface in another subnet": (
        _moved_interface,
        (
            "eni-0web is also in old NetworkInterfaces.json:3:3, with other groups, addresses or "
            "another subnet"
        ),
    ),
}


def whole() -> Account:
    made = hand_made()
    made.lists["Vpcs"] = [{"VpcId": "vpc-0", "CidrBlock": "10.0.0.0/16", "OwnerId": "1"}]
    return made


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_two_exports_that_contradict_each_other_are_an_error(name: str) -> None:
    change, expected = CONTRADICTIONS[name]
    newer = whole()
    change(newer)
    older = {f"old {name}": document for name, document in documents(whole())}
    with pytest.raises(InputError) as raised:
        read(older | {f"new {name}": document for name, document in documents(newer)})

    assert raised.value.message == expected


def test_two_exports_that_say_the_same_are_one() -> None:
    once, twice = (documents(whole()) for _ in range(2))
    files = dict(once)
    again = {f"again {name}": document for name, document in twice}

    assert len(read(files | again)) == len(read(files))

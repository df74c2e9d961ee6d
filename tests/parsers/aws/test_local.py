"""Local network interfaces: Outposts User Guide for servers, "Local network interfaces".

One is at the layer of the local network, where neither security groups nor network ACLs judge.
"""

import pytest

from parsers.shared.context import Place
from tests.parsers.aws.samples import SUBNETS, Element, account, group, interface, verdict

TCP_22 = "tcp 10.0.1.7:40000 > 10.0.1.10:22"


def at_index(index: int | None, local_at: int | None) -> dict[str, list[Element]]:
    """An account with an interface of an instance, and in which place its subnet has local ones."""
    attached: Element = {"InstanceId": "i-1"} | ({} if index is None else {"DeviceIndex": index})
    subnet = SUBNETS[0] | ({} if local_at is None else {"EnableLniAtDeviceIndex": local_at})
    return account(
        SecurityGroups=[group("sg-one")],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one", Attachment=attached)],
        Subnets=[subnet],
    )


@pytest.mark.parametrize(
    ("index", "local_at", "expected"),
    [
        pytest.param(1, None, "drop", id="no subnet of an Outposts server"),
        pytest.param(0, 1, "drop", id="the first interface is of the VPC"),
        pytest.param(1, 1, "unknown", id="the second one is local"),
        pytest.param(None, 1, "unknown", id="nobody says which one it is"),
    ],
)
def test_no_group_judges_at_a_local_interface(
    index: int | None, local_at: int | None, expected: str
) -> None:
    assert verdict(at_index(index, local_at), "input", TCP_22) == expected


def test_nor_does_an_acl() -> None:
    lists = at_index(1, 1) | {"NetworkAcls": []}

    assert verdict(lists, "input", "tcp 192.0.2.7:1 > 10.0.1.10:22", place=Place()) == "unknown"


def test_an_instance_tells_it_too() -> None:
    lists = at_index(1, 1)
    (one,) = lists.pop("NetworkInterfaces")
    instance = {"InstanceId": "i-1", "InstanceType": "c6id.metal", "NetworkInterfaces": [one]}
    del one["Attachment"]["InstanceId"]

    assert verdict(lists | {"Reservations": [{"Instances": [instance]}]}, "input", TCP_22) == (
        "unknown"
    )

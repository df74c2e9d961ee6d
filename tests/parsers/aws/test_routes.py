"""Whether a group that rules name is reached directly, as route tables have it.

VPC User Guide, "Middlebox routing wizard" and "Subnet route tables"; VPC Peering Guide, "Update
your security groups to reference peer groups".
"""

import pytest

from tests.parsers.aws.samples import (
    EVERYTHING,
    OWNER,
    VPC,
    Element,
    account,
    answer,
    group,
    interface,
    permission,
    rulesets,
)

LOCAL: Element = {
    "DestinationCidrBlock": "10.0.0.0/16",
    "GatewayId": "local",
    "Origin": "CreateRouteTable",
}
REPLACED = {"NetworkInterfaceId": "eni-fw", "Origin": "CreateRouteTable"}
LISTED = {"DestinationPrefixListId": "pl-1"}
TO_PEER = {"DestinationCidrBlock": "10.9.0.0/16"}
PEERED = TO_PEER | {"VpcPeeringConnectionId": "pcx-1"}


def lists_of(*cidrs: str) -> list[Element]:
    return [{"PrefixListId": "pl-1", "AddressFamily": "IPv4", "Cidrs": list(cidrs)}]


def naming(more: Element, web: Element, *routes: Element) -> dict[str, list[Element]]:
    """An account with a rule that names a group, a member of it, and a route table."""
    pair = {"GroupId": "sg-web", "UserId": OWNER} | more
    table = {
        "RouteTableId": "rtb-1",
        "VpcId": VPC,
        "Associations": [{"Main": True}],
        "Routes": list(routes),
    }
    return account(
        SecurityGroups=[
            group("sg-one", [permission("tcp", 22, UserIdGroupPairs=[pair])], [EVERYTHING]),
            group("sg-web"),
        ],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one"), web],
        RouteTables=[table],
    )


def verdict_of(lists: dict[str, list[Element]], member: str) -> str:
    packet = f"tcp {member}:40000 > 10.0.1.10:22"
    return answer(rulesets(lists)[:1], "input", packet).verdict


NEAR = interface("eni-web", "10.0.1.20", "sg-web")
FAR = interface("eni-web", "10.9.1.20", "sg-web", subnet="subnet-9") | {"VpcId": "vpc-9"}


@pytest.mark.parametrize(
    ("routes", "more", "expected"),
    [
        pytest.param([LOCAL], {}, "accept", id="the local route alone"),
        pytest.param([LOCAL | {"GatewayId": None} | REPLACED], {}, "unknown",
                     id="a local route whose target is an appliance"),
        pytest.param([LOCAL, {"DestinationCidrBlock": "10.7.0.0/16"} | REPLACED], {"Vpcs": []},
                     "unknown", id="of another range of a VPC that is not here"),
        pytest.param([LOCAL | {"GatewayId": "vpce-1", "Origin": "CreateRoute"}], {"Vpcs": []},
                     "unknown", id="no local route at all"),
        pytest.param([LOCAL, LISTED | {"NetworkInterfaceId": "eni-fw"}],
                     {"PrefixLists": lists_of("10.0.1.0/24")}, "unknown",
                     id="a list with a subnet in it"),
        pytest.param([LOCAL, LISTED | {"NetworkInterfaceId": "eni-fw"}],
                     {"PrefixLists": lists_of("192.168.0.0/16")}, "accept",
                     id="a list of other networks"),
        pytest.param([LOCAL, LISTED | {"NetworkInterfaceId": "eni-fw"}], {}, "unknown",
                     id="a list that is not here, to an appliance"),
        pytest.param([LOCAL, LISTED | {"GatewayId": "vpce-1"}], {}, "accept",
                     id="to what is most likely a gateway endpoint"),
        pytest.param([LOCAL, LISTED | {"TransitGatewayId": "tgw-1"}], {}, "accept",
                     id="to what no narrower route can lead to"),
    ],
)  # fmt: skip
def test_routes_that_lead_through_an_appliance(
    routes: list[Element], more: dict[str, list[Element]], expected: str
) -> None:
    lists = {key: each for key, each in (naming({}, NEAR, *routes) | more).items() if each}

    assert verdict_of(lists, "10.0.1.20") == expected


@pytest.mark.parametrize(
    ("routes", "named", "expected"),
    [
        pytest.param([LOCAL, PEERED], "pcx-1", "accept", id="by the peering connection"),
        pytest.param([LOCAL, PEERED | {"State": "blackhole"}], "pcx-1", "unknown", id="that ended"),
        pytest.param([LOCAL, TO_PEER | {"TransitGatewayId": "tgw-1"}], "pcx-1", "unknown",
                     id="by a transit gateway"),
        pytest.param([LOCAL], "pcx-1", "unknown", id="by nothing"),
        pytest.param([LOCAL], "", "accept", id="a connection that is not named"),
    ],
)  # fmt: skip
def test_a_group_behind_a_peering_connection_counts_if_routes_lead_there(
    routes: list[Element], named: str, expected: str
) -> None:
    more = {"VpcId": "vpc-9", "PeeringStatus": "active", "VpcPeeringConnectionId": named}

    assert verdict_of(naming(more, FAR, *routes), "10.9.1.20") == expected


def test_an_appliance_in_the_members_own_vpc_counts_too() -> None:
    more = {"VpcId": "vpc-9", "PeeringStatus": "active", "VpcPeeringConnectionId": "pcx-1"}
    lists = naming(more, FAR, LOCAL, PEERED)
    there = {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "local"}
    narrow = {"DestinationCidrBlock": "10.9.1.0/24", "NetworkInterfaceId": "eni-fw"}
    back = {"DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-1"}
    table = {"RouteTableId": "rtb-9", "VpcId": "vpc-9", "Associations": [{"Main": True}]}

    lists["RouteTables"].append(table | {"Routes": [there, back]})
    assert verdict_of(lists, "10.9.1.20") == "accept"
    lists["RouteTables"][1] = table | {"Routes": [there, back, narrow]}
    assert verdict_of(lists, "10.9.1.20") == "unknown"

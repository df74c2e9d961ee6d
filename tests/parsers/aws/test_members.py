"""Who may be in a security group that a rule names, where the exports show some members only."""

import pytest

from flowmodel.ruleset import Gap
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    EVERYTHING,
    OWNER,
    SUBNETS,
    VPC,
    VPCS,
    Element,
    account,
    answer,
    group,
    interface,
    permission,
    rulesets,
    verdict,
)

FAR, PARTNER = "vpc-far", "444455556666"
PEERED = {"VpcId": FAR, "VpcPeeringConnectionId": "pcx-1", "PeeringStatus": "active"}
FAR_VPC: Element = {"VpcId": FAR, "CidrBlock": "10.40.0.0/16"}


def _reservation(
    *interfaces: Element, state: str = "running", second: list[Element] | None = None
) -> Element:
    instance = {"InstanceId": "i-1", "State": {"Name": state}, "NetworkInterfaces": [*interfaces]}
    return {"ReservationId": "r-1", "Instances": [instance | {"SecondaryInterfaces": second}]}


def _of(name: str, **more: str) -> Element:
    return permission("tcp", 22, UserIdGroupPairs=[{"GroupId": name, "UserId": OWNER} | more])


ONE = interface("eni-one", "10.0.1.10", "sg-one")
WEB = interface("eni-web", "10.0.1.20", "sg-web")
OTHER = interface("eni-other", "10.0.1.30", "sg-other")
THERE = interface("eni-there", "10.40.1.5", "sg-there", VpcId=FAR, SubnetId="subnet-far")


def _naming(
    name: str, more: Element | None = None, **lists: list[Element]
) -> dict[str, list[Element]]:
    """An account whose machine, 10.0.1.10, lets a group in by SSH."""
    groups = [group("sg-one", [_of(name, **(more or {}))]), group("sg-web"), group("sg-other")]
    return account(**{"SecurityGroups": groups, "NetworkInterfaces": [ONE]} | lists)


LISTED = {"NetworkInterfaces": [], "Reservations": [_reservation(ONE, WEB, OTHER)]}
CASES = [
    pytest.param(_naming("sg-web", None, **LISTED), "10.0.1.20", "accept", id="a member is one"),
    pytest.param(_naming("sg-web", None, **LISTED), "10.0.1.30", "drop",
                 id="whoever is listed with its groups is no member"),
    pytest.param(_naming("sg-web", None, **LISTED), "10.0.1.40", "unknown",
                 id="an instance is not all that has interfaces"),
    pytest.param(_naming("sg-web", None, **LISTED), "198.51.100.7", "drop",
                 id="no member has an address beyond its VPC"),
    pytest.param(_naming("sg-web", None, **LISTED, Vpcs=[]), "198.51.100.7", "unknown",
                 id="where the VPC is not exported it may"),
    pytest.param(_naming("sg-web", NetworkInterfaces=[ONE, WEB]), "10.0.1.40", "drop",
                 id="all interfaces of the VPC are told"),
    pytest.param(_naming("sg-there", more=PEERED, Reservations=[_reservation(THERE)]), "10.40.1.5",
                 "accept", id="a member in a peered VPC"),
    pytest.param(_naming("sg-there", more=PEERED, Reservations=[_reservation(THERE)]), "10.40.1.6",
                 "unknown", id="interfaces of another VPC do not make its own ones whole"),
    pytest.param(_naming("sg-there", more=PEERED, NetworkInterfaces=[ONE, THERE]), "10.40.1.6",
                 "drop", id="its own ones do"),
    pytest.param(_naming("sg-there", more=PEERED | {"UserId": PARTNER},
                         NetworkInterfaces=[ONE, THERE]), "10.40.1.6", "unknown",
                 id="but not for another account"),
    pytest.param(_naming("sg-there", more=PEERED, Vpcs=[*VPCS, FAR_VPC]), "10.40.1.6", "unknown",
                 id="nothing is told of a VPC but its addresses"),
    pytest.param(_naming("sg-there", more=PEERED, Vpcs=[*VPCS, FAR_VPC]), "10.41.1.6", "drop",
                 id="no member is beyond them"),
    pytest.param(_naming("sg-there", more=PEERED), "10.0.1.20", "drop",
                 id="peered VPCs do not overlap"),
    pytest.param(_naming("sg-there", more=PEERED), "10.40.1.6", "unknown",
                 id="a member of a VPC that nothing is told of"),
    pytest.param(_naming("sg-there", more={"UserId": PARTNER}), "10.0.1.20", "unknown",
                 id="another account's group in whichever VPC"),
    pytest.param(_naming("sg-web", NetworkInterfaces=[ONE, OTHER | {"Groups": None}]), "10.0.1.30",
                 "unknown", id="an interface whose groups are left out may be a member"),
    pytest.param(_naming("sg-web", NetworkInterfaces=[ONE, OTHER | {"Groups": None}]), "10.0.1.40",
                 "drop", id="which nobody else is"),
    pytest.param(_naming("sg-other", NetworkInterfaces=[
                     ONE, OTHER | {"PrivateIpAddress": None, "PrivateIpAddresses": []}]),
                 "10.0.1.40", "unknown", id="a member whose address is left out may be anyone"),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "sender", "expected"), CASES)
def test_a_sender_is_let_in_as_a_member(
    lists: dict[str, list[Element]], sender: str, expected: str
) -> None:
    found = [each for each in rulesets(lists) if each.place == "eni-one"]

    assert answer(tuple(found), "input", f"tcp {sender}:1 > 10.0.1.10:22").verdict == expected


GONE: Element = {"NetworkInterfaceId": "eni-gone", "Status": "in-use"}
BESIDE = (
    "i-1 is in a secondary network: what it says there is judged by no security group, and is not "
    "in the model"
)
NOWHERE = "eni-gone has no addresses here: it is not judged"
ENDED = [
    pytest.param({"Reservations": [_reservation(GONE, state="shutting-down")]}, [],
                 id="an instance that is shutting down"),
    pytest.param({"Reservations": [_reservation(GONE, state="terminated")]}, [],
                 id="one that has ended"),
    pytest.param({"Reservations": [_reservation(GONE | {"Groups": []}, state="terminated")]}, [],
                 id="with an empty list of groups"),
    pytest.param({"Reservations": [_reservation(GONE | {"Groups": [{"GroupId": "sg-one"}]},
                                                state="terminated")]}, [],
                 id="with groups and without addresses"),
    pytest.param({"Reservations": [_reservation(state="terminated")]}, [], id="without interfaces"),
    pytest.param({"Reservations": [_reservation()]},
                 [("FW901", "i-1 has no network interfaces here: it is not judged")],
                 id="an instance whose interfaces are left out"),
    pytest.param({"Reservations": [_reservation(ONE, second=[{"InterfaceType": "secondary"}])]},
                 [("FW902", BESIDE)],
                 id="an instance in a secondary network"),
    pytest.param({"Reservations": [_reservation(ONE, second=[])]}, [], id="one that is in none"),
    pytest.param({"Reservations": [_reservation(GONE)]}, [("FW901", NOWHERE)],
                 id="an instance that runs"),
    pytest.param({"NetworkInterfaces": [ONE, GONE]}, [("FW901", NOWHERE)],
                 id="an interface that is neither"),
    pytest.param({"NetworkInterfaces": [ONE, GONE | {"Groups": [{"GroupId": "sg-one"}]}]},
                 [("FW901", f"{NOWHERE}, and who is in its security groups counts as unknown")],
                 id="an interface that has groups and no address"),
    pytest.param({"NetworkInterfaces": [ONE, GONE | {"InterfaceType": "efa-only", "Groups": []}]},
                 [], id="an interface that never has an address"),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "remarks"), ENDED)
def test_what_has_no_address_stops_nobody(
    lists: dict[str, list[Element]], remarks: list[tuple[str, str]]
) -> None:
    groups = {"SecurityGroups": [group("sg-one", [permission("tcp", 22)])]}
    found = rulesets(account(NetworkInterfaces=[ONE]) | groups | lists)

    packet = "tcp 198.51.100.7:1 > 10.0.1.10:22"
    assert answer(found[:1], "input", packet).verdict == "accept"
    assert _said(found[0].gaps) == remarks


def _said(gaps: tuple[Gap, ...]) -> list[tuple[str, str]]:
    return [(gap.check, gap.message) for gap in gaps]


def test_an_interface_whose_groups_are_left_out_is_said_and_possible() -> None:
    lists = account(
        SecurityGroups=[group("sg-one", [EVERYTHING])],
        NetworkInterfaces=[ONE | {"Groups": None}],
    )
    (found,) = rulesets(lists)
    decided = answer((found,), "input", "tcp 198.51.100.7:1 > 10.0.1.10:22")

    assert decided.verdict == "unknown"
    assert decided.unread == ("what the security groups of eni-one stop",)
    assert _said(found.gaps) == [
        (
            "FW307",
            (
                "`Groups` is missing: which security groups eni-one has counts as unknown, and so "
                "does what their rules say"
            ),
        )
    ]


FIRST: Element = {"Primary": True, "PrivateIpAddress": "10.0.1.10"}
SECOND: Element = {"Primary": False, "PrivateIpAddress": "10.0.1.11"}
LISTS: dict[str, tuple[list[Element] | None, bool]] = {
    "whole": ([FIRST], False),
    "of two": ([SECOND, FIRST], False),
    "missing": (None, True),
    "empty": ([], True),
    "without the first": ([SECOND], True),
    "with one that says nothing": ([FIRST, {"Primary": False}], True),
}


@pytest.mark.parametrize(("listed", "is_cut"), LISTS.values(), ids=LISTS)
def test_a_list_of_addresses_that_is_cut_is_said(
    listed: list[Element] | None, is_cut: bool
) -> None:
    lists = account(
        SecurityGroups=[group("sg-one", [EVERYTHING])],
        NetworkInterfaces=[ONE | {"PrivateIpAddresses": listed}],
    )
    (found,) = rulesets(lists)
    message = (
        "`PrivateIpAddresses` of eni-one is missing or cut: more addresses of it than those in "
        "the export may exist"
    )

    assert _said(found.gaps) == ([("FW902", message)] if is_cut else [])


def test_two_answers_about_an_interface_complete_each_other() -> None:
    bare = {"NetworkInterfaceId": "eni-one", "Status": "in-use"}
    lists = account(
        SecurityGroups=[group("sg-one", [permission("tcp", 22)])],
        NetworkInterfaces=[ONE],
        Reservations=[_reservation(bare, state="shutting-down")],
    )
    (found,) = rulesets(lists)

    assert (found.place, found.machine, found.gaps) == ("eni-one", "i-1", ())
    assert answer((found,), "input", "tcp 198.51.100.7:1 > 10.0.1.10:22").verdict == "accept"


THERE_TOO = THERE | {"Groups": [{"GroupId": "sg-web"}]}


@pytest.mark.parametrize(
    ("members", "source", "expected"),
    [
        pytest.param((WEB, THERE_TOO), "10.0.1.40", "unknown", id="others are in this VPC"),
        pytest.param((WEB, THERE_TOO), "10.40.1.9", "drop", id="so they are here, not there"),
        pytest.param((THERE_TOO,), "10.40.1.9", "unknown", id="others are in the group's VPC only"),
        pytest.param((THERE_TOO,), "10.0.1.40", "drop", id="so they are there, not here"),
        pytest.param((), "10.40.1.9", "unknown", id="no other is known: the group's VPC"),
        pytest.param((), "10.0.1.40", "drop", id="not this one"),
    ],
)
def test_members_that_no_export_shows_are_where_others_are_or_in_the_group_s_vpc(
    members: tuple[Element, ...], source: str, expected: str
) -> None:
    lists = account(
        SecurityGroups=[group("sg-one", [_of("sg-web")]), group("sg-web") | {"VpcId": FAR}],
        Reservations=[_reservation(ONE, *members)],
        Vpcs=[*VPCS, FAR_VPC],
    )
    at = Place(at="10.0.1.10", acl="none")

    assert verdict(lists, "input", f"tcp {source}:40000 > 10.0.1.10:22", place=at) == expected


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        pytest.param({}, {VPC: "10.0.0.0-10.0.255.255"}, id="a VPC"),
        pytest.param({"Vpcs": []}, {VPC: "10.0.1.0-10.0.1.255"}, id="its subnets"),
        pytest.param({"Vpcs": [], "Subnets": []}, {VPC: "10.0.1.10-10.0.1.10"},
                     id="its interfaces"),
        pytest.param({"Vpcs": [], "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": VPC, "Routes":
                     [{"DestinationCidrBlock": "10.0.0.0/15", "GatewayId": "local"}]}]},
                     {VPC: "10.0.0.0-10.1.255.255"}, id="its local routes"),
    ],
)  # fmt: skip
def test_the_networks_of_an_account_are_told(
    lists: dict[str, list[Element]], expected: dict[str, str]
) -> None:
    from ipaddress import IPv4Address

    (found,) = rulesets(account(Subnets=SUBNETS, NetworkInterfaces=[ONE]) | lists)
    shown = {
        name: ", ".join(f"{IPv4Address(a)}-{IPv4Address(b)}" for a, b in its.v4)
        for name, its in found.networks
    }

    assert shown == expected

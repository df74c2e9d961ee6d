"""Which firewalls of an account are meant, and the rule sets that stand for them."""

import pytest

from flowmodel.source import InputError
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    EVERYTHING,
    OPEN,
    Element,
    account,
    acl,
    answer,
    group,
    interface,
    rulesets,
    source,
)


def two() -> dict[str, list[Element]]:
    public: Element = {"Association": {"PublicIp": "203.0.113.5"}}
    return account(
        SecurityGroups=[group("sg-web", [EVERYTHING]), group("sg-db")],
        NetworkInterfaces=[
            interface("eni-web", "10.0.1.10", "sg-web", v6="2001:db8:1::10", **public),
            interface("eni-db", "10.0.1.20", "sg-db"),
            interface("eni-twin", "10.0.1.20", "sg-db", subnet="subnet-02"),
        ],
        NetworkAcls=[OPEN, acl("acl-shut", subnets=("subnet-02",))],
    )


def test_without_a_place_every_interface_has_a_rule_set_in_the_order_of_the_export() -> None:
    found = rulesets(two())

    assert [each.place for each in found] == ["eni-web", "eni-db", "eni-twin"]
    assert {each.format for each in found} == {"aws"}
    web = found[0]
    assert web.own.v4 == ((0x0A00010A, 0x0A00010A),)
    assert web.own.v6 == ((0x20010DB8_00010000_00000000_00000010,) * 2,)
    assert list(web.tables[0].chains) == [
        "acl-open (inbound)",
        "acl-open (outbound)",
        "sg-web ingress",
        "the security groups (ingress)",
        "sg-web egress",
        "the security groups (egress)",
        "forwarding",
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("eni-db", "eni-db", id="its id"),
        pytest.param("10.0.1.10", "eni-web", id="its private address"),
        pytest.param("2001:DB8:1:0::10", "eni-web", id="its IPv6 address, however it is written"),
        pytest.param("203.0.113.5", "eni-web", id="its public address"),
    ],
)
def test_an_interface_is_named_by(at: str, expected: str) -> None:
    (found,) = rulesets(two(), place=Place(at=at))

    assert found.place == expected


def test_groups_can_be_named_for_an_address_that_is_not_there_yet() -> None:
    (found,) = rulesets(two(), place=Place(at="10.0.1.99", groups=("sg-web",), acl="acl-open"))

    assert found.own.v4 == ((0x0A000163, 0x0A000163),)
    assert answer((found,), "input", "tcp 192.0.2.1:1 > 10.0.1.99:22").verdict == "accept"


def test_groups_can_be_named_for_an_interface_that_has_others() -> None:
    (found,) = rulesets(two(), place=Place(at="eni-db", groups=("sg-web",)))

    assert found.place == "eni-db"
    assert answer((found,), "input", "tcp 192.0.2.1:1 > 10.0.1.20:22").verdict == "accept"


def test_groups_without_an_acl_are_only_possible() -> None:
    (found,) = rulesets(two(), place=Place(groups=("sg-web",)))

    decided = answer((found,), "input", "tcp 192.0.2.1:1 > 10.0.1.20:22")
    assert decided.verdict == "unknown"
    assert decided.unread == (
        "whether the network ACL of the subnet, which is not in the export, denies it (inbound)",
    )


@pytest.mark.parametrize(
    ("lists", "place", "message"),
    [
        pytest.param(
            two(),
            Place(at="10.0.1.20"),
            "several interfaces have 10.0.1.20: name one of eni-db, eni-twin",
            id="an address of two interfaces",
        ),
        pytest.param(
            two(),
            Place(at="10.0.1.99"),
            "no network interface in the exports is 10.0.1.99 or has it as its address: name its "
            "groups instead, or add describe-network-interfaces",
            id="an address of none",
        ),
        pytest.param(
            two(),
            Place(groups=("sg-webb",)),
            "there is no security group sg-webb in the exports",
            id="a group that is not there",
        ),
        pytest.param(
            two(),
            Place(groups=("sg-web",), acl="acl-1"),
            "there is no network ACL acl-1 in the exports",
            id="an ACL that is not there",
        ),
        pytest.param(
            account(SecurityGroups=[group("sg-web")]),
            Place(),
            "no network interface is in the exports: add describe-network-interfaces, or name the "
            "groups and the ACL that are meant",
            id="groups alone",
        ),
    ],
)
def test_a_place_that_is_none_is_an_error(
    lists: dict[str, list[Element]], place: Place, message: str
) -> None:
    with pytest.raises(InputError) as raised:
        rulesets(lists, place=place)

    assert raised.value.message == message
    # The second interface with an address; nothing else is about a place in the export.
    where = "account.json:147:9" if "several" in message else "account.json:1:1"
    assert str(raised.value.span) == where


def test_whether_a_subnet_is_public_is_said_beside_its_interfaces() -> None:
    lists = two()
    route = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
    main: Element = {"RouteTableId": "rtb-1", "VpcId": "vpc-01", "Associations": [{"Main": True}]}
    own: Element = {"RouteTableId": "rtb-2", "VpcId": "vpc-01"}
    lists["RouteTables"] = [
        main | {"Routes": [route]},
        own
        | {"Associations": [{"SubnetId": "subnet-02"}], "Routes": [route | {"State": "blackhole"}]},
    ]
    other = {"SubnetId": "subnet-02", "VpcId": "vpc-01", "CidrBlock": "10.0.2.0/24"}
    lists["Subnets"] = [*lists["Subnets"], other]
    found = rulesets(lists)
    texts = [
        each.tables[0].chains["the security groups (ingress)"].rules[-1].text for each in found
    ]

    assert texts == [
        "eni-web in the public subnet subnet-01: sg-web (web) ingress",
        "eni-db in the public subnet subnet-01: sg-db (db) ingress",
        "eni-twin in the private subnet subnet-02: sg-db (db) ingress",
    ]


def test_an_interface_may_be_in_both_commands_outputs() -> None:
    lists = two()
    instance = {"InstanceId": "i-1", "NetworkInterfaces": lists["NetworkInterfaces"][:1]}
    lists["Reservations"] = [{"ReservationId": "r-1", "Instances": [instance]}]

    assert len(rulesets(lists)) == 3


@pytest.mark.parametrize(
    ("key", "changed", "message"),
    [
        pytest.param(
            "NetworkInterfaces",
            interface("eni-web", "10.0.1.10", "sg-db"),
            "eni-web is also in account.json:100:9, with other groups, addresses or another subnet",
            id="an interface",
        ),
        pytest.param(
            "NetworkInterfaces",
            interface("eni-web", "10.0.1.66", "sg-web"),
            "eni-web is also in account.json:100:9, with other groups, addresses or another subnet",
            id="an interface's addresses",
        ),
        pytest.param(
            "SecurityGroups",
            group("sg-db", [EVERYTHING]),
            "sg-db is also in account.json:89:9, with other contents",
            id="a group",
        ),
        pytest.param(
            "NetworkAcls",
            acl("acl-open"),
            "acl-open is also in account.json:16:9, with other contents",
            id="an ACL",
        ),
    ],
)
def test_exports_that_contradict_each_other_are_an_error(
    key: str, changed: Element, message: str
) -> None:
    again = source({key: [changed]}, "again.json")
    with pytest.raises(InputError) as raised:
        rulesets(two(), again)

    assert raised.value.message == message
    assert str(raised.value.span) == "again.json:3:9"


def test_exports_that_repeat_each_other_are_read_once() -> None:
    assert len(rulesets(two(), source(two(), "again.json"))) == 3

"""What a load balancer or an endpoint passes on within its subnet does not enter it: no network ACL
judges that, though it may have the addresses of clients."""

import pytest

from flowmodel.ruleset import Traffic
from parsers.shared.context import Place
from tests.parsers.aws.samples import (
    ANYWHERE,
    EVERYTHING,
    Element,
    account,
    acl,
    answer,
    group,
    interface,
    permission,
    rulesets,
)

OFFICES = permission("tcp", 443, IpRanges=[{"CidrIp": "203.0.113.0/24"}])
CLIENT, OTHER = "tcp 203.0.113.9:40000 > 10.0.1.10:22", "tcp 198.51.100.9:40000 > 10.0.1.10:22"
OUT = "tcp 10.0.1.10:40000 > 203.0.113.9:22"
BALANCER, ENDPOINT = "network_load_balancer", "ec2_instance_connect_endpoint"


HTTPS: Element = {"Protocol": "6", "PortRange": {"From": 443, "To": 443}}
ALLOWED = ANYWHERE | HTTPS
DENIED = {"CidrBlock": "203.0.113.8/29", "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 90}


def behind(
    kind: str,
    *groups: str,
    subnet: str = "subnet-01",
    ingress: Element = EVERYTHING,
    entries: tuple[Element, ...] = (ALLOWED,),
) -> dict[str, list[Element]]:
    """A machine behind an ACL that allows the port of the other interface alone."""
    other = interface("eni-more", "10.0.1.200", *groups, subnet=subnet, InterfaceType=kind)
    return account(
        SecurityGroups=[group("sg-one", [ingress], [EVERYTHING]), group("sg-front", [OFFICES])],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one"), other],
        NetworkAcls=[acl("acl-1", *entries)],
    )


def verdict_of(lists: dict[str, list[Element]], hook: Traffic, packet: str) -> str:
    return answer(rulesets(lists, place=Place(at="eni-one")), hook, packet).verdict


@pytest.mark.parametrize(
    ("kind", "groups", "packet", "expected"),
    [
        pytest.param(BALANCER, ("sg-front",), CLIENT, "unknown", id="its client"),
        pytest.param(BALANCER, ("sg-front",), OTHER, "drop", id="whom it does not let in"),
        pytest.param(BALANCER, (), OTHER, "unknown", id="without groups it lets in everyone"),
        pytest.param(BALANCER, ("sg-gone",), OTHER, "unknown", id="whom its group lets in, if any"),
        pytest.param(ENDPOINT, ("sg-front",), OTHER, "unknown", id="an endpoint asks no group"),
        pytest.param("interface", ("sg-front",), CLIENT, "drop", id="a machine passes on nothing"),
    ],
)  # fmt: skip
def test_an_acl_does_not_judge_what_is_passed_on(
    kind: str, groups: tuple[str, ...], packet: str, expected: str
) -> None:
    assert verdict_of(behind(kind, *groups), "input", packet) == expected


def test_the_acl_of_another_subnet_judges_it() -> None:
    lists = behind(BALANCER, "sg-front", subnet="subnet-02")

    assert verdict_of(lists, "input", CLIENT) == "drop"


def test_the_machines_groups_judge_it_and_the_acl_what_leaves() -> None:
    assert verdict_of(behind(BALANCER, "sg-front", ingress=OFFICES), "input", CLIENT) == "drop"
    assert verdict_of(behind(BALANCER, "sg-front"), "output", OUT) == "drop"


@pytest.mark.parametrize(
    ("entries", "kind", "expected"),
    [
        pytest.param((DENIED, ALLOWED), BALANCER, "drop", id="whom the ACL denies everything"),
        pytest.param((DENIED | HTTPS, ALLOWED), BALANCER, "unknown", id="or one service only"),
        pytest.param((), BALANCER, "drop", id="nobody gets to a load balancer behind such an ACL"),
        pytest.param((), ENDPOINT, "unknown", id="but to an endpoint, which has a way of its own"),
    ],
)
def test_a_client_has_to_get_to_the_load_balancer_itself(
    entries: tuple[Element, ...], kind: str, expected: str
) -> None:
    assert verdict_of(behind(kind, entries=entries), "input", CLIENT) == expected


def test_what_is_for_the_load_balancer_itself_enters_the_subnet() -> None:
    packet = CLIENT.replace(".10:22", ".200:22")
    found = rulesets(behind(BALANCER), place=Place(at="eni-more"))

    assert answer(found, "input", packet).verdict == "drop"

"""Classic Load Balancers: what they send is judged by their network ACL even if it stays within the
subnet (Reachability Analyzer Guide, "Reachability Analyzer explanation codes")."""

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
    rulesets,
)

CLASSIC: Element = {"Description": "ELB front", "RequesterId": "amazon-elb"}


def verdict_of(more: Element, hook: Traffic, packet: str, at: str) -> str:
    """What is said of a packet in the subnet of a load balancer, whose ACL denies everything."""
    lists = account(
        SecurityGroups=[group("sg-one", [EVERYTHING], [EVERYTHING])],
        NetworkInterfaces=[
            interface("eni-one", "10.0.1.10", "sg-one"),
            interface("eni-elb", "10.0.1.20", "sg-one", **more),
        ],
        NetworkAcls=[acl("acl-1", ANYWHERE | {"RuleAction": "deny", "Egress": True})],
    )
    found = rulesets(lists, place=Place(at=at))
    return answer(found, hook, packet).verdict


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(CLASSIC, "drop", id="a Classic Load Balancer"),
        pytest.param(CLASSIC | {"Description": "ELB app/front/0123"}, "accept", id="another one"),
        pytest.param(CLASSIC | {"RequesterId": "111122223333"}, "accept", id="a user's own words"),
        pytest.param({}, "accept", id="any other machine"),
    ],
)
def test_what_it_sends_within_its_subnet(more: Element, expected: str) -> None:
    packet = "tcp 10.0.1.20:40000 > 10.0.1.10:8080"

    assert verdict_of(more, "output", packet, "eni-elb") == expected


def test_what_others_send_there_is_not_judged() -> None:
    packet = "tcp 10.0.1.10:40000 > 10.0.1.20:443"
    assert verdict_of(CLASSIC, "output", packet, "eni-one") == "accept"

    packet = "tcp 10.0.1.20:40000 > 10.0.1.10:8080"
    assert verdict_of(CLASSIC, "input", packet, "eni-one") == "accept"

"""Clients whose addresses a load balancer keeps: a rule that names its group lets them in.

User Guide for Network Load Balancers, "Update the security groups for your Network Load Balancer":
targets accept what comes from it even where client IP preservation is on. EC2 User Guide, "Security
groups for EC2 Instance Connect Endpoint": such an endpoint can keep them too, and lets in everyone.
"""

import pytest

from tests.parsers.aws.samples import (
    EVERYTHING,
    OWNER,
    Element,
    account,
    answer,
    group,
    interface,
    permission,
    rulesets,
)

OFFICES = permission("tcp", 443, IpRanges=[{"CidrIp": "203.0.113.0/24"}])
CLIENT, OTHER = "203.0.113.7", "198.51.100.7"


def behind(kind: str, *ingress: Element) -> dict[str, list[Element]]:
    """A target whose rule names the group of what stands before it, and that."""
    pair = {"GroupId": "sg-front", "UserId": OWNER}
    return account(
        SecurityGroups=[
            group("sg-one", [permission("tcp", 8080, UserIdGroupPairs=[pair])], [EVERYTHING]),
            group("sg-front", list(ingress), [EVERYTHING]),
        ],
        NetworkInterfaces=[
            interface("eni-front", "10.0.1.20", "sg-front", InterfaceType=kind),
            interface("eni-one", "10.0.1.10", "sg-one", InterfaceType="interface"),
        ],
    )


def verdict_of(lists: dict[str, list[Element]], source: str) -> str:
    found = [each for each in rulesets(lists) if each.place == "eni-one"]
    packet = f"tcp {source}:40000 > 10.0.1.10:8080"
    return answer(tuple(found), "input", packet).verdict


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        pytest.param("network_load_balancer", CLIENT, "unknown", id="a client"),
        pytest.param("network_load_balancer", OTHER, "drop", id="whom it does not let in itself"),
        pytest.param("network_load_balancer", "10.0.1.20", "accept", id="the load balancer"),
        pytest.param("interface", CLIENT, "drop", id="any other machine speaks for itself"),
        pytest.param("global_accelerator_managed", OTHER, "unknown", id="an accelerator has all"),
        pytest.param("ec2_instance_connect_endpoint", OTHER, "unknown", id="so has an endpoint"),
    ],
)
def test_a_rule_that_names_a_load_balancers_group(kind: str, source: str, expected: str) -> None:
    assert verdict_of(behind(kind, OFFICES), source) == expected


def test_the_clients_of_a_group_that_is_not_here_are_anybody() -> None:
    lists = behind("network_load_balancer", OFFICES)
    lists["SecurityGroups"].pop()

    assert verdict_of(lists, OTHER) == "unknown"


def test_all_groups_of_a_load_balancer_let_clients_in() -> None:
    lists = behind("network_load_balancer")
    lists["SecurityGroups"].append(group("sg-more", [OFFICES]))
    assert verdict_of(lists, CLIENT) == "drop"

    lists["NetworkInterfaces"][0]["Groups"].append({"GroupId": "sg-more", "GroupName": "more"})
    assert verdict_of(lists, CLIENT) == "unknown"


def test_nobody_is_reached_through_it_in_the_other_direction() -> None:
    lists = behind("network_load_balancer", OFFICES)
    pair = {"GroupId": "sg-front", "UserId": OWNER}
    lists["SecurityGroups"][0]["IpPermissionsEgress"] = [
        permission("tcp", 443, UserIdGroupPairs=[pair])
    ]
    found = [each for each in rulesets(lists) if each.place == "eni-one"]

    packet = f"tcp 10.0.1.10:40000 > {CLIENT}:443"
    assert answer(tuple(found), "output", packet).verdict == "drop"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param("global_accelerator_managed", "unknown", id="an accelerator"),
        pytest.param("ec2_instance_connect_endpoint", "drop", id="an endpoint: IPv4 only"),
    ],
)
def test_who_keeps_addresses_of_ipv6(kind: str, expected: str) -> None:
    lists = behind(kind)
    lists["NetworkInterfaces"][1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:1::10"}]
    found = [each for each in rulesets(lists) if each.place == "eni-one"]

    packet = "tcp [2001:db8:7::1]:40000 > [2001:db8:1::10]:8080"
    assert answer(tuple(found), "input", packet).verdict == expected

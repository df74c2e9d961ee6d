"""Where AWS's exports or its documentation do not say enough: what docs/limits.md has about it."""

import pytest

from flowmodel.ruleset import Traffic
from tests.parsers.aws.samples import (
    EVERYTHING,
    VPC,
    Element,
    account,
    at_one,
    group,
    interface,
    permission,
    verdict,
)

TCP_22 = "tcp 198.51.100.7:40000 > 10.0.1.10:22"
_MEMBER = permission("tcp", 22, UserIdGroupPairs=[{"GroupId": "sg-web", "UserId": "111122223333"}])
_PRIVATE: Element = {
    "RouteTableId": "rtb-1",
    "VpcId": VPC,
    "Associations": [{"Main": True}],
    "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}],
}


def _filtered() -> dict[str, list[Element]]:
    """An export of network interfaces that was made with a filter: the group's own only."""
    return account(
        SecurityGroups=[group("sg-one", [_MEMBER]), group("sg-web")],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one")],
    )


CASES = [
    pytest.param(_filtered(), "input", "tcp 10.0.1.20:40000 > 10.0.1.10:22", "drop",
                 id="interfaces that a filter left out are in no group"),
    pytest.param(at_one([]), "input", TCP_22 + " state established", "accept",
                 id="a known connection passes, however long it was idle"),
    pytest.param(at_one([], [permission("50")]), "input", "esp 198.51.100.7 > 10.0.1.10", "drop",
                 id="a packet of ESP is no answer to another one"),
    pytest.param(at_one([]), "input", "icmp 198.51.100.7 > 10.0.1.10 type 3 state related",
                 "accept", id="errors about a known connection belong to it"),
    pytest.param(at_one([]), "input", "udp 10.0.0.2:53 > 10.0.1.10:40000", "drop",
                 id="services of AWS begin nothing"),
    pytest.param(at_one([]), "input", "udp 10.0.1.1:67 > 10.0.1.10:68", "drop",
                 id="not even DHCP"),
    pytest.param(at_one([]), "input", "icmpv6 fe80::1 > 2001:db8:1::10 type 136", "drop",
                 id="neighbours are asked for by rules"),
    pytest.param(at_one([], [permission("tcp", 25)]), "output",
                 "tcp 10.0.1.10:40000 > 198.51.100.7:25", "accept", id="mail is not held back"),
    pytest.param(at_one([]), "output", "udp 10.0.1.10:65000 > 10.0.2.20:4789", "drop",
                 id="no machine's traffic is mirrored"),
    pytest.param(at_one([EVERYTHING]) | {"RouteTables": [_PRIVATE]}, "input", TCP_22, "accept",
                 id="routes do not decide what comes from where"),
    pytest.param(at_one([EVERYTHING]), "input", "tcp 198.51.100.7:40000 > 10.9.9.9:22", "accept",
                 id="whose address it is, is not asked"),
    pytest.param(at_one([EVERYTHING]), "forward", "tcp 10.1.0.1:1 > 10.2.0.1:80", "unknown",
                 id="what a machine forwards"),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "hook", "packet", "expected"), CASES)
def test_the_model_says(
    lists: dict[str, list[Element]], hook: Traffic, packet: str, expected: str
) -> None:
    assert verdict(lists, hook, packet) == expected

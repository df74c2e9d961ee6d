"""Accelerators: what comes through one is not judged by network ACLs (Global Accelerator Developer
Guide, "Guidelines and restrictions for client IP address preservation")."""

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

OUTSIDE, INSIDE = "tcp 203.0.113.9:40000 > 10.0.1.10:22", "tcp 10.0.9.9:40000 > 10.0.1.10:22"
OUT = "tcp 10.0.1.10:40000 > 203.0.113.9:22"


def accelerator(subnet: str, kind: str = "global_accelerator_managed") -> Element:
    return interface("eni-more", "10.0.1.200", "sg-more", subnet=subnet, InterfaceType=kind)


def behind(other: Element, *ingress: Element) -> dict[str, list[Element]]:
    """A machine behind an ACL that denies everything, and another interface."""
    return account(
        SecurityGroups=[group("sg-one", list(ingress), [EVERYTHING]), group("sg-more", [])],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one"), other],
        NetworkAcls=[acl("acl-1", ANYWHERE | {"RuleAction": "deny"})],
    )


@pytest.mark.parametrize(
    ("other", "hook", "packet", "expected"),
    [
        pytest.param(accelerator("subnet-01"), "input", OUTSIDE, "unknown", id="may come by it"),
        pytest.param(accelerator("subnet-01"), "input", INSIDE, "drop", id="nobody in the VPC"),
        pytest.param(accelerator("subnet-01"), "output", OUT, "drop", id="not on its way out"),
        pytest.param(accelerator("subnet-02"), "input", OUTSIDE, "drop", id="another subnet"),
        pytest.param(accelerator("subnet-01", "interface"), "input", OUTSIDE, "drop", id="none"),
    ],
)  # fmt: skip
def test_an_acl_where_an_accelerator_has_an_endpoint(
    other: Element, hook: Traffic, packet: str, expected: str
) -> None:
    found = rulesets(behind(other, EVERYTHING), place=Place(at="eni-one"))

    assert answer(found, hook, packet).verdict == expected


def test_groups_judge_what_it_brings() -> None:
    found = rulesets(behind(accelerator("subnet-01")), place=Place(at="eni-one"))

    assert answer(found, "input", OUTSIDE).verdict == "drop"

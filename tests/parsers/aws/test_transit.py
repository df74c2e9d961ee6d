"""Transit gateways: VPC Transit Gateways Guide, "Network ACLs for transit gateways"."""

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

OUT = {"Egress": True}
FROM_VPC = ANYWHERE | {"CidrBlock": "10.0.0.0/16"}
SSH: Element = {
    "CidrBlock": "10.0.1.0/24",
    "Protocol": "6",
    "PortRange": {"From": 22, "To": 22},
    "RuleAction": "allow",
    "RuleNumber": 90,
}
FROM_OUTSIDE = "tcp 192.168.7.7:40000 > 10.0.1.10:22"
TO_OUTSIDE = "tcp 10.0.1.10:40000 > 192.168.7.7:{}"


def attachment(subnet: str, kind: str = "transit_gateway") -> Element:
    """The interface of an attachment: DescribeNetworkInterfaces has it, without groups."""
    return interface("eni-tgw", "10.0.1.200", subnet=subnet, InterfaceType=kind)


def beside(*entries: Element, attached: Element) -> dict[str, list[Element]]:
    """An account with a machine behind an ACL, and another interface."""
    return account(
        SecurityGroups=[group("sg-one", [EVERYTHING], [EVERYTHING])],
        NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one"), attached],
        NetworkAcls=[acl("acl-1", *entries)],
    )


HERE = attachment("subnet-01")


@pytest.mark.parametrize(
    ("attached", "hook", "packet", "expected"),
    [
        pytest.param(HERE, "input", FROM_OUTSIDE, "unknown", id="what comes by it is not judged"),
        pytest.param(HERE, "input", "tcp 10.0.9.9:40000 > 10.0.1.10:22", "accept",
                     id="what is in the VPC comes by the local route"),
        pytest.param(attachment("subnet-02"), "input", FROM_OUTSIDE, "drop", id="another subnet"),
        pytest.param(attachment("subnet-01", "interface"), "input", FROM_OUTSIDE, "drop",
                     id="no transit gateway"),
        pytest.param(HERE, "output", TO_OUTSIDE.format(22), "accept",
                     id="what goes out is judged on its way in too: the entries for that allow it"),
        pytest.param(HERE, "output", TO_OUTSIDE.format(443), "accept",
                     id="by its source, whatever entry"),
        pytest.param(attachment("subnet-02"), "output", TO_OUTSIDE.format(22), "accept",
                     id="out of a subnet without one"),
    ],
)  # fmt: skip
def test_an_acl_beside_an_attachment(
    attached: Element, hook: Traffic, packet: str, expected: str
) -> None:
    lists = beside(FROM_VPC, ANYWHERE | OUT, attached=attached)

    assert answer(rulesets(lists, place=Place(at="eni-one")), hook, packet).verdict == expected


@pytest.mark.parametrize(
    ("attached", "packet", "expected"),
    [
        pytest.param(HERE, TO_OUTSIDE.format(22), "accept", id="an entry allows it"),
        pytest.param(HERE, TO_OUTSIDE.format(443), "unknown", id="none does"),
        pytest.param(HERE, "tcp 10.0.1.10:40000 > 10.0.9.9:443", "accept", id="in the VPC"),
        pytest.param(attachment("subnet-02"), TO_OUTSIDE.format(443), "accept", id="elsewhere"),
    ],
)
def test_entries_for_what_comes_in_judge_what_goes_to_the_gateway(
    attached: Element, packet: str, expected: str
) -> None:
    lists = beside(SSH, ANYWHERE | OUT, attached=attached)

    assert answer(rulesets(lists, place=Place(at="eni-one")), "output", packet).verdict == expected


def test_an_acl_that_a_site_names_may_be_that_of_a_subnet_with_an_attachment() -> None:
    lists = beside(FROM_VPC, ANYWHERE | OUT, attached=HERE)
    del lists["Subnets"]
    place = Place(groups=("sg-one",), acl="acl-1")

    decided = answer(rulesets(lists, place=place), "input", FROM_OUTSIDE)

    assert decided.verdict == "unknown"
    assert "whether it comes by the transit gateway at the subnet" in decided.unread


UNTOLD = "`InterfaceType` does not tell what eni-tgw is: whether a transit gateway is attached "


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"InterfaceType": "nat_gateway"}, "drop", id="something else"),
        pytest.param({"InterfaceType": "lattice"}, "unknown", id="a type that is not known"),
        pytest.param({"InterfaceType": None}, "unknown", id="none"),
        pytest.param({"InterfaceType": None, "Groups": [{"GroupId": "sg-one"}]}, "drop",
                     id="a gateway's has no groups"),
        pytest.param({"InterfaceType": None, "Attachment": {"InstanceId": "i-1"}}, "drop",
                     id="and is of no instance"),
    ],
)  # fmt: skip
def test_what_may_be_an_attachment_is_possible_and_said(change: Element, expected: str) -> None:
    lists = beside(FROM_VPC, ANYWHERE | OUT, attached=HERE | change)
    found = rulesets(lists, place=Place(at="eni-one"))

    assert answer(found, "input", FROM_OUTSIDE).verdict == expected
    said = [gap.message for gap in found[0].gaps if gap.message.startswith(UNTOLD)]
    assert len(said) == (expected == "unknown")

"""Which files are AWS's, and how documents, pages and elements in them become one account."""

import json
from pathlib import Path
from typing import Any

import pytest

import parsers
from flowmodel.source import InputError, Source
from parsers.aws.account import KINDS
from parsers.aws.format import FORMAT
from parsers.aws.strays import STRAYS
from tests.parsers.aws.samples import (
    EVERYTHING,
    OWNER,
    Element,
    account,
    answer,
    at_one,
    group,
    interface,
    permission,
    rulesets,
    source,
)
from tests.parsers.aws.shapes import model

TCP_22 = "tcp 198.51.100.7:40000 > 10.0.1.10:22"


@pytest.mark.parametrize(
    "text",
    [
        '{"SecurityGroups": [{"Description": "x"',
        '{\n    "NetworkAcls": [\n',
        '[{"Description":"x","GroupName":"y","GroupId":"sg-1"}]',
        '\n  {"Entries":[{"Cidr":"10.0.0.0/8"}]}',
        "SecurityGroups:\n- Description: x\n",
        "---\nNetworkInterfaces: []\n",
        "- Description: x\n  GroupId: sg-1\n",
        '{"UpdateToken": "x", "RuleGroup": {',
    ],
)
def test_output_of_the_cli_is_recognised(text: str) -> None:
    assert [each.name for each in parsers.FORMATS if each.detect(text)] == ["aws"]


@pytest.mark.parametrize(
    "text",
    [
        '{"nftables": [{"metainfo": {"version": "1.0.6"}}]}',
        "*filter\n:INPUT ACCEPT [0:0]\n",
        "fwlint: site/1\nname: x\n",
        '{"groups": ["GroupId"]}',
        "# GroupId: is what this is about\n",
        "",
    ],
)
def test_other_files_are_not_taken_for_it(text: str) -> None:
    assert not FORMAT.detect(text)


def _whole() -> dict[str, list[Element]]:
    lists = at_one([permission("tcp", 22)], [EVERYTHING])
    ended = {"NetworkInterfaces": [], "State": {"Name": "terminated"}}
    instance = {"InstanceId": "i-1", "InstanceType": "t3.micro"} | ended
    lists["Reservations"] = [{"ReservationId": "r-1", "Groups": [], "Instances": [instance]}]
    table = {"RouteTableId": "rtb-1", "VpcId": "vpc-01", "Routes": [], "Associations": []}
    lists["RouteTables"] = [table]
    lists["PrefixLists"] = [{"PrefixListId": "pl-01", "AddressFamily": "IPv4"}]
    return lists


def _yaml(value: Any) -> str:
    import yaml

    text: str = yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False)
    return text


FORMS: dict[str, dict[str, str]] = {
    "one document for everything": {"all.json": json.dumps(_whole(), indent=4)},
    "one line": {"all.json": json.dumps(_whole(), separators=(",", ":"))},
    "a file for each command": {
        f"{key}.json": json.dumps({key: found}) for key, found in _whole().items()
    },
    "documents in one file": {
        "all.json": "\n".join(json.dumps({key: found}) for key, found in _whole().items())
    },
    "documents in a list": {
        "all.json": json.dumps([{key: found} for key, found in _whole().items()])
    },
    "lists without their key": {
        f"{key}.json": json.dumps(found) for key, found in _whole().items()
    },
    "single elements": {
        f"{key}-{index}.json": json.dumps(each)
        for key, found in _whole().items()
        for index, each in enumerate(found)
    },
    "instances by themselves": {
        "all.json": json.dumps({k: v for k, v in _whole().items() if k != "Reservations"}),
        "instance.json": json.dumps(_whole()["Reservations"][0]["Instances"][0]),
    },
    "pages": {
        "all.json": json.dumps(_whole()),
        "more.json": json.dumps({"SecurityGroups": [group("sg-two")], "NextToken": "more"})
        + json.dumps({"SecurityGroups": [group("sg-three")]}),
    },
    "YAML": {"all.yaml": _yaml(_whole())},
    "YAML documents": {
        "all.yaml": "---\n".join(_yaml({key: found}) for key, found in _whole().items())
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_an_account_is_the_same_in_every_form(form: str, tmp_path: Path) -> None:
    for name, text in FORMS[form].items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    found = parsers.read_exports([str(tmp_path)])

    assert [(each.place, each.gaps) for each in found] == [("eni-one", ())]
    assert answer(found, "input", TCP_22).verdict == "accept"
    assert answer(found, "input", TCP_22.replace(":22", ":23")).verdict == "drop"
    assert answer(found, "output", "tcp 10.0.1.10:1 > 192.0.2.1:443").verdict == "accept"


@pytest.mark.parametrize("kind", ["SecurityGroups", "NetworkAcls", "NetworkInterfaces"])
def test_a_last_page_that_is_not_the_last_is_said(kind: str) -> None:
    lists: dict[str, Any] = at_one([permission("tcp", 22)])
    page = {kind: lists.pop(kind), "NextToken": "eyJ0"}
    found = rulesets(lists, source(page, "page.json"))

    assert [(gap.check, gap.message) for gap in found[0].gaps] == [
        (
            "FW903",
            f"the list of {kind} has more pages (NextToken): what they hold counts as unknown",
        )
    ]
    assert found[0].gaps[0].text == kind
    assert found[0].gaps[0].span.path == "page.json"


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        pytest.param("page-1.json", "page-2.json", 0, id="the next page"),
        pytest.param("groups-east.json", "groups-west.json", 1, id="another answer"),
    ],
)
def test_a_page_is_completed_by_the_next_one_only(first: str, second: str, count: int) -> None:
    cut = source({"SecurityGroups": [group("sg-two")], "NextToken": "more"}, first)
    rest = source({"SecurityGroups": [group("sg-three")]}, second)
    found = rulesets(_whole(), cut, rest)

    assert [gap.check for gap in found[0].gaps] == ["FW903"] * count


_OTHER = "444455556666"
_ARN = "arn:aws:ec2:{}:{}:security-group/{}"


def _cut_page(region: str, owner: str, path: str, name: str, *, is_last: bool = True) -> Source:
    """A page of the groups of a region and an account, which both stand in the elements."""
    found = group(name) | {"OwnerId": owner}
    if region:
        found["SecurityGroupArn"] = _ARN.format(region, owner, name)
    return source({"SecurityGroups": [found]} | ({} if is_last else {"NextToken": "more"}), path)


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        (("eu-west-1", OWNER, "a-1.json"), ("eu-west-1", OWNER, "a-2.json"), 0),
        (("eu-west-1", OWNER, "a-1.json"), ("eu-west-2", OWNER, "a-2.json"), 1),
        (("", OWNER, "a-1.json"), ("", _OTHER, "a-2.json"), 1),
        (("", OWNER, "eu-west-1.json"), ("", OWNER, "eu-west-2.json"), 1),
        (("", OWNER, "eu-west-1-1.json"), ("", OWNER, "eu-west-1-2.json"), 0),
        (("", OWNER, "us-gov-east-1/a.json"), ("", OWNER, "us-gov-east-2/a.json"), 1),
        (("", "", f"{OWNER}-1.json"), ("", "", f"{_OTHER}-1.json"), 1),
        (("", "", f"{OWNER}-1.json"), ("", "", f"{OWNER}-2.json"), 0),
        (("", "", "sg-page-1.json"), ("", "", "sg-page-2.json"), 0),
        (("", "", "ap-southeast-1.json"), ("", "", "ap-southeast-2.json"), 1),
    ],
)
def test_a_page_of_another_region_or_account_completes_nothing(
    first: tuple[str, str, str], second: tuple[str, str, str], count: int
) -> None:
    found = rulesets(
        _whole(),
        _cut_page(*first, "sg-two", is_last=False),
        _cut_page(*second, "sg-three"),
    )

    assert [gap.check for gap in found[0].gaps] == ["FW903"] * count


def test_an_answer_that_is_completed_completes_no_other_one() -> None:
    pages = (
        _cut_page("eu-west-1", OWNER, "a-1.json", "sg-two", is_last=False),
        _cut_page("eu-west-2", OWNER, "a-2.json", "sg-three", is_last=False),
        _cut_page("eu-west-1", OWNER, "a-3.json", "sg-four"),
    )
    found = rulesets(_whole(), *pages)

    assert [gap.span.path for gap in found[0].gaps] == ["a-2.json"]


_WEST = ("eu-west-1", OWNER, "a-1.json")
_EAST = ("eu-north-1", OWNER, "a-2.json")


@pytest.mark.parametrize(
    ("cut", "rest", "left"),
    [
        ((_WEST, _EAST), (("", "", "a-3.json"),), ["a-2.json"]),
        ((_WEST, _EAST), (("", OWNER, "a-3.json"),), ["a-2.json"]),
        ((_WEST, _EAST), (("", "", "a-3.json"), ("", "", "a-4.json")), []),
        # One that tells more is rather of the answer that it names.
        ((_WEST, _EAST), (("eu-north-1", OWNER, "a-3.json"), ("", "", "a-4.json")), []),
        ((("eu-west-1", "", "a-1.json"), _EAST), (("", OWNER, "a-3.json"),), ["a-1.json"]),
        ((("", "", "a-1.json"), ("", "", "b-1.json")), (("", "", "b-2.json"),), ["a-1.json"]),
        ((_WEST, _EAST), (), ["a-1.json", "a-2.json"]),
        # What goes on with an answer is of its region, too.
        ((_WEST, ("", "", "a-2.json")), (("eu-north-1", OWNER, "a-3.json"),), ["a-2.json"]),
    ],
)
def test_a_page_completes_one_answer_only(
    cut: tuple[tuple[str, str, str], ...],
    rest: tuple[tuple[str, str, str], ...],
    left: list[str],
) -> None:
    pages = [_cut_page(*each, f"sg-c{n}", is_last=False) for n, each in enumerate(cut)]
    pages += [_cut_page(*each, f"sg-r{n}") for n, each in enumerate(rest)]
    found = rulesets(_whole(), *pages)

    assert [gap.span.path for gap in found[0].gaps] == left


def test_members_on_a_page_that_is_missing_may_be_anywhere_beside_another_region() -> None:
    asked = permission("tcp", 443, UserIdGroupPairs=[{"GroupId": "sg-db", "UserId": OWNER}])
    lists = account(SecurityGroups=[group("sg-one", [asked]), group("sg-db")])
    there = interface("eni-one", "10.0.1.10", "sg-one") | {"AvailabilityZone": "eu-west-1a"}
    far = interface("eni-far", "10.9.1.10", "sg-one", subnet="subnet-09")
    far |= {"VpcId": "vpc-09", "AvailabilityZone": "eu-west-2a"}
    found = rulesets(
        lists,
        source({"NetworkInterfaces": [there], "NextToken": "more"}, "eni-1.json"),
        source({"NetworkInterfaces": [far]}, "eni-2.json"),
    )

    assert answer(found[:1], "input", "tcp 10.0.7.7:40000 > 10.0.1.10:443").verdict == "unknown"


def test_rules_of_a_group_that_go_on_on_another_page_may_be_more() -> None:
    listed: Element = {
        "SecurityGroupRuleId": "sgr-1",
        "GroupId": "sg-one",
        "GroupOwnerId": "111122223333",
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "CidrIpv4": "0.0.0.0/0",
    }
    lists = account(NetworkInterfaces=[interface("eni-one", "10.0.1.10", "sg-one")])
    page = source({"SecurityGroupRules": [listed], "NextToken": "more"}, "page.json")
    found = rulesets(lists, page)

    assert answer(found, "input", TCP_22).verdict == "accept"
    other = answer(found, "input", TCP_22.replace(":22", ":23"))
    assert other.verdict == "unknown"
    assert other.unread == ("whether sg-one has rules beyond those exported (ingress)",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Vpcs": 1, "GroupName": 2}', "`Vpcs` is no list of objects"),
        ('["SecurityGroups:", 1]', "has values that are no objects"),
        ('{"SecurityGroups": [1]}', "`SecurityGroups` is no list of objects"),
    ],
)
def test_files_that_hold_nothing_are_an_error(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        rulesets(_whole(), Source("other.json", [text]))

    assert raised.value.message == message
    assert raised.value.span.path == "other.json"


def test_other_answers_of_the_cli_beside_are_named() -> None:
    others = {"Vpcs": [], "InternetGateways": [{"InternetGatewayId": "igw-1"}]}
    found = rulesets(_whole(), source(others, "other.json"))

    assert [(gap.check, str(gap.span), gap.message) for gap in found[0].gaps] == [
        (
            "FW901",
            "other.json:3:5",
            "`InternetGateways` is not understood: what it says is not in the model",
        )
    ]


def test_answers_that_nothing_is_needed_of_are_passed_over_with_a_remark() -> None:
    gateways: Element = {
        "NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-01", "SubnetId": "s"}]
    }
    empty: Element = {"NatGateways": []}
    for document in (gateways, empty, gateways | {"NextToken": "more"}):
        found = rulesets(_whole(), source(document, "nat.json"))

        assert [(gap.check, str(gap.span), gap.message) for gap in found[0].gaps] == [
            (
                "FW902",
                "nat.json:2:5",
                "`NatGateways` is an answer of AWS that fwlint does not need: it was passed over",
            )
        ]


def test_an_answer_that_nothing_is_needed_of_is_no_export_alone() -> None:
    with pytest.raises(InputError) as raised:
        rulesets({"InternetGateways": []})

    assert raised.value.message == (
        "has nothing that fwlint reads: `InternetGateways` is of no answer that it knows"
    )


def test_an_error_that_aws_answered_with_is_named() -> None:
    refused = {"Error": {"Code": "UnauthorizedOperation", "Message": "secret"}}
    with pytest.raises(InputError) as raised:
        rulesets(_whole(), source(refused, "vpcs.json"))

    assert raised.value.message == (
        "is an error of AWS (UnauthorizedOperation) and no answer: give the command again, with "
        "its rights"
    )
    assert str(raised.value.span) == "vpcs.json:2:5"


def test_every_list_of_the_service_model_is_read_or_passed_over() -> None:
    described = {
        key
        for name, operation in model("ec2")["operations"].items()
        if name.startswith("Describe") and "output" in operation
        for key, member in model("ec2")["shapes"][operation["output"]["shape"]]["members"].items()
        if model("ec2")["shapes"][member["shape"]]["type"] == "list"
    }

    assert described - {*KINDS, "Instances", "Entries"} <= STRAYS
    assert not set(KINDS) & STRAYS

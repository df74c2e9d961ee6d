"""Multicast between the machines of a cloud, which its networks do not take anywhere."""

import json
from pathlib import Path

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.engine.site.attachment import attached
from tests.linter.checks.samples import load, policy, site
from tests.parsers.aws.samples import EVERYTHING, account, group, interface
from tests.parsers.aws.samples import permission as allowed


@pytest.mark.parametrize(
    ("to", "expected"),
    [("group: 224.0.0.251", ["FW113 shop.one"]), ("need: must", [])],
    ids=["to a group", "to the machine"],
)
def test_a_group_in_a_cloud_is_not_checked_whatever_is_permitted(
    to: str, expected: list[str], tmp_path: Path
) -> None:
    open_ = group(
        "sg-web", [allowed("udp", 5353, IpRanges=[{"CidrIp": "0.0.0.0/0"}])], [EVERYTHING]
    )
    whole = account(
        SecurityGroups=[open_],
        NetworkInterfaces=[
            interface("eni-web", "10.0.1.10", "sg-web", Attachment={"InstanceId": "i-1"}),
            interface("eni-db", "10.0.1.11", "sg-web", Attachment={"InstanceId": "i-2"}),
        ],
    )
    flow = f"id: one, from: db, to: web, service: 5353/udp, {to}"
    text = site(
        "cloud: {config: aws.json}",
        bind="{web: 10.0.1.10, db: 10.0.1.11}",
        networks="{vpc: 10.0.1.0/24}",
    )
    loaded = load(tmp_path, policy(flow), text, {"aws.json": json.dumps(whole)})
    there = attached(loaded, read(loaded).rulesets)

    outcome = evaluate(there.site, there.rulesets, asked=lambda each: each[:3] == "FW1")

    assert [f"{each.check} {each.flow}" for each in outcome.findings] == expected

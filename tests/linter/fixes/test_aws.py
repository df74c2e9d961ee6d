"""Edits of security groups and network ACLs, and the calls of the AWS CLI."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.linter.checks.aws import HTTPS, WEB, account, entry
from tests.linter.checks.samples import policy, site
from tests.linter.fixes.fixing import Edited, edited, fixes

_IN, _OUT = (
    entry(100, (443, 443), is_egress=False),
    entry(100, (1024, 65535), is_egress=True),
)
_ALL = {**{key: value for key, value in _IN.items() if key != "PortRange"}, "Protocol": "-1"}
_DENY = {**entry(200, (22, 22), is_egress=False), "RuleAction": "deny"}
_WIDE = {**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
_BOTH = {**HTTPS, "IpRanges": [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.0.0.0/8"}]}
_REVOKE = (
    "aws ec2 revoke-security-group-ingress --group-id sg-1 --ip-permissions "
    '\'[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"10.1.0.0/16"}]}]\''
)
_ENTRY = "network-acl-entry --network-acl-id acl-1 --ingress --rule-number"
_TCP_22 = "--protocol 6 --port-range From=22,To=22 --cidr-block 0.0.0.0/0 --rule-action deny"


def _fixed(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, *arguments: str
) -> list[tuple[str, Edited]]:
    """The proved edits, each with the file as it is then."""
    files = {"shop.yaml": policy(), "site.yaml": site(WEB), "web.json": text}
    found = fixes(folder, capsys, files, *arguments)
    return [(edited(text, each), each) for each in found if isinstance(each, Edited)]


def _group(text: str) -> Any:
    return json.loads(text)["SecurityGroups"][0]["IpPermissions"]


def _inbound(text: str) -> list[tuple[int, str]]:
    entries = json.loads(text)["NetworkAcls"][0]["Entries"]
    return sorted((e["RuleNumber"], e["RuleAction"]) for e in entries if not e["Egress"])


@pytest.mark.parametrize("other", [[], [{**HTTPS, "FromPort": 80, "ToPort": 80}]])
def test_a_required_flow_is_permitted_in_the_group_of_the_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: list[dict[str, Any]]
) -> None:
    text = account(other, [_IN, _OUT])

    ((then, edit),) = _fixed(tmp_path, capsys, text, "--select", "FW101")

    (added,) = _group(then)[len(other) :]
    peer = {"Description": "shop.https: shop.users to shop.web", "CidrIp": "10.1.0.0/16"}
    assert {key: value for key, value in added.items() if value != []} == {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [peer],
    }
    call = "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions "
    assert edit.commands[0].startswith(call)
    assert json.loads(edit.commands[0].removeprefix(call).strip("'")) == [
        {key: value for key, value in added.items() if value != []}
    ]
    assert edit.effect == (
        "opens tcp 443 from 10.1.0.0/16 to 192.0.2.10; no other packet is treated differently"
    )


def test_what_is_permitted_needs_no_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _fixed(tmp_path, capsys, account([HTTPS], [_IN, _OUT])) == []


def test_a_group_that_another_machine_has_too_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = account([], [_IN, _OUT])
    every = json.loads(text)
    (interface,) = every["NetworkInterfaces"]
    other = {"PrivateIpAddress": "192.0.2.11", "Primary": True}
    every["NetworkInterfaces"].append(
        {
            **interface,
            "NetworkInterfaceId": "eni-2",
            "PrivateIpAddress": "192.0.2.11",
            "PrivateIpAddresses": [other],
        }
    )
    found = fixes(
        tmp_path,
        capsys,
        {
            "shop.yaml": policy(),
            "site.yaml": site(WEB),
            "web.json": json.dumps(every, indent=1),
        },
        *("--select", "FW101"),
    )

    assert [each[0] for each in found] == ["FW101"]


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [([HTTPS, _WIDE], [_WIDE]), ([_WIDE, HTTPS], [_WIDE]), ([_BOTH], [_WIDE])],
    ids=["a permission", "the last one", "one of two peers"],
)
def test_a_redundant_peer_is_revoked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    permissions: list[dict[str, Any]],
    expected: list[dict[str, Any]],
) -> None:
    text = account(permissions, [_IN, _OUT])

    ((then, edit),) = _fixed(tmp_path, capsys, text, "--select", "FW302")

    assert _group(then) == expected
    assert edit.commands == (_REVOKE,)
    assert edit.effect == "no packet is treated differently"


def test_an_entry_that_never_denies_gets_a_lower_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = account([HTTPS], [_ALL, _DENY, _OUT])

    ((then, edit),) = _fixed(tmp_path, capsys, text, "--select", "FW314")

    assert _inbound(then) == [(99, "deny"), (100, "allow"), (32767, "deny")]
    assert edit.commands == (
        f"aws ec2 create-{_ENTRY} 99 {_TCP_22}",
        f"aws ec2 delete-{_ENTRY} 200",
    )
    assert edit.effect.startswith("closes tcp 22 ")


def test_without_a_free_number_there_is_no_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = account([HTTPS], [{**_ALL, "RuleNumber": 1}, _DENY, _OUT])

    assert _fixed(tmp_path, capsys, text, "--select", "FW314") == []


def test_an_entry_that_decides_nothing_is_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = account([HTTPS], [_ALL, {**_IN, "RuleNumber": 300}, _OUT])

    ((then, edit),) = _fixed(tmp_path, capsys, text, "--select", "FW302")

    assert _inbound(then) == [(100, "allow"), (32767, "deny")]
    assert edit.commands == (f"aws ec2 delete-{_ENTRY} 300",)

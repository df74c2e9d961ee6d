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


def _checked(text: str) -> str:
    """The account with machines that take and send no packets of others."""
    every = json.loads(text)
    for each in every["NetworkInterfaces"]:
        each["SourceDestCheck"] = True
    return json.dumps(every, indent=1)


def _outbound(text: str) -> list[tuple[int, str]]:
    entries = json.loads(text)["NetworkAcls"][0]["Entries"]
    return sorted((e["RuleNumber"], e["RuleAction"]) for e in entries if e["Egress"])


_BAN = {**_IN, "RuleNumber": 50, "RuleAction": "deny"}
_REST = {**_ALL, "RuleNumber": 60}
_OPEN = [(100, "allow"), (32767, "deny")]
_NEW = [(10, "allow"), (32767, "deny")]
_SSH_TOO = {**HTTPS, "FromPort": 22, "ToPort": 22}
_USERS = "--protocol 6 --port-range From=443,To=443 --cidr-block 10.1.0.0/16 --rule-action allow"
_CLIENTS = _USERS.replace("443,To=443", "1024,To=65535")
_CREATE = "aws ec2 create-network-acl-entry --network-acl-id acl-1"


@pytest.mark.parametrize(
    ("permissions", "entries", "after"),
    [
        ([HTTPS], [_IN, _OUT], None),
        ([HTTPS], [_OUT], (_NEW, _OPEN, [f"{_CREATE} --ingress --rule-number 10 {_USERS}"])),
        (
            [HTTPS],
            [],
            (
                _NEW,
                _NEW,
                [
                    f"{_CREATE} --ingress --rule-number 10 {_USERS}",
                    f"{_CREATE} --egress --rule-number 10 {_CLIENTS}",
                ],
            ),
        ),
        (
            [HTTPS],
            [_BAN, _REST, _OUT],
            (
                [(10, "allow"), (50, "deny"), (60, "allow"), (32767, "deny")],
                _OPEN,
                [f"{_CREATE} --ingress --rule-number 10 {_USERS}"],
            ),
        ),
        ([HTTPS], [{**_BAN, "RuleNumber": 1}, _REST, _OUT], "no edit"),
        ([HTTPS, _SSH_TOO], [{**_IN, "PortRange": {"From": 22, "To": 22}}], "no edit"),
    ],
    ids=[
        *("no-op", "inbound", "both ways", "before a denial", "no free number"),
        "answers of others would pass too",
    ],
)
def test_a_flow_is_permitted_in_the_network_acl(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    permissions: list[dict[str, Any]],
    entries: list[dict[str, Any]],
    after: tuple[list[tuple[int, str]], list[tuple[int, str]], list[str]] | str | None,
) -> None:
    text = _checked(account(permissions, entries))
    files = {"shop.yaml": policy(), "site.yaml": site(WEB), "web.json": text}

    found = fixes(tmp_path, capsys, files, "--select", "FW101,FW104")

    if not isinstance(after, tuple):
        assert (bool(found), [each for each in found if isinstance(each, Edited)]) == (
            after is not None,
            [],
        )
        return
    (edit,) = found
    assert isinstance(edit, Edited)
    then = edited(text, edit)
    assert (_inbound(then), _outbound(then), list(edit.commands)) == after


def test_no_entry_is_added_where_machines_forward(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An entry asks for no destination: it would let in what a machine sends on."""
    text = account([HTTPS], [_OUT, {**_ALL, "Egress": True, "RuleNumber": 200}])

    assert _fixed(tmp_path, capsys, text, "--select", "FW1") == []
    assert len(_fixed(tmp_path, capsys, _checked(text), "--select", "FW1")) == 1


@pytest.mark.parametrize("select", ["FW302", "FW314"])
def test_an_account_in_one_line_is_edited_at_a_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], select: str
) -> None:
    text = json.dumps(json.loads(account([HTTPS, _WIDE], [_ALL, _DENY, _OUT]))) + "\n"

    ((then, edit),) = _fixed(tmp_path, capsys, text, "--select", select)

    assert all(edit.columns)
    assert _group(then) == ([_WIDE] if select == "FW302" else [HTTPS, _WIDE])
    assert then.count("\n") == 1

"""Security groups that permit too much: what stands in their place, in the file and as calls."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.linter.checks.aws import HTTPS as PERMITTED
from tests.linter.checks.aws import WEB, account, entry
from tests.linter.checks.samples import policy, site
from tests.linter.fixes.fixing import Edited, edited, fixes

_SELECT = ("--select", "FW2")
_REPLIES = entry(100, (1024, 65535), is_egress=True)
_ALL = {**entry(100, (0, 65535), is_egress=False), "Protocol": "-1"}
_OFFICE = {"CidrIp": "10.1.0.0/16", "Description": "office"}
_ANY: dict[str, Any] = {
    **PERMITTED,
    "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for now"}],
}
_NARROW = {"Description": "for now", "CidrIp": "10.1.0.0/16"}


@pytest.mark.parametrize(
    ("permissions", "after"),
    [
        ([PERMITTED], None),
        ([_ANY], [("tcp", 443, 443, [_NARROW])]),
        ([{**PERMITTED, "FromPort": 400, "ToPort": 500}], [("tcp", 443, 443, ["10.1.0.0/16"])]),
        (
            [{**_ANY, "IpRanges": [_OFFICE, *_ANY["IpRanges"]]}],
            [("tcp", 443, 443, ["10.1.0.0/16"])],
        ),
        (
            [{**_ANY, "IpRanges": [{"CidrIp": "10.1.0.0/17"}, *_ANY["IpRanges"]]}],
            [("tcp", 443, 443, ["10.1.0.0/17", "10.1.128.0/17"])],
        ),
    ],
    ids=[
        "no-op",
        "any source",
        "ports",
        "of two peers one is enough",
        "of two peers one is narrow",
    ],
)
def test_of_security_groups(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    permissions: list[Any],
    after: list[Any] | None,
) -> None:
    text = account(permissions, [{k: v for k, v in _ALL.items() if k != "PortRange"}, _REPLIES])
    files = {"shop.yaml": policy(), "site.yaml": site(WEB), "web.json": text}

    found = fixes(tmp_path, capsys, files, *_SELECT)

    edits = {each.changes: each for each in found if isinstance(each, Edited)}
    if after is None:
        assert found == []
        return
    (edit,) = edits.values()
    then = json.loads(edited(text, edit))["SecurityGroups"][0]["IpPermissions"]
    assert [(p["IpProtocol"], p["FromPort"], p["ToPort"]) for p in then] == [e[:3] for e in after]
    told = [[r["CidrIp"] for r in p["IpRanges"]] for p in then]
    assert told == [[r["CidrIp"] if isinstance(r, dict) else r for r in e[3]] for e in after]
    verbs = [each.split()[2].split("-")[0] for each in edit.commands]
    assert verbs in (["authorize", "revoke"], ["revoke"])


_LIST = {"PrefixListId": "pl-1", "PrefixListName": "offices", "Cidrs": ["10.0.0.0/8"]}


@pytest.mark.parametrize("indent", [1, None], ids=["lines", "one line"])
@pytest.mark.parametrize(
    ("others", "added"),
    [([], ["10.1.0.0/16"]), (["10.1.0.0/17"], ["10.1.128.0/17"]), (["10.1.0.0/16"], [])],
    ids=["alone", "half", "no-op"],
)
def test_a_network_in_place_of_a_prefix_list(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    others: list[str],
    added: list[str],
    indent: int | None,
) -> None:
    """What the call authorizes stands in the file too."""
    peers = {
        "IpRanges": [{"CidrIp": e} for e in others],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }
    entry_of_all = {k: v for k, v in _ALL.items() if k != "PortRange"}
    every = json.loads(account([{**PERMITTED, **peers}], [entry_of_all, _REPLIES]))
    text = json.dumps({**every, "PrefixLists": [_LIST]}, indent=indent) + "\n"
    files = {"shop.yaml": policy(), "site.yaml": site(WEB), "web.json": text}

    found = fixes(tmp_path, capsys, files, *_SELECT)

    edits = {each.changes: each for each in found if isinstance(each, Edited)}
    (edit,) = edits.values()
    then = json.loads(edited(text, edit))["SecurityGroups"][0]["IpPermissions"]
    granted = [
        (p["FromPort"], p["ToPort"], r["CidrIp"]) for p in then for r in p.get("IpRanges", ())
    ]
    assert sorted(granted) == [(443, 443, each) for each in sorted((*others, *added))]
    assert not any(p.get("PrefixListIds") for p in then)
    verbs = [each.split()[2].split("-")[0] for each in edit.commands]
    assert verbs == (["authorize", "revoke"] if added else ["revoke"])
    assert all(each in edit.commands[0] for each in added)


def test_other_ports_of_one_of_several_peers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other peer keeps the ports that it has; its own edit stands below its finding."""
    halves = ["10.1.0.0/17", "10.1.128.0/17"]
    wide = {
        **PERMITTED,
        "FromPort": 400,
        "ToPort": 500,
        "IpRanges": [{"CidrIp": e} for e in halves],
    }
    text = account([wide], [{k: v for k, v in _ALL.items() if k != "PortRange"}, _REPLIES])
    files = {"shop.yaml": policy(), "site.yaml": site(WEB), "web.json": text}

    found = fixes(tmp_path, capsys, files, *_SELECT)

    for mine, other, edit in zip(halves, reversed(halves), found, strict=True):
        assert isinstance(edit, Edited)
        then = json.loads(edited(text, edit))["SecurityGroups"][0]["IpPermissions"]
        told = [(p["FromPort"], p["ToPort"], [r["CidrIp"] for r in p["IpRanges"]]) for p in then]
        assert told == [(400, 500, [other]), (443, 443, [mine])]

"""Edits of what `nft -j list ruleset` prints: one long line, and the same with lines of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.linter.checks.samples import policy, site
from tests.linter.fixes.fixing import Edited, edited, fixes
from tests.linter.fixes.test_random import nftables
from tests.linter.fixes.tools import both, needs, printed

_PLACE = {"family": "inet", "table": "f", "chain": "c"}
_SELECT = ("--select", "FW301,FW302,FW303,FW314", "--fail-on", "never")
_SAME = "no packet is treated differently"
_LAYOUTS: dict[str, Callable[[Any], str]] = {
    "as nft prints it": lambda data: json.dumps(data) + "\n",
    "jq -c": lambda data: json.dumps(data, separators=(",", ":")) + "\n",
    "jq": lambda data: json.dumps(data, indent=2) + "\n",
    "tabs": lambda data: json.dumps(data, indent="\t") + "\n",
    "an object a line": lambda data: (
        '{"nftables": [\n' + ",\n".join(map(json.dumps, data["nftables"])) + "\n]}\n"
    ),
}
_layouts = pytest.mark.parametrize("layout", _LAYOUTS)


def _is(left: dict[str, Any], right: object, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


def _payload(protocol: str, field: str, right: object) -> dict[str, Any]:
    return _is({"payload": {"protocol": protocol, "field": field}}, right)


def _prefix(addr: str, bits: int) -> dict[str, Any]:
    return {"prefix": {"addr": addr, "len": bits}}


_KEEP = [_is({"ct": {"key": "state"}}, ["established", "related"], "in"), {"accept": None}]
_SSH = [_payload("tcp", "dport", 22), {"accept": None}]
_TEN = [_payload("ip", "saddr", _prefix("10.0.0.0", 8)), *_SSH]
_BAN = [_payload("ip", "saddr", _prefix("203.0.113.0", 24)), _SSH[0], {"drop": None}]
_REJECT = [{"reject": {"type": "icmpx", "expr": "port-unreachable"}}]
_FLOW = [
    _is({"meta": {"key": "iifname"}}, "lan0"),
    _is({"meta": {"key": "oifname"}}, "dmz0"),
    _payload("ip", "saddr", _prefix("10.1.0.0", 16)),
    _payload("ip", "daddr", "192.0.2.10"),
    _payload("tcp", "dport", 443),
    {"accept": None},
]
_COMMENT = "shop.https: shop.users to shop.web"


def _ruleset(
    hook: str, *all_rules: list[dict[str, Any]], is_command: bool = False
) -> dict[str, Any]:
    """A table with one chain, whose rules have handles from 10 where it is a listing."""
    chain = {"type": "filter", "hook": hook, "prio": 0, "policy": "drop"}
    objects: list[dict[str, Any]] = [
        {"table": {"family": "inet", "name": "f"}},
        {"chain": {"family": "inet", "table": "f", "name": "c", **chain}},
    ]
    for number, expr in enumerate(all_rules):
        place = _PLACE if is_command else {**_PLACE, "handle": 10 + number}
        objects.append({"rule": {**place, "expr": expr}})
    if is_command:
        return {"nftables": [{"add": each} for each in objects]}
    return {"nftables": [{"metainfo": {"json_schema_version": 1}}, *objects]}


def _rules(text: str) -> list[Any]:
    objects = (each.get("add", each) for each in json.loads(text)["nftables"])
    return [each["rule"]["expr"] for each in objects if "rule" in each]


@_layouts
@pytest.mark.parametrize(
    ("before", "after", "command"),
    [
        ([_KEEP, _SSH], None, ""),
        ([_SSH, _TEN], [_SSH], "nft 'delete rule inet f c handle 11'"),
        ([_TEN, _SSH], [_SSH], "nft 'delete rule inet f c handle 10'"),
        ([_KEEP, _SSH, _BAN], [_KEEP, _BAN, _SSH], "nft -j "),
    ],
    ids=["no-op", "part of an earlier one", "part of a later one", "a ban too late"],
)
def test_of_rules_that_decide_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    layout: str,
    before: list[Any],
    after: list[Any] | None,
    command: str,
) -> None:
    text = _LAYOUTS[layout](_ruleset("input", *before))

    found = fixes(tmp_path, capsys, {"host.json": text}, "host.json", *_SELECT)

    if after is None:
        assert found == []
        return
    (edit,) = found
    assert isinstance(edit, Edited)
    new = edited(text, edit)
    kept = [each for each in json.loads(new)["nftables"] if "rule" not in each]
    assert _rules(new) == after
    assert kept == [each for each in json.loads(text)["nftables"] if "rule" not in each]
    assert len(new.splitlines()) == len(_LAYOUTS[layout](json.loads(new)).splitlines())
    assert edit.commands[0].startswith(command)
    assert bool(edit.columns) == (layout in ("as nft prints it", "jq -c"))


@_layouts
@pytest.mark.parametrize(
    ("rest", "command"),
    [([], "add rule inet f c "), ([_REJECT], "insert rule inet f c handle 11 ")],
    ids=["at the end", "before a rule"],
)
def test_what_is_missing_is_permitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str, rest: list[Any], command: str
) -> None:
    data = _ruleset("forward", _KEEP, *rest)
    files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": _LAYOUTS[layout](data)}

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert isinstance(found, Edited)
    new = edited(files["edge.rules"], found)
    made = {"rule": {**_PLACE, "comment": _COMMENT, "expr": _FLOW}}
    data["nftables"].insert(4, made)
    # In the layout that the file has, to the byte.
    assert new == _LAYOUTS[layout](data)
    assert found.commands[0].startswith(f"nft '{command}iifname ")
    assert found.effect.startswith("opens tcp 443 from 10.1.0.0/16 to 192.0.2.10 ")


def test_what_is_permitted_needs_no_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(_ruleset("forward", _KEEP, _FLOW))
    files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": text}

    assert fixes(tmp_path, capsys, files, "--select", "FW1") == []


@pytest.mark.parametrize(
    ("index", "is_edited"), [(None, True), (0, False)], ids=["added", "at an index"]
)
def test_of_commands_only_those_that_add_at_the_end_are_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], index: int | None, is_edited: bool
) -> None:
    data = _ruleset("input", _SSH, _TEN, is_command=True)
    if index is not None:
        data["nftables"][-1]["add"]["rule"]["index"] = index
    text = json.dumps(data)

    (found,) = fixes(tmp_path, capsys, {"host.json": text}, "host.json", *_SELECT)

    assert isinstance(found, Edited) == is_edited
    if isinstance(found, Edited):
        assert (_rules(edited(text, found)), found.commands) == ([_SSH], ())


_SERVICES = ("443/tcp", "53/udp, 53/tcp", "443/tcp, 8000-8010/tcp", "8/icmp", "500/udp, esp")


@pytest.mark.kernel
@needs("unshare", "nft")
@pytest.mark.parametrize("service", _SERVICES)
@pytest.mark.parametrize("rest", [[], [_REJECT]], ids=["at the end", "before a rule"])
def test_nft_takes_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], service: str, rest: list[Any]
) -> None:
    # nft gives handles anew: 2 is the first rule's, beside one chain.
    data = _ruleset("forward", _KEEP, *rest)
    for number, each in enumerate(data["nftables"][3:], 2):
        each["rule"]["handle"] = number
    text = json.dumps(data) + "\n"
    flow = f"id: https, service: [{service}]"
    files = {"shop.yaml": policy(flow), "site.yaml": site(), "edge.rules": text}

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert isinstance(found, Edited)
    made, loaded = both(
        "nft -j -f -", text, edited(text, found), found.commands, "nft list ruleset"
    )
    assert made == loaded


@pytest.mark.kernel
@needs("unshare", "nft")
def test_nft_takes_the_edits_and_the_commands_do_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 0
    for number in range(8):
        seed = nftables(Random(number))
        text = printed(f"nft -f - <<'END'\n{seed}END\nnft -j -a list ruleset") + "\n"
        for each in fixes(tmp_path, capsys, {"n.json": text}, "n.json", *_SELECT):
            if isinstance(each, Edited):
                assert each.commands, text
                new = edited(text, each)
                printed(f"nft -c -j -f - <<'END'\n{new}END\n")
                orders = "\n".join(each.commands)
                made = printed(f"nft -f - <<'END'\n{seed}END\n{orders}\nnft list ruleset")
                assert made == printed(f"nft -j -f - <<'END'\n{new}END\nnft list ruleset"), text
                count += 1
    assert count > 5

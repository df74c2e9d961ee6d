"""Which groups, prefix lists and network ACLs of an account nothing of the exports uses."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from flowmodel.ruleset import Unused
from parsers.aws.account import Account
from parsers.shared.node import Node

_STARTS: Final = ("sg-", "pl-")
_ID: Final = re.compile(r"\b(?:sg|pl)-[0-9a-z]+")
_GROUPS, _RULES, _LISTS = "SecurityGroups", "SecurityGroupRules", "PrefixLists"
_ROUTES: Final = "the route tables are not in the exports, and may name it"


def unused(account: Account) -> Iterator[Unused]:
    """What no machine, rule or route names, nor a group that is named.

    Nothing is said of groups without the network interfaces of the account, all pages of them.
    """
    used = _used(account)
    if account.of("NetworkInterfaces") and "NetworkInterfaces" not in account.truncated:
        for name, node in _by_id(account, _GROUPS, "GroupId").items():
            # A VPC's default group cannot be deleted (VPC User Guide, "Default security groups").
            if name not in used and node.get("GroupName") != "default":
                yield Unused("security group", name, node.span)
    if account.of(_GROUPS) or account.of(_RULES):
        doubt = "" if account.of("RouteTables") else _ROUTES
        for name, node in _by_id(account, _LISTS, "PrefixListId").items():
            if name not in used and node.get("OwnerId") not in (None, "AWS"):
                yield Unused("prefix list", name, node.span, doubt=doubt)
    for name, node in _by_id(account, "NetworkAcls", "NetworkAclId").items():
        if node.get("Associations") == [] and node.get("IsDefault") is False:
            yield Unused("network ACL", name, node.span)


def _by_id(account: Account, kind: str, key: str) -> dict[str, Node]:
    return {node.text(key): node for node in account.of(kind) if node.text(key)}


def _used(account: Account) -> set[str]:
    named: dict[str, set[str]] = {}
    waiting: list[str] = []
    # Nobody asks for the names of lists where there is none.
    starts = _STARTS if account.of(_LISTS) else _STARTS[:1]
    for kind, nodes in account.elements.items():
        for node in nodes:
            its = set(_ids(node, starts))
            if kind in (_GROUPS, _RULES):
                owner = node.text("GroupId")
                named.setdefault(owner, set()).update(its - {owner})
            elif kind != _LISTS:
                waiting += its
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += named.get(name, ())
    return used


def _ids(node: Node, starts: Iterable[str]) -> Iterator[str]:
    """The ids in all texts of an element that begin so."""
    text, first, last = node.file.text, node.first, node.last + 1
    if not node.file.is_json or text.find("\\", first, last) >= 0:
        for each in _texts(node):
            yield from _ID.findall(each)
        return
    # Without escapes they all stand there as they are. What names of keys have counts too.
    for start in starts:
        at = text.find(start, first, last)
        while at >= 0:
            if found := _ID.match(text, at):
                yield found[0]
            at = text.find(start, at + 1, last)


def _texts(value: Any) -> Iterator[str]:
    """All texts of a value."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each

"""What says nothing in the answers of EC2 because of what else is in them."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.lost.exports import Export
from tests.lost.proofs import forms

Spans = Iterator[tuple[int, int, str]]
_LEFT_OUT = "delete empty"
_GROUPS = r'"(?:SecurityGroups|NetworkAcls)":\s*\['
_PAIRS = r'"UserIdGroupPairs":\s*\[\s*\{|"ReferencedGroupInfo"'
_ABOUT_VPCS = frozenset({"Vpcs", "Subnets", "RouteTables"})


def spans(export: Export) -> Spans:
    """Where it stands, and for which changes."""
    if export.text.lstrip()[:1] != "{":
        return
    lists: dict[str, list[Any]] = {}
    for _, whole in export.files:
        try:
            for document in forms.documents(whole):
                for key, found in document.items():
                    lists.setdefault(key, []).extend(found if isinstance(found, list) else [])
        except (ValueError, AttributeError):
            return
    yield from _accounts(export.text, lists)
    yield from _vpcs(export, lists)


def _accounts(text: str, lists: dict[str, list[Any]]) -> Spans:
    """Whose a group is that is here itself: its id is unique in all accounts (EC2)."""
    known = {each.get("GroupId") for each in lists.get("SecurityGroups", ())}
    for pair in re.finditer(r"\{[^{}]*\"UserId\"[^{}]*\}", text):
        group = re.search(r'"GroupId": *"([^"]*)"', pair[0])
        if group and group[1] in known:
            for first, last in _members(pair[0], "UserId"):
                yield pair.start() + first, pair.start() + last, _LEFT_OUT
    # DescribeNetworkInterfaces is of one account: each of its interfaces in a VPC tells it.
    told = Counter(
        (each.get("OwnerId"), each.get("VpcId")) for each in lists.get("NetworkInterfaces", ())
    )
    if told and min(told.values()) > 1:
        for start, end in _lists(text, r'"NetworkInterfaces":\s*\['):
            for first, last in _members(text[start:end], "OwnerId"):
                yield start + first, start + last, _LEFT_OUT


def _vpcs(export: Export, lists: dict[str, list[Any]]) -> Spans:
    """Of which VPC a group or an ACL is, where there is one only, or nothing depends on it."""
    whole = "\n".join(text for _, text in export.files)
    # A machine's own answer tells its VPC; that of a group counts for groups that rules name.
    has_pairs = re.search(_PAIRS, whole) is not None
    has_machines = bool(lists.get("NetworkInterfaces"))
    is_alone = not has_pairs and (has_machines or not lists.keys() & _ABOUT_VPCS)
    is_one = len(set(re.findall(r'"VpcId":\s*"([^"]*)"', whole))) == 1
    deeds = [""] if is_alone else [_LEFT_OUT] if is_one else []
    for deed in deeds:
        for start, end in _lists(export.text, _GROUPS):
            for first, last in _members(export.text[start:end], "VpcId"):
                yield start + first, start + last, deed
    if not has_pairs:
        # Whose an interface is counts for the same.
        for start, end in _lists(export.text, r'"NetworkInterfaces":\s*\['):
            for first, last in _members(export.text[start:end], "OwnerId"):
                yield start + first, start + last, ""


def _lists(text: str, opening: str) -> Iterator[tuple[int, int]]:
    """From the brackets that open to those that close."""
    for match in re.finditer(opening, text):
        at, depth = match.end(), 1
        while depth and at < len(text):
            depth += {"[": 1, "]": -1}.get(text[at], 0)
            at += 1
        yield match.end(), at


def _members(text: str, key: str) -> Iterator[tuple[int, int]]:
    """The members with a key, with the commas around them."""
    for match in re.finditer(rf',?\s*"{key}":\s*(?:"[^"]*"|null),?\s*', text):
        yield match.span()

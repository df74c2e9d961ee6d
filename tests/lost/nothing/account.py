"""What says nothing in the answers of EC2 because of what else is in them."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.lost.exports import Export
from tests.lost.proofs import forms

Spans = Iterator[tuple[int, int, str]]
_LEFT_OUT = "delete empty"
_ALONE = frozenset(
    {"SecurityGroups", "SecurityGroupRules", "NetworkAcls", "PrefixLists", "Entries"}
)


def spans(export: Export) -> Spans:
    """Where it stands, and for which changes."""
    text = export.text
    if text.lstrip()[:1] != "{":
        return
    lists: dict[str, list[Any]] = {}
    for _, whole in export.files:
        try:
            for document in forms.documents(whole):
                for key, found in document.items():
                    lists.setdefault(key, []).extend(found if isinstance(found, list) else [])
        except (ValueError, AttributeError):
            return
    yield from _accounts(text, lists)
    if lists.keys() <= _ALONE | {"NextToken", "ResponseMetadata"}:
        # Nothing is here of a VPC that its id could name.
        yield from ((first, last, "") for first, last in _members(text, "VpcId"))


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
    if "NetworkInterfaces" in text and told and min(told.values()) > 1:
        yield from ((first, last, _LEFT_OUT) for first, last in _members(text, "OwnerId"))


def _members(text: str, key: str) -> Iterator[tuple[int, int]]:
    """The members with a key, with the commas around them."""
    for match in re.finditer(rf',?\s*"{key}":\s*(?:"[^"]*"|null),?\s*', text):
        yield match.span()

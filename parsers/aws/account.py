"""What the exports of an account hold: their elements by kind, recognised by their content."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from flowmodel.record import NamedTuple
from flowmodel.ruleset import Gap
from flowmodel.source import InputError, Source
from parsers.aws.pages import Page, turned
from parsers.aws.strays import STRAYS
from parsers.shared.node import Node
from parsers.shared.reading import start_of

KINDS: Final = (
    "SecurityGroups",
    "SecurityGroupRules",
    "NetworkAcls",
    "PrefixLists",
    "NetworkInterfaces",
    "Reservations",
    "Subnets",
    "Vpcs",
    "RouteTables",
)
"""The keys of responses that hold lists of elements; they are the names of the kinds."""

ENTRIES: Final = "Entries"
"""Whole responses of get-managed-prefix-list-entries: the list's id is not in them."""
INSTANCES: Final = "Instances"
RULE_GROUP: Final = "RuleGroup"
"""Whole responses of describe-rule-group."""
FIREWALL_POLICY: Final = "FirewallPolicy"
"""Whole responses of describe-firewall-policy."""
FIREWALL: Final = "Firewall"
"""Whole responses of describe-firewall."""

# What identifies an element that stands alone, or in a list without a name. Others name each other
# by the same keys, so the order counts.
_ELEMENTS: Final = (
    ("SecurityGroupRuleId", "SecurityGroupRules"),
    ("Instances", "Reservations"),
    ("InstanceType", INSTANCES),
    ("NetworkInterfaceId", "NetworkInterfaces"),
    ("IpPermissions", "SecurityGroups"),
    ("NetworkAclId", "NetworkAcls"),
    ("RouteTableId", "RouteTables"),
    ("PrefixListId", "PrefixLists"),
    ("SubnetId", "Subnets"),
    ("CidrBlock", "Vpcs"),
    ("GroupId", "SecurityGroups"),
)
_WHOLE: Final = (
    (
        RULE_GROUP,
        (
            *("RuleGroup", "RuleGroupResponse", "RulesSource", "RuleGroupArn"),
            # Of Next Generation policies, which are refused by their name.
            *("FirewallRuleGroup", "IpsRuleGroup"),
        ),
    ),
    (
        FIREWALL_POLICY,
        (
            *("FirewallPolicy", "FirewallPolicyResponse", "StatelessDefaultActions"),
            *("FirewallPolicyV2", "FirewallPolicyV2Response"),
        ),
    ),
    (FIREWALL, ("Firewall", "FirewallStatus", "FirewallArn")),
)
_BESIDE: Final = frozenset(("NextToken", "ResponseMetadata"))


class Account(NamedTuple):
    """The elements of all files, by kind, in the order of the files."""

    elements: dict[str, list[Node]]
    waiting: dict[str, list[Page]]
    """By kind, the pages that say that another one follows, as long as that is not here."""
    gaps: list[Gap]
    sources: tuple[Source, ...]

    def of(self, kind: str) -> list[Node]:
        """The elements of a kind; none where no file has any."""
        return self.elements.get(kind, [])

    @property
    def truncated(self) -> dict[str, list[Node]]:
        """Kinds of which pages are not here, with the page before each."""
        return {
            kind: [each.node for each in pages] for kind, pages in self.waiting.items() if pages
        }


def collect(sources: Sequence[Source]) -> Account:
    """The elements of an account's files; raises InputError for what the AWS CLI does not print."""
    account = Account({}, {}, [], tuple(sources))
    strays: list[Node] = []
    for source in sources:
        found = list(_elements(source))
        for node in found:
            if type(node.get("Error")) is Node:
                raise _refused(node)
        needed = [node for node in found if not _is_stray(node)]
        strays += [node for node in found if _is_stray(node)]
        known = [_take(account, node) for node in needed]
        if not any(known) and len(needed) == len(found):
            raise _nothing(source, needed)
    if strays and not account.elements:
        raise _nothing(strays[0].file.source, strays)
    account.gaps.extend(map(_unneeded, strays))
    return account


def _refused(node: Node) -> InputError:
    """The error about an error that AWS answered with; its text may hold names of the account."""
    code = node["Error"].get("Code")
    shown = f" ({code})" if type(code) is str and re.fullmatch(r"[A-Za-z.]{1,80}", code) else ""
    message = f"is an error of AWS{shown} and no answer: give the command again, with its rights"
    return InputError(message, node.key_place("Error"))


def _is_stray(node: Node) -> bool:
    """Whether this is a whole answer of AWS of which nothing is needed."""
    own = [key for key in node if key not in _BESIDE]
    return bool(own) and all(key in STRAYS for key in own) and not _is_element(node)


def _unneeded(node: Node) -> Gap:
    key = next(key for key in node if key not in _BESIDE)
    message = f"`{key}` is an answer of AWS that fwlint does not need: it was passed over"
    return Gap("FW902", message, node.key_place(key), key)


def _elements(source: Source) -> Iterator[Node]:
    for document in _documents(source):
        for value in document if isinstance(document, list) else [document]:
            if not isinstance(value, Node):
                raise InputError("has values that are no objects", start_of(source.path))
            yield value


def _nothing(source: Source, found: list[Node]) -> InputError:
    """The error about a file without anything that is known: another answer of the CLI, say."""
    message = "has nothing that fwlint reads"
    for node in found:
        for key in node:
            if key in KINDS:
                return node.error(f"`{key}` is no list of objects", key)
            if key not in _BESIDE:
                message += f": `{key}` is of no answer that it knows"
                # Its line is not shown: the file can be anything.
                return InputError(message, node.key_place(key))
    return InputError(message, start_of(source.path))


def _documents(source: Source) -> list[Any]:
    if next((line for line in source.lines if line.strip()), "").lstrip()[:1] in ("{", "["):
        from parsers.shared import json_nodes

        return json_nodes.documents(source, json_nodes.Words("an export of AWS", "the AWS CLI"))
    from parsers.aws import yaml_nodes

    return yaml_nodes.documents(source)


def _take(account: Account, node: Node) -> bool:
    """Sort one document, or one element, into the account; false if it is of no known kind."""
    responses = [kind for kind in KINDS if isinstance(node.get(kind), list)]
    if responses and not _is_element(node):
        for kind in responses:
            account.elements.setdefault(kind, []).extend(node.nodes(kind))
            _page(account, kind, node)
        _rest(account, node, frozenset(responses))
        return True
    for kind, keys in _WHOLE:
        if any(key in node for key in keys):
            account.elements.setdefault(kind, []).append(node)
            return True
    if "Entries" in node and "NetworkAclId" not in node:
        account.elements.setdefault(ENTRIES, []).append(node)
        return True
    for key, kind in _ELEMENTS:
        if key in node:
            account.elements.setdefault(kind, []).append(node)
            return True
    _rest(account, node, frozenset())
    return False


def _is_element(node: Node) -> bool:
    """Whether this is an element: an instance has lists named like responses, and its own id."""
    return any(key in node for key in ("InstanceId", "NetworkInterfaceId", "ReservationId"))


def _page(account: Account, kind: str, node: Node) -> None:
    """Keep in mind whether another page has to follow, and which one this completes."""
    waiting = account.waiting.get(kind, [])
    if waiting or node.get("NextToken"):
        account.waiting[kind] = turned(waiting, Page.of(node, kind))


def _rest(account: Account, node: Node, known: frozenset[str]) -> None:
    for key in node:
        if key not in known and key not in _BESIDE:
            account.gaps.append(unknown_key(node, key))


def unknown_key(node: Node, key: str) -> Gap:
    """The remark that a key is not understood."""
    return Gap(
        "FW901",
        f"`{key}` is not understood: what it says is not in the model",
        node.key_place(key),
        key,
    )

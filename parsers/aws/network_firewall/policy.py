"""Reads a firewall policy of Network Firewall, with the rule groups that it refers to.

Network Firewall API Reference, FirewallPolicy and what is in it.
"""

from collections.abc import Iterable
from typing import Final, get_args

from flowmodel.addresses import Addresses
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Gap
from flowmodel.verdict import DROP, REJECT
from parsers.aws.network_firewall.engine import Check, Policy, StreamException
from parsers.aws.network_firewall.group import stateful_rules
from parsers.aws.network_firewall.rules import ANYTHING, NOTHING, StatefulRule, place_of
from parsers.aws.network_firewall.stateless import (
    StatelessRule,
    custom_actions,
    missing_group,
    standard_action,
    stateless_rules,
)
from parsers.aws.network_firewall.variables import Lists, policy_home, variables
from parsers.aws.suricata.sets import Unresolved
from parsers.shared.node import Node

_ORDER: Final = ("pass", "unknown", "drop", "reject", "alert")
"""The order of actions, unless the order is strict: "Managing evaluation order …"."""
_DEFAULTS: Final = frozenset(
    f"aws:{action}_{what}"
    for action in ("drop", "alert")
    for what in (
        "strict",
        "established",
        "established_app_layer",
        "established_app_layer_to_server",
    )
)
STRICT: Final = "STRICT_ORDER"
BY_ACTION: Final = "DEFAULT_ACTION_ORDER"


class Group(NamedTuple):
    """A rule group of the export: its rules, and its name."""

    node: Node
    name: str


class PolicyReader:
    """Reads one policy, for a firewall in one VPC."""

    def __init__(
        self, node: Node, groups: dict[str, Group], home: Addresses | Unresolved, lists: Lists
    ) -> None:
        self.gaps: list[Gap] = []
        self._node = node
        self._groups = groups
        self._home = policy_home(node, home)
        self._lists = lists

    def policy(self) -> Policy:
        """The policy; raises InputError for what AWS would refuse."""
        node = self._node
        options = node.node("StatefulEngineOptions") or Node()
        order = options.text("RuleOrder", BY_ACTION)
        if order not in (STRICT, BY_ACTION):
            raise options.error(f"`{order}` is no order of rules", "RuleOrder")
        exception = options.text("StreamExceptionPolicy", "DROP")
        if exception not in get_args(StreamException):
            raise options.error(f"`{exception}` is no such policy", "StreamExceptionPolicy")
        custom = custom_actions(node, "StatelessCustomActions")
        default = standard_action(node, "StatelessDefaultActions", custom)
        self._fragments(custom)
        return Policy(
            place=place_of(node),
            stateless=self._stateless(),
            stateless_default=default,
            stateless_place=place_of(node, "StatelessDefaultActions"),
            stateful=self._stateful(is_strict=order == STRICT),
            defaults=self._defaults(order),
            defaults_place=place_of(node, "StatefulDefaultActions"),
            stream_exception=exception,  # type: ignore[arg-type]
            stream_place=place_of(options, "StreamExceptionPolicy") if options else place_of(node),
            checks=tuple(self._checks()),
        )

    def _fragments(self, custom: frozenset[str]) -> None:
        key = "StatelessFragmentDefaultActions"
        if key in self._node:
            standard_action(self._node, key, custom)

    def _defaults(self, order: str) -> list[str]:
        key = "StatefulDefaultActions"
        found = self._node.texts(key)
        if found and order != STRICT:
            raise self._node.error(f"`{key}` are for {STRICT} only", key)
        for name in found:
            if name not in _DEFAULTS:
                message = f"`{name}` is not understood: what it does with packets is unknown"
                self.gaps.append(Gap("FW901", message, self._node.place(key), name))
        return found

    def _stateless(self) -> list[StatelessRule]:
        key = "StatelessRuleGroupReferences"
        found: list[StatelessRule] = []
        for reference in _by_priority(self._node.nodes(key)):
            group = self._group(reference)
            if group is None:
                found += missing_group(_last(reference), place_of(reference))
            else:
                found += stateless_rules(group.node, group.name)
        return found

    def _stateful(self, *, is_strict: bool) -> list[StatefulRule]:
        references: Iterable[Node] = self._node.nodes("StatefulRuleGroupReferences")
        found: list[StatefulRule] = []
        for reference in _by_priority(references) if is_strict else references:
            is_alert = (reference.node("Override") or Node()).text("Action") == "DROP_TO_ALERT"
            group = self._group(reference)
            if group is None:
                found += _missing(reference, is_strict=is_strict, is_alert=is_alert)
                continue
            self._check_order(group, is_strict=is_strict)
            names = variables(group.node, self._home, self._lists)
            for rule in stateful_rules(group.node, group.name, names, self.gaps):
                is_changed = is_alert and rule.action == "drop"
                found.append(rule._replace(action="alert") if is_changed else rule)
        if not is_strict:
            found.sort(key=lambda rule: (_ORDER.index(rule.action), rule.meaning.priority))
        return found

    def _check_order(self, group: Group, *, is_strict: bool) -> None:
        """A policy takes groups of its own order only: API Reference, StatefulRuleOptions."""
        options = group.node.node("StatefulRuleOptions") or Node()
        order, wanted = options.text("RuleOrder", BY_ACTION), STRICT if is_strict else BY_ACTION
        if order != wanted:
            where = options or group.node
            raise where.error(f"the group's order is {order}, its policy's {wanted}", "RuleOrder")

    def _group(self, reference: Node) -> Group | None:
        name = reference.text("ResourceArn")
        if name in self._groups:
            return self._groups[name]
        message = (
            f"the rule group {_last(reference)} is not in the export: it may do anything with any"
            " packet (add describe-rule-group)"
        )
        self.gaps.append(Gap("FW307", message, reference.place("ResourceArn"), name))
        return None

    def _checks(self) -> Iterable[Check]:
        node = self._node
        key = "TLSInspectionConfigurationArn"
        if node.get(key):
            text = f"whether TLS inspection ends the connection ({node.text(key)})"
            self.gaps.append(Gap("FW902", text, node.place(key), key))
            yield Check(text, is_tls=True, verdict=REJECT, place=place_of(node, key))
        key = "Route53ResolvedIPValidation"
        validation = node.node(key)
        if validation is not None:
            actions = {validation.text("Action"), validation.text("DNSExpiryExceptionPolicy")}
            if actions & {"DROP", "REJECT"}:
                text = "whether the destination was resolved by the VPC's resolver"
                self.gaps.append(Gap("FW902", text, node.place(key), key))
                verdict = DROP if "DROP" in actions else REJECT
                yield Check(text, is_tls=False, verdict=verdict, place=place_of(validation))


def _by_priority(references: Iterable[Node]) -> list[Node]:
    found: dict[int, Node] = {}
    for reference in references:
        priority = reference.number("Priority")
        if priority is None:
            raise reference.error("a `Priority` is needed here")
        if priority in found:
            raise reference.error(f"another group has priority {priority} too", "Priority")
        found[priority] = reference
    return [found[priority] for priority in sorted(found)]


def _last(reference: Node) -> str:
    """The name of a group, which its ARN ends in."""
    return reference.text("ResourceArn").rpartition("/")[2]


def _missing(reference: Node, *, is_strict: bool, is_alert: bool) -> list[StatefulRule]:
    """What stands for a group that is not in the export.

    With the override DROP_TO_ALERT it drops nothing (StatefulRuleGroupOverride).
    """
    name = _last(reference)
    text = f"what the rule group {name} does, which is not in the export"
    rule = StatefulRule(
        "unknown",
        ANYTHING,
        NOTHING._replace(unread=text),
        passes_flow=False,
        place=place_of(reference),
        title=f"stateful {name}: {text}",
    )
    if is_alert:
        return [rule._replace(action="pass")]
    if is_strict:
        return [rule]
    drops = rule._replace(
        action="drop", meaning=rule.meaning._replace(unread=f"whether {name} drops this")
    )
    return [rule._replace(action="pass"), drops]

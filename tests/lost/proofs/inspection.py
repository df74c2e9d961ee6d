"""The second evaluator of Network Firewall as judge: what becomes of many connections.

It knows policies of the kind that random_rules makes; of any other nothing is proved here.
"""

import re
from functools import lru_cache
from random import Random
from typing import Any, Literal

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import forms
from tests.oracles.network_firewall.evaluate import (
    Answer,
    Firewall,
    Packet,
    Rules,
    Stateful,
    Stateless,
    connection,
)
from tests.oracles.network_firewall.random_rules import random_packet

_CONNECTIONS = 400
_FAILURES = (ValueError, LookupError, AttributeError, TypeError, AssertionError)
_TEXT = re.compile(
    r"(pass|drop|reject|alert) (tcp|udp|icmp|ip) (\S+) (\S+) (->|<>) (\S+) (\S+)"
    r' \((?:msg:"[^";]*"; )?(?:flow:([a-z_, ]+); ?)?(?: ?sid:\d+;)\)'
)
_KNOWN = frozenset(
    {
        *("UpdateToken", "RuleGroup", "RuleGroupResponse", "FirewallPolicy"),
        *("FirewallPolicyResponse", "Firewall", "Vpcs"),
    }
)


class _UnknownError(ValueError):
    """Something that the evaluator does not know."""


def proof(export: Export, change: Change) -> Literal["same", "differs", "unknown"]:
    """Whether the documents say the same, or the evaluator judges connections alike."""
    if forms.proof(export, change) == "same":
        return "same"
    before, after = (_rules(_texts(export, each)) for each in ("", change.made(export.text)))
    if before is None or after is None:
        return "unknown"
    random = Random(f"{export.title} {change.start}")
    packets = [random_packet(random) for _ in range(_CONNECTIONS)]
    try:
        alike = all(_fate(before, each) == _fate(after, each) for each in packets)
    except _FAILURES:
        return "unknown"
    return "same" if alike else "differs"


def _fate(rules: Rules, first: Packet) -> list[Answer]:
    """What becomes of the packets of a connection, in both readings of the documentation."""
    walls = [Firewall(rules), Firewall(rules, pass_flow=False)]
    return [wall.send(packet) for _, packet in connection(first) for wall in walls]


def _texts(export: Export, changed: str) -> tuple[str, ...]:
    return tuple(
        changed if name == export.changed and changed else whole for name, whole in export.files
    )


@lru_cache(maxsize=8)
def _rules(texts: tuple[str, ...]) -> Rules | None:
    """The policy of the files; None where it is of another kind."""
    try:
        found = [each for text in texts for each in forms.documents(text)]
        return _policy(found)
    except _FAILURES:
        return None


def _policy(documents: list[Any]) -> Rules:
    if any(not document.keys() <= _KNOWN for document in documents):
        raise _UnknownError
    groups = {
        each["RuleGroupResponse"]["RuleGroupArn"]: each["RuleGroup"]
        for each in documents
        if "RuleGroup" in each
    }
    (policy,) = (each["FirewallPolicy"] for each in documents if "FirewallPolicy" in each)
    engine = policy["StatefulEngineOptions"]
    is_strict = engine["RuleOrder"] == "STRICT_ORDER"
    less = sorted(policy["StatelessRuleGroupReferences"], key=_priority)
    full = policy["StatefulRuleGroupReferences"]
    full = sorted(full, key=_priority) if is_strict else full
    (default,) = policy["StatelessDefaultActions"]
    stateful = [groups[each["ResourceArn"]] for each in full]
    return Rules(
        tuple(tuple(_stateless(groups[each["ResourceArn"]])) for each in less),
        default,
        tuple(tuple(_stateful(each["RulesSource"])) for each in stateful),
        is_strict,
        tuple(policy.get("StatefulDefaultActions", ())),
        engine["StreamExceptionPolicy"],
        _variables(stateful) | _home(documents),
    )


def _priority(reference: Any) -> int:
    return int(reference["Priority"])


def _stateless(group: Any) -> list[Stateless]:
    rules = group["RulesSource"]["StatelessRulesAndCustomActions"]["StatelessRules"]
    found = []
    for rule in sorted(rules, key=_priority):
        asked = rule["RuleDefinition"]["MatchAttributes"]
        (action,) = rule["RuleDefinition"]["Actions"]
        ends = [
            tuple(each["AddressDefinition"] for each in asked.get(key, ()))
            for key in ("Sources", "Destinations")
        ]
        ports = [
            tuple((each["FromPort"], each["ToPort"]) for each in asked.get(key, ()))
            for key in ("SourcePorts", "DestinationPorts")
        ]
        flags = tuple(
            (tuple(each["Flags"]), tuple(each["Masks"])) for each in asked.get("TCPFlags", ())
        )
        protocols = tuple(asked.get("Protocols", ()))
        found.append(Stateless(action, ends[0], ends[1], ports[0], ports[1], protocols, flags))
    return found


def _stateful(source: Any) -> list[Stateful]:
    if "RulesString" in source:
        return [
            _text(line) for line in source["RulesString"].split("\n") if line and line[0] != "#"
        ]
    return [_tuple(rule) for rule in source["StatefulRules"]]


def _text(line: str) -> Stateful:
    match = _TEXT.fullmatch(line)
    if match is None:
        raise _UnknownError
    action, protocol, source, port, arrow, destination, there, flow = match.groups()
    words = tuple(filter(None, map(str.strip, (flow or "").split(","))))
    return Stateful(action, protocol, source, port, arrow, destination, there, words)


def _tuple(rule: Any) -> Stateful:
    header = rule["Header"]
    flow: tuple[str, ...] = ()
    for option in rule["RuleOptions"]:
        if option["Keyword"] == "flow":
            flow = tuple(option["Settings"])
        elif option["Keyword"] != "sid":
            raise _UnknownError
    keys = ("Source", "SourcePort", "Direction", "Destination", "DestinationPort")
    source, port, way, destination, there = (header[key].replace("ANY", "any") for key in keys)
    arrow = {"any": "<>", "FORWARD": "->"}[way]
    action, protocol = rule["Action"].lower(), header["Protocol"].lower()
    return Stateful(action, protocol, source, port, arrow, destination, there, flow)


def _variables(groups: list[Any]) -> dict[str, str]:
    """What groups define; where two define one name otherwise, nothing is known."""
    found: dict[str, str] = {}
    for group in groups:
        for kind in group.get("RuleVariables", {}).values():
            for name, each in kind.items():
                text = f"[{','.join(each['Definition'])}]"
                if found.setdefault(f"${name}", text) != text:
                    raise _UnknownError
    return found


def _home(documents: list[Any]) -> dict[str, str]:
    """HOME_NET is the range of the firewall's VPC, if that is told (caveats)."""
    firewalls = [each["Firewall"].get("VpcId") for each in documents if "Firewall" in each]
    vpcs = [vpc for each in documents for vpc in each.get("Vpcs", ())]
    found = [each["CidrBlock"] for each in vpcs if each.get("VpcId") in firewalls]
    return {"$HOME_NET": found[0]} if len(found) == 1 else {}

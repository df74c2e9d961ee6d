"""Exports of Network Firewall as describe-rule-group and its like print them, small and by hand."""

import json
from collections.abc import Sequence
from typing import Any

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from fwlint.packets import parse_expression
from linter.engine.device.trace import Trace, traced
from parsers.aws.read import parse
from parsers.shared.context import Context

ARN = "arn:aws:network-firewall:eu-central-1:111122223333:"
STRICT = "STRICT_ORDER"
BY_ACTION = "DEFAULT_ACTION_ORDER"
Json = dict[str, Any]


def group(name: str, body: Json, kind: str = "stateful") -> Json:
    """What describe-rule-group prints about a group."""
    about = {"RuleGroupArn": f"{ARN}{kind}-rulegroup/{name}", "RuleGroupName": name}
    return {"UpdateToken": "1", "RuleGroup": body, "RuleGroupResponse": about}


def texts(name: str, rules: str, order: str = BY_ACTION, **more: Json) -> Json:
    """A group of rules in Suricata's language."""
    options = {"StatefulRuleOptions": {"RuleOrder": order}}
    return group(name, {**more, "RulesSource": {"RulesString": rules}, **options})


def stateless(name: str, *rules: Json) -> Json:
    """A group of stateless rules: each is `Actions` and match attributes, in order of priority."""
    listed = [
        {
            "Priority": 10 * (index + 1),
            "RuleDefinition": {
                "Actions": rule["Actions"],
                "MatchAttributes": {key: rule[key] for key in rule if key != "Actions"},
            },
        }
        for index, rule in enumerate(rules)
    ]
    source = {"StatelessRulesAndCustomActions": {"StatelessRules": listed}}
    return group(name, {"RulesSource": source}, "stateless")


def policy(groups: Sequence[Json], order: str = BY_ACTION, **more: Any) -> Json:
    """What describe-firewall-policy prints about a policy that has these groups, in this order."""
    arns = [each["RuleGroupResponse"]["RuleGroupArn"] for each in groups]
    body: Json = {
        "StatelessRuleGroupReferences": [
            {"ResourceArn": arn, "Priority": index}
            for index, arn in enumerate(arns, 1)
            if ":stateless-" in arn
        ],
        "StatelessDefaultActions": ["aws:forward_to_sfe"],
        "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "StatefulRuleGroupReferences": [
            {"ResourceArn": arn, **({"Priority": index} if order == STRICT else {})}
            for index, arn in enumerate(arns, 1)
            if ":stateful-" in arn
        ],
        "StatefulEngineOptions": {"RuleOrder": order},
        **more,
    }
    about = {"FirewallPolicyArn": f"{ARN}firewall-policy/main", "FirewallPolicyName": "main"}
    return {"UpdateToken": "1", "FirewallPolicy": body, "FirewallPolicyResponse": about}


def firewall(vpc: str = "vpc-1") -> list[Json]:
    """What describe-firewall and describe-vpcs print about a firewall with the policy."""
    body = {
        "FirewallName": "edge",
        "FirewallPolicyArn": f"{ARN}firewall-policy/main",
        "VpcId": vpc,
        "SubnetMappings": [],
    }
    return [{"Firewall": body}, {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}]


def source(documents: Sequence[Json], path: str = "export.json") -> Source:
    """A file with the documents one after the other."""
    text = "\n".join(json.dumps(each, indent=1) for each in documents)
    return Source(path, text.split("\n"))


def read(*documents: Json) -> RuleSet:
    """The one rule set of an export."""
    (found,) = parse([source(documents)], Context())
    return found


def strict(rules: str, *defaults: str, **more: Any) -> RuleSet:
    """The rule set of a firewall with one group of rules in strict order."""
    one = texts("web", rules, STRICT)
    found = policy([one], STRICT, StatefulDefaultActions=list(defaults), **more)
    return read(one, found, *firewall())


def by_action(rules: str, **more: Any) -> RuleSet:
    """The rule set of a firewall with one group of rules in the order of their actions."""
    one = texts("web", rules)
    return read(one, policy([one], **more), *firewall())


def ask(ruleset: RuleSet, packet: str) -> Trace:
    """What becomes of a packet; `reply` before it makes it an answer to a connection's."""
    words = packet.removeprefix("reply ")
    found = parse_expression(words)
    if words != packet:
        from flowmodel.record import replace

        found = replace(found, ct_dir=1)
    (answer,) = traced([ruleset], "forward", [found])
    return answer

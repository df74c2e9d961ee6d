"""Every key that Network Firewall documents is read, ignored on purpose, or reported or refused."""

import json
from collections.abc import Iterator
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from flowmodel.ruleset import Gap
from flowmodel.source import InputError
from parsers import read_exports
from parsers.aws.network_firewall.shapes import RESPONSES, is_map
from parsers.aws.shapes import Shape
from tests.parsers.aws.shapes import Element, KeyPath, answer, at

pytestmark = pytest.mark.skipif(
    find_spec("botocore") is None,
    reason="botocore is not installed, whose data files have what AWS documents",
)

STATEFUL, STATELESS = "arn:aws:0:stateful-rulegroup/web", "arn:aws:0:stateless-rulegroup/edge"
POLICY = "arn:aws:0:firewall-policy/all"
VALUES: Element = {
    "RuleGroupResponse.Type": "STATEFUL",
    "RuleGroupArn": STATEFUL,
    "StatefulRuleGroupReferences.ResourceArn": STATEFUL,
    "StatelessRuleGroupReferences.ResourceArn": STATELESS,
    "FirewallPolicyArn": POLICY,
    "RulesString": "pass tcp any any -> any 443 (sid:1;)",
    "StatefulRules.Action": "PASS",
    "Protocol": "TCP",
    "Source": "10.0.0.0/8",
    "SourcePort": "ANY",
    "Destination": "ANY",
    "DestinationPort": "443",
    "Keyword": "sid",
    "Settings": ["1"],
    "AddressDefinition": "10.0.0.0/8",
    "Protocols": [6],
    "FromPort": 1,
    "ToPort": 2,
    "Flags": ["SYN"],
    "Masks": ["SYN"],
    "Actions": ["aws:pass"],
    "ActionName": "Count",
    "StatelessDefaultActions": ["aws:forward_to_sfe"],
    "StatelessFragmentDefaultActions": ["aws:drop"],
    "StatefulDefaultActions": ["aws:drop_strict"],
    "RuleOrder": "STRICT_ORDER",
    "IPSets.Definition": ["10.0.0.0/8"],
    "RuleVariables.Definition": ["10.0.0.0/8"],
    "PortSets.Definition": ["443"],
    "ContextSets.Definition": ["text"],
    "Targets": [".example.org"],
    "TargetTypes": ["TLS_SNI"],
}
_FORMS = {"RulesString", "RulesSourceList", "StatefulRules", "StatelessRulesAndCustomActions"}
_NEW = {"FirewallRuleGroup", "IpsRuleGroup"}
PROXY = (
    "NatGatewayCreateMappings",
    "ProxySettings",
    "VpcEndpoint",
    "TransparentFilteringNatScope",
)


def rule_groups() -> Iterator[Element]:
    """A rule group of each form."""
    for form in sorted(_FORMS - {"StatelessRulesAndCustomActions"}):
        without = frozenset(_FORMS - {form} | _NEW)
        yield answer("network-firewall", "DescribeRuleGroup", VALUES, without)
    without = frozenset(_FORMS - {"StatelessRulesAndCustomActions"} | _NEW)
    values = VALUES | {"RuleGroupArn": STATELESS, "RuleGroupResponse.Type": "STATELESS"}
    yield answer("network-firewall", "DescribeRuleGroup", values, without)


def answers(operation: str) -> Iterator[Element]:
    if operation == "DescribeRuleGroup":
        yield from rule_groups()
    else:
        yield answer("network-firewall", operation, VALUES, frozenset(PROXY))


def gaps(changed: Element, folder: Path) -> list[Gap]:
    """What fwlint reports about a firewall, with one of its answers changed."""
    *_, text, stateless = rule_groups()
    documents = [text, stateless, *answers("DescribeFirewallPolicy"), *answers("DescribeFirewall")]
    key = next(key for key in ("RuleGroup", "FirewallPolicy", "Firewall") if key in changed)
    arn = _arn(changed)
    kept = [each for each in documents if key not in each or _arn(each) != arn]
    for number, document in enumerate((changed, *kept)):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    (found,) = read_exports([str(folder / f"{number}.json") for number in range(len(kept) + 1)])
    return list(found.gaps)


def _arn(document: Element) -> object:
    return document.get("RuleGroupResponse", {}).get("RuleGroupArn")


def judged(value: Any, shape: Shape, way: KeyPath) -> Iterator[tuple[KeyPath, Shape]]:
    """The ways to all objects that the tables have a shape for."""
    yield way, shape
    for key, part in shape.parts:
        inside = value.get(key)
        if isinstance(inside, dict) and is_map(shape, key):
            for name, each in inside.items():
                yield from judged(each, part, (*way, key, name))
        elif isinstance(inside, dict):
            yield from judged(inside, part, (*way, key))
        for index, each in enumerate(inside if isinstance(inside, list) else ()):
            yield from judged(each, part, (*way, key, index))


@pytest.mark.parametrize("operation", RESPONSES)
def test_every_documented_key_is_read_ignored_or_reported(operation: str, tmp_path: Path) -> None:
    for document in answers(operation):
        reported = {gap.text for gap in gaps(document, tmp_path) if gap.message.startswith("`")}
        for way, shape in judged(document, RESPONSES[operation], ()):
            lost = set(at(document, way)) - shape.read - shape.ignored - reported

            assert lost == set(), f"{shape.name} loses keys"


def test_every_key_in_the_tables_is_one_that_aws_documents() -> None:
    documented: dict[str, set[str]] = {}
    shapes: dict[str, Shape] = {}
    for operation in RESPONSES:
        for document in answers(operation):
            for way, shape in judged(document, RESPONSES[operation], ()):
                documented.setdefault(shape.name, set()).update(at(document, way))
                shapes[shape.name] = shape
    documented["DescribeRuleGroupResponse"] |= _NEW
    documented["Firewall"] |= set(PROXY)
    invented = {name: shape.known - documented[name] for name, shape in shapes.items()}
    for name, keys in invented.items():
        # boto3 adds it to every response.
        assert keys <= ({"ResponseMetadata"} if name.endswith("Response") else set()), name


@pytest.mark.parametrize("operation", RESPONSES)
def test_a_key_that_nobody_knows_is_reported_wherever_it_stands(
    operation: str, tmp_path: Path
) -> None:
    for document in answers(operation):
        for way, _ in judged(document, RESPONSES[operation], ()):
            changed = deepcopy(document)
            at(changed, way)["Invented"] = {"By": "nobody"}
            found = gaps(changed, tmp_path)

            assert "Invented" in {gap.text for gap in found}, f"nothing is said about {way}"


@pytest.mark.parametrize("key", PROXY)
def test_a_firewall_in_proxy_mode_is_refused(key: str, tmp_path: Path) -> None:
    without = frozenset(set(PROXY) - {key})
    document = answer("network-firewall", "DescribeFirewall", VALUES, without)
    with pytest.raises(InputError) as raised:
        gaps(document, tmp_path)

    assert raised.value.message == "a firewall in proxy mode is nothing that fwlint reads"
    assert f'"{key}"' in raised.value.text or raised.value.text.strip() in ("{", "[")


@pytest.mark.parametrize("key", sorted(_NEW))
def test_a_rule_group_of_a_next_generation_policy_is_refused(key: str, tmp_path: Path) -> None:
    without = frozenset({"RuleGroup"} | _NEW - {key})
    document = answer("network-firewall", "DescribeRuleGroup", VALUES, without)
    path = tmp_path / "group.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="Next Generation"):
        read_exports([str(path)])

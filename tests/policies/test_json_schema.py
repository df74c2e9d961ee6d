"""The JSON Schema: it takes what the loader takes, and knows the same keys."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

import policies
from policies.json_schema import json_schema
from tests import ROOT
from tests.policies.samples import LEAP_BIND, policy_text, site_text

VALIDATOR = Draft7Validator(json_schema())
LOADERS = {"YAML 1.1": yaml.SafeLoader, "text only": yaml.BaseLoader}
KEYWORDS = {
    "$schema", "$ref", "title", "definitions", "oneOf", "anyOf", "enum", "const", "type", "items",
    "minItems", "minLength", "minimum", "pattern", "properties", "required",
    "additionalProperties", "dependencies", "propertyNames", "allOf", "maxItems",
}  # fmt: skip


def errors(text: str, loader: Any) -> list[str]:
    data = json.loads(json.dumps(yaml.load(text, loader), default=str))
    return [
        one.message for error in VALIDATOR.iter_errors(data) for one in error.context or [error]
    ]


def test_the_schema_is_a_draft_07_schema() -> None:
    Draft7Validator.check_schema(json_schema())

    assert json_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


def keywords(schema: Any) -> set[str]:
    """The keywords of a schema, without the names of definitions and properties."""
    if isinstance(schema, list):
        return {word for one in schema for word in keywords(one)}
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for key, value in schema.items():
        inside = list(value.values()) if key in ("properties", "definitions") else value
        if key not in ("enum", "const", "required", "dependencies"):
            found |= keywords(inside)
    return found


def test_the_schema_has_keywords_of_draft_07_only() -> None:
    assert keywords(json_schema()) <= KEYWORDS


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_the_shipped_policies_are_valid(name: str, loader: Any) -> None:
    text = "\n".join(policies.load_policy(name).source.lines)

    assert errors(text, loader) == []


SITES = {
    "no policy": site_text(),
    "a policy": site_text(use="leap", bind=LEAP_BIND, parameters="ssh_port: 2222"),
    "translated": site_text(use="leap", bind="webapp: {address: 10.20.0.1, public: 203.0.113.1}"),
    "other ports outside": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: {address: 203.0.113.1, ports: {8443: 443}, "
        "via: {device: edge, interface: wan0}}}",
    ),
    "public addresses of machines": site_text(
        use="leap",
        bind="other-nodes:\n  - {address: 10.20.0.1, public: [203.0.113.1, "
        "{address: 203.0.113.2, via: wan1, ports: {8443: 443, '8444': '443'}}]}\n  - 10.20.0.2",
    ),
    "several": site_text(use="leap", bind="openvpn: {ip_address: 192.0.2.4}"),
    "own flows and waivers": site_text(
        options="",
        more="allow:\n  - {id: a, from: [dmz, 10.0.0.1], to: any, service: [1/tcp, icmp]}\n"
        "  - {id: b, from: any, to: dmz, service: [8/0/icmp, 135-136/icmpv6]}\n"
        "accept:\n  - {finding: FW205, service: 1/tcp, because: x, until: 2027-01-01}\n",
    ),
}


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize("text", SITES.values(), ids=SITES)
def test_sites_are_valid(text: str, loader: Any) -> None:
    assert errors(text, loader) == []


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_the_demo_site_is_valid_and_has_no_problems(loader: Any) -> None:
    path = ROOT / "fixtures" / "demo" / "site.yaml"

    assert errors(path.read_text(encoding="utf-8"), loader) == []
    assert policies.load_site(str(path)).problems == ()


WRONG = {
    "an unknown key": policy_text() + "nonsense: x\n",
    "a service without a protocol": policy_text("service: '443'"),
    "no service": policy_text("app: x"),
    "an unknown need": policy_text("service: 1/tcp\nneed: shall"),
    "a site without devices": "fwlint: site/1\n",
    "groups of nobody": "fwlint: site/1\ndevices: {a: {config: x, groups: sg-1}}\n",
    "an acceptance without an end": site_text(more="accept: [{finding: FW205, because: x}]\n"),
    "ports of a public address in a list": site_text(
        use="leap",
        bind="webapp: {address: 10.20.0.1, public: {address: 203.0.113.1, ports: [8443]}}",
    ),
    "another version": policy_text().replace("policy/1", "policy/2"),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_the_loader_refuses_by_its_shape_is_invalid(text: str) -> None:
    assert errors(text, yaml.SafeLoader) != []


def test_editors_can_find_the_schema_of_each_kind() -> None:
    definitions = json_schema()["definitions"]

    assert definitions["policy"]["properties"]["fwlint"] == {"const": "policy/1"}
    assert definitions["site"]["properties"]["fwlint"] == {"const": "site/1"}

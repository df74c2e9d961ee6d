"""The JSON Schema (draft-07) of policy and site files, for editors that know YAML."""

from typing import Any, Final

from policies import (
    declarations,
    flows,
    loader,
    marked,
    options,
    publics,
    requires,
    rows,
    site_file,
    uses,
)
from policies.protocols import PROTOCOLS, has_ports

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_NAME: Final[Schema] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}
# YAML 1.1 reads yes as true, YAML 1.2 reads it as text: fwlint reads the word that stands there.
_YES_NO: Final[Schema] = {"enum": [True, False, "yes", "no"]}
_NUMBER: Final[Schema] = {
    "oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[1-9][0-9]*$"}]
}
_DATE: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

_CONDITION: Final[Schema] = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9_-]*(\s*=\s*[^=]+)?$"}
_CONDITIONS: Final[Schema] = {
    "oneOf": [_CONDITION, {"type": "array", "items": _CONDITION, "minItems": 1}]
}
_ALTERNATIVE: Final[Schema] = {
    "type": "string",
    "pattern": "^[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*$",
}
_CHOICES: Final[Schema] = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2}


def json_schema() -> Schema:
    """The schema of both kinds of file, told apart by `fwlint`."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "fwlint product policies and sites",
        "oneOf": [{"$ref": "#/definitions/policy"}, {"$ref": "#/definitions/site"}],
        "definitions": {
            "text": _TEXT,
            "name": _NAME,
            "texts": _one_or_more(_TEXT),
            "names": _one_or_more(_NAME),
            "yesNo": _YES_NO,
            "ports": _ports(),
            "service": _service(),
            "flow": _flow(flows.FLOW_KEYS),
            "ownFlow": _flow(site_file.ALLOW_KEYS),
            "policy": _policy(),
            "site": _site(),
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _one_or_more(one: Schema) -> Schema:
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _record(keys: tuple[str, ...], types: dict[str, Schema], *required: str) -> Schema:
    """A mapping with exactly these keys; a key without a type of its own is text."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {key: types.get(key, _ref("text")) for key in keys},
    }


def _mapping(value: Schema, names: Schema | None = None) -> Schema:
    return {"type": "object", "propertyNames": names or _ref("name"), "additionalProperties": value}


def _ports() -> Schema:
    one = {
        "oneOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^[0-9]+(\s*[-,]\s*[0-9]+)*$"},
        ]
    }
    return _one_or_more(one)


def _service() -> Schema:
    port = r"(\$[a-z0-9][a-z0-9_-]*|[0-9]+(-[0-9]+)?)"
    protocol = "(tcp|udp|sctp|dccp|udplite)"
    number = r"[0-9]{1,3}(-[0-9]{1,3})?"
    message = rf"(({number}(,\s*{number})*/){{1,2}})?(icmp|icmpv6)"
    others = "|".join(name for name, one in PROTOCOLS.items() if not has_ports(one))
    portless = rf"{message}|{others}|proto [0-9]{{1,3}}|any"
    pattern = rf"^({port}(,\s*{port})*/{protocol}(\+{protocol})*|{portless})$"
    return _one_or_more({"type": "string", "pattern": pattern})


def _flow(keys: tuple[str, ...]) -> Schema:
    filled = {"enum": list(flows.FILLED_FIELDS)}
    types: dict[str, Schema] = {
        "id": _ref("name"),
        "from": _ref("texts"),
        "to": _ref("texts"),
        "between": {"type": "array", "items": _ref("texts"), "minItems": 2, "maxItems": 2},
        "service": _ref("service"),
        "any_of": _ref("service"),
        "then": _ref("service"),
        "within": {"const": "network"},
        "then_back": _ref("service"),
        "sport": _ref("ports"),
        "group": _ref("texts"),
        "alternative": _ALTERNATIVE,
        "need": {"enum": ["must", "should", "may", "never"]},
        "when": _CONDITIONS,
        "unless": _CONDITIONS,
        "configurable": _ref("yesNo"),
        "severity": {"const": "critical"},
        "admin": _ref("yesNo"),
        "inferred": _one_or_more(filled),
        "recovered": _mapping(_ref("name"), filled),
        "rows": _ref("texts"),
    }
    flow = _record(keys, types, "id")
    flow["allOf"] = [
        {"oneOf": [{"required": ["service"]}, {"required": ["any_of"]}]},
        {"oneOf": [{"required": ["from", "to"]}, {"required": ["between"]}]},
    ]
    return flow


def _policy() -> Schema:
    role = _record(declarations.ROLE_KEYS, {"addresses": _ref("names")})
    peer_types: dict[str, Schema] = {
        "fqdn": _ref("texts"),
        "addresses": {"const": "many"},
        "default": {"const": "internet"},
        "recovered": _ref("names"),
    }
    peer = _record(declarations.PEER_KEYS, peer_types)
    types: dict[str, Schema] = {
        "fwlint": {"const": "policy/1"},
        "name": _ref("name"),
        "document": _record(declarations.DOCUMENT_KEYS, {"date": _DATE, "read": _DATE}),
        "sources": _mapping(_ref("text")),
        "requires": _mapping(_requires()),
        "roles": _mapping({"oneOf": [_ref("text"), role]}),
        "peers": _mapping({"oneOf": [_ref("text"), peer]}),
        "versions": _CHOICES,
        "options": _mapping(_option()),
        "parameters": _mapping(_parameter()),
        "sections": {"type": "array", "items": _section()},
        "not_covered": _ref("texts"),
        "rows": _mapping(_row(), _ref("text")),
    }
    return _record(loader.POLICY_KEYS, types, "fwlint", "name", "roles", "sections")


def _requires() -> Schema:
    types = {
        "bind": _mapping(_ref("texts"), _ref("text")),
        "options": _mapping({"anyOf": [_YES_NO, _TEXT]}),
    }
    return _record(requires.REQUIRED_KEYS, types)


def _option() -> Schema:
    different = {"type": "array", "items": _ref("name"), "minItems": 2}
    means = _record(("different",), {"different": different}, "different")
    answer = {"anyOf": [_YES_NO, _TEXT]}
    types: dict[str, Schema] = {"default": answer, "means": means, "choices": _CHOICES}
    return _record(options.OPTION_KEYS, types, "question")


def _parameter() -> Schema:
    types: dict[str, Schema] = {
        "default": _ref("ports"),
        "value": {"type": "string", "pattern": r"^\$[a-z0-9][a-z0-9_-]*(\s*\+\s*[0-9]+)?$"},
        "configurable": _ref("yesNo"),
    }
    parameter = _record(declarations.PARAMETER_KEYS, types)
    parameter["oneOf"] = [{"required": ["default"]}, {"required": ["value"]}]
    return parameter


def _section() -> Schema:
    types: dict[str, Schema] = {
        "when": _CONDITIONS,
        "unless": _CONDITIONS,
        "alternative": _ALTERNATIVE,
        "flows": _one_or_more(_ref("flow")),
    }
    return _record(loader.SECTION_KEYS, types, "title", "flows")


def _row() -> Schema:
    cell = {"type": "string", "pattern": "^[0-9]+[0-9n]*([-,] *[0-9n]+)*$"}
    types: dict[str, Schema] = {
        "line": _NUMBER,
        "device": _ref("names"),
        "direction": {"enum": list(rows.DIRECTIONS)},
        "protocol": {"type": "string", "pattern": "^[a-z0-9 ]+(\\+[a-z0-9 ]+)*$"},
        "type": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]},
        "need": {"const": "never"},
        "port": {"oneOf": [{"type": "integer", "minimum": 1}, cell]},
        "sport": _ref("ports"),
        "also": _ref("service"),
        "recovered": _ref("names"),
    }
    return _record(rows.ROW_KEYS, types, "line")


def _site() -> Schema:
    types: dict[str, Schema] = {
        "fwlint": {"const": "site/1"},
        "networks": _mapping(_ref("texts")),
        "devices": _mapping(_device(), _ref("text")),
        "policies": _ref("texts"),
        "roles": _mapping(_bound()),
        "use": _mapping({"anyOf": [_use(), {"type": "null"}]}),
        "allow": _one_or_more(_ref("ownFlow")),
        "accept": _one_or_more(_accept()),
        "marked": _record(
            marked.MARKED_KEYS,
            {key: _ref("service") for key in marked.MARKED_KEYS},
        ),
    }
    return _record(site_file.SITE_KEYS, types, "fwlint", "devices")


def _device() -> Schema:
    types: dict[str, Schema] = {
        "config": _ref("texts"),
        "includes": _ref("texts"),
        "interfaces": _mapping(_ref("texts"), _ref("text")),
        "host": {
            "oneOf": [
                _ref("texts"),
                _record(
                    site_file.HOST_KEYS,
                    dict.fromkeys(site_file.HOST_KEYS, _ref("texts")),
                    *site_file.HOST_KEYS,
                ),
            ]
        },
        "groups": _ref("texts"),
        "ipv6": _ref("yesNo"),
        "addresses": _ref("texts"),
    }
    device = _record(site_file.DEVICE_KEYS, types, "config")
    device["dependencies"] = {"groups": ["host"], "acl": ["host"]}
    return device


def _use() -> Schema:
    bound = _bound()
    # A role with several addresses binds each by its name, which no general schema can tell.
    several = _mapping(bound)
    types = {
        "options": _mapping({"anyOf": [_YES_NO, _TEXT]}),
        "parameters": _mapping(_ref("ports")),
        "bind": _mapping({"anyOf": [bound, several]}),
    }
    return _record(uses.USE_KEYS, types)


def _bound() -> Schema:
    place = _ref("texts")
    types = {"address": place, "public": _public()}
    translated = _record(uses.BINDING_KEYS, types, "address", "public")
    apart = {"type": "array", "items": {"anyOf": [place, translated]}, "minItems": 1}
    return {"anyOf": [place, translated, apart]}


def _public() -> Schema:
    port = {"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+$"}]}
    ports = _mapping(port, {"type": "string", "pattern": "^[0-9]+$"})
    via = {"oneOf": [_ref("text"), _record(publics.VIA_KEYS, {}, *publics.VIA_KEYS)]}
    types = {"address": _ref("texts"), "ports": ports, "via": via}
    told = _record(publics.PUBLIC_KEYS, types, "address")
    several = {"type": "array", "items": {"anyOf": [_ref("text"), told]}, "minItems": 1}
    return {"anyOf": [_ref("texts"), told, several]}


def _accept() -> Schema:
    types: dict[str, Schema] = {
        "to": _ref("texts"),
        "service": _ref("service"),
        "until": _DATE,
    }
    return _record(site_file.ACCEPT_KEYS, types, "finding", "because", "until")

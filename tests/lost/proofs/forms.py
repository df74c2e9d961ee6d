"""Two JSON answers of AWS that say the same by what its documentation says of their form.

Null and an empty list are what is not there (botocore leaves out members without a value); the
lists are sets of which an item that stands twice says nothing new; numbers of order only say the
order (Network Firewall: "evaluates by priority, starting from the lowest"; network ACLs likewise).
Bits of an address behind its prefix are cleared (EC2, AuthorizeSecurityGroupIngress). Without
masks, all flags of TCP are inspected (TCPFlagField); Suricata takes `any` in capitals too.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, Final, Literal

import yaml

from tests.lost.change import Change
from tests.lost.exports import Export

_ORDER: Final = ("Priority", "RuleNumber")
# API reference: StatefulRuleOptions, StatefulEngineOptions.
_DEFAULTS: Final = {"RuleOrder": "DEFAULT_ACTION_ORDER", "StreamExceptionPolicy": "DROP"}
_FLAGS: Final = frozenset(("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"))
_ENDS: Final = ("Source", "SourcePort", "Destination", "DestinationPort")
_VARIABLES: Final = ("IPSets", "PortSets", "IPSetReferences")


def proof(export: Export, change: Change) -> Literal["same", "differs", "unknown"]:
    """Whether the documents say the same in the plainest form."""
    before, after = _form(export.text), _form(change.made(export.text))
    return "same" if before is not None and before == after else "unknown"


def documents(text: str) -> Iterator[Any]:
    """The answers in a file, of JSON or YAML."""
    if text.lstrip()[:1] != "{":
        for document in yaml.safe_load_all(text):
            yield from document if isinstance(document, list) else [document]
        return
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


@lru_cache(maxsize=8)
def _form(text: str) -> str | None:
    try:
        found = [_unused(_plain(each), json.dumps(each)) for each in documents(text)]
        return json.dumps(found, sort_keys=True)
    except (ValueError, TypeError, yaml.YAMLError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        made = {key: _plain(each) for key, each in value.items()}
        return {
            key: "any" if key in _ENDS and str(each).lower() == "any" else each
            for key, each in made.items()
            if each not in (None, [], {}, "")
            and _DEFAULTS.get(key) != each
            and not (key == "Masks" and isinstance(each, list) and {*map(str, each)} == _FLAGS)
        }
    if isinstance(value, list):
        items = _ranked([_plain(each) for each in value])
        texts = [json.dumps(each, sort_keys=True) for each in items]
        return [each for index, each in enumerate(items) if texts[index] not in texts[:index]]
    if isinstance(value, str) and "\n" in value:
        # Rules of Suricata: the end of the last line ends no rule more.
        return value.rstrip("\n")
    if isinstance(value, str) and value.startswith("arn:") and "prefix-list/" in value:
        # EC2 API Reference, ManagedPrefixList: the id says which one it is.
        return value.rpartition("prefix-list/")[2]
    if isinstance(value, str) and "/" in value:
        with suppress(ValueError):
            return str(ip_network(value, strict=False))
    return value


def _ranked(items: list[Any]) -> list[Any]:
    """The items with the places of their numbers for the numbers, where all are different."""
    for key in _ORDER:
        if not items or not all(isinstance(each, dict) and key in each for each in items):
            continue
        numbers = [each[key] for each in items]
        groups = [each.get("Egress") for each in items]
        if len(set(zip(map(str, numbers), map(str, groups), strict=True))) < len(items):
            continue
        pairs = list(zip(numbers, groups, strict=True))
        items = [
            each | {key: sum(other == group and less < number for less, other in pairs)}
            for each, (number, group) in zip(items, pairs, strict=True)
        ]
    return items


def _unused(value: Any, whole: str) -> Any:
    """The document without variables that none of its rules names."""
    if isinstance(value, list):
        return [_unused(each, whole) for each in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, each in value.items():
        if key in _VARIABLES and isinstance(each, dict):
            kept = {
                name: of for name, of in each.items() if f"${name}" in whole or f"@{name}" in whole
            }
            if kept:
                made[key] = kept
        else:
            made[key] = _unused(each, whole)
    return {key: each for key, each in made.items() if each != {}}

"""Edits of what `nft -j list ruleset` prints, and of files of such commands."""

import json
from collections.abc import Sequence
from typing import Any

from flowmodel.fix import Edit
from flowmodel.source import InputError, Source
from linter.fixes.drafts import Found, Wanted
from linter.fixes.json_text import before, behind, instead, moved, text_like, without
from linter.fixes.nft_rules import Made, Narrowed
from parsers.shared.json_nodes import Words, documents
from parsers.shared.node import Node

_WORDS = Words("a rule set of nft", "nft")
_LIST = "nftables"


def is_json(source: Source | None) -> bool:
    """Whether a file of nftables is JSON, and not in nft's own language."""
    lines = source.lines if source else ()
    return next((each.lstrip()[0] for each in lines if each.strip()), "") == "{"


def _whole(source: Source) -> Node | None:
    """The object that is the file; None where another one would be hard to find in it."""
    try:
        found = documents(source, _WORDS)
        is_whole = len(found) == 1 and isinstance(found[0], Node) and found[0].nodes(_LIST)
    except InputError:
        return None
    return found[0] if is_whole else None


def _at(whole: Node | None, found: Found) -> Node | None:
    objects = whole.nodes(_LIST) if whole is not None else ()
    return next((each for each in objects if each.span == found.rule.span), None)


def _listed(node: Node | None) -> dict[str, Any] | None:
    """The rule of an object that says nothing of other rules' places; None for all other ones."""
    if node is None:
        return None
    command = node.get("add")
    rule = command.get("rule") if isinstance(command, dict) else node.get("rule")
    if not isinstance(rule, dict) or "index" in rule:
        return None
    # With an explicit `add`, a handle names the rule behind which this one is put.
    return None if command is not None and "handle" in rule else rule


def handle(found: Found) -> str:
    """The handle of the rule; empty where the file has none."""
    rule = _listed(_at(_whole(found.source), found))
    number = rule.get("handle") if rule else None
    return str(number) if type(number) is int else ""


def removed(found: Found) -> Edit | None:
    """The list without the rule."""
    whole = _whole(found.source)
    node = _at(whole, found)
    if whole is None or node is None or not _listed(node):
        return None
    return without(whole, _LIST, node)


def moves(found: Found, other: Found) -> tuple[Edit, ...]:
    """The object of the rule before that of the other one; nothing where that is no edit."""
    whole = _whole(found.source)
    mine, its = _at(whole, found), _at(whole, other)
    if whole is None or mine is None or its is None or not (_listed(mine) and _listed(its)):
        return ()
    return moved(whole, _LIST, mine, its)


def move_command(found: Found, other: Found) -> str:
    """The move as one command in JSON, which says of the rule exactly what the file does."""
    whole = _whole(found.source)
    mine, its = _listed(_at(whole, found)), _listed(_at(whole, other))
    if not mine or not its or not (mine.get("handle") and its.get("handle")):
        return ""
    place = {key: mine[key] for key in ("family", "table", "chain")}
    insert = {"insert": {"rule": {**mine, "handle": its["handle"]}}}
    delete = {"delete": {"rule": {**place, "handle": mine["handle"]}}}
    return json.dumps({_LIST: [insert, delete]})


_LEFT = {
    "src": (("ip", "saddr"), ("ip6", "saddr")),
    "dst": (("ip", "daddr"), ("ip6", "daddr")),
    "service": (
        *((name, port) for name in ("tcp", "udp", "sctp", "th") for port in ("sport", "dport")),
        *((name, field) for name in ("icmp", "icmpv6") for field in ("type", "code")),
        ("ip", "protocol"),
    ),
}
"""The headers of which conditions say the same as fields of a box."""


def narrowed(found: Found, made: Sequence[Narrowed]) -> tuple[Edit | None, list[dict[str, Any]]]:
    """The list with other rules in place of one, and these rules."""
    whole = _whole(found.source)
    node = _at(whole, found)
    rule = _listed(node)
    if whole is None or node is None or rule is None or not made:
        return None, []
    rules = [_like(rule, each) for each in made]
    first = {"rule": rules[0]} if "rule" in node else {"add": {"rule": rules[0]}}
    others = [{key: value for key, value in each.items() if key != "handle"} for each in rules[1:]]
    objects = [first, *({"rule": each} for each in others)]
    return instead(whole, _LIST, node, [text_like(node, each) for each in objects]), rules


def _like(rule: dict[str, Any], made: Narrowed) -> dict[str, Any]:
    kept = [each for each in rule["expr"] if not _says(each, made.fields)]
    # A comment of its own stays; nft prints it before the expressions.
    head = {key: value for key, value in rule.items() if key != "expr"}
    if made.comment:
        head.setdefault("comment", made.comment)
    return {**head, "expr": [*(each.data for each in made.matches), *kept]}


def _says(statement: Any, fields: frozenset[str]) -> bool:
    """Whether a statement is a condition for one of the fields."""
    left = statement["match"]["left"] if "match" in statement else {}
    if not isinstance(left, dict):
        return False
    if left == {"meta": {"key": "l4proto"}}:
        return "service" in fields
    header = left.get("payload", {})
    place = header.get("protocol"), header.get("field")
    return any(place in _LEFT[name] for name in fields)


def replace_command(found: Found, rules: Sequence[dict[str, Any]]) -> str:
    """The same as one command in JSON; empty where the file has no handles."""
    number = handle(found)
    if not number:
        return ""
    if len(rules) == 1:
        return json.dumps({_LIST: [{"replace": {"rule": rules[0]}}]})
    place = {key: rules[0][key] for key in ("family", "table", "chain")}
    inserted = [{"insert": {"rule": {**each, "handle": int(number)}}} for each in rules]
    delete = {"delete": {"rule": {**place, "handle": int(number)}}}
    return json.dumps({_LIST: [*inserted, delete]})


def added(wanted: Wanted, rules: Sequence[Made]) -> Edit | None:
    """The list with more rules before one, or behind the last one of the chain."""
    place, chain = wanted.before, wanted.chain
    path = chain.span.path
    whole = _whole(wanted.source) if wanted.source else None
    if whole is None:
        return None
    if place is not None:
        node = _at(whole, place)
        is_known = _listed(node) is not None
    else:
        spans = {chain.span, *(each.span for each in chain.rules if each.span.path == path)}
        node = next((e for e in reversed(whole.nodes(_LIST)) if e.span in spans), None)
        is_known = node is not None and ("chain" in node or _listed(node) is not None)
    if node is None or not is_known:
        return None
    family, _, table = wanted.table.name.partition(" ")
    texts = [text_like(node, each.data(family, table, chain.name)) for each in rules]
    put = before if place is not None else behind
    return put(whole, _LIST, node, texts)

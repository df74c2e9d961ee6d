"""Reads the questions that a policy asks of a site, and the versions of its document."""

from collections.abc import Collection
from typing import Final

from policies.conditions import VERSION, YES_OR_NO, Option, read_answer
from policies.flows import read_names
from policies.schema import items, keyed, name, record, text, texts
from policies.yaml_nodes import Errors, Node

OPTION_KEYS: Final = ("question", "choices", "default", "means")


def read_options(
    errors: Errors, node: Node | None, roles: Collection[str], versions: Node | None
) -> dict[str, Option]:
    """The options, each with its question; `version` among them where there are versions."""
    options = read_versions(errors, versions)
    for key, value in keyed(errors, node, "`options`"):
        label = name(errors, key, "an option", (VERSION,) if versions else ())
        fields = record(errors, value, f"option `{label}`", OPTION_KEYS, ("question",))
        choices = _read_choices(errors, fields.get("choices")) or YES_OR_NO
        means = fields.get("means")
        different = record(errors, means, "`means`", ("different",)) if means else {}
        names = read_names(errors, different.get("different"), "role", roles)
        if means and len(names) < 2:
            errors.add("`different` needs at least two roles", means.span)
        if means and choices != YES_OR_NO:
            errors.add("`means` needs an option whose answers are yes and no", means.span)
        question = text(errors, fields.get("question"), "question")
        option = Option(label, question, "", key.span, names, choices)
        default = fields.get("default")
        answer = read_answer(errors, default, option, "default") if default else ""
        options[label] = Option(label, question, answer, key.span, names, choices)
    return options


def read_versions(errors: Errors, node: Node | None) -> dict[str, Option]:
    """The option that the versions of a document are, from the oldest to the newest."""
    if node is None:
        return {}
    found = _read_choices(errors, node)
    question = "Which version of the product is it?"
    return {VERSION: Option(VERSION, question, "", node.span, choices=found)} if found else {}


def _read_choices(errors: Errors, node: Node | None) -> tuple[str, ...]:
    """At least two answers, each once and without the signs of conditions."""
    if node is None:
        return ()
    found: dict[str, None] = {}
    for item in texts(errors, node, "choices"):
        word = text(errors, item, "a choice")
        if set(word) & set("|=,"):
            errors.add(f"`{word}` must not contain `|`, `=` or a comma", item.span)
        elif word in found:
            errors.add(f"choice `{word}` is listed twice", item.span)
        found[word] = None
    if len(items(node)) < 2:
        errors.add("a choice needs at least two answers", node.span)
    return tuple(found)

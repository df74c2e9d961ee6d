"""Conditions of flows: an option, and the answers to it with which they count."""

from collections.abc import Mapping
from typing import Final

from flowmodel.record import dataclass
from flowmodel.source import Span
from policies.schema import did_you_mean, text, texts
from policies.yaml_nodes import Errors, Node, Text

YES_OR_NO: Final = ("yes", "no")
VERSION: Final = "version"
"""The option that says which version of the document counts; `versions:` declares it."""


@dataclass(frozen=True, slots=True)
class Option:
    """A fact about the site; without a default (an empty text) the site must answer.

    `different`: yes means that these roles have different addresses, no that they share them.
    """

    name: str
    question: str
    default: str
    span: Span
    different: tuple[str, ...] = ()
    choices: tuple[str, ...] = YES_OR_NO

    @property
    def is_choice(self) -> bool:
        """Whether its answers are others than yes and no."""
        return self.choices != YES_OR_NO


@dataclass(frozen=True, slots=True)
class Condition:
    """An option and some of its answers: `public`, `cni=canal|cilium`."""

    option: str
    answers: tuple[str, ...] = ("yes",)

    def __str__(self) -> str:
        return (
            self.option if self.answers == ("yes",) else f"{self.option}={'|'.join(self.answers)}"
        )


Conditions = tuple[Condition, ...]


def read_conditions(errors: Errors, node: Node | None, options: Mapping[str, Option]) -> Conditions:
    """The conditions of a list, or of one text; each once."""
    found: dict[Condition, None] = {}
    for item in texts(errors, node, "option"):
        condition = _condition(errors, item, options)
        if condition in found:
            errors.add(f"option `{item.value}` is listed twice", item.span)
        elif condition is not None:
            found[condition] = None
    return tuple(found)


def read_versions(
    errors: Errors, values: Mapping[str, Node], versions: tuple[str, ...]
) -> Conditions:
    """The condition that `since` and `until` are: the versions from the one to the other."""
    if not versions:
        for key in {"since", "until"} & values.keys():
            errors.add(f"`{key}` needs `versions:` in the policy", values[key].span)
        return ()
    ends = []
    for key, missing in (("since", 0), ("until", len(versions) - 1)):
        node = values.get(key)
        word = text(errors, node, key)
        if node is not None and word not in versions:
            errors.add(f"unknown version `{word}`{did_you_mean(word, versions)}", node.span)
        ends.append(versions.index(word) if word in versions else missing)
    first, last = ends
    if first > last:
        errors.add("`until` is before `since`", values["until"].span)
    is_all = (first, last) == (0, len(versions) - 1)
    return () if is_all or first > last else (Condition(VERSION, versions[first : last + 1]),)


def _condition(errors: Errors, item: Text, options: Mapping[str, Option]) -> Condition | None:
    name, equals, value = (part.strip() for part in item.value.partition("="))
    option = options.get(name)
    if option is None:
        errors.add(f"unknown option `{name}`{did_you_mean(name, options)}", item.span)
        return None
    if not equals and option.is_choice:
        example = f"`{name}={option.choices[0]}`"
        errors.add(f"option `{name}` has choices; write {example}", item.span)
        return None
    answers = tuple(one.strip() for one in value.split("|")) if equals else ("yes",)
    for one in answers:
        if one not in option.choices:
            hint = did_you_mean(one, option.choices)
            errors.add(f"unknown answer `{one}` to option `{name}`{hint}", item.span)
            return None
    if len(set(answers)) < len(answers):
        errors.add(f"`{item.value}` names an answer twice", item.span)
    return Condition(name, answers)


def read_answer(errors: Errors, node: Node, option: Option, what: str = "") -> str:
    """A site's answer to an option, or the default in a policy; empty where it is none."""
    what = what or option.name
    word = text(errors, node, what)
    if word and word not in option.choices:
        words = [f"`{one}`" for one in option.choices]
        listed = f"one of {', '.join(words)}" if option.is_choice else " or ".join(words)
        errors.add(f"{what} must be {listed}, not `{word}`", node.span)
        return ""
    return word

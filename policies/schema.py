"""Typed readings of YAML nodes; a wrong one is noted as an error and read as something harmless."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from typing import Final

from flowmodel.record import dataclass
from flowmodel.source import Span
from policies.yaml_nodes import Errors, Items, Mapping, Node, Text

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS: Final = {Text: "text", Mapping: "a mapping", Items: "a list"}


@dataclass(frozen=True, slots=True)
class Names(Collection[str]):
    """Known names, and whatever may be a name of what could not be read.

    What is wrong with that is told already; all that names it would be an error that follows.
    """

    known: frozenset[str]
    may_be: Callable[[str], bool] = lambda _: False
    """Whether a text may be such a name."""

    def __contains__(self, name: object) -> bool:
        """Whether it is a name, or may be one."""
        return name in self.known or (isinstance(name, str) and self.may_be(name))

    def __iter__(self) -> Iterator[str]:
        """The known names."""
        return iter(self.known)

    def __len__(self) -> int:
        """How many are known."""
        return len(self.known)


# What tools of the field call what these files call otherwise.
_BY_OTHER_NAMES: Final = {
    "check": ("finding",),
    "description": ("purpose", "title"),
    "dest": ("to",),
    "destination": ("to",),
    "destinations": ("to",),
    "dport": ("service",),
    "dst": ("to",),
    "expires": ("until",),
    "export": ("config",),
    "exports": ("config",),
    "file": ("config",),
    "firewalls": ("devices",),
    "flows": ("allow", "flows"),
    "hosts": ("host", "devices"),
    "ignore": ("accept",),
    "ip": ("address", "addresses"),
    "port": ("service", "ports"),
    "ports": ("service",),
    "proto": ("service",),
    "protocol": ("service",),
    "protocols": ("service",),
    "reason": ("because",),
    "role": ("host", "role"),
    "rules": ("config",),
    "services": ("service",),
    "source": ("from",),
    "sources": ("from", "sources"),
    "src": ("from",),
    "use_policy": ("use",),
    "waivers": ("accept",),
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the known ones that look like it, or all."""
    import difflib

    # Of very many names the suggestion may miss the best: comparing them all takes minutes.
    names = sorted(known)[:2000]
    close = difflib.get_close_matches(word[:60].lower(), names, n=2, cutoff=0.6)
    if not close and len(word) >= 3:
        close = [name for name in names if word.lower() in name][:2]
    if close:
        return "; did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    if not names:
        return "; none are defined"
    listed = ", ".join(f"`{name}`" for name in names[:12]) + (", …" if len(names) > 12 else "")
    return f"; expected {'one of ' if len(names) > 1 else ''}{listed}"


def _or(guesses: Iterable[str]) -> str:
    words = " or ".join(f"`{one}`" for one in guesses)
    return f"; did you mean {words}?" if words else ""


def _keys_meant(word: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The known keys that a key may stand for: by another name, or misspelled."""
    import difflib

    named = tuple(key for key in _BY_OTHER_NAMES.get(word.lower(), ()) if key in known)
    return named or tuple(difflib.get_close_matches(word[:60].lower(), known, n=2, cutoff=0.6))


def keys_meant(node: Node, known: tuple[str, ...]) -> set[str]:
    """The known keys that unknown ones of a mapping may stand for."""
    entries = node.entries if isinstance(node, Mapping) else ()
    unknown = (key.value for key, _ in entries if key.value not in known)
    return {meant for word in unknown for meant in _keys_meant(word, known)}


def record(
    errors: Errors, node: Node, what: str, known: Iterable[str], required: Iterable[str] = ()
) -> dict[str, Node]:
    """The values of a mapping with known keys; a key without a value counts as missing."""
    if not isinstance(node, Mapping):
        errors.add(f"{what} must be a mapping, not {_KINDS[type(node)]}", node.span)
        return {}
    known = tuple(known)
    values: dict[str, Node] = {}
    for key, value in node.entries:
        if key.value not in known:
            guesses = _keys_meant(key.value, known)
            hint = _or(guesses) or did_you_mean(key.value, known)
            errors.add(f"unknown key `{key.value}` in {what}{hint}", key.span)
        elif is_empty(value):
            errors.add(f"`{key.value}` has no value", key.span)
        else:
            values[key.value] = value
    meant = keys_meant(node, known)
    there = {key.value for key, _ in node.entries}
    # What is there by another name is not missing, and one error tells that best. Where no key is
    # known, the mapping is something else.
    is_other = bool(there) and there.isdisjoint(known)
    for name in required:
        if name not in there | meant and not is_other:
            errors.add(f"missing key `{name}` in {what}", node.span)
    return values


def has_key(node: Node, name: str) -> bool:
    """Whether a mapping has a key, with whatever value."""
    return isinstance(node, Mapping) and any(key.value == name for key, _ in node.entries)


def is_unread(node: Node | None) -> bool:
    """Whether it should be a mapping with names, and is something else."""
    return node is not None and not isinstance(node, Mapping)


def is_empty(node: Node) -> bool:
    """Whether nothing stands there, as after `key:`."""
    return isinstance(node, Text) and node.is_plain and not node.value


def keyed(errors: Errors, node: Node | None, what: str) -> list[tuple[Text, Node]]:
    """The entries of a mapping with free keys."""
    if node is None:
        return []
    if not isinstance(node, Mapping):
        errors.add(f"{what} must be a mapping, not {_KINDS[type(node)]}", node.span)
        return []
    for key, _ in node.entries:
        if not key.value.strip():
            errors.add(f"{what} has an empty key", key.span)
    return [entry for entry in node.entries if entry[0].value.strip()]


def items(node: Node | None) -> list[Node]:
    """The members of a list; one value stands for a list of itself."""
    if node is None:
        return []
    return list(node.items) if isinstance(node, Items) else [node]


def text(errors: Errors, node: Node | None, what: str) -> str:
    """One text, without the space around it; empty where there is none."""
    if node is None:
        return ""
    if not isinstance(node, Text):
        errors.add(f"{what} must be text, not {_KINDS[type(node)]}", node.span)
        return ""
    value = " ".join(node.value.split())
    if not value:
        errors.add(f"{what} is empty", node.span)
    return value


def texts(errors: Errors, node: Node | None, what: str) -> tuple[Text, ...]:
    """A list of texts, or one; each with its place, and no other kind of value."""
    if isinstance(node, Items) and not node.items:
        errors.add(f"{what} is an empty list", node.span)
    return tuple(
        item for item in items(node) if text(errors, item, what) and isinstance(item, Text)
    )


def yes_no(errors: Errors, node: Node | None, what: str, *, missing: bool = False) -> bool:
    """Yes or no, which YAML's other words for them (`true`, `off`) do not spell here."""
    if node is None:
        return missing
    word = text(errors, node, what)
    if word and word not in ("yes", "no"):
        errors.add(f"{what} must be `yes` or `no`, not `{word}`", node.span)
    return word == "yes"


def choice(errors: Errors, node: Node | None, what: str, words: tuple[str, ...]) -> str:
    """One of the words; the first where there is none."""
    if node is None:
        return words[0]
    word = text(errors, node, what)
    if word and word not in words:
        errors.add(f"invalid value `{word}` for `{what}`{did_you_mean(word, words)}", node.span)
    return word if word in words else words[0]


def name(errors: Errors, key: Text, what: str, reserved: Iterable[str] = ()) -> str:
    """A name of small letters, digits, `-` and `_`, which is none of the reserved words."""
    if not _NAME.fullmatch(key.value):
        errors.add(
            f"`{key.value}` is not a valid name for {what}: use lowercase letters, digits, `-` and "
            "`_`, starting with a letter or digit",
            key.span,
        )
    elif key.value in reserved:
        errors.add(f"`{key.value}` is a reserved word and cannot be the name of {what}", key.span)
    return key.value


def day(errors: Errors, node: Node | None, what: str) -> date:
    """A date like 2026-12-31; the last one there is where it cannot be read."""
    word = text(errors, node, what)
    if word and _DATE.fullmatch(word):
        try:
            return date.fromisoformat(word)
        except ValueError:
            pass
    if word and node is not None:
        errors.add(f"{what} must be a date such as 2026-12-31, not `{word}`", node.span)
    return date.max


def whole_number(errors: Errors, node: Node | None, what: str) -> int:
    """A number from 1, and 1 where it cannot be read."""
    word = text(errors, node, what)
    if re.fullmatch(r"[1-9][0-9]{0,8}", word):
        return int(word)
    if word and node is not None:
        errors.add(f"{what} must be a whole number of 1 or more, not `{word}`", node.span)
    return 1


def through(first: Span, last: Span) -> Span:
    """From the start of one place to the end of another."""
    return Span(first.path, first.line, first.column, last.last_line, last.last_column)

"""What a parsed rule is made of: statements and expressions, before they mean anything."""

import re

from flowmodel.record import NamedTuple

_RAW = re.compile(r"raw_([lnti]h|ll)_([0-9]+)_([0-9]+)")
"""How shapes.py writes raw payloads."""


class Slot(NamedTuple):
    """The place of a literal in a shape."""

    number: int


class Text(NamedTuple):
    """Words of a shape as written; each U+0001 in them is a literal, from slot `first` on."""

    template: str
    first: int


class Select(NamedTuple):
    """A property of the packet: `ip saddr`, `ct state`, `numgen inc mod 2`."""

    key: "str | Text"


class Operation(NamedTuple):
    """Bitwise arithmetic: & | ^ << >>."""

    operator: str
    left: "Expression"
    right: "Expression"


class Concat(NamedTuple):
    """`a . b`."""

    parts: "tuple[Expression, ...]"


class Listing(NamedTuple):
    """`a, b`: any of the flags."""

    items: "tuple[Expression, ...]"


class Span(NamedTuple):
    """`a - b`."""

    first: "Expression"
    last: "Expression"


class Ratio(NamedTuple):
    """`a / b`: flags and their mask, or an address and its prefix length."""

    value: "Expression"
    mask: "Expression"


class Body(NamedTuple):
    """`{ … }`: an anonymous set or map, unparsed."""

    text: "str | Slot"


class Named(NamedTuple):
    """`@name`: a set or map of the table."""

    name: "str | Slot"


class Mapped(NamedTuple):
    """`key map { … }`."""

    key: "Expression"
    table: "Body | Named"


Expression = (
    str | Slot | Select | Operation | Concat | Listing | Span | Ratio | Body | Named | Mapped
)


class Matching(NamedTuple):
    """`left relation right`; the relation is empty where nothing is written."""

    left: Expression
    relation: str
    right: Expression
    text: Text | str


class VerdictMap(NamedTuple):
    """`key vmap { … }`."""

    key: Expression
    table: Body | Named
    text: Text | str


class Assignment(NamedTuple):
    """`meta mark set …`, and everything else that can be set."""

    target: Expression
    value: Expression
    text: Text | str


class Decision(NamedTuple):
    """A verdict; `target` is the chain of a jump or goto."""

    verdict: str
    target: "str | Slot"


class Translation(NamedTuple):
    """dnat, snat, masquerade, redirect; `is_network` where a prefix is mapped on a prefix."""

    kind: str
    to: Expression | None
    port: Expression
    """An empty text where no port is written apart from the address."""
    is_network: bool
    text: Text | str


class Counter(NamedTuple):
    """`counter packets n bytes n`; empty where nothing has been counted."""

    packets: "str | Slot"


class Reference(NamedTuple):
    """`limit name …`: a stateful object of the table."""

    kind: str
    name: Expression
    text: Text | str


class Opaque(NamedTuple):
    """A statement that is known by its words only.

    `memory`: it lets some packets go on and not others. `silent`: it changes no verdict. `unsure`:
    it may decide. `foreign`: it is not of nftables' own.
    """

    kind: str
    text: Text | str


class NoTracking(NamedTuple):
    """`notrack`."""


class Comment(NamedTuple):
    """`comment "…"`."""


Statement = (
    Matching
    | VerdictMap
    | Assignment
    | Decision
    | Translation
    | Counter
    | Reference
    | Opaque
    | NoTracking
    | Comment
)


def slots(node: object) -> list[int]:
    """The indexes of all slots in a statement or expression, in order."""
    if isinstance(node, Slot):
        return [node.number]
    if isinstance(node, Text):
        return list(range(node.first, node.first + node.template.count("\x01")))
    if isinstance(node, tuple):
        return [index for part in node for index in slots(part)]
    return []


def filled(node: object, literals: dict[int, str]) -> object:
    """The statement or expression with its literals instead of the slots."""
    if isinstance(node, Slot):
        return literals[node.number]
    if isinstance(node, Text):
        return fill(node, literals)
    if isinstance(node, tuple):
        parts = [filled(part, literals) for part in node]
        make = getattr(node, "_make", tuple)
        return make(parts)
    return node


def fill(text: Text, literals: dict[int, str]) -> str:
    """The words as written."""
    template = text.template
    if "raw_" in template:
        template = _RAW.sub(r"@\1,\2,\3", template)
    first, *others = template.split("\x01")
    parts = [first]
    for index, part in enumerate(others, text.first):
        parts += [literals[index], part]
    return "".join(parts)

"""Tests of flags (tcp flags, ct state, ct status) in all their spellings, by trying every value.

nft(8), BITMASK TYPE; src/netlink_linearize.c, netlink_gen_flagcmp: without a relation a test of
flags asks whether any of them is set, with one the whole value is compared.
"""

from collections.abc import Callable
from typing import Final

from flowmodel.match import NEVER, Condition, Test
from flowmodel.values import Values, union
from parsers.nftables.grammar.tree import Expression, Listing, Operation, Ratio, Select, Span
from parsers.nftables.names import STATE_BITS
from parsers.nftables.selectors import Selector
from parsers.nftables.values import BITS, FLAGS, RefusedError, interval, number, value

# Of ct_status the model has six bits; the test must not depend on any other.
_OTHER_STATUS: Final = 0xFFFFFFC0

_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
}


def tested(selector: Selector, predicate: Callable[[int], bool]) -> Condition | None:
    """The test that holds for the raw values of the predicate; None if the model cannot say it."""
    if selector.kind == "ct_state":
        codes = union((code, code) for bit, code in STATE_BITS.items() if predicate(bit))
        return Test("state", codes) if codes else NEVER
    if selector.kind == "ct_status":
        if any(predicate(low) != predicate(low | _OTHER_STATUS) for low in range(64)):
            return None
        if any(
            predicate(low) != predicate(low | 1 << bit) for low in range(64) for bit in range(6, 32)
        ):
            return None
        values = union((low, low) for low in range(64) if predicate(low))
        return Test("ct_status", values) if values else NEVER
    values = union((raw, raw) for raw in range(256) if predicate(raw))
    return Test("tcp_flags", values) if values else NEVER


def predicate(
    kind: str, left: Expression, relation: str, right: Expression
) -> Callable[[int], bool]:
    """Whether a raw value passes `left relation right`, where left is made of the property."""
    compute = _computed(kind, left)
    if isinstance(right, Ratio):
        mask, wanted = constant(kind, right.mask), constant(kind, right.value)
        equal = relation != "!="
        return lambda raw: (compute(raw) & mask == wanted) == equal
    if isinstance(right, Span):
        low, high = constant(kind, right.first), constant(kind, right.last)
        inside = relation != "!="
        return lambda raw: (low <= compute(raw) <= high) == inside
    wanted = constant(kind, right)
    if relation == "!":
        return lambda raw: not compute(raw) & wanted
    if relation == "" and isinstance(left, Select):
        return lambda raw: bool(compute(raw) & wanted)
    compare = _COMPARE[relation or "=="]
    return lambda raw: compare(compute(raw), wanted)


def members(kind: str, left: Expression, values: Values) -> Callable[[int], bool]:
    """Whether what `left` makes of a raw value is in the set."""
    compute = _computed(kind, left)
    return lambda raw: any(low <= compute(raw) <= high for low, high in values)


def constant(kind: str, expression: Expression) -> int:
    """The number that an expression of constants stands for; lists are joined by `or`."""
    match expression:
        case str():
            if kind in FLAGS:
                return interval(kind, expression)[0]
            if kind in ("ipv4", "ipv6") and expression.isdecimal():
                return number(expression, BITS[kind], "number")
            return value(kind, expression)
        case Listing(items):
            result = 0
            for item in items:
                result |= constant(kind, item)
            return result
        case Operation(operator, left, right):
            return apply(operator, constant(kind, left), _operand(kind, operator, right))
        case _:
            raise RefusedError("a number or flag is expected here", "")


def _operand(kind: str, operator: str, expression: Expression) -> int:
    return constant("mark" if operator in ("<<", ">>") else kind, expression)


def apply(operator: str, left: int, right: int) -> int:
    """The result of one bitwise operator."""
    match operator:
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<<":
            return left << min(right, 128)
        case _:
            return left >> right


def _computed(kind: str, expression: Expression) -> Callable[[int], int]:
    if isinstance(expression, Select):
        return lambda raw: raw
    if isinstance(expression, Operation):
        inner = _computed(kind, expression.left)
        operator = expression.operator
        operand = _operand(kind, operator, expression.right)
        return lambda raw: apply(operator, inner(raw), operand)
    raise RefusedError("an expression of the packet is expected here", "")

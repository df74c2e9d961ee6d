"""Tests of flags (tcp flags, ct state, ct status) in all their spellings, by trying every value.

nft(8), BITMASK TYPE; src/netlink_linearize.c, netlink_gen_flagcmp: without a relation a test of
flags asks whether any of them is set, with one the whole value is compared.
"""

from collections.abc import Callable
from typing import Final

from flowmodel.match import NEVER, Condition, Test
from flowmodel.values import Interval, Values, union
from parsers.nftables.grammar.tree import Expression, Listing, Operation, Ratio, Select, Span
from parsers.nftables.names import STATE_BITS
from parsers.nftables.selectors import Selector
from parsers.nftables.values import BITS, FLAGS, RefusedError, interval, number, span, value
from parsers.shared.digits import is_decimal

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
    # src/evaluate.c, expr_evaluate_relational, expr_evaluate_flagcmp.
    ends = _ends(kind, right)
    if (ends or isinstance(right, Ratio)) and relation not in ("", "==", "!="):
        raise RefusedError(f"`{relation}` cannot be asked of a range or a mask", relation)
    if relation == "!" and not isinstance(left, Select):
        raise RefusedError("`!` cannot be asked of bits that are picked with `&`", relation)
    compute = _computed(kind, left)
    if isinstance(right, Ratio):
        equal = relation != "!="
        wanted = constant(kind, right.value)
        if isinstance(right.mask, str) and is_decimal(right.mask[:1]):
            # A number by itself is the length of a prefix (parser_bison.y, prefix_rhs_expr).
            mask = _prefix(kind, right.mask)
            return lambda raw: ((compute(raw) ^ wanted) & mask == 0) == equal
        mask = constant(kind, right.mask)
        return lambda raw: (compute(raw) & mask == wanted) == equal
    if ends:
        low, high = ends
        if low > high:
            raise RefusedError("the range ends before it begins", "")
        inside = relation != "!="
        return lambda raw: (low <= compute(raw) <= high) == inside
    wanted = constant(kind, right)
    if relation == "!":
        return lambda raw: not compute(raw) & wanted
    if relation == "" and isinstance(left, Select):
        return lambda raw: bool(compute(raw) & wanted)
    compare = _COMPARE[relation or "=="]
    return lambda raw: compare(compute(raw), wanted)


def _ends(kind: str, expression: Expression) -> Interval | None:
    """Both ends of a range, of which nft lists the bits: `0x1-0x1 | 0x2` is from 1 to 3."""
    match expression:
        case str():
            return span(kind, expression)
        case Span(first, last):
            return constant(kind, first), constant(kind, last)
        case Operation(operator, left, right):
            if before := _ends(kind, left):
                return before[0], apply(operator, before[1], _operand(kind, operator, right))
            if behind := _ends(kind, right):
                return apply(operator, constant(kind, left), behind[0]), behind[1]
    return None


def _prefix(kind: str, text: str) -> int:
    bits = BITS[kind]
    length = number(text, 32, "prefix length")
    if length > bits:
        raise RefusedError(f"`{text}` is no prefix length: 0 to {bits} is meant", text)
    return (1 << bits) - (1 << bits - length)


def members(kind: str, left: Expression, values: Values) -> Callable[[int], bool]:
    """Whether what `left` makes of a raw value is in the set."""
    compute = _computed(kind, left)
    return lambda raw: any(low <= compute(raw) <= high for low, high in values)


def constant(kind: str, expression: Expression) -> int:
    """The number that an expression of constants stands for; lists are joined by `or`."""
    match expression:
        case str():
            if kind in FLAGS:
                if span(kind, expression):
                    raise RefusedError("a range cannot stand here", expression)
                return interval(kind, expression)[0]
            if kind in ("ipv4", "ipv6") and is_decimal(expression):
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

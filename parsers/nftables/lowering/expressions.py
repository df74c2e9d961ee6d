"""What the matches of a rule mean: `left relation right` as conditions of the model."""

from collections.abc import Mapping, Sequence

from flowmodel.match import NEVER, All, Condition, Not, Unread
from flowmodel.record import NamedTuple
from flowmodel.values import Values, single, union
from parsers.nftables.grammar.tree import (
    Body,
    Concat,
    Expression,
    Listing,
    Matching,
    Named,
    Operation,
    Ratio,
    Select,
    Span,
)
from parsers.nftables.lowering import flags
from parsers.nftables.lowering.conditions import DEPENDENCIES, masked, presence, unread, within
from parsers.nftables.lowering.lookups import Among, Lookups
from parsers.nftables.selectors import Selector, hashed, selector
from parsers.nftables.sets import NamedSet, anonymous, intervals
from parsers.nftables.values import BITS, FLAGS, ForeignError, RefusedError, interval

_FAMILIES = {"ip": 4, "ip6": 6}


class Key(NamedTuple):
    """The left side of a test or map: the properties, and what nft tests before it looks."""

    selectors: tuple[Selector, ...]
    depends: tuple[Condition, ...]
    expressions: tuple[Expression, ...]


class Expressions:
    """Reads the matches of one table's rules; equal sets are one object for all rules."""

    def __init__(self, family: str, sets: Mapping[str, NamedSet], written: frozenset[str]) -> None:
        """`written` are the keys that some rule changes: what is unread of them may change too."""
        self.family = family
        self.sets = sets
        self.lookups = Lookups(sets)
        self._written = written

    def key(self, expression: Expression) -> Key:
        """The properties that an expression asks for."""
        parts = expression.parts if isinstance(expression, Concat) else (expression,)
        selectors = tuple(self._selector(part) for part in parts)
        if len(parts) > 1:
            selectors = tuple(
                one._replace(key=_words(part), kind="text", field="")
                if isinstance(part, Operation)
                else one
                for one, part in zip(selectors, parts, strict=True)
            )
        depends: list[Condition] = []
        for each in selectors:
            for condition in self.depends(each):
                if condition not in depends:
                    depends.append(condition)
        return Key(selectors, tuple(depends), parts)

    def _selector(self, expression: Expression) -> Selector:
        while isinstance(expression, Operation):
            expression = expression.left
        if not isinstance(expression, Select):
            raise RefusedError("a property of the packet is expected here", _words(expression))
        found = selector(str(expression.key), self.family)
        read = (found.key, *hashed(found.key))
        return found._replace(is_volatile=True) if self._written.intersection(read) else found

    def depends(self, found: Selector) -> list[Condition]:
        """The conditions that nft adds by itself in front of a test of the property."""
        conditions: list[Condition] = []
        for each in found.depends:
            if each in _FAMILIES and self.family in _FAMILIES:
                if each == self.family:
                    continue
                is_alone = len(found.depends) == 1 or found.depends[0] == "entry"
                if is_alone or found.key.startswith("jhash "):
                    raise RefusedError(
                        f"`{found.key}` is never there in a table of family {self.family}",
                        found.key,
                    )
            conditions.append(DEPENDENCIES[each])
        return conditions

    def needed(self, key: Key) -> tuple[Condition, ...]:
        """What must be there for the key to have any value: without it the rule ends."""
        texts = dict.fromkeys(one.presence for one in key.selectors if one.presence)
        return tuple(Unread(text) for text in texts)

    def matching(self, statement: Matching) -> tuple[Condition, ...]:
        """The conditions of one match, dependencies first."""
        key = self.key(statement.left)
        if NEVER in key.depends:
            return key.depends
        text = str(statement.text)
        try:
            condition = self._condition(key, statement, text)
        except ForeignError as error:
            condition = Unread(f"{text} ({error} has no fixed number)")
        needed = self.needed(key) if isinstance(condition, Not) else ()
        return (*key.depends, *needed, *_flat(condition))

    def _condition(self, key: Key, statement: Matching, text: str) -> Condition:
        left, relation, right = statement.left, statement.relation, statement.right
        is_flags = len(key.selectors) == 1 and key.selectors[0].kind in FLAGS
        if isinstance(right, Body) and relation in ("", "!") and is_flags:
            # nft makes a set of one element the element itself, and that a test of bits
            # (src/evaluate.c, expr_evaluate_set; seen with nft 1.0.6).
            right = _only_element(str(right.text)) or right
        if isinstance(right, Body | Named):
            if relation not in ("", "==", "!="):
                raise RefusedError(f"`{relation}` cannot be asked of a set", relation)
            found = self.lookups.contains(key.selectors, right, text, self.among(key))
            return Not(found) if relation == "!=" else found
        if relation == "!" and not _has_bits(key):
            # src/evaluate.c, expr_evaluate_relational: OP_NEG.
            raise RefusedError("`!` can only be asked of flags; `!=` is for other values", relation)
        if len(key.selectors) > 1:
            if relation not in ("", "==", "!="):
                raise RefusedError(f"`{relation}` cannot be asked of several values", relation)
            if not isinstance(right, Concat):
                raise RefusedError("the value has fewer parts than the key", _words(right))
            found = self.lookups.row(key.selectors, [_words(part) for part in right.parts], text)
            return Not(found) if relation == "!=" else found
        one = key.selectors[0]
        if _is_moved(left, relation, one.kind):
            return self._unread(one, text)
        if one.kind in FLAGS:
            predicate = flags.predicate(one.kind, left, relation, right)
            condition = flags.tested(one, predicate)
            return self._unread(one, text) if condition is None else condition
        if isinstance(left, Operation):
            return self._computed(one, left, relation, right, text)
        return self._compared(one, relation, right, text)

    def among(self, key: Key) -> Among:
        """How to tell that the key is one of some elements."""
        left = key.expressions[0]
        if len(key.expressions) > 1 or not isinstance(left, Operation):
            return self.lookups.keys
        one = key.selectors[0]

        def computed(_: object, keys: Sequence[str], text: str) -> Condition:
            if not keys:
                return NEVER
            if not one.field or one.kind not in BITS or "*" in keys:
                return unread(one, text)
            try:
                values = union(intervals(one.kind, keys))
            except ForeignError:
                return unread(one, text)
            if one.kind in FLAGS:
                found = flags.tested(one, flags.members(one.kind, left, values))
            else:
                found = _under_mask(one, left, values, text)
            return unread(one, text) if found is None else found

        return computed

    def _compared(self, one: Selector, relation: str, right: Expression, text: str) -> Condition:
        negated = relation == "!="
        plain = text.replace(" != ", " ", 1) if negated else text.replace(" == ", " ", 1)
        if one.kind == "ifname":
            if relation not in ("", "==", "!="):
                raise RefusedError(f"`{relation}` cannot be asked of an interface", relation)
            found = self.lookups.keys((one,), [_words(right)], plain)
        elif not one.field:
            if relation in ("", "==", "!="):
                found = presence(one, _words(right)) or self._unread(one, plain)
                return Not(found) if negated else found
            return self._unread(one, text)
        elif isinstance(right, Ratio) and one.kind not in ("ipv4", "ipv6"):
            mask = number(one.kind, right.mask)
            found = masked_test(one, mask, single(number(one.kind, right.value)), plain)
        elif relation in ("<", ">", "<=", ">=") and "/" in _words(right):
            # So nft lists `ip saddr & 255.0.0.0 < 10.0.0.0`, which it cannot read itself.
            first, last = interval(one.kind, _words(right))
            mask = first ^ last ^ ((1 << one.bits) - 1)
            limit = number(one.kind, _words(right).partition("/")[0])
            return masked_test(one, mask, ordered(one.bits, relation, limit), text)
        elif relation in ("<", ">", "<=", ">="):
            return within(one, ordered(one.bits, relation, number(one.kind, right)), text)
        else:
            found = within(one, self._values(one.kind, right), plain)
        return Not(found) if negated else found

    def _values(self, kind: str, right: Expression) -> Values:
        items = right.items if isinstance(right, Listing) else (right,)
        if len(items) > 1:
            raise RefusedError("a list of values needs braces here", _words(right))
        return union(interval(kind, _words(item)) for item in items)

    def _computed(
        self, one: Selector, left: Operation, relation: str, right: Expression, text: str
    ) -> Condition:
        if not one.field or one.field.startswith("th_") or one.field == "nexthdr":
            return self._unread(one, text)
        if one.kind not in BITS:
            # A name as a number: nft 1.0.6 loads `iifname & 1 == 5`, whatever it means.
            return self._unread(one, text)
        if relation in ("<", ">", "<=", ">="):
            values = ordered(one.bits, relation, number(one.kind, right))
        elif isinstance(right, Span):
            values = ((number(one.kind, right.first), number(one.kind, right.last)),)
        elif isinstance(right, str) and ("-" in right or "/" in right):
            values = (interval(one.kind, right),)
        else:
            values = single(number(one.kind, right))
        found = _under_mask(one, left, values, text)
        if found is None:
            return self._unread(one, text)
        return Not(found) if relation == "!=" else found

    def _unread(self, one: Selector, text: str) -> Condition:
        return unread(one, text)


def _has_bits(key: Key) -> bool:
    """Whether nft knows the property as bits, each of which it may ask for."""
    one = key.selectors[0]
    return len(key.selectors) == 1 and (one.kind in FLAGS or one.key in ("ct label", "ct event"))


def _is_moved(left: Expression, relation: str, kind: str) -> bool:
    """Whether nft first takes bits to the right side, where they do not say the same.

    src/evaluate.c, binop_transfer: it asks neither for the relation, nor how wide a number gets
    that it shifts (of eight bits, sixteen: nft 1.0.6, --debug=netlink).
    """
    moved: set[str] = set()
    while isinstance(left, Operation):
        moved.add(left.operator)
        left = left.left
    is_shifted = bool(moved & {"<<", ">>"})
    is_bare = relation == "" and kind in FLAGS
    return ((is_shifted or "^" in moved) and (is_bare or relation in ("<", ">", "<=", ">="))) or (
        is_shifted and BITS.get(kind, 8) <= 8
    )


def _only_element(body: str) -> str:
    """The one element of a set; nothing where there are more."""
    listed = anonymous(body, is_map=False)
    return listed[0].key if len(listed) == 1 and not listed[0].is_passing else ""


def number(kind: str, expression: Expression) -> int:
    """The number that an expression of constants stands for."""
    if isinstance(expression, Span | Ratio | Concat | Body | Named):
        raise RefusedError("one number is expected here", _words(expression))
    return flags.constant(kind, expression)


def ordered(bits: int, relation: str, limit: int) -> Values:
    """All numbers of so many bits that are less than the limit, or whatever the relation says."""
    top = (1 << bits) - 1
    first, last = {
        "<": (0, limit - 1),
        "<=": (0, limit),
        ">": (limit + 1, top),
        ">=": (limit, top),
    }[relation]
    return ((first, last),) if first <= last else ()


def masked_test(one: Selector, mask: int, values: Values, text: str) -> Condition:
    """The property's bits under the mask are a number in the set."""
    if one.field in ("", "state", "nfproto", "ethertype", "nexthdr") or one.field[:3] == "th_":
        return unread(one, text)
    if not values:
        return NEVER
    return masked(one.field, one.bits, mask, values)  # type: ignore[arg-type]


def _under_mask(one: Selector, left: Operation, values: Values, text: str) -> Condition | None:
    """That `(property & mask ^ flip) >> shift` is in the set; None for any other form."""
    form = linear(one.kind, one.bits, left)
    if form is None:
        return None
    keep, flip, shift = form
    top = (1 << one.bits) - 1
    shifted = [(first << shift, (last << shift) + (1 << shift) - 1) for first, last in values]
    low = (1 << shift) - 1
    keep, flip = keep & ~low & top, flip & ~low & top
    if not flip:
        return masked_test(one, keep, tuple((a, min(b, top)) for a, b in shifted if a <= top), text)
    if len(values) == 1 and values[0][0] == values[0][1]:
        wanted = shifted[0][0] ^ flip
        return NEVER if wanted & ~keep else masked_test(one, keep, single(wanted), text)
    return None


def linear(kind: str, bits: int, expression: Expression) -> tuple[int, int, int] | None:
    """Mask, flip and right shift of an expression of one property; None for any other form."""
    if isinstance(expression, Select):
        return (1 << bits) - 1, 0, 0
    if not isinstance(expression, Operation):
        return None
    inner = linear(kind, bits, expression.left)
    if inner is None:
        return None
    keep, flip, shift = inner
    operator = expression.operator
    if operator == ">>":
        shift += number("mark", expression.right)
        return (keep, flip, shift) if shift < bits else None
    if operator == "<<" or shift:
        return None
    operand = number(kind, expression.right)
    match operator:
        case "&":
            return keep & operand, flip & operand, 0
        case "|":
            return keep & ~operand, flip & ~operand | operand, 0
        case _:
            return keep, flip ^ operand, 0


def _flat(condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, All) else (condition,)


def _words(expression: Expression | None) -> str:
    """The expression as words, for values that are one word and for messages."""
    match expression:
        case str():
            return expression
        case Span(first, last):
            return f"{_words(first)}-{_words(last)}"
        case Ratio(value, mask):
            return f"{_words(value)}/{_words(mask)}"
        case Listing(items):
            return ", ".join(_words(item) for item in items)
        case Concat(parts):
            return " . ".join(_words(part) for part in parts)
        case Select(key):
            return str(key)
        case Operation(operator, left, right):
            return f"{_words(left)} {operator} {_words(right)}"
        case Body(text):
            return f"{{{text}}}"
        case Named(name):
            return f"@{name}"
        case _:
            return ""

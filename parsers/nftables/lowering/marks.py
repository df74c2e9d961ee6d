"""What `… set …` does: marks are modelled, what no rule of the model can see is silent."""

from collections.abc import Callable
from typing import Final

from flowmodel import fields
from flowmodel.match import Condition, Masked, Unread, Volatile
from flowmodel.record import replace
from flowmodel.verdict import CopyMark, Effect, SetMark, UnknownMark
from parsers.nftables.grammar.tree import (
    Assignment,
    Concat,
    Expression,
    Listing,
    Mapped,
    Operation,
    Select,
)
from parsers.nftables.lowering.conditions import HAS_ENTRY, ONLY
from parsers.nftables.lowering.expressions import Expressions, Key, linear, number
from parsers.nftables.lowering.fates import is_value, of_set
from parsers.nftables.lowering.pieces import CHANGED, OUTSIDE, Branch, Piece, undecided
from parsers.nftables.selectors import Selector
from parsers.nftables.values import RefusedError

Branches = Callable[..., tuple[Branch, ...]]

_ALL: Final = 0xFFFFFFFF
_OPTION: Final = "tcp option"
_MARKS: Final = {"meta mark": "mark", "ct mark": "ct_mark"}


def assigned(
    expressions: Expressions, branches: Branches, statement: Assignment, *, keeps: bool = False
) -> Piece:
    """What an assignment does; with `keeps`, a mark under a mask leaves the other bits alone."""
    target = expressions.key(statement.target).selectors[0]
    text = str(statement.text)
    # nft_ct.c, nft_ct_set_eval: a packet without an entry goes on as it is.
    depends = tuple(expressions.depends(target)) if target.depends[:1] != ("entry",) else ()
    if target.key.startswith(_OPTION):
        # nft_exthdr.c, nft_exthdr_tcp_set_eval: TCP only (since 5.15), with the option or not, but
        # not with a malformed one, which listeners ignore (tcp_parse_options, tcp_input.c).
        depends = (ONLY["tcp"],)
    elif target.presence and not target.key.startswith(("meta ", "ct ")):
        depends = (*depends, Unread(target.presence))
    mark = _MARKS.get(target.key)
    if mark is None:
        return _other(target, depends, expressions, branches, statement)
    value = statement.value
    if isinstance(value, Mapped):
        key = expressions.key(value.key)
        found = branches(
            key, value.table, text, lambda data: (None, (_constant(mark, data, text),))
        )
        return Piece(key.depends, branches=found, key_fields=_fields(key))
    effects = _effects(mark, expressions, value, text)
    if keeps:
        effects = tuple(map(_kept, effects))
    return Piece((*depends, *read_first(expressions, value)), effects)


def _kept(effect: Effect) -> Effect:
    """As libxt_CONNMARK.c means a copy under a mask: it lists one mask of two that are equal."""
    if isinstance(effect, CopyMark):
        return replace(effect, target_mask=effect.source_mask)
    return effect


def read_first(expressions: Expressions, value: Expression) -> tuple[Condition, ...]:
    """What holds for packets of which the value can be read: for all others the rule ends."""
    found: list[Condition] = []
    for each in _selects(value):
        key = expressions.key(each)
        found += [*key.depends, *expressions.needed(key)]
    return tuple(found)


def _fields(key: Key) -> frozenset[str]:
    return frozenset(one.field for one in key.selectors) & {"mark", "ct_mark", "state"}


def _constant(mark: str, data: str | None, text: str) -> Effect:
    if data is None:
        return UnknownMark(mark, text)
    try:
        return SetMark(mark, 0, number("mark", data))
    except RefusedError:
        return UnknownMark(mark, text)


def _effects(
    mark: str, expressions: Expressions, value: Expression, text: str
) -> tuple[Effect, ...]:
    read = _selects(value)
    if not read:
        return (SetMark(mark, 0, number("mark", value) & _ALL),)
    unknown = (UnknownMark(mark, text),)
    source = expressions.key(read[0]).selectors[0].key
    if len(read) > 1 or source not in _MARKS:
        return unknown
    form = linear("mark", 32, value)
    if form is None or form[2]:
        return unknown
    keep, flip, _ = form
    if _MARKS[source] == mark:
        return (SetMark(mark, keep & _ALL, flip & _ALL),)
    copy = CopyMark(_MARKS[source], mark, keep & _ALL, _ALL)
    return (copy, SetMark(mark, _ALL, flip & _ALL)) if flip else (copy,)


def _selects(value: Expression) -> list[Select]:
    if isinstance(value, Select):
        return [value]
    if isinstance(value, Operation):
        return [*_selects(value.left), *_selects(value.right)]
    if isinstance(value, Concat):
        return [each for part in value.parts for each in _selects(part)]
    return []


def _other(
    target: Selector,
    depends: tuple[Condition, ...],
    expressions: Expressions,
    branches: Branches,
    statement: Assignment,
) -> Piece:
    text = str(statement.text)
    value = statement.value
    if isinstance(value, Mapped):
        key = expressions.key(value.key)
        depends = (*depends, *key.depends)
        held = branches(key, value.table, text, lambda _data: (None, ()))
    else:
        written = ",".join(map(str, value.items)) if isinstance(value, Listing) else value
        if isinstance(written, str) and not is_value(target.key, written):
            raise RefusedError(f"`{written}` is no value of `{target.key}`", written)
        depends = (*depends, *read_first(expressions, value))
        held = None
    if of_set(target.key, value if isinstance(value, str) else "") == "possible":
        # With a map, what has no element is left as it is: that, too, is among the outcomes.
        remark = f"`{target.key} set` {CHANGED}"
        return Piece(depends, branches=undecided(text, escapes=True), remark=remark)
    may_end = text if target.key.startswith(_OPTION) else ""
    if held is not None:
        return Piece(depends, branches=held, key_fields=_fields(key), may_end=may_end)
    if target.key == "ct expectation":
        # nft_ct.c, nft_ct_expect_obj_eval: for the first packet only, while there is room.
        is_first = Masked("ct_status", fields.CONFIRMED, 0)
        return Piece((*depends, HAS_ENTRY, is_first, Volatile(text)), remark=f"`{text}` {OUTSIDE}")
    return Piece(depends, may_end=may_end)

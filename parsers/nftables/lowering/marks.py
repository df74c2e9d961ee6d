"""What `… set …` does: marks are modelled, what no rule of the model can see is silent."""

import re
from collections.abc import Callable
from typing import Final

from flowmodel.match import Unread
from flowmodel.verdict import CopyMark, Effect, SetMark, UnknownMark
from parsers.nftables.grammar.tree import Assignment, Expression, Mapped, Operation, Select
from parsers.nftables.lowering.expressions import Expressions, Key, linear, number
from parsers.nftables.lowering.pieces import Branch, Piece, undecided
from parsers.nftables.selectors import Selector
from parsers.nftables.values import RefusedError

Branches = Callable[..., tuple[Branch, ...]]

_ALL: Final = 0xFFFFFFFF
_MARKS: Final = {"meta mark": "mark", "ct mark": "ct_mark"}
_ZONE: Final = re.compile(r"ct (original |reply )?zone")


def assigned(expressions: Expressions, branches: Branches, statement: Assignment) -> Piece:
    """What an assignment does."""
    target = expressions.key(statement.target).selectors[0]
    text = str(statement.text)
    depends = tuple(expressions.depends(target)) if target.depends[:1] != ("entry",) else ()
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
    read = _selects(value)
    for each in read:
        depends = (*depends, *expressions.depends(expressions.key(each).selectors[0]))
    return Piece(depends, _effects(mark, expressions, value, text))


def _fields(key: Key) -> frozenset[str]:
    return frozenset(one.field for one in key.selectors) & {"mark", "ct_mark", "state"}


def _constant(mark: str, data: str, text: str) -> Effect:
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
    return []


def _other(
    target: Selector,
    depends: tuple[object, ...],
    expressions: Expressions,
    branches: Branches,
    statement: Assignment,
) -> Piece:
    text = str(statement.text)
    match = depends
    if target.field and target.key not in ("ct mark", "meta mark"):
        # With a map, what has no element is left as it is: that, too, is among the outcomes.
        remark = f"`{target.key} set` rewrites what rules ask for, which is outside the model"
        return Piece(match, branches=undecided(text), remark=remark, is_lost=True)  # type: ignore[arg-type]
    if isinstance(statement.value, Mapped):
        key = expressions.key(statement.value.key)
        found = branches(key, statement.value.table, text, lambda _data: (None, ()))
        return Piece(key.depends, branches=found, key_fields=_fields(key))
    if target.key.startswith(("tcp option", "ip option", "exthdr", "dccp option", "sctp chunk")):
        # net/netfilter/nft_exthdr.c: without the option the rule ends here.
        return Piece((*match, Unread(f"{target.key} is there")))  # type: ignore[arg-type]
    if _ZONE.fullmatch(target.key):
        return Piece(
            match,  # type: ignore[arg-type]
            remark="connections are looked up in a zone of their own, which is outside the model",
        )
    return Piece(match)  # type: ignore[arg-type]

"""Whether a rule's conditions hold for one packet, and the ways to go on where that is open."""

from collections.abc import Iterator

from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
    name_holds,
)
from flowmodel.values import contains
from linter.engine.packet.state import Known, State

Branch = tuple[State, bool | None]


def assume(match: Match, state: State) -> tuple[Branch, Branch]:
    """The two ways to go on at a match that is open, with its answer where that is now known.

    Answers to one unread text agree with each other, and so do those about one interface.
    """
    for text in _texts(match, state):
        yes, no = (
            state._replace(assumed=(*state.assumed, (text, answer))) for answer in (True, False)
        )
        return (yes, None), (no, None)
    for condition in _names(match):
        known = state.names[condition.field]
        if isinstance(known, frozenset):
            named = frozenset(name for name in known if name_holds(condition, name))
            if named and named != known:
                reason = (f"{_interface(condition.field)} is not known ", True)
                assumed = (*state.assumed, reason)
                yes, no = (
                    state._replace(names={**state.names, condition.field: part}, assumed=assumed)
                    for part in (named, known - named)
                )
                return (yes, None), (no, None)
    reason_text = "; ".join(sorted(set(_open(match, state))))
    is_exact = all(isinstance(condition, Volatile) for condition in _unknown(match, state))
    yes, no = (
        state._replace(
            assumed=(*state.assumed, (f"{reason_text} ", answer)),
            is_exact=state.is_exact and is_exact,
        )
        for answer in (True, False)
    )
    return (yes, True), (no, False)


def _texts(match: Match, state: State) -> Iterator[str]:
    """The texts of the pure unread conditions that are open, but for those in what is decided."""
    for condition in match:
        match condition:
            case Unread(text):
                if text not in dict(state.assumed):
                    yield text
            case Not(inner):
                yield from _texts((inner,), state)
            case All(inner_all) | Any(inner_all):
                if _holds(condition, state) is None:
                    yield from _texts(inner_all, state)
            case _:
                pass


def _names(match: Match) -> Iterator[Name]:
    """The conditions about interfaces."""
    for condition in match:
        match condition:
            case Name():
                yield condition
            case Not(inner):
                yield from _names((inner,))
            case All(inner_all) | Any(inner_all):
                yield from _names(inner_all)
            case _:
                pass


_WORDS = {"rp_filter": "the interface that leads back to the sender"}


_PORTS = {
    "phys_in": "the port of the bridge by which it came",
    "phys_out": "the port of the bridge by which it leaves",
}


def _interface(field: str) -> str:
    return _PORTS.get(field, f"the {field} interface")


def _open(match: Match, state: State) -> Iterator[str]:
    """What leaves the conditions open, in words."""
    for condition in _unknown(match, state):
        match condition:
            case Volatile(text):
                yield text
            case Test(field, _) | Masked(field, _, _):
                yield f"{_WORDS.get(field, field.replace('_', ' '))} is not known"
            case Name(field, _, _):
                yield f"{_interface(field)} is not known"
            case Relation(relation_fields, _):
                yield f"{' and '.join(relation_fields)} are not known"
            case _:
                pass


def _unknown(match: Match, state: State) -> Iterator[Condition]:
    """The conditions without parts that have no answer."""
    for condition in match:
        match condition:
            case Not(inner):
                yield from _unknown((inner,), state)
            case All(several) | Any(several):
                yield from _unknown(several, state)
            case _:
                if _holds(condition, state) is None:
                    yield condition


def holds_all(match: Match, state: State) -> bool | None:
    """Whether all of a rule's conditions hold; None where the packet leaves that open."""
    answer: bool | None = True
    for condition in match:
        if isinstance(condition, Test):
            # As in _holds; most conditions are of this kind, and the call would cost as much.
            value = state.numbers[condition.field]
            holds = None if value is None else contains(condition.values, value)
        else:
            holds = _holds(condition, state)
        if holds is False:
            return False
        if holds is None:
            answer = None
    return answer


def _holds(condition: Condition, state: State) -> bool | None:
    match condition:
        case Test(field, values):
            value = state.numbers[field]
            return None if value is None else contains(values, value)
        case IsFamily(family):
            return state.family == family
        case Masked(field, mask, wanted):
            value = state.numbers[field]
            return None if value is None else value & mask == wanted
        case Name(field):
            return _name_holds(condition, state.names[field])
        case Not(inner):
            holds = _holds(inner, state)
            return None if holds is None else not holds
        case All(conditions):
            return holds_all(conditions, state)
        case Any(conditions):
            return _holds_any(conditions, state)
        case Relation(relation_fields, rows):
            found = [state.numbers[field] for field in relation_fields]
            return _in_rows(rows, found)
        case Unread(text):
            return dict(state.assumed).get(text)
        case Volatile():
            return None


def _name_holds(condition: Name, known: Known) -> bool | None:
    if known is None:
        return None
    if isinstance(known, str):
        return name_holds(condition, known)
    answers = {name_holds(condition, name) for name in known}
    return answers.pop() if len(answers) == 1 else None


def _holds_any(conditions: tuple[Condition, ...], state: State) -> bool | None:
    answer: bool | None = False
    for condition in conditions:
        holds = _holds(condition, state)
        if holds is True:
            return True
        if holds is None:
            answer = None
    return answer


def _in_rows(
    rows: tuple[tuple[tuple[int, int], ...], ...], values: list[int | None]
) -> bool | None:
    answer: bool | None = False
    for row in rows:
        pairs = list(zip(row, values, strict=True))
        if all(value is None or first <= value <= last for (first, last), value in pairs):
            if None not in values:
                return True
            answer = None
    return answer

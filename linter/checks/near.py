"""Near misses: the rule that would have let a blocked packet pass, had it stood or said a bit else.

It is one packet that is looked at, the one that the finding shows, as it was where it was dropped.
"""

from bisect import bisect
from collections.abc import Sequence
from typing import Final, Literal

from flowmodel.finding import Related
from flowmodel.match import All, Any, Condition, IsFamily, Masked, Match, Name, Not, Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule, Table, base_chains
from flowmodel.values import Values
from flowmodel.verdict import Reject
from linter.checks.accepting import Accepting, named
from linter.checks.evidence import Decided, Evidence
from linter.checks.subject import Subject
from linter.engine.packet.holds import holds_all

_Kind = Literal["interface", "family", "port", "protocol", "source", "destination", "other"]
_Said = _Kind | Literal["holds", "open"]
"""What a condition says of the packet: of which kind it is, where it does not hold."""
_KINDS: Final[dict[str, _Kind]] = {
    "in": "interface",
    "out": "interface",
    "phys_in": "interface",
    "phys_out": "interface",
    "sport": "port",
    "dport": "port",
    "proto": "protocol",
    "src": "source",
    "dst": "destination",
}
_LABELS: Final[dict[_Kind, str]] = {
    "interface": "would accept it at another interface",
    "family": "would accept it in the other address family",
    "port": "would accept it with another port",
    "protocol": "would accept it with another protocol",
    "source": "would accept it from another address",
    "destination": "would accept it to another address",
}
_ORDER: Final = tuple(_LABELS)


class _Near(NamedTuple):
    """A rule that accepts the packet but for what it says of one kind, and how far that is off."""

    kind: _Kind
    distance: int
    rule: Rule


def near(subject: Subject, evidence: Evidence) -> tuple[Related, ...]:
    """The nearest rule, with what keeps it from letting the packet pass; none if there is none."""
    decided = evidence.decided
    if decided is None or decided.state.chain is None:
        return ()
    chain = decided.state.chain
    table = _table(decided, chain)
    if table is None:
        return ()
    accepting = subject.once(_accepting, table, chain)
    deciding = accepting.place(decided.state.rule)
    found: list[_Near] = []
    # Many rules share their conditions.
    known: dict[Condition, _Said] = {}
    for place, match, rule in accepting.near(decided.state.numbers):
        if place >= deciding:
            if holds_all(match, decided.state):
                return (Related(rule.span, _late(decided, chain), rule.title),)
            # Of the others behind it, two things would have to be others.
            continue
        if failing := _failing(match, decided, known):
            each = _near(match, failing, rule, decided)
            if each is not None:
                found.append(each)
    if not found:
        return ()
    best = min(found, key=lambda each: (_ORDER.index(each.kind), each.distance))
    return (Related(best.rule.span, _LABELS[best.kind], best.rule.title),)


def _accepting(_: Subject, table: Table, chain: Chain) -> Accepting:
    return Accepting(table, chain)


def _late(decided: Decided, chain: Chain) -> str:
    rule = decided.state.rule
    assert rule is not None, "the rule stands behind the one that decides"
    what = "rejected" if isinstance(rule.verdict, Reject) else "dropped"
    place = f"{rule.span.path}:{rule.line}"
    if chain.written:
        return f"accepted here, but {place} decides"
    return f"accepted here, but {what} at {place} before"


def _table(decided: Decided, chain: Chain) -> Table | None:
    every = base_chains(decided.rulesets, decided.state.family)
    return next((table for table, base in every if base is chain), None)


def _failing(
    match: Match, decided: Decided, known: dict[Condition, _Said]
) -> list[Condition] | None:
    """The conditions that do not hold; None where nobody knows, or they are of several kinds."""
    found: list[Condition] = []
    kind: _Said | None = None
    for each in match:
        said = known.get(each)
        if said is None:
            said = known[each] = _said(each, decided)
        if said == "holds":
            continue
        if said == "open" or (kind and kind != said):
            return None
        kind = said
        found.append(each)
    return found


def _said(condition: Condition, decided: Decided) -> _Said:
    holds = holds_all((condition,), decided.state)
    if holds is None:
        return "open"
    return "holds" if holds else _kind(condition)


def _kind(condition: Condition) -> _Kind:
    match condition:
        case Test(field) | Masked(field):
            return _KINDS.get(field, "other")
        case Name(side):
            return _KINDS[side]
        case IsFamily():
            return "family"
        case Not(inner):
            return _kind(inner)
        case All(several) | Any(several) if several:
            kinds = {_kind(each) for each in several}
            return kinds.pop() if len(kinds) == 1 else "other"
        case _:
            return "other"


def _near(match: Match, failing: Sequence[Condition], rule: Rule, decided: Decided) -> _Near | None:
    """The near miss; None where the rule has nothing else to do with the packet.

    What names another port has to name where the packet goes, and all else a port of it: else every
    rule for one service would be near to every packet of another one.
    """
    kind = _kind(failing[0])
    if kind == "other":
        return None
    holding = {name for each in match if each not in failing for name in named(each)}
    wanted = {"dst"} if kind == "port" else {"sport", "dport"}
    if not holding & wanted:
        return None
    return _Near(kind, sum(_distance(each, decided) for each in failing), rule)


def _distance(condition: Condition, decided: Decided) -> int:
    """How far the packet's value is from those that the condition names."""
    match condition:
        case Test(field, values):
            value = decided.state.numbers[field]
            return 0 if value is None else _off(values, value)
        case _:
            return 0


def _off(values: Values, value: int) -> int:
    at = bisect(values, (value, value))
    beside = values[max(0, at - 1) : at + 1]
    return min((max(first - value, value - last, 0) for first, last in beside), default=0)

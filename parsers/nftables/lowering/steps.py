"""Rules of one shape: each statement is understood once, and most rules are the same but for it."""

from collections.abc import Sequence
from typing import Final

from flowmodel.match import Condition, Match, Name
from flowmodel.record import NamedTuple
from flowmodel.verdict import Verdict
from parsers.nftables.grammar.shapes import Part
from parsers.nftables.grammar.tree import Counter, NoTracking, Opaque, filled
from parsers.nftables.lowering.lower import Outcome
from parsers.nftables.lowering.pieces import Piece
from parsers.nftables.lowering.quick import quick
from parsers.nftables.lowering.statements import Statements
from parsers.nftables.values import ForeignError, RefusedError

_CACHED: Final = 1 << 16
Literals = Sequence[str]
"""The literals of a rule in their order, as `shapes.LITERAL` finds them."""


class Step:
    """One statement of a shape, with what it has become for the literals so far."""

    def __init__(self, part: Part, statements: Statements) -> None:
        self._part = part
        self._statements = statements
        is_silent = isinstance(part.statement, Opaque) and part.statement.kind == "silent"
        self._slots = () if is_silent else part.slots
        self._slot = self._slots[0] if len(self._slots) == 1 else -1
        self._quick = quick(part.statement, statements.expressions) if self._slot >= 0 else None
        self._pieces: dict[tuple[str, ...], Piece] = {}
        self._conditions: dict[str, Condition] = {}
        self.counts = self._slot >= 0 and isinstance(part.statement, Counter)
        """Whether its one literal says how often the rule has matched."""
        self.is_fixed = not self._slots and not isinstance(part.statement, NoTracking)
        """Whether it is the same in every rule; what `notrack` does depends on the chain."""

    def piece(self, literals: Literals) -> Piece:
        """What the statement does with these literals; raises RefusedError or ForeignError."""
        key = tuple([literals[slot] for slot in self._slots])
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._piece(literals)
            if len(self._pieces) < _CACHED and not isinstance(self._part.statement, NoTracking):
                self._pieces[key] = piece
        return piece

    def condition(self, literals: Literals) -> Condition | None:
        """All that the statement says with these literals beyond what it says with any others.

        None where that is more than one condition, or where what it does is to be looked at.
        """
        if self._slot < 0:
            return None
        literal = literals[self._slot]
        condition = self._conditions.get(literal)
        if condition is None:
            condition = self._condition(literals)
            if condition is not None and len(self._conditions) < _CACHED:
                self._conditions[literal] = condition
        return condition

    def hits(self, literals: Literals) -> int:
        """How often the rule has matched, for a statement that counts."""
        return self.piece(literals).hits

    def _condition(self, literals: Literals) -> Condition | None:
        if self._quick:
            try:
                return self._quick.condition(literals[self._slot])
            except (RefusedError, ForeignError):
                # The long way says what is wrong, or reads a name.
                return None
        piece = self.piece(literals)
        is_name = len(piece.match) == 1 and isinstance(piece.match[0], Name)
        return piece.match[0] if is_name and piece == Piece(piece.match) else None

    def _piece(self, literals: Literals) -> Piece:
        if self._quick:
            condition = self.condition(literals)
            if condition is not None:
                return Piece((*self._quick.depends, condition))
        chosen = {slot: literals[slot] for slot in self._part.slots}
        return self._statements.piece(filled(self._part.statement, chosen))  # type: ignore[arg-type]


class Mould(NamedTuple):
    """What all rules of a shape have in common, with the steps that fill in the rest."""

    match: tuple[Condition | Step, ...]
    verdict: Verdict
    counter: Step | None

    def filled(self, literals: Literals) -> Match | None:
        """The conditions of one rule; None where the rule does not fit."""
        match: list[Condition] = []
        for part in self.match:
            condition = part.condition(literals) if isinstance(part, Step) else part
            if condition is None:
                return None
            match.append(condition)
        return tuple(match)

    def hits(self, literals: Literals) -> int:
        """How often the rule has matched; -1 where it does not say."""
        return self.counter.hits(literals) if self.counter else -1


def mould(
    steps: Sequence[Step],
    pieces: Sequence[Piece],
    outcomes: Sequence[Outcome],
    literals: Literals,
) -> Mould | None:
    """The mould of a shape, from one of its rules; None where rules differ in more than tests."""
    if len(outcomes) != 1 or any(map(_is_involved, pieces)):
        return None
    counter: Step | None = None
    differing: list[tuple[Condition | None, Step]] = []
    for step in steps:
        if step.counts:
            counter = step
        elif not step.is_fixed:
            differing.append((step.condition(literals), step))
    match: list[Condition | Step] = []
    for condition in outcomes[0].match:
        is_differing = bool(differing) and condition is differing[0][0]
        match.append(differing.pop(0)[1] if is_differing else condition)
    return None if differing else Mould(tuple(match), outcomes[0].verdict, counter)


def _is_involved(piece: Piece) -> bool:
    """Whether the piece has to do with more than what the rule tests and decides."""
    return bool(piece.branches is not None or piece.effects or piece.remark or piece.needs_ports)

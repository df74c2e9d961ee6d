"""How the pieces of a rule become rules of the model."""

from collections.abc import Callable, Iterable, Sequence

from flowmodel.match import (
    All,
    Any,
    Condition,
    Masked,
    Not,
    Relation,
    Test,
)
from flowmodel.record import NamedTuple
from flowmodel.values import intersection
from flowmodel.verdict import (
    CONTINUE,
    RETURN,
    Continue,
    CopyMark,
    Effect,
    Goto,
    Jump,
    NoTrack,
    Return,
    Unknown,
    Verdict,
)
from parsers.nftables.lowering.conditions import ASKED_V4, ASKED_V6, PROTOCOLS, V4, V6
from parsers.nftables.lowering.pieces import Branch, Piece
from parsers.nftables.values import RefusedError

_PROTOCOLS = frozenset(PROTOCOLS.values())


class Outcome(NamedTuple):
    """One rule of the model, without its place."""

    match: tuple[Condition, ...]
    effects: tuple[Effect, ...]
    verdict: Verdict


class Assembler:
    """Puts one rule's pieces together; `made` gets the chains that stand for a part of the rule.

    A match behind a change (`meta mark set 1 tcp dport 22 accept`) makes two rules. Where the
    change touches what is tested before, the second part becomes a chain, so that nothing is
    tested twice.
    """

    def __init__(self, new_name: Callable[[], str], written: frozenset[str]) -> None:
        self._new_name = new_name
        self._written = written
        self.made: dict[str, list[Outcome]] = {}

    def outcomes(self, pieces: Sequence[Piece]) -> list[Outcome]:
        """The rules that the pieces stand for, in order."""
        last = next((at for at, each in enumerate(pieces) if each.is_last), len(pieces))
        if any(not later.is_comment for later in pieces[last + 1 :]):
            # src/evaluate.c, rule_evaluate: statements behind a terminal one.
            raise RefusedError("a statement behind the verdict has no effect", "")
        return self._assemble(pieces, [], ())

    def _assemble(
        self, pieces: Sequence[Piece], match: list[Condition], effects: tuple[Effect, ...]
    ) -> list[Outcome]:
        match = list(match)
        for index, piece in enumerate(pieces):
            if effects and (piece.match or piece.branches is not None):
                return self._behind_change(pieces[index:], match, effects)
            for condition in piece.match:
                if condition in _PROTOCOLS or condition is V4 or condition is V6:
                    add(match, condition)
                else:
                    match.append(condition)
            if piece.branches is not None:
                return self._branches(piece, pieces[index + 1 :], match)
            effects += piece.effects
            if piece.verdict is not None and not isinstance(piece.verdict, Continue):
                if any(not later.is_comment for later in pieces[index + 1 :]):
                    raise RefusedError("a statement behind the verdict has no effect", "")
                return [Outcome(tuple(match), effects, piece.verdict)]
        return [Outcome(tuple(match), effects, CONTINUE)]

    def _behind_change(
        self, rest: Sequence[Piece], match: list[Condition], effects: tuple[Effect, ...]
    ) -> list[Outcome]:
        if not _mentioned(match) & _changed(effects):
            return [
                Outcome(tuple(match), effects, CONTINUE),
                *self._assemble(rest, match, ()),
            ]
        inner = [_inside(each) for each in self._assemble(rest, [], ())]
        return [Outcome(tuple(match), effects, Jump(self._chain(inner)))]

    def _chain(self, outcomes: list[Outcome]) -> str:
        name = self._new_name()
        self.made[name] = outcomes
        return name

    def _branches(
        self, piece: Piece, rest: Sequence[Piece], match: list[Condition]
    ) -> list[Outcome]:
        branches = piece.branches or ()
        moving = [b for b in branches if b.effects or isinstance(b.verdict, Jump)]
        if len(moving) > 1 and piece.key_fields & self._written:
            return self._settled(branches, rest, match)
        found: list[Outcome] = []
        for branch in branches:
            found += self._branch(branch, rest, match)
        # A chain that is jumped to comes back behind this rule, where no other key can match.
        return found or [Outcome((*match, Any(())), (), CONTINUE)]

    def _branch(
        self, branch: Branch, rest: Sequence[Piece], match: Sequence[Condition]
    ) -> list[Outcome]:
        both = list(match)
        for condition in branch.match:
            if _excluded(condition, both):
                # A translation is for both families, and the rule for one of them.
                return []
            add(both, condition)
        if branch.verdict is not None and not isinstance(branch.verdict, Continue):
            return [Outcome(tuple(both), branch.effects, branch.verdict)]
        return self._assemble(rest, both, branch.effects)

    def _settled(
        self, branches: Sequence[Branch], rest: Sequence[Piece], match: list[Condition]
    ) -> list[Outcome]:
        """The branches of a key that they, or the chains they jump to, may change.

        They stand in a chain of their own that is left with the first key that matches.
        """
        found: list[Outcome] = []
        inner: list[Outcome] = []
        for branch in branches:
            if isinstance(branch.verdict, Return | Goto):
                found += self._branch(branch, rest, match)
            else:
                inner += [_leaving(_inside(each)) for each in self._branch(branch, rest, [])]
        return [*found, Outcome(tuple(match), (), Jump(self._chain(inner)))]


def _inside(outcome: Outcome) -> Outcome:
    """The outcome in a chain that stands for a part of a rule, where leaving means less."""
    if isinstance(outcome.verdict, Return | Goto):
        return outcome._replace(verdict=Unknown("return or goto behind a changed mark"))
    return outcome


def _leaving(outcome: Outcome) -> Outcome:
    if isinstance(outcome.verdict, Jump):
        return outcome._replace(verdict=Goto(outcome.verdict.chain))
    return outcome._replace(verdict=RETURN) if outcome.verdict == CONTINUE else outcome


def add(match: list[Condition], condition: Condition) -> None:
    """Append the condition unless it is there; raises RefusedError for conflicting protocols."""
    if condition in match:
        return
    if condition is V4 or condition is V6:
        if _excluded(condition, match):
            names = ("ip6", "ip") if condition is V4 else ("ip", "ip6")
            raise RefusedError(f"conflicting protocols: {names[0]} and {names[1]}", names[1])
    elif condition in _PROTOCOLS and isinstance(condition, Test):
        for other in match:
            if isinstance(other, Test) and other.field == "proto":
                if other.values == condition.values:
                    return
                if not intersection(other.values, condition.values):
                    name = next(key for key, test in PROTOCOLS.items() if test is condition)
                    raise RefusedError(f"conflicting protocols: {name} and another one", name)
    match.append(condition)


def _excluded(condition: Condition, match: Sequence[Condition]) -> bool:
    """Whether the match asks for the other family than the condition does."""
    if condition is V4:
        return V6 in match or ASKED_V6 in match
    return condition is V6 and (V4 in match or ASKED_V4 in match)


def _changed(effects: Iterable[Effect]) -> frozenset[str]:
    found = set()
    for effect in effects:
        if isinstance(effect, NoTrack):
            found.add("state")
        else:
            found.add(effect.target if isinstance(effect, CopyMark) else effect.field)
    return frozenset(found)


def _mentioned(conditions: Iterable[Condition]) -> frozenset[str]:
    """The fields that conditions ask for."""
    found: set[str] = set()
    for condition in conditions:
        if isinstance(condition, Test | Masked):
            found.add(condition.field)
        elif isinstance(condition, Relation):
            found.update(condition.fields)
        elif isinstance(condition, Not):
            found |= _mentioned((condition.condition,))
        elif isinstance(condition, All | Any):
            found |= _mentioned(condition.conditions)
    return frozenset(found)

"""What the statements of a rule do, as pieces of rules of the model."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from flowmodel.fields import INVALID
from flowmodel.match import All, Any, Condition, Match, Not, Test, Unread, Volatile
from flowmodel.values import single
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    REJECT,
    RETURN,
    Goto,
    Jump,
    NoTrack,
    Unknown,
    Verdict,
)
from parsers.nftables.grammar.tree import (
    Assignment,
    Body,
    Comment,
    Counter,
    Decision,
    Mapped,
    Matching,
    Named,
    NoTracking,
    Opaque,
    Reference,
    Select,
    Slot,
    Statement,
    Translation,
    VerdictMap,
)
from parsers.nftables.lowering.conditions import has_ports, settled
from parsers.nftables.lowering.expressions import Expressions, Key
from parsers.nftables.lowering.lookups import check_disjoint, check_kinds, members
from parsers.nftables.lowering.marks import assigned
from parsers.nftables.lowering.nat import translated
from parsers.nftables.lowering.pieces import Branch, Piece, undecided
from parsers.nftables.lowering.targets import target
from parsers.nftables.selectors import NUMBER_FIELDS
from parsers.nftables.sets import Element, elements, intervals, quick_interval
from parsers.nftables.values import BITS, ForeignError, RefusedError, number

VERDICTS: Final[dict[str, Verdict]] = {
    "accept": ACCEPT,
    "drop": DROP,
    "continue": CONTINUE,
    "return": RETURN,
}
_INVALID: Final = Test("state", single(INVALID))
_CHANGED: Final = frozenset({"mark", "ct_mark", "state"})
_VERDICT: Final = re.compile(r"(accept|drop|continue|return)|(jump|goto)\s+([\w.\-/\\#]+)")
OUTSIDE: Final = "is outside the model: whether it matches counts as unknown"


# What a rule asks of these has nothing to do with what else it asks (protocols do: lower.add).
_ENDS: Final = frozenset({"src", "dst", "sport", "dport"})


class Quick(NamedTuple):
    """What a test says with any literal, and what it says with one; raises as `interval` does."""

    depends: Match
    condition: Callable[[str], Condition]


class Statements:
    """Reads the statements of one table's rules."""

    def __init__(self, expressions: Expressions, chains: Mapping[str, bool]) -> None:
        """`chains` are the table's, with True for base chains."""
        self.is_tracked = False
        """Whether connection tracking has seen the packets of the chain that is being read."""
        self._expressions = expressions
        self._lookups = expressions.lookups
        self._chains = chains

    def quick(self, statement: Statement) -> Quick | None:
        """A short way to what a statement tests, for those that most rules are made of.

        Only tests of addresses and ports with one literal have one; it says the same as `piece`.
        """
        if not isinstance(statement, Matching) or statement.relation not in ("", "=="):
            return None
        left, right = statement.left, statement.right
        if not isinstance(left, Select) or not isinstance(left.key, str):
            return None
        key = self._expressions.key(left)
        one = key.selectors[0]
        if one.field not in _ENDS or one.is_volatile:
            return None
        field, kind = NUMBER_FIELDS[one.field], one.kind
        if isinstance(right, Slot):
            return Quick(key.depends, lambda literal: Test(field, (quick_interval(kind, literal),)))
        if isinstance(right, Body):
            among, contains = self._expressions.lookups.keys, self._lookups.contains

            def held(literal: str) -> Condition:
                text = f"{one.key} {{{literal}}}"
                return contains(key.selectors, Body(literal), text, among)

            return Quick(key.depends, held)
        return None

    def piece(self, statement: Statement) -> Piece:
        """What a statement does; raises RefusedError where nft would."""
        match statement:
            case Matching():
                return self._matching(statement)
            case Decision(verdict, target):
                return Piece(verdict=self.verdict(f"{verdict} {target}".strip()))
            case Counter(packets):
                return Piece(hits=number(str(packets), 64, "count") if packets else -1)
            case VerdictMap():
                return self._verdict_map(statement)
            case Assignment():
                return _remarked(assigned(self._expressions, self.branches, statement), statement)
            case Translation():
                return _remarked(translated(self._expressions, self.branches, statement), statement)
            case NoTracking():
                return _untracked() if self.is_tracked else Piece(effects=(NoTrack(),))
            case Comment():
                return Piece(is_comment=True)
            case Reference():
                return self._reference(statement)
            case Opaque(kind, text):
                return self._opaque(kind, str(text))

    def _matching(self, statement: Matching) -> Piece:
        match = self._expressions.matching(statement)
        free = _free(match)
        remark = f"`{_head(str(statement.text))}` {OUTSIDE}" if free else ""
        if free and isinstance(statement.right, Named):
            found = self._lookups.named(str(statement.right.name), is_map=False)
            if found.is_dynamic or found.has_timeout or any(e.is_passing for e in found.elements):
                remark = f"the set `{found.name}` changes at run time: what is in it is possible"
        return Piece(match, remark=remark)

    def settled(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of a rule, where tests behind a test of the protocol may say more."""
        found: list[Piece] = []
        knows_ports = False
        for piece in pieces:
            if piece.needs_ports and not knows_ports:
                raise RefusedError("a port needs a test of the protocol in front of it", "")
            if knows_ports and piece.match and piece.remark:
                match = tuple(settled(condition) for condition in piece.match)
                found.append(
                    piece._replace(match=match, remark=piece.remark if _free(match) else "")
                )
            else:
                found.append(piece)
            knows_ports = knows_ports or any(has_ports(condition) for condition in piece.match)
        return found

    def verdict(self, text: str) -> Verdict:
        """The verdict that is written so; raises RefusedError for a chain that is not there."""
        found = _VERDICT.fullmatch(text)
        if not found:
            raise RefusedError(f"`{text}` is no verdict", text)
        if found[1]:
            return VERDICTS[found[1]]
        if self._chains.get(found[3]):
            raise RefusedError(f"`{found[3]}` is a base chain: nothing may jump there", found[3])
        if found[3] not in self._chains:
            raise RefusedError(f"the table has no chain `{found[3]}`", found[3])
        return Jump(found[3]) if found[2] == "jump" else Goto(found[3])

    def _verdict_map(self, statement: VerdictMap) -> Piece:
        key = self._expressions.key(statement.key)
        text = str(statement.text)
        branches = self.branches(key, statement.table, text, lambda data: (self.verdict(data), ()))
        if isinstance(statement.table, Named):
            found = self._lookups.named(str(statement.table.name), is_map=True)
            if found.data != "verdict":
                raise RefusedError(f"the map `{found.name}` holds no verdicts", f"@{found.name}")
            if found.is_dynamic:
                remark = f"the map `{found.name}` is changed by rules"
                only = Branch((Volatile(text),), Unknown(text))
                return Piece(key.depends, branches=(only,), remark=remark)
        remark = f"`{_head(text)}` {OUTSIDE}" if any(_free(b.match) for b in branches) else ""
        fields = frozenset(one.field for one in key.selectors) & _CHANGED
        return Piece(key.depends, branches=branches, key_fields=fields, remark=remark)

    def branches(
        self,
        key: Key,
        table: Body | Named,
        text: str,
        outcome: Callable[[str], tuple[Verdict | None, tuple[object, ...]]],
    ) -> tuple[Branch, ...]:
        """One branch for each different outcome of the map's elements, by `outcome(data)`."""
        found = None
        if isinstance(table, Named):
            found = self._lookups.named(str(table.name), is_map=True)
            check_kinds(key.selectors, found)
            listed = found.elements
        else:
            listed = elements(str(table.text), is_map=True)
            self._check_keys(key, listed)
        among = partial(self._expressions.among(key), key.selectors)
        groups: dict[str, list[Element]] = {}
        for element in listed:
            groups.setdefault(" ".join(element.data.split()), []).append(element)
        branches: list[Branch] = []
        named: list[Condition] = []
        for data, group in groups.items():
            verdict, effects = outcome(data)
            keys = [each for each in group if each.key != "*"]
            if keys:
                # Each outcome is a question of its own, should the key stay unread.
                asked = f"{text} gives {data}"
                if found is None:
                    held = among([each.key for each in keys], asked)
                else:
                    held = members(found, keys, asked, among)
                named.append(held)
                branches.append(Branch((held,), verdict, effects))  # type: ignore[arg-type]
        for data, group in groups.items():
            if any(each.key == "*" for each in group):
                verdict, effects = outcome(data)
                others = Not(Any(tuple(named)))
                branches.append(Branch((others,), verdict, effects))  # type: ignore[arg-type]
        return tuple(branches)

    def _check_keys(self, key: Key, listed: list[Element]) -> None:
        if len(key.selectors) != 1 or key.selectors[0].kind not in BITS:
            return
        keys = [each.key for each in listed if each.key != "*"]
        try:
            found = intervals(key.selectors[0].kind, keys)
        except ForeignError:
            return
        check_disjoint(keys, found)

    def _reference(self, statement: Reference) -> Piece:
        text = str(statement.text)
        match: tuple[Condition, ...] = ()
        if isinstance(statement.name, Mapped):
            key = self._expressions.key(statement.name.key)
            branches = self.branches(key, statement.name.table, text, lambda _data: (None, ()))
            held = Any(tuple(All(branch.match) for branch in branches))
            match = (*key.depends, held)
        if statement.kind == "counter":
            return Piece(match)
        if statement.kind == "synproxy":
            return Piece(match, branches=undecided(text), remark=f"`synproxy` {UNSURE}")
        return Piece((*match, Volatile(text)), remark=f"`{statement.kind} name` {OUTSIDE}")

    def _opaque(self, kind: str, text: str) -> Piece:
        head = _head(text)
        match kind:
            case "silent":
                return Piece()
            case "memory":
                remark = f"`{head}` {OUTSIDE}"
                if head.startswith("flow"):
                    remark = (
                        "connections in a flowtable skip the forward hook: "
                        "what rules there say later is not asked"
                    )
                elif head.startswith("tproxy"):
                    remark = "`tproxy` hands packets to a local socket, which is outside the model"
                return Piece((Volatile(text),), remark=remark)
            case "unsure" if head.startswith("reject"):
                return Piece(verdict=REJECT)
            case "unsure" if head.startswith("synproxy"):
                return Piece(branches=undecided(text), remark=f"`synproxy` {UNSURE}")
            case "unsure":
                return Piece(verdict=Unknown(text), remark=f"`{head}` {UNSURE}")
            case _:
                return self._foreign(text)

    def _foreign(self, text: str) -> Piece:
        """`xt match "x"`, which nft shows but cannot read back, and JSON of newer versions."""
        text = text.replace("\ue000 ", "")
        remark = f"`{text}` is not understood: what it does counts as unknown"
        if text.startswith("xt match"):
            return Piece((Volatile(text),), remark=remark, is_lost=True)
        if text.startswith("xt"):
            return target(text, self._expressions.family)._replace(remark=remark, is_lost=True)
        return Piece(branches=undecided(text), remark=remark, is_lost=True)


def _untracked() -> Piece:
    """`notrack` behind connection tracking, where it only changes packets without an entry.

    Source: net/netfilter/nft_ct.c, nft_notrack_eval.
    """
    changed = Branch((_INVALID,), None, (NoTrack(),))
    return Piece(branches=(changed, Branch((Not(_INVALID),), None)))


def _remarked(piece: Piece, statement: Assignment | Translation) -> Piece:
    """The piece of a map, with a remark where its key is outside the model."""
    if piece.remark or not any(_free(branch.match) for branch in piece.branches or ()):
        return piece
    return piece._replace(remark=f"the key of `{_head(str(statement.text))}` {OUTSIDE}")


UNSURE: Final = "is outside the model: the packet may be accepted, dropped or go on"


def _head(text: str) -> str:
    """The first words of a statement, which say what it is."""
    text = text.replace("\ue000 ", "").replace("\ue000", "")
    return " ".join(text.split()[:2]).rstrip("{").strip()


def _free(match: Iterable[Condition]) -> bool:
    """Whether a condition is, or contains, one that the model does not have."""
    for condition in match:
        if isinstance(condition, Unread | Volatile):
            return True
        if isinstance(condition, Not) and _free((condition.condition,)):
            return True
        if isinstance(condition, All | Any) and _free(condition.conditions):
            return True
    return False

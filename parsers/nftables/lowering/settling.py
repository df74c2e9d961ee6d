"""What the statements of one rule say of each other: a test in front may settle one behind."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.match import All, Any, Condition, IsFamily, Not, Volatile
from flowmodel.verdict import Continue
from parsers.nftables.grammar.tree import Matching, Select
from parsers.nftables.lowering.conditions import protocols_of, settled
from parsers.nftables.lowering.pieces import ENDS, Piece
from parsers.nftables.lowering.texts import free, head
from parsers.nftables.values import RefusedError


def together(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a rule, where tests behind a test of the protocol may say more.

    Raises RefusedError for a translation in front of which a protocol or family is missing.
    """
    found: list[Piece] = []
    knows_family = False
    asked: list[Condition] = []
    for piece in _ending(pieces):
        known = protocols_of(asked)
        if piece.needs_ports and "proto" not in known:
            raise RefusedError("a port needs a test of the protocol in front of it", "")
        if piece.needs_family and not knows_family:
            # src/evaluate.c, nat_evaluate_family.
            message = "an address needs `ip` or `ip6` in front of `to`, in a table of both families"
            raise RefusedError(message, "to")
        if known and piece.remark and free(piece.match):
            match = tuple(settled(condition, known) for condition in piece.match)
            found.append(piece._replace(match=match, remark=piece.remark if free(match) else ""))
        else:
            found.append(piece)
        asked += piece.match
        knows_family = knows_family or (piece.tells_family and _has_family(piece.match))
    return found


def _ending(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces; what may end the rule is a test, too, if something stands behind it that acts."""
    last = max((index for index, piece in enumerate(pieces) if _acts(piece)), default=-1)
    for index, piece in enumerate(pieces):
        if piece.may_end and index < last:
            goes_on = Volatile(f"`{piece.may_end}` lets the rule go on")
            remark = piece.remark or f"`{head(piece.may_end)}` {ENDS}"
            yield piece._replace(match=(*piece.match, goes_on), remark=remark)
        else:
            yield piece


def _acts(piece: Piece) -> bool:
    """Whether a statement does more than to test."""
    is_verdict = piece.verdict is not None and not isinstance(piece.verdict, Continue)
    return is_verdict or bool(piece.effects) or piece.branches is not None


def _has_family(match: Iterable[Condition]) -> bool:
    for each in match:
        if isinstance(each, IsFamily):
            return True
        if isinstance(each, Not) and _has_family((each.condition,)):
            return True
        if isinstance(each, All | Any) and _has_family(each.conditions):
            return True
    return False


def tells_family(statement: Matching) -> bool:
    """Whether nft takes the family of a packet from a test of it (src/meta.c, src/ct.c)."""
    key = str(statement.left.key) if isinstance(statement.left, Select) else ""
    is_named = key in ("meta nfproto", "ct l3proto", "ether type")
    return key != "meta protocol" and not (is_named and statement.relation == "!=")

"""What statements of nftables are called, and what is said of those outside the model."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.fields import INVALID
from flowmodel.match import All, Any, Condition, Not, Test, Unread, Volatile
from flowmodel.values import single
from flowmodel.verdict import NoTrack
from parsers.nftables.grammar.tree import Assignment, Translation
from parsers.nftables.lowering.fates import STATEMENTS
from parsers.nftables.lowering.pieces import CHANGED, OUTSIDE, Branch, Piece

_INVALID: Final = Test("state", single(INVALID))


def untracked() -> Piece:
    """`notrack` behind connection tracking, where it only changes packets without an entry.

    Source: net/netfilter/nft_ct.c, nft_notrack_eval.
    """
    changed = Branch((_INVALID,), None, (NoTrack(),))
    return Piece(branches=(changed, Branch((Not(_INVALID),), None)))


def remarked(piece: Piece, statement: Assignment | Translation) -> Piece:
    """The piece of a map, with a remark where its key is outside the model."""
    if piece.remark:
        return piece
    if any(free(branch.match) for branch in piece.branches or ()):
        return piece._replace(remark=f"the key of `{head(str(statement.text))}` {OUTSIDE}")
    if free(piece.match):
        return piece._replace(remark=f"what `{head(str(statement.text))}` needs {OUTSIDE}")
    return piece


def changed(text: str) -> str:
    """The remark about a statement that changes packets outside the model."""
    return f"`{head(text)}` {CHANGED}"


COPIED: Final = "a copy of the packet goes elsewhere: where it gets to is not part of the answer"
NAMED: Final = re.compile(r"(?:^(?:add|update|delete|set|flow)\b.*?)@ ?([\w.\-/]+)")
BODY: Final = re.compile(r"\{[^{}]*\}")
FAMILY: Final = re.compile(r"\w+ (ip6?)(?![\w-])")
REJECTED: Final = re.compile(
    r"reject with (?:(tcp reset)|(icmpx?|icmpv6)(?: type| code)? ?([\w-]+))"
)
REJECT_FAMILIES: Final = {"icmp": "ip", "icmpv6": "ip6"}
# nft(8), REJECT STATEMENT.
_PROHIBITED: Final = frozenset({"admin-prohibited", "port-unreachable"})
REJECTIONS: Final = {
    "icmp": _PROHIBITED
    | {"net-unreachable", "host-unreachable", "prot-unreachable", "net-prohibited"}
    | {"host-prohibited", "frag-needed"},
    "icmpv6": _PROHIBITED | {"no-route", "addr-unreachable", "policy-fail", "reject-route"},
    "icmpx": _PROHIBITED | {"no-route", "host-unreachable"},
}


def first_words(text: str) -> str:
    """The name of a statement: its first two words, or its first one."""
    words = text.split()
    pair = " ".join(words[:2])
    return pair if pair in STATEMENTS else words[0] if words else ""


def head(text: str) -> str:
    """The first words of a statement, which say what it is."""
    text = text.replace("\ue000 ", "").replace("\ue000", "")
    return " ".join(text.split()[:2]).rstrip("{").strip()


def free_texts(match: Iterable[Condition]) -> Iterator[str]:
    """The texts of the conditions that the model does not have."""
    for condition in match:
        if isinstance(condition, Unread | Volatile):
            yield condition.text
        elif isinstance(condition, Not):
            yield from free_texts((condition.condition,))
        elif isinstance(condition, All | Any):
            yield from free_texts(condition.conditions)


def free(match: Iterable[Condition]) -> bool:
    """Whether a condition is, or contains, one that the model does not have."""
    for condition in match:
        if isinstance(condition, Unread | Volatile):
            return True
        if isinstance(condition, Not) and free((condition.condition,)):
            return True
        if isinstance(condition, All | Any) and free(condition.conditions):
            return True
    return False

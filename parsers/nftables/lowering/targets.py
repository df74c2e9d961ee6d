"""Matches and targets of iptables that nft cannot show: what is known by their name alone."""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.match import Condition, Volatile
from flowmodel.values import anything, full
from flowmodel.verdict import (
    REJECT,
    TranslateDestination,
    TranslateSource,
    Unknown,
    UnknownMark,
    Verdict,
)
from parsers.nftables.lowering.conditions import V4, V6
from parsers.nftables.lowering.pieces import HIDDEN, Branch, Piece

# They log, or change what the model does not hold, whatever their options are, and the packet goes
# on to the next rule (each one's xt_*.c returns XT_CONTINUE).
_SILENT: Final = frozenset(
    ("LOG", "NFLOG", "TRACE", "CHECKSUM", "TCPMSS", "CLASSIFY", "DSCP", "TOS", "AUDIT")
)
_NAME: Final = re.compile(r'xt target "?([\w-]+)"?')


def hidden(text: str, family: str) -> Piece:
    """What iptables loaded, and nft only tells the name of."""
    remark = f"`{text}` {HIDDEN}"
    if text.startswith("xt match"):
        return Piece((Volatile(text),), remark=remark, is_lost=True)
    found = _NAME.fullmatch(text)
    if found and found[1] in _SILENT:
        return Piece()
    return _target(text, family)._replace(remark=remark, is_lost=True)


def _target(text: str, family: str) -> Piece:
    """What a target may do, by the name in `xt target "NAME"`; its options are not known."""
    found = _NAME.fullmatch(text)
    name = found[1] if found else ""
    if name == "REJECT":
        return Piece(verdict=REJECT)
    if name in ("MARK", "CONNMARK"):
        return Piece(effects=(UnknownMark("mark", text), UnknownMark("ct_mark", text)))
    if name in ("DNAT", "REDIRECT", "SNAT", "MASQUERADE", "NETMAP"):
        return Piece(branches=tuple(_translations(name, family, text)))
    return Piece(verdict=Unknown(text, escapes=True))


def _translations(name: str, family: str, text: str) -> Iterator[Branch]:
    both: dict[str, tuple[Condition, int]] = {"ip": (V4, 32), "ip6": (V6, 128)}
    for key, (condition, bits) in both.items():
        if family in both and family != key:
            continue
        about = () if family in both else (condition,)
        if name == "NETMAP":
            # It rewrites either end, by the chain that it is called from.
            yield Branch((*about, Volatile(text)), _translation("DNAT", bits))
        yield Branch(about, _translation(name, bits))


def _translation(name: str, bits: int) -> Verdict:
    if name == "DNAT":
        return TranslateDestination(anything(bits), anything(16))
    if name == "REDIRECT":
        return TranslateDestination(full(bits), anything(16), local=True)
    return TranslateSource(full(bits), full(16), masquerade=True)

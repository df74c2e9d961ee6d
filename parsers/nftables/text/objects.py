"""What the blocks of stateful objects and flowtables may say: they decide nothing by themselves."""

import re
from typing import Final

from parsers.nftables.helpers import strange_helper
from parsers.nftables.text.cursor import Cursor, Piece
from parsers.nftables.values import RefusedError

_TIME: Final = r"(?:[0-9]+(?:ms|[wdhms]))+|[0-9]+"
_BYTES: Final = r"[0-9]+\s*[kmg]?bytes"
_PHASE: Final = rf"[a-z_0-9]+\s*:\s*(?:{_TIME})"
# nft prints the phases that have not the usual time, which may be none.
_POLICY: Final = rf"policy\s*=\s*\{{\s*(?:{_PHASE}(?:\s*,\s*{_PHASE})*\s*,?\s*)?\}}"
_PROXY: Final = r"(?:(?:mss|wscale)\s+[0-9]+|timestamp|sack-perm)"
_NETWORK: Final = r"l3proto\s+(?:ip6?|inet)"
_PROTOCOL: Final = r"protocol\s+(?:tcp|udp)"
_DEVICES: Final = r"devices?\s*=?\s*(?:\{[^}]*\}|\S+)"
# nft(8), STATEFUL OBJECTS, CT HELPER … and FLOWTABLES; src/parser_bison.y, counter_block ….
_SAYS: Final = {
    "counter": r"packets\s+[0-9]+\s+bytes\s+[0-9]+",
    "quota": rf"(?:over\s+|until\s+)?{_BYTES}(?:\s+used\s+{_BYTES})?",
    "limit": r"rate\s+.+",
    "secmark": r'"[^"]*"|\S+',
    "synproxy": rf"{_PROXY}(?:\s+{_PROXY})*",
    "ct helper": rf'type\s+(?:"[^"\s]+"|[^\s"]+)\s+{_PROTOCOL}|{_NETWORK}',
    "ct timeout": rf"{_PROTOCOL}|{_NETWORK}|{_POLICY}",
    "ct expectation": rf"{_PROTOCOL}|{_NETWORK}|dport\s+\S+|timeout\s+(?:{_TIME})|size\s+[0-9]+",
    "flowtable": rf"hook\s+\w+\s+priority\s+[\w+\s-]+|{_DEVICES}|flags\s+offload|counter",
}
_COMMENT: Final = r'comment\s+(?:"[^"]*"|[^\s"]+)'
_NEEDED: Final = {"ct helper": "type", "ct expectation": "dport"}
_IN_A_LINE: Final = frozenset(("counter", "quota", "limit", "secmark", "synproxy"))


def is_in_a_line(kind: str, words: str) -> bool:
    """Whether `add` takes the words behind an object's name (parser_bison.y, add_cmd)."""
    return kind in _IN_A_LINE and re.fullmatch(_SAYS[kind], words) is not None


def check_comments(body: list[Piece], cursor: Cursor) -> None:
    """Raises InputError for a second comment in one block (parser_bison.y, already_set)."""
    for statement in [each for each in body if re.fullmatch(_COMMENT, each.text)][1:]:
        cursor.refuse(RefusedError("a block has one comment", statement.text), statement)


def check_object(kind: str, rest: str, body: list[Piece], cursor: Cursor) -> str:
    """What is strange in an object, or nothing; raises RefusedError for what nft does not take."""
    if rest:
        raise RefusedError(f"`{rest}` is not expected here", rest)
    known = _SAYS.get(kind)
    for statement in body if known else ():
        if not re.fullmatch(rf"(?:{known}|{_COMMENT})", statement.text):
            words = statement.text
            refused = RefusedError(f"`{words}` is not expected in a {kind}", words)
            cursor.refuse(refused, statement)
    needed = _NEEDED.get(kind)
    if needed and not any(each.text.startswith(needed) for each in body):
        raise RefusedError(f"a {kind} needs `{needed} …`", "")
    check_comments(body, cursor)
    for statement in body if kind == "ct helper" else ():
        if found := _HELPER.fullmatch(statement.text):
            return strange_helper(found[1].strip('"'), found[2])
    return ""


_HELPER: Final = re.compile(r"type\s+(\S+)\s+protocol\s+(\w+)")

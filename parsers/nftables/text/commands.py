"""Command files: `add rule …`, `insert …`, `delete …`, `flush …`, `replace …` (nft(8))."""

import re
from typing import Final, NoReturn, TypeVar

from parsers.nftables.sets import elements
from parsers.nftables.state import FAMILIES, RawChain, RawTable, State
from parsers.nftables.text.blocks import Blocks
from parsers.nftables.text.cursor import Piece
from parsers.nftables.text.declarations import add_elements
from parsers.nftables.text.objects import is_in_a_line
from parsers.nftables.values import RefusedError
from parsers.shared.values import decimal

_NAME: Final = r"[A-Za-z_][\w.\-/\\]*"
# A command ends with its line.
_COMMAND: Final = re.compile(
    r"(?:(?P<verb>add|create|insert|replace|delete|destroy|flush|rename|reset|list|get|monitor"
    r"|describe|export|import)[^\S\n]+)?"
    r"(?:(?P<kind>table|chain|rule|set|map|element|flowtable|counter|quota|limit|secmark|synproxy"
    r"|meter|ruleset|ct[^\S\n]+(?:helper|timeout|expectation))\b[^\S\n]*)?"
    rf"(?:(?P<family>{'|'.join(FAMILIES)})(?![\w.\-/\\])[^\S\n]*)?"
    rf"(?P<table>{_NAME})?(?:[^\S\n]+(?P<name>{_NAME}))?"
)
_POSITION: Final = re.compile(r"(?:(?P<how>handle|position|index)\s+(?P<number>[0-9]+)\s*)")
_HANDLE: Final = re.compile(r"handle\s+[0-9]+")
_T = TypeVar("_T")
_OBJECTS: Final = frozenset(
    (
        *("counter", "quota", "limit", "secmark", "synproxy", "flowtable"),
        *("ct helper", "ct timeout", "ct expectation"),
    )
)
_MADE: Final = _OBJECTS | {"table", "chain", "set", "map", "element"}
# src/parser_bison.y, add_cmd, create_cmd …: what each command can be about.
_KINDS: Final = {
    "add": _MADE | {"rule"},
    "create": _MADE,
    "insert": frozenset(("rule",)),
    "replace": frozenset(("rule",)),
    "delete": _MADE | {"rule"},
    "destroy": _MADE | {"rule"},
    "flush": frozenset(("table", "chain", "set", "map", "meter")),
    "rename": frozenset(("chain",)),
}
_NAMELESS: Final = ("table", "ruleset")
"""What is named by the words that are a table's elsewhere."""


def command(blocks: Blocks, state: State) -> None:
    """Read one command that is not a block of a table."""
    cursor = blocks.cursor
    start = cursor.position
    found = _COMMAND.match(cursor.text, start)
    verb, kind = (found["verb"] or "add", found["kind"] or "") if found else ("", "")
    kind = " ".join(kind.split())
    if verb in ("list", "get", "monitor", "describe", "export", "reset"):
        cursor.statement(None)
        return
    if verb == "flush" and kind == "ruleset":
        family = found["family"] if found else None
        piece = cursor.statement(None)
        if found and (found["table"] or _behind(piece, found)):
            _fail(blocks, piece, "nothing stands behind `flush ruleset` but a family")
        state.flush(family)
        return
    if not found or not found["table"]:
        _fail(blocks, cursor.statement(None), "a table, a command or a definition is expected")
    if kind not in _KINDS.get(verb, ()) and (kind or verb != "add"):
        asked = f"{verb} {kind}".strip()
        _fail(blocks, cursor.statement(None), f"`{asked}` is no command of nft")
    if kind in _NAMELESS and found["name"]:
        _fail(blocks, cursor.statement(None), f"`{found['name']}` is not expected behind the name")
    # parser_bison.y: `rule` may be left out of `add rule`, and of no other command.
    if kind in ("rule", ""):
        _rule(blocks, state, verb, found, start)
    elif verb in ("add", "create"):
        _add(blocks, state, kind, found, start)
    else:
        _remove(blocks, state, verb, kind, found)


def _table(blocks: Blocks, state: State, found: re.Match[str], start: int) -> RawTable:
    family, name = found["family"] or "ip", found["table"]
    table = state.tables.get((family, name))
    if table is None:
        blocks.cursor.fail(f"there is no table `{family} {name}`", start, found.end())
    return table


def _chain(blocks: Blocks, table: RawTable, found: re.Match[str], start: int) -> RawChain:
    chain = table.chains.get(found["name"] or "")
    if chain is None:
        name = f"{table.family} {table.name}"
        blocks.cursor.fail(f"the table `{name}` has no chain `{found['name']}`", start, found.end())
    return chain


def _rule(blocks: Blocks, state: State, verb: str, found: re.Match[str], start: int) -> None:
    cursor = blocks.cursor
    table = _table(blocks, state, found, start)
    chain = _chain(blocks, table, found, start)
    cursor.position = found.end()
    index: int | None = None
    cursor.skip_spaces()
    while position := _POSITION.match(cursor.text, cursor.position):
        cursor.position = position.end()
        index = _index(chain, position["how"], decimal(position["number"]))
        if index is None:
            message = f"which rule has the {position['how']} {position['number']} is not known here"
            cursor.fail(message, position.start(), position.end())
    piece = cursor.statement(blocks.nested(table, chain))
    piece = piece._replace(start=start)
    if verb in ("delete", "destroy"):
        if index is None:
            _fail(blocks, piece, "the rule to delete is named by its handle or index")
        del chain.rules[index]
        return
    if not piece.text:
        _fail(blocks, piece, "the rule ends too early")
    rule = blocks.rule(piece)
    if verb == "replace" and index is not None:
        chain.rules[index] = rule
    elif verb == "insert":
        chain.rules.insert(index or 0, rule)
    else:
        chain.rules.insert(len(chain.rules) if index is None else index + 1, rule)


def _index(chain: RawChain, how: str, number: int) -> int | None:
    """Where in the chain the named rule stands; None where the file does not say."""
    if how == "index":
        return number if number < len(chain.rules) else None
    for index, rule in enumerate(chain.rules):
        if rule.handle == number:
            return index
    return None


def _add(blocks: Blocks, state: State, kind: str, found: re.Match[str], start: int) -> None:
    cursor = blocks.cursor
    table = _table(blocks, state, found, start)
    if kind == "chain":
        piece = cursor.head()
        _nothing_behind(blocks, piece, found)
        chain = table.chain(found["name"] or "", cursor.span(piece.start, piece.end))
        if piece.stop == "{":
            blocks.chain_block(table, chain, piece.start)
        chain.is_closed = True
    elif kind == "element":
        piece = cursor.statement(None)
        _elements(blocks, table, found, piece, gone=False)
    else:
        piece = cursor.head()
        if not is_in_a_line(kind, _behind(piece, found)):
            _nothing_behind(blocks, piece, found)
        blocks.object(table, kind, found["name"] or "", "", piece)


def _behind(piece: Piece, found: re.Match[str]) -> str:
    """The words of a command behind the name of what it is about."""
    text, head = (" ".join(each.split()) for each in (piece.text, found[0]))
    return text[len(head) :].strip() if text.startswith(head) else ""


def _nothing_behind(blocks: Blocks, piece: Piece, found: re.Match[str]) -> None:
    """Raises InputError where a command goes on behind the name of what it is about."""
    words = _behind(piece, found)
    if words and not _HANDLE.fullmatch(words):
        _fail(blocks, piece, f"`{words.split()[0]}` is not expected behind the name")


def _elements(
    blocks: Blocks, table: RawTable, found: re.Match[str], piece: Piece, *, gone: bool
) -> None:
    name = found["name"] or ""
    target = table.sets.get(name)
    words = _behind(piece, found)
    if not words.startswith("{"):
        _fail(blocks, piece, "the elements stand between braces behind the name of the set")
    if target is None:
        _fail(blocks, piece, f"the table `{table.family} {table.name}` has no set `{name}`")
    body = re.search(r"\{(.*)\}\s*$", piece.text, re.DOTALL)
    if not body:
        _fail(blocks, piece, "the elements stand between braces")
    try:
        if gone:
            text = body[1].replace("{", " ").replace("}", " ")
            keys = elements(text, is_map=target.is_map and ":" in text)
            target.remove(keys)
        else:
            add_elements(target, body[1], (blocks.cursor, piece))
            target.check_times()
    except RefusedError as error:
        blocks.cursor.refuse(error, piece)


def _remove(blocks: Blocks, state: State, verb: str, kind: str, found: re.Match[str]) -> None:
    piece = blocks.cursor.statement(None)
    if kind != "element":
        _nothing_behind(blocks, piece, found)
    key = (found["family"] or "ip", found["table"])
    table = state.tables.get(key)
    name = found["name"] or ""
    if table is None:
        # A file that a machine loads again begins by deleting what it made before.
        if verb == "destroy" or (verb == "delete" and kind == "table" and not state.is_gone(key)):
            state.gone.add(key)
            return
        _fail(blocks, piece, f"there is no table `{key[0]} {key[1]}`")
    if kind == "element":
        _elements(blocks, table, found, piece, gone=True)
    elif kind == "table" and verb == "flush":
        for chain in table.chains.values():
            chain.rules.clear()
    elif kind == "table":
        del state.tables[key]
        state.gone.add(key)
    elif kind == "chain" and verb in ("flush", "rename"):
        chain = _named(blocks, piece, table.chains, name, "chain")
        if verb == "flush":
            chain.rules.clear()
        else:
            _fail(blocks, piece, "`rename` is not read: write the chain's name where it is made")
    elif kind == "chain":
        if verb == "delete":
            _named(blocks, piece, table.chains, name, "chain")
        table.chains.pop(name, None)
    elif kind in ("set", "map", "meter"):
        target = _named(blocks, piece, table.sets, name, kind)
        if verb == "flush":
            target.elements.clear()
        else:
            del table.sets[name]
    else:
        table.objects.discard((kind, name))


def _named(blocks: Blocks, piece: Piece, things: dict[str, _T], name: str, kind: str) -> _T:
    if name not in things:
        _fail(blocks, piece, f"there is no {kind} `{name}`")
    return things[name]


def _fail(blocks: Blocks, piece: Piece, message: str) -> NoReturn:
    blocks.cursor.fail(message, piece.start, max(piece.end, piece.start + 1))

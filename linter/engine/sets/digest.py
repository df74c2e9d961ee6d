"""A short text that stands for a packet set: equal for equal sets, from run to run."""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any, Final

from linter.engine.sets.full import has_more_nodes, in_full
from linter.engine.sets.space import HEADER_FIELDS, NAME_FIELDS, PacketSet, Space

NODES: Final = 20_000
"""How many nodes are looked at: as many as `boxes` takes to bound one field."""
_SEVERAL: Final = 10


def digest(space: Space, sets: Iterable[PacketSet], words: Iterable[str] = ()) -> str:
    """The digest of some sets in their order; empty where they are too large for one.

    A reduced ordered diagram is the only one of its set (Bryant 1986), so that what its nodes say
    is the same for the same set alone. A bit is called by its field, as variables have numbers of
    the run; what no packet shows has no other name, and another digest is all that comes of that.
    Interfaces have numbers, which mean something together with the names of all of them.
    """
    names = _names(space)
    known: dict[PacketSet, bytes] = {}
    found = [_of(_in_full(space, each, NODES), names, known, NODES) for each in sets]
    return _text(space, found, words) if all(found) else ""


def digests(space: Space, sets: Iterable[PacketSet]) -> dict[PacketSet, str]:
    """The digest of each set by itself; what several have in common is looked at once.

    All of them together may be some times as large as a single one; the last ones are empty else.
    """
    names = _names(space)
    known: dict[PacketSet, bytes] = {}
    found: dict[PacketSet, str] = {}
    for each in sets:
        if each not in found:
            limit = min(len(known) + NODES, _SEVERAL * NODES)
            its = _of(_in_full(space, each, limit), names, known, limit)
            found[each] = _text(space, [its], ()) if its else ""
    return found


def _names(space: Space) -> dict[int | None, str]:
    """What the variables of a space are called."""
    bits = {
        variable: f"{field}{position}"
        for field in (*HEADER_FIELDS, *NAME_FIELDS)
        for variable, position in space.levels(field).items()
    }
    interfaces = {
        variable: f"{space.names}{bits[variable]}"
        for field in NAME_FIELDS
        for variable in space.levels(field)
    }
    return bits | interfaces


def _text(space: Space, found: Iterable[bytes], words: Iterable[str]) -> str:
    said = "\0".join((str(space.family), *words)).encode("utf-8", "surrogatepass")
    return _sha256(said + b"".join(found)).hex()[:32]


def fingerprint(said: object) -> str:
    """The same short text for data of the same words: numbers, texts and tuples of them."""
    return _sha256(repr(said).encode("utf-8", "backslashreplace")).hex()[:32]


def _sha256(data: bytes) -> bytes:
    made: bytes = _hashes().sha256(data).digest()
    return made


@cache
def _hashes() -> Any:
    """Python's own SHA-256: `hashlib` loads OpenSSL, which takes longer than to read a site.

    The standard module `random` does the same. A Python without it has `hashlib`.
    """
    for name in ("_sha2", "_sha256"):  # since 3.12, and before
        with suppress(ImportError):
            return import_module(name)
    return import_module("hashlib")


def _in_full(space: Space, packets: PacketSet, limit: int) -> PacketSet | None:
    """The set with all addresses; None where that surely has more nodes than the limit."""
    return None if has_more_nodes(space, packets, limit) else in_full(space, packets)[1]


def _of(
    packets: PacketSet | None,
    bits: dict[int | None, str],
    known: dict[PacketSet, bytes],
    limit: int,
) -> bytes:
    """The digest of one diagram; empty above the limit. Children come before their node."""
    if packets is None or packets.node_count() - 1 > limit:
        # The library counts them in a moment.
        return b""
    waiting = [packets]
    while waiting:
        node = waiting[-1]
        if node in known:
            waiting.pop()
            continue
        children = node.cofactors()
        if children is None:
            known[node] = b"1" if node.satisfiable() else b"0"
            continue
        if len(known) > limit:
            return b""
        missing = [each for each in children if each not in known]
        if missing:
            waiting += missing
            continue
        variable = node.node_var()
        name = bits.get(variable, f"?{variable}").encode("utf-8", "surrogatepass")
        known[node] = _sha256(b"\0".join((name, *(known[each] for each in children))))
    return known[packets]

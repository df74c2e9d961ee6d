"""nftables: files in its own language, listings, and JSON (nft(8), libnftables-json(5))."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from flowfiles.reach import folder_of
from flowmodel.record import NamedTuple
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers.nftables.format import BEGINS, FRAGMENT
from parsers.shared.context import Context
from parsers.shared.quoting import unquoted

if TYPE_CHECKING:
    from parsers.nftables.state import State


class _File(NamedTuple):
    """A file read by itself."""

    source: Source
    state: "State"

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """The families and names of the tables that it leaves."""
        return frozenset(self.state.tables)

    def takes_from(self, other: "_File") -> bool:
        """Whether tables that only the other has are gone once this file is loaded behind it."""
        return self.tables.isdisjoint(other.tables) and any(map(self.state.is_gone, other.tables))

    def ruleset(self) -> RuleSet:
        """Its rule set; raises InputError."""
        from parsers.nftables.lowering.tables import ruleset

        with _quoting(self.source, self.state):
            return ruleset(self.source.path, self.state)


def parse_all(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    """The rule sets of one device's files; those that speak of the same table become one.

    A table of the kernel has the chains, sets and flags that any file gives it. A file that takes
    away the tables of others is taken to be loaded before them. Raises InputError.
    """
    files = [_file(source, context) for source in sources]
    takes = [any(each.takes_from(other) for other in files if other is not each) for each in files]
    tables = [each.tables for each in files]
    if sum(takes) < 2 and sum(map(len, tables)) == len(frozenset().union(*tables)):
        return tuple(each.ruleset() for each in files)
    from parsers.nftables.together import merged

    ordered = sorted(zip(takes, sources, strict=True), key=lambda pair: not pair[0])
    read = partial(_read, context=context)
    return (merged([source for _, source in ordered], read),)


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a file of nft; raises InputError for what nft refuses."""
    return _file(source, context).ruleset()


def _file(source: Source, context: Context) -> _File:
    from parsers.nftables.state import State

    state = State()
    _read(source, state, context)
    return _File(source, state)


def _read(source: Source, state: "State", context: Context) -> None:
    """Take a file into the state."""
    from parsers.nftables.json.read import JsonReader
    from parsers.nftables.text.include import Includes
    from parsers.nftables.text.scan import Scanner

    includes = Includes((folder_of(source.path), *context.folders), context.trees)
    first = next((line for line in source.lines if line.strip()), "")
    if first.lstrip().startswith("{"):
        JsonReader(source, state).file()
        return
    with _quoting(source, state):
        Scanner(source, state, includes).file()


@contextmanager
def _quoting(main: Source, state: "State") -> Iterator[None]:
    """Lets errors quote the main file, and of what it includes only what looks like nftables."""
    try:
        yield
    except InputError as error:
        for source in state.sources[1:]:
            if source.path == error.span.path != main.path and not _is_nft(source):
                raise unquoted(error) from None
        raise


def _is_nft(source: Source) -> bool:
    lines = source.lines[:1000]
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return bool(re.match(f"{BEGINS}|{FRAGMENT}", first))

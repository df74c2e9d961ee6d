"""nftables: files in its own language, listings, and JSON (nft(8), libnftables-json(5))."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flowfiles.reach import folder_of
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers.nftables.format import BEGINS, FRAGMENT
from parsers.shared.context import Context
from parsers.shared.quoting import unquoted

if TYPE_CHECKING:
    from parsers.nftables.state import State


def parse_all(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    """The rule sets of one device's files; those that speak of the same chain become one."""
    found = tuple(parse(source, context) for source in sources)
    chains = [_chains(each) for each in found]
    if sum(map(len, chains)) == len(frozenset().union(*chains)):
        return found
    from parsers.nftables.together import merged

    return (merged(sources, lambda source, state: _read(source, context, state)),)


def _chains(found: RuleSet) -> frozenset[tuple[str, str]]:
    return frozenset((table.name, chain) for table in found.tables for chain in table.chains)


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a file of nft; raises InputError for what nft refuses."""
    from parsers.nftables.lowering.tables import ruleset
    from parsers.nftables.state import State

    state = State()
    _read(source, context, state)
    with _quoting(source, state):
        return ruleset(source.path, state)


def _read(source: Source, context: Context, state: "State") -> None:
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

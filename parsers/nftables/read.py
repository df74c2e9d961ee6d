"""nftables: files in its own language, listings, and JSON (nft(8), libnftables-json(5))."""

import re
from collections.abc import Iterator
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


def parse(source: Source, context: Context) -> RuleSet:
    """The rule set of a file of nft; raises InputError for what nft refuses."""
    from parsers.nftables.json.read import JsonReader
    from parsers.nftables.lowering.tables import ruleset
    from parsers.nftables.state import State
    from parsers.nftables.text.include import Includes
    from parsers.nftables.text.scan import Scanner

    state = State()
    includes = Includes((folder_of(source.path), *context.folders), context.trees)
    first = next((line for line in source.lines if line.strip()), "")
    if first.lstrip().startswith("{"):
        JsonReader(source, state).file()
    else:
        with _quoting(source, state):
            Scanner(source, state, includes).file()
    with _quoting(source, state):
        return ruleset(source.path, state)


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

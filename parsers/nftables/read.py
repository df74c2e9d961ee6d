"""nftables: files in its own language, listings, and JSON (nft(8), libnftables-json(5))."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context

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
    return ruleset(source.path, state)


def _read(source: Source, context: Context, state: "State") -> None:
    """Take a file into the state."""
    from parsers.nftables.json.read import JsonReader
    from parsers.nftables.text.include import Includes
    from parsers.nftables.text.scan import Scanner

    folders = (str(Path(source.path).parent), *context.folders)
    first = next((line for line in source.lines if line.strip()), "")
    if first.lstrip().startswith("{"):
        JsonReader(source, state).file()
    else:
        Scanner(source, state, Includes(tuple(map(Path, folders)))).file()

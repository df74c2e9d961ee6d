"""nftables: files in its own language, listings, and JSON (nft(8), libnftables-json(5))."""

from flowfiles.reach import folder_of
from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context


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
        Scanner(source, state, includes).file()
    return ruleset(source.path, state)

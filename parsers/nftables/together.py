"""Several files of one device that speak of the same table: loaded one behind the other."""

from collections.abc import Callable, Sequence

from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import Gap, RuleSet
from flowmodel.source import InputError, Source, Span
from parsers.nftables.lowering.tables import ruleset
from parsers.nftables.state import RawChain, State

_Key = tuple[str, str, str]


class _Kept(NamedTuple):
    """A chain as the files before leave it."""

    origin: Source
    rules: int
    declared: int
    policy: str


def merged(sources: Sequence[Source], read: Callable[[Source, State], None]) -> RuleSet:
    """The rule set of all the files, as the kernel has it when nft has loaded each.

    Rules of a chain are appended. A chain has one default policy: where files say different ones,
    both are possible, because nothing tells in which order they are loaded. Raises InputError for
    a file that takes away what an earlier one has made, and for what nft refuses.
    """
    state = State()
    before: dict[_Key, _Kept] = {}
    for source in sources:
        kept = {key: chain for key, chain in _chains(state).items() if key in before}
        read(source, state)
        now = _chains(state)
        for key, chain in kept.items():
            was = before[key]
            if now.get(key) is not chain or len(chain.rules) < was.rules:
                raise _replaced(source, was.origin, key)
            if len(chain.rules) > was.rules or chain.declared > was.declared:
                state.gaps.append(_doubled(source, was.origin, key, chain))
            if was.policy and chain.policy and was.policy != chain.policy:
                chain.policies = frozenset({was.policy, chain.policy})
        for key, chain in now.items():
            origin = before[key].origin if key in before else source
            before[key] = _Kept(origin, len(chain.rules), chain.declared, chain.policy)
    return replace(ruleset(sources[0].path, state), sources=tuple(state.sources))


def _chains(state: State) -> dict[_Key, RawChain]:
    return {
        (table.family, table.name, name): chain
        for table in state.tables.values()
        for name, chain in table.chains.items()
    }


def _replaced(source: Source, origin: Source, key: _Key) -> InputError:
    message = (
        f"takes away the chain `{' '.join(key)}` of {origin.path}: one machine does not have both;"
        " files of two machines are two devices"
    )
    return InputError(message, Span(source.path, 1, 1, 1, 1))


def _doubled(source: Source, origin: Source, key: _Key, chain: RawChain) -> Gap:
    message = (
        f"the chain `{' '.join(key)}` is in {origin.path} too: its rules are read one behind the"
        " other, as when both files are loaded; files of two machines are two devices"
    )
    line = next((rule.line for rule in chain.rules if rule.source is source), 1)
    return Gap("FW902", message, Span(source.path, line, 1, line, 1), source.lines[line - 1])

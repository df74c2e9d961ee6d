"""Where chains lead to each other: no loops, and not too deep."""

from collections.abc import Iterator, Mapping
from typing import Final

from flowmodel.ruleset import Chain, Rule
from flowmodel.verdict import Lead
from parsers.nftables.state import error

_DEEPEST: Final = 32
"""The kernel has room for 16 (NFT_JUMP_STACK_SIZE); parts of rules that became chains count too."""


def check_jumps(chains: Mapping[str, Chain]) -> None:
    """Raise InputError for a chain that is reached from itself, or too deep, as the kernel does.

    Chains that nothing comes to may do as they like (nf_tables_api.c, nft_table_validate).
    """
    heights: dict[str, int] = {}
    for start in [name for name, chain in chains.items() if chain.base]:
        if start not in heights:
            _walk(chains, start, heights)


def _walk(chains: Mapping[str, Chain], start: str, heights: dict[str, int]) -> None:
    stack = [(start, _jumps(chains[start]))]
    heights_below = [0]
    on_way = {start}
    while stack:
        name, jumps = stack[-1]
        for rule, target in jumps:
            if target in on_way:
                message = f"the chain `{target}` is reached from itself"
                raise error(message, rule.source, rule.span)
            if target in heights:
                heights_below[-1] = max(heights_below[-1], heights[target] + 1)
                continue
            on_way.add(target)
            stack.append((target, _jumps(chains[target])))
            heights_below.append(0)
            break
        else:
            heights[name] = heights_below.pop()
            on_way.discard(name)
            stack.pop()
            if heights_below:
                heights_below[-1] = max(heights_below[-1], heights[name] + 1)
            if heights[name] > _DEEPEST:
                rule = next(rule for rule, _ in _jumps(chains[name]))
                raise error("chains jump to each other too deep", rule.source, rule.span)


def _jumps(chain: Chain) -> Iterator[tuple[Rule, str]]:
    for rule in chain.rules:
        if isinstance(rule.verdict, Lead):
            yield rule, rule.verdict.chain

"""Which rules of a long chain can match one packet: rules filed by their addresses and ports."""

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from linter.model.match import Test
from linter.model.ruleset import Chain, Rule

LONG = 500
"""Chains with fewer rules are simply read from the top."""

_BLOCKS = {"src": 16, "dst": 16, "dport": 4}
"""How many low bits one drawer spans, by field; IPv6 addresses have 96 more."""

_Drawer = tuple[str, int, int]
_Filed = tuple[list[int], dict[_Drawer, list[int]], set[tuple[str, int]]]
_files: "WeakKeyDictionary[Chain, _Filed]" = WeakKeyDictionary()


def candidates(chain: Chain, numbers: Mapping[str, int | None]) -> Sequence[Rule]:
    """The rules that can match a packet with these fields, in order; perhaps some more."""
    if len(chain.rules) < LONG:
        return chain.rules
    if chain not in _files:
        _files[chain] = _file(chain)
    everywhere, drawers, kinds = _files[chain]
    found = list(everywhere)
    for field, shift in kinds:
        value = numbers[field]
        if value is None:
            return chain.rules
        found += drawers.get((field, shift, value >> shift), [])
    return [chain.rules[position] for position in sorted(found)]


def _file(chain: Chain) -> _Filed:
    everywhere: list[int] = []
    drawers: dict[_Drawer, list[int]] = {}
    for position, rule in enumerate(chain.rules):
        drawer = _drawer(rule)
        if drawer is None:
            everywhere.append(position)
        else:
            drawers.setdefault(drawer, []).append(position)
    return everywhere, drawers, {(field, shift) for field, shift, _ in drawers}


def _drawer(rule: Rule) -> _Drawer | None:
    """The drawer of a rule that tests one of the fields for values within one block."""
    for condition in rule.match:
        if isinstance(condition, Test) and condition.field in _BLOCKS and condition.values:
            first, last = condition.values[0][0], condition.values[-1][1]
            shift = _BLOCKS[condition.field]
            if condition.field != "dport" and last > 0xFFFFFFFF:
                shift += 96
            if first >> shift == last >> shift:
                return condition.field, shift, first >> shift
    return None

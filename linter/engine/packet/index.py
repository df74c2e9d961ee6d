"""Which rules of a chain can match one packet: rules filed by their addresses and ports."""

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

from flowmodel.match import Test
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule

LONG = 16
"""Chains with fewer rules are simply read from the top."""

_WIDTHS = {"src": 32, "dst": 32, "dport": 16, "sport": 16}
_STEP = {"src": 8, "dst": 8, "dport": 4, "sport": 4}
"""By field: its bits (IPv6 addresses have 96 more), and the steps in which drawers get wider."""

_Kind = tuple[str, int]
"""A field, and how many of its low bits one drawer spans."""


@dataclass(frozen=True, slots=True)
class _Filed:
    everywhere: list[int]
    """The rules that are in no drawer: they are tried for each packet."""
    drawers: dict[_Kind, dict[int, list[int]]]


_files: "WeakKeyDictionary[Chain, _Filed]" = WeakKeyDictionary()


def candidates(chain: Chain, numbers: Mapping[str, int | None]) -> Sequence[Rule]:
    """The rules that can match a packet with these fields, in order; perhaps some more."""
    rules = chain.rules
    if len(rules) < LONG:
        return rules
    filed = _files.get(chain)
    if filed is None:
        filed = _files[chain] = _file(chain)
    found = list(filed.everywhere)
    for (field, shift), drawers in filed.drawers.items():
        value = numbers[field]
        if value is None:
            return rules
        found += drawers.get(value >> shift, ())
    found.sort()
    return [rules[position] for position in found]


def _file(chain: Chain) -> _Filed:
    filed = _Filed([], {})
    for position, rule in enumerate(chain.rules):
        kind, block = _drawer(rule)
        if kind is None:
            filed.everywhere.append(position)
        else:
            filed.drawers.setdefault(kind, {}).setdefault(block, []).append(position)
    return filed


def _drawer(rule: Rule) -> tuple[_Kind | None, int]:
    """The narrowest drawer that holds all values of one of the rule's tests, and its block."""
    best: _Kind | None = None
    block, narrowest = 0, 1.0
    for condition in rule.match:
        if not isinstance(condition, Test) or condition.field not in _STEP or not condition.values:
            continue
        first, last = condition.values[0][0], condition.values[-1][1]
        if first == last:
            # No drawer is narrower.
            return (condition.field, 0), first
        step = _STEP[condition.field]
        shift = -(-(first ^ last).bit_length() // step) * step
        width = 128 if last > 0xFFFFFFFF else _WIDTHS[condition.field]
        if shift / width < narrowest:
            best, block, narrowest = (condition.field, shift), first >> shift, shift / width
    return best, block

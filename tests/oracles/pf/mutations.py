"""Faults that the comparison must notice: fwlint is not told of one rule."""

from copy import deepcopy
from random import Random
from xml.etree.ElementTree import Element

from tests.oracles.pf.compare import compare, oracle, questions, read
from tests.oracles.pf.generate import config

_RULES = ("filter/rule", "nat/rule", "nat/onetoone", "nat/npt", "nat/outbound/rule")


def without_one(root: Element, path: str, number: int) -> Element:
    """The config without one of the elements at the path."""
    smaller = deepcopy(root)
    where, _, tag = path.rpartition("/")
    parent = smaller.find(where)
    assert parent is not None
    parent.remove(parent.findall(tag)[number])
    return smaller


def is_caught(seed: int, packets: int) -> bool | None:
    """Whether the loss of a rule that matters is noticed; None where none of a few matters.

    That it matters is shown by other packets than those of the comparison: without the rule one
    of them could not meet the fate that it may meet.
    """
    root, random = config(seed), Random(seed)
    places = [(path, number) for path in _RULES for number in range(len(root.findall(path)))]
    whole = oracle(root)
    others = questions(root, whole, 3 * packets, seed + 1_000_000)
    for path, number in random.sample(places, min(4, len(places))):
        smaller = without_one(root, path, number)
        without = oracle(smaller)
        if any(
            not whole.possible(packet, traffic) <= without.possible(packet, traffic)
            for traffic, asked in others.items()
            for packet in asked
        ):
            return bool(compare(read(smaller), whole, questions(root, whole, packets, seed)))
    return None


def caught(first_seed: int, count: int, packets: int) -> list[bool]:
    """For so many configs with a rule that matters: whether its loss is noticed."""
    found: list[bool] = []
    for seed in range(first_seed, first_seed + 2 * count):
        noticed = is_caught(seed, packets)
        found.extend([] if noticed is None else [noticed])
        if len(found) == count:
            return found
    raise AssertionError(f"only {len(found)} configs with a rule that matters")

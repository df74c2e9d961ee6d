"""What the translations of a device send elsewhere, and whether it comes through."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import MapNetwork, TranslateDestination
from linter.checks.rulebase.passing import Passing
from linter.engine.device.passage import Strand
from linter.engine.sets.space import PacketSet

_SENDS = (TranslateDestination, MapNetwork)


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """The packets that one rule sends to another address or port, in one family."""

    table: Table
    chain: Chain
    rule: Rule
    packets: PacketSet
    """All of them, by whichever way they go on."""
    passed: PacketSet
    """Those of them that the filter lets pass, if the export leaves it open."""
    stayed: PacketSet
    """Those that pass only if the address that they are sent to is the device's own."""


def grouped(all_passing: Iterable[Passing]) -> Iterator[tuple[Passing, ...]]:
    """What passes one device in one family: for it and through it."""
    for _, both in groupby(all_passing, key=lambda each: id(each.answer.firewall)):
        yield tuple(both)


def sent(both: Iterable[Passing]) -> list[Sent]:
    """What each translation of a destination does, in the order in which packets meet them."""
    found: dict[int, list[Sent]] = {}
    for each in both:
        space = each.space
        strands = each.answer.connections.passage.passed
        gone = space.union(one.packets for one in strands if _leaves(each, one))
        here = space.union(one.packets for one in strands if not _leaves(each, one))
        for result in each.answer.connections.passage.results:
            base = result.chain.base
            if base is None or base.purpose != "translate" or base.hook != "prerouting":
                continue
            for region in result.regions:
                if not isinstance(region.verdict, _SENDS) or not _counts(each, region.verdict):
                    continue
                passed, stayed = region.packets & gone, region.packets & here
                one = Sent(
                    result.table,
                    region.chain,
                    region.rules[0],
                    space.some(region.packets),
                    space.some(passed) | each.certain(stayed),
                    space.some(stayed),
                )
                found.setdefault(id(region.rules[0]), []).append(one)
    return [_joined(several) for several in found.values()]


def _leaves(each: Passing, strand: Strand) -> bool:
    """Whether the packets are where they should be, whosever the address is."""
    return each.traffic != "input" or strand.route == "forward" or not strand.is_moved


def _counts(each: Passing, verdict: TranslateDestination | MapNetwork) -> bool:
    """Whether it can be asked there: what is sent to the device itself is not passed on."""
    if isinstance(verdict, MapNetwork):
        return verdict.direction == "dst"
    return each.traffic == "input" or not verdict.local


def _joined(several: list[Sent]) -> Sent:
    first, *others = several
    packets, passed, stayed = first.packets, first.passed, first.stayed
    for each in others:
        packets, passed = packets | each.packets, passed | each.passed
        stayed |= each.stayed
    return Sent(first.table, first.chain, first.rule, packets, passed, stayed)

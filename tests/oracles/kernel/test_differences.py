"""What `fwlint diff` says of two random rule sets, against what the kernel does with packets."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis.strategies import SearchStrategy

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from linter.checks.comparison import compared
from linter.engine.device.compare import Difference, differences
from linter.engine.device.headers import MARKED, SIDES
from linter.engine.device.mentions import class_of
from linter.engine.sets.space import PacketSet
from tests.oracles.kernel.cases import Case, without
from tests.oracles.kernel.compare import read, written
from tests.oracles.kernel.oracle import Fate
from tests.oracles.kernel.packets import boundary_packets
from tests.oracles.kernel.runs import Cases, Record, fresh
from tests.oracles.kernel.worker import Kernel, OracleDiedError

pytestmark = pytest.mark.kernel
_ROOM = 1 << 20
_FIELDS = ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code", "tcp_flags")


def _has(difference: Difference, packets: PacketSet, packet: Packet) -> bool:
    """Whether a packet is in a set of the difference."""
    space, numbers = difference.space, difference.header.numbers
    values = {name: getattr(packet, name) for name in (*_FIELDS, "state", "ct_dir", *MARKED)}
    for side in SIDES:
        name = class_of(getattr(packet, f"{side}_name") or "", difference.names)
        values[side] = space.names.index(name)
    for field, value in values.items():
        packets = packets & space.within(numbers[field], ((value, value),))
    return packets != space.false


def _found(old: Sequence[RuleSet], new: Sequence[RuleSet], case: Case) -> list[Difference]:
    every = differences(old, new, case.family, _ROOM, 60.0)
    return [each for each in every if each.traffic == case.hook and each.change != "sent elsewhere"]


def _compared(
    kernel: Kernel, cases: SearchStrategy[Case], count: int, first: int = 0
) -> tuple[int, int]:
    """How many packets were asked about, and how many fare otherwise."""
    asked = different = 0
    for number, case in enumerate(fresh(cases, count, first)):
        random = Random(number)
        smaller = without(case, random.randrange(len(case.rules)))
        packets = boundary_packets(case, 200, random)
        try:
            fates = [_fates(kernel, each, packets) for each in (case, smaller)]
        except OracleDiedError:
            kernel.restart()
            continue
        found = _found(read(written(case)), read(written(smaller)), case)
        for packet, before, after in zip(packets, *fates, strict=True):
            if Fate.ELSEWHERE in (before, after):
                continue
            asked += 1
            different += before != after
            certain, possible = (
                any(_has(each, packets_of(each), packet) for each in found)
                for packets_of in (_certain, _possible)
            )
            assert possible or before == after, f"{number}: {packet} fares otherwise, unnoticed"
            assert not certain or before != after, f"{number}: {packet} does not fare otherwise"
    return asked, different


def test_packets_fare_differently_where_fwlint_says_so_and_nowhere_else(
    cases: Cases, kernel: Kernel, record_property: Record
) -> None:
    asked, different = _compared(kernel, cases(is_open=False), 25)
    record_property("counted", f"{different} of {asked} packets fare otherwise")

    assert asked > 3_000
    assert different > 20


@pytest.mark.long
def test_packets_fare_differently_where_fwlint_says_so_in_hundreds_of_changes(
    cases: Cases, kernel: Kernel, record_property: Record, first: int
) -> None:
    asked, different = _compared(kernel, cases(is_open=False), 500, first)
    record_property("counted", f"{different} of {asked} packets fare otherwise")

    assert different > 400


def _certain(difference: Difference) -> PacketSet:
    return difference.outcome.certain


def _possible(difference: Difference) -> PacketSet:
    return difference.outcome.possible


def _fates(kernel: Kernel, case: Case, packets: Sequence[Packet]) -> bytes:
    assert kernel.load(case.files()) == ""
    return kernel.judge(case.hook, packets)


def test_a_rule_set_is_treated_like_itself(cases: Cases) -> None:
    for case in fresh(cases(is_open=True), 25):
        both = read(written(case)), read(written(case))

        assert compared(*both, 60.0) == ([], [])

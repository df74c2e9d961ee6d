"""Rules that something depends on: without each, a packet of fwlint's own fares otherwise.

The packet is the witness of `fwlint diff`. It may be one that the kernel cannot be asked about
here (a mark that nobody sets, another hook); what is counted says how many could.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from flowmodel.fields import INVALID, NEW, SYN, TCP, UNTRACKED
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from linter.checks.rulebase.judged import judged
from linter.engine.device.compare import Difference, differences
from linter.engine.device.headers import MARKED, SIDES
from linter.engine.device.mentions import class_of
from linter.engine.sets.space import PacketSet
from tests.oracles.kernel.cases import Case, RuleText, without
from tests.oracles.kernel.compare import read, written
from tests.oracles.kernel.deletions import lines, subject_of
from tests.oracles.kernel.oracle import Fate
from tests.oracles.kernel.packets import REFUSED, interface_pairs, is_believable, tidied
from tests.oracles.kernel.worker import Kernel

_ROOM = 1 << 20
_SECONDS = 60.0


@dataclass(slots=True)
class Needed:
    """What a run has seen."""

    cases: int = 0
    rules: int = 0
    """Rules that no check calls without effect."""
    different: int = 0
    """Those of them without which fwlint says that packets surely fare otherwise."""
    possibly: int = 0
    asked: int = 0
    """Those whose packet the kernel could be asked about: it did fare otherwise."""

    def __str__(self) -> str:
        return (
            f"{self.cases} rule sets, {self.rules} rules that something depends on: "
            f"{self.different} certain ({self.asked} shown by a packet in the kernel), "
            f"{self.possibly} possible"
        )


def live_lines(rulesets: Sequence[RuleSet]) -> set[int]:
    """The lines of rules that are neither shadowed nor redundant, and match something."""
    every = judged(subject_of(rulesets))
    return {
        each.rule.line
        for each in every
        if not (each.never_matches or each.is_shadowed or each.is_redundant)
    }


def held(kernel: Kernel, case: Case, most: int, seen: Needed) -> list[str]:
    """Takes up to so many rules away, one by one; what is wrong, in words."""
    rulesets = read(written(case))
    if kernel.load(case.files()):
        return []
    by_line = lines(case)
    live = [by_line[line] for line in sorted(live_lines(rulesets) & by_line.keys())]
    seen.cases += 1
    asked: list[tuple[RuleText, Case, Packet]] = []
    wrong: list[str] = []
    for rule in live[:most]:
        smaller = without(case, next(n for n, each in enumerate(case.rules) if each is rule))
        found = differences(rulesets, read(written(smaller)), case.family, _ROOM, _SECONDS)
        seen.rules += 1
        if not found:
            wrong.append(f"nothing depends on {rule.line}, and no check says so")
            continue
        certain = [each for each in found if each.outcome.certain != each.space.false]
        seen.different += bool(certain)
        seen.possibly += not certain
        asked += [(rule, smaller, packet) for packet in islice(_packets(certain, case), 1)]
    before = kernel.judge(case.hook, [packet for _, _, packet in asked])
    for (rule, smaller, packet), fate in zip(asked, before, strict=True):
        assert kernel.load(smaller.files()) == ""
        (after,) = kernel.judge(case.hook, [packet])
        if Fate.ELSEWHERE in (fate, after):
            continue
        seen.asked += 1
        if fate == after:
            wrong.append(f"at {case.hook}, {packet} does not fare otherwise without {rule.line}")
    return wrong


def _packets(certain: Sequence[Difference], case: Case) -> Iterator[Packet]:
    """Packets of the differences that the kernel can be asked about."""
    for each in certain:
        if each.traffic != case.hook or each.change == "sent elsewhere":
            continue
        for pair in interface_pairs(case):
            for state in (NEW, INVALID, UNTRACKED):
                packets = _at(each, pair, state)
                if packets == each.space.false:
                    continue
                packet, _ = each.packet(packets)
                packet = replace(packet, in_name=pair[0], out_name=pair[1])
                if tidied(packet) == packet and is_believable(packet):
                    yield packet


def _at(difference: Difference, pair: tuple[str, str], state: int) -> PacketSet:
    """Those of the certain packets that can be sent there, each in the state that it will have."""
    space, numbers = difference.space, difference.header.numbers
    packets = difference.outcome.certain & space.within(numbers["state"], ((state, state),))
    for field in (*MARKED, "ct_dir"):
        packets &= space.within(numbers[field], ((0, 0),))
    for side, name in zip(SIDES, pair, strict=True):
        code = space.names.index(class_of(name, difference.names))
        packets &= space.within(numbers[side], ((code, code),))
    for version, first, last in REFUSED:
        if version == space.family:
            for end in ("src", "dst"):
                packets &= ~space.within(numbers[end], ((first, last),))
    tcp = space.within(numbers["proto"], ((TCP, TCP),))
    syn = space.within(numbers["tcp_flags"], ((SYN, SYN),))
    return packets & (syn | ~tcp) if packets & (syn | ~tcp) != space.false else packets

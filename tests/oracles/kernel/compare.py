"""Holds fwlint's answers against the kernel's, and says where they part in the fewest rules.

A packet that the kernel moves to another hook (its destination became the router's own) is not
compared: it was asked about at the hook where it did not come.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import Trace, traced
from linter.engine.packet.interpret import CrossCheckError
from linter.engine.packet.routing import Own
from parsers import read_exports
from tests.oracles.kernel.cases import Case, shrunk
from tests.oracles.kernel.oracle import Fate
from tests.oracles.kernel.packets import boundary_packets, connected
from tests.oracles.kernel.worker import Kernel

_WORDS: Final = {Fate.GONE: "drop", Fate.PASSED: "accept"}
Source = Callable[[Case, Sequence[RuleSet]], list[Packet]]
"""Further packets for a case, such as witnesses of fwlint's own regions."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A verdict of the kernel that fwlint says is impossible."""

    packet: Packet
    verdict: str
    answer: Trace

    def __str__(self) -> str:
        said = f"{self.answer.verdict}, {self.answer.path}:{self.answer.line} {self.answer.text}"
        return f"{self.packet}\n  kernel: {self.verdict}\n  fwlint: {said}"


@dataclass(slots=True)
class Tally:
    """What a run of comparisons has seen."""

    cases: int = 0
    refused: int = 0
    crashed: int = 0
    """Rule sets that the kernel has, and that end libnftables when it lists them."""
    verdicts: int = 0
    accepted: int = 0
    definite: int = 0
    """How many of fwlint's answers were one verdict, not both."""
    elsewhere: int = 0
    connections: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases} rule sets ({self.refused} refused by the kernel, "
            f"{self.crashed} that nft cannot list), "
            f"{self.verdicts} verdicts, {self.accepted} accepted, {self.definite} definite, "
            f"{self.connections} of known connections, {self.elsewhere} elsewhere"
        )


def written(case: Case) -> dict[str, str]:
    """The case's exports as they were written."""
    return case.exports([text for _, text in case.files()])


def read(exports: dict[str, str]) -> tuple[RuleSet, ...]:
    """fwlint's reading of exports, given as texts by file name."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in exports]
        for path, text in zip(paths, exports.values(), strict=True):
            path.write_text(text)
        return read_exports([str(path) for path in paths])


def compare(
    case: Case,
    rulesets: Sequence[RuleSet],
    packets: Sequence[Packet],
    fates: bytes,
    tally: Tally | None = None,
) -> list[Disagreement]:
    """Where the kernel's verdict is not among those that fwlint thinks possible.

    Of packets that come in, also where it is not told which way they take.
    """
    found = []
    tally = tally or Tally()
    answers = traced(rulesets, case.hook, packets)
    followed = answers if case.hook == "output" else traced(rulesets, Own(), packets)
    for packet, fate, answer, other in zip(packets, fates, answers, followed, strict=True):
        if fate == Fate.ELSEWHERE:
            tally.elsewhere += 1
            continue
        verdict = _WORDS[Fate(fate)]
        tally.verdicts += 1
        tally.accepted += verdict == "accept"
        tally.definite += len(answer.possible) == 1
        found += [
            Disagreement(packet, verdict, each)
            for each in (answer, other)
            if verdict not in each.possible
        ]
    return found


class Comparison:
    """Compares case after case and counts."""

    def __init__(self, kernel: Kernel, packets: int, further: Source | None = None) -> None:
        self.kernel = kernel
        self.packets = packets
        self.further = further
        self.tally = Tally()

    def of(self, case: Case) -> None:
        """Compare one case; raises AssertionError with the smallest form of a disagreement."""
        rulesets = read(written(case))
        random = Random("".join(text for _, text in case.files()))
        packets = boundary_packets(case, self.packets, random)
        if self.further:
            packets = list(dict.fromkeys([*packets, *self.further(case, rulesets)]))
        later = connected(random.sample(packets, len(packets) // 5), random)
        self.tally.cases += 1
        refusal = self.kernel.load(case.files())
        if refusal:
            self.tally.refused += 1
            return
        fates = self.kernel.judge(case.hook, packets)
        self._hold(case, rulesets, packets, fates)
        if self.tally.cases % 4 == 0:
            for printed in self.printed(case):
                self._hold_printed(case, printed, packets, fates)
        if later:
            before = self.tally.verdicts
            self._hold(case, rulesets, later, self.later_fates(case, later))
            self.tally.connections += self.tally.verdicts - before

    def printed(self, case: Case, /) -> list[dict[str, str]]:
        """The exports that tools print of the loaded rules, in each of their forms."""
        return [case.exports([self.kernel.save(kind) for kind, _ in case.files()])]

    def _hold_printed(
        self, case: Case, printed: dict[str, str], packets: Sequence[Packet], fates: bytes
    ) -> None:
        """What the tools print of the loaded rules must mean the same."""
        wrong = compare(case, read(printed), packets, fates)
        text = "\n".join(printed.values())
        assert not wrong, f"as the tools print it at {case.hook}:\n{text}\n{wrong[0]}"

    def _hold(
        self, case: Case, rulesets: Sequence[RuleSet], packets: Sequence[Packet], fates: bytes
    ) -> None:
        try:
            wrong = compare(case, rulesets, packets, fates, self.tally)
        except (CrossCheckError, TooComplexError) as failure:
            raise AssertionError(self._failure(case, packets, failure)) from failure
        assert not wrong, self._report(case, wrong[0])

    def later_fates(self, case: Case, packets: Sequence[Packet]) -> bytes:
        """What becomes of packets of connections that were open before the rules were loaded."""
        assert self.kernel.load([]) == ""
        opened = self.kernel.open_connections(case.hook, packets)
        assert opened == len(packets), f"{opened} connections for {len(packets)} packets"
        assert self.kernel.load(case.files()) == ""
        fates = self.kernel.judge(case.hook, packets)
        self.kernel.close_connections()
        return fates

    @staticmethod
    def _failure(case: Case, packets: Sequence[Packet], failure: Exception) -> str:
        """The smallest rule set on which fwlint itself gives up, and one packet where it does."""

        def fails(smaller: Case, packet: Packet) -> Exception | None:
            try:
                traced(read(written(smaller)), smaller.hook, [packet])
            except type(failure) as again:
                return again
            return None

        for packet in packets:
            if fails(case, packet):
                smallest = shrunk(case, partial(lambda one, each: bool(fails(each, one)), packet))
                texts = "\n".join(written(smallest).values())
                return (
                    f"{type(failure).__name__} at {case.hook}:\n{texts}\n{fails(smallest, packet)}"
                )
        return f"{type(failure).__name__}, with all packets only: {failure}"

    def _report(self, case: Case, wrong: Disagreement) -> str:
        """The smallest rule set on which the packet is judged differently, and by whom how."""
        packet = wrong.packet

        def differs(smaller: Case) -> list[Disagreement]:
            if self.kernel.load(smaller.files()):
                return []
            if packet.state in (1, 2):
                fates = self.later_fates(smaller, [packet])
            else:
                fates = self.kernel.judge(smaller.hook, [packet])
            return compare(smaller, read(written(smaller)), [packet], fates)

        smallest = shrunk(case, lambda smaller: bool(differs(smaller)))
        texts = "\n".join(written(smallest).values())
        last = (differs(smallest) or [wrong])[0]
        kinds = ", ".join(kind for kind, _ in smallest.files())
        return f"the kernel disagrees at {case.hook} ({kinds}):\n{texts}\n{last}"

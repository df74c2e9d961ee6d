"""Runs cases by their numbers, and counts what became of them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.fuzz.mutate import case_of
from tests.fuzz.readers import Outcome, outcome
from tests.fuzz.watch import EVERY, MEGABYTES, peak, watching


class Finding(NamedTuple):
    """A case that was neither read nor refused; `python3 -m tests.fuzz --show` prints it again."""

    seed: int
    number: int
    kind: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.seed}/{self.number} {self.kind}: {self.outcome.wrong}"


class Run(NamedTuple):
    """What became of the cases: how many of each kind were read and refused, and the findings."""

    counts: Counter[tuple[str, str]]
    findings: list[Finding]

    def __str__(self) -> str:
        kinds = dict.fromkeys(kind for kind, _ in self.counts)
        lines = [
            f"{kind:14} {sum(n for (k, _), n in self.counts.items() if k == kind):>9,} executions"
            f" {self.counts[kind, 'read']:>9,} read {self.counts[kind, 'refused']:>9,} refused"
            f" {self.counts[kind, 'finding']:>5,} findings"
            for kind in sorted(kinds)
        ]
        whats = ("read", "refused", "finding")
        sums = [sum(n for (_, w), n in self.counts.items() if w == what) for what in whats]
        lines.append(
            f"{'all':14} {sum(sums):>9,} executions"
            f" {sums[0]:>9,} read {sums[1]:>9,} refused {sums[2]:>5,} findings"
        )
        return "\n".join(lines)


def run(seed: int, numbers: Iterable[int], kind: str = "") -> Run:
    """What became of the cases with these numbers."""
    done = Run(Counter(), [])
    before = peak()
    with watching():
        for number in numbers:
            case, random = case_of(seed, number, kind)
            found = outcome(case, random)
            done.counts[case.kind, found.what] += 1
            if found.what == "finding":
                done.findings.append(Finding(seed, number, case.kind, found))
            if number % EVERY == 0:
                grown, before = peak() - before, peak()
                if grown > MEGABYTES:
                    wrong = f"it, or one of the {EVERY} cases before it, takes {grown} MB"
                    done.findings.append(
                        Finding(seed, number, case.kind, Outcome("finding", wrong))
                    )
    return done

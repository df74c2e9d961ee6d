"""Exports of rules of every kind: the kernel's strategies draw them, who draw all that is read.

Nobody can tune the reader to one set of them: each seed has other ones, and the worst counts.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

from tests.bench.exports import FIRST, HEAD, TAIL
from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.runs import drawn
from tests.oracles.kernel.strategies import iptables_cases
from tests.oracles.kernel.worker import Kernel, NoKernelError

SEEDS = range(5)
_CASES = 40
"""Rule sets from which the rules of a seed are taken: some 300 rules."""
_BUILT_IN = re.compile(r" (?:-j|--jump) (?:ACCEPT|DROP|REJECT|RETURN|LOG)\b")
_ELSEWHERE = re.compile(r"--match-set|-m owner|RETURN")
"""What needs sets, or stands in OUTPUT alone; and a chain of one kind of rules has no caller."""
_ENDS = re.compile(r" (?:!? ?(?:-s|-d|--source|--destination|--src|--dst)) ")


def mixed(rules: int, seed: int) -> str:
    """So many rules in FORWARD, most of them about a source or a destination of their own."""
    random = Random(seed)
    kinds = _kinds(seed)
    lines = (_placed(random.choice(kinds), random) for _ in range(rules - len(FIRST)))
    return "\n".join((*HEAD, *FIRST, *lines, *TAIL))


@cache
def _kinds(seed: int) -> tuple[str, ...]:
    """What stands behind the chain's name in the rules of a seed."""
    return tuple(dict.fromkeys(_drawn(seed)))


def _drawn(seed: int) -> Iterator[str]:
    cases = [
        drawn(iptables_cases(), number) for number in range(_CASES * seed, _CASES * (seed + 1))
    ]
    for text in _saved([case for case in cases if case.family == 4]):
        for table in text.split("COMMIT\n"):
            if "*filter\n" in table:
                yield from (
                    line.split(" ", 2)[2]
                    for line in table.splitlines()
                    if line.startswith("-A ")
                    and _BUILT_IN.search(line)
                    and not _ELSEWHERE.search(line)
                )


def _saved(cases: Sequence[Case]) -> Iterator[str]:
    """What iptables-save prints of them; without a kernel to ask, what they were loaded from."""
    try:
        kernel = Kernel.start()
    except NoKernelError:
        yield from (case.files()[-1][1] for case in cases)
        return
    try:
        for case in cases:
            kind = case.files()[-1][0]
            if not kernel.load(case.files()):
                yield kernel.save(kind)
    finally:
        kernel.stop()


def _placed(kind: str, random: Random) -> str:
    address = f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(0, 255)}"
    end = random.choice(("-s {} ", "-s {} ", "-d {} ", "")).format(f"{address}/32")
    return f"-A FORWARD {'' if _ENDS.search(f' {kind}') else end}{kind}"

"""Runs of comparisons over a strategy's rule sets, and mutations that they must catch."""

from collections.abc import Callable, Iterator
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.oracles.kernel.cases import Case, without
from tests.oracles.kernel.compare import Comparison, Tally, compare, read, written
from tests.oracles.kernel.packets import boundary_packets, scattered_packets
from tests.oracles.kernel.worker import Kernel, OracleDiedError

Record = Callable[[str, object], None]
Cases = Callable[..., SearchStrategy[Case]]
"""A strategy of rule sets; `is_open` draws such as let more through."""


def drawn(cases: SearchStrategy[Case], number: int) -> Case:
    """The rule set of a number.

    In one run hypothesis begins with the simplest example, and then varies each a little before it
    draws a new one: the second is never of the first family that there is (6.170). The third is
    taken. Shrinking is our own, by rules.
    """
    found: list[Case] = []

    @seed(number)
    @settings(
        max_examples=3,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def draw(case: Case) -> None:
        found.append(case)

    draw()
    return found[-1]


def fresh(cases: SearchStrategy[Case], count: int, first: int = 0) -> Iterator[Case]:
    """So many rule sets, each drawn for itself."""
    return (drawn(cases, number) for number in range(first, first + count))


def run(comparison: Comparison, cases: SearchStrategy[Case], count: int) -> Tally:
    """The counts of the comparison of so many rule sets.

    Some rules that nft takes end libnftables when it lists them (1.0.6: an assertion in payload.c).
    """
    for case in fresh(cases, count):
        try:
            comparison.of(case)
        except OracleDiedError:
            comparison.kernel.restart()
            comparison.tally.crashed += 1
    return comparison.tally


def is_caught(kernel: Kernel, case: Case, random: Random) -> bool | None:
    """Whether the comparison notices that fwlint was not told of one rule; None where none matters.

    That a rule matters is for the kernel to say, by other packets than those of the comparison.
    """
    others = [
        *boundary_packets(case, 1200, Random(random.random())),
        *scattered_packets(case, 300, random),
    ]
    if kernel.load(case.files()):
        return None
    whole = kernel.judge(case.hook, others)
    packets = boundary_packets(case, 320, random)
    fates = kernel.judge(case.hook, packets)
    for number in random.sample(range(len(case.rules)), min(4, len(case.rules))):
        smaller = without(case, number)
        assert kernel.load(smaller.files()) == ""
        if kernel.judge(case.hook, others) != whole:
            return bool(compare(case, read(written(smaller)), packets, fates))
    return None


def mutations(kernel: Kernel, cases: SearchStrategy[Case], count: int) -> list[bool]:
    """For so many rule sets with a rule that matters: whether its loss is caught."""
    caught: list[bool] = []
    for case in fresh(cases, 4 * count):
        noticed = is_caught(kernel, case, Random("".join(text for _, text in case.files())))
        caught.extend([] if noticed is None else [noticed])
        if len(caught) == count:
            break
    assert len(caught) == count
    return caught

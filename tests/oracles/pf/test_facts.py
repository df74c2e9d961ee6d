"""Each fact about pfSense holds of the own reading of filter.inc, and of fwlint."""

import pytest

from linter.engine.device.trace import traced
from tests.oracles.pf.compare import oracle, read
from tests.oracles.pf.fact_names import NAME_FACTS
from tests.oracles.pf.fact_rules import RULE_FACTS
from tests.oracles.pf.facts import Fact

FACTS = pytest.mark.parametrize("fact", RULE_FACTS + NAME_FACTS, ids=lambda fact: fact.name)


@FACTS
def test_the_own_reading_says(fact: Fact) -> None:
    pf = oracle(fact.root)

    for packet, expected in fact.packets():
        assert (packet, expected) == (packet, pf.possible(packet, fact.traffic))


@FACTS
def test_fwlint_says(fact: Fact) -> None:
    packets = fact.packets()
    answers = traced(read(fact.root), fact.traffic, [packet for packet, _ in packets])

    for (packet, expected), answer in zip(packets, answers, strict=True):
        assert (packet, expected) == (packet, answer.possible)

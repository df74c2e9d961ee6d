"""Each fact about OPNsense holds of the own reading of its PHP, and of fwlint."""

import pytest

from linter.engine.device.trace import traced
from tests.oracles.opnsense.conf import oracle
from tests.oracles.opnsense.fact_names import NAME_FACTS
from tests.oracles.opnsense.fact_rules import RULE_FACTS
from tests.oracles.opnsense.facts import Fact
from tests.oracles.pf.compare import read

FACTS = RULE_FACTS + NAME_FACTS
# What the own reading leaves to the tests of fwlint: older sections and what is not understood.
_UNTOLD = (
    "<not/>",
    "<aliases><alias><name>",
    "<new>",
    "<tos>",
    "<settings>",
    "__lan_network",
    "0.255",
    "<gateway>",
    "<sched>",
    "geoip",
    ">match<",
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_fwlint_says(fact: Fact) -> None:
    packets = fact.packets()
    answers = traced(read(fact.root), fact.traffic, [packet for packet, _ in packets])

    for (packet, expected), answer in zip(packets, answers, strict=True):
        assert (packet, expected) == (packet, answer.possible)


@pytest.mark.parametrize(
    "fact",
    [fact for fact in FACTS if not any(each in fact.model + fact.older for each in _UNTOLD)],
    ids=lambda fact: fact.name,
)
def test_the_own_reading_says(fact: Fact) -> None:
    pf = oracle(fact.root)

    for packet, expected in fact.packets():
        assert (packet, expected) == (packet, pf.possible(packet, fact.traffic))

"""What is said of pfSense's and OPNsense's exports alone is what second readings say."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple
from xml.etree.ElementTree import Element

import pytest

from tests.oracles.alone.held import Tally, hold
from tests.oracles.alone.xml import Reading, export
from tests.oracles.opnsense.conf import oracle as opnsense_php
from tests.oracles.opnsense.generate import config as opnsense
from tests.oracles.pf.compare import oracle
from tests.oracles.pf.generate import config as pfsense
from tests.oracles.pf.generate_opnsense import config as opnsense_lines

Record = Callable[[str, object], None]


class Kind(NamedTuple):
    """Random configs, and a second reading of them."""

    config: Callable[[int], Element]
    reading: Reading


KINDS = {
    "pfsense": Kind(pfsense, oracle),
    "opnsense-lines": Kind(opnsense_lines, oracle),
    "opnsense-php": Kind(opnsense, opnsense_php),
}


def run(kind: Kind, seeds: range, packets: int, rules: int) -> Tally:
    """What was compared over so many configs; raises AssertionError with what is wrong."""
    tally = Tally()
    for seed in seeds:
        hold(export(kind.config(seed), kind.reading, packets, seed), rules, Random(seed), tally)
        assert tally.wrong == [], f"seed {seed}"
    return tally


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_an_export_alone_holds(kind: str, record_property: Record) -> None:
    tally = run(KINDS[kind], range(12), 60, 3)
    record_property("counted", str(tally))

    assert tally.inside >= 50
    assert tally.idle + tally.live >= 20


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_many_exports_alone_holds(
    kind: str, first: int, record_property: Record
) -> None:
    tally = run(KINDS[kind], range(first, first + 300), 200, 6)
    record_property("counted", str(tally))

    assert tally.idle >= 100
    assert tally.shown >= 100

"""fwlint's answers about random configs are those of an own reading of OPNsense's PHP."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from xml.etree.ElementTree import Element

import pytest

from flowmodel.packet import Packet
from tests.oracles.opnsense.conf import oracle, pf_conf
from tests.oracles.opnsense.generate import config
from tests.oracles.pf.compare import Disagreement, Tally, compare, read
from tests.oracles.pf.evaluate import Pf, Traffic
from tests.oracles.pf.packets import packets
from tests.oracles.pf.tree import written

Record = Callable[[str, object], None]
_RULES = (
    "OPNsense/Firewall/Filter/rules/rule",
    "filter/rule",
    "nat/rule",
    "OPNsense/Firewall/Filter/onetoone/rule",
)
_SHARES: tuple[tuple[Traffic, float], ...] = (("forward", 0.6), ("input", 0.25), ("output", 0.15))


def asked(root: Element, pf: Pf, count: int, seed: int) -> dict[Traffic, list[Packet]]:
    """Packets for each traffic, from the bounds of the rules."""
    devices = sorted(name.text or "" for name in root.findall("interfaces/*[enable]/if"))
    devices = [name for name in devices if name != "inner"]
    return {
        traffic: packets(pf, traffic, devices, int(count * share), seed)
        for traffic, share in _SHARES
    }


def possible(found: dict[Traffic, list[Packet]], pf: Pf) -> dict[Traffic, list[Packet]]:
    """Those that there can be: no firewall forwards what is for itself, it delivers that.

    The two readings say so of lines and of whole rules, which differ for a rule with several
    destinations.
    """
    return {
        traffic: [each for each in those if traffic != "forward" or each.dst not in pf.own]
        for traffic, those in found.items()
    }


def run(seeds: Sequence[int], count: int) -> Tally:
    """Compare so many configs; raises AssertionError with a disagreement."""
    tally = Tally()
    for seed in seeds:
        root = config(seed)
        pf = oracle(root)
        tally.configs += 1
        those = possible(asked(root, pf, count, seed), pf)
        wrong = compare(read(root), pf, those, tally)
        assert not wrong, _report(root, wrong[0], seed)
    return tally


def _report(root: Element, wrong: Disagreement, seed: int) -> str:
    return f"seed {seed}\n{written(deepcopy(root))}\n{pf_conf(root)}\n\n{wrong}"


def is_caught(seed: int, count: int) -> bool | None:
    """Whether the loss of a rule that matters is noticed; None where none of a few matters.

    That it matters is shown by other packets than those of the comparison.
    """
    root, random = config(seed), Random(seed)
    places = [(path, number) for path in _RULES for number in range(len(root.findall(path)))]
    whole = oracle(root)
    others = asked(root, whole, 3 * count, seed + 1_000_000)
    for path, number in random.sample(places, min(4, len(places))):
        smaller = deepcopy(root)
        where, _, tag = path.rpartition("/")
        parent = smaller.find(where)
        assert parent is not None
        parent.remove(parent.findall(tag)[number])
        without = oracle(smaller)
        if any(
            whole.possible(packet, traffic) != without.possible(packet, traffic)
            for traffic, each in others.items()
            for packet in each
        ):
            return bool(compare(read(smaller), whole, asked(root, whole, count, seed)))
    return None


def test_a_rule_that_fwlint_ignores_is_noticed(record_property: Record) -> None:
    tried = [is_caught(seed, 320) for seed in range(20_000, 20_030)]
    found = [each for each in tried if each is not None]
    record_property("counted", f"{sum(found)} of {len(found)} lost rules noticed")

    assert len(found) >= 20
    assert sum(found) >= 0.9 * len(found)


def test_every_verdict_is_that_of_an_own_reading_of_opnsense(record_property: Record) -> None:
    tally = run(range(60), 240)
    record_property("counted", str(tally))

    assert tally.configs == 60
    assert tally.verdicts >= 12_000
    assert tally.certain > 0.6 * tally.verdicts
    assert tally.accepted > 0.1 * tally.verdicts
    # Of a rule for all but an interface the place depends on the version, which is not told.
    assert tally.wider < 0.08 * tally.verdicts


@pytest.mark.long
def test_many_verdicts_are_those_of_an_own_reading(record_property: Record) -> None:
    tally = run(range(10_000, 11_000), 400)
    record_property("counted", str(tally))

    assert tally.verdicts >= 300_000

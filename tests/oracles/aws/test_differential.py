"""Random accounts have the same verdicts from fwlint and from a second evaluator.

`--long` asks about ten times as many accounts.
"""

from collections import Counter
from ipaddress import ip_address
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from linter.engine.device.trace import Tracer
from parsers import read_exports
from parsers.shared.context import Place
from tests.oracles.aws.accounts import Account, Element, account
from tests.oracles.aws.differ import NAMES, WAYS, Verdict, cases, verdicts
from tests.oracles.aws.evaluate import passes
from tests.oracles.aws.hand_made import hand_made
from tests.oracles.aws.mutations import mutants
from tests.oracles.aws.packets import packets
from tests.oracles.aws.places import private_addresses, spot
from tests.oracles.aws.verdicts import VERDICTS
from tests.oracles.aws.writing import FORMS, write

ACCOUNTS = 120
PACKETS = 320
INTERFACES = 1


def shown(seed: int, verdict: Verdict) -> str:
    packet = verdict.packet
    ends = f"{ip_address(packet.src)}:{packet.sport} > {ip_address(packet.dst)}:{packet.dport}"
    if packet.family == 6:
        ends = (
            f"[{ip_address(packet.src)}] {packet.sport} > [{ip_address(packet.dst)}] {packet.dport}"
        )
    return (
        f"account({seed}) at {verdict.place}, {verdict.way}: proto {packet.proto} {ends}"
        f" icmp {packet.icmp_type}/{packet.icmp_code} state {packet.state}:"
        f" documentation says {verdict.expected}, fwlint {verdict.actual} by {verdict.rule}"
        f" {verdict.unread}"
    )


def run(seeds: range, folder: Path) -> tuple[Counter[str], list[str]]:
    """How many verdicts of each kind there were, and those that differ."""
    counts: Counter[str] = Counter()
    differences: list[str] = []
    for seed in seeds:
        random = Random(f"differential {seed}")
        made = account(seed)
        for case in cases(made, folder / str(seed), random, INTERFACES):
            assert case.rulesets, f"account({seed}) has no rules for {case.name}"
            for verdict in verdicts(case, random, PACKETS):
                counts[verdict.expected] += 1
                if verdict.expected != verdict.actual:
                    differences.append(shown(seed, verdict))
    return counts, differences


def test_accounts_have_the_verdicts_of_the_documentation(tmp_path: Path) -> None:
    counts, differences = run(range(ACCOUNTS), tmp_path)

    assert differences == []
    assert counts.total() >= 50_000
    assert min(counts["accept"], counts["drop"], counts["unknown"]) >= 5_000


@pytest.mark.long
def test_ten_times_as_many_accounts_have_them_too(tmp_path: Path) -> None:
    _, differences = run(range(ACCOUNTS, ACCOUNTS * 10), tmp_path)

    assert differences == []


@pytest.mark.parametrize("form", FORMS)
def test_the_account_made_by_hand_has_the_verdicts_of_the_documentation(
    form: str, tmp_path: Path
) -> None:
    paths = [str(path) for path in write(hand_made(), tmp_path, form, Random(1))]
    whole = read_exports(paths)
    for told in VERDICTS:
        one = read_exports(paths, place=Place(at=told.at))
        for rulesets in (one, tuple(each for each in whole if each.place == told.at)):
            (answer,) = Tracer(rulesets, told.way).traces([told.packet])

            assert answer.verdict == NAMES[told.answer], told.because


def differs(left: Account, right: Account, interface: Element) -> bool:
    """Whether the fault changes anything, as far as very many packets can tell."""
    random = Random("equivalence")
    ends = spot(left, interface), spot(right, interface)
    own = tuple(private_addresses(interface))
    return any(
        passes(left, ends[0], way, packet) is not passes(right, ends[1], way, packet)
        for made, place in ((left, ends[0]), (right, ends[1]))
        for way in WAYS
        for packet in packets(random, made, place, own, way, 200)
    )


@pytest.mark.parametrize("count", [40, pytest.param(100, marks=pytest.mark.long)])
def test_faults_that_are_planted_are_noticed(count: int, tmp_path: Path) -> None:
    noticed: dict[bool, list[str]] = {True: [], False: []}
    for seed in range(count):
        random = Random(f"mutation {seed}")
        made = account(seed, complete=True)
        del made.lists["SecurityGroupRules"]
        (case,) = cases(made, tmp_path / str(seed), random, 1, hidden=0)
        faulty = (
            (name, each)
            for name, each in islice(mutants(made, case.interface, random), 200)
            if differs(made, each, case.interface)
        )
        name, mutant = next(faulty)
        is_noticed = any(
            verdict.expected != verdict.actual
            for verdict in verdicts(case, random, PACKETS, oracle=mutant)
        )
        noticed[is_noticed].append(f"account({seed}): {name}")

    assert len(noticed[True]) >= 0.95 * count, noticed[False]

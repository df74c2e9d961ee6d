"""Rules by their addresses at one end: what they count is held against packets, one by one."""

from random import Random
from typing import Final

import pytest

from flowmodel.fields import ESTABLISHED, NEW, Family
from flowmodel.match import All, Any, Condition, IsFamily, Name, Unread
from flowmodel.match import Test as Asked
from flowmodel.ruleset import Rule
from flowmodel.source import Source
from flowmodel.verdict import ACCEPT, DROP, Verdict
from linter.checks.rulebase.ends import Ends
from linter.engine.device.row import Numbers, Own, Packet

_SOURCE: Final = Source("a", [])
_USUAL: Final = {"in": "eth0", "out": "", "phys_in": "", "phys_out": ""}
_V4, _V6 = IsFamily(4), IsFamily(6)
_LO = Name("in", frozenset(("lo",)))
_KNOWN = Asked("state", ((ESTABLISHED, ESTABLISHED),))


def _rule(*match: Condition, verdict: Verdict = ACCEPT) -> Rule:
    return Rule(match, verdict, _SOURCE, 1)


def _from(*ranges: tuple[int, int]) -> Asked:
    return Asked("src", ranges)


def _to(port: int) -> Asked:
    return Asked("dport", ((port, port),))


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (_rule(_V4, _from((5, 5)), _to(22)), {5: 1, 6: 0}),
        (_rule(_V4, _from((5, 6))), {5: 1, 6: 1, 7: 0}),
        (_rule(_V4, _from((1, 1), (5, 5))), {1: 1, 2: 0, 5: 1}),
        # What is for the other family alone matches nothing here.
        (_rule(_V6, _from((5, 5))), {5: 0}),
        (_rule(_V6), {5: 0}),
        # A rule about every address is told apart by the port, and by the state.
        (_rule(_to(22)), {5: 1}),
        (_rule(_to(23)), {5: 0}),
        (_rule(_KNOWN), {5: 0}),
        (_rule(), {5: 1}),
        # Nothing of what is asked about comes from there; of what is not read, nobody knows.
        (_rule(_LO), {5: 0}),
        (_rule(Name("in", frozenset(("eth0",)))), {5: 1}),
        (_rule(Unread("?")), {5: 1}),
        # One of several has an address at least.
        (_rule(Any((All((_V4, _from((5, 5)))), All((_V4, _from((7, 7))))))), {5: 1, 6: 0, 7: 1}),
        (_rule(_from((5, 5)), verdict=DROP), {5: 0}),
    ],
)
def test_a_rule_counts_where_it_may_match(rule: Rule, counts: dict[int, int]) -> None:
    ends = Ends([rule], "src", 4, _USUAL)

    assert {each: ends.count(each, NEW, 22) for each in counts} == counts


@pytest.mark.parametrize("seed", range(40))
def test_what_counts_once_is_a_packet_that_one_rule_matches(seed: int) -> None:
    random = Random(seed)
    family: Family = random.choice((4, 6))
    rules = [_random_rule(random) for _ in range(random.randint(1, 8))]
    ends = Ends(rules, "src", family, _USUAL)
    shown = 0

    for probe in ends.probes:
        for address in probe.tried(family):
            matching = _matching(rules, family, probe.at, address, probe.state, probe.port)
            assert probe.at in matching
            found = ends.count(address, probe.state, probe.port)
            assert found >= len(matching)
            shown += found == 1

    assert shown or seed not in (0, 1, 2), "the no-op: some rules are told apart"


def _matching(
    rules: list[Rule], family: Family, at: int, address: int, state: int, port: int
) -> list[int]:
    """The places of the rules that match a packet which is as one of them asks for."""
    tests = Own(rules[at].match, family).tests
    numbers: Numbers = {field: values[0][0] for field, values in tests.items()}
    numbers |= {"src": address, "state": state, "dport": port}
    packet = Packet(family, numbers, _USUAL, frozenset(("?",)))
    return [
        place
        for place, rule in enumerate(rules)
        if rule.verdict == ACCEPT and packet.holds_all(rule.match, dice=True)
    ]


def _random_rule(random: Random) -> Rule:
    conditions: list[Condition] = []
    if random.random() < 0.8:
        conditions.append(random.choice((_V4, _V4, _V6)))
    if random.random() < 0.8:
        firsts = sorted(random.sample(range(0, 12, 3), random.randint(1, 2)))
        conditions.append(_from(*((each, each + random.randint(0, 1)) for each in firsts)))
    if random.random() < 0.6:
        conditions.append(Asked("proto", ((6, 6),)))
        conditions.append(_to(random.choice((22, 23))))
    if random.random() < 0.3:
        conditions.append(random.choice((_KNOWN, _LO, Unread("?"))))
    verdict = DROP if random.random() < 0.1 else ACCEPT
    return _rule(*conditions, verdict=verdict)

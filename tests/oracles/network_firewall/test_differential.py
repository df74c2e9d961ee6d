"""Random policies: fwlint and the second evaluator say the same of whole connections."""

from collections import Counter
from ipaddress import ip_address
from random import Random

import pytest

from flowmodel import packet as model
from flowmodel.fields import ESTABLISHED, NEW, ORIGINAL, REPLY, Family
from flowmodel.ruleset import RuleSet
from flowmodel.verdict import Accept
from linter.engine.device.trace import Tracer
from linter.engine.packet.interpret import outcomes, stages
from linter.engine.packet.state import State
from tests.oracles.network_firewall.evaluate import (
    FLOWS,
    RST,
    Answer,
    Firewall,
    Packet,
    Rules,
    connection,
)
from tests.oracles.network_firewall.random_rules import export, random_packet, random_rules
from tests.parsers.aws.network_firewall.samples import read

_ANSWERS: dict[frozenset[bool], Answer] = {
    frozenset((True,)): True,
    frozenset((False,)): False,
    frozenset((True, False)): None,
}


def _numbers(packet: Packet, first: Packet, *, past_the_engine: bool) -> dict[str, int | None]:
    """The packet as a state of the interpreter, with what the connection's first packet left."""
    is_reply = (packet.src, packet.sport) != (first.src, first.sport)
    return {
        "src": int(ip_address(packet.src)),
        "dst": int(ip_address(packet.dst)),
        "proto": packet.proto,
        "sport": packet.sport,
        "dport": packet.dport,
        "icmp_type": 0,
        "icmp_code": 0,
        "tcp_flags": packet.flags,
        "state": ESTABLISHED,
        "ct_dir": REPLY if is_reply else ORIGINAL,
        "ct_status": 0,
        "mark": 0,
        "ct_mark": 0,
        "stateless": int(past_the_engine),
        "src_type": None,
        "dst_type": None,
        "rp_filter": None,
        "pkt_type": 0,
        "orig_src": int(ip_address(first.src)),
        "orig_dst": int(ip_address(first.dst)),
        "orig_proto": first.proto,
        "orig_sport": first.sport,
        "orig_dport": first.dport,
    }


def _later(ruleset: RuleSet, packet: Packet, first: Packet, *, past_the_engine: bool) -> Answer:
    family: Family = 6 if ":" in packet.src else 4
    names = {"in": "a", "out": "b", "phys_in": "", "phys_out": ""}
    numbers = _numbers(packet, first, past_the_engine=past_the_engine)
    way = stages([ruleset], "forward", family)
    found = outcomes(way, State(numbers, dict(names), family, tracked=ESTABLISHED)).states
    return _ANSWERS[frozenset(isinstance(each.verdict, Accept) for each in found)]


def _first(ruleset: RuleSet, packets: list[Packet]) -> list[Answer]:
    """What sets and interpreter together say of first packets."""
    made = [
        model.Packet(
            6 if ":" in packet.src else 4,
            int(ip_address(packet.src)),
            int(ip_address(packet.dst)),
            packet.proto,
            packet.sport,
            packet.dport,
            icmp_type=128 if packet.proto == 58 else 8,
            tcp_flags=packet.flags,
            in_name="a",
            out_name="b",
            state=NEW,
        )
        for packet in packets
    ]
    answers = Tracer([ruleset], "forward").traces(made)
    return [{"accept": True, "unknown": None}.get(answer.verdict, False) for answer in answers]


def _compared(
    rules: Rules, ruleset: RuleSet, packets: list[Packet], count: Counter[str]
) -> list[str]:
    """What differs over the connections that begin with these packets, in words."""
    wrong = []
    for first, answer in zip(packets, _first(ruleset, packets), strict=True):
        firewalls = [
            Firewall(rules, pass_flow=pass_flow, by_family=by_family)
            for by_family in (False, True)
            for pass_flow in (True, False)
        ]
        past_the_engine = False
        inspected = []
        for name, packet in connection(first):
            is_first = packet is first
            expected = {each.send(packet) for each in firewalls}
            inspected.append(firewalls[0].was_inspected)
            is_reset = is_first and firewalls[0].was_inspected and bool(packet.flags & RST)
            ours = (
                answer
                if is_first
                else _later(ruleset, packet, first, past_the_engine=past_the_engine)
            )
            if is_first:
                past_the_engine = not firewalls[0].was_inspected
            count["all"] += 1
            if ours is None:
                is_doubtful = any(each.is_doubtful for each in firewalls)
                count["doubtful" if is_doubtful else "unknown"] += 1
                is_open = None in expected or len(expected) > 1 or is_doubtful
                # What the lowering leaves open on purpose: docs/limits.md.
                is_half = not all(inspected) or any(r.flags for g in rules.stateless for r in g)
                has_flow = any(rule.flow for each in rules.stateful for rule in each)
                if not (is_open or is_half or has_flow or first.proto not in FLOWS):
                    wrong.append(f"unknown, not {expected}: {name} {packet} of {first}")
            elif is_reset and ours is False:
                # Whatever the engine makes of it, a rule drops it too.
                assert expected == {None}
            elif expected != {ours} and not firewalls[0].is_one_sided:
                wrong.append(f"{ours}, not {expected}: {name} {packet} of {first}")
            if expected != {True}:
                break
    return wrong


@pytest.mark.parametrize("with_flow", [False, True], ids=["headers", "flow"])
@pytest.mark.parametrize("seed", range(4))
def test_connections_fare_as_the_documentation_says(seed: int, *, with_flow: bool) -> None:
    random = Random(f"{seed} {with_flow}")
    count: Counter[str] = Counter()
    wrong = []

    while count["all"] < 3000:
        rules = random_rules(random, with_flow=with_flow)
        ruleset = read(*export(rules, random))
        packets = [random_packet(random) for _ in range(25)]
        found = _compared(rules, ruleset, packets, count)
        wrong += [f"{each} in {rules}" for each in found]

    assert wrong == []
    assert count["unknown"] < count["all"] / (4 if with_flow else 10)

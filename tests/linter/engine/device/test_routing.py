"""What each hook knows of a packet's interfaces, and how deep chains may call each other."""

import pytest

from flowmodel.match import Name, Not
from flowmodel.packet import Packet
from flowmodel.ruleset import FILTER, MANGLE, Chain, Hook, Rule, RuleSet, Table
from flowmodel.verdict import ACCEPT, DROP, Jump
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import judge
from linter.engine.device.walk import DEPTH_LIMIT
from tests.chains import base_chain, user_chain
from tests.linter.engine.rulesets import SPAN, source

_PACKET = Packet(4, 1, 2, 6, 40000, 443, in_name="eth0", out_name="eth1")


def _ruleset(chains: dict[str, Chain]) -> tuple[RuleSet, ...]:
    table = Table("t", frozenset({4}), chains)
    return (RuleSet("rules", "test", (table,), frozenset({4})),)


@pytest.mark.parametrize(
    ("hook", "verdict"), [("prerouting", "accept"), ("forward", "drop"), ("postrouting", "drop")]
)
def test_the_interface_to_leave_by_is_not_known_before_routing(hook: Hook, verdict: str) -> None:
    """NF_INET_PRE_ROUTING is called without an outgoing device (net/ipv4/ip_input.c, ip_rcv)."""
    rule = Rule((Name("out", frozenset({"eth1"})),), DROP, source(), 1)
    chain = base_chain("c", (rule,), SPAN, hook, MANGLE, ACCEPT)

    assert judge(_ruleset({"c": chain}), "forward", [_PACKET])[0].verdict == verdict


def test_a_negated_test_for_it_holds_before_routing() -> None:
    rule = Rule((Not(Name("out", frozenset({"eth1"}))),), DROP, source(), 1)
    chain = base_chain("c", (rule,), SPAN, "prerouting", MANGLE, ACCEPT)

    assert judge(_ruleset({"c": chain}), "forward", [_PACKET])[0].verdict == "drop"


def _deep(depth: int) -> tuple[RuleSet, ...]:
    chains = {
        f"c{n}": user_chain(f"c{n}", (Rule((), Jump(f"c{n + 1}"), source(), 1),), SPAN)
        for n in range(depth)
    }
    chains[f"c{depth}"] = user_chain(f"c{depth}", (Rule((), ACCEPT, source(), 1),), SPAN)
    first = Rule((), Jump("c0"), source(), 1)
    chains["INPUT"] = base_chain("INPUT", (first,), SPAN, "input", FILTER, DROP)
    return _ruleset(chains)


def test_chains_may_call_each_other_as_deep_as_any_firewall_allows() -> None:
    assert judge(_deep(100), "input", [_PACKET])[0].verdict == "accept"


def test_chains_that_call_each_other_deeper_than_that_are_too_complex() -> None:
    with pytest.raises(TooComplexError, match=f"more than {DEPTH_LIMIT} deep"):
        judge(_deep(3000), "input", [_PACKET])


def test_a_packet_may_come_back_from_thousands_of_chains() -> None:
    empty = {f"c{n}": user_chain(f"c{n}", (), SPAN) for n in range(5000)}
    rules = tuple(Rule((), Jump(name), source(), 1) for name in empty)
    last = Rule((), ACCEPT, source(), 2)
    chain = base_chain("INPUT", (*rules, last), SPAN, "input", FILTER, DROP)

    (answer,) = judge(_ruleset({**empty, "INPUT": chain}), "input", [_PACKET])

    assert (answer.verdict, answer.line) == ("accept", 2)

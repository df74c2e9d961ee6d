"""An unread text may have another answer at another hook, and behind a translation."""

from flowmodel.match import Match, Not, Unread
from flowmodel.packet import Packet
from flowmodel.ruleset import FILTER, Chain, Hook, Rule, RuleSet, Table
from flowmodel.source import Source, Span
from flowmodel.values import full, single
from flowmodel.verdict import ACCEPT, DROP, TranslateDestination, Verdict
from linter.engine.device.trace import traced
from tests.chains import base_chain

_SOURCE = Source("rules", ["rules"])
_SPAN = Span("rules", 1, 1, 1, 5)
_IS_OWN = Unread("the address of wan")
_MOVED = TranslateDestination(single(0x0A010001), full(16))
_PACKET = Packet(4, 0xCB007109, 0xC6336402, 6, 40000, 80, in_name="wan", out_name="lan")


def chain(hook: Hook, *rules: tuple[Match, Verdict], priority: int = FILTER) -> Chain:
    made = tuple(Rule(match, verdict, _SOURCE, 1) for match, verdict in rules)
    return base_chain(f"{hook}{priority}", made, _SPAN, hook, priority, ACCEPT)


def possible(*chains: Chain) -> frozenset[str]:
    """What may become of the packet; judge raises where sets and interpreter disagree."""
    named = {each.name: each for each in chains}
    table = Table("t", frozenset({4}), named)
    ruleset = RuleSet("rules", "", (table,), frozenset({4}))
    return traced((ruleset,), "forward", [_PACKET])[0].possible


def test_behind_a_translation_the_same_text_may_have_another_answer() -> None:
    moved = chain("prerouting", ((_IS_OWN,), _MOVED), ((), DROP), priority=FILTER - 10)

    assert possible(moved, chain("prerouting", ((_IS_OWN,), DROP))) == {"accept", "drop"}


def test_without_a_translation_the_same_text_has_the_same_answer() -> None:
    before = chain("prerouting", ((_IS_OWN,), DROP), priority=FILTER - 10)

    assert possible(before, chain("prerouting", ((Not(_IS_OWN),), DROP))) == {"drop"}


def test_at_the_next_hook_the_same_text_may_have_another_answer() -> None:
    before = chain("prerouting", ((_IS_OWN,), DROP))

    assert possible(before, chain("forward", ((Not(_IS_OWN),), DROP))) == {"accept", "drop"}

"""Shortcuts that must not change an answer: filed, joined and left-out rules."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.fields import Family, bits
from flowmodel.match import Condition, IsFamily
from flowmodel.match import Test as Has
from flowmodel.ruleset import FILTER, Chain, Rule, RuleSet, Table
from flowmodel.values import full, single, union
from flowmodel.verdict import ACCEPT, DROP, REJECT, Verdict
from linter.engine.device.mentions import names_in
from linter.engine.device.program import everything, near, program, rules_of
from linter.engine.device.trace import start_of
from linter.engine.device.walk import Walk
from linter.engine.packet.holds import holds_all
from linter.engine.packet.index import LONG, candidates
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Space, minus
from tests.chains import base_chain
from tests.linter.engine.rulesets import SPAN, address, addresses, conditions, packets, source

_VERDICTS: tuple[Verdict, ...] = (ACCEPT, ACCEPT, ACCEPT, DROP, REJECT)


@st.composite
def _tests(draw: st.DrawFn, family: Family) -> Condition:
    """Mostly tests of one address or one port, as long chains have them."""
    field = draw(st.sampled_from(("src", "dst", "dport", "sport", "proto")))
    if field in ("src", "dst"):
        host = st.integers(0, 40).map(lambda n: single(address(family, n)))
        values = draw(host | addresses(family))
        return Has("src" if field == "src" else "dst", values)
    if field == "proto":
        return Has("proto", single(draw(st.sampled_from((6, 17)))))
    port = single(draw(st.sampled_from((22, 80, 443, 8080))))
    return Has("dport" if field == "dport" else "sport", port)


@st.composite
def _chains(draw: st.DrawFn, family: Family) -> Chain:
    """A long chain of simple rules, with some of any kind between them."""
    simple = _tests(family)
    some = st.lists(simple, max_size=2) | st.lists(conditions(family, is_open=False), max_size=2)
    matches = draw(st.lists(some, min_size=LONG, max_size=LONG * 3))
    rules = tuple(
        Rule(tuple(match), draw(st.sampled_from(_VERDICTS)), source(), number)
        for number, match in enumerate(matches, 1)
    )
    return base_chain("INPUT", rules, SPAN, "input", FILTER, DROP)


def _ruleset(chain: Chain) -> RuleSet:
    table = Table("filter", frozenset({4, 6}), {"INPUT": chain})
    return RuleSet("rules", "test", (table,), frozenset({4, 6}))


@given(st.data(), st.sampled_from((4, 6)))
def test_no_rule_that_matches_a_packet_is_missing_from_its_drawers(
    data: st.DataObject, family: Family
) -> None:
    chain = data.draw(_chains(family))
    names = frozenset(names_in([_ruleset(chain)])) - {"lo"}
    for packet in data.draw(st.lists(packets(family, "input"), max_size=8)):
        state = start_of(packet, "input", names, full(bits("dst", family)))
        found = candidates(chain, state.numbers)

        matching = [rule for rule in chain.rules if holds_all(rule.match, state) is not False]
        assert [rule for rule in found if rule in matching] == matching
        assert [rule.line for rule in found] == sorted(rule.line for rule in found)


@given(st.sampled_from((4, 6)), st.data())
def test_a_packet_with_an_unknown_address_is_tried_against_all_rules(
    family: Family, data: st.DataObject
) -> None:
    chain = data.draw(_chains(family))

    found = candidates(chain, {"src": None, "dst": None, "sport": None, "dport": None})

    assert list(found) == list(chain.rules) or all(
        not any(isinstance(each, Has) for each in rule.match) for rule in chain.rules
    )


@given(st.data(), st.sampled_from((4, 6)))
def test_joining_rules_changes_no_region(data: st.DataObject, family: Family) -> None:
    chain = data.draw(_chains(family))
    space = Space(family, ("eth0", "eth1", "/other"))
    steps = program(everything).steps(chain)
    matcher = Matcher(space)

    left = space.true
    for rule in chain.rules:
        hit = matcher.match(rule.match, wire(space)) & left
        left = minus(left, hit)
    walk = Walk(matcher, program(everything), _ruleset(chain).tables[0], wire(space), {}, [])
    walk.base_chain(chain, space.true)

    assert sorted(rule.line for step in steps for rule in rules_of(step)) == [
        rule.line for rule in chain.rules
    ]
    accepted = space.union(r.packets for r in walk.regions if r.verdict == ACCEPT)
    assert accepted == _accepted(space, matcher, chain)
    assert [r.packets for r in walk.regions if not r.rules] == (
        [left] if left != space.false else []
    )


def _accepted(space: Space, matcher: Matcher, chain: Chain) -> object:
    live, accepted = space.true, space.false
    for rule in chain.rules:
        hit = matcher.match(rule.match, wire(space)) & live
        live = minus(live, hit)
        if rule.verdict == ACCEPT:
            accepted = accepted | hit
    return accepted


@given(st.data(), st.sampled_from((4, 6)))
def test_a_rule_that_is_left_out_matches_no_packet_of_the_question(
    data: st.DataObject, family: Family
) -> None:
    close = data.draw(addresses(family))
    relevant = near(close)
    match = tuple(
        data.draw(st.lists(_tests(family) | conditions(family, is_open=False), max_size=3))
    )
    space = Space(family, ("eth0", "eth1", "/other"))
    asked = space.within(space.fields["src"], close) | space.within(space.fields["dst"], close)

    if not relevant(Rule(match, ACCEPT, source(), 1)):
        assert Matcher(space).match(match, wire(space)) & asked == space.false


def test_rules_are_left_out_only_if_both_ends_are_elsewhere() -> None:
    here, there = single(address(4, 1)), single(address(4, 2))
    relevant = near(here)

    def rule(*match: Condition) -> Rule:
        return Rule(match, ACCEPT, source(), 1)

    assert not relevant(rule(Has("src", there), Has("dst", there)))
    assert relevant(rule(Has("src", there), Has("dst", here)))
    assert relevant(rule(Has("src", here), Has("dst", there)))
    assert relevant(rule(Has("src", there)))
    assert relevant(rule(Has("dst", there)))
    assert relevant(rule(IsFamily(4)))
    assert relevant(rule())
    assert relevant(rule(Has("src", union(here + there)), Has("dst", there)))


def test_a_long_chain_of_one_verdict_becomes_few_steps() -> None:
    rules = tuple(
        Rule((Has("src", single(address(4, 2 * n))),), DROP, source(), n + 1) for n in range(50)
    )
    chain = base_chain("INPUT", rules, SPAN, "input", FILTER, ACCEPT)

    (step,) = program(everything).steps(chain)

    assert rules_of(step) == rules
    assert step.match[0].values == union(  # type: ignore[union-attr]
        interval for n in range(50) for interval in single(address(4, 2 * n))
    )

"""What is kept of what chains say is what their rules say, one by one."""

from math import prod

from hypothesis import given

from flowmodel.match import Test as Has
from flowmodel.ruleset import FILTER, Rule, RuleSet, Table
from flowmodel.values import Values
from flowmodel.verdict import DROP, MapNetwork, TranslateDestination, TranslateSource
from linter.engine.device.inventory import Inventory
from linter.engine.device.mentions import listed, rules_of, weight
from tests.chains import base_chain
from tests.linter.engine.rulesets import SPAN, Case, cases, source

_LIST: Values = tuple((4 * number, 4 * number) for number in range(2_000))


@given(cases())
def test_a_chain_says_what_its_rules_say(case: Case) -> None:
    inventory = Inventory()
    rules = list(rules_of(case.rulesets))
    conditions = {each for rule in rules for each in rule.match}
    ends = ("src", "dst", "proto", "sport", "dport")
    changing = (TranslateDestination, TranslateSource, MapNetwork)

    asked = {each for each in conditions if not (isinstance(each, Has) and each.field in ends)}
    acting = [rule for rule in rules if rule.effects or isinstance(rule.verdict, changing)]

    assert inventory.asked(case.rulesets) == asked
    assert [rule for its in inventory.all(case.rulesets) for rule in its.acting] == acting
    assert list(inventory.all(case.rulesets)) == list(inventory.all(case.rulesets))


@given(cases())
def test_a_rule_weighs_one_and_the_values_that_it_combines(case: Case) -> None:
    rules = list(rules_of(case.rulesets))
    pairs = sum(prod(len(t.values) or 1 for t in r.match if isinstance(t, Has)) for r in rules)

    assert weight(case.rulesets) == len(rules) + pairs // 200


def test_a_list_weighs_once_and_is_told_once_a_chain() -> None:
    test, port = Has("src", _LIST), Has("dport", ((1, 1), (3, 3)))
    rules = tuple(Rule((test, port), DROP, source(), line) for line in (1, 2))
    chains = {
        name: base_chain(name, rules, SPAN, "forward", FILTER, DROP) for name in ("one", "two")
    }
    rulesets = (RuleSet("a", "test", (Table("t", frozenset({4}), chains),), frozenset({4})),)

    assert weight(rulesets) == 4 + len(_LIST) // 10 + 4 * 2 * len(_LIST) // 200
    assert list(listed(rulesets)) == [_LIST, _LIST]

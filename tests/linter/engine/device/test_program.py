"""Long runs of rules are joined once for all who ask about them."""

from flowmodel.match import Test as Has
from flowmodel.ruleset import Chain, Rule
from flowmodel.verdict import DROP
from linter.engine.device.program import Joins, everything, program, rules_of
from tests.chains import user_chain
from tests.linter.engine.rulesets import SPAN, source


def _bans(number: int) -> Chain:
    text = source()
    rules = (Rule((Has("src", ((n * 2, n * 2),)),), DROP, text, n + 1) for n in range(number))
    return user_chain("bans", tuple(rules), SPAN)


def test_programs_of_the_same_long_run_have_the_same_steps() -> None:
    joins, bans = Joins(), _bans(1_000)

    first = program(everything, joins).steps(bans)
    again = program(everything, joins).steps(bans)

    assert len(first) == 1
    assert first is again


def test_a_program_without_some_of_the_rules_has_steps_of_its_own() -> None:
    joins, bans = Joins(), _bans(1_001)
    left_out = bans.rules[0]

    (every,) = program(everything, joins).steps(bans)
    (fewer,) = program(lambda rule: rule is not left_out, joins).steps(bans)

    assert rules_of(every) == bans.rules
    assert rules_of(fewer) == bans.rules[1:]

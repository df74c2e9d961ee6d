"""Which check tells of a rule that decides nothing: each rule is told of once."""

from flowmodel.verdict import Return
from linter.checks.rulebase.actions import actions, is_action
from linter.checks.rulebase.judged import Written
from linter.checks.rulebase.standing import Idle, denies, is_default


def is_style(each: Written) -> bool:
    """Whether people and tools write such rules on purpose, whatever stands before them.

    That is what a chain does with all that is left, a jump to a chain in which nothing is decided
    (a hook for later), and what stands in a chain that is a name for an action: the jump to the
    chain decides, and it is judged itself.
    """
    first = each.parts[0]
    is_return = isinstance(first.rule.verdict, Return)
    is_last = is_default(first.chain, first.rule)
    is_detail = all(is_action(part.table, part.chain) for part in each.parts)
    return is_last or is_return or is_detail or any(seen.is_hook for seen in each.seen)


def is_same(each: Written) -> bool:
    """Whether everything that the rule is about is treated just as it would treat it."""
    return all(not is_other_way(each, idle) for idle in _idles(each))


def is_other_way(each: Written, idle: Idle) -> bool:
    """Whether other rules do something else with what the rule is about."""
    mine = {done for part in each.parts for done in actions(part.table, part.rule.verdict)}
    return not idle.actions <= mine or any(part.rule.effects for part in each.parts)


def is_open_deny(each: Written) -> bool:
    """Whether the rule denies, and everything that it is about is accepted."""
    if not all(denies(part.rule) for part in each.parts):
        return False
    idles = _idles(each)
    is_all = len(idles) == sum(seen.fits for seen in each.seen)
    return is_all and bool(idles) and all(idle.actions == {"accept"} for idle in idles)


def _idles(each: Written) -> list[Idle]:
    return [seen.idle for seen in each.seen if seen.idle is not None]

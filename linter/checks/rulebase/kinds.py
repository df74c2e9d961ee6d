"""Which check tells of a rule that decides nothing: each rule is told of once."""

from flowmodel.verdict import Return
from linter.checks.rulebase.actions import actions, is_action
from linter.checks.rulebase.standing import Idle, denies, is_default
from linter.checks.rulebase.written import Judged, Written


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
    return not any(map(is_other_way, each.parts))


def is_other_way(part: Judged, *some: Idle) -> bool:
    """Whether other rules do something else with what a part of a rule is about, or with some.

    What one target of a map does is nothing that the others do too.
    """
    idles = some or [seen.idle for seen in part.seen if seen.idle is not None]
    mine = actions(part.table, part.rule.verdict)
    return any(bool(part.rule.effects) or not idle.actions <= mine for idle in idles)


def is_open_deny(each: Written) -> bool:
    """Whether the rule denies, and everything that it is about is accepted."""
    if not all(denies(part.rule) for part in each.parts):
        return False
    idles = _idles(each)
    is_all = len(idles) == sum(seen.fits for seen in each.seen)
    return is_all and bool(idles) and all(idle.actions == {"accept"} for idle in idles)


def _idles(each: Written) -> list[Idle]:
    return [seen.idle for seen in each.seen if seen.idle is not None]

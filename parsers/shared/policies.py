"""A default policy of which nobody knows whether it accepts or drops."""

from collections.abc import Iterable

from flowmodel.match import Unread
from flowmodel.ruleset import Rule
from flowmodel.source import Source
from flowmodel.verdict import DROP, RETURN, Goto, Jump


def either(
    name: str, rules: Iterable[Rule], text: str, source: Source, line: int, column: int = 1
) -> tuple[list[Rule], dict[str, tuple[Rule, ...]]]:
    """The rules of a base chain that accepts, or else drops; and chains that they lead into.

    If it drops, which `text` says, so does all that gets to the policy: behind the last rule, by a
    return, and at the end of a chain that a packet went to.
    """
    drop = Rule((Unread(text),), DROP, source, line, column, is_given=True)
    found: list[Rule] = []
    made: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        before: tuple[Rule, ...] = ()
        way = "return"
        if isinstance(rule.verdict, Goto):
            way = f"goto {rule.verdict.chain}"
            before = (drop._replace(match=(), verdict=Jump(rule.verdict.chain)),)
        elif rule.verdict != RETURN:
            found.append(rule)
            continue
        # No name of a chain has a blank; one may be `return`.
        chain = f"{name}: {way}"
        made[chain] = (*before, drop)
        found.append(rule._replace(verdict=Goto(chain)))
    return [*found, drop], made

"""What a chain does with packets, whichever come to it."""

from weakref import WeakKeyDictionary

from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Accept, Continue, Drop, Goto, Jump, Lead, Reject, Return, Verdict
from linter.checks.rulebase.standing import Action, action
from linter.engine.device.program import called_from

_SILENT = Continue | Return
_FINAL = Accept | Drop | Reject
_names: "WeakKeyDictionary[Chain, bool]" = WeakKeyDictionary()
"""Whether chains are names for actions, as long as these are there: each rule of one asks."""


def is_action(table: Table, chain: Chain) -> bool:
    """Whether a chain is a name for an action: its rules accept every packet, or deny every one.

    Whoever jumps to it decides. How packets are denied is a detail.
    """
    if chain not in _names:
        one = chain.base is None and len(uniform(table, chain)) == 1
        _names[chain] = one and _ends(table, chain)
    return _names[chain]


def actions(table: Table, verdict: Verdict) -> frozenset[Action]:
    """What a rule may do with the packets that match: its verdict, or those that its jump leads to.

    What a chain hands back to its caller is none of them.
    """
    if not isinstance(verdict, Lead):
        return frozenset({action(verdict)})
    return uniform(table, table.chains[verdict.chain]) or frozenset({action(verdict)})


def uniform(table: Table, chain: Chain) -> frozenset[Action]:
    """The verdicts of a chain and of those that it calls, but for those that only go on.

    They are none where a rule does anything else to a packet.
    """
    rules = [rule for each in called_from(table, chain) for rule in each.rules]
    if any(rule.effects for rule in rules):
        return frozenset()
    verdicts = [
        rule.verdict for rule in rules if not isinstance(rule.verdict, _SILENT | Jump | Goto)
    ]
    if not all(isinstance(each, _FINAL) for each in verdicts):
        return frozenset()
    return frozenset(map(action, verdicts))


def _ends(table: Table, chain: Chain) -> bool:
    """Whether the chain lets no packet go back to where it came from."""
    for rule in chain.rules:
        if isinstance(rule.verdict, Return) or (isinstance(rule.verdict, Goto) and rule.match):
            return False
        if not rule.match and _is_final(table, rule):
            return True
    return False


def _is_final(table: Table, rule: Rule) -> bool:
    verdict = rule.verdict
    if isinstance(verdict, Lead):
        return _ends(table, table.chains[verdict.chain])
    return isinstance(verdict, _FINAL)

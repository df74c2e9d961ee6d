"""Where rules stand in the exports of a device, by their places in files."""

from collections.abc import Iterator

from flowmodel.fix import Missing
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.source import Span
from flowmodel.verdict import Lead
from linter.engine.device.program import called_from
from linter.fixes.drafts import Found

RuleSets = tuple[RuleSet, ...]


def chains_of(rulesets: RuleSets) -> Iterator[tuple[RuleSet, Table, Chain]]:
    """All chains; blocks behind `jump` come last."""
    every = [
        (ruleset, table, chain)
        for ruleset in rulesets
        for table in ruleset.tables
        for chain in table.chains.values()
    ]
    yield from sorted(every, key=lambda each: "#" in each[2].name)


def entries(ruleset: RuleSet, table: Table, chain: Chain) -> list[Found]:
    """The rules of a chain that somebody wrote, each once, in their order."""
    first: dict[Span, Rule] = {}
    for rule in chain.rules:
        if not rule.is_given and rule.span != chain.span:
            first.setdefault(rule.span, rule)
    return [Found(ruleset, table, chain, rule, index) for index, rule in enumerate(first.values())]


def place_of(rulesets: RuleSets, span: Span) -> Found | None:
    """The rule at a place; None where no rule, or what nobody wrote, stands there."""
    for ruleset, table, chain in chains_of(rulesets):
        if any(rule.span == span for rule in chain.rules):
            found = entries(ruleset, table, chain)
            return next((each for each in found if each.rule.span == span), None)
    return None


def chain_of(rulesets: RuleSets, missing: Missing) -> tuple[RuleSet, Table, Chain] | None:
    """The chain in which something is missing."""
    for ruleset, table, chain in chains_of(rulesets):
        if (table.name, chain.name) != (missing.table, missing.chain):
            continue
        if missing.family not in table.families:
            continue
        # An account has a chain of the same name for each of its machines.
        is_it = missing.decided in (chain.span, *(each.span for each in chain.rules))
        if is_it or (not ruleset.place and chain.span.path == missing.decided.path):
            return ruleset, table, chain
    return None


def at_place(rulesets: RuleSets, path: str, line: int, column: int) -> tuple[Rule, ...]:
    """What the rule at a place of a file has become; a column of 0 is anywhere in the line."""
    return tuple(
        rule
        for _, _, chain in chains_of(rulesets)
        for rule in chain.rules
        if rule.line == line and rule.source.path == path and column in (0, rule.span.column)
    )


def leads_to(found: Found, spans: frozenset[Span]) -> bool:
    """Whether a rule is one of those at the places, or calls a chain with one of them."""
    if found.rule.span in spans:
        return True
    # Of what a device makes of one rule, any part may be the jump.
    parts = (each for each in found.chain.rules if each.span == found.rule.span)
    for part in parts:
        if isinstance(part.verdict, Lead):
            target = found.table.chains[part.verdict.chain]
            called = called_from(found.table, target)
            if any(rule.span in spans for chain in called for rule in chain.rules):
                return True
    return False

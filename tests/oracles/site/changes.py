"""What a mistake changes: the rules and forwards of one firewall of a plan."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tests.oracles.site.plan import Chain, Firewall, Forward, Mistake, Plan, Rule


class Planted(NamedTuple):
    """A firewall with a mistake in it."""

    firewall: Firewall
    mistake: Mistake


def chain_of(firewall: Firewall) -> Chain:
    return firewall.input if firewall.machine else firewall.forward


def with_chain(firewall: Firewall, chain: Chain) -> Firewall:
    if firewall.machine:
        return replace(firewall, input=chain)
    return replace(firewall, forward=chain)


def with_rules(firewall: Firewall, rules: list[Rule]) -> Firewall:
    return with_chain(firewall, replace(chain_of(firewall), rules=tuple(rules)))


def needed(plan: Plan) -> Iterator[tuple[Firewall, int, Rule]]:
    """The rules that stand for a flow that must or should work."""
    needed = {flow.full_name for flow in plan.active if flow.need in ("must", "should")}
    for firewall in plan.firewalls:
        for index, rule in enumerate(chain_of(firewall).rules):
            if rule.flow in needed:
                yield firewall, index, rule


def changed_at(firewall: Firewall, index: int, *rules: Rule) -> Firewall:
    before = chain_of(firewall).rules
    return with_rules(firewall, [*before[:index], *rules, *before[index + 1 :]])


def forwards_of(plan: Plan) -> Iterator[tuple[Firewall, int, Forward]]:
    for firewall in plan.firewalls:
        for index, forward in enumerate(firewall.forwards):
            yield firewall, index, forward

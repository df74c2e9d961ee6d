"""Chains as the formats of netfilter make them, for tests that build rule sets by hand."""

from flowmodel.ruleset import Chain, Hook, Rule
from flowmodel.source import Span
from flowmodel.verdict import RETURN, Accept, Drop
from parsers.shared import netfilter


def base_chain(
    name: str,
    rules: tuple[Rule, ...],
    span: Span,
    hook: Hook,
    priority: int,
    policy: Accept | Drop,
    kind: netfilter.Kind = "filter",
    disabled: tuple[tuple[int, Rule], ...] = (),
) -> Chain:
    """A base chain with this default policy."""
    base = netfilter.base(hook, priority, policy, kind, rules, {})
    return Chain(name, rules, span, policy, base, disabled)


def user_chain(name: str, rules: tuple[Rule, ...], span: Span) -> Chain:
    """A chain that others jump to."""
    return Chain(name, rules, span, RETURN)

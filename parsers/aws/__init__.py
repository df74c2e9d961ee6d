"""Reads what the AWS CLI prints about security groups, network ACLs and Network Firewall."""

from collections.abc import Sequence

from linter.model.ruleset import RuleSet
from linter.model.source import InputError, Source
from parsers.aws.account import FIREWALL, FIREWALL_POLICY, RULE_GROUP, collect
from parsers.context import Context
from parsers.reading import start_of


def parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    """The rule sets of an account's exports, one for each network interface; raises InputError."""
    account = collect(sources)
    found: list[RuleSet] = []
    if any(account.of(kind) for kind in (RULE_GROUP, FIREWALL_POLICY, FIREWALL)):
        from parsers.aws.network_firewall import rulesets

        found += rulesets(account, context)
    if not found:
        raise InputError("cannot be read yet", start_of(sources[0].path))
    return tuple(found)

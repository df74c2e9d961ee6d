"""Reads what the AWS CLI prints about security groups, network ACLs and Network Firewall."""

from collections.abc import Sequence

from linter.model.ruleset import RuleSet
from linter.model.source import Source
from parsers.aws.account import FIREWALL, FIREWALL_POLICY, RULE_GROUP, collect
from parsers.context import Context


def parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    """The rule sets of an account's exports, one for each network interface; raises InputError.

    The context's place says which are meant; with none of them named all are, and the firewalls of
    Network Firewall.
    """
    account = collect(sources)
    place = context.place
    found: list[RuleSet] = []
    if not (place.at or place.groups) and any(
        account.of(kind) for kind in (RULE_GROUP, FIREWALL_POLICY, FIREWALL)
    ):
        from parsers.aws.network_firewall import rulesets

        found += rulesets(account, context)
    if not found or account.of("NetworkInterfaces") or account.of("Reservations"):
        from parsers.aws.machines import Machines

        found += Machines(account).rulesets(place)
    return tuple(found)

"""Reads what the AWS CLI prints about security groups, network ACLs and Network Firewall."""

from collections.abc import Iterator, Sequence

from flowmodel.record import replace
from flowmodel.ruleset import Gap, RuleSet
from flowmodel.source import InputError, Source
from parsers.aws.account import FIREWALL, FIREWALL_POLICY, RULE_GROUP, Account, collect
from parsers.aws.masking import masked
from parsers.aws.shapes import ACL, GROUP, GROUP_RULE, ROUTE_TABLE, SUBNET, VPC, unknown
from parsers.aws.unused import unused
from parsers.shared.context import Context
from parsers.shared.reading import start_of


def parse(sources: Sequence[Source], context: Context) -> tuple[RuleSet, ...]:
    """The rule sets of an account's exports, one for each network interface; raises InputError.

    The context's place says which are meant, or which firewall of Network Firewall, by its name;
    with none of them named all are.
    """
    account = collect(tuple(map(masked, sources)))
    place = context.place
    has_machines = bool(account.of("NetworkInterfaces") or account.of("Reservations"))
    found: list[RuleSet] = []
    if any(account.of(kind) for kind in (RULE_GROUP, FIREWALL_POLICY, FIREWALL)):
        from parsers.aws.network_firewall.firewalls import rulesets

        found += rulesets(account, context)
        if found and place.at:
            return tuple(found)
        if place.at and not (has_machines or place.groups):
            names = ", ".join(each.place for each in rulesets(account, Context()))
            message = f"no firewall in the exports is {place.at}: name one of {names}"
            raise InputError(message, start_of(sources[0].path))
    if found and not has_machines:
        first, *others = found
        found = [replace(first, gaps=(*first.gaps, *_beside_firewalls(account))), *others]
        idle = tuple(unused(account))
    else:
        from parsers.aws.machines import Machines

        machines = Machines(account)
        idle = tuple(unused(account))
        # Who makes rules of an element is the last one to hold it.
        account.elements.clear()
        found = [*map(_beside_machines, found), *machines.rulesets(place)]
    first, *others = found
    return replace(first, unused=idle), *others


def _beside_firewalls(account: Account) -> Iterator[Gap]:
    """Remarks about what else is in the exports of firewalls, where no machines are."""
    for kind, (shape, judges) in _BESIDE.items():
        for node in account.of(kind):
            yield from unknown(node, shape)
            if judges:
                message = f"the export has `{kind}`, but no machines: they judge no packet here"
                yield Gap("FW902", message, node.span, kind)


_BESIDE = {
    "Vpcs": (VPC, False),
    "Subnets": (SUBNET, False),
    "RouteTables": (ROUTE_TABLE, False),
    "SecurityGroups": (GROUP, True),
    "SecurityGroupRules": (GROUP_RULE, True),
    "NetworkAcls": (ACL, True),
}


def _beside_machines(firewall: RuleSet) -> RuleSet:
    """The rule set of a firewall, with the remark that the account's machines stand elsewhere."""
    message = (
        f"machines of this account are judged by their addresses; the firewall {firewall.place} is"
        " judged by a device of the site with `interfaces:` only"
    )
    span = next(iter(firewall.tables[0].chains.values())).span
    gap = Gap("FW902", message, span, firewall.place)
    return replace(firewall, gaps=(*firewall.gaps, gap))

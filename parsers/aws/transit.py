"""Subnets that a transit gateway is attached to: their ACL judges by rules of its own.

VPC Transit Gateways Guide, "Network ACLs for transit gateways", of machines in the subnet of an
attachment: no entry judges what comes from the gateway; both what leaves the subnet and what enters
it is judged of packets to the gateway, the latter by their source.
"""

from collections.abc import Iterable
from typing import Final

from flowmodel.match import Match
from flowmodel.ruleset import Chain, Gap, Rule
from flowmodel.verdict import ACCEPT, DROP, RETURN, Jump
from parsers.aws.acls import Acl
from parsers.aws.interfaces import Interface, Interfaces
from parsers.aws.made import automatic, named, rule
from parsers.aws.values import Conditions

_FROM: Final = "whether it comes by the transit gateway at the subnet"
_TO: Final = "whether it leaves by the transit gateway at the subnet"
_TYPE: Final = "InterfaceType"
_ATTACHED: Final = "transit_gateway"
# EC2 API Reference, NetworkInterface; of NAT gateways the CLI prints the second word.
_WORDS: Final = (
    "interface natGateway nat_gateway efa efa-only trunk branch load_balancer network_load_balancer"
    " gateway_load_balancer gateway_load_balancer_endpoint vpc_endpoint lambda quicksight"
    " global_accelerator_managed api_gateway_managed iot_rules_managed"
    " aws_codestar_connections_managed ec2_instance_connect_endpoint"
)
_OTHERS: Final = frozenset(_WORDS.split())


class Transit:
    """Where transit gateways are attached, as far as the interfaces of the exports tell it."""

    def __init__(self, interfaces: Interfaces, conditions: Conditions) -> None:
        self._conditions = conditions
        self._subnets = {each.subnet for each in interfaces.all if _may_be_attachment(each)}
        self.gaps = [
            _untold(each)
            for each in interfaces.all
            if _may_be_attachment(each) and each.node.get(_TYPE) != _ATTACHED
        ]

    def is_at(self, subnets: Iterable[str]) -> bool:
        """Whether one of the subnets has an attachment."""
        return not self._subnets.isdisjoint(subnets)

    def around(
        self, acl: Acl, outside: Iterable[Match], *, is_out: bool
    ) -> tuple[list[Rule], list[Chain]]:
        """The rules before an ACL's own of one way, and the chain that they ask.

        `outside` matches what has its other end where no local route leads.
        """
        if not is_out:
            unread = self._conditions.unread(_FROM)
            title = "what a transit gateway brings is not judged"
            return [automatic(acl.node, (*m, unread), ACCEPT, title) for m in outside], []
        unread = self._conditions.unread(_TO)
        asked = [_asked(each, (*each.match, unread)) for each in acl.inbound]
        title = f"no inbound rule of {acl.id} allows it"
        asked.append(_asked(rule(acl.node, (), DROP, title), (unread,)))
        name = f"{acl.id} (inbound, to a transit gateway)"
        rules = [automatic(acl.node, match, Jump(name), name) for match in outside]
        chain = Chain(name, tuple(asked), named(acl.node), RETURN)
        return rules, [chain]


def _may_be_attachment(found: Interface) -> bool:
    """Whether a transit gateway may have the interface: no group does, and no instance."""
    is_free = not (found.groups or found.machine) and found.has_groups
    return is_free and found.node.get(_TYPE) not in _OTHERS


def _untold(found: Interface) -> Gap:
    message = (
        f"`{_TYPE}` does not tell what {found.id} is: whether a transit gateway is attached to its"
        " subnet, so that the network ACL judges less there, counts as unknown"
    )
    place = found.node.member(_TYPE if _TYPE in found.node else "NetworkInterfaceId")
    return Gap("FW901", message, place, found.id)


def _asked(entry: Rule, doubtful: Match) -> Rule:
    """An entry that is asked once more: what it allows is judged by the others alone."""
    if entry.verdict == DROP:
        return entry._replace(match=doubtful, is_automatic=True)
    return entry._replace(verdict=RETURN, is_automatic=True)

"""Subnets in which something passes on packets that may have the addresses of its clients.

User Guide for Network Load Balancers, "Client IP preservation"; EC2 User Guide, "Security groups
for EC2 Instance Connect Endpoint". What is passed on there crosses no border of the subnet, and
that is where ACLs judge (VPC User Guide, "Network ACL basics").
"""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.match import All, Any, Match, Not
from flowmodel.ruleset import Rule
from flowmodel.verdict import ACCEPT
from parsers.aws.acls import Acl
from parsers.aws.groups import BALANCER, Chains
from parsers.aws.interfaces import Interfaces, own_by_subnet
from parsers.aws.made import automatic
from parsers.aws.values import Conditions

_BY: Final = "whether it comes by a load balancer or an endpoint at the subnet"
_TITLE: Final = "what is passed on within a subnet is not judged"


class Relays:
    """Where load balancers and endpoints are, as far as the interfaces of the exports tell it."""

    def __init__(self, chains: Chains, interfaces: Interfaces, conditions: Conditions) -> None:
        self._chains = chains
        self._conditions = conditions
        self._unread = conditions.unread(_BY)
        balancers = (each for each in interfaces.all if each.node.get("InterfaceType") == BALANCER)
        self._own = own_by_subnet(balancers)

    def rules(self, acl: Acl, subnets: Iterable[str]) -> Iterator[Rule]:
        """The rules before an ACL's inbound ones: what may be passed on within a subnet passes."""
        for subnet in subnets:
            for match in (*self._balanced(acl, subnet), *self._chains.endpoints.get(subnet, ())):
                yield automatic(acl.node, (*match, self._unread), ACCEPT, _TITLE)

    def _balanced(self, acl: Acl, subnet: str) -> Iterator[Match]:
        """What a load balancer may pass on: its clients have to get to it through the ACL."""
        own = self._conditions.either("dst", self._own.get(subnet, Addresses()))
        beyond = Not(Any(tuple(map(All, own))))
        for match in self._chains.balanced.get(subnet, ()):
            for sender in self._conditions.either("src", acl.senders):
                yield (*match, *sender, beyond)

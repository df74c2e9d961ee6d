"""Classic Load Balancers, whose network ACL judges what they send even within their subnet.

Reachability Analyzer Guide, "Reachability Analyzer explanation codes", ELB_ACL_RESTRICTION.
"""

from flowmodel.addresses import Addresses
from flowmodel.match import All, Any, Match, Not
from parsers.aws.interfaces import Interface, Interfaces, own_by_subnet
from parsers.aws.values import Conditions


class Classic:
    """Where Classic Load Balancers are, as far as the interfaces of the exports tell it."""

    def __init__(self, interfaces: Interfaces, conditions: Conditions) -> None:
        self._conditions = conditions
        self._own = own_by_subnet(filter(_is_classic, interfaces.all))

    def others(self, subnet: str) -> Match:
        """What none of those in a subnet sends."""
        own = self._conditions.either("src", self._own.get(subnet, Addresses()))
        return (Not(Any(tuple(map(All, own)))),) if own else ()


def _is_classic(found: Interface) -> bool:
    """Whether a Classic Load Balancer has the interface.

    AWS Knowledge Center, "elb-find-load-balancer-ip": its description is `ELB NAME`, and those of
    the other ones are `ELB TYPE/NAME/ID`.
    """
    kind, _, name = str(found.node.get("Description")).partition(" ")
    is_balancer = found.node.get("RequesterId") == "amazon-elb" and kind == "ELB"
    return is_balancer and bool(name) and "/" not in name

"""Subnets that an accelerator of Global Accelerator reaches into, past their network ACL.

Global Accelerator Developer Guide, "Guidelines and restrictions for client IP address
preservation": where clients keep their addresses, inbound ACLs and Network Firewall do not judge
what comes through it; groups do. "Requirements for endpoints with client IP address preservation":
in each subnet with an endpoint, the accelerator has an interface of its own.
"""

from collections.abc import Iterable
from typing import Final

from flowmodel.match import Match
from flowmodel.ruleset import Rule
from flowmodel.verdict import ACCEPT
from parsers.aws.interfaces import Interfaces
from parsers.aws.made import automatic
from parsers.aws.values import Conditions
from parsers.shared.node import Node

ACCELERATOR: Final = "global_accelerator_managed"
"""What `InterfaceType` says of an accelerator's interface."""
_THROUGH: Final = "whether it comes through the accelerator at the subnet"


class Accelerators:
    """Where accelerators have endpoints, as far as the interfaces of the exports tell it."""

    def __init__(self, interfaces: Interfaces, conditions: Conditions) -> None:
        self._unread = conditions.unread(_THROUGH)
        self._subnets = {
            each.subnet for each in interfaces.all if each.node.get("InterfaceType") == ACCELERATOR
        }

    def rules(self, node: Node, subnets: Iterable[str], outside: Iterable[Match]) -> list[Rule]:
        """The rules before an ACL's inbound ones: what may come through an accelerator passes.

        `outside` matches what has its source out of the VPC.
        """
        if self._subnets.isdisjoint(subnets):
            return []
        title = "what an accelerator brings is not judged"
        return [automatic(node, (*match, self._unread), ACCEPT, title) for match in outside]

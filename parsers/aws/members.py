"""Who is in a security group, as far as the exports tell it, and who else may be."""

from typing import NamedTuple

from flowmodel.addresses import EVERYWHERE, Addresses
from parsers.aws.interfaces import Interfaces
from parsers.aws.networks import Networks


class Found(NamedTuple):
    """The addresses of the members that the exports show, and those where others may be."""

    certain: Addresses
    possible: Addresses


class Members:
    """Finds the members of groups: the private addresses of the interfaces that have them.

    VPC User Guide, "Security group referencing": neither public nor Elastic addresses count.
    """

    def __init__(self, interfaces: Interfaces, networks: Networks) -> None:
        self._interfaces = interfaces
        self._networks = networks

    def of(self, group: str, owner: str, vpc: str, home: str) -> Found:
        """The members of an account's group in a VPC; `home` is the VPC of the rule.

        `vpc` is empty where no export tells which one it is.
        """
        certain = Addresses()
        for member in self._interfaces.with_group(group):
            certain |= member.own
        if vpc and self._interfaces.are_whole(group, owner, vpc):
            return Found(certain, self._interfaces.untold(vpc) - certain)
        others = self._interfaces.without_group(group, vpc) if vpc else Addresses()
        return Found(certain, self._reach(vpc, home) - others - certain)

    def _reach(self, vpc: str, home: str) -> Addresses:
        """All addresses that interfaces in a VPC can have, for what the exports tell."""
        if vpc in self._networks.vpcs:
            return self._networks.vpcs[vpc].addresses
        if vpc and vpc != home and home in self._networks.vpcs:
            # VPC Peering Guide, "VPC peering limitations": ranges do not overlap. Behind a transit
            # gateway they may, but then the VPC's own route comes first (VPC User Guide, "Route
            # priority").
            return EVERYWHERE - self._networks.vpcs[home].addresses
        return EVERYWHERE

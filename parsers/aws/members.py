"""Who is in a security group, as far as the exports tell it, and who else may be."""

from flowmodel.addresses import EVERYWHERE, Addresses, together
from flowmodel.record import NamedTuple
from parsers.aws.interfaces import Interfaces
from parsers.aws.networks import Networks


class Found(NamedTuple):
    """The addresses of the members that the exports show, and those where others may be."""

    certain: Addresses
    possible: Addresses
    far: Addresses = Addresses()
    """Those of members in other VPCs than the one that is asked about."""


class Members:
    """Finds the members of groups: the private addresses of the interfaces that have them.

    VPC User Guide, "Security group referencing": neither public nor Elastic addresses count.
    """

    def __init__(self, interfaces: Interfaces, networks: Networks) -> None:
        self._interfaces = interfaces
        self._networks = networks
        self._left: dict[tuple[str, str], Addresses] = {}
        """By VPC and the rule's: what interfaces may have there whose groups no export tells."""

    def of(self, group: str, owner: str, vpc: str, home: str) -> Found:
        """The members of an account's group in a VPC; `home` is the VPC of the rule.

        `vpc` is empty where no export tells which one it is.
        """
        members = self._interfaces.with_group(group)
        certain = together(member.own for member in members if member.vpc in (vpc, "") or not vpc)
        far = together(member.own for member in members) - certain
        if vpc and self._interfaces.are_whole(group, owner, vpc):
            return Found(certain, self._interfaces.untold(vpc) - certain, far)
        if not vpc:
            return Found(certain, self._reach(vpc, home) - certain)
        if (vpc, home) not in self._left:
            self._left[vpc, home] = self._reach(vpc, home) - self._interfaces.told(vpc)
        # EC2 User Guide, "Elastic network interfaces": an address is of one interface at a time. So
        # the members that no export shows have none of those whose groups are told.
        elsewhere = together(member.own for member in members if member.vpc != vpc)
        return Found(certain, self._left[vpc, home] - elsewhere, far)

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

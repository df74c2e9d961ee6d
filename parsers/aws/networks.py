"""The VPCs and subnets of an account: their addresses, and what AWS itself answers in them."""

from collections.abc import Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES
from flowmodel.record import dataclass
from flowmodel.ruleset import Gap
from parsers.aws import shapes
from parsers.aws.account import Account
from parsers.aws.interfaces import Interfaces
from parsers.aws.prefix_lists import PrefixLists
from parsers.aws.routes import Routes, network_of
from parsers.aws.values import Network, addresses
from parsers.shared.node import Node

_RESERVED: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Vpc:
    """A VPC: all its addresses, where its resolver is, and what leads elsewhere within it."""

    id: str
    node: Node
    addresses: Addresses
    base: int
    """The first address of its first range, by which the resolver goes (VPC+2)."""
    is_blocked: bool
    """Whether Block Public Access stands between its internet gateways and it."""
    inspection: tuple[str, ...]
    """The modes of its Automated Internet Firewalls: `enforce`, `monitor`."""
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Subnet:
    """A subnet: its addresses, and whether a route leads from it to an internet gateway."""

    id: str
    node: Node
    vpc: str
    addresses: Addresses
    is_blocked: bool
    inspection: tuple[str, ...]
    """How an Automated Internet Firewall treats it: `flexible`, `exclude` …; empty without one."""
    is_public: bool | None
    """None where its route table is not in the export."""
    local_at: int | None
    """In which place interfaces of its instances are local ones; None where none is."""
    gaps: tuple[Gap, ...]


class Networks:
    """All VPCs and subnets of the exports."""

    def __init__(self, account: Account, lists: PrefixLists) -> None:
        self._routes = Routes(account, lists)
        self._diverted: dict[str, bool] = {}
        self.vpcs: dict[str, Vpc] = {}
        self.subnets: dict[str, Subnet] = {}
        for node in account.of("Vpcs"):
            vpc = self._vpc(node)
            _compare(node, vpc, self.vpcs.setdefault(vpc.id, vpc))
        for node in account.of("Subnets"):
            subnet = self._subnet(node)
            _compare(node, subnet, self.subnets.setdefault(subnet.id, subnet))
        self.gaps = self._routes.gaps
        self._are_whole = "Subnets" not in account.truncated

    def known(self, interfaces: Interfaces) -> dict[str, Addresses]:
        """The addresses of each VPC, as far as the exports tell them: none is of the internet.

        Where no export has the VPC itself its subnets, local routes and interfaces are inside.
        """
        found = {vpc.id: vpc.addresses for vpc in self.vpcs.values()}
        inside = [(each.vpc, each.addresses) for each in self.subnets.values()]
        inside += [(vpc, self._routes.local(vpc)) for vpc in self._routes.vpcs()]
        inside += [(vpc, interfaces.own(vpc)) for vpc in interfaces.vpcs()]
        for vpc, its in inside:
            found[vpc] = found.get(vpc, Addresses()) | its
        return {vpc: its for vpc, its in found.items() if its}

    def subnets_of(self, vpc: str) -> list[Subnet]:
        """All subnets of a VPC; none where some may be missing."""
        if not vpc or not self._are_whole:
            return []
        return [each for each in self.subnets.values() if each.vpc == vpc]

    def reserved(self, vpc: str) -> Addresses:
        """The addresses that AWS keeps for itself in the subnets of a VPC: the router, and more.

        VPC User Guide, "Subnet CIDR blocks": the first four of each family; groups and ACLs do not
        filter what is for "reserved IP addresses used by the default VPC router".
        """
        subnets = [each for each in self.subnets.values() if vpc and each.vpc == vpc]
        return addresses(
            Network(family, first, first + _RESERVED - 1)
            for each in subnets
            for family in FAMILIES
            for first, _ in each.addresses.of(family)
        )

    def around(self, vpc: str, own: Addresses) -> str:
        """The subnet of a VPC that an address is in; empty where no export tells it.

        VPC User Guide, "Subnet CIDR blocks": those of one VPC do not overlap.
        """
        subnets = (each for each in self.subnets.values() if vpc and each.vpc == vpc)
        return next((each.id for each in subnets if own and not own - each.addresses), "")

    def _vpc(self, node: Node) -> Vpc:
        gaps = shapes.unknown(node, shapes.VPC)
        encryption = node.node("EncryptionControl")
        if encryption is not None and encryption.text("Mode") == "enforce":
            message = "traffic without encryption is refused here, which is not in the model"
            gaps.append(Gap("FW901", message, encryption.span, "EncryptionControl"))
        name, first = node.name("VpcId"), network_of(node, "CidrBlock")
        ranges = [
            first,
            *_ranges(node, "CidrBlockAssociationSet", "CidrBlock"),
            *_ranges(node, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"),
        ]
        own = addresses(ranges)
        modes = (each.text("FirewallMode") for each in node.nodes("NetworkFirewallAssociations"))
        return Vpc(
            name, node, own, first.first, _is_blocked(node), tuple(sorted(modes)), tuple(gaps)
        )

    def is_local(self, subnet: str, index: int | None) -> bool:
        """Whether an instance's interface in a subnet is, or may be, a local network interface.

        Outposts User Guide for servers, "Local network interface basics": it has no security group.
        """
        local_at = self.subnets[subnet].local_at if subnet in self.subnets else None
        return local_at is not None and index in (local_at, None)

    def is_inspected(self, vpc: str, subnet: str) -> bool:
        """Whether an Automated Internet Firewall may drop what a subnet has with the internet.

        Amazon EC2 API Reference, Subnet, NetworkFirewallAssociation and IgwFirewall. One that is
        being set up or removed may inspect packets or not; which ones it drops is in no export.
        """
        treatment = self.subnets[subnet].inspection if subnet in self.subnets else ()
        if treatment in (("exclude",), ("az-unsupported",)):
            return False
        modes = self.vpcs[vpc].inspection if vpc in self.vpcs else ()
        if modes and set(modes) == {"monitor"}:
            # Whatever the policy is, what begins outside does not get in there.
            return treatment == ("outbound-only",)
        return bool(modes or treatment) or self._routes.is_inspected(vpc)

    def is_diverted(self, name: str) -> bool:
        """Whether a route leads from one part of a VPC to another by an appliance.

        Without a name: whether that is so in any VPC.
        """
        if name not in self._diverted:
            self._diverted[name] = any(
                self._routes.is_diverted(
                    each, self.vpcs[each].addresses if each in self.vpcs else Addresses()
                )
                for each in self._routes.vpcs()
                if name in ("", each)
            )
        return self._diverted[name]

    def is_peered(self, vpc: str, connection: str) -> bool:
        """Whether a route of a VPC leads to a peering connection, as far as exports tell."""
        return self._routes.is_peered(vpc, connection)

    def _subnet(self, node: Node) -> Subnet:
        name, vpc = node.name("SubnetId"), node.text("VpcId")
        ranges = [*_ranges(node, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock")]
        if node.get("CidrBlock") not in (None, ""):
            ranges.append(network_of(node, "CidrBlock"))
        if not ranges:
            raise node.error(
                "`CidrBlock` is missing: nothing else tells what stays within the subnet"
            )
        return Subnet(
            name,
            node,
            vpc,
            addresses(ranges),
            _is_blocked(node),
            tuple(filter(None, [node.text("NetworkFirewallConnectivityType")])),
            self._routes.is_public(name, vpc),
            node.number("EnableLniAtDeviceIndex"),
            tuple(shapes.unknown(node, shapes.SUBNET)),
        )


def _compare(node: Node, found: Vpc | Subnet, known: Vpc | Subnet) -> None:
    """Raises InputError where exports contradict each other about one thing."""
    if _told(found) != _told(known):
        raise node.error(f"{found.id} is also in {known.node.span}, with other contents")


def _told(found: Vpc | Subnet) -> tuple[object, ...]:
    local_at = found.local_at if isinstance(found, Subnet) else None
    return found.addresses, found.is_blocked, found.inspection, local_at


def _is_blocked(node: Node) -> bool:
    states, key = node.node("BlockPublicAccessStates") or Node(), "InternetGatewayBlockMode"
    return states.get(key) is not None and states.text(key) != "off"


def _ranges(node: Node, key: str, inside: str) -> Iterator[Network]:
    """The ranges of a set of associations, but for those that have ended or failed."""
    for association in node.nodes(key):
        state = association.node(inside + "State")
        if state is None or state.text("State") in ("", "associated", "associating"):
            yield network_of(association, inside)

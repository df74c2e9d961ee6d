"""The VPCs and subnets of an account: their addresses, and what AWS itself answers in them."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass
from flowmodel.ruleset import Gap
from flowmodel.values import is_subset
from parsers.aws import shapes
from parsers.aws.account import Account
from parsers.aws.interfaces import Interfaces
from parsers.aws.values import Network, addresses, network
from parsers.shared.node import Node

_DESTINATIONS: Final = (
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
)


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

    def __init__(self, account: Account) -> None:
        self._routes = _Routes(account)
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
        name, first = node.name("VpcId"), _network(node, "CidrBlock")
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
                self._routes.is_diverted(each, self.vpcs[each].addresses)
                if each in self.vpcs
                else self._routes.is_diverted(each, Addresses())
                for each in self._routes.vpcs()
                if name in ("", each)
            )
        return self._diverted[name]

    def _subnet(self, node: Node) -> Subnet:
        name, vpc = node.name("SubnetId"), node.text("VpcId")
        ranges = [*_ranges(node, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock")]
        if node.get("CidrBlock") not in (None, ""):
            ranges.append(_network(node, "CidrBlock"))
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


class _Routes:
    """The route tables of the exports."""

    def __init__(self, account: Account) -> None:
        self.gaps: list[Gap] = []
        self._by_subnet: dict[str, Node] = {}
        self._main: dict[str, Node] = {}
        self._of_vpc: dict[str, list[Node]] = {}
        self._cut: set[str] = set()
        for table in account.of("RouteTables"):
            self.gaps += shapes.unknown(table, shapes.ROUTE_TABLE)
            vpc = table.text("VpcId")
            self._of_vpc.setdefault(vpc, []).append(table)
            # EC2 always says it, if only that there is none: a list without it is cut (`--query`).
            if table.get("Associations") is None:
                self._cut.add(vpc)
            self.gaps += _cut(table)
            for association in table.nodes("Associations"):
                if subnet := association.text("SubnetId"):
                    self._by_subnet[subnet] = table
                elif association.flag("Main"):
                    self._main[vpc] = table

    def is_public(self, subnet: str, vpc: str) -> bool | None:
        """VPC User Guide, "Subnet types": a public subnet has a route to an internet gateway."""
        table = self._by_subnet.get(subnet)
        if table is None and vpc not in self._cut:
            table = self._main.get(vpc)
        if table is None or table.get("Routes") is None:
            return None
        return any(
            str(route.get("GatewayId")).startswith("igw-") and route.get("State") != "blackhole"
            for route in table.nodes("Routes")
        )

    def is_inspected(self, vpc: str) -> bool:
        """Whether a route of a VPC says that a firewall inspects what takes it."""
        tables = self._of_vpc.get(vpc, ())
        return any(route.get("IgwFirewall") for each in tables for route in each.nodes("Routes"))

    def vpcs(self) -> Iterable[str]:
        """The VPCs that have route tables in the exports."""
        return self._of_vpc

    def local(self, vpc: str) -> Addresses:
        """What a VPC's local routes lead to: VPC User Guide, "Route table concepts"."""
        return addresses(self._local(vpc))

    def is_diverted(self, vpc: str, own: Addresses) -> bool:
        """Whether a route is narrower than the local one, so that it leads through an appliance.

        VPC User Guide, "Middlebox routing". The tables of gateways are for what comes from there.
        `own` are the VPC's addresses, where they are known; its local routes name them too.
        """
        own |= self.local(vpc)
        if any(_lacks_routes(table) for table in self._of_vpc.get(vpc, ())):
            return True
        return any(
            _is_inside(_network(route, key), own)
            for table in self._of_vpc.get(vpc, ())
            if not any(each.get("GatewayId") for each in table.nodes("Associations"))
            for route in table.nodes("Routes")
            if route.get("GatewayId") != "local"
            for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
            if route.get(key)
        )

    def _local(self, vpc: str) -> Iterator[Network]:
        for table in self._of_vpc.get(vpc, ()):
            for route in table.nodes("Routes"):
                for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock"):
                    if route.get("GatewayId") == "local" and route.get(key):
                        yield _network(route, key)


def _compare(node: Node, found: Vpc | Subnet, known: Vpc | Subnet) -> None:
    """Raises InputError where exports contradict each other about one thing."""
    if _told(found) != _told(known):
        raise node.error(f"{found.id} is also in {known.node.span}, with other contents")


def _told(found: Vpc | Subnet) -> tuple[object, ...]:
    local_at = found.local_at if isinstance(found, Subnet) else None
    return found.addresses, found.is_blocked, found.inspection, local_at


def _lacks_routes(table: Node) -> bool:
    """Whether a list that EC2 always sends is cut, so that it does not tell where packets go."""
    return table.get("Routes") is None or not all(
        any(route.get(key) for key in _DESTINATIONS) for route in table.nodes("Routes")
    )


def _cut(table: Node) -> Iterator[Gap]:
    """A remark for each list that EC2 always sends and that is missing or cut."""
    is_cut = {"Associations": table.get("Associations") is None, "Routes": _lacks_routes(table)}
    name = table.text("RouteTableId")
    for key, is_it in is_cut.items():
        if is_it:
            message = f"`{key}` of {name} is missing or cut: where it leads packets is unknown"
            yield Gap("FW902", message, table.member(key), name)


def _is_inside(to: Network, own: Addresses) -> bool:
    """Whether a route is for some of the VPC's addresses: wider ones give way to the local one."""
    return is_subset(((to.first, to.last),), own.of(to.family))


def _is_blocked(node: Node) -> bool:
    states, key = node.node("BlockPublicAccessStates") or Node(), "InternetGatewayBlockMode"
    return states.get(key) is not None and states.text(key) != "off"


def _ranges(node: Node, key: str, inside: str) -> Iterator[Network]:
    """The ranges of a set of associations, but for those that have ended or failed."""
    for association in node.nodes(key):
        state = association.node(inside + "State")
        if state is None or state.text("State") in ("", "associated", "associating"):
            yield _network(association, inside)


def _network(node: Node, key: str) -> Network:
    found = network(node.text(key))
    if found is None:
        raise node.error(f"`{node.text(key)}` is no network", key)
    return found

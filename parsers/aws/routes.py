"""The route tables of an account: which subnets are public, and what leads through appliances."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.ruleset import Gap
from flowmodel.values import is_subset
from parsers.aws import shapes
from parsers.aws.account import Account
from parsers.aws.prefix_lists import PrefixLists
from parsers.aws.values import Network, addresses, network
from parsers.shared.node import Node

_DESTINATIONS: Final = (
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "DestinationPrefixListId",
)
# VPC User Guide, "Subnet route tables": the targets of routes that are narrower than the local one,
# beside endpoints of load balancers, which look like those of services.
_APPLIANCES: Final = ("NetworkInterfaceId", "InstanceId", "NatGatewayId")


class Routes:
    """The route tables of the exports."""

    def __init__(self, account: Account, lists: PrefixLists) -> None:
        self._lists = lists
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
        tables = self._of_vpc.get(vpc, ())
        return any(map(_lacks_routes, tables)) or any(
            _is_replaced(table)
            or any(self._is_narrow(route, own) for route in table.nodes("Routes"))
            for table in tables
            if not _is_edge(table)
        )

    def is_peered(self, vpc: str, connection: str) -> bool:
        """Whether a route of a VPC leads to a peering connection; true where no export tells it."""
        tables = self._of_vpc.get(vpc, ())
        if not tables or not connection or any(map(_lacks_routes, tables)):
            return True
        return any(
            route.get("VpcPeeringConnectionId") == connection and route.get("State") != "blackhole"
            for table in tables
            for route in table.nodes("Routes")
        )

    def _is_narrow(self, route: Node, own: Addresses) -> bool:
        """Whether a route is for some of a VPC's addresses, and leads out of its local route."""
        if route.get("GatewayId") == "local":
            return False
        if name := route.text("DestinationPrefixListId"):
            entries = self._lists.whole(name)
            if entries is not None:
                return bool(entries & own)
            # What is not here is most likely a service's list, for its gateway endpoint.
            return any(route.get(key) for key in _APPLIANCES)
        keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
        return any(_is_inside(network_of(route, key), own) for key in keys if route.get(key))

    def _local(self, vpc: str) -> Iterator[Network]:
        for table in self._of_vpc.get(vpc, ()):
            for route in table.nodes("Routes"):
                for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock"):
                    if route.get("GatewayId") == "local" and route.get(key):
                        yield network_of(route, key)


def _lacks_routes(table: Node) -> bool:
    """Whether a list that EC2 always sends is cut, so that it does not tell where packets go."""
    return table.get("Routes") is None or not all(
        any(route.get(key) for key in _DESTINATIONS) for route in table.nodes("Routes")
    )


def _is_edge(table: Node) -> bool:
    """Whether a table is for what comes from a gateway."""
    return any(each.get("GatewayId") for each in table.nodes("Associations"))


def _is_replaced(table: Node) -> bool:
    """Whether a local route has another target: each table has one for each range of its VPC."""
    routes = table.nodes("Routes")
    return not any(route.get("GatewayId") == "local" for route in routes) or any(
        route.get("Origin") == "CreateRouteTable" and route.get("GatewayId") != "local"
        for route in routes
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


def network_of(node: Node, key: str) -> Network:
    """The network that a key has; raises InputError where it is none."""
    found = network(node.text(key))
    if found is None:
        raise node.error(f"`{node.text(key)}` is no network", key)
    return found

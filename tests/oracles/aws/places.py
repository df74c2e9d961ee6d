"""What lies around a network interface: its subnet, its VPC, and the services of AWS in it.

The pages that are named are listed in `evaluate`.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from flowmodel.fields import ESTABLISHED
from flowmodel.packet import Packet
from tests.oracles.aws.accounts import Account, Element
from tests.oracles.aws.answers import Answer, is_in, network

_TCP, _UDP = 6, 17
_DNS = ((_UDP, 53), (_TCP, 53))
_SERVICES = {
    # DNS; "Instance metadata", "Amazon Time Sync Service" and "Windows license activation" of the
    # EC2 User Guide; "Task metadata endpoint" of the ECS Developer Guide.
    "169.254.169.253": _DNS,
    "fd00:ec2::253": _DNS,
    "169.254.169.254": ((_TCP, 80),),
    "fd00:ec2::254": ((_TCP, 80),),
    "169.254.169.123": ((_UDP, 123),),
    "fd00:ec2::123": ((_UDP, 123),),
    "169.254.169.250": ((_TCP, 1688),),
    "169.254.169.251": ((_TCP, 1688),),
    "169.254.170.2": ((_TCP, 80),),
    # Nobody knows the address of a DHCP server before the answer.
    "255.255.255.255": ((_UDP, 67),),
    "ff02::1:2": ((_UDP, 547),),
}


class Spot(NamedTuple):
    """A network interface, as far as it is known: its groups, and ids of what it is in."""

    groups: tuple[str, ...]
    subnet: str = ""
    acl: str = ""
    vpc: str = ""
    own: tuple[tuple[int, int], ...] = ()
    """The first addresses of what it has, with their versions, where they are told."""


def spot(account: Account, interface: Element) -> Spot:
    """The place of an exported interface. Each subnet has one ACL (ACL basics)."""
    subnet = interface["SubnetId"]
    acls = (
        acl["NetworkAclId"]
        for acl in account.elements("NetworkAcls")
        if any(each["SubnetId"] == subnet for each in acl["Associations"])
    )
    groups = tuple(group["GroupId"] for group in interface["Groups"])
    told = [network(each) for each in private_addresses(interface)]
    own = tuple((each.version, int(each.network_address)) for each in told)
    return Spot(groups, subnet, next(acls, ""), interface["VpcId"], own)


def named_spot(account: Account, groups: tuple[str, ...], acl: str) -> Spot:
    """The place of an interface of which only groups and ACL are known; all are of one VPC."""
    vpcs = [e["VpcId"] for e in account.elements("SecurityGroups") if e["GroupId"] == groups[0]]
    vpcs += [
        each["VpcId"]
        for reservation in account.elements("Reservations")
        for instance in reservation["Instances"]
        for each in instance["NetworkInterfaces"]
        if any(group["GroupId"] == groups[0] for group in each["Groups"])
    ]
    return Spot(groups, "", acl, vpcs[0] if vpcs else "")


def is_unfiltered(
    account: Account, place: Spot, packet: Packet, other: int, *, is_egress: bool
) -> Answer:
    """Whether this goes to a service of AWS that is never filtered, or is its answer.

    Groups and ACL basics name the same services, without saying what else goes to their addresses.
    """
    if not is_egress and packet.state != ESTABLISHED:
        return False
    port = packet.dport if is_egress else packet.sport
    service = (packet.proto, port)
    if service in ((_UDP, 53), (_TCP, 53)):
        resolver = resolver_of(account, place)
        if resolver == other and packet.family == 4:
            return True
        # A range begins at a multiple of 16 addresses at least (VPC CIDR blocks).
        if resolver is None and packet.family == 4 and other % 16 == 2:
            return None
    here = str(IPv4Address(other) if packet.family == 4 else IPv6Address(other))
    if service in _SERVICES.get(here, ()):
        return True
    own = ("169.254.0.0/16", "fd00:ec2::/32", "fe80:ec2::1")
    is_aws = any(is_in(cidr, packet.family, other) for cidr in own)
    # The first four addresses of each subnet are AWS's own, the router's among them.
    mine = [each for each in account.elements("Subnets") if each["VpcId"] == place.vpc]
    found = [network(cidr) for each in mine for cidr in _ranges(each)]
    firsts = [int(each.network_address) for each in found if each.version == packet.family]
    is_kept = any(first <= other < first + 4 for first in firsts)
    return None if is_aws or is_kept else False


def _ranges(subnet: Element) -> list[str]:
    more = subnet.get("Ipv6CidrBlockAssociationSet", [])
    return [subnet["CidrBlock"], *(str(each["Ipv6CidrBlock"]) for each in more)]


def resolver_of(account: Account, place: Spot) -> int | None:
    """Amazon's DNS is at the base of the VPC's first range, plus two (DNS)."""
    for vpc in account.elements("Vpcs"):
        if vpc["VpcId"] == place.vpc:
            return int(network(vpc["CidrBlock"]).network_address) + 2
    return None


def is_within(account: Account, place: Spot, family: int, own: int, other: int) -> Answer:
    """Whether the other end is in the interface's own subnet.

    Where nobody knows which one that is, it is in the VPC, and has a /16 at most, or a /44 of IPv6
    (subnet CIDR blocks); and if all subnets of the VPC are told, it is one of them.
    """
    told = account.elements("Subnets")
    for subnet in told:
        if subnet["SubnetId"] == place.subnet:
            return any(is_in(block, family, other) for block in _blocks(subnet))
    here = [each for each in told if place.vpc and each["VpcId"] == place.vpc]
    acls = (acl for acl in account.elements("NetworkAcls") if acl["NetworkAclId"] == place.acl)
    named = {each["SubnetId"] for acl in acls for each in acl["Associations"]}
    is_whole = named <= {subnet["SubnetId"] for subnet in here}
    if here and is_whole and not place.subnet and not place.own:
        return any(
            is_in(block, family, own) and is_in(block, family, other)
            for subnet in here
            for block in _blocks(subnet)
        )
    ranges = list(vpc_ranges(account, place.vpc))
    mine = [address for version, address in place.own if version == family]
    bits = 16 if family == 4 else 84
    if mine:
        is_near = any(own >> bits == each >> bits == other >> bits for each in mine)
    elif ranges:
        is_near = any(is_in(r, family, own) and is_in(r, family, other) for r in ranges)
    else:
        is_near = family == 6 or own >> 16 == other >> 16
    return None if is_near else False


def _blocks(subnet: Element) -> list[str]:
    more = subnet.get("Ipv6CidrBlockAssociationSet", ())
    return [subnet["CidrBlock"], *(each["Ipv6CidrBlock"] for each in more)]


def is_open(account: Account, place: Spot, family: int, other: int) -> Answer:
    """Whether Block Public Access lets the subnet's machines speak with the other end.

    It stands between internet gateways and what it is on for; exclusions are not in these answers,
    and what is beyond the VPC may be reached by other gateways (block public access).
    """
    elements = [
        *(each for each in account.elements("Vpcs") if each["VpcId"] == place.vpc),
        *(each for each in account.elements("Subnets") if each["SubnetId"] == place.subnet),
    ]
    modes = {
        each.get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode", "off")
        for each in elements
    }
    inside = any(is_in(cidr, family, other) for cidr in vpc_ranges(account, place.vpc))
    return True if inside or modes <= {"off"} else None


def vpc_ranges(account: Account, name: str) -> Iterator[str]:
    """The ranges of a VPC; none where it was not exported."""
    for vpc in account.elements("Vpcs"):
        if vpc["VpcId"] == name:
            yield from (each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"])
            for each in vpc.get("Ipv6CidrBlockAssociationSet", ()):
                yield each["Ipv6CidrBlock"]


def has_middlebox(account: Account, name: str) -> bool:
    """Whether a route of the VPC is narrower than its local one, and so leads to an appliance.

    Where it is not known which VPC is meant, any will do.
    """
    if not name:
        return any(has_middlebox(account, e["VpcId"]) for e in account.elements("RouteTables"))
    # A gateway's own table is for what comes in there (gateway route tables).
    tables = [
        each
        for each in account.elements("RouteTables")
        if each["VpcId"] == name and not any("GatewayId" in one for one in each["Associations"])
    ]
    every = [route for table in tables for route in table["Routes"]]
    # No account of the strategy has a narrower route of IPv6.
    routes = [route for route in every if "DestinationCidrBlock" in route]
    local = [each["DestinationCidrBlock"] for each in routes if each.get("GatewayId") == "local"]
    ranges = list(vpc_ranges(account, name)) or local
    return any(
        is_in(inside, network(route["DestinationCidrBlock"]).version, address)
        for route in routes
        if route.get("GatewayId") != "local"
        for inside in ranges
        for address in (int(network(route["DestinationCidrBlock"]).network_address),)
        if network(route["DestinationCidrBlock"]).prefixlen > network(inside).prefixlen
    )


def is_routed(account: Account, pair: Element, home: str) -> bool:
    """Whether a route of a VPC leads to the connection that a reference names (peering)."""
    tables = [each for each in account.elements("RouteTables") if each["VpcId"] == home]
    named = pair.get("VpcPeeringConnectionId")
    every = [route for table in tables for route in table["Routes"]]
    return not (tables and named) or any(
        route.get("VpcPeeringConnectionId") == named for route in every
    )


def private_addresses(interface: Element) -> Iterator[str]:
    """The interface's own addresses and the prefixes delegated to it (prefixes), as networks."""
    for each in interface["PrivateIpAddresses"]:
        yield each["PrivateIpAddress"]
    for each in interface.get("Ipv6Addresses", ()):
        yield each["Ipv6Address"]
    for each in interface.get("Ipv4Prefixes", ()):
        yield each["Ipv4Prefix"]
    for each in interface.get("Ipv6Prefixes", ()):
        yield each["Ipv6Prefix"]

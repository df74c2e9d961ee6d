"""The network interfaces of an account, and which of them has a security group."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass
from flowmodel.ruleset import Gap
from parsers.aws import shapes
from parsers.aws.account import INSTANCES, Account
from parsers.aws.node import Node
from parsers.aws.values import Network, addresses, network

_OWN: Final = (
    # VPC User Guide, "Security group rules": a group stands for the private addresses of its
    # interfaces. EC2 User Guide, "Assign prefixes": a prefix's addresses are the interface's.
    ("PrivateIpAddresses", "PrivateIpAddress"),
    ("Ipv6Addresses", "Ipv6Address"),
    ("Ipv4Prefixes", "Ipv4Prefix"),
    ("Ipv6Prefixes", "Ipv6Prefix"),
)
_PUBLIC: Final = ("PublicIp", "CarrierIp", "CustomerOwnedIp")


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """A network interface, as far as packets are concerned."""

    id: str
    node: Node
    groups: tuple[str, ...]
    names: dict[str, str]
    """The names of its groups."""
    own: Addresses
    """Its private addresses, and those of its prefixes."""
    public: Addresses
    subnet: str
    vpc: str
    owner: str
    gaps: list[Gap]
    """What is not understood of it, wherever it stands."""


class Interfaces:
    """All network interfaces of the exports, in their order."""

    def __init__(self, account: Account) -> None:
        self.all: list[Interface] = []
        self.is_exported = "NetworkInterfaces" in account.elements
        self.is_whole = self.is_exported and "NetworkInterfaces" not in account.truncated
        """Whether describe-network-interfaces is there, with all its pages."""
        self._by_id: dict[str, Interface] = {}
        self._members: dict[str, list[Interface]] = {}
        self.owners: set[str] = set()
        self.vpcs: set[str] = set()
        for node in account.of("NetworkInterfaces"):
            self._add(_interface(node, shapes.unknown(node, shapes.INTERFACE)))
        for node, gaps in _of_instances(account):
            self._add(_interface(node, gaps))

    def _add(self, found: Interface) -> None:
        known = self._by_id.get(found.id)
        if known is not None:
            before = (set(known.groups), known.own, known.subnet)
            if before != (set(found.groups), found.own, found.subnet):
                raise found.node.error(
                    f"{found.id} is also in {known.node.span}, with other groups, addresses or "
                    "another subnet"
                )
            known.gaps.extend(found.gaps)
            return
        self._by_id[found.id] = found
        self.all.append(found)
        self.owners.add(found.owner)
        self.vpcs.add(found.vpc)
        for group in found.groups:
            self._members.setdefault(group, []).append(found)

    def with_group(self, group: str) -> list[Interface]:
        """The interfaces that have a security group."""
        return self._members.get(group, [])

    def at(self, text: str) -> list[Interface]:
        """The interfaces with this id, or else with this address of their own or in public."""
        if text in self._by_id:
            return [self._by_id[text]]
        asked = network(text)
        if asked is None:
            return []
        return [each for each in self.all if _has(each.own, asked) or _has(each.public, asked)]


def _has(own: Addresses, asked: Network) -> bool:
    from flowmodel.values import is_subset

    return is_subset(((asked.first, asked.last),), own.of(asked.family))


def _of_instances(account: Account) -> Iterator[tuple[Node, list[Gap]]]:
    """The interfaces of instances, which describe-network-interfaces shows too."""
    for reservation in account.of("Reservations"):
        gaps = shapes.unknown(reservation, shapes.RESERVATION)
        for instance in reservation.nodes("Instances"):
            yield from ((node, [*gaps]) for node in instance.nodes("NetworkInterfaces"))
    for instance in account.of(INSTANCES):
        gaps = shapes.unknown(instance, shapes.INSTANCE)
        yield from ((node, [*gaps]) for node in instance.nodes("NetworkInterfaces"))


def _interface(node: Node, gaps: list[Gap]) -> Interface:
    if node.get("Groups") is None:
        raise node.error("`Groups` is missing: an interface has the rules of its security groups")
    groups = node.nodes("Groups")
    own = [*_networks(node, ("PrivateIpAddress", "Ipv6Address"))]
    public = [*_networks(node.node("Association"), _PUBLIC)]
    for key, inside in _OWN:
        for each in node.nodes(key):
            own += _networks(each, (inside,))
            public += _networks(each.node("Association"), _PUBLIC)
    name = node.name("NetworkInterfaceId")
    # EC2 User Guide, "EFA interfaces": those of this type alone have no addresses.
    if not own and node.get("InterfaceType") != "efa-only":
        raise node.error(
            "`PrivateIpAddresses` are missing: who has the security groups is not known"
        )
    return Interface(
        name,
        node,
        tuple(dict.fromkeys(group.name("GroupId") for group in groups)),
        {group.text("GroupId"): group.text("GroupName") for group in groups},
        addresses(own),
        addresses(public),
        node.text("SubnetId"),
        node.text("VpcId"),
        node.text("OwnerId"),
        gaps,
    )


def _networks(node: Node | None, keys: Iterable[str]) -> Iterator[Network]:
    for key in keys if node is not None else ():
        assert node is not None
        text = node.text(key)
        found = network(text) if text else None
        if text and found is None:
            raise node.error(f"`{text}` is no address", key)
        if found:
            yield found

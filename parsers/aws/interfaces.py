"""The network interfaces of an account, and which of them has a security group."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses, together
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Gap
from parsers.aws import shapes
from parsers.aws.account import INSTANCES, Account
from parsers.aws.values import Network, addresses, network
from parsers.shared.node import Node

_OWN: Final = (
    # VPC User Guide, "Security group rules": a group stands for the private addresses of its
    # interfaces. EC2 User Guide, "Assign prefixes": a prefix's addresses are the interface's.
    ("PrivateIpAddresses", "PrivateIpAddress"),
    ("Ipv6Addresses", "Ipv6Address"),
    ("Ipv4Prefixes", "Ipv4Prefix"),
    ("Ipv6Prefixes", "Ipv6Prefix"),
)
_PUBLIC: Final = ("PublicIp", "CarrierIp", "CustomerOwnedIp")
# EC2 User Guide, "Instance lifecycle": instances in these states are shown for about an hour, and
# their interfaces without what they no longer have.
_GONE: Final = ("shutting-down", "terminated")


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """A network interface, as far as packets are concerned."""

    id: str
    node: Node
    groups: tuple[str, ...]
    names: dict[str, str]
    """The names of its groups."""
    has_groups: bool
    """Whether an export tells its groups, be they none."""
    own: Addresses
    """Its private addresses, and those of its prefixes."""
    public: Addresses
    subnet: str
    vpc: str
    owner: str
    machine: str
    """The instance that it belongs to, perhaps beside others; empty where no export tells one."""
    index: int | None
    """In which place its instance has it; None where no export tells that."""
    is_gone: bool
    """Whether its instance is about to end, or has."""
    gaps: tuple[Gap, ...]
    """What is not understood of it, wherever it stands."""


def own_by_subnet(several: Iterable[Interface]) -> dict[str, Addresses]:
    """The own addresses of some interfaces, by the subnets that they are in."""
    found: dict[str, Addresses] = {}
    for each in several:
        found[each.subnet] = found.get(each.subnet, Addresses()) | each.own
    return found


class Interfaces:
    """All network interfaces of the exports, in their order."""

    def __init__(self, account: Account) -> None:
        self._by_id: dict[str, Interface] = {}
        listed = account.of("NetworkInterfaces")
        for node in listed:
            self._add(_interface(node, shapes.unknown(node, shapes.INTERFACE), None))
        for node, instance, gaps in _of_instances(account):
            self._add(_interface(node, gaps, instance))
        self.all = [each for each in self._by_id.values() if _is_somewhere(each)]
        self.gaps = [_lost(each) for each in self._by_id.values() if _is_lost(each)]
        machines = {each.machine for each in self._by_id.values()}
        for instance in _instances(account):
            self.gaps += _beside(instance, is_told=instance.text("InstanceId") in machines)
        self._lost = {g for each in self._by_id.values() if _is_lost(each) for g in each.groups}
        self._members: dict[str, list[Interface]] = {}
        for each in self.all:
            for group in each.groups:
                self._members.setdefault(group, []).append(each)
        # Once for each VPC: every group that a rule names asks for them.
        self._told = {vpc: self._own_in(vpc, has_groups=True) for vpc in self.vpcs()}
        self._untold = {vpc: self._own_in(vpc, has_groups=False) for vpc in self.vpcs()}
        # DescribeInstances has the interfaces of instances only: those of load balancers, databases
        # and functions are in DescribeNetworkInterfaces, which is of one account and region.
        is_whole = "NetworkInterfaces" not in account.truncated
        self._whole = {(n.text("OwnerId"), n.text("VpcId")) for n in listed if is_whole}

    def _add(self, found: Interface) -> None:
        known = self._by_id.get(found.id)
        self._by_id[found.id] = found if known is None else _together(known, found)

    def with_group(self, group: str) -> list[Interface]:
        """The interfaces that have a security group."""
        return self._members.get(group, [])

    def are_whole(self, group: str, owner: str, vpc: str) -> bool:
        """Whether all interfaces that an account has in a VPC, and of a group, are here."""
        return (owner, vpc) in self._whole and group not in self._lost

    def told(self, vpc: str) -> Addresses:
        """The addresses of a VPC that interfaces have whose groups an export tells."""
        return self._told.get(vpc, Addresses())

    def untold(self, vpc: str) -> Addresses:
        """The addresses of a VPC that interfaces have whose groups no export tells."""
        return self._untold.get(vpc, Addresses())

    def _own_in(self, vpc: str, *, has_groups: bool) -> Addresses:
        return together(
            each.own for each in self.all if each.vpc == vpc and each.has_groups == has_groups
        )

    def vpcs(self) -> Iterable[str]:
        """The VPCs that interfaces are in."""
        return dict.fromkeys(each.vpc for each in self.all)

    def own(self, vpc: str) -> Addresses:
        """All addresses of the interfaces in a VPC."""
        return self.told(vpc) | self.untold(vpc)

    def vpc_of(self, group: str) -> str:
        """The VPC of a group, by its interfaces; empty where they are in none, or in several."""
        vpcs = {each.vpc for each in self.with_group(group)}
        return vpcs.pop() if len(vpcs) == 1 else ""

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


def _is_somewhere(found: Interface) -> bool:
    # EC2 User Guide, "EFA interfaces": those of this type alone have no addresses.
    return bool(found.own) or found.node.get("InterfaceType") == "efa-only"


def _is_lost(found: Interface) -> bool:
    return not _is_somewhere(found) and not found.is_gone


def _lost(found: Interface) -> Gap:
    message = f"{found.id} has no addresses here: it is not judged"
    if found.groups:
        message += ", and who is in its security groups counts as unknown"
    return Gap("FW901", message, found.node.member("NetworkInterfaceId"), found.id)


def _together(known: Interface, found: Interface) -> Interface:
    """What two commands say of one interface; raises InputError where they contradict each other.

    An answer may have been cut, or be from the time when an instance was ending: what one of them
    lacks the other one has.
    """
    told = known if known.has_groups else found
    if _is_somewhere(known) and _is_somewhere(found):
        has_both = known.has_groups and found.has_groups
        if (has_both and set(known.groups) != set(found.groups)) or (
            (known.own, known.subnet) != (found.own, found.subnet)
        ):
            raise found.node.error(
                f"{found.id} is also in {known.node.span}, with other groups, addresses or "
                "another subnet"
            )
    whole = known if _is_somewhere(known) else found
    if _is_somewhere(known) != _is_somewhere(found):
        told = whole
    return replace(
        whole,
        groups=told.groups,
        names=told.names,
        has_groups=told.has_groups,
        machine=known.machine or found.machine,
        index=found.index if known.index is None else known.index,
        is_gone=known.is_gone or found.is_gone,
        gaps=(*known.gaps, *found.gaps),
    )


def _instances(account: Account) -> Iterator[Node]:
    for reservation in account.of("Reservations"):
        yield from reservation.nodes("Instances")
    yield from account.of(INSTANCES)


def _beside(instance: Node, *, is_told: bool) -> Iterator[Gap]:
    """What is not judged of an instance; `is_told`: whether an export has an interface of it."""
    name = instance.text("InstanceId")
    state = instance.node("State") or Node()
    if not is_told and state.text("Name") not in _GONE:
        message = f"{name} has no network interfaces here: it is not judged"
        yield Gap("FW901", message, instance.member("InstanceId"), name)
    # EC2 API Reference, InstanceSecondaryInterface: it has no groups.
    if instance.get("SecondaryInterfaces"):
        message = (
            f"{name} is in a secondary network: what it says there is judged by no security group,"
            " and is not in the model"
        )
        yield Gap("FW902", message, instance.member("SecondaryInterfaces"), name)


def _of_instances(account: Account) -> Iterator[tuple[Node, Node, list[Gap]]]:
    """The interfaces of instances, which describe-network-interfaces shows too."""
    for reservation in account.of("Reservations"):
        gaps = shapes.unknown(reservation, shapes.RESERVATION)
        for instance in reservation.nodes("Instances"):
            yield from ((node, instance, gaps) for node in instance.nodes("NetworkInterfaces"))
    for instance in account.of(INSTANCES):
        gaps = shapes.unknown(instance, shapes.INSTANCE)
        yield from ((node, instance, gaps) for node in instance.nodes("NetworkInterfaces"))


def _interface(node: Node, gaps: list[Gap], instance: Node | None) -> Interface:
    groups = node.nodes("Groups")
    own = [*_networks(node, ("PrivateIpAddress", "Ipv6Address"))]
    public = [*_networks(node.node("Association"), _PUBLIC)]
    for key, inside in _OWN:
        for each in node.nodes(key):
            own += _networks(each, (inside,))
            public += _networks(each.node("Association"), _PUBLIC)
    name = node.name("NetworkInterfaceId")
    attachment, state = node.node("Attachment"), instance.node("State") if instance else None
    has_groups = node.get("Groups") is not None
    if own and not has_groups:
        message = (
            f"`Groups` is missing: which security groups {name} has counts as unknown, and so does "
            "what their rules say"
        )
        gaps = [*gaps, Gap("FW307", message, node.member("NetworkInterfaceId"), name)]
    if more := sorted({*node.texts("AssociatedSubnets")} - {node.text("SubnetId")}):
        # EC2 API Reference, NetworkInterface: nothing is said there of which ACL counts.
        message = f"{name} is also in {', '.join(more)}, whose network ACL is not asked about it"
        gaps = [*gaps, Gap("FW901", message, node.member("AssociatedSubnets"), name)]
    if _is_cut(node):
        message = (
            f"`PrivateIpAddresses` of {name} is missing or cut: more addresses of it than "
            "those in the export may exist"
        )
        gaps = [*gaps, Gap("FW902", message, node.member("NetworkInterfaceId"), name)]
    return Interface(
        name,
        node,
        tuple(dict.fromkeys(group.name("GroupId") for group in groups)),
        {group.text("GroupId"): group.text("GroupName") for group in groups},
        has_groups,
        addresses(own),
        addresses(public),
        node.text("SubnetId"),
        node.text("VpcId"),
        node.text("OwnerId"),
        (instance or attachment or node).text("InstanceId"),
        attachment.number("DeviceIndex") if attachment else None,
        state is not None and state.text("Name") in _GONE,
        tuple(gaps),
    )


def _is_cut(node: Node) -> bool:
    """Whether the list of private addresses lacks the first one, which EC2 names in both places."""
    first = node.text("PrivateIpAddress")
    listed = [each.text("PrivateIpAddress") for each in node.nodes("PrivateIpAddresses")]
    return "" in listed or bool(first and first not in listed)


def _networks(node: Node | None, keys: Iterable[str]) -> Iterator[Network]:
    for key in keys if node is not None else ():
        assert node is not None
        text = node.text(key)
        found = network(text) if text else None
        if text and found is None:
            raise node.error(f"`{text}` is no address", key)
        if found:
            yield found

"""A second evaluator of security groups and network ACLs, plain and slow, from AWS's documentation.

It knows nothing of fwlint but the type of a packet. Each rule names the page it is taken from:

- groups: VPC User Guide, "Control traffic to your AWS resources using security groups"
- group rules: VPC User Guide, "Security group rules"
- peering: VPC Peering Guide, "Update your security groups to reference peer security groups"
- tracking: EC2 User Guide, "Amazon EC2 security group connection tracking"
- MTU: EC2 User Guide, "Network maximum transmission unit (MTU) for your EC2 instance"
- ACL basics, ACL rules: VPC User Guide, "Network ACL basics", "Network ACL rules"
- IpPermission, NetworkAclEntry, CreateNetworkAclEntry, UserIdGroupPair: EC2 API Reference
- block public access: VPC User Guide, "Block public access to VPCs and subnets"
- DNS: VPC User Guide, "Amazon DNS server"; VPC CIDR blocks: the page of that name
- prefixes: EC2 User Guide, "Assign prefixes to Amazon EC2 network interfaces"

An answer is True (passes), False (does not) or None: the export does not tell. Groups have allow
rules only and ACLs name networks only, so no unknown occurs beside its own negation, and the three
values of Kleene's logic are exact.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from flowmodel.fields import ESTABLISHED, NEW, RELATED
from flowmodel.packet import Packet
from tests.oracles.aws.accounts import OWNER, Account, Element
from tests.oracles.aws.answers import Answer, both, either, is_in
from tests.oracles.aws.places import (
    Spot,
    has_middlebox,
    is_open,
    is_routed,
    is_unfiltered,
    is_within,
    private_addresses,
    vpc_ranges,
)

Way = Literal["input", "output"]
_ICMP, _TCP, _UDP, _ICMPV6 = 1, 6, 17, 58
_NAMES = {"tcp": _TCP, "udp": _UDP, "icmp": _ICMP, "icmpv6": _ICMPV6}


def passes(account: Account, place: Spot, way: Way, packet: Packet) -> Answer:
    """Whether a packet on its way into or out of a network interface passes groups and ACL.

    On its way in it meets the ACL of the subnet first and then the groups, on its way out the
    other way round (ACL basics, groups): it has to pass both, so the order is of no matter.
    """
    is_egress = way == "output"
    other = packet.dst if is_egress else packet.src
    judged = both(
        group_answer(account, place.groups, packet, other, is_egress=is_egress, vpc=place.vpc),
        subnet_answer(account, place, packet, other, is_egress=is_egress),
    )
    return either((judged, is_unfiltered(account, place, packet, other, is_egress=is_egress)))


def group_answer(
    account: Account,
    ids: Iterable[str],
    packet: Packet,
    other: int,
    *,
    is_egress: bool,
    vpc: str = "",
) -> Answer:
    """Whether the security groups of an interface let a packet pass.

    `vpc` is the one that the interface is in, where it is known: a group can be in several.
    """
    if packet.state in (ESTABLISHED, RELATED):
        # Groups are stateful: answers pass whatever the rules of their way say, and so do errors
        # about what was sent (groups; tracking; MTU, "Path MTU Discovery").
        return True
    assert packet.state == NEW
    # The rules of all groups count together, and there are no denying ones (group rules). Where
    # no rule permits a packet, it does not pass: a group without rules lets nothing in (groups).
    answers: list[Answer] = []
    for group in ids:
        rules = list(group_rules(account, group, is_egress=is_egress))
        is_exported = any(
            each["GroupId"] == group
            for key in ("SecurityGroups", "SecurityGroupRules")
            for each in account.elements(key)
        )
        here = {"HomeVpc": vpc} if vpc else {}
        answers += [permits(account, rule | here, packet, other) for rule in rules]
        is_cut = "SecurityGroups" not in account.lists and "SecurityGroupRules" in account.cut
        if not is_exported or is_cut:
            answers.append(None)
    return either(answers)


def group_rules(account: Account, group: str, *, is_egress: bool) -> Iterator[Element]:
    """The rules of a group and way, in the shape of describe-security-group-rules.

    `HomeVpc` is added: the VPC of the group itself, where no interface tells another.
    """
    key = "IpPermissionsEgress" if is_egress else "IpPermissions"
    if "SecurityGroups" not in account.lists:
        for rule in account.elements("SecurityGroupRules"):
            if rule["GroupId"] == group and rule["IsEgress"] == is_egress:
                yield rule
        return
    for element in account.elements("SecurityGroups"):
        if element["GroupId"] != group:
            continue
        for permission in element[key]:
            service = {"HomeVpc": element["VpcId"]} | {
                name: permission[name]
                for name in ("IpProtocol", "FromPort", "ToPort")
                if name in permission
            }
            for end in permission.get("IpRanges", ()):
                yield service | {"CidrIpv4": end["CidrIp"]}
            for end in permission.get("Ipv6Ranges", ()):
                yield service | {"CidrIpv6": end["CidrIpv6"]}
            for end in permission.get("PrefixListIds", ()):
                yield service | {"PrefixListId": end["PrefixListId"]}
            for end in permission.get("UserIdGroupPairs", ()):
                yield service | {"ReferencedGroupInfo": end}


def permits(account: Account, rule: Element, packet: Packet, other: int) -> Answer:
    """Whether one rule of a group permits a packet between the interface and the other end."""
    if not _is_permitted_service(rule, packet):
        return False
    if "CidrIpv4" in rule:
        return is_in(rule["CidrIpv4"], packet.family, other)
    if "CidrIpv6" in rule:
        return is_in(rule["CidrIpv6"], packet.family, other)
    if "PrefixListId" in rule:
        return _is_in_prefix_list(account, rule["PrefixListId"], packet.family, other)
    pair, home = rule["ReferencedGroupInfo"], rule.get("HomeVpc") or _vpc_of(account, rule)
    found = _is_in_group(account, pair, home, packet.family, other)
    # A group of another VPC counts while the peering connection is active, and no group does for
    # what comes through an appliance in the middle (peering).
    is_behind = pair.get("VpcId", home) != home or "PeeringStatus" in pair
    is_far = is_behind and pair.get("PeeringStatus") != "active"
    vpcs = (home, pair.get("VpcId") or home)
    is_led = any(has_middlebox(account, each) for each in vpcs)
    return None if found and (is_far or is_led or not is_routed(account, pair, home)) else found


def _is_permitted_service(rule: Element, packet: Packet) -> bool:
    """IpPermission: IpProtocol, FromPort and ToPort."""
    name = rule["IpProtocol"]
    if name == "-1":
        return True
    protocol = _NAMES[name] if name in _NAMES else int(name)
    if packet.proto != protocol:
        return False
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    if protocol in (_TCP, _UDP):
        return bool(first <= packet.dport <= last)
    if protocol in (_ICMP, _ICMPV6):
        # For ICMP these are type and code; -1 is any, and with any type goes any code. Without
        # them an ICMPv6 permission is for all types and codes.
        return _is_icmp(packet, first, last)
    # Any other protocol's permission is for all ports, whatever ports it names.
    return True


def _is_icmp(packet: Packet, kind: int, code: int) -> bool:
    return kind == -1 or (packet.icmp_type == kind and code in (-1, packet.icmp_code))


def _is_in_prefix_list(account: Account, name: str, family: int, address: int) -> Answer:
    """Group rules: a prefix list stands for its entries. Which those are may not be exported."""
    entries = account.entries.get(name, ())
    if any(is_in(entry["Cidr"], family, address) for entry in entries):
        return True
    if name in account.entries and name not in account.cut:
        return False
    for each in account.elements("PrefixLists"):
        if each["PrefixListId"] == name and each["AddressFamily"] != f"IPv{family}":
            return False
    return None


def _vpc_of(account: Account, rule: Element) -> str:
    """The VPC of the group that has a rule, where the rule alone is exported: its interfaces'."""
    vpcs = {
        each["VpcId"]
        for each in _interfaces(account)
        if any(group["GroupId"] == rule.get("GroupId") for group in each["Groups"])
    }
    return vpcs.pop() if len(vpcs) == 1 else ""


def _is_in_group(account: Account, pair: Element, home: str, family: int, address: int) -> Answer:
    """Group rules: a group stands for the private addresses of the interfaces that have it.

    A group of another account has its interfaces there, beyond this export. Interfaces of
    instances are not all: load balancers and functions have some too. Nobody else has the address
    of an interface in its VPC, nor one beyond the VPC's ranges; those of peers do not overlap.
    """
    own = {
        each["NetworkInterfaceId"]: each
        for each in _interfaces(account)
        if any(is_in(cidr, family, address) for cidr in private_addresses(each))
    }
    members = {
        each["NetworkInterfaceId"]: each["VpcId"]
        for each in _interfaces(account)
        if any(group["GroupId"] == pair["GroupId"] for group in each["Groups"])
    }
    here = home if home in members.values() else ""
    vpc = pair.get("VpcId") or here or _home_of(account, pair["GroupId"])
    mine = {members[name] for name in own if name in members}
    if mine:
        # Members in other VPCs count if a gateway in between is told so (associations).
        return True if vpc in ("", *mine) else None
    if not vpc and "PeeringStatus" not in pair and pair["UserId"] == OWNER:
        vpc = home
    if not vpc:
        return None
    listed = {(n["OwnerId"], n["VpcId"]) for n in account.elements("NetworkInterfaces")}
    if (pair["UserId"], vpc) in listed and "NetworkInterfaces" not in account.cut:
        return False
    if any(each["VpcId"] == vpc for each in own.values()):
        return False
    ranges = list(vpc_ranges(account, vpc))
    if ranges:
        return None if any(is_in(cidr, family, address) for cidr in ranges) else False
    if vpc != home and any(is_in(cidr, family, address) for cidr in vpc_ranges(account, home)):
        return False
    return None


def _home_of(account: Account, group: str) -> str:
    """The VPC of a group, by itself or its interfaces; empty where no export tells it."""
    for each in account.elements("SecurityGroups"):
        if each["GroupId"] == group:
            return str(each["VpcId"])
    return _vpc_of(account, {"GroupId": group})


def _interfaces(account: Account) -> Iterator[Element]:
    yield from account.elements("NetworkInterfaces")
    for reservation in account.elements("Reservations"):
        for instance in reservation["Instances"]:
            yield from instance["NetworkInterfaces"]


def subnet_answer(
    account: Account, place: Spot, packet: Packet, other: int, *, is_egress: bool
) -> Answer:
    """Whether the network ACL of the interface's subnet lets a packet pass.

    ACLs judge what enters and leaves the subnet, not what stays within (ACL basics).
    """
    acls = (each for each in account.elements("NetworkAcls") if each["NetworkAclId"] == place.acl)
    acl = next(acls, None)
    own = packet.src if is_egress else packet.dst
    within = is_within(account, place, packet.family, own, other)
    judged = acl_answer(acl, packet, other, is_egress=is_egress) if acl else None
    return either((within, both(judged, is_open(account, place, packet.family, other))))


def acl_answer(acl: Element, packet: Packet, other: int, *, is_egress: bool) -> Answer:
    """What the entry that decides says.

    ACLs are stateless: an answer is judged like any other packet. What no entry fits is denied:
    the entry shown as `*` cannot be removed (ACL rules).
    """
    readings = [acl, _as_icmp(acl)] if packet.proto == _ICMP else [acl]
    entries = [deciding_entry(each, packet, other, is_egress=is_egress) for each in readings]
    said = {entry is not None and entry["RuleAction"] == "allow" for entry in entries}
    return said.pop() if len(said) == 1 else None


def _as_icmp(acl: Element) -> Element:
    """The ACL with its entries of ICMPv6 for IPv4 as ones of ICMP.

    CreateNetworkAclEntry, Protocol: they are for all ICMP types; of which protocol is not said.
    """
    icmp = {"Protocol": "1", "IcmpTypeCode": {"Type": -1, "Code": -1}}
    entries = [
        each | icmp if each["Protocol"] == "58" and "CidrBlock" in each else each
        for each in acl["Entries"]
    ]
    return acl | {"Entries": entries}


def deciding_entry(acl: Element, packet: Packet, other: int, *, is_egress: bool) -> Element | None:
    """The first entry that fits, in the order of their numbers (ACL basics)."""
    entries: list[Element] = [each for each in acl["Entries"] if each["Egress"] == is_egress]
    for entry in sorted(entries, key=lambda entry: int(entry["RuleNumber"])):
        cidr = entry.get("CidrBlock") or entry["Ipv6CidrBlock"]
        if is_in(cidr, packet.family, other) and _is_entry_service(entry, packet):
            return entry
    return None


def _is_entry_service(entry: Element, packet: Packet) -> bool:
    """NetworkAclEntry and CreateNetworkAclEntry: Protocol, PortRange and IcmpTypeCode."""
    protocol = int(entry["Protocol"])
    if protocol == -1:
        return True
    if packet.proto != protocol:
        return False
    if protocol in (_TCP, _UDP):
        return bool(entry["PortRange"]["From"] <= packet.dport <= entry["PortRange"]["To"])
    if protocol == _ICMP or (protocol == _ICMPV6 and "Ipv6CidrBlock" in entry):
        named = entry["IcmpTypeCode"]
        return _is_icmp(packet, named["Type"], named["Code"])
    # Any other protocol's entry is for all of it, and so is ICMPv6 in an entry for IPv4.
    return True

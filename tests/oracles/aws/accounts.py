"""Random AWS accounts, as the answers that the AWS CLI prints: every form of permission, few hosts.

The shapes are those of botocore's service model of EC2 (2016-11-15). Addresses come from few small
networks and ports from a short list, so that rules meet, shadow and miss each other often.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from random import Random
from typing import Any

from tests.oracles.aws.permissions import Pool, acl_entries, merged, permissions, rule_elements
from tests.oracles.aws.rare import add_rare_keys, lead_to_peers

Element = dict[str, Any]
OWNER = "111122223333"
PARTNER = "444455556666"


@dataclass(slots=True)
class Account:
    """What a person has exported: lists of elements by the key that the CLI prints them under.

    A key that is missing was not exported. `entries` are the answers to
    get-managed-prefix-list-entries, by the prefix list that was asked for.
    """

    lists: dict[str, list[Element]] = field(default_factory=dict)
    entries: dict[str, list[Element]] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()
    """Keys, and prefix lists, whose last page says that another one follows."""

    def elements(self, key: str) -> list[Element]:
        """The elements under a key; none where they were not exported."""
        return self.lists.get(key, [])


@dataclass(slots=True)
class _Vpc:
    id: str
    v4: IPv4Network
    v6: IPv6Network | None
    subnets: list[Element] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    acls: list[str] = field(default_factory=list)


def account(seed: int, *, complete: bool = False) -> Account:
    """The account of a seed; `complete`: nothing that decides a verdict was left out of it."""
    random = Random(f"aws account {seed}")
    made = Account()
    vpcs = [_vpc(random, index, made) for index in range(random.choice((1, 1, 2)))]
    lists = _prefix_lists(random, made, complete=complete)
    for vpc in vpcs:
        _interfaces(random, vpc, made)
    pool = _pool(random, made, vpcs, lists, complete=complete)
    for vpc in vpcs:
        _groups(random, vpc, pool, made)
        _acls(random, vpc, pool, made)
    _machines(random, made)
    add_rare_keys(Random(f"rare {seed}"), made.lists)
    if not complete:
        _leave_out(random, made)
    return made


def _id(random: Random, kind: str) -> str:
    return f"{kind}-{random.getrandbits(68):017x}"


def _tags(random: Random, name: str) -> list[Element]:
    return [{"Key": "Name", "Value": name}] if random.random() < 0.3 else []


def _vpc(random: Random, index: int, made: Account) -> _Vpc:
    v4 = IPv4Network(f"10.{20 + index * 100}.0.0/16")
    v6 = IPv6Network(f"2001:db8:{index + 1:x}00::/56") if random.random() < 0.7 else None
    vpc = _Vpc(_id(random, "vpc"), v4, v6)
    vpc.groups = [_id(random, "sg") for _ in range(random.randint(2, 5))]
    vpc.acls = [_id(random, "acl") for _ in range(random.randint(1, 3))]
    # Two of the many VPCs of an account stand for all: a second range, and addresses of version 6.
    element = {
        "OwnerId": OWNER,
        "InstanceTenancy": "default",
        "CidrBlockAssociationSet": [
            {
                "AssociationId": _id(random, "vpc-cidr-assoc"),
                "CidrBlock": str(v4),
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "IsDefault": index == 0,
        "VpcId": vpc.id,
        "State": "available",
        "CidrBlock": str(v4),
        "DhcpOptionsId": _id(random, "dopt"),
    }
    if v6:
        element["Ipv6CidrBlockAssociationSet"] = [_v6_association(random, "vpc-cidr-assoc", v6)]
    made.lists.setdefault("Vpcs", []).append(element)
    for number in range(random.randint(1, 3)):
        vpc.subnets.append(_subnet(random, vpc, number))
    made.lists.setdefault("Subnets", []).extend(vpc.subnets)
    made.lists.setdefault("RouteTables", []).append(_routes(random, vpc))
    return vpc


def _v6_association(random: Random, kind: str, network: IPv6Network) -> Element:
    return {
        "AssociationId": _id(random, kind),
        "Ipv6CidrBlock": str(network),
        "Ipv6CidrBlockState": {"State": "associated"},
    }


def _subnet(random: Random, vpc: _Vpc, number: int) -> Element:
    length = random.choice((24, 26, 28))
    cidr = f"{vpc.v4.network_address + (number << 8)}/{length}"
    element = {
        "AvailabilityZoneId": "euc1-az2",
        "MapCustomerOwnedIpOnLaunch": False,
        "OwnerId": OWNER,
        "AssignIpv6AddressOnCreation": bool(vpc.v6),
        "Ipv6CidrBlockAssociationSet": [],
        "Tags": _tags(random, f"subnet {number}"),
        "SubnetId": _id(random, "subnet"),
        "State": "available",
        "VpcId": vpc.id,
        "CidrBlock": cidr,
        "AvailableIpAddressCount": 2 ** (32 - length) - 6,
        "AvailabilityZone": "eu-central-1a",
        "DefaultForAz": False,
        "MapPublicIpOnLaunch": number == 0,
    }
    if vpc.v6:
        own = IPv6Network((int(vpc.v6.network_address) + (number << 64), 64))
        element["Ipv6CidrBlockAssociationSet"] = [_v6_association(random, "subnet-cidr-assoc", own)]
    return element


def _routes(random: Random, vpc: _Vpc) -> Element:
    table = _id(random, "rtb")
    main = {"Main": True, "RouteTableAssociationId": _id(random, "rtbassoc"), "RouteTableId": table}
    routes = [
        {"DestinationCidrBlock": str(vpc.v4), "GatewayId": "local", "Origin": "CreateRouteTable"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": _id(random, "igw")},
    ]
    return {
        "Associations": [main | {"AssociationState": {"State": "associated"}}],
        "PropagatingVgws": [],
        "RouteTableId": table,
        "Routes": [route | {"State": "active"} for route in routes],
        "Tags": [],
        "VpcId": vpc.id,
        "OwnerId": OWNER,
    }


def _prefix_lists(random: Random, made: Account, *, complete: bool) -> list[str]:
    """The lists that rules may name: some with entries, some without, one that is nowhere."""
    named: list[str] = []
    for number in range(random.randint(1, 3)):
        family = random.choice(("IPv4", "IPv4", "IPv6"))
        name = _id(random, "pl")
        is_known = complete or random.random() < 0.7
        made.lists.setdefault("PrefixLists", []).append(
            {
                "PrefixListId": name,
                "AddressFamily": family,
                "State": "create-complete",
                "PrefixListArn": f"arn:aws:ec2:eu-central-1:{OWNER}:prefix-list/{name}",
                "PrefixListName": f"offices {number}"
                if is_known
                else "com.amazonaws.eu-central-1.s3",
                "MaxEntries": 10,
                "Version": 1,
                "Tags": [],
                "OwnerId": OWNER if is_known else "AWS",
            }
        )
        if is_known:
            made.entries[name] = [
                {"Cidr": cidr, "Description": "an office"}
                if random.random() < 0.5
                else {"Cidr": cidr}
                for cidr in _offices(random, family)
            ]
        named.append(name)
    return named if complete else [*named, _id(random, "pl")]


def _offices(random: Random, family: str) -> list[str]:
    if family == "IPv6":
        found = [
            f"2001:db8:ff{random.randint(0, 3):02x}::/{random.choice((48, 64, 128))}" for _ in "ab"
        ]
    else:
        found = [
            f"198.51.100.{random.randint(0, 15) << 4}/28",
            f"203.0.113.{random.randint(0, 9)}/32",
        ]
    return found[: random.randint(0, 2)]


def _interfaces(random: Random, vpc: _Vpc, made: Account) -> None:
    for subnet in vpc.subnets:
        for number in range(random.randint(1, 2)):
            groups = random.sample(vpc.groups, random.randint(1, min(3, len(vpc.groups))))
            element = _interface(random, vpc, subnet, number, groups)
            made.lists.setdefault("NetworkInterfaces", []).append(element)


def _interface(
    random: Random, vpc: _Vpc, subnet: Element, number: int, groups: Sequence[str]
) -> Element:
    first = int(IPv4Network(subnet["CidrBlock"]).network_address)
    own = [str(IPv4Address(first + 4 + number))]
    if random.random() < 0.3:
        own.append(str(IPv4Address(first + 8 + number)))
    addresses = [
        {"Primary": index == 0, "PrivateIpAddress": address} for index, address in enumerate(own)
    ]
    element: Element = {
        "AvailabilityZone": "eu-central-1a",
        "Description": "",
        "Groups": [{"GroupId": group, "GroupName": f"group {group[-3:]}"} for group in groups],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": f"0a:00:00:00:00:{random.randint(0, 255):02x}",
        "NetworkInterfaceId": _id(random, "eni"),
        "OwnerId": OWNER,
        "PrivateIpAddress": own[0],
        "PrivateIpAddresses": addresses,
        "RequesterManaged": False,
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": subnet["SubnetId"],
        "TagSet": _tags(random, f"host {number}"),
        "VpcId": vpc.id,
    }
    for association in subnet["Ipv6CidrBlockAssociationSet"]:
        network = IPv6Network(association["Ipv6CidrBlock"])
        if random.random() < 0.8:
            address = str(network.network_address + 0x10 + number)
            element["Ipv6Addresses"] = [{"Ipv6Address": address, "IsPrimaryIpv6": False}]
        if random.random() < 0.2:
            element["Ipv6Prefixes"] = [{"Ipv6Prefix": f"{network.network_address + (5 << 48)}/80"}]
    if number == 0 and subnet["CidrBlock"].endswith("/24") and random.random() < 0.3:
        element["Ipv4Prefixes"] = [{"Ipv4Prefix": f"{IPv4Address(first + 64)}/28"}]
    if random.random() < 0.4:
        public = {"IpOwnerId": "amazon", "PublicDnsName": "", "PublicIp": "203.0.113.200"}
        element["Association"] = public
        addresses[0]["Association"] = dict(public)
    return element


def _pool(
    random: Random, made: Account, vpcs: Sequence[_Vpc], lists: Sequence[str], *, complete: bool
) -> Pool:
    v4 = ["0.0.0.0/0", "198.51.100.0/24", "203.0.113.7/32", "192.0.2.128/25", "128.0.0.0/1"]
    v6 = ["::/0", "2001:db8::/32", "2001:db8:ffff::/48", "2001:db8:ffff::1/128"]
    for vpc in vpcs:
        v4 += [str(vpc.v4), *(subnet["CidrBlock"] for subnet in vpc.subnets)]
        v6 += [str(vpc.v6)] if vpc.v6 else []
    for interface in made.elements("NetworkInterfaces"):
        v4.append(f"{interface['PrivateIpAddress']}/32")
        v6 += [f"{each['Ipv6Address']}/128" for each in interface["Ipv6Addresses"]]
    pairs: list[Element] = [
        {"GroupId": group, "UserId": OWNER, "VpcId": vpc.id} | _peering(random, complete=complete)
        for vpc in vpcs
        for group in vpc.groups
    ]
    if not complete:
        pairs.append(
            {
                "GroupId": _id(random, "sg"),
                "UserId": PARTNER,
                "VpcId": _id(random, "vpc"),
                "VpcPeeringConnectionId": _id(random, "pcx"),
                "PeeringStatus": "active",
            }
        )
    lead_to_peers(random, made.lists, pairs, complete=complete)
    return Pool(tuple(v4), tuple(v6), tuple(lists), tuple(pairs))


def _peering(random: Random, *, complete: bool) -> Element:
    """What a reference to a group of another VPC says of the connection to it."""
    states = ("active",) if complete else ("active", "active", "pending-acceptance", "deleted", "")
    state = random.choice(states)
    return {"VpcPeeringConnectionId": _id(random, "pcx"), "PeeringStatus": state} if state else {}


def _groups(random: Random, vpc: _Vpc, pool: Pool, made: Account) -> None:
    for number, group in enumerate(vpc.groups):
        ways = {False: permissions(random, pool, vpc.id), True: permissions(random, pool, vpc.id)}
        rules = [
            element | {"GroupId": group}
            for is_egress, found in ways.items()
            for element in rule_elements(random, found, is_egress=is_egress, owner=OWNER)
        ]
        made.lists.setdefault("SecurityGroupRules", []).extend(rules)
        made.lists.setdefault("SecurityGroups", []).append(
            {
                "GroupId": group,
                "IpPermissionsEgress": merged(random, ways[True]),
                "Tags": _tags(random, f"group {number}"),
                "VpcId": vpc.id,
                "SecurityGroupArn": f"arn:aws:ec2:eu-central-1:{OWNER}:security-group/{group}",
                "OwnerId": OWNER,
                "GroupName": "default" if number == 0 else f"group {group[-3:]}",
                "Description": "made up",
                "IpPermissions": merged(random, ways[False]),
            }
        )


def _acls(random: Random, vpc: _Vpc, pool: Pool, made: Account) -> None:
    for number, acl in enumerate(vpc.acls):
        associations = [
            {
                "NetworkAclAssociationId": _id(random, "aclassoc"),
                "NetworkAclId": acl,
                "SubnetId": subnet["SubnetId"],
            }
            for index, subnet in enumerate(vpc.subnets)
            if index % len(vpc.acls) == number
        ]
        made.lists.setdefault("NetworkAcls", []).append(
            {
                "Associations": associations,
                "Entries": acl_entries(random, pool, has_v6=vpc.v6 is not None),
                "IsDefault": number == 0,
                "NetworkAclId": acl,
                "Tags": _tags(random, f"acl {number}"),
                "VpcId": vpc.id,
                "OwnerId": OWNER,
            }
        )


def _machines(random: Random, made: Account) -> None:
    """Some interfaces are instances', which repeat what they have."""
    for interface in made.elements("NetworkInterfaces"):
        if random.random() < 0.5:
            continue
        copied = ("Groups", "NetworkInterfaceId", "PrivateIpAddress", "PrivateIpAddresses")
        prefixes = tuple(key for key in ("Ipv4Prefixes", "Ipv6Prefixes") if key in interface)
        more = (*prefixes, "Ipv6Addresses", "SubnetId", "VpcId", "OwnerId", "MacAddress", "Status")
        instance = {
            "InstanceId": _id(random, "i"),
            "ImageId": _id(random, "ami"),
            "InstanceType": "t3.micro",
            "State": {"Code": 16, "Name": "running"},
            "PrivateIpAddress": interface["PrivateIpAddress"],
            "SubnetId": interface["SubnetId"],
            "VpcId": interface["VpcId"],
            "SecurityGroups": interface["Groups"],
            "NetworkInterfaces": [{key: interface[key] for key in copied + more}],
        }
        made.lists.setdefault("Reservations", []).append(
            {
                "ReservationId": _id(random, "r"),
                "OwnerId": OWNER,
                "Groups": [],
                "Instances": [instance],
            }
        )


def _leave_out(random: Random, made: Account) -> None:
    """What people forget to export; either description of the groups is enough."""
    chance = random.random()
    if chance < 0.45:
        del made.lists["SecurityGroupRules"]
    elif chance < 0.6:
        del made.lists["SecurityGroups"]
    for key, often in (("Subnets", 0.1), ("NetworkAcls", 0.06), ("PrefixLists", 0.1)):
        if random.random() < often:
            made.lists.pop(key, None)
    lists = ("NetworkInterfaces", "SecurityGroupRules", *made.entries)
    made.cut = frozenset(key for key in lists if random.random() < 0.06)
    for element in (*made.elements("Subnets"), *made.elements("Vpcs")):
        if random.random() < 0.1:
            mode = random.choice(("off", "block-ingress", "block-bidirectional"))
            element["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
    for table in made.elements("RouteTables"):
        if random.random() < 0.1:
            subnet = random.choice(made.elements("Subnets") or [{"CidrBlock": "10.20.0.0/24"}])
            route = {"DestinationCidrBlock": subnet["CidrBlock"], "State": "active"}
            table["Routes"].append(route | {"NetworkInterfaceId": _id(random, "eni")})
    for key in ("Vpcs", "RouteTables", "Reservations"):
        if random.random() < 0.3:
            made.lists.pop(key, None)

"""A small account made by hand: two subnets with an ACL each, three groups, three interfaces."""

from tests.oracles.aws.accounts import OWNER, PARTNER, Account, Element

WEB, DB, ADMIN = "sg-0web", "sg-0db", "sg-0admin"
OFFICES, AMAZON = "pl-0offices", "pl-0amazon"


def hand_made() -> Account:
    """The account, anew for each caller, who may change it."""
    return Account(
        {
            "SecurityGroups": [_web(), _db(), _group(ADMIN, [], [])],
            "NetworkAcls": [_front_acl(), _back_acl()],
            "NetworkInterfaces": [
                interface("eni-0web", "subnet-0front", "10.0.1.10", "2001:db8:1:1::10", WEB),
                interface("eni-0db", "subnet-0back", "10.0.2.20", "2001:db8:1:2::20", DB),
                interface("eni-0admin", "subnet-0front", "10.0.1.30", "", ADMIN, WEB),
            ],
            "Subnets": [
                _subnet("subnet-0front", "10.0.1.0/24", "2001:db8:1:1::/64"),
                _subnet("subnet-0back", "10.0.2.0/24", "2001:db8:1:2::/64"),
            ],
            "PrefixLists": [_prefix_list(OFFICES, OWNER), _prefix_list(AMAZON, "AWS")],
        },
        {OFFICES: [{"Cidr": "198.51.100.0/28"}, {"Cidr": "203.0.113.7/32"}]},
    )


def _web() -> Element:
    ingress: list[Element] = [
        _tcp(443, IpRanges=[{"CidrIp": "0.0.0.0/0"}], Ipv6Ranges=[{"CidrIpv6": "::/0"}]),
        _tcp(22, PrefixListIds=[{"PrefixListId": OFFICES}]),
        {
            "IpProtocol": "icmp",
            "FromPort": 8,
            "ToPort": -1,
            "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        },
        {
            "IpProtocol": "50",
            "FromPort": 1,
            "ToPort": 2,
            "IpRanges": [{"CidrIp": "192.0.2.1/32"}],
        },
        {"IpProtocol": "icmpv6", "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]},
    ]
    egress = [
        _tcp(5432, UserIdGroupPairs=[{"GroupId": DB, "UserId": OWNER}]),
        _tcp(443, PrefixListIds=[{"PrefixListId": AMAZON}]),
    ]
    return _group(WEB, ingress, egress)


def _db() -> Element:
    partner = {"GroupId": "sg-0partner", "UserId": PARTNER, "PeeringStatus": "active"}
    ingress: list[Element] = [
        _tcp(5432, UserIdGroupPairs=[{"GroupId": WEB, "UserId": OWNER}]),
        _tcp(5433, UserIdGroupPairs=[partner]),
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": DB, "UserId": OWNER}]},
    ]
    return _group(DB, ingress, [])


def _tcp(port: int, **ends: list[Element]) -> Element:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port} | ends


def _group(name: str, ingress: list[Element], egress: list[Element]) -> Element:
    return {
        "GroupId": name,
        "GroupName": name.removeprefix("sg-0"),
        "Description": "made by hand",
        "OwnerId": OWNER,
        "VpcId": "vpc-0",
        "IpPermissions": ingress,
        "IpPermissionsEgress": egress,
    }


def _front_acl() -> Element:
    return _acl(
        "acl-0front",
        "subnet-0front",
        [
            entry(200, "allow", "-1", "0.0.0.0/0"),
            entry(100, "deny", "6", "203.0.113.0/24", ports=(0, 1023)),
            entry(90, "allow", "6", "203.0.113.7/32", ports=(22, 22)),
            entry(300, "allow", "6", "::/0", ports=(443, 443)),
            entry(310, "allow", "58", "::/0", icmp=(128, 0)),
            entry(100, "allow", "6", "0.0.0.0/0", ports=(1024, 65535), egress=True),
        ],
    )


def _back_acl() -> Element:
    return _acl(
        "acl-0back",
        "subnet-0back",
        [
            entry(100, "allow", "-1", "0.0.0.0/0"),
            entry(100, "allow", "6", "10.0.1.0/24", ports=(32768, 60999), egress=True),
        ],
    )


def _acl(name: str, subnet: str, entries: list[Element]) -> Element:
    association = {
        "NetworkAclAssociationId": f"aclassoc-{name}",
        "NetworkAclId": name,
        "SubnetId": subnet,
    }
    last = [
        entry(32767 + number, "deny", "-1", cidr, egress=egress)
        for egress in (True, False)
        for number, cidr in enumerate(("0.0.0.0/0", "::/0"))
    ]
    return {
        "Associations": [association],
        "Entries": entries + last,
        "IsDefault": False,
        "NetworkAclId": name,
        "Tags": [],
        "VpcId": "vpc-0",
        "OwnerId": OWNER,
    }


def entry(
    number: int,
    action: str,
    protocol: str,
    cidr: str,
    *,
    ports: tuple[int, int] | None = None,
    icmp: tuple[int, int] | None = None,
    egress: bool = False,
) -> Element:
    """One entry of a network ACL."""
    made: Element = {"Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr, "Egress": egress}
    if ports:
        made["PortRange"] = {"From": ports[0], "To": ports[1]}
    if icmp:
        made["IcmpTypeCode"] = {"Code": icmp[1], "Type": icmp[0]}
    return made | {"Protocol": protocol, "RuleAction": action, "RuleNumber": number}


def interface(name: str, subnet: str, v4: str, v6: str, *groups: str) -> Element:
    """A network interface with one address of each family, or none of version 6."""
    return {
        "Groups": [{"GroupId": group, "GroupName": group[4:]} for group in groups],
        "InterfaceType": "interface",
        "Ipv6Addresses": [{"Ipv6Address": v6}] if v6 else [],
        "NetworkInterfaceId": name,
        "OwnerId": OWNER,
        "PrivateIpAddress": v4,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": v4}],
        "Status": "in-use",
        "SubnetId": subnet,
        "VpcId": "vpc-0",
    }


def _subnet(name: str, v4: str, v6: str) -> Element:
    return {
        "CidrBlock": v4,
        "Ipv6CidrBlockAssociationSet": [
            {
                "AssociationId": f"assoc-{name}",
                "Ipv6CidrBlock": v6,
                "Ipv6CidrBlockState": {"State": "associated"},
            }
        ],
        "OwnerId": OWNER,
        "State": "available",
        "SubnetId": name,
        "VpcId": "vpc-0",
    }


def _prefix_list(name: str, owner: str) -> Element:
    return {
        "PrefixListId": name,
        "AddressFamily": "IPv4",
        "State": "create-complete",
        "PrefixListName": name.removeprefix("pl-0"),
        "OwnerId": owner,
    }

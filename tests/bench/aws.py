"""A large AWS account, and what checking it costs beside `json.loads` of the same files."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.measure import Cost, checking, cost, python, with_peak

Element = dict[str, Any]
_CHECK = checking("-q")
_READ = "import parsers; rulesets = parsers.read_exports(sys.argv[1:])"
_LOAD = "import json, sys; kept = [json.loads(open(path).read()) for path in sys.argv[1:]]"
_OWNER = "111122223333"
_RULES = 10
"""Of each group: eight for ingress, two for egress."""
_SECONDS_A_RULE = 20e-6
_PORTS = (22, 53, 80, 443, 3306, 5432, 6379, 8080, 9090)
SITE = """\
fwlint: site/1
name: bench
networks:
  admins: [198.51.100.0/24]
devices:
  account:
    config: [FILES]
use:
  leap:
    bind:
      webapp: 10.0.0.4
      mx: 10.0.0.5
      soledad: 10.0.0.6
      openvpn: {ip_address: none, gateway_address: none}
      other-nodes: 10.0.0.7
      sysadmins: admins
"""


def account(groups: int, seed: int = 1) -> dict[str, Element]:
    """What the CLI prints of a VPC: so many groups of ten rules, and an interface for each."""
    random = Random(seed)
    names = [f"sg-{number:017x}" for number in range(groups)]
    subnets = [f"subnet-{number:017x}" for number in range(groups // 200 + 1)]
    interfaces = [_interface(random, number, names, subnets) for number in range(groups)]
    return {
        "SecurityGroups": {"SecurityGroups": [_group(random, name, names) for name in names]},
        "NetworkInterfaces": {"NetworkInterfaces": interfaces},
        "Subnets": {"Subnets": [_subnet(number, name) for number, name in enumerate(subnets)]},
        "NetworkAcls": {"NetworkAcls": [_acl(subnets)]},
    }


def _group(random: Random, name: str, names: list[str]) -> Element:
    return {
        "GroupId": name,
        "IpPermissionsEgress": [_permission(random, names) for _ in range(2)],
        "Tags": [{"Key": "Name", "Value": f"service {name[-5:]}"}],
        "VpcId": "vpc-0a1b2c3d4e5f67890",
        "SecurityGroupArn": f"arn:aws:ec2:eu-central-1:{_OWNER}:security-group/{name}",
        "OwnerId": _OWNER,
        "GroupName": f"service-{name[-5:]}",
        "Description": "made up",
        "IpPermissions": [_permission(random, names) for _ in range(_RULES - 2)],
    }


def _permission(random: Random, names: list[str]) -> Element:
    port = random.choice((*_PORTS, random.randint(1024, 65535)))
    element: Element = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    pairs: list[Element] = []
    ranges: list[Element] = []
    if random.random() < 0.3:
        # A tenth of the references are to one of few groups that very many machines have.
        group = random.choice(names if random.random() < 0.9 else names[:10])
        pairs.append({"UserId": _OWNER, "GroupId": group})
    else:
        cidr = f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(0, 255)}/32"
        ranges.append({"Description": "a neighbour", "CidrIp": cidr})
    return element | {
        "UserIdGroupPairs": pairs,
        "IpRanges": ranges,
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }


def _interface(random: Random, number: int, names: list[str], subnets: list[str]) -> Element:
    groups = dict.fromkeys((names[number], random.choice(names[:10]), random.choice(names)))
    subnet = number // 200
    address = str(IPv4Address((10 << 24) + (subnet << 8) + 4 + number % 200))
    return {
        "AvailabilityZone": "eu-central-1a",
        "Description": "",
        "Groups": [{"GroupId": name, "GroupName": f"service-{name[-5:]}"} for name in groups],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": "0a:00:00:00:00:01",
        "NetworkInterfaceId": f"eni-{number:017x}",
        "OwnerId": _OWNER,
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": subnets[subnet],
        "TagSet": [],
        "VpcId": "vpc-0a1b2c3d4e5f67890",
    }


def _subnet(number: int, name: str) -> Element:
    return {
        "CidrBlock": f"{IPv4Address((10 << 24) + (number << 8))}/24",
        "OwnerId": _OWNER,
        "State": "available",
        "SubnetId": name,
        "VpcId": "vpc-0a1b2c3d4e5f67890",
    }


def _acl(subnets: list[str]) -> Element:
    name = "acl-0a1b2c3d4e5f67890"
    entries = [
        {
            "CidrBlock": "0.0.0.0/0",
            "Egress": egress,
            "Protocol": "-1",
            "RuleAction": action,
            "RuleNumber": number,
        }
        for egress in (True, False)
        for number, action in ((100, "allow"), (32767, "deny"))
    ]
    associations = [
        {
            "NetworkAclAssociationId": f"aclassoc-{subnet[7:]}",
            "NetworkAclId": name,
            "SubnetId": subnet,
        }
        for subnet in subnets
    ]
    return {
        "Associations": associations,
        "Entries": entries,
        "IsDefault": True,
        "NetworkAclId": name,
        "Tags": [],
        "VpcId": "vpc-0a1b2c3d4e5f67890",
        "OwnerId": _OWNER,
    }


def aws(folder: Path, most: int, runs: int) -> Iterator[tuple[str, str]]:
    """What reading and checking an account costs, how that grows, and how much memory it takes."""
    small, large = (max(10, most // _RULES // part) for part in (10, 1))
    tiny = _checked(folder, 10, runs)
    some = _checked(folder, small, runs)
    many = _checked(folder, large, runs)
    rules = large * _RULES
    files = [path.name for path in sorted(folder.glob(f"{large}-*.json"))]
    load = cost(python("-c", _LOAD, *files), folder, runs)
    few = [path.name for path in sorted(folder.glob(f"{small}-*.json"))]
    less = cost(python("-c", _LOAD, *few), folder, runs)
    read = cost(with_peak(_READ, *files), folder, runs)
    aim = 5 * load.seconds + rules * _SECONDS_A_RULE
    yield f"`json.loads` of an AWS account of {rules:,} rules", f"{load.seconds:.2f} s"
    yield "reading it", f"{read}, {read.seconds / load.seconds:.1f} x json.loads"
    yield (
        f"check of {rules:,} rules in {large:,} security groups",
        f"{many}, {many.seconds / aim:.2f} x (5 x json.loads + 20 µs a rule)",
    )
    growth = (many.seconds - tiny.seconds) / max(0.001, some.seconds - tiny.seconds)
    linear = large / small
    theirs = load.seconds / max(0.001, less.seconds)
    yield (
        f"the same / {small:,} groups, both above a start",
        f"{growth:.1f} (linear: {linear:.0f}; json.loads: {theirs:.0f})",
    )
    yield "memory of it above a start", f"{(many.memory - tiny.memory) / rules:,.0f} bytes a rule"


def _checked(folder: Path, groups: int, runs: int) -> Cost:
    names: list[str] = []
    for kind, response in account(groups).items():
        names.append(f"{groups}-{kind}.json")
        (folder / names[-1]).write_text(json.dumps(response, indent=4) + "\n", encoding="utf-8")
    text = SITE.replace("FILES", ", ".join(names))
    (folder / f"aws-{groups}.yaml").write_text(text, encoding="utf-8")
    return cost(with_peak(_CHECK, f"aws-{groups}.yaml"), folder, runs)

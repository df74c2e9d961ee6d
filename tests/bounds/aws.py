"""The worst shapes of what the AWS CLI prints, and of its Network Firewall."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.aws import SITE, account
from tests.bounds.shape import Files, Make, Shape, address, check, filled, repeated

_OWNER, _VPC = "111122223333", "vpc-0a1b2c3d4e5f67890"
_SUBNET = "subnet-06513270e269e0d37"
_Element = dict[str, Any]
_ARN = f"arn:aws:network-firewall:eu-central-1:{_OWNER}:stateful-rulegroup/g"
_FIREWALL = (
    '{"RuleGroupResponse":{"RuleGroupArn":"' + _ARN + '","RuleGroupName":"g","Type":"STATEFUL",'
    '"Capacity":30000},"RuleGroup":{"RulesSource":{"RulesString":%s}}}'
)
_POLICY = json.dumps(
    {
        "FirewallPolicyResponse": {"FirewallPolicyName": "p", "FirewallPolicyArn": _ARN.replace("stateful-rulegroup/g", "firewall-policy/p")},
        "FirewallPolicy": {
            "StatefulRuleGroupReferences": [{"ResourceArn": _ARN}],
            "StatelessDefaultActions": ["aws:forward_to_sfe"],
            "StatelessFragmentDefaultActions": ["aws:drop"],
        },
    }
)  # fmt: skip


def _permission(**of: Any) -> _Element:
    empty: _Element = {
        "UserIdGroupPairs": [],
        "IpRanges": [],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22} | empty | of


def _group(number: int, *permissions: _Element) -> _Element:
    return {
        "GroupId": f"sg-{number:017x}",
        "GroupName": f"g{number}",
        "Description": "d",
        "OwnerId": _OWNER,
        "VpcId": _VPC,
        "Tags": [],
        "IpPermissions": list(permissions),
        "IpPermissionsEgress": [],
    }


def _groups(*groups: _Element) -> str:
    return json.dumps({"SecurityGroups": groups}) + "\n"


def _cidrs(count: int) -> list[_Element]:
    return [{"CidrIp": f"{address(n)}/32"} for n in range(count)]


def _in_a_row(size: int) -> str:
    """Groups that each let the next one in."""
    most = max(3, size // 400)
    return _groups(
        *(
            _group(n, _permission(UserIdGroupPairs=[{"UserId": _OWNER, "GroupId": f"sg-{(n + 1) % most:017x}"}]))
            for n in range(most)
        )
    )  # fmt: skip


def _entry(number: int) -> _Element:
    return {
        "CidrBlock": f"{address(number)}/32",
        "Egress": number % 2 == 1,
        "Protocol": "6",
        "PortRange": {"From": number * 7 % 30000, "To": 30000 + number * 31 % 30000},
        "RuleAction": "allow" if number % 3 else "deny",
        "RuleNumber": number // 2 % 32766 + 1,
    }


def _acl(size: int) -> str:
    entries = [_entry(n) for n in range(min(size // 160, 65_000))]
    acl = {"Associations": [{"SubnetId": _SUBNET}], "Entries": entries, "IsDefault": True, "NetworkAclId": "acl-06f0d1b83ce5a9274", "Tags": [], "VpcId": _VPC, "OwnerId": _OWNER}  # fmt: skip
    return json.dumps({"NetworkAcls": [acl]}) + "\n"


_ONE: dict[str, Make] = {
    "brackets": lambda size: '{"SecurityGroups":' + repeated(size, "["),
    "nested lists": lambda size: f'{{"SecurityGroups":{"[" * (size // 2)}{"]" * (size // 2)}}}',
    "nested elements": lambda size: (
        '{"SecurityGroups":' + '{"a":' * (size // 6) + "1" + "}" * (size // 6) + "}"
    ),
    "empty groups": lambda size: '{"SecurityGroups":[' + repeated(size, "{},")[:-1] + "]}",
    "keys of a group": lambda size: _groups(
        {**_group(1), **{f"x{n}": 1 for n in range(size // 14)}}
    ),
    "groups": lambda size: _groups(
        *(_group(n, _permission(IpRanges=_cidrs(1))) for n in range(max(3, size // 330)))
    ),
    "ranges of a permission": lambda size: _groups(_group(0), _group(2), _group(1, _permission(IpRanges=_cidrs(size // 30)))),
    "permissions of a group": lambda size: _groups(
        _group(0), _group(2), _group(1, *(_permission(FromPort=n % 60000, ToPort=60000, IpRanges=_cidrs(1)) for n in range(size // 200)))
    ),
    "groups that let the next one in": _in_a_row,
    "entries of an ACL": _acl,
    "YAML brackets": lambda size: "SecurityGroups: " + repeated(size, "["),
    "YAML lists": lambda size: "SecurityGroups:\n" + repeated(size, "- ") + "a\n",
    "YAML aliases": lambda size: (
        "SecurityGroups:\n- &a0 [x]\n"
        + filled(size, lambda n: f"- &a{n + 1} [*a{n}, *a{n}]\n")
    ),
    "YAML aliases of one anchor": lambda size: "SecurityGroups:\n- &a {b: c}\n" + repeated(size, "- *a\n"),
    "YAML merges": lambda size: (
        "SecurityGroups:\n- &a0 {b: c}\n" + filled(size, lambda n: f"- &a{n + 1} {{<<: *a{n}, k{n}: v}}\n")
    ),
    "one key again": lambda size: "{" + repeated(size, '"SecurityGroups":[],')[:-1] + "}",
}  # fmt: skip


def _prefixes(size: int) -> Files:
    """A prefix list, in very many permissions."""
    half = size // 2
    lists = {"PrefixListId": "pl-0d23f0824128b2f33", "AddressFamily": "IPv4", "State": "create-complete", "PrefixListName": "p", "MaxEntries": 5, "Version": 1, "Tags": [], "OwnerId": _OWNER}  # fmt: skip
    named = _permission(PrefixListIds=[{"PrefixListId": "pl-0d23f0824128b2f33"}])
    return {
        "e/managed-prefix-lists.json": json.dumps({"PrefixLists": [lists]}) + "\n",
        "e/pl-0d23f0824128b2f33.json": json.dumps(
            {"Entries": [{"Cidr": f"{address(n)}/32"} for n in range(half // 30)]}
        )
        + "\n",
        "e/security-groups.json": _groups(
            _group(0), _group(2), _group(1, *({**named, "FromPort": n % 60000, "ToPort": 60000} for n in range(half // 200)))
        ),
    }  # fmt: skip


def _prefixes_of_a_machine(size: int) -> Files:
    return {**_with_an_interface(lambda _: "")(size), **_prefixes(size)}


def _account(size: int) -> Files:
    """A whole account, at a site with roles in it."""
    found = {
        f"{kind}.json": json.dumps(each) + "\n"
        for kind, each in account(max(5, size // 3_000)).items()
    }
    return {**found, "site.yaml": SITE.replace("FILES", ", ".join(found))}  # fmt: skip


def _suricata(rule: Callable[[int], str]) -> Make:
    return lambda size: _FIREWALL % json.dumps(filled(size, lambda n: rule(n) + "\n"))


_FIREWALLS: dict[str, Make] = {
    "rules": _suricata(lambda n: f"pass tcp {address(n)} any -> any {n % 65535 + 1} (sid:{n + 1};)"),
    "addresses in a rule": lambda size: _FIREWALL % json.dumps(
        f"pass tcp [{filled(size, lambda n: address(n) + ',')[:-1]}] any -> any 22 (sid:1;)"
    ),
    "nested addresses": lambda size: _FIREWALL % json.dumps(
        f"pass tcp {'[' * (size // 2)}10.0.0.1{']' * (size // 2)} any -> any 22 (sid:1;)"
    ),
    "options of a rule": lambda size: _FIREWALL % json.dumps(
        f"pass tcp any any -> any 22 ({repeated(size, 'nocase;')} sid:1;)"
    ),
}  # fmt: skip


def _with_an_interface(make: Make) -> Callable[[int], Files]:
    """What is asked of groups and ACLs takes a machine that has them."""
    interface = {
        "Groups": [{"GroupId": f"sg-{n:017x}", "GroupName": f"g{n}"} for n in range(3)],
        "NetworkInterfaceId": "eni-0a1b2c3d4e5f67890",
        "OwnerId": _OWNER,
        "PrivateIpAddress": "10.0.0.4",
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.0.4"}],
        "Ipv6Addresses": [],
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": _SUBNET,
        "VpcId": _VPC,
    }
    text = json.dumps({"NetworkInterfaces": [interface]}) + "\n"
    return lambda size: {"a.json": make(size), "i.json": text}


_PACKET = ("trace", "a.json", "p.json", "--hook", "forward", "tcp 10.0.0.1:40000 > 192.0.2.1:22")


def _with_a_policy(make: Make) -> Callable[[int], Files]:
    return lambda size: {"a.json": make(size), "p.json": _POLICY}


def shapes() -> Iterator[Shape]:
    """All of them."""
    for name, make in _ONE.items():
        yield Shape(f"AWS: {name}", _with_an_interface(make), (check("a.json", "i.json"),))
    for name, make in _FIREWALLS.items():
        yield Shape(f"AWS Network Firewall: {name}", _with_a_policy(make), (_PACKET,))
    yield Shape("AWS: a prefix list in many rules", _prefixes_of_a_machine, (check("e", "i.json"),))
    yield Shape("AWS: an account", _account, (("check", "site.yaml"),))

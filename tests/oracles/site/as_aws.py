"""The planned firewalls of machines as security groups of one AWS account.

A security group has no order and drops nothing by a rule (VPC User Guide, "Security group rules"),
asks nothing about the interface's own address, and lets answers pass.
"""

from collections.abc import Iterator, Sequence

from tests.oracles.aws.accounts import OWNER, Account, Element
from tests.oracles.site.plan import Chain, Firewall, Machine, Plan, Prefix, Rule

VPC = "vpc-0a000000000000001"
_FILLER = "172.31.0.0/16"
"""A range of IPv4, which each VPC has (VPC CIDR blocks), for sites without IPv4."""
PARTIAL = "the only role of a site, with machines outside the account"
_EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


def unsaid(firewall: Firewall, plan: Plan) -> str:
    """Why security groups cannot say the rules of a plain firewall; empty where they can."""
    if not firewall.machine:
        return "a firewall between networks"
    machine = plan.machine(firewall.machine)
    filters = [firewall.input] + [firewall.output] * (firewall.output.policy == "drop")
    tests = {
        "what a machine itself translates": bool(firewall.forwards or firewall.source_nats),
        "replies that no rule lets through": not all(one.established for one in filters),
        "IPv6 that it does not filter": firewall.families == (4,) and firewall.ipv6,
        "neighbour discovery that it drops": 6 in firewall.families and not firewall.neighbours,
        "a rule for some of its addresses": any(
            _is_partial(r, machine) for r in firewall.input.rules
        ),
        "a drop before what lets some of it in": _has_drop(firewall.input, machine.every),
        "a drop before what lets some of it out": _has_drop(firewall.output, ()),
    }
    return next((reason for reason, holds in tests.items() if holds), "")


def is_partial(plan: Plan, firewalls: Sequence[Firewall]) -> bool:
    """Whether the site's only role has machines outside the account: fwlint asks what is meant."""
    here = {one.machine for one in firewalls}
    return len(plan.roles) == 1 and any(m.roles and m.name not in here for m in plan.machines)


def _is_partial(rule: Rule, machine: Machine) -> bool:
    its = [a for a in machine.every if a.version == rule.family]
    inside = [a in target for target in rule.targets for a in its]
    return any(inside) and not all(inside)


def _has_drop(chain: Chain, own: Sequence[object]) -> bool:
    """Whether a rule drops what a later rule, or the policy, would accept."""
    rules = [one for one in chain.rules if not own or _is_for(one, own)]
    return any(
        rule.verdict == "drop"
        and (
            chain.policy == "accept"
            or any(one.verdict == "accept" and _meet(rule, one) for one in rules[index + 1 :])
        )
        for index, rule in enumerate(rules)
    )


def _is_for(rule: Rule, own: Sequence[object]) -> bool:
    return not rule.targets or any(address in target for target in rule.targets for address in own)


def _meet(one: Rule, other: Rule) -> bool:
    return (
        one.family == other.family
        and (one.proto == other.proto or None in (one.proto, other.proto))
        and _ports_meet(one.ports, other.ports)
        and all(
            not mine or not theirs or mine[0].overlaps(theirs[0])
            for mine, theirs in ((one.sources, other.sources), (one.targets, other.targets))
        )
    )


def _ports_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return not one or not other or (one[0] <= other[1] and other[0] <= one[1])


def account(firewalls: Sequence[Firewall], plan: Plan) -> Account:
    """The account with an interface for each machine, and its groups."""
    groups: list[Element] = []
    interfaces: list[Element] = []
    for firewall in firewalls:
        own = list(_groups(firewall, plan))
        groups += own
        interfaces.append(_interface(firewall, plan, own))
    lists = {
        "SecurityGroups": groups,
        "NetworkInterfaces": interfaces,
        "NetworkAcls": [_acl(plan)],
        "Subnets": [_subnet(plan, index) for index, _ in enumerate(plan.networks)],
        "Vpcs": [_vpc(plan)],
    }
    return Account(lists)


def interface_id(firewall: Firewall, plan: Plan) -> str:
    """The id of the machine's interface."""
    return f"eni-{_number(firewall, plan):017x}"


def _number(firewall: Firewall, plan: Plan) -> int:
    return 1 + [one.device for one in plan.firewalls].index(firewall.device)


def _groups(firewall: Firewall, plan: Plan) -> Iterator[Element]:
    """One group, or for every second machine two, which have the rules together."""
    machine = plan.machine(firewall.machine)
    number = _number(firewall, plan)
    ways = {
        "IpPermissions": _rules(firewall, firewall.input, machine),
        "IpPermissionsEgress": _rules(firewall, firewall.output, None),
    }
    count = 1 + number % 2
    for part in range(count):
        name = f"{firewall.machine}-{part}"
        yield {
            "Description": name,
            "GroupName": name,
            "OwnerId": OWNER,
            "GroupId": f"sg-{number * 16 + part:017x}",
            "VpcId": VPC,
        } | {way: _permissions(rules[part::count], way) for way, rules in ways.items()}


def _rules(firewall: Firewall, chain: Chain, machine: Machine | None) -> list[Rule]:
    every = [Rule("accept", family=4), Rule("accept", family=6)]
    if chain.policy == "accept":
        return every
    # What no IPv6 can do without; iptables has the same rule.
    found = [Rule("accept", proto="icmp", family=6)] if 6 in firewall.families else []
    return found + [
        rule
        for rule in chain.rules
        if rule.verdict == "accept" and (machine is None or _is_for(rule, machine.every))
    ]


def _permissions(rules: Sequence[Rule], way: str) -> list[Element]:
    """Permissions as describe-security-groups prints them: all ends of a service together."""
    found: dict[str, Element] = {}
    for rule in rules:
        service = _service(rule)
        ends = rule.sources if way == "IpPermissions" else rule.targets
        key, name = ("IpRanges", "CidrIp") if rule.family == 4 else ("Ipv6Ranges", "CidrIpv6")
        whole = found.setdefault(
            f"{service}",
            service
            | {"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []},
        )
        end = {name: str(ends[0]) if ends else _EVERYWHERE[rule.family or 4]}
        if end not in whole[key]:
            whole[key].append(end)
    return list(found.values())


def _service(rule: Rule) -> Element:
    if rule.proto is None:
        return {"IpProtocol": "-1"}
    if rule.proto == "icmp":
        return {
            "IpProtocol": "icmp" if rule.family == 4 else "icmpv6",
            "FromPort": -1,
            "ToPort": -1,
        }
    first, last = rule.ports or (0, 65535)
    return {"IpProtocol": rule.proto, "FromPort": first, "ToPort": last}


def _interface(firewall: Firewall, plan: Plan, groups: Sequence[Element]) -> Element:
    machine = plan.machine(firewall.machine)
    four = [f"{one}" for one in machine.every if one.version == 4]
    index = [one.name for one in plan.networks].index(machine.network)
    found: Element = {
        "Description": machine.name,
        "Groups": [{key: one[key] for key in ("GroupId", "GroupName")} for one in groups],
        "InterfaceType": "interface",
        "Ipv6Addresses": [{"Ipv6Address": f"{a}"} for a in machine.every if a.version == 6],
        "NetworkInterfaceId": interface_id(firewall, plan),
        "OwnerId": OWNER,
        "PrivateIpAddresses": [
            {"Primary": not number, "PrivateIpAddress": one} for number, one in enumerate(four)
        ],
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": _subnet_id(index),
        "VpcId": VPC,
    }
    return found | ({"PrivateIpAddress": four[0]} if four else {})


def _subnet_id(index: int) -> str:
    return f"subnet-{index + 1:017x}"


def _subnet(plan: Plan, index: int) -> Element:
    prefixes = plan.networks[index].prefixes
    four = [one for one in prefixes if one.version == 4]
    six = [one for one in prefixes if one.version == 6]
    return ({"CidrBlock": f"{four[0]}"} if four else {}) | {
        "Ipv6CidrBlockAssociationSet": _six("Ipv6CidrBlock", six),
        "Ipv6Native": not four,
        "State": "available",
        "SubnetId": _subnet_id(index),
        "VpcId": VPC,
    }


def _six(key: str, prefixes: Sequence[Prefix]) -> list[Element]:
    return [
        {
            "AssociationId": f"{key.lower()}-{index:017x}",
            key: f"{one}",
            f"{key}State": {"State": "associated"},
        }
        for index, one in enumerate(prefixes, 1)
    ]


def _vpc(plan: Plan) -> Element:
    """A VPC with the networks of the site as its ranges.

    On AWS, a range of IPv6 is a /60 or wider (VPC CIDR blocks); but what else it has would be a
    network that the iptables of a site do not know of.
    """
    prefixes = [one for network in plan.networks for one in network.prefixes]
    four = [f"{one}" for one in prefixes if one.version == 4] or [_FILLER]
    six = [one for one in prefixes if one.version == 6]
    return {
        "CidrBlock": four[0],
        "CidrBlockAssociationSet": [
            {
                "AssociationId": f"vpc-cidr-assoc-{index:017x}",
                "CidrBlock": one,
                "CidrBlockState": {"State": "associated"},
            }
            for index, one in enumerate(four)
        ],
        "InstanceTenancy": "default",
        "Ipv6CidrBlockAssociationSet": _six("Ipv6CidrBlock", six),
        "IsDefault": False,
        "OwnerId": OWNER,
        "State": "available",
        "VpcId": VPC,
    }


def _acl(plan: Plan) -> Element:
    """The default ACL, which lets everything pass (VPC User Guide, "Default network ACL")."""
    name = "acl-00000000000000001"
    entries = [
        {"CidrBlock": "0.0.0.0/0", "RuleNumber": 100, "RuleAction": "allow"},
        {"Ipv6CidrBlock": "::/0", "RuleNumber": 101, "RuleAction": "allow"},
        {"CidrBlock": "0.0.0.0/0", "RuleNumber": 32767, "RuleAction": "deny"},
        {"Ipv6CidrBlock": "::/0", "RuleNumber": 32768, "RuleAction": "deny"},
    ]
    return {
        "Associations": [
            {
                "NetworkAclAssociationId": f"aclassoc-{index + 1:017x}",
                "NetworkAclId": name,
                "SubnetId": _subnet_id(index),
            }
            for index, _ in enumerate(plan.networks)
        ],
        "Entries": [
            {"Egress": egress, "Protocol": "-1", **one}
            for egress in (True, False)
            for one in entries
        ],
        "IsDefault": True,
        "NetworkAclId": name,
        "OwnerId": OWNER,
        "VpcId": VPC,
    }

"""Random rules of security groups and network ACLs, as elements of the AWS CLI's answers."""

from dataclasses import dataclass
from random import Random
from typing import Any

Element = dict[str, Any]
PORTS = (0, 22, 53, 80, 443, 1024, 8080, 32768, 65535)
_RANGES = ((0, 65535), (1024, 65535), (32768, 60999), (80, 443), (8000, 8100), (1, 1023))
_ICMP = ((-1, -1), (8, -1), (3, 4), (3, -1), (0, 0), (11, 0))
_ICMPV6 = ((-1, -1), (128, 0), (2, -1), (135, 0), (1, 4))
_OTHERS = ("50", "47", "132", "0", "255")
LAST = 32767


@dataclass(frozen=True, slots=True)
class Pool:
    """What rules can name: networks of both families, prefix lists, and pairs of account, group."""

    v4: tuple[str, ...]
    v6: tuple[str, ...]
    lists: tuple[str, ...]
    pairs: tuple[Element, ...]


def permissions(random: Random, pool: Pool, vpc: str) -> list[Element]:
    """Permissions of one way, each with one other end, as before the CLI has merged them."""
    if random.random() < 0.15:
        return [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return [_permission(random, pool, vpc) for _ in range(random.randint(0, 5))]


def _permission(random: Random, pool: Pool, vpc: str) -> Element:
    chance = random.random()
    end: Element
    if chance < 0.45:
        end, family = {"IpRanges": [{"CidrIp": random.choice(pool.v4)}]}, 4
    elif chance < 0.65:
        end, family = {"Ipv6Ranges": [{"CidrIpv6": random.choice(pool.v6)}]}, 6
    elif chance < 0.8 and pool.lists:
        end, family = {"PrefixListIds": [{"PrefixListId": random.choice(pool.lists)}]}, 0
    else:
        pair = dict(random.choice(pool.pairs))
        if pair["VpcId"] == vpc:
            pair = {"GroupId": pair["GroupId"], "UserId": pair["UserId"]}
        end, family = {"UserIdGroupPairs": [pair]}, 0
    element = _protocol(random, family) | end
    if random.random() < 0.3:
        (inside,) = next(iter(end.values()))
        inside["Description"] = random.choice(("web", "for the office", 'says "hello"'))
    return element


def _protocol(random: Random, family: int) -> Element:
    chance = random.random()
    if chance < 0.6:
        first, last = _ports(random)
        name = random.choice(("tcp", "tcp", "udp", "6", "17") if chance < 0.1 else ("tcp", "udp"))
        return {"IpProtocol": name, "FromPort": first, "ToPort": last}
    if chance < 0.8:
        if family == 4 or (family == 0 and random.random() < 0.5):
            kind, code = random.choice(_ICMP)
            return {"IpProtocol": "icmp", "FromPort": kind, "ToPort": code}
        if random.random() < 0.3:
            return {"IpProtocol": "icmpv6"}
        kind, code = random.choice(_ICMPV6)
        return {"IpProtocol": "icmpv6", "FromPort": kind, "ToPort": code}
    if chance < 0.9:
        return {"IpProtocol": "-1"}
    element = {"IpProtocol": random.choice(_OTHERS)}
    # The ports of such a rule say nothing: EC2 API Reference, IpPermission.
    return element | ({"FromPort": 22, "ToPort": 80} if random.random() < 0.3 else {})


def _ports(random: Random) -> tuple[int, int]:
    if random.random() < 0.4:
        return random.choice(_RANGES)
    port = random.choice(PORTS)
    return port, min(65535, port + random.choice((0, 0, 1, 10)))


def merged(random: Random, found: list[Element]) -> list[Element]:
    """The permissions as describe-security-groups prints them: one for each protocol and ports."""
    ends = ("UserIdGroupPairs", "IpRanges", "Ipv6Ranges", "PrefixListIds")
    by_service: dict[tuple[Any, ...], Element] = {}
    for element in found:
        service = {key: element[key] for key in element if key not in ends}
        whole = by_service.setdefault(
            tuple(service.items()), service | {key: [] for key in ends if random.random() < 0.9}
        )
        for key in ends:
            if key in element:
                whole.setdefault(key, []).extend(element[key])
    return list(by_service.values())


def rule_elements(
    random: Random, found: list[Element], *, is_egress: bool, owner: str
) -> list[Element]:
    """The permissions as describe-security-group-rules prints them: one element an end."""
    rules: list[Element] = []
    for element in found:
        name = f"sgr-{random.getrandbits(68):017x}"
        rule: Element = {
            "SecurityGroupRuleId": name,
            "GroupOwnerId": owner,
            "IsEgress": is_egress,
            "IpProtocol": element["IpProtocol"],
            "FromPort": element.get("FromPort", -1),
            "ToPort": element.get("ToPort", -1),
            "Tags": [],
            "SecurityGroupRuleArn": f"arn:aws:ec2:eu-central-1:{owner}:security-group-rule/{name}",
        }
        rules.append(rule | _end(element))
    return rules


def _end(element: Element) -> Element:
    for key, inside, name in (
        ("IpRanges", "CidrIp", "CidrIpv4"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", "PrefixListId"),
    ):
        if key in element:
            (end,) = element[key]
            return {name: end[inside]} | _description(end)
    (pair,) = element["UserIdGroupPairs"]
    return {
        "ReferencedGroupInfo": {key: pair[key] for key in pair if key != "Description"}
    } | _description(pair)


def _description(end: Element) -> Element:
    return {"Description": end["Description"]} if "Description" in end else {}


def acl_entries(random: Random, pool: Pool, *, has_v6: bool) -> list[Element]:
    """The entries of a network ACL, both ways, with the last ones that nobody can remove."""
    entries: list[Element] = []
    for egress in (True, False):
        numbers = random.sample(range(1, 32766), random.randint(2, 8))
        entries += [
            _all(numbers.pop(), "allow", egress=egress, v6=v6)
            for v6 in ((False, True) if has_v6 else (False,))
            if random.random() < 0.7
        ]
        entries += [_entry(random, pool, number, egress=egress) for number in numbers]
        entries.append(_all(LAST, "deny", egress=egress, v6=False))
        if has_v6:
            entries.append(_all(LAST + 1, "deny", egress=egress, v6=True))
    if random.random() < 0.5:
        random.shuffle(entries)
    return entries


def _all(number: int, action: str, *, egress: bool, v6: bool) -> Element:
    end = {"Ipv6CidrBlock": "::/0"} if v6 else {"CidrBlock": "0.0.0.0/0"}
    return end | {
        "Egress": egress,
        "Protocol": "-1",
        "RuleAction": action,
        "RuleNumber": number,
    }


def _entry(random: Random, pool: Pool, number: int, *, egress: bool) -> Element:
    is_v6 = random.random() < 0.35
    element: Element = (
        {"Ipv6CidrBlock": random.choice(pool.v6)}
        if is_v6
        else {"CidrBlock": random.choice(pool.v4)}
    )
    element["Egress"] = egress
    chance = random.random()
    if chance < 0.6:
        first, last = _ports(random)
        element["PortRange"] = {"From": first, "To": last}
        element["Protocol"] = random.choice(("6", "6", "17"))
    elif chance < 0.75:
        kind, code = random.choice(_ICMPV6 if is_v6 else _ICMP)
        element["IcmpTypeCode"] = {"Code": code, "Type": kind}
        element["Protocol"] = "58" if is_v6 else "1"
    elif chance < 0.9:
        element["Protocol"] = "-1"
    else:
        element["Protocol"] = random.choice(_OTHERS if is_v6 else (*_OTHERS, "58"))
    element["RuleAction"] = random.choice(("allow", "allow", "deny"))
    element["RuleNumber"] = number
    return element

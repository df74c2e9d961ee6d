"""Packets that tell accounts apart: at the bounds of each rule, with the rest of it fulfilled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any

from linter.model.fields import ACK, ESTABLISHED, NEW, RELATED, REPLY, SYN, Family
from linter.model.packet import Packet
from tests.aws.accounts import Account
from tests.aws.evaluate import Way, group_rules, private_addresses

Element = dict[str, Any]
_NAMES = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
_ICMP_OF: dict[Family, int] = {4: 1, 6: 58}
_ERRORS: dict[Family, tuple[int, ...]] = {4: (3, 11, 12), 6: (1, 2, 3, 4)}
_EPHEMERAL = 40000
_STRANGERS = ("198.18.0.77", "100.64.3.9", "2001:db8:fe::99", "2a00:1450::5")


@dataclass(frozen=True, slots=True)
class _Test:
    """What one rule asks for: a protocol (-1: any), two numbers, and networks of the other end."""

    proto: int
    first: int
    last: int
    networks: tuple[str, ...]


def packets(
    random: Random, account: Account, interface: Element, way: Way, count: int
) -> list[Packet]:
    """So many packets between the interface and others, most of them opening a connection."""
    tests = list(_tests(account, interface, is_egress=way == "output"))
    other_way = list(_tests(account, interface, is_egress=way != "output"))
    own = [ip_network(each) for each in private_addresses(interface)]
    found: list[Packet] = []
    while len(found) < count:
        is_answer = random.random() < 0.15
        pool = other_way if is_answer and random.random() < 0.5 else tests
        test = random.choice(pool) if pool else _Test(-1, 0, 65535, _STRANGERS)
        other = ip_address(_other(random, test, tests))
        ours = [each for each in own if each.version == other.version]
        here = int(random.choice(ours).network_address) if ours else 0xA0000009
        numbers = _numbers(random, test, 4 if other.version == 4 else 6)
        found.append(
            _packet(random, numbers, here, int(other), other.version, way, is_answer=is_answer)
        )
    return found


def _tests(account: Account, interface: Element, *, is_egress: bool) -> Iterator[_Test]:
    for group in interface["Groups"]:
        for rule in group_rules(account, group["GroupId"], is_egress=is_egress):
            first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
            name = rule["IpProtocol"]
            proto = _NAMES[name] if name in _NAMES else int(name)
            yield _Test(proto, first, last, tuple(_ends(account, rule)) or _STRANGERS)
    for acl in account.elements("NetworkAcls"):
        if any(each["SubnetId"] == interface["SubnetId"] for each in acl["Associations"]):
            yield from (_entry(each) for each in acl["Entries"] if each["Egress"] == is_egress)
    for subnet in account.elements("Subnets"):
        if subnet["SubnetId"] == interface["SubnetId"]:
            yield _Test(-1, 0, 65535, (subnet["CidrBlock"],))


def _ends(account: Account, rule: Element) -> Iterator[str]:
    for key in ("CidrIpv4", "CidrIpv6"):
        if key in rule:
            yield rule[key]
    if "PrefixListId" in rule:
        yield from (each["Cidr"] for each in account.entries.get(rule["PrefixListId"], ()))
    if "ReferencedGroupInfo" in rule:
        for each in account.elements("NetworkInterfaces"):
            if any(g["GroupId"] == rule["ReferencedGroupInfo"]["GroupId"] for g in each["Groups"]):
                yield from private_addresses(each)


def _entry(entry: Element) -> _Test:
    first, last = 0, 65535
    if "PortRange" in entry:
        first, last = entry["PortRange"]["From"], entry["PortRange"]["To"]
    elif "IcmpTypeCode" in entry:
        first, last = entry["IcmpTypeCode"]["Type"], entry["IcmpTypeCode"]["Code"]
    cidr = entry.get("CidrBlock") or entry["Ipv6CidrBlock"]
    return _Test(int(entry["Protocol"]), first, last, (cidr,))


def _other(random: Random, test: _Test, tests: Sequence[_Test]) -> str:
    """An address at a bound of the rule's networks, sometimes of another rule's."""
    chance = random.random()
    if chance < 0.08:
        return random.choice(_STRANGERS)
    chosen = random.choice(tests) if chance < 0.2 and tests else test
    network = ip_network(random.choice(chosen.networks))
    first, last = int(network.network_address), int(network.broadcast_address)
    bounds = (first, first, last, last, first - 1, last + 1, random.randint(first, last))
    most = (1 << network.max_prefixlen) - 1
    number = min(most, max(0, random.choice(bounds)))
    return str(type(network.network_address)(number))


def _numbers(random: Random, test: _Test, family: Family) -> tuple[int, int, int]:
    """A protocol, and either its destination port or its type and code."""
    proto = test.proto
    if proto == -1 or random.random() < 0.08:
        proto = random.choice((6, 17, _ICMP_OF[family], 50, 47))
    if proto in (1, 58) and test.proto in (proto, -1):
        kind, code = (test.first, test.last) if test.proto == proto else (8, 0)
        kind = random.randint(0, 255) if kind < 0 else kind
        code = random.choice((0, 4, 255)) if code < 0 else code
        return proto, _near(random, kind, 255), _near(random, code, 255)
    if proto in (1, 58):
        return proto, random.choice((0, 3, 8, 128)), 0
    if test.first < 0:
        return proto, random.choice((22, 80, 443)), 0
    bounds = (test.first, test.last, test.first - 1, test.last + 1, test.first, test.last)
    return proto, min(65535, max(0, random.choice(bounds))), 0


def _near(random: Random, value: int, most: int) -> int:
    return min(most, max(0, value + random.choice((0, 0, 0, 1, -1))))


def _packet(
    random: Random,
    numbers: tuple[int, int, int],
    here: int,
    other: int,
    version: int,
    way: Way,
    *,
    is_answer: bool,
) -> Packet:
    family: Family = 4 if version == 4 else 6
    proto, number, code = numbers
    state, flags, direction = NEW, SYN, 0
    if is_answer:
        state, flags = ESTABLISHED, ACK
        direction = random.choice((0, REPLY, REPLY))
        if proto == _ICMP_OF[family] and number in _ERRORS[family]:
            state, direction = RELATED, 0
    src, dst = (other, here) if way == "input" else (here, other)
    ports = (_EPHEMERAL, number) if random.random() < 0.9 else (number, _EPHEMERAL)
    has_ports = proto in (6, 17)
    is_icmp = proto == _ICMP_OF[family]
    return Packet(
        family,
        src,
        dst,
        proto,
        sport=ports[0] if has_ports else 0,
        dport=ports[1] if has_ports else 0,
        icmp_type=number if is_icmp else 0,
        icmp_code=code if is_icmp else 0,
        tcp_flags=flags,
        state=state,
        ct_dir=direction,
    )

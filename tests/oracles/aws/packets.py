"""Packets that tell accounts apart: where a rule decides, and one step beyond its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from itertools import cycle
from random import Random
from typing import Any

from flowmodel.fields import ACK, ESTABLISHED, NEW, RELATED, REPLY, SYN, Family
from flowmodel.packet import Packet
from tests.oracles.aws.accounts import Account
from tests.oracles.aws.answers import network
from tests.oracles.aws.evaluate import Way, deciding_entry, group_rules, permits, subnet_answer
from tests.oracles.aws.places import Spot, is_within, private_addresses

Element = dict[str, Any]
_NAMES = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
_ERRORS: dict[Family, tuple[int, ...]] = {4: (3, 11, 12), 6: (1, 2, 3, 4)}
_EPHEMERAL = 40000
_STRANGERS = (
    *("198.18.0.77", "100.64.3.9", "2001:db8:fe::99", "2a00:1450::5"),
    # What AWS itself answers: a VPC's resolver is at its base plus two.
    *(
        "10.20.0.2",
        "10.120.0.2",
        "169.254.169.253",
        "169.254.169.254",
        "fd00:ec2::253",
        "169.254.169.123",
    ),
)
_TRIES = 12


@dataclass(frozen=True, slots=True)
class _Test:
    """What one rule asks for: a protocol (-1: any), two numbers, and networks of the other end."""

    rule: Element
    proto: int
    first: int
    last: int
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes packets of one way at one interface."""

    random: Random
    account: Account
    place: Spot
    is_egress: bool
    own: tuple[IPv4Network | IPv6Network, ...]
    rules: tuple[Element, ...]
    """Those of all the interface's groups."""

    def packet(self, proto: int, other: str, numbers: tuple[int, int], *, opens: bool) -> Packet:
        """A packet between the interface and the other end, with its ports or type and code."""
        family: Family = 6 if ":" in other else 4
        end = network(other).network_address
        ours = [each for each in self.own if each.version == family]
        here = int(self.random.choice(ours).network_address) if ours else 0xA0000009
        src, dst = (here, int(end)) if self.is_egress else (int(end), here)
        has_ports, is_icmp = proto in (6, 17), proto == {4: 1, 6: 58}[family]
        return Packet(
            family,
            src,
            dst,
            proto,
            sport=_EPHEMERAL if has_ports else 0,
            dport=numbers[0] if has_ports else 0,
            icmp_type=numbers[0] & 255 if is_icmp else 0,
            icmp_code=numbers[1] & 255 if is_icmp else 0,
            tcp_flags=SYN if opens else ACK,
            state=NEW if opens else _known_state(family, proto, numbers[0]),
            ct_dir=0 if opens else self.random.choice((0, REPLY)),
        )

    def decides(self, test: _Test, packet: Packet) -> bool:
        """Whether the packet's verdict hangs on the rule."""
        other = packet.dst if self.is_egress else packet.src
        if not test.rule:
            return True
        if "RuleNumber" in test.rule:
            acl = self._acl()
            entry = acl and deciding_entry(acl, packet, other, is_egress=self.is_egress)
            within = is_within(
                self.account,
                self.place,
                packet.family,
                packet.src if self.is_egress else packet.dst,
                other,
            )
            return entry is test.rule and within is not True
        if (
            subnet_answer(self.account, self.place, packet, other, is_egress=self.is_egress)
            is False
        ):
            return False
        return permits(self.account, test.rule, packet, other) is not False and not any(
            permits(self.account, rule, packet, other)
            for rule in self.rules
            if rule is not test.rule
        )

    def _acl(self) -> Element | None:
        acls = self.account.elements("NetworkAcls")
        return next((acl for acl in acls if acl["NetworkAclId"] == self.place.acl), None)

    def tests(self) -> Iterator[_Test]:
        """What the rules of the interface's groups and ACL ask for."""
        for rule in self.rules:
            first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
            name = rule["IpProtocol"]
            proto = _NAMES[name] if name in _NAMES else int(name)
            ends = tuple(_ends(self.account, rule)) or _STRANGERS
            yield _Test(rule, proto, first, last, ends)
        for entry in (self._acl() or {"Entries": ()})["Entries"]:
            if entry["Egress"] == self.is_egress:
                yield _entry(entry)
        for subnet in self.account.elements("Subnets"):
            if subnet["SubnetId"] == self.place.subnet:
                yield _Test({}, -1, 0, 65535, (subnet["CidrBlock"],))


def packets(
    random: Random, account: Account, place: Spot, own: tuple[str, ...], way: Way, count: int
) -> list[Packet]:
    """So many packets between the interface and others, most of them opening a connection."""
    is_egress = way == "output"
    rules = tuple(
        rule for group in place.groups for rule in group_rules(account, group, is_egress=is_egress)
    )
    maker = _Maker(random, account, place, is_egress, tuple(map(network, own)), rules)
    tests = list(maker.tests()) or [_Test({}, -1, 0, 65535, _STRANGERS)]
    random.shuffle(tests)
    found: list[Packet] = []
    for test in cycle(tests):
        if len(found) >= count:
            return found[:count]
        if random.random() < 0.1:
            proto = random.choice((1, 6, 6, 17, 17, 17, 50, 58))
            number = random.choice((0, 22, 53, 53, 53, 80, 123, 443, _EPHEMERAL))
            stranger = random.choice(_STRANGERS)
            found.append(maker.packet(proto, stranger, (number, 0), opens=True))
        # The answers to what a group lets through are judged by ACLs alone.
        often = 0.5 if "RuleNumber" in test.rule else 0.1
        opens = random.random() >= often
        proto, other, numbers = 6, _STRANGERS[0], (0, 0)
        for _ in range(_TRIES):
            proto, other, numbers = _inside(random, test)
            packet = maker.packet(proto, other, numbers, opens=opens)
            if maker.decides(test, packet):
                break
        found.append(packet)
        proto, other, numbers = _beyond(random, test, proto, other, numbers)
        found.append(maker.packet(proto, other, numbers, opens=opens))
    raise AssertionError("the rules come again and again")


def _known_state(family: Family, proto: int, kind: int) -> int:
    """An ICMP error is about another connection, any other packet belongs to its own."""
    is_error = proto == {4: 1, 6: 58}[family] and kind in _ERRORS[family]
    return RELATED if is_error else ESTABLISHED


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
    return _Test(entry, int(entry["Protocol"]), first, last, (cidr,))


def _inside(random: Random, test: _Test) -> tuple[int, str, tuple[int, int]]:
    """Protocol, other end and numbers of a packet that the rule fits, often at its bounds."""
    chosen = network(random.choice(test.networks))
    first, last = int(chosen.network_address), int(chosen.broadcast_address)
    number = random.choice((first, last, first, last, random.randint(first, last)))
    proto = test.proto
    if proto == -1:
        proto = random.choice((6, 17, 1 if chosen.version == 4 else 58, 50))
        numbers = (random.choice((22, 53, 80, 443, _EPHEMERAL)), 0)
    elif proto in (1, 58):
        kind = random.randint(0, 255) if test.first < 0 else test.first
        code = random.choice((0, 4, 255)) if test.last < 0 else test.last
        numbers = (kind, code)
    else:
        most = max(test.first, test.last)
        between = random.randint(max(0, test.first), max(0, most))
        ends = (max(0, test.first), max(0, test.last))
        numbers = (random.choice((*ends, *ends, between)), 0)
    return proto, str(type(chosen.network_address)(number)), numbers


def _beyond(
    random: Random, test: _Test, proto: int, other: str, numbers: tuple[int, int]
) -> tuple[int, str, tuple[int, int]]:
    """The same with one thing changed: a step beyond a bound, mostly."""
    chance = random.random()
    if chance < 0.15:
        return random.choice((6, 17, 50, 58, 1)), other, numbers
    if chance < 0.55 and test.proto in (6, 17):
        ends = (test.first, test.last)
        port = random.choice((test.first - 1, test.last + 1, test.first - 1, test.last + 1, *ends))
        return proto, other, (min(65535, max(0, port)), 0)
    if chance < 0.55 and test.proto in (1, 58):
        kind, code = numbers
        step = random.choice((-1, 1))
        changed = (kind, code + step) if random.random() < 0.5 else (kind + step, code)
        return proto, other, (changed[0] & 255, changed[1] & 255)
    chosen = network(random.choice(test.networks))
    first, last = int(chosen.network_address), int(chosen.broadcast_address)
    most = (1 << chosen.max_prefixlen) - 1
    size = last - first + 1
    number = random.choice((first - 1, last + 1, first - 1, last + 1, first - size, last + size))
    if not 0 <= number <= most:
        # Half of it is what a prefix that is one bit longer has.
        number = random.choice((first, last, first + size // 2, last - size // 2))
    return proto, str(type(chosen.network_address)(number)), numbers

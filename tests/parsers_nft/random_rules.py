"""Random rule sets of nft, and packets from the same few values, so that they often meet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from random import Random

from linter.model.fields import ICMP, ICMPV6, TCP, Family
from linter.model.packet import Packet
from linter.model.source import InputError
from tests.kernel.namespace import INTERFACES
from tests.kernel.packets import is_believable, natural_state
from tests.parsers_nft.samples import export

HOSTS = ("0.1", "0.2", "0.5", "0.9", "0.17", "0.130", "0.255", "1.1")
V4 = (*(f"10.0.{host}" for host in HOSTS), "10.1.0.9", "192.0.2.9", "198.51.100.7")
V6 = (*(f"2001:db8::{host}" for host in ("1", "2", "5", "9", "11")), "2001:db8:1::1", "2002:db8::9")
PORTS = (20, 21, 22, 23, 53, 79, 80, 81, 90, 443, 1023, 1024, 8080, 65535)
FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr")
PACKET_FLAGS = (2, 0x12, 0x10, 4, 0x14, 1, 0x11, 0, 0x3F, 0x29, 0xC2, 3, 0x18, 0x20)
SETS = """\
set s4 { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.17, 192.0.2.9 }; }
set s4i { type ipv4_addr; flags interval; auto-merge;
elements = { 10.0.0.0/28, 10.0.0.9-10.0.1.1 }; }
set s3 { type ipv4_addr . inet_proto . inet_service; flags interval;
elements = { 10.0.0.0/24 . tcp . 22, 10.1.0.9 . udp . 53, 192.0.2.0/24 . tcp . 80-443 }; }
set s6 { type ipv6_addr; flags interval; elements = { 2001:db8::/124, 2002:db8::9 }; }
"""


class Writer:
    """Writes rule sets of one family."""

    def __init__(self, random: Random, family: str, hook: str) -> None:
        self.random = random
        self.family = family
        self.hook = hook

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def listed(self, make: Callable[[], str]) -> str:
        found = dict.fromkeys(make() for _ in range(self.random.randint(1, 4)))
        return "{ " + ", ".join(found) + " }"

    def v4(self) -> str:
        address = self.one(*V4)
        last = self.random.randint(9, 200)
        return self.one(
            address, f"{address}/{self.one('8', '16', '24', '31')}", f"10.0.0.3-10.0.1.{last}"
        )

    def v6(self) -> str:
        address = self.one(*V6)
        return self.one(
            address, f"{address}/{self.one('32', '48', '126')}", "2001:db8::2-2001:db8::9"
        )

    def port(self) -> str:
        first, last = sorted(self.random.sample(PORTS, 2))
        return self.one(str(first), f"{first}-{last}")

    def flags(self, least: int, most: int, sign: str) -> str:
        return sign.join(self.random.sample(FLAGS, self.random.randint(least, most)))

    def match(self) -> str:
        """One match; nft may refuse it beside another."""
        sign = self.one("", "", "!= ")
        port = f"{self.one('tcp', 'udp')} {self.one('sport', 'dport')}"
        found = [
            f"{port} {sign}{self.one(self.port(), self.listed(self.port))}",
            f"{port} {self.one('<', '>', '<=', '>=')} {self.random.choice(PORTS)}",
            f"{port} & {self.one('0xff00', '0x0f0f', '0xfffc')} {self.one('==', '!=', '<')} 0x50",
            f"tcp flags {self.one('', '== ', '!= ', '! ')}{self.flags(1, 3, ',')}",
            f"tcp flags & ({self.flags(1, 4, '|')}) {self.one('==', '!=')} {self.flags(1, 2, '|')}",
            f"tcp flags {sign}{self.one(*FLAGS)},ack / {self.flags(2, 4, ',')}",
            f"tcp flags {{ {self.flags(1, 3, ', ')} }}",
            f"meta l4proto {sign}{self.one('tcp', '{ tcp, udp }', '{ icmp, ipv6-icmp }', '132')}",
            f"ct state {self.one('new', 'invalid', '!= new', '{ new, untracked }', '! invalid')}",
            f"th dport {sign}{self.one(self.port(), self.listed(self.port))}",
            f"@th,16,16 {sign}{self.random.choice(PORTS)}",
            f"meta l4proto . th dport {{ tcp . {self.port()}, udp . 53 }}",
            f"meta mark {sign}{self.one('0x0', '0x1', '{ 1, 2, 5-7 }')}",
            f"meta mark & 0x3 {self.one('==', '!=', '>')} {self.one('0', '1', '2')}",
            f"ct direction {self.one('original', 'reply', '!= original')}",
            f"ct status {self.one('', '!= ', '== ')}{self.one('dnat', 'seen-reply,assured')}",
        ]
        if self.hook != "output":
            interfaces = self.one("eth0", '"eth*"', "{ eth0, wan }")
            found.append(f"iifname {sign}{interfaces}")
        if self.family != "ip6":
            side = self.one("ip saddr", "ip daddr")
            found += [
                f"{side} {sign}{self.one(self.v4(), self.listed(self.v4))}",
                f"{side} {self.one('<', '>', '>=')} {self.one(*V4)}",
                f"{side} & 0.0.0.255 {self.one('==', '!=', '<')} {self.one('0.0.0.9', '0.0.0.1')}",
                f"{side} {sign}@{self.one('s4', 's4i')}",
                f"{side} . {port} {sign}{{ 10.0.0.1 . 22, 10.0.0.0/24 . {self.port()} }}",
                "ip saddr . meta l4proto . th dport @s3",
                f"icmp type {sign}{self.one('echo-request', '{ 3, 8, 11 }')}",
                f"ip protocol {sign}{self.one('tcp', 'icmp', '{ tcp, 132 }')}",
            ]
        if self.family != "ip":
            side = self.one("ip6 saddr", "ip6 daddr")
            found += [
                f"{side} {sign}{self.one(self.v6(), self.listed(self.v6))}",
                f"{side} {sign}@s6",
                f"icmpv6 type {sign}{self.one('echo-request', '{ 1, 128, 133-136 }')}",
                f"ip6 nexthdr {sign}{self.one('tcp', 'icmpv6')}",
            ]
        if self.family == "inet":
            found.append(f"meta nfproto {self.one('ipv4', 'ipv6', '!= ipv4')}")
        return self.random.choice(found)

    def verdict(self, chains: Sequence[str]) -> str:
        calls = [f"{self.one('jump', 'goto')} {chain}" for chain in chains]
        return self.one("accept", "accept", "drop", "drop", "return", "continue", *calls)

    def verdict_map(self, chains: Sequence[str]) -> str:
        def some(*keys: str) -> str:
            return "{ " + ", ".join(f"{key} : {self.verdict(chains)}" for key in keys) + " }"

        found = [
            f"tcp dport vmap {some('22', '80-90', '443', '*')}",
            f"ct state vmap {some('new', 'invalid', 'untracked')}",
            f"meta mark vmap {some('0', '1', '2')}",
            f"meta l4proto . th dport vmap {some('tcp . 22', 'udp . 53', 'tcp . 80-90')}",
            f"tcp flags & (fin|syn|rst|ack) vmap {some('syn', 'ack', 'rst|ack')}",
        ]
        if self.family != "ip6":
            found.append(f"ip saddr vmap {some('10.0.0.0/25', '10.0.0.128-10.1.0.0')}")
            found.append(f"ip saddr & 0.0.0.15 vmap {some('0.0.0.1', '0.0.0.9')}")
        return self.random.choice(found)

    def change(self) -> str:
        return self.one(
            "meta mark set 1",
            "meta mark set meta mark or 0x2",
            "meta mark set meta mark & 0x1 | 0x4",
            "meta mark set tcp dport map { 22 : 1, 80-90 : 2 }",
            "meta mark set meta mark map { 0 : 1, 1 : 2, 2 : 0 }",
            "counter",
        )

    def rule(self, chains: Sequence[str]) -> str:
        """A rule without protocols that exclude each other, which nft refuses."""
        while True:
            matches = [self.match() for _ in range(self.random.choice((0, 1, 1, 2, 3)))]
            kind = self.random.random()
            if kind < 0.55:
                words = [*matches, self.verdict(chains)]
            elif kind < 0.75:
                words = [*matches[:1], self.verdict_map(chains)]
            else:
                words = [*matches[:1], self.change(), self.match(), self.verdict(chains)]
            rule = " ".join(words)
            blocks = "".join(f"chain {chain} {{ }}\n" for chain in chains)
            try:
                export(f"table {self.family} t {{\n{self._sets()}{blocks}chain c {{ {rule}\n}}\n}}")
            except InputError:
                continue
            return rule

    def table(self, name: str, priority: int) -> str:
        """A table with a base chain, and some that it may call."""
        lines = [f"table {self.family} {name} {{", self._sets()]
        chains: list[str] = []
        for number in range(self.random.randint(0, 3)):
            rules = [self.rule(chains) for _ in range(self.random.randint(0, 4))]
            lines += [f"chain u{number} {{", *rules, "}"]
            chains.append(f"u{number}")
        policy = self.one("accept", "drop")
        lines.append(
            f"chain base {{\ntype filter hook {self.hook} priority {priority}; policy {policy};"
        )
        lines += [self.rule(chains) for _ in range(self.random.randint(1, 8))]
        return "\n".join([*lines, "}", "}", ""])

    def _sets(self) -> str:
        return SETS


def packets(random: Random, family: str, hook: str, count: int) -> list[Packet]:
    """Packets of the family's versions that the kernel lets come to its hooks."""
    found: dict[Packet, None] = {}
    for _ in range(count):
        version: Family = 4 if family == "ip" or (family == "inet" and random.random() < 0.5) else 6
        icmp = ICMP if version == 4 else ICMPV6
        proto = random.choice((6, 6, 6, 17, 17, icmp, 132, 136, 47))
        has_ports = proto in (6, 17, 132, 136)
        addresses = [int(ip_address(text)) for text in (V4 if version == 4 else V6)]
        packet = Packet(
            family=version,
            src=random.choice(addresses),
            dst=random.choice(addresses),
            proto=proto,
            sport=random.choice(PORTS) if has_ports else 0,
            dport=random.choice(PORTS) if has_ports else 0,
            icmp_type=random.choice((0, 1, 3, 8, 11, 128, 129, 133)) if proto == icmp else 0,
            icmp_code=random.choice((0, 1, 3, 4)) if proto == icmp else 0,
            tcp_flags=random.choice(PACKET_FLAGS) if proto == TCP else 0,
            in_name=random.choice(INTERFACES) if hook != "output" else "",
            out_name=random.choice(INTERFACES) if hook != "input" else "",
        )
        packet = replace(packet, state=natural_state(packet))
        if is_believable(packet):
            found[packet] = None
    return list(found)

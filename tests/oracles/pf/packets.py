"""Packets for each rule in turn: inside its bounds, or with one field just outside of them."""

from random import Random

from flowmodel.fields import Family
from flowmodel.packet import Packet
from tests.oracles.pf.evaluate import Pf, Traffic
from tests.oracles.pf.rule import Addresses, Interval, Rule

ANYWHERE: dict[Family, tuple[int, ...]] = {
    4: (0x08080808, 0xCB007109, 0x0A010014, 0x0A020005, 0xC6336414, 0xAC100509),
    6: (0x20010DB8AAAA << 80 | 9, 0x20010DB80001 << 80 | 0x10, 0x2600 << 112 | 1),
}
_FIELDS = ("family", "interface", "protocol", "source", "target", "sport", "dport", "type", "flags")
_PROTOCOLS = (6, 6, 6, 17, 17, 1, 58, 50, 47)
_FLAGS = (2, 16, 18, 1, 4, 0, 3, 42)
_PORTS = (22, 80, 443, 500, 1024, 40000)
_LAST_RULES = 24
"""The user's rules are the last ones; those before them are alike in all configs."""


def packets(pf: Pf, traffic: Traffic, devices: list[str], count: int, seed: int) -> list[Packet]:
    """About so many packets of one traffic; all that a rule says of one fits together."""
    random = Random(seed)
    rules = pf.filters[-_LAST_RULES:] + pf.rdr + pf.binat + pf.nat
    random.shuffle(rules)
    made = [
        _Maker(random, rules[number % len(rules)], traffic, devices).packet()
        for number in range(count)
    ]
    made += [_Maker(random, rule, traffic, devices).packet() for rule in pf.filters]
    return list(dict.fromkeys(made))


class _Maker:
    """Makes one packet for a rule."""

    def __init__(self, random: Random, rule: Rule, traffic: Traffic, devices: list[str]) -> None:
        self.random = random
        self.rule = rule
        self.traffic = traffic
        self.devices = devices
        self.outside = random.choice(_FIELDS) if random.random() < 0.45 else ""

    def packet(self) -> Packet:
        """The packet."""
        rule, random = self.rule, self.random
        family: Family = 6 if (rule.family or random.choice((4, 4, 6))) == 6 else 4
        if self.outside == "family":
            family = 4 if family == 6 else 6
        protocol = self._protocol(family)
        has_ports, is_icmp = protocol in (6, 17), protocol in (1, 58)
        in_name, out_name = self._names()
        source, target = rule.source, rule.target
        if rule.action == "binat" and self.traffic != "output" and random.random() < 0.6:
            source, target = rule.target, rule.pool
        return Packet(
            family,
            self._address("source", source, family),
            self._address("target", target, family),
            protocol,
            self._port("sport", rule.source_ports) if has_ports else 0,
            self._port("dport", rule.target_ports) if has_ports else 0,
            icmp_type=self._type() if is_icmp else 0,
            tcp_flags=self._flags() if protocol == 6 else 0,
            in_name=in_name,
            out_name=out_name,
        )

    def _protocol(self, family: Family) -> int:
        if self.rule.protocols and self.outside != "protocol":
            return self.random.choice(sorted(self.rule.protocols))
        found = self.random.choice(_PROTOCOLS)
        return {(1, 6): 58, (58, 4): 1}.get((found, family), found)

    def _names(self) -> tuple[str, str]:
        """The interfaces: the rule's own is where its direction is."""
        random, rule, devices = self.random, self.rule, self.devices
        names = [name for name in devices if rule.interfaces and name in rule.interfaces]
        if not names or rule.is_elsewhere or self.outside == "interface":
            names = devices
        here = random.choice(names)
        there = random.choice([name for name in devices if name != here] or devices)
        if self.traffic != "forward":
            return (here, "") if self.traffic == "input" else ("", here)
        is_out = rule.direction == "out" or "nat" in rule.action.split()
        if rule.direction == "" and rule.action in ("pass", "block", "block return", "match"):
            is_out = random.random() < 0.5
        return (there, here) if is_out else (here, there)

    def _address(self, field: str, asked: Addresses | None, family: Family) -> int:
        random = self.random
        known = () if asked is None else asked.of4 if family == 4 else asked.of6
        if asked is not None and asked.is_negated:
            known = () if self.outside != field else known
        elif self.outside == field and random.random() < 0.5:
            known = ()
        if not known:
            return random.choice(ANYWHERE[family])
        first, last = random.choice(known)
        near = [first, last, (first + last) // 2, min(first + 1, last)]
        if self.outside == field:
            near = [max(first - 1, 0), min(last + 1, (1 << (32 if family == 4 else 128)) - 1)]
        return random.choice(near)

    def _port(self, field: str, asked: tuple[Interval, ...] | None) -> int:
        if asked is None:
            return self.random.choice(_PORTS)
        first, last = self.random.choice(asked)
        if self.outside == field:
            return self.random.choice([max(first - 1, 0), min(last + 1, 65535)])
        return self.random.choice([first, last, (first + last) // 2])

    def _type(self) -> int:
        types = sorted(self.rule.icmp_types or (0, 3, 8, 128, 135))
        return self.random.choice([0, 8, 129] if self.outside == "type" else types)

    def _flags(self) -> int:
        wanted, mask = self.rule.flags or (2, 18)
        if self.outside == "flags":
            return self.random.choice(_FLAGS)
        if self.random.random() < 0.8:
            return wanted
        return wanted | (self.random.choice(_FLAGS) & ~mask)

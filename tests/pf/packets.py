"""Packets at the bounds of each rule: just inside, just outside, and mixed with those of others."""

from random import Random

from linter.model.fields import Family
from linter.model.packet import Packet
from tests.pf.evaluate import Pf, Situation
from tests.pf.rule import Addresses, Interval, Rule

ANYWHERE: dict[Family, tuple[int, ...]] = {
    4: (0x08080808, 0xCB007109, 0x0A010014, 0x0A020005, 0xC6336414, 0xAC100509),
    6: (0x20010DB8AAAA << 80 | 9, 0x20010DB80001 << 80 | 0x10, 0x2600 << 112 | 1),
}
_PROTOCOLS = (6, 6, 17, 1, 58, 50, 47, 2)
_FLAGS = (2, 2, 2, 2, 16, 18, 1, 4, 0, 3, 42)
_PORTS = (22, 80, 443, 500, 1024, 40000)


def packets(
    pf: Pf, situation: Situation, devices: list[str], count: int, seed: int
) -> list[Packet]:
    """About so many packets of one situation."""
    random = Random(seed)
    rules = [*pf.filters, *pf.rdr, *pf.binat, *pf.nat]
    user = pf.filters[-20:] + pf.rdr + pf.binat + pf.nat
    made = [_packet(random, random.choice(user), rules, situation, devices) for _ in range(count)]
    return list(dict.fromkeys(made))


def _packet(
    random: Random, rule: Rule, rules: list[Rule], situation: Situation, devices: list[str]
) -> Packet:
    other = random.choice(rules) if random.random() < 0.25 else rule
    family: Family = 6 if (rule.family or random.choice((4, 4, 6))) == 6 else 4
    protocol = random.choice(sorted(rule.protocols or _PROTOCOLS))
    if random.random() < 0.1:
        protocol = random.choice(_PROTOCOLS)
    names = sorted(rule.interfaces or devices)
    if random.random() < 0.2 or not names:
        names = devices
    here = random.choice(names)
    there = random.choice([each for each in devices if each != here] or devices)
    is_out = rule.direction == "out" or (rule.direction == "" and random.random() < 0.3)
    in_name, out_name = (there, here) if is_out and situation == "forward" else (here, there)
    if situation == "output":
        in_name, out_name = "", here
    ports = protocol in (6, 17)
    icmp = protocol in (1, 58)
    types = sorted(other.icmp_types or (0, 3, 8, 128, 135))
    return Packet(
        family,
        _address(random, rule.source, family),
        _address(random, other.target if random.random() < 0.9 else rule.pool, family),
        protocol,
        _port(random, rule.source_ports) if ports else 0,
        _port(random, other.target_ports) if ports else 0,
        icmp_type=random.choice([*types, 8]) if icmp else 0,
        tcp_flags=_flags(random, rule) if protocol == 6 else 0,
        in_name=in_name,
        out_name="" if situation == "input" else out_name,
    )


def _address(random: Random, asked: Addresses | None, family: Family) -> int:
    known = () if asked is None else asked.of4 if family == 4 else asked.of6
    if not known or random.random() < 0.15:
        return random.choice(ANYWHERE[family])
    first, last = random.choice(known)
    near = (first, last, first - 1, last + 1, (first + last) // 2, first + 1)
    top = (1 << (32 if family == 4 else 128)) - 1
    return min(max(random.choice(near), 0), top)


def _port(random: Random, asked: tuple[Interval, ...] | None) -> int:
    if asked is None or random.random() < 0.15:
        return random.choice(_PORTS)
    first, last = random.choice(asked)
    near = (first, last, first - 1, last + 1, (first + last) // 2)
    return min(max(random.choice(near), 0), 65535)


def _flags(random: Random, rule: Rule) -> int:
    if rule.flags is not None and random.random() < 0.6:
        wanted, mask = rule.flags
        return wanted | (random.choice(_FLAGS) & ~mask)
    return random.choice(_FLAGS)

"""Packets for `fwlint trace`, one JSON object a line, with hardly any address twice."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from random import Random

_PORTS = (22, 25, 53, 80, 443)


def packets(count: int) -> str:
    """So many packets of all kinds: TCP, UDP and ICMP, new and established."""
    return "".join(json.dumps(each) + "\n" for each in _packets(count))


def _packets(count: int) -> Iterator[dict[str, object]]:
    random = Random(3)
    for _ in range(count):
        proto = random.choice(("tcp", "tcp", "tcp", "udp", "icmp"))
        inside = (10 << 24) | random.getrandbits(24)
        beyond = (172 << 24) | (random.randint(16, 31) << 16) | random.getrandbits(16)
        packet: dict[str, object] = {
            "family": 4,
            "src": str(IPv4Address(inside)),
            "dst": str(IPv4Address(beyond)),
            "proto": proto,
            "in": random.choice(("core0", "srv0", "mg0")),
            "out": random.choice(("wan0", "dmz0")),
            "state": "new" if random.random() < 0.9 else "established",
        }
        if proto == "icmp":
            packet["icmp_type"] = random.choice((0, 3, 8, 11))
        else:
            packet["sport"] = random.randint(1024, 65535)
            packet["dport"] = random.choice((*_PORTS, random.randint(1, 65535)))
        yield packet

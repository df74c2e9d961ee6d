"""Random aliases and schedules of a config.xml."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import add, entry

if TYPE_CHECKING:
    from tests.oracles.pf.generate import Making

HOSTS = ["10.1.0.10", "10.1.0.11", "10.2.0.5", "172.16.5.9", "198.51.100.77", "203.0.113.9"]
NETS = ["10.1.0.0/24", "10.2.0.0/28", "172.16.0.0/12", "203.0.113.0/24", "198.51.100.64/26"]
HOSTS6 = ["2001:db8:1::10", "2001:db8:2::5", "2001:db8:aaaa::9"]
NETS6 = ["2001:db8:1::/64", "2001:db8:aaaa::/48"]
PORTS = ["22", "80", "443", "8000:8010", "1:1024", "3389", "53", "60000:65535"]
NAMES = ["www.example.com", "update.example.net"]


def aliases(making: Making) -> None:
    """Aliases of addresses and ports, of every kind, and schedules."""
    for number in range(making.random.choice([2, 3, 4, 5])):
        _addresses(making, f"A_{number}")
    for number in range(making.random.choice([1, 2, 3])):
        name = f"P_{number}"
        inside = making.random.sample(PORTS, k=making.random.choice([1, 2, 3]))
        if making.ports and making.often(0.4):
            inside.append(making.random.choice(making.ports))
        if number and making.often(0.08):
            # Not P_0: a port forward without a port would be a syntax error of the rule set.
            inside = []
        _alias(making, name, "port", inside)
        making.ports.append(name)
    for name in ("WORKTIME", "NIGHTS")[: making.random.choice([0, 1, 2])]:
        schedule = entry(making.root, "schedules/schedule", {"name": name, "schedlabel": name})
        entry(schedule, "timerange", {"position": "1,2,3,4,5", "hour": "8:00-17:59"})
        making.schedules.append(name)


def _addresses(making: Making, name: str) -> None:
    random = making.random
    kind = random.choice(["host", "host", "network", "network", "urltable", "url"])
    making.hosts.append(name)
    if kind == "urltable":
        made = _alias(making, name, kind, ["https://lists.example.com/drop.txt"])
        add(made, "url", "https://lists.example.com/drop.txt")
        add(made, "updatefreq", "7")
        return
    of4, of6 = (HOSTS, HOSTS6) if kind == "host" else (NETS, NETS6)
    inside = random.sample(of4, k=random.choice([1, 2, 3]))
    if making.often(0.4):
        inside += random.sample(of6, k=1)
    if kind == "network" and making.often(0.3):
        inside.append(random.choice(HOSTS))
    nested = [each for each in making.hosts if each != name]
    if nested and making.often(0.35):
        inside.append(random.choice(nested))
    if making.often(0.12):
        inside.append(random.choice(NAMES))
    if making.often(0.04):
        inside.append("NOT_THERE")
    if making.often(0.08):
        inside = []
    random.shuffle(inside)
    _alias(making, name, kind, inside)


def _alias(making: Making, name: str, kind: str, inside: list[str]) -> Element:
    values = {"name": name, "type": kind, "address": " ".join(inside), "descr": name.lower()}
    detail = "||".join("x" for _ in inside)
    return entry(making.root, "aliases/alias", {**values, "detail": detail})

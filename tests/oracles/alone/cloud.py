"""Exports of AWS: one network interface of an account, and a policy of Network Firewall."""

import tempfile
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from ipaddress import ip_address, ip_network
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from flowmodel.fields import ESTABLISHED, NEW, SYN, TCP
from flowmodel.packet import Packet
from flowmodel.ruleset import Traffic
from parsers import read_exports
from parsers.shared.context import Place
from tests.oracles.alone.held import Export, Fates
from tests.oracles.aws.accounts import Account, Element, account
from tests.oracles.aws.answers import Answer
from tests.oracles.aws.evaluate import passes
from tests.oracles.aws.packets import packets
from tests.oracles.aws.places import private_addresses, spot
from tests.oracles.aws.writing import write
from tests.oracles.network_firewall import evaluate, random_rules
from tests.parsers.aws.network_firewall.samples import read

_FATES: dict[Answer, Fates] = {
    True: frozenset({"accept"}),
    False: frozenset({"drop"}),
    None: frozenset({"accept", "drop"}),
}
_ENDS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
Way = tuple[str | int, ...]
"""The keys and numbers that lead to an element."""


def interface(seed: int, number: int) -> Export:
    """An interface of a random account, with packets from the bounds of its rules."""
    made = account(seed, complete=True)
    del made.lists["SecurityGroupRules"]
    random = Random(f"alone {seed}")
    chosen = random.choice(made.elements("NetworkInterfaces"))
    own = tuple(private_addresses(chosen))
    place = spot(made, chosen)
    asked: dict[Traffic, list[Packet]] = {
        way: packets(random, made, place, own, way, number) for way in ("input", "output")
    }
    return _interface(made, chosen, asked)


def _interface(made: Account, chosen: Element, asked: dict[Traffic, list[Packet]]) -> Export:
    place = spot(made, chosen)

    def fates(traffic: Traffic, packet: Packet) -> Fates:
        assert traffic in ("input", "output")
        return _FATES[passes(made, place, traffic, packet)]

    with tempfile.TemporaryDirectory() as folder:
        written = write(made, Path(folder), "a file a command", Random(0))
        paths = [str(path) for path in written]
        rulesets = read_exports(paths, place=Place(chosen["NetworkInterfaceId"]))
    lines = {
        line: way for key in ("SecurityGroups", "NetworkAcls") for line, way in _lines(made, key)
    }
    # A line of one file and the same one of another are not told apart.
    twice = [line for line, way in _lines(made, "NetworkAcls") if lines[line] != way]
    twice += [line for line, way in _lines(made, "SecurityGroups") if lines[line] != way]
    return Export(
        rulesets,
        fates,
        asked,
        {
            line: partial(_lacking, made, way, chosen, asked)
            for line, way in lines.items()
            if line not in twice
        },
        # Security groups know no other states.
        lambda _, packet: packet.state in (NEW, ESTABLISHED),
        # Nobody else sends from the interface's own addresses.
        is_listed=lambda packet: (
            not any(
                (each.version == 4) == (packet.family == 4)
                and int(each.network_address) <= packet.src <= int(each.broadcast_address)
                for each in map(ip_network, private_addresses(chosen))
            )
        ),
    )


def _lacking(
    made: Account, way: Way, chosen: Element, asked: dict[Traffic, list[Packet]]
) -> Export:
    return _interface(_without(made, way), chosen, asked)


def _lines(made: Account, key: str) -> Iterator[tuple[int, Way]]:
    """The rules of a list by the line on which each begins, as the CLI prints it."""
    numbers = count(1)
    yield from _walk({key: made.elements(key)}, (), numbers)


def _walk(value: Any, way: Way, numbers: Iterator[int]) -> Iterator[tuple[int, Way]]:
    line = next(numbers)
    if len(way) > 1 and (way[-2] == "Entries" or way[-2] in _ENDS):
        yield line, way
    if isinstance(value, dict | list) and value:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in inner:
            yield from _walk(each, (*way, name), numbers)
        next(numbers)


def _without(made: Account, way: Way) -> Account:
    smaller = deepcopy(made)
    *inner, last = way
    found: Any = smaller.lists
    for each in inner:
        found = found[each]
    del found[last]
    return smaller


def policy(seed: int, number: int) -> Export:
    """A random policy of Network Firewall; what changes is one rule, whatever line it is on."""
    random = Random(f"alone {seed}")
    rules = random_rules.random_rules(random)
    asked = [_packet(random_rules.random_packet(random)) for _ in range(number)]
    return _policy(rules, seed, [each for each in asked if each is not None])


def changes(seed: int, number: int, most: int) -> Iterator[tuple[Export, Export]]:
    """A random policy with some of those that lack one of its rules."""
    random = Random(f"change {seed}")
    rules = random_rules.random_rules(Random(f"alone {seed}"))
    whole = policy(seed, number)
    asked = list(whole.packets["forward"])
    for _ in range(most):
        group = random.randrange(len(rules.stateful))
        its = rules.stateful[group]
        gone = random.randrange(len(its))
        smaller = (*its[:gone], *its[gone + 1 :])
        if smaller:
            groups = (*rules.stateful[:group], smaller, *rules.stateful[group + 1 :])
            yield whole, _policy(rules._replace(stateful=groups), seed, asked)


def _policy(rules: evaluate.Rules, seed: int, asked: list[Packet]) -> Export:
    def fates(_: Traffic, packet: Packet) -> Fates:
        sent = evaluate.Packet(
            str(_address(packet.family, packet.src)),
            str(_address(packet.family, packet.dst)),
            packet.proto,
            packet.sport,
            packet.dport,
            packet.tcp_flags if packet.proto == TCP else 0,
        )
        return _FATES[evaluate.Firewall(rules).send(sent)]

    ruleset = read(*random_rules.export(rules, Random(seed)))
    return Export((ruleset,), fates, {"forward": asked}, {})


def _address(family: int, number: int) -> object:
    return ip_address(number.to_bytes(4 if family == 4 else 16))


def _packet(sent: evaluate.Packet) -> Packet | None:
    if sent.proto == TCP and sent.flags != SYN:
        return None
    return Packet(
        6 if ":" in sent.src else 4,
        int(ip_address(sent.src)),
        int(ip_address(sent.dst)),
        sent.proto,
        sent.sport,
        sent.dport,
        icmp_type=128 if sent.proto == 58 else 8 if sent.proto == 1 else 0,
        tcp_flags=SYN,
        in_name="a",
        out_name="b",
    )

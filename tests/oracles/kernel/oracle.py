"""Asks the kernel for the verdicts of thousands of packets at once.

Probe chains at the lowest and the highest priority of each hook note the packets' numbers in sets.
In the last chain's set: passed. Only in the first's: gone within. The last chain drops, so no
connection is ever confirmed and each packet is judged for itself.

What would give false answers: reading a set while the kernel resizes it (each dump is held against
the chain's own counter), reading before the last packet has arrived (the counters must stand
still), packets lost on the way (sent again), the kernel's own packets (told apart by hop limit,
and those it sends are dropped at once, so that no RST ends a connection under test), and a rule
set that switches connection tracking on (the probe always has it on).
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final, Literal

import numpy as np

from flowmodel.fields import (
    ACK,
    ICMP,
    ICMPV6,
    NEW,
    ORIGINAL,
    RELATED,
    SYN,
    TCP,
    UDP,
    Family,
)
from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.kernel.frames import HOP_LIMIT, build, quoted_ports
from tests.oracles.kernel.namespace import TO_INTERFACE, TO_ROUTER, Router
from tests.oracles.kernel.netfilter import Ids, Kind, Loader, Nft, SetReader
from tests.oracles.namespaces import run

JudgedHook = Literal["input", "forward", "output"]

_BATCH: Final = 20_000
_HOOKS: Final = ("prerouting", "input", "forward", "output", "postrouting")
_ENTRY: Final[dict[JudgedHook, str]] = {
    "input": "prerouting_first",
    "forward": "prerouting_first",
    "output": "output_first",
}
_EXIT: Final[dict[JudgedHook, str]] = {
    "input": "input_last",
    "forward": "postrouting_last",
    "output": "postrouting_last",
}
_ELSEWHERE: Final[dict[JudgedHook, str]] = {
    "input": "forward_first",
    "forward": "input_first",
    "output": "input_first",
}
_FIRST, _LAST = -(2**31) + 10, 2**31 - 11


class Fate(IntEnum):
    """What became of a packet."""

    GONE = 0
    PASSED = 1
    ELSEWHERE = 2
    """It came to another hook than was asked for: its destination became the router's own."""


def _probe(family: Family, *, is_open: bool) -> str:
    """The probe table; an open one lets everything pass, so that connections are confirmed."""
    header, limit, key = (
        ("ip", "ttl", "ip id") if family == 4 else ("ip6", "hoplimit", "ip6 flowlabel")
    )
    ours = f"{header} {limit} {HOP_LIMIT - 1}-{HOP_LIMIT}"
    lines = ["table inet probe", "delete table inet probe", "table inet probe {"]
    for hook in _HOOKS:
        for place, priority in (("first", _FIRST), ("last", _LAST)):
            name = f"{hook}_{place}"
            rules = [f"{ours} counter name {name} add @{name} {{ {key} }}"]
            if name == "prerouting_last":
                rules.append("ct state invalid counter")
            if name == "output_first":
                rules.append(f"{header} {limit} != {HOP_LIMIT} drop")
            if name in _EXIT.values() and not is_open:
                rules.append("drop")
            lines += [
                f"counter {name} {{ }}",
                f"set {name} {{ typeof {key}; size 65536; flags dynamic; }}",
                f"chain {name} {{ type filter hook {hook} priority {priority}; policy accept;",
                *rules,
                "}",
            ]
    return "\n".join([*lines, "}\n"])


class Oracle:
    """The kernel of this process's own network namespace, ready to judge."""

    def __init__(self, folder: Path) -> None:
        self._router = Router()
        self._nft = Nft()
        self._loader = Loader(self._nft, folder)
        self._read = SetReader("probe")

    def load(self, files: Iterable[tuple[Kind, str]]) -> str:
        """Replace what is loaded; the kernel's refusal in words, or nothing."""
        self._loader.clear()
        for kind, text in files:
            refusal = self._loader.load(kind, text)
            if refusal:
                self._loader.clear()
                return refusal
        return ""

    def save(self, kind: Kind) -> str:
        """What is loaded, as the tool of that kind prints it."""
        return self._loader.save(kind)

    def judge(self, hook: JudgedHook, packets: Sequence[Packet]) -> bytes:
        """The fate of each packet under what is loaded; packets may be of both families.

        A packet's state and direction are not told to the kernel: see `open_connections`.
        """
        fates = bytearray(len(packets))
        for family in (4, 6):
            places = [place for place, packet in enumerate(packets) if packet.family == family]
            for start in range(0, len(places), _BATCH):
                batch = places[start : start + _BATCH]
                results = self._judge(hook, [packets[place] for place in batch])
                for place, fate in zip(batch, results, strict=True):
                    fates[place] = fate
        return bytes(fates)

    def open_connections(self, hook: JudgedHook, packets: Sequence[Packet]) -> int:
        """Make the connections that the packets belong to; returns how many connections there are.

        Nothing may be loaded. Each is opened by a real packet in its original direction, answered
        by a real reply, both of which pass the kernel. The packets must be of one family and have
        different endpoints (`packets.apart`).
        """
        self.close_connections()
        self._nft(_probe(packets[0].family, is_open=True))
        openings = [_opening(packet, flow) for flow, packet in enumerate(packets, 1)]
        same = [packet.ct_dir == ORIGINAL for packet in packets]
        self._exchange(hook, list(zip(openings, same, strict=True)))
        replies = [_reply(opening) for opening in openings]
        self._exchange(hook, [(reply, not way) for reply, way in zip(replies, same, strict=True)])
        return int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text())

    def close_connections(self) -> None:
        """Forget all connections."""
        run("conntrack", "-F")

    def _exchange(self, hook: JudgedHook, packets: Sequence[tuple[Packet, bool]]) -> None:
        """Send packets of connections; True are those that take the way that `hook` is about."""
        flows = np.arange(1, len(packets) + 1, dtype=np.int64)
        ways: dict[JudgedHook, JudgedHook] = {
            "input": "output",
            "output": "input",
            "forward": "forward",
        }
        for wanted in (True, False):
            chosen = np.array([way == wanted for _, way in packets])
            some = [packet for packet, way in packets if way == wanted]
            if some:
                self._send(hook if wanted else ways[hook], some, flows[chosen], flows[chosen])
        self._settle()

    def _judge(self, hook: JudgedHook, packets: Sequence[Packet]) -> Ids:
        self._nft(_probe(packets[0].family, is_open=False))
        numbers = np.arange(1, len(packets) + 1, dtype=np.int64)
        arrived = np.zeros(0, np.int64)
        for _ in range(5):
            missing = ~np.isin(numbers, arrived)
            if not missing.any():
                break
            chosen = [packets[int(place)] for place in np.flatnonzero(missing)]
            self._send(hook, chosen, numbers[missing], numbers[missing])
            counts = self._settle()
            arrived = self._exact(_ENTRY[hook], counts)
        else:
            lost = packets[int(numbers[~np.isin(numbers, arrived)][0]) - 1]
            raise RuntimeError(f"{len(numbers) - len(arrived)} packets never arrive, as {lost}")
        fates = np.full(len(packets), Fate.GONE, np.int64)
        fates[np.isin(numbers, self._exact(_ELSEWHERE[hook], counts))] = Fate.ELSEWHERE
        fates[np.isin(numbers, self._exact(_EXIT[hook], counts))] = Fate.PASSED
        return fates

    def _send(self, hook: JudgedHook, packets: Sequence[Packet], numbers: Ids, flows: Ids) -> None:
        if hook == "input":
            services = [TO_ROUTER] * len(packets)
        elif hook == "forward":
            services = [TO_INTERFACE[packet.out_name or ""] for packet in packets]
        else:
            services = [0] * len(packets)
        frames = build(packets, numbers, services, flows)
        rows: dict[str, list[int]] = defaultdict(list)
        for row, packet in enumerate(packets):
            rows[(packet.out_name if hook == "output" else packet.in_name) or ""].append(row)
        for interface, some in rows.items():
            if hook == "output":
                self._router.leave(packets[0].family, interface, frames[some])
            else:
                self._router.arrive(interface, frames[some])

    def _settle(self) -> dict[str, int]:
        """The probe's counters, when they have stood still."""
        counts = self._nft.packets_counted("probe")
        while True:
            time.sleep(0.0005)
            later = self._nft.packets_counted("probe")
            if later == counts:
                return counts
            counts = later

    def _exact(self, name: str, counts: dict[str, int]) -> Ids:
        """A set's elements, as many as its chain has counted."""
        found = np.unique(self._read(name))
        for _ in range(20):
            if len(found) == counts[name]:
                return found
            time.sleep(0.002)
            found = np.union1d(found, self._read(name))
        raise RuntimeError(f"{name}: {len(found)} of {counts[name]} packets in the dump")


def _swapped(packet: Packet) -> Packet:
    """The packet the other way; its interfaces too."""
    return replace(
        packet,
        src=packet.dst,
        dst=packet.src,
        sport=packet.dport,
        dport=packet.sport,
        in_name=packet.out_name,
        out_name=packet.in_name,
    )


def _opening(packet: Packet, flow: int) -> Packet:
    """The first packet of the packet's connection, or of that which an ICMP error is about."""
    if packet.state == RELATED:
        sport, dport = quoted_ports(flow)
        opening = replace(packet, proto=UDP, sport=dport, dport=sport)
    else:
        request = 8 if packet.proto == ICMP else 128
        opening = replace(packet, icmp_type=request, icmp_code=0)
    opening = replace(opening, tcp_flags=SYN, state=NEW)
    return opening if packet.ct_dir == ORIGINAL else _swapped(opening)


def _reply(opening: Packet) -> Packet:
    answer = _swapped(opening)
    if opening.proto == TCP:
        return replace(answer, tcp_flags=SYN | ACK)
    if opening.proto in (ICMP, ICMPV6):
        return replace(answer, icmp_type=0 if opening.proto == ICMP else 129)
    return answer

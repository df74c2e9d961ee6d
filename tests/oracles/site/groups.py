"""Datagrams to multicast groups: which machines that joined a group get them."""

import selectors
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final

from tests.oracles.site.namespaces import Node, Site
from tests.oracles.site.plan import Address, Query

_NEAR: Final = "eth0"


@dataclass(frozen=True)
class Outcome:
    """What became of a query: whether it was answered, and where it came out."""

    works: bool
    machine: str = ""
    port: int = 0
    """Where the request arrived, also if its answer was lost."""


def heard(site: Site, queries: Iterable[Query], seconds: float) -> dict[Query, Outcome]:
    """The outcome of each query: whether its target gets a datagram that its source sends."""
    asked = list(queries)
    found = dict.fromkeys(asked, Outcome(works=False))
    with ExitStack() as stack:
        listening: dict[tuple[str, Address, int], socket.socket] = {}
        for query in asked:
            node, group = site.at.get(query.target), query.group
            if node is not None and group is not None:
                key = node.name, group, query.service.port
                if key not in listening:
                    listening[key] = stack.enter_context(_joined(site, node, group, key[2]))
        senders = {(q.source, q.group, q.service.port) for q in asked}
        got: dict[tuple[str, Address, int], set[str]] = {key: set() for key in listening}
        for source, group, port in sorted(senders, key=str):
            if group is not None and source in site.at:
                _send(site, source, group, port)
        end = time.monotonic() + seconds
        selector = stack.enter_context(selectors.DefaultSelector())
        for key, one in listening.items():
            selector.register(one, selectors.EVENT_READ, key)
        while (left := end - time.monotonic()) > 0:
            for ready, _ in selector.select(left):
                got[ready.data].add(listening[ready.data].recv(64).decode())
        for query in asked:
            node, group = site.at.get(query.target), query.group
            if node and group and f"{query.source}" in got[node.name, group, query.service.port]:
                found[query] = Outcome(works=True, machine=node.name, port=query.service.port)
    return found


def _joined(site: Site, node: Node, group: Address, port: int) -> socket.socket:
    with site.inside(node):
        index = struct.pack("@I", socket.if_nametoindex(_NEAR))
        family = socket.AF_INET if group.version == 4 else socket.AF_INET6
        one = socket.socket(family, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # a machine without IPv6 hears nothing
            if group.version == 4:
                wanted = group.packed + bytes(4) + index
                one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wanted)
            else:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group.packed + index)
            one.bind(
                (str(group), port, 0, socket.if_nametoindex(_NEAR))[
                    : 2 if group.version == 4 else 4
                ]
            )
    return one


def _send(site: Site, source: Address, group: Address, port: int) -> None:
    """Send the address of the sender to a group."""
    with site.inside(site.at[source]), suppress(OSError):
        near = socket.if_nametoindex(_NEAR)
        family = socket.AF_INET if group.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            if group.version == 4:
                wanted = bytes(8) + struct.pack("@I", near)
                one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, wanted)
            else:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, near)
            one.bind((str(source), 0))
            one.sendto(str(source).encode(), (str(group), port))

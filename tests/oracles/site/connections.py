"""Real connections between the machines of a site: TCP, UDP and raw IP both ways, and echo.

Every machine has a server at every port that is asked about, so what does not connect was stopped
on the way. Servers say which machine they are on and at which port: a connection that comes out at
the wrong machine is told from one that works.
"""

import errno
import resource
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from tests.oracles.site.groups import Outcome, heard
from tests.oracles.site.namespaces import Node, Site
from tests.oracles.site.plan import PINGS, RAW, Address, Proto, Query

SHORT: Final = 0.25
"""Seconds that the first try may take; what matters and failed is asked again, for longer."""
LONG: Final = 1.2
_AT_ONCE: Final = 800
_HEAD: Final = 64
_BIG: Final = 6000
_RAW: Final = 256
_ASKS: Final = "query "
"""How requests begin, as raw sockets see all that comes to their machine."""


@dataclass
class _Try:
    query: Query
    token: str
    works: bool = False
    turn: int = 0
    machine: str = ""
    port: int = 0


_Call = Callable[[], None]


class Connections:
    """Servers on all machines of a site, and the clients that ask them."""

    def __init__(self, site: Site, ports: Iterable[int], raw: Iterable[Proto] = ()) -> None:
        self._limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._limit[1], self._limit[1]))
        self._site = site
        self._selector = selectors.DefaultSelector()
        self._arrived: dict[str, tuple[str, int]] = {}
        self._open: set[socket.socket] = set()
        self._count = 0
        self._is_big = False
        self.asked = 0
        translated = (nat for one in site.plan.firewalls for nat in one.source_nats)
        self._joins = any(nat.targets for nat in translated)
        for node in site.nodes.values():
            if node.router is None:
                with site.inside(node):
                    self._serve(node, sorted(set(ports)))
                    self._serve_raw(node, tuple(raw))

    def close(self) -> None:
        """Close all sockets."""
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, self._limit)

    def ask(
        self, queries: Iterable[Query], seconds: float = SHORT, *, big: bool = False
    ) -> dict[Query, Outcome]:
        """The outcome of each query; big ones send some full packets in both directions."""
        self._is_big = big
        unique = list(dict.fromkeys(queries))
        found: dict[Query, Outcome] = {}
        grouped = [query for query in unique if query.group]
        found |= heard(self._site, grouped, seconds) if grouped else {}
        unique = [query for query in unique if not query.group]
        told = [query for query in unique if self._turn(query) is None]
        for first in range(0, len(told), _AT_ONCE):
            found |= self._round(told[first : first + _AT_ONCE], seconds)
        turns: dict[tuple[str, bool], list[Query]] = {}
        for query in unique:
            if turn := self._turn(query):
                turns.setdefault(turn, []).append(query)
        for several in turns.values():
            self._site.forget()
            found |= self._round(several, seconds)
        self.asked += len(found)
        return found

    def _turn(self, query: Query) -> tuple[str, bool] | None:
        """When to ask a query that others may be taken for; None for those with any port.

        Without ports, what is sent back is of the same connection, whoever began it, and of
        several senders that a translation gives one address only one gets through. With a port of
        its own, two may be the same behind a translation, and the kernel changes one of them.
        """
        if query.service.proto not in RAW and not query.source_port:
            return None
        plan = self._site.plan
        inside = next((p.machine for p in plan.publics if p.address == query.target), "")
        ends = [self._site.at.get(one) for one in (query.source, query.target)]
        source, target = (node.name if node else "" for node in ends)
        is_joined = query.service.proto in RAW and self._joins
        who = str(query.source) if is_joined else inside and str(query.target)
        return who, source < (inside or target)

    def _serve(self, node: Node, ports: list[int]) -> None:
        own = [one for one, at in self._site.at.items() if at is node]
        for port in ports:
            for family in {_family(one) for one in own}:
                server = socket.socket(family, socket.SOCK_STREAM)
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                if _bound(server, "", port):
                    server.listen(256)
                    self._watch(server, self._acceptor(server, node, port))
            for one in own:  # an answer over UDP has the address that it is bound to
                server = socket.socket(_family(one), socket.SOCK_DGRAM)
                if _bound(server, str(one), port):
                    self._watch(server, self._echoer(server, node, port))

    def _serve_raw(self, node: Node, raw: Iterable[Proto]) -> None:
        for proto in raw:
            for one in (own for own, at in self._site.at.items() if at is node):
                server = socket.socket(_family(one), socket.SOCK_RAW, RAW[proto])
                if _bound(server, str(one), 0):
                    self._watch(server, self._raw_echoer(server, node))

    def _raw_echoer(self, server: socket.socket, node: Node) -> _Call:
        def echo() -> None:
            with suppress(OSError):
                got, sender = server.recvfrom(_RAW)
                if (told := _data(server, got)).startswith(_ASKS):
                    self._arrived[told] = node.name, 0
                    server.sendto(f"{node.name}|0".ljust(_HEAD).encode(), sender)

        return echo

    def _watch(self, one: socket.socket, call: _Call, events: int = selectors.EVENT_READ) -> None:
        one.setblocking(False)
        self._selector.register(one, events, call)

    def _drop(self, one: socket.socket) -> None:
        self._open.discard(one)
        self._selector.unregister(one)
        one.close()

    def _acceptor(self, server: socket.socket, node: Node, port: int) -> _Call:
        def accept() -> None:
            with suppress(OSError):
                one = server.accept()[0]
                self._watch(one, lambda: self._answer(one, node, port))

        return accept

    def _answer(self, one: socket.socket, node: Node, port: int) -> None:
        with suppress(OSError):
            if got := one.recv(64):
                token, padding, _ = got.decode().partition("|")
                self._arrived[token] = node.name, port
                answer = f"{node.name}|{port}"
                if padding:
                    self._read_all(one, _BIG - _HEAD, lambda _: one.send(_padded(answer)))
                else:
                    one.send(answer.encode())
                return
        self._drop(one)

    def _read_all(self, one: socket.socket, size: int, done: Callable[[str], object]) -> None:
        """Go on with the head of what comes when all of it is there."""
        got = bytearray()

        def read() -> None:
            with suppress(OSError):
                if more := one.recv(_BIG):
                    got.extend(more)
                    if len(got) >= size:
                        done(got[:_HEAD].decode().rstrip())
                    return
            self._drop(one)

        self._selector.modify(one, selectors.EVENT_READ, read)

    def _echoer(self, server: socket.socket, node: Node, port: int) -> _Call:
        def echo() -> None:
            with suppress(OSError):
                got, sender = server.recvfrom(64)
                self._arrived[got.decode()] = node.name, port
                server.sendto(f"{node.name}|{port}".encode(), sender)

        return echo

    def _round(self, queries: list[Query], seconds: float) -> dict[Query, Outcome]:
        tries: list[_Try] = []
        for query in queries:
            self._count += 1
            one = _Try(query, f"{_ASKS}{self._count}")
            tries.append(one)
            node = self._site.at.get(query.source)
            if node is not None:
                with self._site.inside(node):
                    self._start(one)
        end = time.monotonic() + seconds
        while self._open and (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                key.data()
        for client in list(self._open):
            self._drop(client)
        for one in tries:
            if not one.machine and one.token in self._arrived:
                one.machine, one.port = self._arrived[one.token]
        self._arrived.clear()
        return {one.query: Outcome(one.works, one.machine, one.port) for one in tries}

    def _start(self, one: _Try) -> None:
        service, source = one.query.service, one.query.source
        client = _client(one.query)
        try:
            client.bind((str(source), one.query.source_port))
            code = client.connect_ex((str(one.query.target), service.port))
            if code in (0, errno.EINPROGRESS) and service.proto in PINGS:
                echo = 8 if source.version == 4 else 128
                client.send(struct.pack("!BBHHH", echo, 0, 0, 0, 1))
            elif service.proto == "udp":
                client.send(one.token.encode())
            elif service.proto in RAW:
                client.send(one.token.ljust(_HEAD).encode())
        except OSError:
            client.close()
            return
        self._open.add(client)
        is_tcp = service.proto == "tcp"
        events = selectors.EVENT_WRITE if is_tcp else selectors.EVENT_READ
        self._watch(client, lambda: self._go_on(client, one), events)

    def _go_on(self, client: socket.socket, one: _Try) -> None:
        """The next step of a client: send the request, read the answer; UDP asks twice.

        The second request of a UDP client meets the rules for packets of a known connection.
        """
        proto = one.query.service.proto
        with suppress(OSError):
            if proto == "tcp" and one.turn == 0:
                one.turn = 1
                if self._is_big:
                    client.send(_padded(f"{one.token}|"))
                    self._read_all(client, _BIG, lambda head: self._end(client, one, head))
                    return
                client.send(one.token.encode())  # fails where the connection was refused
                self._selector.modify(
                    client, selectors.EVENT_READ, lambda: self._go_on(client, one)
                )
                return
            got = client.recv(_RAW)
            if proto in RAW:
                if (told := _data(client, got)).startswith(_ASKS):
                    return  # of somebody who asks this machine
                if one.turn == 0:
                    one.turn = 1
                    client.send(one.token.ljust(_HEAD).encode())
                else:
                    self._end(client, one, told)
                return
            if proto == "udp" and one.turn == 0:
                one.turn = 1
                client.send(one.token.encode())
                return
            if proto in PINGS:
                node = self._site.at.get(one.query.target)
                one.works, one.machine = True, node.name if node else ""
            elif got:
                self._end(client, one, got.decode())
                return
        self._drop(client)

    def _end(self, client: socket.socket, one: _Try, answer: str) -> None:
        name, _, port = answer.rpartition("|")
        one.works, one.machine, one.port = True, name, int(port)
        self._drop(client)


def _padded(head: str) -> bytes:
    """Big data, more than one packet takes and less than a socket holds, with its head."""
    return head.ljust(_HEAD).encode() + bytes(_BIG - _HEAD)


def _data(receiver: socket.socket, packet: bytes) -> str:
    """What a raw socket was sent; of IPv4 it gets the header too (raw(7))."""
    header = (packet[0] & 15) * 4 if receiver.family == socket.AF_INET else 0
    return packet[header:].decode(errors="replace").rstrip()


def _client(query: Query) -> socket.socket:
    """A socket that does not wait."""
    family, proto = _family(query.source), query.service.proto
    if proto in RAW:
        client = socket.socket(family, socket.SOCK_RAW, RAW[proto])
    elif proto in PINGS:
        number = socket.IPPROTO_ICMP if query.source.version == 4 else socket.IPPROTO_ICMPV6
        client = socket.socket(family, socket.SOCK_DGRAM, number)
    else:
        kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
        client = socket.socket(family, kind)
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if query.source_port and proto == "tcp":  # without TIME_WAIT: it may be asked again
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return client


def _bound(server: socket.socket, address: str, port: int) -> bool:
    """Whether the server has the address; without IPv6, a machine has none of its addresses."""
    try:
        server.bind((address, port))
    except OSError:
        server.close()
        return False
    return True


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6

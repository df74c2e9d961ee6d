"""A client, three routers and a server in a row, each in a network namespace, and TCP between them.

`client - near - far - wall - server`: the link between `near` and `far` takes smaller packets than
the others, so that whoever sends big ones has to be told.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

from tests.oracles.namespaces import (
    FORWARDING,
    NO_SURPRISES,
    current,
    inside,
    new,
    run,
    sysctl,
)

NAMES: Final = ("client", "near", "far", "wall", "server")
SERVER: Final = {4: "10.9.3.2", 6: "2001:db8:3::2"}
_NARROW: Final = 1
_MORTAL: Final = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-c")
"""No process outlives the tests, however they end (setpriv(1))."""
_SERVE: Final = """
import socket, threading
def serve(peer):
    if peer.recv(4) == b"down":
        peer.sendall(bytes(200000))
    else:
        left = 200000
        while left > 0 and (got := len(peer.recv(65536))):
            left -= got
        peer.sendall(b"done")
    peer.close()
listener = socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
_ASK: Final = """
import socket, sys
way, address, seconds = sys.argv[1:]
peer = socket.create_connection((address, 443), timeout=float(seconds))
peer.sendall(way.encode().ljust(4) + (b"" if way == "down" else bytes(200000)))
left = 200000 if way == "down" else 4
while left > 0:
    got = len(peer.recv(65536))
    if not got:
        raise SystemExit("closed early")
    left -= got
"""


class Chain:
    """The namespaces, by descriptors that keep them open."""

    def __init__(self, places: Mapping[str, int], home: int) -> None:
        self._places, self._home = places, home

    def works(self, way: str, *families: int, client: str = "client", seconds: float) -> list[bool]:
        """Whether a client gets 200 kB `down` from the server, or `up` to it, in that time."""
        with inside(self._places[client], self._home):
            asked = [
                subprocess.Popen(
                    (*_MORTAL, _ASK, way, SERVER[family], str(seconds)), stderr=subprocess.DEVNULL
                )
                for family in families
            ]
        return [one.wait() == 0 for one in asked]

    def connect(self) -> None:
        """Lay the links, with addresses and routes; neighbours are found as rules let them."""
        for place, name in enumerate(NAMES):
            self._ip(name, ["link set lo up", *self._links(place)])
        for place, name in enumerate(NAMES):
            self._ip(name, [*_addresses(place), *_routes(place)])

    def load(self, name: str, rules: str) -> None:
        """Load nftables rules in a namespace."""
        with inside(self._places[name], self._home):
            run("nft", "-f", "-", text=rules)

    def serve(self) -> "subprocess.Popen[bytes]":
        """The server's process, which is ready."""
        with inside(self._places["server"], self._home):
            server = subprocess.Popen((*_MORTAL, _SERVE), stdout=subprocess.PIPE)
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        return server

    def _ip(self, name: str, lines: list[str]) -> None:
        with inside(self._places[name], self._home):
            run("ip", "-batch", "-", text="\n".join([*lines, ""]))

    def _links(self, place: int) -> Iterator[str]:
        if place > 0:
            yield f"link set left mtu {_size(place - 1)} up"
        if place < len(NAMES) - 1:
            there = f"/proc/{os.getpid()}/fd/{self._places[NAMES[place + 1]]}"
            yield f"link add right type veth peer name left netns {there}"
            yield f"link set right mtu {_size(place)} up"


def _size(link: int) -> int:
    return 1300 if link == _NARROW else 1500


def _ends(place: int) -> Iterator[tuple[str, int, int]]:
    """The interfaces of a machine, the link of each, and which of its two ends it is."""
    if place > 0:
        yield "left", place - 1, 2
    if place < len(NAMES) - 1:
        yield "right", place, 1


def _addresses(place: int) -> Iterator[str]:
    for interface, link, end in _ends(place):
        for address in (f"10.9.{link}.{end}/24", f"2001:db8:{link}::{end}/64"):
            yield f"address add {address} dev {interface}"


def _routes(place: int) -> Iterator[str]:
    for link in range(len(NAMES) - 1):
        if link not in (place - 1, place):
            near, end = (place, 2) if link > place else (place - 1, 1)
            yield f"route add 10.9.{link}.0/24 via 10.9.{near}.{end}"
            yield f"route add 2001:db8:{link}::/64 via 2001:db8:{near}::{end}"


@contextmanager
def chain(rules: Mapping[str, str]) -> Iterator[Chain]:
    """The chain with its server running, and nftables rules loaded in some of the namespaces."""
    with ExitStack() as stack:
        home = current()
        stack.callback(os.close, home)
        places: dict[str, int] = {}
        with inside(home, home):
            for name in NAMES:
                places[name] = new()
                sysctl((*FORWARDING, *NO_SURPRISES, "ipv4/tcp_mtu_probing=0"))
                stack.callback(os.close, places[name])
        made = Chain(places, home)
        made.connect()
        for name, text in rules.items():
            made.load(name, text)
        server = made.serve()
        stack.callback(_end, server)
        yield made


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()

"""A client, three routers and a server in a row, each in a network namespace, and TCP between them.

`client - near - far - wall - server`: the link between `near` and `far` takes smaller packets than
the others, so that whoever sends big ones has to be told.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.oracles.kernel.namespace import run

NAMES: Final = ("client", "near", "far", "wall", "server")
SERVER: Final = {4: "10.9.3.2", 6: "2001:db8:3::2"}
_NARROW: Final = 1
_MORTAL: Final = ("setpriv", "--pdeathsig", "KILL")
"""No process outlives the tests, however they end (setpriv(1))."""
_SYSCTLS: Final = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.tcp_mtu_probing=0",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv6.conf.all.accept_dad=0",
    "net.ipv6.conf.default.accept_dad=0",
)
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
way, address = sys.argv[1:]
peer = socket.create_connection((address, 443), timeout=3)
peer.sendall(way.encode().ljust(4) + (b"" if way == "down" else bytes(200000)))
left = 200000 if way == "down" else 4
while left > 0:
    got = len(peer.recv(65536))
    if not got:
        raise SystemExit("closed early")
    left -= got
"""


class Chain:
    """The namespaces, by the processes that keep them open."""

    def __init__(self, holders: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
        self._holders = holders

    def inside(self, name: str, *command: str, text: str | None = None) -> str:
        """What a command prints in a namespace."""
        return run(*self._entered(name), *command, text=text)

    def _entered(self, name: str) -> tuple[str, ...]:
        return "nsenter", "-t", str(self._holders[name].pid), "-n"

    def works(self, way: str, family: int, client: str = "client") -> bool:
        """Whether a client gets 200 kB `down` from the server, or `up` to it, within seconds."""
        command = (*self._entered(client), sys.executable, "-c", _ASK, way, SERVER[family])
        return not subprocess.run(command, capture_output=True, check=False).returncode

    def connect(self) -> None:
        """Lay the links, with addresses and routes; neighbours are found as rules let them."""
        for name in NAMES:
            self.inside(name, "ip", "link", "set", "lo", "up")
            for setting in _SYSCTLS:
                self.inside(name, "sysctl", "-qw", setting)
        for link, (left, right) in enumerate(pairwise(NAMES)):
            size = "1300" if link == _NARROW else "1500"
            other = str(self._holders[right].pid)
            pair = ("type", "veth", "peer", "name", "left", "netns", other)
            self.inside(left, "ip", "link", "add", "right", *pair)
            for name, interface, end in ((left, "right", 1), (right, "left", 2)):
                self.inside(name, "ip", "link", "set", interface, "mtu", size, "up")
                for address in (f"10.9.{link}.{end}/24", f"2001:db8:{link}::{end}/64"):
                    self.inside(name, "ip", "address", "add", address, "dev", interface)
        for place, name in enumerate(NAMES):
            for link in range(len(NAMES) - 1):
                if link in (place - 1, place):
                    continue
                near, end = (place, 2) if link > place else (place - 1, 1)
                for network, gate in (
                    (f"10.9.{link}.0/24", f"10.9.{near}.{end}"),
                    (f"2001:db8:{link}::/64", f"2001:db8:{near}::{end}"),
                ):
                    self.inside(name, "ip", "route", "add", network, "via", gate)


@contextlib.contextmanager
def chain(rules: Mapping[str, str]) -> Iterator[Chain]:
    """The chain with its server running, and nftables rules loaded in some of the namespaces."""
    with contextlib.ExitStack() as stack:
        holders = {name: stack.enter_context(_holder()) for name in NAMES}
        made = Chain(holders)
        made.connect()
        for name, text in rules.items():
            made.inside(name, "nft", "-f", "-", text=text)
        server = subprocess.Popen(
            (*_MORTAL, *made._entered("server"), sys.executable, "-c", _SERVE),
            stdout=subprocess.PIPE,
        )
        stack.callback(_end, server)
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield made


@contextlib.contextmanager
def _holder() -> Iterator["subprocess.Popen[bytes]"]:
    held = subprocess.Popen((*_MORTAL, "unshare", "-n", "sleep", "600"))
    try:
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{held.pid}/ns/net").readlink() == own:
            if held.poll() is not None:
                raise RuntimeError("no network namespace can be made")
            time.sleep(0.01)
        yield held
    finally:
        _end(held)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()

"""A router R and its peers P in private network namespaces, and the sockets that reach them.

Each interface that rule sets name is the R end of a veth pair; the other end lies in P and knows no
protocols. Everything is reachable everywhere: a frame's type of service says whether R takes it
for itself or on which interface it leaves, so that no rule set can change that.

What would give false answers: `rp_filter` (a strange source is dropped before any hook shows it),
addresses of R's own among those under test (they are delivered, not forwarded), neighbour
resolution (`arp off`), interface names from sysfs (which shows the host's), and SCTP's missing
checksum (`nf_conntrack_checksum`).
"""

import ctypes
import os
import signal
import socket
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.oracles.namespaces import (
    FORWARDING,
    NO_SURPRISES,
    current,
    inside,
    libc,
    run,
    sysctl,
    unshare,
)

Frames = NDArray[np.uint8]

INTERFACES: Final = ("eth0", "eth1", "eth10", "wan", "tun0")
# Bits of the type of service that route lookups have honoured in every kernel (IPTOS_RT_MASK).
TO_ROUTER: Final = 0x04
TO_INTERFACE: Final = dict(zip(INTERFACES, (0x08, 0x0C, 0x10, 0x14, 0x18), strict=True))

_ROUTER_MAC = "02:00:00:00:00:01"
_PEER_MAC = "02:00:00:00:00:02"
_PR_SET_PDEATHSIG = 1
_IPV6_HDRINCL = 36
_EAGAIN, _ENOBUFS = 11, 105
_NEVER_SENT = frozenset({_EAGAIN, _ENOBUFS})

_SYSCTLS = """
ipv4/conf/all/accept_local=1
ipv4/conf/default/accept_local=1
ipv4/conf/all/route_localnet=1
ipv4/conf/default/route_localnet=1
ipv4/conf/all/log_martians=0
ipv4/ip_nonlocal_bind=1
ipv6/ip_nonlocal_bind=1
ipv6/auto_flowlabels=0
ipv6/conf/default/autoconf=0
netfilter/nf_conntrack_checksum=0
netfilter/nf_conntrack_tcp_loose=1
netfilter/nf_conntrack_tcp_be_liberal=1
"""

# struct msghdr and struct mmsghdr (sendmsg(2), sendmmsg(2)), as C lays them out on this machine.
_HEADER = np.dtype(
    [
        ("name", np.uintp),
        ("name_size", np.uint32),
        ("vector", np.uintp),
        ("vector_count", np.uintp),
        ("control", np.uintp),
        ("control_size", np.uintp),
        ("flags", np.int32),
    ],
    align=True,
)
_MESSAGE = np.dtype([("header", _HEADER), ("sent", np.uint32)], align=True)


def die_with_parent() -> None:
    """Make the kernel kill this process when its parent ends."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _new_namespace_holder() -> int:
    """The process id of a child that does nothing but keep a new network namespace open."""
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        die_with_parent()
        unshare()
        os.write(done, b".")
        signal.pause()
        os._exit(0)
    os.read(ready, 1)
    os.close(ready)
    os.close(done)
    return child


class Router:
    """R and P; the process that makes one must already be in a network namespace of its own."""

    def __init__(self) -> None:
        self._wires: dict[str, socket.socket] = {}
        self._locals: dict[tuple[int, str], socket.socket] = {}
        sysctl((*FORWARDING, *NO_SURPRISES, *_SYSCTLS.split()))
        run("ip", "link", "set", "lo", "up")
        holder = _new_namespace_holder()
        try:
            self._connect(holder)
        finally:
            os.kill(holder, signal.SIGKILL)
            os.waitpid(holder, 0)
        self._wires["lo"] = self._wire("lo")
        self._route()
        for name in ("lo", *INTERFACES):
            self._locals[4, name] = self._raw(socket.AF_INET, name)
            self._locals[6, name] = self._raw(socket.AF_INET6, name)

    def _connect(self, holder: int) -> None:
        home = current()
        peers = os.open(f"/proc/{holder}/ns/net", os.O_RDONLY)
        router_links, peer_links = [], []
        for number, name in enumerate(INTERFACES):
            peer = f"peer{number}"
            ends = f"name {peer} address {_PEER_MAC} netns {holder}"
            router_links += [
                f"link add name {name} address {_ROUTER_MAC} type veth peer {ends}",
                f"link set {name} up arp off",
                f"addr add 172.31.{number}.1/32 dev {name}",
                f"addr add fd31:{number}::1/128 dev {name} nodad",
            ]
            peer_links.append(f"link set {peer} up arp off")
        run("ip", "-batch", "-", text="\n".join(router_links))
        with inside(peers, home):
            Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
            run("ip", "-batch", "-", text="\n".join(peer_links))
            for number, name in enumerate(INTERFACES):
                self._wires[name] = self._wire(f"peer{number}")
        os.close(home)
        os.close(peers)

    @staticmethod
    def _route() -> None:
        for family, everything in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
            lines = [
                f"rule add pref 100 tos {TO_ROUTER:#x} lookup 100",
                f"route add local {everything} dev lo table 100",
                f"route add default dev lo metric {9999 if family == '-4' else 99}",
            ]
            for metric, (name, service) in enumerate(TO_INTERFACE.items(), 1):
                lines.append(f"rule add pref 100 tos {service:#x} lookup {100 + metric}")
                lines.append(f"route add {everything} dev {name} table {100 + metric}")
                lines.append(f"route add {everything} dev {name} metric {metric}")
            run("ip", family, "-batch", "-", text="\n".join(lines))

    @staticmethod
    def _wire(name: str) -> socket.socket:
        """A socket whose frames arrive at the other end of the interface."""
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        wire.bind((name, 0))
        return wire

    @staticmethod
    def _raw(family: int, name: str) -> socket.socket:
        """A socket whose packets, headers included, leave R on the interface."""
        raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if family == socket.AF_INET:
            raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        else:
            raw.setsockopt(socket.IPPROTO_IPV6, _IPV6_HDRINCL, 1)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
        return raw

    def arrive(self, interface: str, frames: Frames) -> None:
        """Let the frames arrive at R on the interface, as from the wire."""
        if interface == "lo":  # loopback's hardware address is all zeros
            frames[:, 0:12] = 0
        _send(self._wires[interface], frames)

    def leave(self, family: int, interface: str, frames: Frames) -> None:
        """Let R itself send the frames' packets on the interface."""
        packets = np.ascontiguousarray(frames[:, 14:])
        count = len(packets)
        if family == 4:
            names = np.zeros((count, 16), np.uint8)
            names[:, 4:8] = packets[:, 16:20]
        else:
            names = np.zeros((count, 28), np.uint8)
            names[:, 8:24] = packets[:, 24:40]
        number = socket.AF_INET if family == 4 else socket.AF_INET6
        names[:, 0:2] = np.frombuffer(number.to_bytes(2, "little"), np.uint8)
        _send(self._locals[family, interface], packets, names)


def _send(sender: socket.socket, packets: Frames, names: Frames | None = None) -> None:
    """Send every packet; one that the rules refuse (EPERM) counts as sent."""
    count, size = packets.shape
    vectors = np.empty((count, 2), np.uintp)
    vectors[:, 0] = packets.ctypes.data + np.arange(count) * size
    vectors[:, 1] = size
    messages = np.zeros(count, _MESSAGE)
    headers = messages["header"]
    headers["vector"] = vectors.ctypes.data + np.arange(count) * vectors.itemsize * 2
    headers["vector_count"] = 1
    if names is not None:
        headers["name"] = names.ctypes.data + np.arange(count) * names.shape[1]
        headers["name_size"] = names.shape[1]
    # What the rules drop is an error to its sender. In the midst of a batch, sendmmsg(2) forgets
    # the error and the packet would be sent again, so locally sent ones go one by one.
    most = 1024 if names is None else 1
    done = 0
    while done < count:
        address = ctypes.c_void_p(messages.ctypes.data + done * messages.itemsize)
        sent = libc.sendmmsg(sender.fileno(), address, min(count - done, most), 0)
        if sent < 0:
            if ctypes.get_errno() in _NEVER_SENT:
                continue
            sent = 1
        done += sent

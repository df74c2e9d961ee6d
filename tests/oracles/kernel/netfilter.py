"""Loads rule sets into this namespace's kernel, and reads nftables' counters and sets back."""

import ctypes
import re
import socket
import struct
import subprocess
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal[
    "iptables-legacy",
    "iptables-nft",
    "ip6tables-legacy",
    "ip6tables-nft",
    "ipset",
    "nft",
    "nft-json",
    "nft-fresh",
]
"""Who loads or prints a rule set."""

_LEGACY_CHAINS: Final = {
    "raw": "PREROUTING OUTPUT",
    "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING",
    "nat": "PREROUTING INPUT OUTPUT POSTROUTING",
    "filter": "INPUT FORWARD OUTPUT",
    "security": "INPUT FORWARD OUTPUT",
}

# linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
_NETLINK_NETFILTER = 12
_SOL_NETLINK_FORCE_RECEIVE_BUFFER = 33
_NFNL_SUBSYS_NFTABLES = 10
_NFT_MSG_GETSETELEM = 13
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NFPROTO_INET = 1
_SET_ELEM_LIST_TABLE, _SET_ELEM_LIST_SET, _SET_ELEM_LIST_ELEMENTS = 1, 2, 3
_SET_ELEM_KEY = 1
_NLA_TYPE_MASK = 0x3FFF

Ids = NDArray[np.int64]


class Nft:
    """libnftables within this process: no fork for each command (libnftables(3))."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libnftables.so.1")
        library.nft_ctx_new.restype = ctypes.c_void_p
        library.nft_ctx_new.argtypes = [ctypes.c_uint32]
        library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        for name in ("nft_ctx_buffer_output", "nft_ctx_buffer_error"):
            getattr(library, name).argtypes = [ctypes.c_void_p]
        for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
            getattr(library, name).argtypes = [ctypes.c_void_p]
            getattr(library, name).restype = ctypes.c_char_p
        self._library = library
        self._context = library.nft_ctx_new(0)
        library.nft_ctx_buffer_output(self._context)
        library.nft_ctx_buffer_error(self._context)

    def __call__(self, commands: str) -> str:
        """What nft prints; raises RuntimeError with its complaint."""
        failed = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
        output: bytes = self._library.nft_ctx_get_output_buffer(self._context)
        complaint: bytes = self._library.nft_ctx_get_error_buffer(self._context)
        if failed:
            raise RuntimeError(f"nft: {complaint.decode()[:2000]}")
        return output.decode()

    def listing(self) -> str:
        """The rule set as nft lists it, without the probe's table."""
        self("add table inet probe\ndelete table inet probe")
        return self("list ruleset")

    def packets_counted(self, table: str) -> dict[str, int]:
        """The packets in each named counter of an inet table."""
        text = self(f"list counters table inet {table}")
        return {
            name: int(packets)
            for name, packets in re.findall(r"counter (\w+) \{\s*packets (\d+)", text)
        }


class SetReader:
    """Dumps sets of an inet table whose keys are numbers of up to eight bytes."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        self._socket.setsockopt(socket.SOL_SOCKET, _SOL_NETLINK_FORCE_RECEIVE_BUFFER, 8 << 20)
        self._socket.bind((0, 0))

    def __call__(self, name: str) -> Ids:
        """The numbers that one dump shows: not always all, while the kernel resizes its table."""
        body = struct.pack(">BBH", _NFPROTO_INET, 0, 0)
        body += _attribute(_SET_ELEM_LIST_TABLE, self._table.encode() + b"\0")
        body += _attribute(_SET_ELEM_LIST_SET, name.encode() + b"\0")
        kind = _NFNL_SUBSYS_NFTABLES << 8 | _NFT_MSG_GETSETELEM
        head = struct.pack("=IHHII", 16 + len(body), kind, _NLM_F_REQUEST_DUMP, 1, 0)
        self._socket.send(head + body)
        found: list[Ids] = [np.zeros(0, np.int64)]
        while True:
            data = self._socket.recv(1 << 20)
            start = 0
            while start < len(data):
                size, kind = struct.unpack_from("=IH", data, start)
                if kind == _NLMSG_DONE:
                    return np.concatenate(found)
                if kind == _NLMSG_ERROR:
                    (error,) = struct.unpack_from("=i", data, start + 16)
                    raise OSError(-error, f"dump of the set {name}")
                for attribute, at, end in _attributes(data, start + 20, start + size):
                    if attribute == _SET_ELEM_LIST_ELEMENTS:
                        found.append(_keys(data, at, end))
                start += (size + 3) & ~3


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def _attributes(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """Kind, first byte and end of each netlink attribute."""
    found = []
    while start + 4 <= end:
        size, kind = struct.unpack_from("=HH", data, start)
        found.append((kind & _NLA_TYPE_MASK, start + 4, start + size))
        start += (size + 3) & ~3
    return found


def _keys(data: bytes, start: int, end: int) -> Ids:
    """The elements' keys. All elements have one layout, so the first shows where each key is."""
    if start == end:
        return np.zeros(0, np.int64)
    (size,) = struct.unpack_from("=H", data, start)
    stride = (size + 3) & ~3
    parts = {kind: (at, stop) for kind, at, stop in _attributes(data, start + 4, start + size)}
    at, stop = parts[_SET_ELEM_KEY]
    ((_, first, last),) = _attributes(data, at, stop)
    rows = np.frombuffer(data[start:end] + bytes(-(end - start) % stride), np.uint8)
    columns = rows.reshape(-1, stride)[:, first - start : last - start].astype(np.int64)
    numbers = np.zeros(len(columns), np.int64)
    for column in columns.T:
        numbers = numbers << 8 | column
    return numbers


class Loader:
    """Puts rule sets into the kernel and takes them out again."""

    def __init__(self, nft: Nft, folder: Path) -> None:
        self._nft = nft
        self._dirty_legacy: set[tuple[str, str]] = set()
        self._has_sets = False
        # Without root, /run/xtables.lock cannot be opened.
        self._environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "XTABLES_LOCKFILE": str(folder / "xtables.lock"),
        }

    def _run(self, command: list[str], text: str) -> str:
        """The complaint, empty where there is none."""
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )
        return done.stderr.strip() or f"status {done.returncode}" if done.returncode else ""

    def clear(self) -> None:
        """Leave no rule and no set."""
        self._nft("flush ruleset")
        for tool, table in self._dirty_legacy:
            chains = "".join(f":{chain} ACCEPT [0:0]\n" for chain in _LEGACY_CHAINS[table].split())
            complaint = self._run([f"{tool}-restore"], f"*{table}\n{chains}COMMIT\n")
            if complaint:
                raise RuntimeError(complaint)
        self._dirty_legacy.clear()
        if self._has_sets:
            self._run(["ipset", "flush"], "")
            self._run(["ipset", "destroy"], "")
            self._has_sets = False

    def save(self, kind: Kind) -> str:
        """What the kernel holds, as the tool of that kind prints it."""
        if kind == "nft":
            return self._nft.listing()
        if kind == "nft-json":
            # nft 1.0.6 may crash over JSON, so not in this process.
            self._nft.listing()
            command = ["nft", "-j", "list", "ruleset"]
        elif kind == "nft-fresh":
            # What prints iptables' own in nft (libxtables) keeps something from one listing to the
            # next, and a user's nft lists once.
            self._nft.listing()
            command = ["nft", "list", "ruleset"]
        else:
            command = ["ipset", "save"] if kind == "ipset" else [f"{kind}-save"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=self._environment
        )
        return done.stdout

    def load(self, kind: Kind, text: str) -> str:
        """The kernel's refusal in words, or nothing."""
        if kind == "nft":
            try:
                self._nft(text)
            except RuntimeError as refusal:
                return str(refusal)
            return ""
        if kind == "nft-json":
            return self._run(["nft", "-j", "-f", "-"], text)
        if kind == "ipset":
            self._has_sets = True
            return self._run(["ipset", "-exist", "restore"], text)
        if kind.endswith("-legacy"):
            tables = re.findall(r"^\*(\w+)", text, re.MULTILINE)
            self._dirty_legacy |= {(kind, table) for table in tables}
        return self._run([f"{kind}-restore"], text)

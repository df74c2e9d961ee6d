"""Runs the oracle in a child process with network namespaces of its own.

The tests' process stays where it is. Requests and answers are pickles over two pipes; the child
dies with its parent, and one that does not answer in time is killed.
"""

import os
import pickle
import select
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Self

from flowmodel.packet import Packet
from tests import ROOT
from tests.oracles.kernel.netfilter import Kind
from tests.oracles.kernel.oracle import JudgedHook, Oracle

TOOLS: Final = (
    "ip",
    "nft",
    "iptables-legacy-restore",
    "iptables-nft-restore",
    "ip6tables-legacy-restore",
    "ip6tables-nft-restore",
    "ipset",
    "conntrack",
    "unshare",
)
_SECONDS: Final = 60.0
_SIZE: Final = struct.Struct("=Q")


class NoKernelError(Exception):
    """There is no kernel to ask here, and why."""


class OracleDiedError(RuntimeError):
    """The oracle has ended by itself: libnftables ends it where it cannot list what was loaded."""


class Kernel:
    """The oracle, as the tests see it."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: str) -> None:
        self._process = process
        self._folder = folder

    @classmethod
    def start(cls) -> Self:
        """A new one; raises NoKernelError where tools or rights are missing."""
        missing = [tool for tool in TOOLS if not _which(tool)]
        if missing:
            raise NoKernelError(f"not installed: {', '.join(missing)}")
        flags = ["-n"] if os.geteuid() == 0 else ["-U", "-r", "-n"]
        folder = tempfile.mkdtemp(prefix="fwlint-kernel-")
        process = subprocess.Popen(
            ["unshare", *flags, sys.executable, "-m", "tests.oracles.kernel.worker", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        )
        kernel = cls(process, folder)
        try:
            kernel._answer()
        except (OSError, RuntimeError) as error:
            kernel.stop()
            raise NoKernelError(f"no network namespace to judge in: {error}") from error
        return kernel

    def stop(self) -> str:
        """End the child; returns what it complained about."""
        self._process.kill()
        _, complaint = self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)
        return complaint.decode()

    def restart(self) -> None:
        """A new oracle in the place of one that has died."""
        fresh = Kernel.start()
        self._process, self._folder = fresh._process, fresh._folder

    def load(self, files: Iterable[tuple[Kind, str]]) -> str:
        """As `Oracle.load`."""
        refusal: str = self._ask("load", list(files))
        return refusal

    def save(self, kind: Kind) -> str:
        """As `Oracle.save`."""
        text: str = self._ask("save", kind)
        return text

    def judge(self, hook: JudgedHook, packets: Sequence[Packet]) -> bytes:
        """As `Oracle.judge`."""
        fates: bytes = self._ask("judge", hook, list(packets))
        return fates

    def open_connections(self, hook: JudgedHook, packets: Sequence[Packet]) -> int:
        """As `Oracle.open_connections`."""
        count: int = self._ask("open_connections", hook, list(packets))
        return count

    def close_connections(self) -> None:
        """As `Oracle.close_connections`."""
        self._ask("close_connections")

    def _ask(self, method: str, *arguments: Any) -> Any:
        assert self._process.stdin
        _write(self._process.stdin.fileno(), (method, arguments))
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
        if not ready:
            self._process.kill()
            raise RuntimeError(f"the kernel gave no answer in {_SECONDS:.0f} seconds")
        try:
            answer = _read(self._process.stdout.fileno())
        except EOFError:
            raise OracleDiedError(f"the oracle has died: {self.stop()[-2000:]}") from None
        if not isinstance(answer, Exception):
            return answer
        raise RuntimeError(f"the oracle failed: {answer}") from answer


def _which(tool: str) -> str | None:
    return shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _write(descriptor: int, message: Any) -> None:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    view = memoryview(_SIZE.pack(len(data)) + data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(descriptor: int) -> Any:
    (size,) = _SIZE.unpack(_read_exactly(descriptor, _SIZE.size))
    return pickle.loads(_read_exactly(descriptor, size))


def _read_exactly(descriptor: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            raise EOFError("the other side has closed the pipe")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _serve(folder: Path) -> None:
    from tests.oracles.kernel.namespace import die_with_parent

    die_with_parent()
    # Nothing but answers may go down the pipe.
    answers = os.dup(1)
    os.dup2(2, 1)
    oracle = Oracle(folder)
    _write(answers, None)
    while True:
        try:
            method, arguments = _read(0)
        except EOFError:
            return
        try:
            answer = getattr(oracle, method)(*arguments)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            answer = error
        _write(answers, answer)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))

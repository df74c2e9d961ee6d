"""Network namespaces: how to make and enter them, and what holds in each that packets cross."""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

FORWARDING: Final = ("ipv4/ip_forward=1", "ipv6/conf/all/forwarding=1")
NO_SURPRISES: Final = (
    "ipv4/conf/all/rp_filter=0",
    "ipv4/conf/default/rp_filter=0",
    "ipv4/conf/all/send_redirects=0",
    "ipv4/conf/default/send_redirects=0",
    "ipv6/conf/all/accept_dad=0",
    "ipv6/conf/default/accept_dad=0",
    "ipv6/conf/default/accept_ra=0",
)
"""What would change addresses or drop packets before any rule sees them is off."""
_CLONE_NEWNET: Final = 0x40000000
libc: Final = ctypes.CDLL("libc.so.6", use_errno=True)


def run(*command: str, text: str = "") -> str:
    """What the command prints; raises RuntimeError with its complaint where it fails."""
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        complaint = f"{' '.join(command)}: {done.stderr.strip()[:2000]}\n{text[:4000]}"
        raise RuntimeError(complaint.rstrip())
    return done.stdout


def sysctl(settings: Iterable[str]) -> None:
    """Set what this kernel has of the settings, in the namespace that the process is in."""
    for one in settings:
        path, _, value = one.partition("=")
        with suppress(FileNotFoundError, PermissionError):
            Path("/proc/sys/net", path).write_text(value)


def unshare() -> None:
    """Put the process into a new namespace."""
    _check(libc.unshare(_CLONE_NEWNET))


def new() -> int:
    """The descriptor of a new namespace, which the process is now in."""
    unshare()
    return current()


def current() -> int:
    """A descriptor of the namespace that the process is in."""
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter(descriptor: int) -> None:
    """Put the process into a namespace."""
    _check(libc.setns(descriptor, _CLONE_NEWNET))


@contextmanager
def inside(descriptor: int, home: int) -> Iterator[None]:
    """The process is in the namespace for so long, and then at home again."""
    enter(descriptor)
    try:
        yield
    finally:
        enter(home)


def _check(result: int) -> None:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))

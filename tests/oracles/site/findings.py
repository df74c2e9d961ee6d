"""What `fwlint check -o json` says, as sets of connections (docs/json.md)."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from linter.cli import main
from tests.oracles.site.plan import PINGS, RAW, Address, Proto, Query, Service

REQUIRED: Final = (
    "FW101", "FW102", "FW103", "FW104", "FW105", "FW106", "FW107", "FW108", "FW109", "FW110",
    "FW111", "FW112", "FW113",
)  # fmt: skip
OF_MANY: Final = {
    "neighbours_dropped": "FW114",
    "ipv6_disabled": "FW506",
    "mtu_errors_dropped": "FW115",
}
"""Findings about many flows through a device, of which they name one or a few, by the kinds of
mistakes that they are about."""
OPEN: Final = (
    "FW201", "FW202", "FW203", "FW204", "FW205", "FW206", "FW207", "FW208", "FW209", "FW210",
    "FW211", "FW212", "FW213", "FW214", "FW401",
)  # fmt: skip
BLOCKED: Final = ("FW101", "FW102", "FW103", "FW104", "FW105", "FW106", "FW110")
"""Findings that say, where they are certain, that their packet does not work."""
WHOLLY: Final = ("FW101", "FW102", "FW103")
"""Those of them that say so of everything that is affected."""
PASSES: Final = ("FW201", "FW202", "FW203", "FW204", "FW205", "FW206", "FW209", "FW211", "FW212",
                 "FW213", "FW214")  # fmt: skip
"""Findings that say, where they are certain, that the device lets their packet through."""

_PROTOCOLS: Final[dict[int, Proto]] = {
    1: "icmp",
    6: "tcp",
    17: "udp",
    58: "icmp",
    **{number: proto for proto, number in RAW.items()},
}
_ECHOES = (8, 128)
"""Types of echo requests in ICMP and ICMPv6."""
_ECHO: Final = (8, 128)
_EPHEMERAL: Final = 32768
_CHOSEN: Final = (32768, 60999)
"""The ports of clients that the kernel chooses (net.ipv4.ip_local_port_range)."""

Box = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One finding."""

    check: str
    is_certain: bool
    level: str
    device: str
    flow: str
    packet: str
    witness: dict[str, Any] | None
    boxes: tuple[Box, ...]
    is_complete: bool
    affected: str
    message: str
    reasons: tuple[str, ...]

    @cached_property
    def query(self) -> Query | None:
        """The example packet as a connection to try; ports of clients only where they matter.

        None for what nobody can try with a socket, like an echo reply that nobody asked for.
        """
        return self.connection if self.phase in ("opening", "reply") else None

    @property
    def phase(self) -> str:
        """Which packet of the example's connection is in question."""
        return self.witness["phase"] if self.witness else ""

    @cached_property
    def connection(self) -> Query | None:
        """The connection of the example packet, whichever of its packets is in question."""
        one = self.witness
        if one is None or one["phase"] == "alone":
            return None
        name = _PROTOCOLS.get(one["protocol"])
        if name is None or (name == "icmp" and one["icmp_type"] not in _ECHO):
            return None
        low = one["source_port"] or 0
        kept = low if name in ("tcp", "udp") and 0 < low < _EPHEMERAL else 0
        has_ports = name in ("tcp", "udp")
        service = Service(name, one["destination_port"] or 0 if has_ports else 0)
        return Query(ip_address(one["source"]), ip_address(one["destination"]), service, kept)

    @property
    def is_whole(self) -> bool:
        """Whether everything in its boxes is affected, for certain."""
        return self.is_complete and all(each["certainty"] == "certain" for each in self.boxes)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The interfaces that the example packet names."""
        names = (self.witness[side] for side in ("in", "out")) if self.witness else ()
        return tuple(name for name in names if name)

    def covers(
        self, query: Query, targets: frozenset[Address], ports: frozenset[int] | None
    ) -> bool:
        """Whether the connection is among those affected, by any address and port that it has.

        Without ports, the service does not count. A finding that is not about packets is about all.
        """
        if not self.boxes and not self.is_complete:
            return True
        return any(_holds(box, query, targets, ports) for box in self.boxes)


def _holds(
    box: Box, query: Query, targets: frozenset[Address], ports: frozenset[int] | None
) -> bool:
    return (
        box["family"] == query.source.version
        and (ports is None or _has_service(box, query.service.proto, ports))
        and _has_client_port(box, query.source_port)
        and _has_address(box["sources"], query.source)
        and any(_has_address(box["destinations"], target) for target in targets)
    )


def _has_service(box: Box, proto: Proto, ports: frozenset[int]) -> bool:
    named = "icmp" if proto in PINGS else proto
    numbers = [number for number, name in _PROTOCOLS.items() if name == named]
    if not any(first <= n <= last for first, last in box["protocols"] for n in numbers):
        return False
    if proto in RAW:
        return True
    if proto in PINGS:  # what is asked is an echo
        types = box["icmp_types"]
        return not types or any(f <= n <= last for f, last in types for n in _ECHOES)
    known = box["destination_ports"]
    return not known or any(first <= port <= last for first, last in known for port in ports)


def _has_client_port(box: Box, port: int) -> bool:
    """Whether the client's port is among those; one that the kernel chooses, if some may be."""
    known, (low, high) = box["source_ports"], (port, port) if port else _CHOSEN
    return not known or any(first <= high and low <= last for first, last in known)


def _has_address(ranges: list[list[str]], address: Address) -> bool:
    return any(
        int(ip_address(first)) <= int(address) <= int(ip_address(last)) for first, last in ranges
    )


@dataclass(frozen=True)
class Report:
    """All findings of a run, or why there are none."""

    status: int
    findings: tuple[Finding, ...]
    refused: str = ""


def check(path: Path) -> Report:
    """What fwlint says of a site."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["check", str(path), "-o", "json", "--fail-on", "never", "--no-waivers"])
    if status == 2 or not out.getvalue():
        return Report(status, (), (err.getvalue() or out.getvalue())[-1500:])
    return Report(status, tuple(_finding(one) for one in json.loads(out.getvalue())["findings"]))


def _finding(one: dict[str, Any]) -> Finding:
    return Finding(
        one["check"],
        one["certainty"] == "certain",
        one["level"],
        one["device"],
        one["flow"],
        one["packet"],
        one["witness"],
        tuple(one["packets"]["boxes"]),
        one["packets"]["complete"],
        one["affected"],
        one["message"],
        tuple(one["reasons"]),
    )

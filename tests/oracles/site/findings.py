"""What `fwlint check -o json` says, as sets of connections.

Version 1 of the JSON has what is affected only in words; `Affected` reads them, and what it cannot
read is taken for everything (and said: such a finding is `vague`).
"""

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final, cast

from linter.cli import main
from tests.oracles.site.plan import INTERNET, Address, Plan, Proto, Query, Service

REQUIRED: Final = (
    "FW101", "FW102", "FW103", "FW104", "FW105", "FW106", "FW107", "FW108", "FW109", "FW110",
    "FW111", "FW112", "FW113",
)  # fmt: skip
OF_IPV6: Final = ("FW114", "FW506")
"""Findings about all flows over IPv6 through a device, of which they name one or a few."""
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

_PACKET: Final = re.compile(
    r"(?:reply to )?(tcp|udp|icmp|icmpv6) \[?([0-9a-f.:]+?)\]?(?::(\d+))?"
    r" > \[?([0-9a-f.:]+?)\]?(?::(\d+))?(?= |$)"
)
_ECHO: Final = re.compile(r"^icmp .* type 8\b|^icmpv6 .* type 128\b")
_AFFECTED: Final = re.compile(r"(?:part of )?(?:(.+) )?from (.+) to (.+)")


@dataclass(frozen=True)
class Finding:
    """One finding."""

    check: str
    is_certain: bool
    level: str
    device: str
    flow: str
    packet: str
    affected: str
    message: str
    reasons: tuple[str, ...]

    @cached_property
    def query(self) -> Query | None:
        """The example packet as a connection to try; ports of clients only where they matter.

        None for what nobody can try with a socket, like an echo reply that nobody asked for.
        """
        found = _PACKET.match(self.packet)
        if found is None or (found[1].startswith("icmp") and not _ECHO.search(self.packet)):
            return None
        proto, source, sport, target, port = found.groups()
        low = int(sport or 0)
        kept = low if 0 < low < 32768 else 0
        name = cast("Proto", "icmp" if proto == "icmpv6" else proto)
        number = int(port or 0) if name != "icmp" else 0
        return Query(ip_address(source), ip_address(target), Service(name, number), kept)

    @property
    def is_whole(self) -> bool:
        """Whether everything that its words name is affected."""
        return all(
            _AFFECTED.fullmatch(text) and not text.startswith("part of")
            for text in self.affected.split("; ")
        )

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The interfaces that the example packet names."""
        return tuple(re.findall(r" (?:in|out) (\S+)", self.packet))

    def covers(
        self, plan: Plan, query: Query, targets: frozenset[Address], ports: frozenset[int] | None
    ) -> bool:
        """Whether the connection is among those affected, by any address and port that it has.

        Without ports, the service does not count.
        """
        return any(_holds(text, plan, query, targets, ports) for text in self.affected.split("; "))


def _holds(
    text: str,
    plan: Plan,
    query: Query,
    targets: frozenset[Address],
    ports: frozenset[int] | None,
) -> bool:
    found = _AFFECTED.fullmatch(text)
    if found is None:
        return True
    services, source, target = found.groups()
    return (
        (services is None or ports is None or _has_service(services, query.service.proto, ports))
        and _has_address(source, query.source, plan)
        and any(_has_address(target, one, plan) for one in targets)
    )


def _has_service(text: str, proto: str, ports: frozenset[int]) -> bool:
    if "more" in text or text == "every service" or "other protocols" in text:
        return True
    if proto == "icmp":
        return "icmp" in text
    found = re.search(rf"all {proto} ports(?: except ([\d, -]+))?", text)
    if found:
        return not found[1] or any(not _in_ports(found[1], port) for port in ports)
    found = re.search(rf"\b{proto}((?:,? \d+(?:-\d+)?)+)", text)
    return bool(found) and any(_in_ports(found[1], port) for port in ports) if found else False


def _in_ports(text: str, port: int) -> bool:
    for one in re.findall(r"\d+(?:-\d+)?", text):
        first, _, last = one.partition("-")
        if int(first) <= port <= int(last or first):
            return True
    return False


def _has_address(text: str, address: Address, plan: Plan) -> bool:
    """Whether words for addresses hold one; words that nobody knows hold all."""
    if " more range" in text:
        return True
    kept, _, without = text.partition(" except ")
    if without and any(_in_range(one, address, plan) is True for one in without.split(", ")):
        return False
    verdicts = [_in_range(one, address, plan) for one in kept.split(", ")]
    return any(one is None or one for one in verdicts)


def _in_range(text: str, address: Address, plan: Plan) -> bool | None:
    """Whether a prefix, range or network holds the address; None where it is none of them."""
    if text == "any address":
        return True
    if text in ("the internet", "every address of the internet", INTERNET):
        return plan.network_of(address) == INTERNET
    if text in {network.name for network in plan.networks}:
        return plan.network_of(address) == text
    try:
        if "-" in text:
            first, last = (ip_address(one) for one in text.split("-", 1))
            return first.version == address.version and int(first) <= int(address) <= int(last)
        prefix = ip_network(text)
    except ValueError:
        return None
    return prefix.version == address.version and address in prefix


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
        one["affected"],
        one["message"],
        tuple(one["reasons"]),
    )

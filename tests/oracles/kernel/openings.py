"""What `fwlint open` says of a rule set, against what the kernel does with first packets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import (
    CWR,
    ECE,
    ICMP,
    ICMPV6,
    INVALID,
    PORT_PROTOCOLS,
    PSH,
    SYN,
    TCP,
    UDP,
    URG,
)
from flowmodel.opened import Row, Section
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, Site
from flowmodel.source import Span
from flowmodel.values import Values, contains, full
from linter.checks.open.sections import sections
from linter.checks.open.table import opened
from linter.checks.subject import Subject
from linter.engine.device.mentions import class_of, names_in
from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.compare import read, written
from tests.oracles.kernel.oracle import Fate
from tests.oracles.kernel.packets import boundary_packets, is_believable, natural_state
from tests.oracles.kernel.worker import Kernel, OracleDiedError

_PROTOCOLS: Final = (TCP, UDP, ICMP, ICMPV6, 50)
_A_ROW: Final = 12
"""How many packets are made of the edges of one row."""


@dataclass(slots=True)
class Openings:
    """What was compared."""

    cases: int = 0
    undecided: int = 0
    asked: int = 0
    inside: int = 0
    """Packets in a certain row."""
    passed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases} rule sets ({self.undecided} not decided), {self.asked} packets, "
            f"{self.inside} in a certain row, {self.passed} passed"
        )


def table(rulesets: Sequence[RuleSet]) -> tuple[Section, ...]:
    """The table of one device."""
    device = Device("d", ("d",), "", (), (), Addresses(), Span("d", 1, 1, 1, 1))
    site = Site("d", networks={}, devices=(device,), requirements=(), roles=())
    its = {"d": tuple(rulesets)}
    return sections(opened(Subject(site, its, its, (), room=1 << 20)))


def has(row: Row, packet: Packet, names: Iterable[str]) -> bool:
    """Whether a row says of a packet that it passes."""
    places = (
        (row.incoming, packet.in_name),
        (row.outgoing, packet.out_name),
    )
    if any(its and class_of(name or "", names) not in its for its, name in places):
        return False
    if packet.family not in row.families or not _holds(row.sources, packet.src, packet):
        return False
    if packet.proto in PORT_PROTOCOLS and not contains(row.source_ports, packet.sport):
        return False
    if _is_to(row, packet, row.destinations, full(16)):
        return True
    sent = row.sent_on
    return sent is not None and row.is_direct and _is_to(row, packet, sent.addresses, sent.ports)


def _is_to(row: Row, packet: Packet, destinations: Addresses, ports: Values) -> bool:
    if not _holds(destinations, packet.dst, packet):
        return False
    for each in row.offered:
        if not contains(each.protocols, packet.proto):
            continue
        if packet.proto in PORT_PROTOCOLS:
            its = each.ports if ports == full(16) else ports
            if not contains(its, packet.dport):
                continue
        if packet.proto in (ICMP, ICMPV6) and not (
            contains(each.types, packet.icmp_type) and contains(each.codes, packet.icmp_code)
        ):
            continue
        return True
    return False


def _holds(addresses: Addresses, address: int, packet: Packet) -> bool:
    return contains(addresses.of(packet.family), address)


def firsts(packets: Sequence[Packet]) -> list[Packet]:
    """Those of the packets that begin something, each in the state that the kernel finds it in."""
    found: dict[Packet, None] = {}
    for packet in packets:
        if "lo" in (packet.in_name, packet.out_name) or packet.pkt_type or packet.dport == 0:
            continue
        if packet.proto == TCP and packet.tcp_flags != SYN:
            continue
        state = natural_state(packet)
        if state != INVALID and packet.sport:
            found[replace(packet, state=state)] = None
    return list(found)


def forms(packet: Packet) -> tuple[Packet, ...]:
    """The first packet as systems send it, and for TCP with flags that a listener ignores."""
    if packet.proto != TCP:
        return (packet,)
    others = (PSH, URG, ECE, CWR)
    every = (sum(chosen) for n in range(5) for chosen in combinations(others, n))
    return tuple(replace(packet, tcp_flags=SYN | flags) for flags in every)


def of_rows(rows: Sequence[Row], like: Sequence[Packet], random: Random) -> Iterator[Packet]:
    """Packets from the edges of the certain rows, with the rest of some others."""
    for row in rows:
        for _ in range(_A_ROW):
            packet = random.choice(like)
            offered = random.choice(row.offered)
            # ICMP of the other family: see docs/limits.md.
            foreign = ICMPV6 if packet.family == 4 else ICMP
            known = [
                each for each in _PROTOCOLS if each != foreign and contains(offered.protocols, each)
            ]
            sources, destinations = (
                each.of(packet.family) for each in (row.sources, row.destinations)
            )
            if not (known and sources and destinations):
                continue
            yield replace(
                packet,
                proto=random.choice(known),
                tcp_flags=SYN,
                src=_edge(sources, random),
                dst=_edge(destinations, random),
                dport=_edge(offered.ports, random),
                sport=_edge(row.source_ports, random),
                icmp_type=_edge(offered.types, random),
                icmp_code=_edge(offered.codes, random),
            )


def _edge(values: Values, random: Random) -> int:
    first, last = random.choice(values)
    return random.choice((first, last, (first + last) // 2))


def held(kernel: Kernel, case: Case, count: int, random: Random, seen: Openings) -> None:
    """Compares the table of one rule set with the kernel."""
    if kernel.load(case.files()):
        return
    rulesets = read(written(case))
    names = names_in(rulesets)
    its: list[Section] = []
    others: list[Section] = []
    for each in table(rulesets):
        (its if each.traffic == case.hook else others).append(each)
    rows = [row for each in its for row in each.rows]
    # What is translated to an address that may be another machine's is told where it is forwarded.
    sent_on = [replace(row, outgoing=()) for each in others for row in each.rows if row.sent_on]
    seen.cases += 1
    if not all(each.is_decided for each in its):
        seen.undecided += 1
        return
    like = firsts(boundary_packets(case, count, random))
    if not like:
        return
    certain = [row for row in rows if row.certainty == "certain"]
    more = filter(is_believable, of_rows(certain, like, random))
    packets = firsts([*like, *more])
    try:
        fates = _in_any_form(kernel, case, packets)
    except OracleDiedError:
        kernel.restart()
        return
    for packet, fate in zip(packets, fates, strict=True):
        if fate == Fate.ELSEWHERE:
            continue
        is_certain = any(has(row, packet, names) for row in certain)
        seen.asked += 1
        seen.inside += is_certain
        seen.passed += fate == Fate.PASSED
        assert fate == Fate.PASSED or not is_certain, f"{packet} is said to pass"
        is_told = is_certain or any(has(row, packet, names) for row in (*rows, *sent_on))
        assert is_told or fate != Fate.PASSED, f"{packet} passes, and no row tells it"


def _in_any_form(kernel: Kernel, case: Case, packets: Sequence[Packet]) -> Iterator[Fate]:
    """What becomes of each packet; one passes if it does in one of its forms."""
    several = [forms(packet) for packet in packets]
    fates = iter(kernel.judge(case.hook, [form for each in several for form in each]))
    for each in several:
        mine = [next(fates) for _ in each]
        yield Fate.PASSED if Fate.PASSED in mine else Fate(mine[0])

"""Holds what fwlint says of an export alone against a second reading, whatever the format is.

The kernel does the same for what Linux loads: `oracles/kernel/deletions`, `needed`, `openings`.
What would give false answers: packets that never come to a device; the formats keep them out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from flowmodel.fields import FAMILIES, NEW, NameField, NumberField
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, Traffic
from linter.checks.rulebase.judged import written
from linter.engine.device.compare import Difference, differences
from linter.engine.device.headers import MARKED, SIDES, missing_side
from linter.engine.device.mentions import class_of, names_in
from linter.engine.sets.space import PacketSet
from tests.oracles.kernel.deletions import subject_of
from tests.oracles.kernel.openings import firsts, has, of_rows, table
from tests.oracles.kernel.packets import is_believable

Fates = frozenset[str]
"""What may become of a packet: `accept`, `drop`, or either where the export does not tell."""
_ROOM: Final = 1 << 20
_SECONDS: Final = 60.0
_FIELDS: Final[tuple[NumberField, ...]] = (
    "src",
    "dst",
    "proto",
    "sport",
    "dport",
    "icmp_type",
    "icmp_code",
    "tcp_flags",
)
_UNSEEN: Final[tuple[NumberField, ...]] = ("ct_dir", *MARKED)
"""What the wire does not show of a packet."""
_OPENED: Final[tuple[Traffic, ...]] = ("input", "forward")


@dataclass(frozen=True)
class Export:
    """One export, as fwlint and the second reading understand it."""

    rulesets: tuple[RuleSet, ...]
    fates: Callable[[Traffic, Packet], Fates]
    packets: Mapping[Traffic, Sequence[Packet]]
    without: Mapping[int, Callable[[], "Export"]]
    """The same without a rule, by the line where the rule stands."""
    is_asked: Callable[[Traffic, Packet], bool] = lambda _, __: True
    """Whether both readings speak of a packet."""
    is_listed: Callable[[Packet], bool] = lambda _: True
    """Whether a table of openings is about such a packet."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the table calls the interfaces, where packets have other names of them."""


@dataclass(slots=True)
class Tally:
    """What was compared."""

    exports: int = 0
    idle: int = 0
    live: int = 0
    unsaid: int = 0
    """Those of the others on which nothing depends all the same."""
    shown: int = 0
    """Rules that something depends on, shown by a packet of fwlint's own."""
    inside: int = 0
    """Packets in a certain row of the table."""
    outside: int = 0
    different: int = 0
    verdicts: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.exports} exports: {self.idle} rules without which nothing changes, "
            f"{self.live} others ({self.shown} shown by a packet, {self.unsaid} without a "
            f"difference), {self.inside} packets in "
            f"certain rows of openings, {self.outside} in none, {self.different} packets that "
            f"fare otherwise in {self.verdicts} verdicts on changes"
        )


def rules_of(rulesets: Sequence[RuleSet]) -> dict[int, bool]:
    """The written rules by line, and whether each decides nothing; doubled lines are left out."""
    found: dict[int, list[bool]] = {}
    for each in written(subject_of(rulesets)):
        is_idle = each.never_matches or each.is_shadowed or each.is_redundant
        found.setdefault(each.rule.line, []).append(is_idle)
    return {line: idle[0] for line, idle in found.items() if len(idle) == 1}


def hold(export: Export, most: int, random: Random, tally: Tally) -> None:
    """Compares one export: its idle and its other rules, what is open, and what a change does."""
    tally.exports += 1
    _openings(export, random, tally)
    rules = rules_of(export.rulesets)
    lines = [line for line in sorted(rules) if line in export.without]
    for line in random.sample(lines, min(most, len(lines))):
        changed = export.without[line]()
        if rules[line]:
            tally.idle += 1
            _idle(export, changed, line, tally)
        else:
            compare_change(export, changed, f"line {line}", tally)


def _idle(export: Export, changed: Export, line: int, tally: Tally) -> None:
    for traffic, packet in _asked(export):
        before, after = export.fates(traffic, packet), changed.fates(traffic, packet)
        tally.verdicts += 1
        if before != after:
            tally.wrong.append(
                f"{traffic} {packet} fares otherwise without line {line}, which decides nothing"
            )


def _asked(export: Export) -> list[tuple[Traffic, Packet]]:
    return [
        (traffic, packet)
        for traffic, packets in export.packets.items()
        for packet in packets
        if is_believable(packet) and export.is_asked(traffic, packet)
    ]


def compare_change(export: Export, changed: Export, lost: str, tally: Tally) -> None:
    """Compares an export with the same without a rule on which something depends."""
    tally.live += 1
    found = [
        each
        for family in FAMILIES
        if all(any(family in one.families for one in its) for its in _both(export, changed))
        for each in differences(
            export.rulesets,
            changed.rulesets,
            family,
            _ROOM,
            _SECONDS,
        )
    ]
    # Checks of rules look at one base chain, and another one may drop the packets: docs/limits.md.
    tally.unsaid += not found
    plain = [each for each in found if each.change != "sent elsewhere"]
    for each in plain:
        _witness(export, changed, each, lost, tally)
    for traffic, packet in _asked(export):
        _changed(export, changed, plain, traffic, packet, lost, tally)


def _both(export: Export, changed: Export) -> tuple[tuple[RuleSet, ...], ...]:
    return export.rulesets, changed.rulesets


def _witness(
    export: Export, changed: Export, difference: Difference, lost: str, tally: Tally
) -> None:
    """The packet that `fwlint diff` shows: it fares otherwise."""
    packets = _first(difference)
    if packets == difference.space.false or difference.traffic not in export.packets:
        return
    packet, _ = difference.packet(packets)
    names = difference.names
    places = {(each.in_name, each.out_name) for each in export.packets[difference.traffic]}
    place = next(
        (
            (comes, leaves)
            for comes, leaves in sorted(places)
            if _is_at(packet.in_name, comes, names) and _is_at(packet.out_name, leaves, names)
        ),
        None,
    )
    if place is None:
        return
    packet = replace(packet, in_name=place[0], out_name=place[1])
    if not export.is_asked(difference.traffic, packet) or not firsts([packet]):
        return
    before = export.fates(difference.traffic, packet)
    after = changed.fates(difference.traffic, packet)
    tally.shown += 1
    if before & after:
        tally.wrong.append(
            f"{difference.traffic} {packet} is shown, and may fare the same without {lost}"
        )


def _is_at(shown: str | None, real: str | None, names: Sequence[str]) -> bool:
    """Whether an interface stands for another one, or the format has none."""
    return not real or class_of(shown or "", names) == class_of(real, names)


def _first(difference: Difference) -> PacketSet:
    """The certain packets that begin connections, with nothing that the wire does not show."""
    space, numbers = difference.space, difference.header.numbers
    packets = difference.outcome.certain & space.within(numbers["state"], ((NEW, NEW),))
    for name in _UNSEEN:
        packets &= space.within(numbers[name], ((0, 0),))
    return packets


def _changed(
    export: Export,
    changed: Export,
    found: Sequence[Difference],
    traffic: Traffic,
    packet: Packet,
    lost: str,
    tally: Tally,
) -> None:
    before, after = export.fates(traffic, packet), changed.fates(traffic, packet)
    tally.verdicts += 1
    tally.different += before != after
    its = [each for each in found if each.traffic == traffic and each.space.family == packet.family]
    if before != after and not any(_has(each, each.outcome.possible, packet) for each in its):
        tally.wrong.append(f"{traffic} {packet} fares otherwise without {lost}, unnoticed")
    if before & after and any(_has(each, each.outcome.certain, packet) for each in its):
        tally.wrong.append(f"{traffic} {packet} may fare the same without {lost}")


def _has(difference: Difference, packets: PacketSet, packet: Packet) -> bool:
    space, numbers = difference.space, difference.header.numbers
    values: dict[NumberField | NameField, int] = {
        name: getattr(packet, name) for name in (*_FIELDS, "state", *_UNSEEN)
    }
    for side in SIDES:
        told = getattr(packet, f"{side}_name") or ""
        # Where a format has no interfaces, packets come by any.
        is_there = side != missing_side(difference.traffic)
        name = class_of(told or ("eth0" if is_there else ""), difference.names)
        values[side] = space.names.index(name)
    for name, value in values.items():
        packets = packets & space.within(numbers[name], ((value, value),))
    return packets != space.false


def _openings(export: Export, random: Random, tally: Tally) -> None:
    sections = table(export.rulesets)
    names = {
        *names_in(export.rulesets),
        *(name for each in sections for row in each.rows for name in row.incoming + row.outgoing),
    }
    for traffic in _OPENED:
        its = [each for each in sections if each.traffic == traffic]
        if not all(each.is_decided for each in its) or not export.packets.get(traffic):
            continue
        rows = [row for each in its for row in each.rows]
        certain = [row for row in rows if row.certainty == "certain"]
        elsewhere = [
            replace(row, outgoing=())
            for each in sections
            if each.traffic != traffic
            for row in each.rows
            if row.sent_on
        ]
        like = firsts(export.packets[traffic])
        packets = firsts([*like, *(of_rows(certain, like, random) if like else ())])
        for packet in packets:
            is_asked = export.is_asked(traffic, packet) and export.is_listed(packet)
            if not (is_asked and is_believable(packet)):
                continue
            fates = export.fates(traffic, packet)
            named = replace(
                packet,
                in_name=export.names.get(packet.in_name or "", packet.in_name),
                out_name=export.names.get(packet.out_name or "", packet.out_name),
            )
            is_certain = any(has(row, named, names) for row in certain)
            is_told = is_certain or any(has(row, named, names) for row in (*rows, *elsewhere))
            tally.inside += is_certain
            tally.outside += not is_told
            if is_certain and fates != {"accept"}:
                tally.wrong.append(f"{traffic} {packet} is said to be open, and may be dropped")
            if not is_told and "accept" in fates:
                tally.wrong.append(f"{traffic} {packet} may pass, and no row tells it")

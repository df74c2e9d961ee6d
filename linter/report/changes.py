"""A comparison of two rule sets for people, for programs, and for a pull request."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import linter
from flowmodel.change import Change, Changed, Comparison, Decided
from flowmodel.ruleset import Traffic
from linter.report.json_data import packet_as_data, packets
from linter.report.visible import as_json, storable, visible

VERSION: Final = 1
_WAY: Final[dict[Traffic, str]] = {
    "input": "to the device itself",
    "forward": "through the device",
    "output": "from the device itself",
}
_TITLES: Final[dict[Change, str]] = {
    "opened": "Opened",
    "closed": "Closed",
    "sent elsewhere": "Sent elsewhere",
}
SAME: Final = "No packet is treated differently."
_NOT_ALL: Final = "Not everything could be compared."


def in_lines(found: Comparison) -> str:
    """The differences for people: what opened first, each with a packet and both verdicts."""
    lines = []
    for change, several in _by_change(found.changes):
        lines.append(f"{_TITLES[change]}:")
        for each in several:
            lines += [f"  {_headline(each)}", f"    packet: {each.packet_text}"]
            lines += [f"    before: {_side(each.before)}", *_moves(each.before)]
            lines += [f"    after:  {_side(each.after)}", *_moves(each.after)]
            lines += [f"    because: {reason}" for reason in _reasons(each)]
        lines.append("")
    return "\n".join(map(visible, [*lines, *_end(found)]))


def as_markdown(found: Comparison) -> str:
    """The differences as tables for a pull request."""
    lines = [f"### fwlint diff: {cell(found.old)} → {cell(found.new)}", ""]
    for change, several in _by_change(found.changes):
        lines += [f"**{_TITLES[change]}**", ""]
        lines += ["| what | example | before | after |", "|---|---|---|---|"]
        for each in several:
            sides = ("; ".join((_side(s), *map(str.strip, _moves(s)))) for s in each.sides)
            cells = (_headline(each), each.packet_text, *sides)
            lines.append("| " + " | ".join(map(cell, cells)) + " |")
        lines.append("")
    return "\n".join([*lines, *_end(found)])


def as_json_document(found: Comparison) -> str:
    """The differences for programs; docs/json.md describes the members."""
    document = {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "old": storable(found.old),
        "new": storable(found.new),
        "same": not found.changes and not found.undecided,
        "changes": [_as_data(each) for each in found.changes],
        "undecided": list(map(storable, found.undecided)),
    }
    return as_json(document, indent=2)


def _by_change(changes: Sequence[Changed]) -> Iterator[tuple[Change, list[Changed]]]:
    for change in _TITLES:
        if several := [each for each in changes if each.change == change]:
            yield change, sorted(several, key=lambda each: each.is_of_known)


def _headline(each: Changed) -> str:
    known = "packets of known connections: " if each.is_of_known else ""
    possibly = "possibly " if each.certainty == "possible" else ""
    way = _WAY[each.traffic].replace("the device", each.device or "the device")
    return f"{possibly}{known}{each.words}, {way}"


def _side(decided: Decided) -> str:
    if not decided.line:
        return f"{decided.verdict}: no chain sees it"
    return f"{decided.verdict}: {decided.path}:{decided.line}: {decided.text}"


def _moves(decided: Decided) -> list[str]:
    return [f"            translated by {rule}" for rule in decided.translations]


def _reasons(each: Changed) -> tuple[str, ...]:
    if each.certainty == "certain":
        return ()
    return tuple(dict.fromkeys(each.before.reasons + each.after.reasons))


def _end(found: Comparison) -> list[str]:
    if found.undecided:
        return [*found.undecided, _NOT_ALL]
    if not found.changes:
        return [SAME]
    counts = [f"{len(several)} {change}" for change, several in _by_change(found.changes)]
    return [f"Found {', '.join(counts)}; all other packets are treated alike."]


def cell(text: str) -> str:
    """Text of a user in a cell of a table: it can neither end it nor be Markdown."""
    shown = visible(text)
    for sign in "\\`*_[]<>|#":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


def _as_data(each: Changed) -> dict[str, Any]:
    return {
        "change": each.change,
        "device": storable(each.device),
        "hook": each.traffic,
        "family": each.family,
        "certainty": each.certainty,
        "opens_connections": not each.is_of_known,
        "text": storable(each.words),
        "packets": packets(each.affected),
        "witness": packet_as_data(each.packet),
        "before": _side_as_data(each.before),
        "after": _side_as_data(each.after),
    }


def _side_as_data(decided: Decided) -> dict[str, Any]:
    return {
        "verdict": decided.verdict,
        "path": storable(decided.path),
        "line": decided.line,
        "text": storable(decided.text),
        "reasons": list(map(storable, decided.reasons)),
        "translations": list(map(storable, decided.translations)),
    }

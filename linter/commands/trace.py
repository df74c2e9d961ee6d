"""`fwlint trace`: the rules that a packet passes, and the one that decides."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import parsers
from flowfiles.reach import TYPED, Typed
from flowmodel.addresses import address_in_words
from flowmodel.fields import PORT_PROTOCOLS
from flowmodel.memory import set_aside
from flowmodel.packet import Packet
from flowmodel.ruleset import Traffic
from fwlint.errors import UsageError
from fwlint.loading import read_once
from fwlint.names import Names
from fwlint.packets import parse_expression, read_packets
from fwlint.tracing import own_of, refuse_several, tracer_of
from linter.commands import output
from linter.commands.progress import reading
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import Trace, Way
from linter.report.visible import storable, visible
from parsers import ANYWHERE
from parsers.shared.context import Place

_BATCH = 10_000


def run_trace(
    exports: Sequence[str],
    hook: Traffic | None,
    packets: str,
    output_format: str,
    folders: Sequence[str] = (),
    place: Place = ANYWHERE,
    allowed: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> int:
    """Prints one answer a packet, and returns the exit status: 0 whatever the verdicts are.

    Without a hook, packets go where rules and the device's own addresses send them; `addresses`
    are all of those. Without a file of packets the last of the exports is the packet's expression.
    Exports may include files from `folders` too, and name files in `allowed`.
    """
    expression = ""
    if not packets:
        *exports, expression = exports
        if not exports:
            raise UsageError("expected at least one export, followed by the packet")
        one = parse_expression(expression)
    if hook and addresses:
        raise UsageError("--address says where packets go, and so does --hook; give one of them")
    own = own_of(addresses)
    read_once([*exports, packets])
    reach = Typed(output.folders(allowed))
    with reading([*exports, packets]):
        found = parsers.read_exports(exports, folders=folders, place=place, reach=reach)
    refuse_several(found, "choose one with --at")
    tracer = tracer_of(found, hook, own, is_placed=place != ANYWHERE)
    names = Names(found)
    try:
        with set_aside():
            if not packets:
                _print(tracer.traces([names.of(one)]), output_format)
                return 0
            with TYPED.open(packets) as stream:
                for batch in _batches(read_packets(stream, packets)):
                    _print(tracer.traces([names.of(packet) for packet in batch]), output_format)
    except TooComplexError as error:
        raise UsageError(f"too complex to decide: {error}") from None
    return 0


def _batches(packets: Iterator[Packet]) -> Iterator[list[Packet]]:
    while batch := list(islice(packets, _BATCH)):
        yield batch


def _print(answers: Sequence[Trace], output_format: str) -> None:
    for answer in answers:
        if output_format == "json":
            output.say_json(as_object(answer))
        else:
            output.say(in_lines(answer))


def as_object(answer: Trace) -> dict[str, Any]:
    """The answer as docs/trace.md describes it, for a line of JSON."""
    found: dict[str, Any] = {
        "verdict": answer.verdict,
        "path": storable(answer.path),
        "line": answer.line,
        "unread": list(map(storable, answer.unread)),
    }
    if answer.ways:
        found["ways"] = list(map(_way_as_object, answer.ways))
    return found


def _way_as_object(way: Way) -> dict[str, Any]:
    rules = [
        {"path": storable(rule.span.path), "line": rule.line, "text": storable(rule.text)}
        for rule in way.end.steps
    ]
    return {
        "hook": way.route or "prerouting",
        "dst": _address(way),
        "dport": way.dport,
        "if": list(way.conditions),
        **as_object(way.end),
        "ends": [
            {"verdict": end.verdict, "path": storable(end.path), "line": end.line}
            for end in way.end.ends
        ],
        "rules": rules,
    }


def in_lines(answer: Trace) -> str:
    """The answer for people: each rule with its place, then the verdict and its reasons.

    Where the packet may take several ways, each of them with its own verdict before that.
    """
    lines: list[str] = []
    if len(answer.ways) > 1:
        for way in answer.ways:
            lines += [f"  {_title(way)}", *_ending(way.end, "    ", all_ends=True)]
        depends = answer.verdict == "unknown"
        words = "it depends" if depends else "whichever way it takes"
        lines += [f"{answer.verdict}: {words}", *_because(answer, "")]
    else:
        lines += [f"  {_title(way)}" for way in answer.ways if way.route]
        lines += _ending(answer, "", all_ends=bool(answer.ways))
    return "\n".join(map(visible, lines))


def _ending(answer: Trace, indent: str, *, all_ends: bool) -> list[str]:
    rules = [f"{indent}  {rule.span.path}:{rule.line}: {rule.text}" for rule in answer.steps]
    ends = [
        f"{indent}  possibly {end.verdict}: {_place(end)}"
        for end in (answer.ends if all_ends else ())
    ]
    verdict = f"{indent}{answer.verdict}: {_place(answer)}"
    return [*rules, verdict, *ends, *_because(answer, indent)]


def _because(answer: Trace, indent: str) -> list[str]:
    return [f"{indent}  because: {text}" for text in answer.unread]


def _place(answer: Trace) -> str:
    if not answer.line:
        return "no chain sees it"
    return f"{answer.path}:{answer.line}: {answer.text}"


def _title(way: Way) -> str:
    """Where the packet goes on this way, and what that depends on."""
    under = f"if {' and '.join(way.conditions)}, " if way.conditions else ""
    to = _address(way)
    if way.proto in PORT_PROTOCOLS and way.dport is not None and to is not None:
        to = f"[{to}]:{way.dport}" if way.family == 6 else f"{to}:{way.dport}"
    match way.route:
        case "input":
            return f"{under}to the device itself, at {to or 'an address that it chooses'}"
        case "forward":
            return f"{under}through the device, to {to or 'an address that it chooses'}"
        case _:
            return "before it is known where the packet goes"


def _address(way: Way) -> str | None:
    if way.dst is None:
        return None
    return address_in_words(way.dst, way.family)

"""`fwlint trace`: the rules that a packet passes, and the one that decides."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import parsers
from flowfiles.reach import TYPED, Reach, Typed
from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet, Traffic, traffic_of
from linter.commands import output
from linter.commands.memory import set_aside
from linter.commands.names import Names
from linter.commands.output import UsageError
from linter.commands.packets import parse_expression, read_packets
from linter.engine.budget import TooComplexError
from linter.engine.device.trace import Trace, Tracer
from linter.report.visible import storable, visible
from parsers import ANYWHERE
from parsers.shared.context import Place

_BATCH = 10_000
_SHOWN = 5


def run_trace(
    exports: Sequence[str],
    hook: Traffic,
    packets: str,
    output_format: str,
    folders: Sequence[str] = (),
    place: Place = ANYWHERE,
    allowed: Sequence[str] = (),
) -> int:
    """Prints one answer a packet, and returns the exit status: 0 whatever the verdicts are.

    Without a file of packets the last of the exports is the packet's expression. Exports may
    include files from `folders` too, and name files in `allowed`.
    """
    expression = ""
    if not packets:
        *exports, expression = exports
        if not exports:
            raise UsageError("expected at least one export, followed by the packet")
        one = parse_expression(expression)
    output.read_once([*exports, packets])
    found = _rulesets(exports, folders, place, Typed(output.folders(allowed)))
    _check_hook(found, hook)
    tracer = Tracer(found, hook)
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


def _rulesets(
    exports: Sequence[str], folders: Sequence[str], place: Place, reach: Reach
) -> tuple[RuleSet, ...]:
    """The rule sets of one firewall; UsageError where the exports hold many and none is named."""
    found = parsers.read_exports(exports, folders=folders, place=place, reach=reach)
    places = [ruleset.place for ruleset in found if ruleset.place]
    if len(places) > 1:
        some = ", ".join(places[:_SHOWN]) + (", …" if len(places) > _SHOWN else "")
        raise UsageError(
            f"the exports contain {len(places)} firewalls; choose one with --at: {some}"
        )
    return found


def _check_hook(found: Sequence[RuleSet], hook: Traffic) -> None:
    """Raises UsageError for packets that never come to a firewall as they are asked about.

    The kernel lets pass what no chain sees, on a machine; a firewall between networks is none.
    """
    for ruleset in found:
        if ruleset.place and traffic_of(ruleset) == {"forward"} and hook != "forward":
            raise UsageError(
                f"the firewall {ruleset.place} only forwards packets; use --hook forward"
            )


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
    return {
        "verdict": answer.verdict,
        "path": storable(answer.path),
        "line": answer.line,
        "unread": list(map(storable, answer.unread)),
    }


def in_lines(answer: Trace) -> str:
    """The answer for people: each rule with its place, then the verdict and its reasons."""
    lines = [f"  {rule.span.path}:{rule.line}: {rule.text}" for rule in answer.steps]
    place = f"{answer.path}:{answer.line}: {answer.text}" if answer.line else "no chain sees it"
    lines.append(f"{answer.verdict}: {place}")
    lines += [f"  because: {text}" for text in answer.unread]
    return "\n".join(map(visible, lines))

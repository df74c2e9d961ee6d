"""The packets of a connection behind the first one: answers, and what follows.

pf passes what belongs to a state (pf_test_state_tcp, pf_test_state_udp) on the side that keeps it,
and turns its translations back; on a side without a state the rules judge each packet again.
"""

from collections.abc import Iterator
from typing import Literal

from flowmodel.fields import ACK, ESTABLISHED, NEW, ORIGINAL, SYN
from flowmodel.fields import REPLY as ANSWERS
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.verdict import Accept
from linter.engine.packet.interpret import interpret
from linter.engine.packet.state import Settled, State
from tests.oracles.pf.evaluate import SIDES, AskError, Passing, Pf, Traffic, Trial

Phase = Literal["reply", "later"]
_FLAGS: dict[Phase, int] = {"reply": SYN | ACK, "later": ACK}
_MIRROR: dict[Traffic, Traffic] = {"input": "output", "forward": "forward", "output": "input"}
_WORDS = {True: "accept", False: "drop"}


def opened(pf: Pf, packet: Packet, traffic: Traffic) -> Passing | None:
    """The first packet behind the firewall, if nothing unknown is needed to say so."""
    try:
        found = Trial(pf, {}).opens(packet, traffic)
    except AskError:
        return None
    if (
        found is None
        or isinstance(found.source, str)
        or found.source_port[0] != found.source_port[1]
    ):
        return None
    return found


def expected(pf: Pf, first: Passing, traffic: Traffic, phase: Phase) -> frozenset[str]:
    """What becomes of a later packet of the connection."""
    return pf.outcomes(lambda trial: _passes(trial, first, traffic, phase))


def _passes(trial: Trial, first: Passing, traffic: Traffic, phase: Phase) -> bool:
    """Whether the packet passes each side, by its state or by the rules."""
    is_answer = phase == "reply"
    packet, tag = first.packet, ""
    for side in reversed(SIDES[traffic]) if is_answer else SIDES[traffic]:
        if not trial.pf.is_enabled:
            continue
        if first.keeps(side):
            # pf_test: what belongs to a state gets the tag that its first packet got there.
            tag = dict(first.kept)[side] or tag
            continue
        # Without a state there is no translation on this side; on the other one there may be.
        ends = (packet.src, packet.sport), (first.target, first.target_port[0])
        if side == "in":
            ends = (packet.src, packet.sport), (packet.dst, packet.dport)
        (source, sport), (target, dport) = reversed(ends) if is_answer else ends
        direction = {"in": "out", "out": "in"}[side] if is_answer else side
        name = packet.in_name if side == "in" else packet.out_name
        sent = Passing(
            _with_flags(packet, _FLAGS[phase]), source, target, (sport, sport), (dport, dport), tag
        )
        passed = trial.side(sent, direction, name or "")
        if passed is None:
            return False
        tag = passed.tag
    return True


def _with_flags(packet: Packet, flags: int) -> Packet:
    made: Packet = replace(packet, tcp_flags=flags if packet.proto == 6 else 0)
    return made


def said(
    rulesets: tuple[RuleSet, ...], packet: Packet, traffic: Traffic, phase: Phase
) -> frozenset[str]:
    """What fwlint's simple interpreter says about a later packet of the connection."""
    start = _start(packet)
    words: set[str] = set()
    for first in interpret(rulesets, traffic, start).states:
        if isinstance(first.verdict, Accept):
            for state in _follow(rulesets, start, first, traffic, phase):
                words.add(_WORDS[isinstance(state.verdict, Accept)])
    return frozenset(words)


def _start(packet: Packet) -> State:
    ends = {"src": packet.src, "dst": packet.dst, "sport": packet.sport, "dport": packet.dport}
    numbers: dict[str, int | None] = {
        **ends,
        "proto": packet.proto,
        "icmp_type": packet.icmp_type,
        "icmp_code": 0,
        "tcp_flags": packet.tcp_flags,
        "state": NEW,
        "ct_dir": ORIGINAL,
        "ct_status": 0,
        "mark": 0,
        "ct_mark": None,
        "stateless": 0,
        "src_type": None,
        "dst_type": None,
        "rp_filter": None,
        "pkt_type": 0,
        "orig_proto": packet.proto,
        **{f"orig_{name}": value for name, value in ends.items()},
    }
    names = {"in": packet.in_name, "out": packet.out_name, "phys_in": "", "phys_out": ""}
    return State(numbers, {**names}, packet.family, tracked=NEW)


def _follow(
    rulesets: tuple[RuleSet, ...], start: State, first: State, traffic: Traffic, phase: Phase
) -> Iterator[State]:
    before, after = start.numbers, first.numbers
    numbers = {**before, "stateless": after["stateless"], "state": ESTABLISHED}
    if before["proto"] == 6:
        numbers["tcp_flags"] = _FLAGS[phase]
    if phase == "later":
        to = {name: after[name] for name in ("dst", "dport")}
        ends = {name: after[name] for name in ("src", "dst", "sport", "dport")}
        sent = start._replace(numbers=numbers, tracked=ESTABLISHED)
        yield from interpret(rulesets, traffic, sent, Settled(to, ends)).states
        return
    numbers |= {"src": after["dst"], "sport": after["dport"], "ct_dir": ANSWERS}
    numbers |= {"dst": after["src"], "dport": after["sport"]}
    back = {"dst": before["src"], "dport": before["sport"]}
    ends = {**back, "src": before["dst"], "sport": before["dport"]}
    names = {**start.names, "in": start.names["out"], "out": start.names["in"]}
    answer = start._replace(numbers=numbers, names=names, tracked=ESTABLISHED)
    yield from interpret(rulesets, _MIRROR[traffic], answer, Settled(back, ends)).states

"""The packets of a finding's example, one by one through the rules: the proof that it is true."""

from collections.abc import Iterator
from typing import Final, get_args

from flowmodel import fields
from flowmodel.affected import ErrorPhase, WitnessPhase
from flowmodel.record import NamedTuple
from flowmodel.ruleset import RuleSet
from flowmodel.verdict import Accept
from linter.engine.device.arrival import arrival
from linter.engine.device.ask import Answer
from linter.engine.device.connection import (
    LATER,
    OPENING,
    REPLY,
    TOO_BIG,
)
from linter.engine.device.conntrack import answer_type, fresh_state
from linter.engine.device.forms import alike, form_of
from linter.engine.device.mentions import asked_marks, owned_marks
from linter.engine.packet.interpret import Outcomes, interpret
from linter.engine.packet.state import Settled, State
from linter.engine.sets.space import Space
from linter.engine.sets.witness import Example

Phase = WitnessPhase
_MIRROR = {"input": "output", "output": "input", "forward": "forward"}
_FLAGS: dict[Phase, tuple[int, ...]] = {"opening": OPENING, "reply": REPLY, "later": LATER}
_FIRST: tuple[Phase, ...] = ("opening", "alone")
_ERRORS: Final = get_args(ErrorPhase)
_SOURCE = ("src", "sport", "src_type")
_GOAL = ("dst", "dport", "dst_type")


class Replay(NamedTuple):
    """What became of a packet, over all ways in which the first one of its connection passes."""

    outcomes: list[State]
    openings: list[State]
    """The outcomes of the first packet: the same, if it is what was asked about."""
    is_complete: bool
    """Whether these are all: there may be more ways than are followed."""
    by_arrival: tuple[list[State], ...] = ()
    """The outcomes for each form in which the packet surely comes to the device.

    There are several where devices before it translate on one of its paths and not on another.
    """


def kinds(chosen: Example, phase: Phase) -> tuple[int, ...]:
    """The TCP flags of the packets that a connection has in the phase, the first one first."""
    return _FLAGS.get(phase, (0,)) if chosen.values["proto"] == fields.TCP else (0,)


def replayed(
    answer: Answer,
    chosen: Example,
    phase: Phase,
    flags: int | None = None,
    *,
    everywhere: bool = False,
) -> Replay:
    """The outcomes of the phase's packet, over all ways in which the first one passes.

    It is the first packet of the phase, if no other flags are given. `everywhere`: it is none of
    those that the crossing was asked about, and comes as sent.
    """
    flags = kinds(chosen, phase)[0] if flags is None else flags
    with answer.firewall.budget.question():
        return _replayed(answer, chosen, phase, flags, everywhere=everywhere)


def _replayed(
    answer: Answer, chosen: Example, phase: Phase, flags: int, *, everywhere: bool
) -> Replay:
    space, rulesets = answer.space, answer.firewall.rulesets
    traffic, budget = answer.place.traffic, answer.firewall.budget
    outcomes: list[State] = []
    ended: list[State] = []
    by_arrival: list[list[State]] = []
    is_complete = True
    is_ours = answer.firewall.once(_marks_are_ours, rulesets)
    same = alike(space, chosen)
    for strand in answer.arrivals[:1] if everywhere else answer.arrivals:
        if not everywhere and same & strand.packets == space.false:
            continue
        before = len(ended), len(outcomes)
        state = arrival(space, chosen, strand.header)
        if phase != "alone":
            state = _first(state, form_of(answer, chosen))
        if is_ours:
            state = state._replace(numbers={**state.numbers, "mark": 0})
        for first in _at_interfaces(space, state):
            if budget.is_spent:
                is_complete = False
                break
            around, here = answer.firewall.around, answer.firewall.here
            found = interpret(rulesets, traffic, first, around=around, here=here, budget=budget)
            ended += found.states
            is_complete = is_complete and found.is_complete
            if phase in _FIRST:
                continue
            for opened in found.states:
                if isinstance(opened.verdict, Accept):
                    # Nobody knows whether both directions have been seen for long enough.
                    for assured in (0, fields.ASSURED):
                        after = _follow(answer, first, opened, phase, flags, assured)
                        outcomes += after.states
                        is_complete = is_complete and after.is_complete
        if same & space.always(strand.packets) != space.false:
            mine = ended[before[0] :] if phase in _FIRST else outcomes[before[1] :]
            by_arrival.append(mine)
    every = ended if phase in _FIRST else outcomes
    return Replay(every, ended, is_complete, tuple(by_arrival))


def _marks_are_ours(rulesets: tuple[RuleSet, ...]) -> bool:
    """Whether rules look only at bits of the mark that they set themselves: they are 0 at first."""
    return asked_marks(rulesets) & ~owned_marks(rulesets) == 0


def _at_interfaces(space: Space, state: State) -> Iterator[State]:
    """The packet at each interface that the rules tell apart, where the site does not name it."""
    open_ = [side for side in ("in", "out") if state.names[side] is None]
    if not open_:
        yield state
        return
    side = open_[0]
    others = [name for name in space.names if name not in ("", "lo")]
    which = "incoming" if side == "in" else "outgoing"
    reason = f"the {which} interface is unknown: name the machine's interfaces in the site file"
    for name in others:
        assumed = state.assumed if len(others) == 1 else (*state.assumed, (reason, True))
        at = state._replace(names={**state.names, side: name}, assumed=assumed)
        yield from _at_interfaces(space, at)


def _first(state: State, flags: int) -> State:
    numbers = {
        **state.numbers,
        "ct_dir": fields.ORIGINAL,
        "ct_status": 0,
        "stateless": 0,
        "tcp_flags": flags,
    }
    return state._replace(numbers=numbers, tracked=fields.NEW)


def _follow(
    answer: Answer, first: State, opened: State, phase: Phase, flags: int, assured: int
) -> Outcomes:
    """The outcomes of a later packet of the connection that `first` opened as `opened`."""
    rulesets = answer.firewall.rulesets
    traffic = opened.route or answer.place.traffic
    before, after = first.numbers, opened.numbers
    is_alone = after["state"] == fields.UNTRACKED
    proto = before["proto"] or 0
    kind = before["icmp_type"]
    if phase == "reply":
        kind = answer_type(first.family, kind)
    state = fresh_state(first.family, proto, kind or 0, flags) if is_alone else fields.ESTABLISHED
    status = after["ct_status"]
    known = fields.SEEN_REPLY | fields.CONFIRMED | assured
    common: dict[str, int | None] = {
        "icmp_type": kind,
        "tcp_flags": flags if proto == fields.TCP else 0,
        "ct_status": None if status is None else status | known,
        "ct_dir": fields.ORIGINAL,
        "stateless": after["stateless"],
    }
    if phase in _ERRORS:
        proto, kind, code = TOO_BIG[first.family]
        common |= {"proto": proto, "icmp_type": kind, "icmp_code": code, "tcp_flags": 0}
        state = fields.INVALID if is_alone else fields.RELATED
    if phase in ("later", "error", "own error"):
        names = {**first.names, "out": opened.names["out"]} if opened.route else first.names
        sent = first._replace(numbers={**before, **common}, names=names, tracked=state)
        to = {field: after[field] for field in _GOAL}
        if phase == "own error":
            sent = sent._replace(numbers={**sent.numbers, **to, "dst_type": None})
            return _sent_by_itself(answer, sent)
        # Routers send errors, and keep their addresses.
        settled = Settled(to, to if phase == "error" else {f: after[f] for f in (*_SOURCE, *_GOAL)})
        return interpret(rulesets, traffic, sent, settled, budget=answer.firewall.budget)
    swapped = _swapped(after, _SOURCE, _GOAL) | _swapped(after, _GOAL, _SOURCE)
    back = _swapped(before, _SOURCE, _GOAL)
    final = back | _swapped(before, _GOAL, _SOURCE)
    numbers = {**before, **common, **swapped, "ct_dir": fields.REPLY}
    leaving = opened.names["out"] if opened.route else first.names["out"]
    ends = {"in": leaving, "out": first.names["in"]}
    replied = first._replace(numbers=numbers, names={**first.names, **ends}, tracked=state)
    if phase == "own answer error":
        return _sent_by_itself(
            answer, replied._replace(numbers={**numbers, **back, "dst_type": None})
        )
    settled = Settled(back, back if phase == "answer error" else final)
    return interpret(rulesets, _MIRROR[traffic], replied, settled, budget=answer.firewall.budget)


def _swapped(
    numbers: dict[str, int | None], end: tuple[str, ...], other: tuple[str, ...]
) -> dict[str, int | None]:
    """One end of a packet as the other end of its answer."""
    return {new: numbers[old] for old, new in zip(end, other, strict=True)}


def _sent_by_itself(answer: Answer, error: State) -> Outcomes:
    """The outcomes of an error that the device sends: no translation is about it any more."""
    own = error._replace(
        numbers={**error.numbers, "src_type": fields.LOCAL}, names={**error.names, "in": ""}
    )
    return interpret(answer.firewall.rulesets, "output", own, budget=answer.firewall.budget)

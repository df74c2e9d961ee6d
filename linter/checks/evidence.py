"""What proves a finding: the deciding rule, a witness that was replayed, extent, reasons."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from linter.engine.conntrack import fresh_state
from linter.engine.interpret import Settled, State, interpret
from linter.engine.passage import Situation
from linter.engine.space import PacketSet, Space
from linter.engine.survey import Answered
from linter.engine.trace import CrossCheckError
from linter.engine.witness import Example, arrival, example, projected
from linter.engine.words import packets_in_words
from linter.model import fields
from linter.model.fields import NumberField
from linter.model.finding import Certainty, Destinations
from linter.model.ruleset import Chain
from linter.model.source import Span
from linter.model.verdict import Accept, Reject

Phase = Literal["opening", "reply", "later"]
_MIRROR: dict[Situation, Situation] = {"input": "output", "output": "input", "forward": "forward"}
_LIMIT = 256
_DESTINATION: tuple[NumberField, ...] = ("dst", "proto", "dport")
_ENDS = ("src", "dst", "sport", "dport")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The proof of one finding, ready to be put into it."""

    span: Span
    label: str
    text: str
    certainty: Certainty
    witness: str
    extent: str
    reasons: tuple[str, ...]
    trace: tuple[str, ...]
    example: Example
    where: str
    """Where a rule would have to stand to decide otherwise."""
    destinations: Destinations | None


def blocked(
    answered: Answered, certain: PacketSet, possible: PacketSet, phase: Phase = "opening"
) -> Evidence:
    """The proof that packets of the set are blocked; `certain` is used where it is not empty.

    The two sets hold opening packets, also where it is the answer that is blocked.
    """
    return _evidence(answered, certain, possible, phase, accepts=False)


def accepted(answered: Answered, certain: PacketSet, possible: PacketSet) -> Evidence:
    """The proof that packets of the set pass."""
    return _evidence(answered, certain, possible, "opening", accepts=True)


def _evidence(
    answered: Answered, certain: PacketSet, possible: PacketSet, phase: Phase, *, accepts: bool
) -> Evidence:
    space = answered.firewall.matcher.space
    is_certain = certain != space.false
    packets = certain if is_certain else possible
    chosen = example(space, packets)
    flags = {"opening": fields.SYN, "reply": fields.SYN | fields.ACK, "later": fields.ACK}[phase]
    outcomes = _replayed(answered, chosen, phase, flags)
    fitting = [o for o in outcomes if isinstance(o.verdict, Accept) == accepts]
    if not fitting or (is_certain and len(fitting) < len(outcomes)):
        raise CrossCheckError(f"sets and rules disagree about {chosen} on {_name(answered)}")
    decided = fitting[0]
    reasons = tuple(dict.fromkeys(text.strip() for o in outcomes for text in o.unread))
    span, label, text = _place(answered, decided, accepts=accepts)
    return Evidence(
        span=span,
        label=label,
        text=text,
        certainty="certain" if is_certain else "possible",
        witness=_in_words(answered, chosen, phase),
        extent=packets_in_words(space, packets),
        reasons=() if is_certain else reasons,
        trace=tuple(f"{rule.span.path}:{rule.line}: {rule.text}" for rule in decided.path),
        example=chosen,
        where=_where(decided),
        destinations=_destinations(space, packets),
    )


def _destinations(space: Space, packets: PacketSet) -> Destinations | None:
    """Where the packets go; None where there are too many intervals to be listed."""
    addresses, protocols, ports = (
        projected(space, packets, field, _LIMIT) for field in _DESTINATION
    )
    if max(len(addresses), len(protocols), len(ports)) > _LIMIT:
        return None
    return Destinations(space.family, addresses, protocols, ports)


def _name(answered: Answered) -> str:
    return answered.question.crossing.device.name


def _replayed(answered: Answered, chosen: Example, phase: Phase, flags: int) -> list[State]:
    """The outcomes of the phase's packet, over all ways in which the first one passes."""
    space = answered.firewall.matcher.space
    rulesets = answered.firewall.rulesets
    situation = answered.question.crossing.situation
    outcomes: list[State] = []
    for strand in answered.arrivals:
        if not _holds(space, strand.packets, chosen):
            continue
        for first in _at_interfaces(space, _first(arrival(space, chosen, strand.header), chosen)):
            found = interpret(rulesets, situation, first)
            if phase == "opening":
                outcomes += found
                continue
            for opened in found:
                if isinstance(opened.verdict, Accept):
                    # Nobody knows whether both directions have been seen for long enough.
                    for assured in (0, fields.ASSURED):
                        outcomes += _follow(answered, first, opened, phase, flags, assured)
    return outcomes


def _at_interfaces(space: Space, state: State) -> Iterator[State]:
    """The packet at each interface that the rules tell apart, where the site does not name it."""
    open_ = [side for side in ("in", "out") if state.names[side] is None]
    if not open_:
        yield state
        return
    side = open_[0]
    others = [name for name in space.names if name not in ("", "lo")]
    reason = f"the {side} interface is not known: name the machine's interfaces in the site file"
    for name in others:
        assumed = state.assumed if len(others) == 1 else (*state.assumed, (reason, True))
        at = replace(state, names={**state.names, side: name}, assumed=assumed)
        yield from _at_interfaces(space, at)


def _holds(space: Space, packets: PacketSet, chosen: Example) -> bool:
    """Whether the packet may be in the set, whatever its flags."""
    one = space.true
    for field in ("src", "dst", "proto", "sport", "dport"):
        value = chosen.values[field]
        one = one & space.within(space.fields[field], ((value, value),))
    return one & packets != space.false


def _first(state: State, chosen: Example) -> State:
    numbers = {
        **state.numbers,
        "ct_dir": fields.ORIGINAL,
        "ct_status": 0,
        "tcp_flags": fields.SYN if chosen.values["proto"] == fields.TCP else 0,
    }
    return replace(state, numbers=numbers, tracked=fields.NEW)


def _follow(
    answered: Answered, first: State, opened: State, phase: Phase, flags: int, assured: int
) -> list[State]:
    """The outcomes of a later packet of the connection that `first` opened as `opened`."""
    rulesets = answered.firewall.rulesets
    situation = answered.question.crossing.situation
    before, after = first.numbers, opened.numbers
    is_alone = after["state"] == fields.UNTRACKED
    proto = before["proto"] or 0
    state = fields.ESTABLISHED
    if is_alone:
        state = fresh_state(first.family, proto, before["icmp_type"] or 0, flags)
    status = after["ct_status"]
    known = fields.SEEN_REPLY | fields.CONFIRMED | assured
    common: dict[str, int | None] = {
        "tcp_flags": flags if proto == fields.TCP else 0,
        "ct_status": None if status is None else status | known,
        "ct_dir": fields.ORIGINAL,
    }
    if phase == "later":
        sent = replace(first, numbers={**before, **common}, tracked=state)
        to = {field: after[field] for field in ("dst", "dport")}
        everything = {field: after[field] for field in _ENDS}
        return interpret(rulesets, situation, sent, Settled(to, everything))
    swapped = {
        "src": after["dst"],
        "sport": after["dport"],
        "dst": after["src"],
        "dport": after["sport"],
    }
    back = {"dst": before["src"], "dport": before["sport"]}
    final = {**back, "src": before["dst"], "sport": before["dport"]}
    numbers = {**before, **common, **swapped, "ct_dir": fields.REPLY}
    names = {"in": first.names["out"], "out": first.names["in"]}
    answer = replace(first, numbers=numbers, names={**first.names, **names}, tracked=state)
    return interpret(rulesets, _MIRROR[situation], answer, Settled(back, final))


def _place(answered: Answered, decided: State, *, accepts: bool) -> tuple[Span, str, str]:
    """Where the verdict stands, what it does, and its text."""
    what = "accepted here" if accepts else "dropped here"
    if isinstance(decided.verdict, Reject):
        what = "rejected here"
    if decided.rule is not None:
        return decided.rule.span, what, decided.rule.text
    if decided.chain is not None:
        return decided.chain.span, f"{what}, by the default policy", _policy(decided.chain)
    device = answered.question.crossing.device
    return device.span, "no rule or chain of the export sees the packet", "no chain"


def _where(decided: State) -> str:
    if decided.rule is not None:
        return f"before {decided.rule.span.path}:{decided.rule.line}"
    return f"in {decided.chain.name}" if decided.chain else "in a chain that sees it"


def _policy(chain: Chain) -> str:
    return f"default policy of {chain.name}"


def _in_words(answered: Answered, chosen: Example, phase: Phase) -> str:
    crossing = answered.question.crossing
    names = [
        f"{side} {name}"
        for side, name in (("in", crossing.in_name), ("out", crossing.out_name))
        if name
    ]
    kind = {"opening": "", "reply": "answer to ", "later": "later packet of "}[phase]
    return " ".join([f"{kind}{chosen}", *names])

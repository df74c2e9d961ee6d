"""The proof of a finding about packets: one of them, sent through the rules once more.

The sets that a check works with come from one implementation of what rules do, the proof from
another one (`engine/packet/interpret.py`). A finding of which the two do not say the same is never
printed: CrossCheckError is a fault of fwlint, whichever of the two is wrong.
"""

from typing import TYPE_CHECKING

from flowmodel.fields import ACK, ESTABLISHED, FIN, ICMP, ICMPV6, PSH, SYN, NumberField
from flowmodel.finding import Destinations, Related
from flowmodel.match import Test
from flowmodel.packet import flags_in_words
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule
from flowmodel.values import full
from flowmodel.verdict import Accept
from linter.checks.affected import Everywhere, affected, witness
from linter.checks.deciding import before, misled, of_verdict, unfollowed
from linter.checks.evidence import Decided, Evidence
from linter.checks.remedies import Blocked, Remedy, remedy
from linter.engine.budget import TooComplexError
from linter.engine.device.ask import Answer
from linter.engine.device.connection import TOO_BIG, Outcome
from linter.engine.device.forms import form_of
from linter.engine.device.replay import Phase, Replay, kinds, replayed
from linter.engine.packet.interpret import OUTCOME_LIMIT, CrossCheckError
from linter.engine.packet.state import State
from linter.engine.packet.steps import steps
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.witness import Example, example, protocol_name
from linter.engine.sets.words import packets_in_words

if TYPE_CHECKING:
    from linter.checks.goals import Goal


_LIMIT = 256
_FLAGS = {ACK: "ack", PSH | ACK: "psh, ack", FIN | ACK: "fin, ack"}
_DESTINATION: tuple[NumberField, ...] = ("dst", "proto", "dport")


@dataclass(frozen=True, slots=True)
class Case:
    """What a finding is about: opening packets at a crossing, also where the answer is blocked.

    The witness is one of `packets`; `everywhere` has all of the same finding, place by place.
    """

    answer: Answer
    packets: Outcome
    everywhere: Everywhere
    phase: Phase = "opening"
    goal: "Goal | None" = None
    rule: Rule | None = None
    """The rule that the sets name, for a packet with more outcomes than are followed."""
    doubts: tuple[str, ...] = ()
    """What the site leaves open there, for what is not certain."""

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answer.space

    def whole(self) -> Outcome:
        """The packets of all places."""
        return Outcome(
            self.space.union(each.certain for _, each in self.everywhere),
            self.space.union(each.possible for _, each in self.everywhere),
        )


def blocked(about: Case) -> Evidence:
    """The proof that packets of the case are blocked, or sent to a wrong place."""
    return _evidence(about, accepts=False)


def accepted(about: Case) -> Evidence:
    """The proof that packets of the case pass."""
    return _evidence(about, accepts=True)


def _evidence(about: Case, *, accepts: bool) -> Evidence:
    """The proof; raises TooComplexError where too many were asked for."""
    with about.answer.firewall.budget.question():
        return _proof(about, accepts=accepts)


def _proof(about: Case, *, accepts: bool) -> Evidence:
    answer, space = about.answer, about.space
    is_certain = about.packets.certain != space.false
    chosen = example(space, about.packets.certain if is_certain else about.packets.possible)
    flags, replay = _outcomes(about, chosen, accepts=accepts)
    outcomes, openings, is_complete, _ = replay
    if not (outcomes or openings or is_complete):
        raise TooComplexError(f"the ways of {chosen} through {answer.firewall.name}")
    fitting = [each for each in outcomes if accepts in _arrivals(about, chosen, each)]
    if is_certain and fitting:
        # What is dropped by a list of bans or else by the default policy needs no list.
        plainest = min(fitting, key=lambda each: each.assumptions)
        fitting.sort(key=lambda each: each.rule is not plainest.rule)

    # Sets that call something certain have excluded all other outcomes, so the interpreter may find
    # none, unless it had to guess a field: it follows both values where the sets know one.
    opposed = _is_opposed(about, chosen, replay, accepts=accepts)
    is_exact = all(each.is_exact for each in outcomes)
    if (is_complete and not fitting) or (is_certain and is_exact and opposed):
        name = answer.firewall.name
        raise CrossCheckError(f"sets and rules disagree about {chosen} on {name}")
    # Of several outcomes, the one by the rule that the finding is about.
    mine = (each for each in fitting if about.rule is not None and each.rule is about.rule)
    decided = next(mine, [*fitting, *outcomes, *openings][0])
    is_misled = bool(fitting) and not accepts and isinstance(decided.verdict, Accept)
    if not fitting:
        place = unfollowed(answer, decided, about.rule)
    elif is_misled:
        place = misled(answer, chosen, decided)
    else:
        place = of_verdict(answer, decided)
    unread = (text.strip() for each in outcomes for text in each.unread)
    reasons = tuple(dict.fromkeys((*about.doubts, *unread)))
    if not is_complete:
        reasons = (*reasons[:8], f"and more: there are over {OUTCOME_LIMIT} possible outcomes")
    whole = about.whole()
    extent = _extent(space, whole, is_certain=is_certain)
    where = before(decided)
    lost = whole.certain if is_certain else whole.possible
    missing = Blocked(answer, lost, about.goal, chosen, decided, is_misled)
    told = affected(space, about.everywhere)
    mended = Remedy("") if accepts else remedy(missing, extent, told)
    return Evidence(
        Related(place.span, place.label, place.title),
        text=place.text,
        certainty="certain" if is_certain else "possible",
        witness=witness_words(answer, chosen, about.phase, flags),
        example=witness(answer, chosen, about.phase),
        extent=extent,
        affected=told,
        reasons=() if is_certain else reasons,
        trace=tuple(f"{rule.span.path}:{rule.line}: {rule.text}" for rule in steps(decided)),
        where=where,
        remedy=mended.words,
        missing=mended.missing if is_certain and about.phase == "opening" else (),
        destinations=destinations(space, whole.possible),
        untracked=_untracked(answer, decided),
        is_misled=is_misled,
        decided=None if accepts or is_misled else Decided(answer.firewall.rulesets, decided),
    )


def _is_opposed(about: Case, chosen: Example, replay: Replay, *, accepts: bool) -> bool:
    """Whether an outcome is another one, and none of its paths is sure to give the right one."""

    def is_other(state: State) -> bool:
        return _arrivals(about, chosen, state) != (accepts,)

    if not any(map(is_other, replay.outcomes)):
        return False
    # What passes on one path passes, whatever becomes of it on the others.
    return not accepts or all(not mine or any(map(is_other, mine)) for mine in replay.by_arrival)


def _outcomes(about: Case, chosen: Example, *, accepts: bool) -> tuple[int, Replay]:
    """What becomes of the packets of the phase, and the flags of the one that is shown.

    A connection works if each of its packets passes, and fails if one of them does not.
    """
    found = [
        (flags, replayed(about.answer, chosen, about.phase, flags))
        for flags in kinds(chosen, about.phase)
    ]
    if accepts:
        outcomes = [state for _, replay in found for state in replay.outcomes]
        openings = [state for _, replay in found for state in replay.openings]
        is_complete = all(replay.is_complete for _, replay in found)
        by_arrival = found[0][1].by_arrival if len(found) == 1 else ()
        return found[0][0], Replay(outcomes, openings, is_complete, by_arrival)

    def passes(one: tuple[int, Replay]) -> tuple[bool, bool]:
        ways = {way for each in one[1].outcomes for way in _arrivals(about, chosen, each)}
        return True in ways, False not in ways

    return min(found, key=passes)


def _untracked(answer: Answer, decided: State) -> str:
    """Why the packet is not known by its connection, at one side of the device or at both."""
    is_known = decided.tracked == decided.numbers["state"] == ESTABLISHED
    if not is_known or decided.numbers["stateless"]:
        return "this connection is not tracked"
    base = decided.chain.base if decided.chain else None
    if decided.chain is None or base is None or base.hook not in ("prerouting", "postrouting"):
        return ""
    return (
        ""
        if answer.firewall.once(_asks_for_states, decided.chain)
        else "no rule there matches on connection state"
    )


def _asks_for_states(chain: Chain) -> bool:
    rules = (rule for rule in chain.rules if not rule.is_given)
    conditions = (condition for rule in rules for condition in rule.match)
    return any(isinstance(each, Test) and each.field == "state" for each in conditions)


def _arrivals(about: Case, chosen: Example, state: State) -> tuple[bool, ...]:
    """Whether the outcome is that the packet gets where it should; both where nobody knows."""
    if not isinstance(state.verdict, Accept):
        return (False,)
    if about.goal is None:
        return (True,)
    reached = about.goal.is_reached(chosen, state)
    return (True, False) if reached is None else (reached,)


def _extent(space: Space, whole: Outcome, *, is_certain: bool) -> str:
    if not is_certain:
        return packets_in_words(space, whole.possible)
    words = packets_in_words(space, whole.certain)
    rest = minus(whole.possible, whole.certain)
    return words if rest == space.false else f"{words}; possibly {packets_in_words(space, rest)}"


def _too_big(answer: Answer) -> str:
    proto, kind, code = TOO_BIG[answer.space.family]
    return f"{protocol_name(proto)} type {kind} code {code}"


def destinations(space: Space, packets: PacketSet) -> tuple[Destinations, ...]:
    """Where the packets go; nothing where there are too many intervals to be listed."""
    addresses, protocols, ports = (
        projected(space, packets, field, _LIMIT) for field in _DESTINATION
    )
    if max(len(addresses), len(protocols), len(ports)) > _LIMIT:
        return ()
    types = codes = full(8)
    messages = packets & space.within(space.fields["proto"], ((ICMP, ICMP), (ICMPV6, ICMPV6)))
    if messages != space.false:
        types, codes = (
            projected(space, messages, field, _LIMIT) for field in ("icmp_type", "icmp_code")
        )
    return (Destinations(space.family, addresses, protocols, ports, types, codes),)


def witness_words(answer: Answer, chosen: Example, phase: Phase, flags: int = 0) -> str:
    """The packet with its interfaces: `tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan0`.

    TCP flags are told where the packet is not the first one of its phase, and where systems send
    other ones.
    """
    place = answer.place
    names = [
        f"{side} {name}" for side, name in (("in", place.in_name), ("out", place.out_name)) if name
    ]
    told = f" ({_FLAGS[flags]})" if flags in kinds(chosen, phase)[1:] else ""
    kind = {
        "opening": "",
        "alone": "",
        "reply": f"reply{told} to ",
        "later": f"later packet{told} of ",
        "error": f"{_too_big(answer)} to the destination of ",
        "answer error": f"{_too_big(answer)} to the source of ",
        "own error": f"own {_too_big(answer)} to the destination of ",
        "own answer error": f"own {_too_big(answer)} to the source of ",
    }[phase]
    form = form_of(answer, chosen) if phase == "opening" else 0
    forms = [f"flags {flags_in_words(form)}"] if form not in (0, SYN) else []
    return " ".join([f"{kind}{chosen}", *forms, *names])

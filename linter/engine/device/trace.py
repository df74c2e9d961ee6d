"""The verdict on single packets, from packet sets, each checked by the simple interpreter."""

from collections.abc import Sequence

from flowmodel.fields import (
    ESTABLISHED,
    FAMILIES,
    FOR_MANY,
    LOCAL,
    RELATED,
    REPLY,
    UNICAST,
    Family,
)
from flowmodel.packet import Packet
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet, Traffic
from flowmodel.values import Values, contains, difference
from flowmodel.verdict import Accept, Reject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.bounds import Bound, Bounds
from linter.engine.device.headers import missing_side
from linter.engine.device.mentions import names_in
from linter.engine.packet.interpret import CrossCheckError, Outcomes, outcomes, stages
from linter.engine.packet.routing import (
    Own,
    Routed,
    assumptions,
    behind_routing,
    is_whether,
    leads_of,
    shown_own,
)
from linter.engine.packet.state import Known, State
from linter.engine.packet.steps import steps

_ONLY = {True: frozenset({"accept"}), False: frozenset({"drop"})}
_BOTH = frozenset({"accept", "drop"})


@dataclass(slots=True)
class Trace:
    """What happens to one packet.

    `verdict` is accept, drop, reject or unknown; `possible` holds what may happen, out of accept
    and drop. It is decided by `rule`, or else by the default policy of `chain`. `ways` are those
    that the packet may take, where nobody said which one it takes. An unknown verdict has `ends`:
    what else may happen to the packet, and where.
    """

    verdict: str
    possible: frozenset[str]
    rule: Rule | None
    chain: Chain | None
    steps: tuple[Rule, ...]
    unread: tuple[str, ...]
    ways: "tuple[Way, ...]" = ()
    ends: "tuple[Trace, ...]" = ()

    @property
    def text(self) -> str:
        """The deciding rule as the export has it."""
        return self.rule.text if self.rule else "default policy"

    @property
    def path(self) -> str:
        """The file of the deciding rule or chain."""
        if self.rule:
            return self.rule.source.path
        return self.chain.span.path if self.chain else ""

    @property
    def line(self) -> int:
        """The line of the deciding rule or chain; 0 where no chain sees the packet."""
        if self.rule:
            return self.rule.line
        return self.chain.span.line if self.chain else 0


@dataclass(slots=True)
class Way:
    """One way that a packet may take: to the machine (`input`), through it, or neither (empty).

    `dst` and `dport` are where it then goes to; None where the device chooses.
    """

    route: str
    family: Family
    proto: int
    dst: int | None
    dport: int | None
    conditions: tuple[str, ...]
    """Whose the addresses are then, in words, where nobody knows."""
    end: Trace


class Tracer:
    """Rule sets made ready for many packets in one traffic, or for wherever they go by themselves.

    For input and forward a packet enters before prerouting, as on the wire.
    """

    def __init__(self, rulesets: Sequence[RuleSet], traffic: Traffic | Own) -> None:
        self._bounds = Bounds(rulesets, traffic)
        self._spoken = frozenset[Family]().union(*(each.families for each in rulesets))
        self._traffic = traffic
        enters: Traffic = "input" if isinstance(traffic, Own) else traffic
        self._ways = {family: stages(rulesets, enters, family) for family in FAMILIES}
        self._leaving = {
            family: behind_routing(stages(rulesets, "forward", family)) for family in FAMILIES
        }
        self._leads = {family: leads_of(rulesets, family) for family in FAMILIES}
        self._local = {family: shown_own(rulesets).local(family) for family in FAMILIES}
        self._names = frozenset(names_in(rulesets)) - {"lo"}
        self._budget = Budget()

    def traces(self, packets: Sequence[Packet]) -> list[Trace]:
        """One answer for each packet.

        Raises TooComplexError, and CrossCheckError where sets and interpreter disagree.
        """
        asked = [packet for packet in packets if packet.family in self._spoken]
        bounds = iter(self._bounds.of(asked))
        return [
            self._trace(packet, next(bounds)) if packet.family in self._spoken else _untold(packet)
            for packet in packets
        ]

    def _trace(self, packet: Packet, bound: Bound) -> Trace:
        with self._budget.question():
            found, is_complete = self._outcomes(packet)
        if is_complete:
            _compare(packet, bound, found)
        if not found:
            raise TooComplexError("more ways through the rules than can be followed")
        certain, possible = bound
        chosen, unread = found[0], _reasons(found)
        verdict, verdicts = "unknown", _BOTH
        if certain == possible:
            # What the interpreter cannot know may have outcomes that the sets exclude.
            found = [each for each in found if isinstance(each.verdict, Accept) == certain] or found
            # What is dropped by an unknown match or else by the default policy needs no match.
            chosen = min(found, key=lambda each: each.assumptions)
            is_reject = not certain and all(isinstance(o.verdict, Reject) for o in found)
            verdict = "accept" if certain else "reject" if is_reject else "drop"
            verdicts, unread = _ONLY[certain], ()
        ways = _ways_of(found) if isinstance(self._traffic, Own) else ()
        ends = _ends(found) if certain != possible else ()
        path = steps(chosen)
        return Trace(verdict, verdicts, chosen.rule, chosen.chain, path, unread, ways, ends)

    def _outcomes(self, packet: Packet) -> Outcomes:
        way, start = (
            self._ways[packet.family],
            start_of(packet, self._traffic, self._names, self._local[packet.family]),
        )
        if not isinstance(self._traffic, Own):
            return outcomes(way, start, budget=self._budget)
        family = packet.family
        here = self._traffic.here(family)
        elsewhere = self._traffic.elsewhere(family, leaves=bool(packet.out_name))
        leads = () if packet.out_name else self._leads[family]
        fork = Routed(
            here,
            elsewhere,
            self._leaving[family],
            self._traffic.local(family),
            self._traffic.takes_unknown(family),
            leads,
        )
        found = [outcomes(way, each, fork=fork, budget=self._budget) for each in fork.starts(start)]
        states = [state for each in found for state in each.states]
        return Outcomes(states, all(each.is_complete for each in found))


def _untold(packet: Packet) -> Trace:
    """The answer on a packet of a family that no export speaks of: its rules are elsewhere."""
    reason = f"the exports say nothing about IPv{packet.family}"
    return Trace("unknown", _BOTH, None, None, (), (reason,))


def _ways_of(found: Sequence[State]) -> tuple[Way, ...]:
    """The ways of the outcomes, each with what becomes of the packet there."""
    several: dict[tuple[str, int | None, int | None], list[State]] = {}
    for each in found:
        key = (each.route, each.numbers["dst"], each.numbers["dport"])
        several.setdefault(key, []).append(each)
    return tuple(_way(*key, states) for key, states in several.items())


def _way(route: str, dst: int | None, dport: int | None, states: Sequence[State]) -> Way:
    chosen = min(states, key=lambda each: each.assumptions)
    possible = frozenset().union(*(_ONLY[isinstance(s.verdict, Accept)] for s in states))
    unread: tuple[str, ...] = ()
    ends: tuple[Trace, ...] = ()
    verdict = "unknown"
    if len(possible) > 1:
        chosen, unread, ends = states[0], _reasons(states), _ends(states)
    elif "accept" in possible:
        verdict = "accept"
    else:
        verdict = "reject" if all(isinstance(s.verdict, Reject) for s in states) else "drop"
    end = Trace(verdict, possible, chosen.rule, chosen.chain, steps(chosen), unread, (), ends)
    told = assumptions(states)
    return Way(route, chosen.family, chosen.numbers["proto"] or 0, dst, dport, told, end)


def _ends(found: Sequence[State]) -> tuple[Trace, ...]:
    """Each place that may decide, with the shortest list of what must hold for that."""
    ends: dict[tuple[int, ...], Trace] = {}
    for each in sorted(found, key=lambda each: each.assumptions):
        is_accepted = isinstance(each.verdict, Accept)
        key = (is_accepted, id(each.rule), id(each.chain))
        if key not in ends:
            verdict = "reject" if isinstance(each.verdict, Reject) else "drop"
            verdict = "accept" if is_accepted else verdict
            possible = _ONLY[is_accepted]
            ends[key] = Trace(verdict, possible, each.rule, each.chain, steps(each), ())
    return tuple(ends.values())


def _reasons(found: Sequence[State]) -> tuple[str, ...]:
    """What the verdict depends on; whose an address is only where that makes a difference."""
    texts = dict.fromkeys(text for each in found for text in each.unread)
    return tuple(dict.fromkeys(text.strip() for text in texts if _matters(text, found)))


def _matters(text: str, found: Sequence[State]) -> bool:
    if not is_whether(text):
        return True
    yes, no = (
        {isinstance(each.verdict, Accept) for each in found if (text, answer) in each.assumed}
        for answer in (True, False)
    )
    return bool(yes and no) and yes != no


def start_of(packet: Packet, traffic: Traffic | Own, names: frozenset[str], local: Values) -> State:
    """The packet as the interpreter takes it; what nobody knows of it is None.

    `local` are the addresses of the machine itself, of those that it takes in packets for.
    """
    here = packet.src, packet.sport
    there = packet.dst, packet.dport
    # What began a connection is the other end's packet, to an answer (without translation).
    began, answered = (there, here) if packet.ct_dir == REPLY else (here, there)
    numbers: dict[str, int | None] = {
        "src": packet.src,
        "dst": packet.dst,
        "proto": packet.proto,
        "sport": packet.sport,
        "dport": packet.dport,
        "icmp_type": packet.icmp_type,
        "icmp_code": packet.icmp_code,
        "tcp_flags": packet.tcp_flags,
        "state": packet.state,
        "ct_dir": packet.ct_dir,
        "ct_status": None if packet.state in (ESTABLISHED, RELATED) else 0,
        "mark": packet.mark,
        "ct_mark": None,
        "stateless": 0,
        "src_type": LOCAL if traffic == "output" else None,
        "dst_type": None,
        "rp_filter": None,
        "pkt_type": packet.pkt_type,
        "orig_src": began[0],
        "orig_dst": answered[0],
        "orig_proto": packet.proto,
        "orig_sport": began[1],
        "orig_dport": answered[1],
    }
    if traffic == "input" and packet.pkt_type == UNICAST:
        alone = difference(local, FOR_MANY[packet.family])
        numbers["dst_type"] = LOCAL if contains(alone, packet.dst) else None
    if packet.state == RELATED:
        # It has the connection that it is about, which it does not tell.
        numbers |= dict.fromkeys(name for name in numbers if name.startswith("orig_"))
    # An interface that nobody told is any but the loopback one; of bridge ports nobody tells.
    sides: dict[str, Known] = {
        "in": packet.in_name or names,
        "out": packet.out_name or names,
        "phys_in": None,
        "phys_out": None,
    }
    if missing := missing_side(traffic):
        sides[missing] = ""
    return State(numbers, sides, packet.family, tracked=packet.state)


def traced(
    rulesets: Sequence[RuleSet], traffic: Traffic | Own, packets: Sequence[Packet]
) -> list[Trace]:
    """One answer for each packet; raises as Tracer.traces does."""
    return Tracer(rulesets, traffic).traces(packets)


def _compare(packet: Packet, bound: Bound, found: Sequence[State]) -> None:
    """Compare both answers; the interpreter's may be wider only where it is not exact."""
    certain, possible = bound
    from_sets = {True} if certain else {True, False} if possible else {False}
    from_rules = {isinstance(each.verdict, Accept) for each in found}
    is_exact = all(each.is_exact for each in found)
    if from_sets != from_rules and (is_exact or not from_sets <= from_rules):
        raise CrossCheckError(f"sets say {from_sets}, rules say {from_rules} for {packet}")

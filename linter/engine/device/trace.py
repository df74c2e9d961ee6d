"""The verdict on single packets, from packet sets, each checked by the simple interpreter."""

from collections.abc import Sequence

from flowmodel.fields import ESTABLISHED, FAMILIES, FOR_MANY, LOCAL, RELATED, REPLY, UNICAST
from flowmodel.packet import Packet
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet, Traffic
from flowmodel.values import contains
from flowmodel.verdict import Accept, Reject
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.bounds import Bound, Bounds
from linter.engine.device.headers import missing_side
from linter.engine.device.mentions import names_in
from linter.engine.packet.interpret import outcomes, stages
from linter.engine.packet.state import Known, State

_ONLY = {True: frozenset({"accept"}), False: frozenset({"drop"})}
_BOTH = frozenset({"accept", "drop"})


class CrossCheckError(Exception):
    """The two implementations disagree: a defect of fwlint, never printed as a verdict."""


@dataclass(slots=True)
class Trace:
    """What happens to one packet.

    `verdict` is accept, drop, reject or unknown; `possible` holds what may happen, out of accept
    and drop. It is decided by `rule`, or else by the default policy of `chain`.
    """

    verdict: str
    possible: frozenset[str]
    rule: Rule | None
    chain: Chain | None
    steps: tuple[Rule, ...]
    unread: tuple[str, ...]

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


class Tracer:
    """Rule sets made ready for many packets in one traffic.

    For input and forward a packet enters before prerouting, as on the wire.
    """

    def __init__(self, rulesets: Sequence[RuleSet], traffic: Traffic) -> None:
        self._bounds = Bounds(rulesets, traffic)
        self._ways = {family: stages(rulesets, traffic, family) for family in FAMILIES}
        self._names = frozenset(names_in(rulesets)) - {"lo"}
        self._missing = missing_side(traffic)
        self._budget = Budget()

    def traces(self, packets: Sequence[Packet]) -> list[Trace]:
        """One answer for each packet.

        Raises TooComplexError, and CrossCheckError where sets and interpreter disagree.
        """
        bounds = self._bounds.of(packets)
        return [self._trace(*each) for each in zip(packets, bounds, strict=True)]

    def _trace(self, packet: Packet, bound: Bound) -> Trace:
        with self._budget.question():
            found, is_complete = outcomes(
                self._ways[packet.family], self._start(packet), budget=self._budget
            )
        if is_complete:
            _compare(packet, bound, found)
        if not found:
            raise TooComplexError("more ways through the rules than can be followed")
        certain, possible = bound
        chosen = found[0]
        if certain == possible:
            # What the interpreter cannot know may have outcomes that the sets exclude.
            found = [each for each in found if isinstance(each.verdict, Accept) == certain] or found
            # What is dropped by an unknown match or else by the default policy needs no match.
            chosen = min(found, key=lambda each: each.assumptions)
            is_reject = not certain and all(isinstance(o.verdict, Reject) for o in found)
            verdict = "accept" if certain else "reject" if is_reject else "drop"
            return Trace(verdict, _ONLY[certain], chosen.rule, chosen.chain, chosen.path, ())
        unread = tuple(dict.fromkeys(text.strip() for each in found for text in each.unread))
        return Trace("unknown", _BOTH, chosen.rule, chosen.chain, chosen.path, unread)

    def _start(self, packet: Packet) -> State:
        """The packet as the interpreter takes it; what nobody knows of it is None."""
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
            "src_type": None,
            "dst_type": None,
            "rp_filter": None,
            "pkt_type": packet.pkt_type,
            "orig_src": began[0],
            "orig_dst": answered[0],
            "orig_proto": packet.proto,
            "orig_sport": began[1],
            "orig_dport": answered[1],
        }
        if self._missing == "in":
            numbers["src_type"] = LOCAL
        elif self._missing == "out" and packet.pkt_type == UNICAST:
            is_for_many = contains(FOR_MANY[packet.family], packet.dst)
            numbers["dst_type"] = None if is_for_many else LOCAL
        if packet.state == RELATED:
            # It has the connection that it is about, which it does not tell.
            numbers |= dict.fromkeys(name for name in numbers if name.startswith("orig_"))
        # An interface that nobody told is any but the loopback one.
        names: dict[str, Known] = {
            "in": packet.in_name or self._names,
            "out": packet.out_name or self._names,
            "phys_in": "",
            "phys_out": "",
        }
        if self._missing:
            names[self._missing] = ""
        return State(numbers, names, packet.family, tracked=packet.state)


def traced(rulesets: Sequence[RuleSet], traffic: Traffic, packets: Sequence[Packet]) -> list[Trace]:
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

"""Which rule lets which packets through a crossing."""

from collections.abc import Iterator, Sequence

from flowmodel.fields import NEW, TCP, UDP
from flowmodel.match import Condition, IsFamily, Masked, Name, Test, leaves
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import FILTER, Chain, Rule, Table, Traffic
from flowmodel.values import Values, full, size
from flowmodel.verdict import Accept, Lead
from linter.engine.device.ask import Answer
from linter.engine.device.connection import with_flags, without_flags
from linter.engine.device.forms import FORMS
from linter.engine.device.passage import ChainResult
from linter.engine.device.walk import Region
from linter.engine.sets.header import Header
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space, minus

_NO_ENDS = frozenset({"state", "ct_dir", "stateless", "tcp_flags", "proto"})
_PORT_RANGES = 4096
_HALF = 1 << 15


@dataclass(frozen=True, slots=True)
class Opening:
    """What one rule lets through; without a rule it is a default policy, or no chain at all."""

    rule: Rule | None
    packets: PacketSet
    region: Region | None = None
    result: ChainResult | None = None
    """Where the rule stands, and the base chain from which it was reached."""

    @property
    def ports(self) -> Values:
        """The destination ports that the rule names; all of them where it names none."""
        for condition in self.rule.match if self.rule else ():
            if isinstance(condition, Test) and condition.field == "dport":
                return condition.values
        return full(16)


def openings(answer: Answer, excess: PacketSet) -> Iterator[Opening]:
    """The packets of the excess, by the rule of the main chain that lets them through.

    What a platform lets through whatever the rules say is nobody's opening.
    """
    space = answer.space
    if excess == space.false:
        return
    seen: list[PacketSet] = []
    found: dict[Rule | None, Opening] = {}
    for result in main_chain(answer):
        for region in result.regions:
            if is_accepted(region):
                mine = without_flags(space, space.some(region.packets & excess))
                if mine != space.false:
                    seen.append(mine)
                    for opening in _split(answer, region, result, mine):
                        before = found.get(opening.rule)
                        packets = opening.packets | before.packets if before else opening.packets
                        found[opening.rule] = replace(opening, packets=packets)
    yield from (each for each in found.values() if not (each.rule and each.rule.is_given))
    rest = minus(excess, space.union(seen))
    if rest != space.false:
        yield Opening(None, rest)


def is_accepted(region: Region) -> bool:
    """Whether the region is of packets that the base chain sees, and accepts."""
    is_unseen = bool(region.rules) and all(rule.is_unseen for rule in region.rules)
    return isinstance(region.verdict, Accept) and not is_unseen


def _split(
    answer: Answer, region: Region, result: ChainResult, packets: PacketSet
) -> Iterator[Opening]:
    if len(region.rules) <= 1:
        rule = region.rules[0] if region.rules else None
        yield Opening(rule, packets, region, result)
        return
    space = answer.space
    rest = packets
    for rule in region.rules:
        match = answer.firewall.matcher.match(rule.match, result.header)
        mine = rest & without_flags(space, space.some(match))
        if mine != space.false:
            yield Opening(rule, mine, region, result)
            # The first match decides; where it is open, or for some flags, later ones may too.
            missed = minus(with_flags(space, mine, FORMS), space.always(match))
            rest = minus(rest, minus(mine, without_flags(space, missed)))


def main_chain(answer: Answer) -> list[ChainResult]:
    """The filter chain of the crossing's own hook, once for each strand of packets.

    Where several chains filter there, it is the one nearest to priority `filter` that has rules.
    Packets that a translation sends through a machine are result by its forward chain instead.
    A firewall that judges packets only where they arrive and leave (pf) has its chains there.
    """
    traffic = answer.place.traffic
    traffics: tuple[Traffic, ...] = ("input", "forward") if traffic == "input" else (traffic,)
    own = [result for traffic in traffics for result in _nearest(answer, frozenset({traffic}))]
    return own or _nearest(answer)


def decide_beside(others: Sequence[Chain], seen: Sequence[Chain]) -> bool:
    """Whether one of the other base chains might be the main one, if packets came to it too."""
    judging = [each for each in others if each.base and each.base.judges]
    nearest = min(
        (_distance(each) for each in seen if each.base and each.base.judges), default=None
    )
    return any(
        nearest is None
        or (each.base is not None and len(each.base.judges) == 1)
        or _distance(each) <= nearest
        for each in judging
    )


def _nearest(answer: Answer, judges: frozenset[Traffic] | None = None) -> list[ChainResult]:
    """The chain nearest to priority `filter` that judges this traffic alone, or any at all."""
    own = [
        result
        for result in answer.connections.passage.results
        if result.chain.base is not None
        and (result.chain.base.judges == judges if judges else result.chain.base.judges)
    ]
    if not own:
        return []
    nearest = min((each.chain for each in own), key=_distance)
    return [result for result in own if result.chain is nearest]


def _distance(chain: Chain) -> tuple[bool, int]:
    return not chain.rules, round(abs((chain.base.priority if chain.base else FILTER) - FILTER))


def permits_everything(answer: Answer, opening: Opening, asked: PacketSet) -> bool:
    """Whether the rule by itself matches every source, destination and service that may arrive."""
    if opening.rule is None:
        return True
    if not all(map(_may_be_wide, opening.rule.match)) or not _is_reached_plainly(answer, opening):
        return False
    space = answer.space
    match = answer.firewall.matcher.match(opening.rule.match, new_header(answer))
    everything = with_flags(space, asked, FORMS)
    cube = space.cube("src", "dst", "dport", "sport", "proto")
    return space.always(match).forall(cube) & everything.exists(cube) != space.false


def is_wide(space: Space, packets: PacketSet) -> bool:
    """Whether the packets go to more than half of all ports, of TCP or of UDP."""
    for proto in (TCP, UDP):
        mine = packets & space.within(space.fields["proto"], ((proto, proto),))
        if size(projected(space, mine, "dport", _PORT_RANGES)) > _HALF:
            return True
    return False


def _is_reached_plainly(answer: Answer, opening: Opening) -> bool:
    """Whether only jumps without conditions of their own lead to the rule's chain."""
    if opening.region is None or opening.result is None:
        return True
    table, base = opening.result.table, opening.result.chain
    return opening.region.chain in answer.firewall.once(_plainly_reached, table, base)


def _plainly_reached(table: Table, base: Chain) -> frozenset[Chain]:
    found, known = [base], {id(base)}
    for chain in found:
        for rule in chain.rules:
            if isinstance(rule.verdict, Lead) and not any(map(_narrows, rule.match)):
                target = table.chains[rule.verdict.chain]
                if id(target) not in known:
                    known.add(id(target))
                    found.append(target)
    return frozenset(found)


def _may_be_wide(condition: Condition) -> bool:
    """Whether first packets of every source, destination and service may fulfil the condition.

    This only saves work: the sets tell.
    """
    return all(
        each.field in _NO_ENDS
        if isinstance(each, Test | Masked)
        else isinstance(each, Name | IsFamily)
        for each in leaves((condition,))
    )


def _narrows(condition: object) -> bool:
    """Whether the condition can be about more than interfaces and states."""
    return not isinstance(condition, Name | IsFamily) and not (
        isinstance(condition, Test) and condition.field == "state"
    )


def beside(answer: Answer, rule: Rule, required: PacketSet) -> PacketSet:
    """Other ports of the machines that a flow goes to, if the rule carries the flow."""
    space = answer.space
    carries = space.some(answer.firewall.matcher.match(rule.match, new_header(answer)))
    return (carries & required).exists(space.cube("src", "dport", "sport"))


def new_header(answer: Answer) -> Header:
    """The header of first packets as they arrive."""
    space = answer.space
    header = answer.arrivals[0].header.with_number("state", space.constant(NEW, 3))
    return header.with_number("stateless", space.constant(0, 2))

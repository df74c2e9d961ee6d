"""Which rules let the packets of a line pass, and what it depends on where that is not certain."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.fields import TCP, UDP, UNICAST
from flowmodel.opened import By
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Chain, Rule
from flowmodel.values import Values, contains
from flowmodel.verdict import Accept
from linter.engine.budget import TooComplexError
from linter.engine.device.arrival import arrival
from linter.engine.device.asked import Asked, accepting
from linter.engine.device.connection import without_flags
from linter.engine.device.forms import form_of
from linter.engine.device.passage import ChainResult, Strand
from linter.engine.device.walk import Region
from linter.engine.packet.interpret import CrossCheckError, Outcomes, interpret
from linter.engine.packet.state import WHOSE, State
from linter.engine.sets.full import count
from linter.engine.sets.lines import Line, Pair
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.witness import Example, example

SHOWN = 3
"""How many rules of a line are named."""
_MOST = 2_000
"""How many rules of a line are counted one by one."""
_DEPENDING = 12
"""Of how many rules of a line it is told what they depend on."""
_VARIABLES = 512
SERVICES: Final[Values] = ((TCP, TCP), (UDP, UDP))
"""The protocols in which nearly all services are offered."""
NO_CHAIN = By("no chain", "no chain of the exports sees them", tells_forwarding=False)


class _Size(NamedTuple):
    """How many packets: of TCP and UDP, and in all."""

    services: float
    every: float

    def plus(self, other: "_Size") -> "_Size":
        return _Size(self.services + other.services, self.every + other.every)


class _Share(NamedTuple):
    """What a rule lets pass of some packets: how many, and these."""

    by: By
    size: _Size
    packets: tuple[PacketSet, ...]


def by_rule(rule: Rule) -> By:
    """A rule with its place."""
    return By("rule", rule.text, rule.span)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one rule lets pass, or some that were joined, or a default policy."""

    result: ChainResult
    region: Region
    packets: PacketSet

    @property
    def chain(self) -> Chain:
        """The base chain."""
        return self.result.chain


def _by_policy(chain: Chain) -> By:
    is_its = chain.base is not None and chain.base.judges == {"forward"}
    return By("policy", f"default policy of {chain.name}", chain.span, tells_forwarding=is_its)


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """Some parts, and all packets of them: most lines have to do with a few parts only."""

    packets: PacketSet
    below: "_Part | tuple[_Tree, _Tree]"


def _tree(parts: Sequence[_Part]) -> _Tree:
    if len(parts) == 1:
        return _Tree(parts[0].packets, parts[0])
    half = len(parts) // 2
    left, right = _tree(parts[:half]), _tree(parts[half:])
    return _Tree(left.packets | right.packets, (left, right))


class Deciding:
    """The rules of one question, ready to be asked about its lines."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._codes = asked.codes()
        space = asked.space
        self._services = space.within(space.fields["proto"], SERVICES)
        parts = [
            _Part(result, region, without_flags(space, space.some(region.packets)))
            for result, region in accepting(asked.answer)
            if not (region.rules and all(rule.is_given for rule in region.rules))
        ]
        self._parts = _tree(parts) if parts else None

    def by(self, line: Line) -> tuple[tuple[By, ...], int]:
        """The rules that let the line's packets pass, the widest first, and how many more."""
        return self.by_of(line.packets)

    def by_of(self, packets: PacketSet) -> tuple[tuple[By, ...], int]:
        """The rules that let these packets pass, those first that open most TCP and UDP."""
        several, more = self._shares(packets)
        return tuple(each.by for each in several[:SHOWN]), more + max(0, len(several) - SHOWN)

    def _shares(self, packets: PacketSet) -> tuple[list[_Share], int]:
        """What each rule lets pass of these packets, the most first, and how many were too many."""
        space = self._asked.space
        found: dict[object, _Share] = {}
        rest, more = packets, 0
        for part, hit in self._hit(self._parts, packets):
            rest = minus(rest, part.packets)
            for key, by, its in self._split(part, hit):
                if len(found) == _MOST:
                    more += 1
                    continue
                before = found.get(key, _Share(by, _Size(0.0, 0.0), ()))
                size = before.size.plus(self._size(its))
                found[key] = _Share(by, size, (*before.packets, its))
        if rest != space.false:
            found[None] = _Share(NO_CHAIN, self._size(rest), (rest,))
        # Where rules open as much as a default policy, it comes first, and another check tells it.
        ranked = sorted(
            found.values(), key=lambda each: (*each.size, each.by.kind != "rule"), reverse=True
        )
        return ranked, more

    def _size(self, packets: PacketSet) -> "_Size":
        space = self._asked.space
        services = count(space, packets & self._services, _VARIABLES)
        return _Size(services, count(space, packets, _VARIABLES))

    def _hit(self, tree: "_Tree | None", packets: PacketSet) -> Iterator[tuple[_Part, PacketSet]]:
        """The parts that have some of the packets, with these."""
        if tree is None:
            return
        self._asked.answer.firewall.budget.spend()
        hit = tree.packets & packets
        if hit == self._asked.space.false:
            return
        if isinstance(tree.below, _Part):
            yield tree.below, hit
            return
        for each in tree.below:
            yield from self._hit(each, hit)

    def _split(self, part: _Part, hit: PacketSet) -> Iterator[tuple[object, By, PacketSet]]:
        rules = part.region.rules
        if not rules:
            yield id(part.chain), _by_policy(part.chain), hit
        elif len(rules) == 1:
            yield id(rules[0]), by_rule(rules[0]), hit
        else:
            space, firewall = self._asked.space, self._asked.answer.firewall
            for rule in rules:
                firewall.budget.spend()
                match = firewall.matcher.match(rule.match, part.result.header)
                mine = hit & without_flags(space, space.some(match))
                if mine != space.false:
                    yield id(rule), by_rule(rule), mine

    def reasons(
        self, line: Line, arrivals: Sequence[Strand], *, is_certain: bool
    ) -> tuple[str, ...]:
        """What it depends on whether the line's packets pass, as the interpreter sees it.

        A line may be of several rules, each with something of its own that it depends on: one
        packet of each is asked about. Raises CrossCheckError where the interpreter lets pass no
        such packet, or not for certain.
        """
        if is_certain:
            self._unread(line, arrivals, line.packets, is_certain=True)
            return ()
        space = self._asked.space
        found: dict[str, None] = {}
        several, more = self._shares(line.packets)
        for each in several[:_DEPENDING]:
            its = space.union(each.packets)
            unread = self._unread(line, arrivals, its, is_certain=False)
            found |= dict.fromkeys(unread)
        more += max(0, len(several) - _DEPENDING)
        return (*found, *((f"what else {more} more rules depend on",) if more else ()))

    def _unread(
        self, line: Line, arrivals: Sequence[Strand], packets: PacketSet, *, is_certain: bool
    ) -> tuple[str, ...]:
        """What the way of one of these packets depends on."""
        asked = self._asked
        chosen, names, here = self._example(line, packets)
        flags = form_of(asked.answer, chosen, here)
        told: tuple[str, ...] = ()
        for strand in arrivals:
            if not contains(strand.box["dst"], chosen.values["dst"]):
                continue
            state = arrival(asked.space, chosen, strand.header)
            numbers = {**state.numbers, "tcp_flags": flags}
            if is_certain and numbers["pkt_type"] is None:
                numbers["pkt_type"] = UNICAST
            state = state._replace(names={**state.names, **names}, numbers=numbers)
            found = self._interpreted(state)
            if not found.states:
                raise TooComplexError(f"the ways of {chosen}")
            passes = list(map(self._passes, found.states))
            if not found.is_complete or any(passes):
                is_exact = all(each.is_exact for each in found.states)
                if is_certain and is_exact and (told or not all(passes)):
                    break
                return (*told, *(text.strip() for each in found.states for text in each.unread))
            # What does not pass as sent to the device may pass as sent to others.
            told = (WHOSE,)
        raise CrossCheckError(f"sets and rules disagree about {chosen}")

    def _interpreted(self, state: State) -> Outcomes:
        firewall = self._asked.answer.firewall
        return interpret(
            firewall.rulesets,
            self._asked.answer.place.traffic,
            state,
            around=firewall.around,
            here=firewall.here,
            budget=firewall.budget,
        )

    def _passes(self, state: State) -> bool:
        is_input = self._asked.answer.place.traffic == "input"
        return isinstance(state.verdict, Accept) and not (is_input and state.route == "forward")

    def _example(self, line: Line, packets: PacketSet) -> tuple[Example, dict[str, str], PacketSet]:
        """One of the packets, with its interfaces, and all packets of these interfaces."""
        asked, space = self._asked, self._asked.space
        names: dict[str, str] = {}
        way = space.true
        pair: Pair = min(line.ends.pairs)
        for side, bits in asked.sides.items():
            place = tuple(asked.sides).index(side)
            for name in (*pair[place : place + 1], *asked.names):
                its = space.within(bits, self._codes[name])
                here = packets & its
                if here != space.false:
                    packets, names[side] = here, name
                    way &= its
                    break
        cube = space.true
        for bits in asked.sides.values():
            for bit in bits:
                cube &= bit
        return example(space, packets.exists(cube)), names, way

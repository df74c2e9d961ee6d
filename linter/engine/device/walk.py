"""A set of packets on its way through one base chain: which rule decides which part of it."""

from collections.abc import Iterable

from flowmodel import fields
from flowmodel.fields import ADDRESS_FIELDS
from flowmodel.match import Condition, Match, Name, Test, name_holds
from flowmodel.record import NamedTuple, dataclass, field
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.values import intersection, overlaps
from flowmodel.verdict import (
    ACCEPT,
    DROP,
    ESCAPE,
    Accept,
    Continue,
    CopyMark,
    Denial,
    Effect,
    Goto,
    Jump,
    NoTrack,
    Return,
    SetMark,
    Unknown,
    UnknownMark,
    Verdict,
)
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.deferred import Deferred, large
from linter.engine.device.program import Program, Step, rules_of
from linter.engine.sets.header import Header
from linter.engine.sets.matching import Matcher
from linter.engine.sets.ranges import LONG
from linter.engine.sets.space import Bits, Box, PacketSet, Space, minus

DEFERRED = 16
"""How many very large sets may wait at once: later rules look at each of them."""
VISITS = 8
"""From how many visits on a chain is summarized: most are called a few times, with few packets."""
DEPTH_LIMIT = 200
"""How deep chains may call each other; nftables allows 16 (NFT_JUMP_STACK_SIZE)."""


class Region(NamedTuple):
    """Packets of one verdict, and the rules that gave it; no rules: the chain's default policy.

    Regions of one walk are disjoint. Several rules were joined because they differ in one field.
    There is none for rules that drop a very large set: what they drop is in no region, or in that
    of a default policy that drops too.
    """

    packets: PacketSet
    verdict: Verdict
    rules: tuple[Rule, ...]
    chain: Chain


class Summary(NamedTuple):
    """What a chain does with all packets of a question, whoever calls it."""

    regions: tuple[Region, ...]
    returned: PacketSet


@dataclass(slots=True)
class Walk:
    """One walk; `header` is what the rules see, and marks that rules set are part of it."""

    matcher: Matcher
    program: Program
    table: Table
    header: Header
    box: Box
    regions: list[Region]
    tells_drops: bool = True
    """Whether it matters which packets are dropped: else very large sets wait, see `deferred`."""
    excluded: dict[Condition, bool] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    depth: int = 0
    returns: dict[Chain, PacketSet] = field(default_factory=dict)
    """Packets that came back from a chain, and would come back from it again: nothing changed."""
    asked: PacketSet | None = None
    """All packets that entered the base chain."""
    visits: dict[Chain, int] = field(default_factory=dict)
    summaries: dict[Chain, Summary] = field(default_factory=dict)
    narrowed: dict[Condition, PacketSet] = field(default_factory=dict)
    """What long lists say of the values in the box."""
    deferred: list[Deferred] = field(default_factory=list)
    """What rules have dropped, and is still among the live packets until a later rule needs it."""

    def base_chain(self, chain: Chain, live: PacketSet) -> None:
        """Append the regions of all live packets to `regions`."""
        self.asked = live
        rest = self._chain(chain, live)
        if chain.end == ACCEPT:
            rest = self._left(rest, ())
        if rest != self.matcher.space.false:
            self.regions.append(Region(rest, chain.end, (), chain))

    def _chain(self, chain: Chain, live: PacketSet) -> PacketSet:
        """The packets that come back from the chain, by RETURN or at its end."""
        space = self.matcher.space
        returned = space.false
        if live == space.false:
            return live
        for step in self.program.steps(chain):
            if self._outside(step):
                continue
            if self._puts_off(step, live):
                continue
            hit = self._matching(step.match) & live
            if self.deferred and hit != space.false:
                hit = self._left(hit, step.match)
            if hit == space.false:
                continue
            live, back = self._decide(step, chain, live, hit)
            returned = returned | back
            if live == space.false:
                break
        return live | returned

    def _matching(self, match: Match) -> PacketSet:
        """The packets that fulfil the conditions, of those that the question is about.

        There may be others among them. Of a long list, only what it says of the question's values
        counts: a rule that combines two lists is about few pairs of these.
        """
        lists = [
            each
            for each in match
            if isinstance(each, Test)
            and len(each.values) > LONG
            and each.field in ADDRESS_FIELDS
            and each.field in self.box
        ]
        if not lists:
            return self.matcher.match(match, self.header)
        rest = tuple(each for each in match if each not in lists)
        found = self.matcher.match(rest, self.header)
        for each in lists:
            if each not in self.narrowed:
                self.narrowed[each] = self._narrowed(each)
            found = self.narrowed[each] & found
        return found

    def _narrowed(self, test: Test) -> PacketSet:
        space, values = self.matcher.space, intersection(test.values, self.box[test.field])
        if len(values) > LONG:
            return self.matcher.condition(test, self.header)
        return space.once(self.header.numbers[test.field], values)

    def _puts_off(self, step: Step, live: PacketSet) -> bool:
        """Whether what the step drops was noted down, to be subtracted where it is needed."""
        is_drop = isinstance(step.verdict, Denial) and not step.effects
        if self.tells_drops or not is_drop or len(self.deferred) == DEFERRED:
            return False
        found = large(step.match)
        if found is None:
            return False
        others = tuple(each for each in step.match if each is not found)
        reached = self.matcher.match(others, self.header) & live
        if reached != self.matcher.space.false:
            self.deferred.append(Deferred(reached, self.header.numbers[found.field], found.values))
        return True

    def _left(self, packets: PacketSet, match: Match) -> PacketSet:
        """Those packets that no deferred drop has taken; all fulfil the match."""
        for each in self.deferred:
            packets = each.without(self.matcher.space, packets, match, self.header)
        return packets

    def _decide(
        self, step: Step, chain: Chain, live: PacketSet, hit: PacketSet
    ) -> tuple[PacketSet, PacketSet]:
        """What is live after the step, and what returns from the chain by it."""
        space = self.matcher.space
        for effect in step.effects:
            self._apply(effect, hit)
        match step.verdict:
            case Continue():
                return live, space.false
            case Return():
                return minus(live, hit), hit
            case Jump(name):
                return minus(live, hit) | self._call(name, hit), space.false
            case Goto(name):
                return minus(live, hit), self._call(name, hit)
            case Unknown(text, escapes):
                end = ESCAPE if escapes else ACCEPT
                return self._unknown(text, end, step, chain, live, hit), space.false
            case verdict:
                self.regions.append(Region(hit, verdict, rules_of(step), chain))
                return minus(live, hit), space.false

    def _call(self, name: str, hit: PacketSet) -> PacketSet:
        """The packets that come back from a chain that a rule jumps or goes to."""
        if self.depth == DEPTH_LIMIT:
            raise TooComplexError(f"chains that are nested more than {DEPTH_LIMIT} deep")
        chain = self.table.chains[name]
        visits = self.visits[chain] = self.visits.get(chain, 0) + 1
        if visits > VISITS and self.program.is_plain(self.table, chain):
            return self._summarized(chain, hit)
        known = self.returns.get(chain, self.matcher.space.false) & hit
        header, unknowns = self.header, self.matcher.visits
        self.depth += 1
        returned = self._chain(chain, minus(hit, known))
        self.depth -= 1
        if self.header is header and self.matcher.visits == unknowns:
            before = self.returns.get(chain, self.matcher.space.false)
            self.returns[chain] = before | returned
        return returned | known

    def _summarized(self, chain: Chain, hit: PacketSet) -> PacketSet:
        """What `_call` says of a plain chain, from what becomes of all packets in it.

        A chain that changes nothing and knows no dice does with each packet the same at each visit,
        whichever others come with it. Without this, chains that call the next one twice each would
        be walked as often as there are ways to the last one.
        """
        summary = self.summaries.get(chain)
        if summary is None:
            summary = self.summaries[chain] = self._summary(chain)
        for region in summary.regions:
            packets = region.packets & hit
            if packets != self.matcher.space.false:
                self.regions.append(region._replace(packets=packets))
        return summary.returned & hit

    def _summary(self, chain: Chain) -> Summary:
        assert self.asked is not None, "a chain is called from a base chain"
        before = self.regions, self.deferred, self.tells_drops
        # Drops that wait belong to the packets of one visit: a summary must tell its own.
        self.regions, self.deferred, self.tells_drops = [], [], True
        self.depth += 1
        returned = self._chain(chain, self.asked)
        self.depth -= 1
        made = Summary(_merged(self.matcher.space, self.regions), returned)
        self.regions, self.deferred, self.tells_drops = before
        return made

    def _unknown(
        self, text: str, end: Accept, step: Step, chain: Chain, live: PacketSet, hit: PacketSet
    ) -> PacketSet:
        ends = hit & self.matcher.unknown_visit(text)
        passes = self.matcher.unknown_visit(text)
        self.regions.append(Region(ends & passes, end, rules_of(step), chain))
        self.regions.append(Region(minus(ends, passes), DROP, rules_of(step), chain))
        return minus(live, ends)

    def _outside(self, step: Step) -> bool:
        """Whether a condition cannot hold for any packet of the question."""
        self.budget.spend()
        for condition in step.match:
            known = self.excluded.get(condition)
            if known is None:
                known = self.excluded[condition] = self._excludes(condition)
            if known:
                return True
        return False

    def _excludes(self, condition: Condition) -> bool:
        if isinstance(condition, Test):
            values = self.box.get(condition.field)
            return values is not None and not overlaps(condition.values, values)
        if isinstance(condition, Name) and condition.field in self.header.names:
            return not name_holds(condition, self.header.names[condition.field])
        return False

    def _apply(self, effect: Effect, hit: PacketSet) -> None:
        match effect:
            case SetMark(name, keep, flip):
                new = self._marked(self.header.numbers[name], keep, flip)
            case CopyMark(source, name, source_mask, target_mask):
                new = self._copied(source, name, source_mask, target_mask)
            case NoTrack():
                name, new = "state", self.matcher.space.constant(fields.UNTRACKED, 3)
            case UnknownMark(name, text):
                new = tuple(self.matcher.unknown_visit(text) for _ in range(32))
        old = self.header.numbers[name]
        self.box.pop(name, None)
        self.returns.clear()
        self.summaries.clear()
        self.excluded.clear()
        self.narrowed.clear()
        self.header = self.header.with_number(name, self.matcher.space.choose(hit, new, old))

    def _marked(self, old: Bits, keep: int, flip: int) -> Bits:
        space = self.matcher.space
        return tuple(
            (bit if keep >> position & 1 else space.false)
            ^ (space.true if flip >> position & 1 else space.false)
            for position, bit in zip(reversed(range(len(old))), old, strict=True)
        )

    def _copied(self, source: str, target: str, source_mask: int, target_mask: int) -> Bits:
        space = self.matcher.space
        pairs = zip(self.header.numbers[source], self.header.numbers[target], strict=True)
        return tuple(
            (space.false if target_mask >> (31 - position) & 1 else old)
            ^ (new if source_mask >> (31 - position) & 1 else space.false)
            for position, (new, old) in enumerate(pairs)
        )


def _merged(space: Space, regions: Iterable[Region]) -> tuple[Region, ...]:
    """One region for each verdict of a rule, where packets came to it on several ways."""
    alike: dict[tuple[object, ...], list[Region]] = {}
    for each in regions:
        # By identity: to compare rules is to compare all that they match.
        key = (each.verdict, each.chain, *map(id, each.rules))
        alike.setdefault(key, []).append(each)
    return tuple(
        several[0]._replace(packets=space.union(each.packets for each in several))
        for several in alike.values()
    )

"""How one rule stands among the others of a base chain: what is kept of its packet sets."""

from collections.abc import Iterator
from typing import Literal

from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.source import Span
from flowmodel.values import full
from flowmodel.verdict import Accept, Denial, Lead, Onward, Verdict
from linter.checks.rulebase.replies import Hole, asks, hole, stateless
from linter.checks.rulebase.samples import Sample, pick, sample
from linter.engine.budget import Budget
from linter.engine.device.connection import with_flags
from linter.engine.device.fates import Fate, Fates
from linter.engine.device.forms import FORMS
from linter.engine.device.takers import Takers, calls_nothing, is_unconditional
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, minus

Action = Literal["accept", "deny"] | Verdict
"""What becomes of a packet: whether it is answered does not matter to who may pass."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A rule, or the default policy of a chain where there is no rule."""

    chain: Chain
    rule: Rule | None
    action: Action

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.rule.span if self.rule else self.chain.span


@dataclass(frozen=True, slots=True, eq=False)
class Idle:
    """Who decides what a rule is about, where it decides none of it."""

    takers: tuple[Place, ...]
    """The one that takes all of it first, if there is one."""
    is_whole: bool
    is_complete: bool
    """Whether these are all that there are."""
    actions: frozenset[Action]
    """What becomes of the packets."""
    sample: Sample
    """One of them."""
    decided: Place
    """What decides the sample."""
    is_everywhere: bool
    """Whether they come from any address."""


@dataclass(frozen=True, slots=True, eq=False)
class Spare:
    """Who would decide just the same without a rule: others behind it."""

    others: tuple[Place, ...]
    sample: Sample


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a rule does in one base chain, for one family."""

    base: Chain
    family: Family
    chain: Chain
    rule: Rule
    fits: bool
    """Whether any packet fulfils its conditions, and those of the jumps to it."""
    hits: bool
    """Whether it decides any packet."""
    tells: bool
    """Whether any packet would fare otherwise without it."""
    skips: bool
    """Whether any packet would fare otherwise if the rule did not match it at one visit."""
    idle: Idle | None = None
    """Where it decides nothing; of rules that deny, also where it decides no first packet."""
    spare: Spare | None = None
    """Where rules behind it would decide the same."""
    change: Sample | None = None
    """A packet that would fare otherwise without it, where it decides no first packet."""
    is_hook: bool = False
    """Whether it leads to a chain in which nothing is decided."""
    hole: Hole | None = None
    """Of a rule for replies, the connections that begin by it."""
    is_only_judge: bool = False
    """Whether no other base chain can drop what this one accepts."""


class Needed(NamedTuple):
    """A rule without which some packet fares otherwise, whatever it does with others.

    That is all that there is to say of most rules, so that no more is kept of each. A rule of the
    system that packets come to counts as one: nobody asks whether it decides anything.
    """

    chain: Chain
    rule: Rule

    def seen(self, table: Table, base: Chain, family: Family, *, is_only_judge: bool) -> Seen:
        """The same as what it does in a base chain."""
        hook = is_hook(table, self.rule)
        return Seen(
            *(base, family, self.chain, self.rule, True, True, True, True),
            is_hook=hook,
            is_only_judge=is_only_judge,
        )


def action(verdict: Verdict) -> Action:
    """What becomes of packets of this verdict."""
    if isinstance(verdict, Denial):
        return "deny"
    return "accept" if isinstance(verdict, Accept) else verdict


def denies(rule: Rule) -> bool:
    """Whether the rule lets nothing pass."""
    return isinstance(rule.verdict, Denial)


def is_hook(table: Table, rule: Rule) -> bool:
    """Whether the rule leads to a chain in which nothing is decided: somebody may fill it later."""
    verdict = rule.verdict
    return isinstance(verdict, Lead) and calls_nothing(table, verdict.chain)


def is_default(chain: Chain, rule: Rule) -> bool:
    """Whether the rule says what becomes of all that no rule of its chain has decided."""
    is_last = bool(chain.rules) and chain.rules[-1] is rule
    return is_last and is_unconditional(rule) and not isinstance(rule.verdict, Lead)


def seen(
    chain: Fates,
    budget: Budget,
    asked: frozenset[int],
    *,
    is_only_judge: bool,
) -> Iterator[Seen]:
    """What the rules that are asked about do in a base chain, by their identities."""
    standing = _Standing(chain, is_only_judge=is_only_judge)
    for place, fate in enumerate(chain.rules):
        if id(fate.rule) in asked:
            budget.spend()
            yield standing.of(place, fate)


class _Standing:
    def __init__(self, chain: Fates, *, is_only_judge: bool) -> None:
        self.chain = chain
        self.is_only_judge = is_only_judge
        self.takers = Takers(chain)
        self.first = with_flags(chain.space, chain.first, FORMS)
        self.refused = _refused(chain)
        self.local = chain.local
        self.shared = _shared(chain)
        self.is_asked = asks(chain.base)
        self.is_stateless = stateless(chain.table, chain.base)

    def of(self, place: int, fate: Fate) -> Seen:
        chain, rule = self.chain, fate.rule
        hits = not chain.is_empty(fate.hits)
        fits = hits or not chain.is_empty(fate.fits)
        tells = hits and (id(rule) in self.shared or not chain.is_empty(fate.tells))
        idle: Idle | None = None
        spare: Spare | None = None
        change: Sample | None = None
        if fits and not hits:
            idle = self._idle(place, self._opening(fate))
        elif hits and denies(rule):
            opening = fate.fits & self.first
            if chain.is_empty(fate.hits & self.first) and not chain.is_empty(opening):
                idle = self._idle(place, self._opening(fate))
                # Of a rule of which others have parts there may be none (`_shared`).
                change = None if chain.is_empty(fate.tells) else sample(chain, fate.tells)
        if hits and not tells:
            spare = self._spare(place, fate)
        return Seen(
            chain.base,
            chain.space.family,
            fate.chain,
            rule,
            fits,
            hits,
            tells,
            not chain.is_empty(fate.skips),
            idle,
            spare,
            change,
            is_hook=is_hook(chain.table, rule),
            hole=self._hole(fate) if hits else None,
            is_only_judge=self.is_only_judge,
        )

    def _hole(self, fate: Fate) -> Hole | None:
        return hole(self.chain, fate, is_stateless=self.is_stateless) if self.is_asked else None

    def _opening(self, fate: Fate) -> PacketSet:
        """The first packets of connections with others that fit a rule; else what else there is.

        What the system denies by itself is no part of what people write, if there is more of it.
        """
        opening = fate.fits & self.first
        left = minus(opening, self.refused)
        opening = opening if self.chain.is_empty(left) else left
        for packets in (opening, fate.fits):
            foreign = minus(packets, self.local)
            for some in (foreign, packets):
                if not self.chain.is_empty(some):
                    return some
        return fate.fits

    def _idle(self, place: int, packets: PacketSet) -> Idle:
        chain = self.chain
        rule, refused = chain.rules[place].rule, chain.rules[place].fits & self.refused
        found = self.takers.of(place, packets)
        policy = Place(chain.base, None, action(chain.base.end))
        actions = {action(each.rule.verdict) for each in found.ends}
        actions |= {policy.action} if found.by_policy else set()
        actions |= {"deny"} if found.came_not else set()
        takers = tuple(map(_place, found.takers)) or ((policy,) if found.by_policy else ())
        whole = packets & found.takers[0].hits if found.is_whole else packets
        chosen, point = pick(chain, packets if chain.is_empty(whole) else whole)
        decided = next(
            (_place(each) for each in found.ends if not chain.is_empty(each.hits & point)), policy
        )
        if not found.is_whole:
            # The one first that takes the packet that is shown.
            takers = (
                tuple(
                    map(
                        _place,
                        sorted(found.takers, key=lambda each: chain.is_empty(each.hits & point)),
                    )
                )
                or takers
            )
        is_one = found.is_whole and {each.action for each in takers} == {takers[0].action}
        return Idle(
            takers[:1] if is_one else takers,
            found.is_whole,
            is_one or found.is_complete,
            frozenset(actions),
            chosen,
            decided,
            is_everywhere=denies(rule) and self._is_everywhere(packets | refused),
        )

    def _is_everywhere(self, packets: PacketSet) -> bool:
        space = self.chain.space
        sources = projected(space, space.some(packets), "src", 1)
        return sources == full(len(space.fields["src"]))

    def _spare(self, place: int, fate: Fate) -> Spare | None:
        """Nothing where the default decides instead: to write that out is deliberate style.

        What leaves a packet to other rules is there for something else: it logs or counts.
        """
        if isinstance(fate.rule.verdict, Onward) or self.takers.notes(place, fate.hits):
            return None
        others = self.takers.behind(place, fate.hits)
        if not others or any(self._is_default(each) or self._is_idle(each) for each in others):
            return None
        return Spare(tuple(map(_place, others)), sample(self.chain, fate.hits))

    def _is_default(self, fate: Fate) -> bool:
        """Whether a rule is about everything, as a default policy is."""
        is_base = fate.chain is self.chain.base
        return is_unconditional(fate.rule) and (is_base or denies(fate.rule))

    def _is_idle(self, fate: Fate) -> bool:
        """Whether a rule decides nothing as long as the others are there: it is told itself."""
        return self.chain.is_empty(fate.hits)


def _refused(chain: Fates) -> PacketSet:
    """The packets that rules which nobody wrote deny."""
    return chain.space.union(
        each.hits for each in chain.rules if each.rule.is_automatic and denies(each.rule)
    )


def _shared(chain: Fates) -> frozenset[int]:
    """The rules of which another part of the same written rule would take the packets."""
    together: dict[object, list[Fate]] = {}
    for each in chain.rules:
        together.setdefault((id(each.rule.source), each.rule.line, each.rule.column), []).append(
            each
        )
    space, found = chain.space, set()
    for parts in together.values():
        if len(parts) > 1:
            once = twice = space.false
            for each in parts:
                twice |= once & each.fits
                once |= each.fits
            found |= {id(each.rule) for each in parts if each.hits & twice != space.false}
    return frozenset(found)


def _place(fate: Fate) -> Place:
    return Place(fate.chain, fate.rule, action(fate.rule.verdict))

"""The rule set that pf's rules make: docs/decisions/0011."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from flowmodel.fields import IN_STATELESS, NEW, OUT_STATELESS, Family
from flowmodel.match import NEVER, All, Any, Condition, Match, Volatile
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import (
    FILTER,
    NAT_SRC,
    Base,
    Chain,
    Hook,
    Purpose,
    Rule,
    RuleSet,
    Table,
    Traffic,
)
from flowmodel.source import Source
from flowmodel.values import single
from flowmodel.verdict import ACCEPT, CONTINUE, DROP, REJECT, RETURN, Effect, Goto, SetMark, Verdict
from parsers.pf.conditions import Conditions, Side
from parsers.pf.rules import BOTH, Configuration, PfRule
from parsers.pf.tags import DELIVERED, PASSED, TRANSLATED, WITHOUT, Tags
from parsers.pf.translations import KINDS, translations
from parsers.pf.xml import Element

_VERDICTS: dict[str, Verdict] = {"pass": ACCEPT, "block": DROP, "reject": REJECT, "match": CONTINUE}
_STATELESS = {"in": IN_STATELESS, "out": OUT_STATELESS}

# Behind what connection tracking does itself, which is at -100 and 100.
_HOOKS: dict[Side, tuple[Hook, int]] = {
    "in": ("prerouting", FILTER),
    "out": ("postrouting", NAT_SRC + 20),
}
_TRAFFIC: dict[Hook, frozenset[Traffic]] = {
    "prerouting": frozenset({"input", "forward"}),
    "postrouting": frozenset({"forward", "output"}),
}
"""pf judges packets where they come in and where they leave, whatever they are for."""
_WRITTEN = frozenset({"rule", "onetoone", "npt"})
"""The elements that are rules of filter and nat; what others make is the system's."""
_BEFORE = 10
"""How much earlier than a side's filter its translations begin."""


def lower(source: Source, configuration: Configuration) -> RuleSet:
    """The rule set of a configuration; `source` is the file as it may be shown."""
    lowering = _Lowering(source, configuration)
    chains = {chain.name: chain for chain in lowering.chains()} | lowering.more
    return RuleSet(
        source.path,
        configuration.product,
        (Table("pf", BOTH, chains),),
        BOTH,
        configuration.gaps,
        (source,),
        configuration.links,
        local=configuration.itself.addresses,
        elsewhere=configuration.itself.others,
    )


class _Placed(NamedTuple):
    """What one rule of pf becomes: in pf's order, and behind all quick rules."""

    at_once: list[Rule]
    at_last: list[Rule]
    is_disabled: bool


class _Lowering:
    """Makes chains; each side of the device has one for translations and one that judges."""

    def __init__(self, source: Source, configuration: Configuration) -> None:
        self.source = source
        self.configuration = configuration
        self.rules = configuration.rules if configuration.is_filtering else ()
        self.moved = configuration.translations if configuration.is_filtering else ()
        self.tags = Tags(self.rules, self.moved, configuration.itself.addresses)
        some_stateless = any(
            not rule.keeps_state and rule.action == "pass" and not rule.is_disabled
            for rule in self.rules
        )
        ends = {"rdr": {"dst"}, "nat": {"src"}, "binat": {"src", "dst"}}
        moves = frozenset(
            end for each in self.moved if each.target is not None for end in ends[each.kind]
        )
        self.conditions = Conditions(some_stateless=some_stateless, moves=moves)
        place = configuration.root.child("filter") or configuration.root
        self.place = place
        self.more: dict[str, Chain] = {}
        self.behind: list[list[Rule]] = []
        """The rules that are not quick since the last `match quick`."""
        self.span = place.span

    def chains(self) -> Iterator[Chain]:
        """All chains, those that packets meet first before the others."""
        chains = [chain for side in _HOOKS for chain in self._of_side(side)]
        if self.tags.any:
            # It matches nothing, but says whose the mark is: a packet comes without one.
            untagged = self._rule(self.place, "tags", (NEVER,), CONTINUE, (WITHOUT,))
            first = chains[0]
            behind = tuple((index + 1, rule) for index, rule in first.disabled)
            rules = (untagged, *first.rules)
            chains[0] = replace(first, rules=rules, disabled=behind)
        yield from chains

    def _delivered(self) -> Rule:
        """What a rule about the device's own addresses has passed, which never leaves.

        It is delivered (FreeBSD's ip_input.c asks for local addresses first). Addresses alone do
        not say so here: a network that is asked about has the device's own address in it, too.
        """
        title = "packets for the device itself are delivered, not forwarded"
        match = (self.conditions.marked(DELIVERED, DELIVERED),)
        return self._rule(self.place, title, match, DROP, is_given=True)

    def _of_side(self, side: Side) -> Iterator[Chain]:
        hook, priority = _HOOKS[side]
        known = [self._rule(self.place, "", self.conditions.known(side), ACCEPT)]
        make = partial(self._chain, hook=hook)
        self.conditions.enter(side, is_behind=False)
        yield from self._translating(side, known, make)
        self.conditions.enter(side, is_behind=True)
        if side == "in" and any(each.passes for each in self.moved):
            passed = (self.conditions.marked(PASSED, PASSED),)
            title = "redirected packets of port forwards with `pass`"
            known = [*known, self._rule(self.place, title, passed, ACCEPT)]
        if side == "out" and self.tags.delivers:
            known = [*known, self._delivered()]
        placed = self._all_placed(side)
        judging = make(
            f"filter {side}", *_judging(placed), known, priority=priority, purpose="filter"
        )
        yield replace(judging, written=_written(placed))

    def _translating(
        self, side: Side, known: list[Rule], make: Callable[..., Chain]
    ) -> Iterator[Chain]:
        """A chain for each kind of translation; what one has changed the next leaves alone."""
        priority = _HOOKS[side][1] - _BEFORE
        for kind in KINDS[side]:
            if not any(each.kind == kind for each in self.moved):
                continue
            found = translations(self.moved, kind, side, self.conditions, self.tags, self._rule)
            name = f"{kind} {side}"
            yield make(name, *found, known, priority=priority, purpose="translate")
            changed = self.conditions.marked(TRANSLATED[side], TRANSLATED[side])
            title = "a packet is translated once"
            known = [*known, self._rule(self.place, title, (changed,), ACCEPT)]
            priority += 1

    def _chain(
        self,
        name: str,
        rules: list[Rule],
        disabled: list[tuple[int, Rule]],
        known: list[Rule],
        *,
        hook: Hook,
        priority: int,
        purpose: Purpose,
    ) -> Chain:
        behind = tuple((index + len(known), rule) for index, rule in disabled)
        base = Base(hook, priority, purpose, _TRAFFIC[hook] if purpose == "filter" else frozenset())
        # pf passes what no rule decides (pf.conf(5), PACKET FILTERING).
        return Chain(name, (*known, *rules), self.span, ACCEPT, base, behind)

    def _rule(
        self,
        element: Element,
        title: str,
        match: Match,
        verdict: Verdict,
        effects: tuple[Effect, ...] = (),
        *,
        is_given: bool = False,
    ) -> Rule:
        place = element.place
        return Rule(
            match,
            verdict,
            self.source,
            place.line,
            place.column,
            place.last_line,
            place.last_column,
            effects,
            -1,
            title or "packets of a connection with a state pass",
            is_given,
            element.tag not in _WRITTEN,
        )

    def _all_placed(self, side: Side) -> list[_Placed]:
        placed = []
        self.behind = []
        for index, rule in enumerate(self.rules):
            if rule.direction in (side, "any"):
                placed.append(self._placed(rule, side, index))
                if not rule.is_disabled:
                    self.behind.append(placed[-1].at_last)
        return placed

    def _ending(self, side: Side) -> Verdict:
        """The verdict of a `match quick` rule: evaluation ends with what has matched before it.

        pf.c, pf_test_rule: the rule itself decides nothing, and without another one pf passes.
        """
        rules = [rule for several in reversed(self.behind) for rule in several]
        earlier = [chain for chain in self.more if chain.startswith(side)]
        before = Goto(earlier[-1]) if earlier else ACCEPT
        rules.append(
            self._rule(self.place, "what matched before decides, or pf passes", (), before)
        )
        name = f"{side} {len(earlier) + 1}"
        self.more[name] = Chain(name, tuple(rules), self.span, RETURN)
        self.behind = []
        return Goto(name)

    def _placed(self, rule: PfRule, side: Side, index: int) -> _Placed:
        match = self._match(rule, side, index)
        effects = self.tags.effects(rule.tag)
        make = partial(self._rule, rule.element, rule.title)
        if side == "in" and self.tags.delivers and self.tags.is_for_itself(rule):
            effects = (*effects, self.tags.keeping(DELIVERED, DELIVERED))
        if rule.action == "match":
            # FreeBSD's pf tags with each rule that matches, not only with the one that decides; and
            # `quick` ends the search with a rule that has no verdict, too (pf.c, pf_test_rule).
            ends = rule.quick and not rule.is_disabled
            verdict = self._ending(side) if ends else CONTINUE
            once = [make(match, verdict, effects)] if effects or ends else []
            return _Placed(once, [], rule.is_disabled)
        deciding = list(self._deciding(rule, match, effects if rule.quick else (), side))
        if rule.quick:
            return _Placed(deciding, [], rule.is_disabled)
        if bit := self.tags.matched(index, side):
            effects = (*effects, self.tags.keeping(bit, bit))
            deciding = list(self._deciding(rule, (self.conditions.marked(bit, bit),), (), side))
        once = [make(match, CONTINUE, effects)] if effects else []
        return _Placed(once, deciding, rule.is_disabled)

    def _deciding(
        self, rule: PfRule, match: Match, effects: tuple[Effect, ...], side: Side
    ) -> Iterator[Rule]:
        make = partial(self._rule, rule.element, rule.title, is_given=rule.is_given)
        verdict = _VERDICTS[rule.action]
        if rule.action == "pass" and rule.limits:
            # Beyond the limit no state is made, and pf drops the packet (pf.c, pf_create_state).
            yield make((*match, Volatile(rule.limits)), verdict, effects)
            yield make(match, DROP)
            return
        if rule.action == "pass" and not rule.keeps_state:
            if self.moved:
                # A translation makes a state, whatever the rule says (pf.c, pf_test_rule).
                moved = self.conditions.marked(TRANSLATED[side], TRANSLATED[side])
                yield make((*match, moved), verdict, effects)
            # What passes an answer takes away no state that the first packet has made.
            opens = self.conditions.test("state", single(NEW))
            bit = _STATELESS[side]
            marked = (*effects, SetMark("stateless", 3 & ~bit, bit))
            yield make((*match, opens), verdict, marked)
        yield make(match, verdict, effects)

    def _match(self, rule: PfRule, side: Side, index: int) -> Match:
        conditions = self.conditions
        match = [*conditions.interface(rule.on, side, not_on=rule.not_on)]
        by_family = {family: self._of_family(rule, family) for family in rule.families}
        match += joined(by_family, conditions)
        if rule.tagged:
            match.append(self._tagged(rule, side, index))
        match += [conditions.unread(text) for text in rule.unread]
        return tuple(match)

    def _of_family(self, rule: PfRule, family: Family) -> Match:
        conditions = self.conditions
        return (
            *conditions.protocol(rule.protocol, family),
            *conditions.endpoint(rule.source, "src", family),
            *conditions.ports(rule.source_ports, "sport"),
            *conditions.endpoint(rule.destination, "dst", family),
            *conditions.ports(rule.destination_ports, "dport"),
            *conditions.flags(rule.flags, rule.protocol, family),
        )

    def _tagged(self, rule: PfRule, side: Side, index: int) -> Condition:
        """Whether the packet has the tag when pf comes to the rule."""
        is_late = not rule.quick and rule.action != "match" and not self.tags.matched(index, side)
        if is_late and self.tags.changes_from(index, side):
            # The rule decides behind all others, where the tag may be another one: also its own.
            return self.conditions.unread(f"tag {rule.tagged} at pf's rule {index + 1}")
        name = rule.tagged.removeprefix("!")
        return self.conditions.tagged(rule.tagged, self.tags.mask, self.tags.value(name))


def _judging(placed: Sequence[_Placed]) -> tuple[list[Rule], list[tuple[int, Rule]]]:
    """The rules of one side as a first-match chain: quick ones, then the others backwards.

    The last rule that matches decides, unless it is quick (pf.conf(5), "quick").
    """
    total = sum(len(each.at_once) for each in placed if not each.is_disabled)
    disabled: list[tuple[int, Rule]] = []
    first: list[Rule] = []
    for each in placed:
        if each.is_disabled:
            disabled += ((len(first), rule) for rule in each.at_once)
        else:
            first += each.at_once
    last: list[Rule] = []
    for each in reversed(placed):
        if each.is_disabled:
            disabled += ((total + len(last), rule) for rule in each.at_last)
        else:
            last += each.at_last
    return first + last, disabled


def _written(placed: Sequence[_Placed]) -> tuple[Rule, ...]:
    """The rules of one side as pf asks them; empty where each one that matches decides."""
    if not any(each.at_last for each in placed if not each.is_disabled):
        return ()
    return tuple(
        rule for each in placed if not each.is_disabled for rule in (*each.at_once, *each.at_last)
    )


def joined(by_family: dict[Family, Match], conditions: Conditions) -> Match:
    """The match for packets of any of the families, with what each family must be besides."""
    possible = {family: match for family, match in by_family.items() if NEVER not in match}
    if not possible:
        return (NEVER,)
    if len(possible) == 1:
        (family,) = possible
        return (conditions.families[family], *possible[family])
    first, second = possible.values()
    if first == second:
        return first
    # What both have in common stands by itself, where it can be seen from outside.
    common = [each for each in first if each in second]
    several: Iterable[tuple[Family, Match]] = possible.items()
    rest = tuple(
        All((conditions.families[family], *(each for each in match if each not in common)))
        for family, match in several
    )
    return (*common, Any(rest))

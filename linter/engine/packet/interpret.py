"""One packet through the rules, step by step: the simple implementation that checks the sets.

It shares nothing with them but the model and the order of base chains. What the packet leaves open
(an unread match, a field nobody knows) is tried both ways, so the result is a list of outcomes.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from flowmodel import fields
from flowmodel.fields import Family
from flowmodel.record import NamedTuple
from flowmodel.ruleset import (
    CONNTRACK,
    FILTER,
    NAT_DST,
    NAT_SRC,
    Chain,
    Rule,
    RuleSet,
    Table,
    base_chains,
)
from flowmodel.values import Values
from flowmodel.verdict import (
    ACCEPT,
    DROP,
    ESCAPE,
    Continue,
    Denial,
    Drop,
    Escape,
    Goto,
    Jump,
    Reject,
    Return,
    Translation,
    Unknown,
    Verdict,
)
from linter.engine.budget import Budget, TooComplexError
from linter.engine.packet.effects import forgotten, with_effect, with_translation
from linter.engine.packet.holds import assume, holds_all
from linter.engine.packet.index import candidates
from linter.engine.packet.routing import Around, Fork, Forwarded, PassedOn, behind_routing
from linter.engine.packet.state import Settled, Stage, State, Visit

OUTCOME_LIMIT = 64
"""How many outcomes are followed; a packet that depends on more is undecided anyway."""

HOOKS = {
    "input": ("prerouting", "input"),
    "forward": ("prerouting", "forward", "postrouting"),
    "output": ("output", "postrouting"),
}


class CrossCheckError(Exception):
    """The two implementations disagree: a defect of fwlint, never printed as a verdict."""


class Outcomes(NamedTuple):
    """What may become of a packet; not all of it where the limits are reached."""

    states: list[State]
    is_complete: bool


def interpret(
    rulesets: Sequence[RuleSet],
    traffic: str,
    start: State,
    settled: Settled | None = None,
    around: Around | None = None,
    here: Values = (),
    budget: Budget | None = None,
) -> Outcomes:
    """The packet's outcomes, at most OUTCOME_LIMIT; `settled` is for later packets only.

    With `around`, which says where the machine stands, a packet for it that is translated to
    another address may leave it again. What is for an address `here` is not passed on.
    """
    way = stages(rulesets, traffic, start.family)
    if traffic == "forward" and here:
        return outcomes(way, start, settled, PassedOn(here), budget=budget)
    if around is None or traffic != "input":
        return outcomes(way, start, settled, budget=budget)
    leaving = behind_routing(stages(rulesets, "forward", start.family))
    return outcomes(way, start, settled, Forwarded(around, leaving), budget=budget)


def stages(rulesets: Sequence[RuleSet], traffic: str, family: Family) -> list[Stage]:
    """The chains that packets pass, in order, with what the kernel itself does between them."""
    return [stage for hook in HOOKS[traffic] for stage in (*_hook(rulesets, hook, family), "hook")]


def outcomes(
    way: list[Stage],
    start: State,
    settled: Settled | None = None,
    fork: Fork | None = None,
    *,
    budget: Budget | None = None,
) -> Outcomes:
    """The packet's outcomes at the end of all stages, at most OUTCOME_LIMIT."""
    untracked = start._replace(numbers={**start.numbers, "state": fields.INVALID})
    if "routing" in way:
        # Before it, the interface to leave by is not there yet (NF_HOOK in net/ipv4/ip_input.c).
        names = {**start.names, "out": "", "routed": start.names["out"]}
        untracked = untracked._replace(names=names)
    found: list[State] = []
    stages = _stages(way, 0, untracked, settled, fork, budget=budget or Budget())
    try:
        found.extend(islice(stages, OUTCOME_LIMIT))
    except TooComplexError:
        return Outcomes(found, is_complete=False)
    return Outcomes(found, is_complete=len(found) < OUTCOME_LIMIT)


def _hook(rulesets: Sequence[RuleSet], hook: str, family: Family) -> list[Stage]:
    found: list[tuple[float, Stage]] = [
        (item[1].base.priority, item)
        for item in base_chains(rulesets, family)
        if item[1].base is not None and item[1].base.hook == hook
    ]
    own: list[tuple[float, Stage]] = []
    if hook in ("prerouting", "output"):
        own = [(CONNTRACK, "conntrack"), (NAT_DST, "destination")]
    elif hook in ("postrouting", "input"):
        own = [(NAT_SRC, "source")]
    found = sorted(own + found, key=lambda item: item[0])
    return [stage for _, stage in found] + (["routing"] if hook == "prerouting" else [])


def _stages(
    way: Sequence[Stage],
    index: int,
    state: State,
    settled: Settled | None,
    fork: Fork | None = None,
    *,
    budget: Budget,
) -> Iterator[State]:
    while index < len(way):
        stage = way[index]
        index += 1
        if isinstance(stage, str):
            state = _kernel(stage, state, settled)
            if stage == "routing" and fork is not None:
                stays, leaves = fork.ways(state)
                if leaves is not None:
                    yield from _stages(fork.leaving, 0, leaves, settled, budget=budget)
                if stays is None:
                    return
                state, fork = stays, None
            continue
        table, chain = stage
        base = chain.base
        is_nat = base is not None and base.kind == "nat"
        is_bound = base is not None and base.hook in state.bound
        if is_nat and (settled or is_bound or not _opens(state)):
            continue
        for after in _base_chain(table, chain, state, budget):
            if isinstance(after.verdict, Drop | Reject | Escape):
                yield after
            else:
                bound = after.bound
                if isinstance(after.verdict, Translation) and base is not None:
                    # The first nat chain of a hook that translates decides: nf_nat_inet_fn.
                    bound |= {base.hook}
                passed = after._replace(verdict=ACCEPT, bound=bound)
                yield from _stages(way, index, passed, settled, fork, budget=budget)
        return
    yield state


def _opens(state: State) -> bool:
    """Whether nat rules are asked: not for ICMP errors (nf_nat_ipv4_fn and nf_nat_ipv6_fn)."""
    is_icmp = state.numbers["proto"] == (fields.ICMP if state.family == 4 else fields.ICMPV6)
    tracked = state.numbers["state"]
    return tracked == fields.NEW or (tracked == fields.RELATED and not is_icmp)


def _kernel(stage: str, state: State, settled: Settled | None) -> State:
    if stage == "conntrack":
        if state.numbers["state"] == fields.UNTRACKED:
            return state
        return state._replace(numbers={**state.numbers, "state": state.tracked})
    if stage == "routing":
        return state._replace(names={**state.names, "out": state.names["routed"]})
    if stage == "hook":
        return forgotten(state)
    if settled is None:
        return state
    changed = settled.destination if stage == "destination" else settled.source
    return forgotten(state._replace(numbers={**state.numbers, **changed}))


def _base_chain(table: Table, chain: Chain, state: State, budget: Budget) -> Iterator[State]:
    before = state.rule, state.chain
    for decided, walked in _walk(table, chain, state._replace(returned=frozenset()), budget):
        after = _visited(chain, state, walked) if chain.written else walked
        if decided is None:
            final = after._replace(verdict=chain.end, rule=None, chain=chain)
        else:
            final = after._replace(verdict=decided, chain=chain)
        passes = not isinstance(final.verdict, Denial)
        if passes and before[1] is not None and _telling(chain) < _telling(before[1]):
            final = final._replace(rule=before[0], chain=before[1])
        yield final


def _visited(chain: Chain, before: State, after: State) -> State:
    begin, end = before.length, after.length
    visit = Visit(chain, begin, end, before.numbers, after.names, after.assumed)
    return after._replace(visits=(*after.visits, visit))


def _telling(chain: Chain) -> tuple[bool, bool, bool, int]:
    """How much it says that a base chain let a packet pass, when all of them did."""
    base = chain.base
    if base is None:
        return False, False, False, 0
    is_own = base.hook in ("input", "forward", "output")
    return is_own, base.kind == "filter", bool(chain.rules), -round(abs(base.priority - FILTER))


class _Place(NamedTuple):
    """The next rule of a chain, and where the packet goes on at the chain's end."""

    rules: Sequence[Rule]
    number: int
    caller: "_Place | None"
    called: str = ""
    """The chain that is called from here, and what the packet was when it was called."""
    numbers: object = None
    assumed: object = None


def _walk(
    table: Table, chain: Chain, state: State, budget: Budget
) -> Iterator[tuple[Verdict | None, State]]:
    """Verdicts that end the base chain, or None where the packet comes to its end.

    Calls and open answers can multiply, and rules can be many: the budget counts all of them.
    """
    start = _Place(candidates(chain, state.numbers), 0, None)
    waiting: list[tuple[State, bool | None, _Place]] = [(state, None, start)]
    while waiting:
        state, holds, (rules, index, caller, *_) = waiting.pop()
        while True:
            if index == len(rules):
                if caller is None:
                    yield None, state
                    break
                if caller.numbers is state.numbers and caller.assumed is state.assumed:
                    state = state._replace(returned=state.returned | {caller.called})
                rules, index, caller = caller[:3]
                continue
            rule = rules[index]
            if holds is None:
                holds = holds_all(rule.match, state)
            if holds is None:
                budget.spend()
                (state, holds), (other, other_holds) = assume(rule.match, state)
                waiting.append((other, other_holds, _Place(rules, index, caller)))
                continue
            index += 1
            budget.spend()
            if not holds:
                holds = None
                continue
            holds = None
            state = _effects(rule, state)
            match rule.verdict:
                case Continue():
                    pass
                case Return():
                    index = len(rules)
                case Jump(name) if name in state.returned:
                    pass
                case Jump(name):
                    caller = _Place(rules, index, caller, name, state.numbers, state.assumed)
                    rules, index = candidates(table.chains[name], state.numbers), 0
                case Goto(name):
                    rules, index = candidates(table.chains[name], state.numbers), 0
                case Unknown(text, escapes):
                    state = state._replace(assumed=(*state.assumed, (text, True)))
                    yield ESCAPE if escapes else ACCEPT, state._replace(rule=rule)
                    yield DROP, state._replace(rule=rule)
                case verdict:
                    yield verdict, with_translation(verdict, state)._replace(rule=rule)
                    break


def _effects(rule: Rule, state: State) -> State:
    if not rule.effects:
        return state.having_met(rule)
    numbers = state.numbers
    for effect in rule.effects:
        numbers = with_effect(effect, numbers)
    return state.having_met(rule)._replace(numbers=numbers, returned=frozenset())

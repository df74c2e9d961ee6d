"""One packet through the rules, step by step: the simple implementation that checks the sets.

It shares nothing with them but the model. What the packet leaves open (an unread match, a field
nobody knows) is tried both ways, so the result is a list of outcomes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from linter.engine.index import candidates
from linter.engine.program import base_chains
from linter.model import fields
from linter.model.fields import Family
from linter.model.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
)
from linter.model.ruleset import CONNTRACK, NAT_DST, NAT_SRC, Chain, Rule, RuleSet, Table
from linter.model.values import contains, full
from linter.model.verdict import (
    ACCEPT,
    DROP,
    Accept,
    Continue,
    CopyMark,
    Drop,
    Effect,
    Goto,
    Jump,
    MapNetwork,
    NoTrack,
    Reject,
    Return,
    SetMark,
    TranslateDestination,
    TranslateSource,
    Unknown,
    UnknownMark,
    Verdict,
)

OUTCOME_LIMIT = 64
"""How many outcomes are followed; a packet that depends on more is undecided anyway."""

HOOKS = {
    "input": ("prerouting", "input"),
    "forward": ("prerouting", "forward", "postrouting"),
    "output": ("output", "postrouting"),
}


@dataclass(frozen=True, slots=True)
class State:
    """A packet on its way: its fields (None: nobody knows), what was assumed, the rules it met."""

    numbers: dict[str, int | None]
    names: dict[str, str | None]
    family: Family
    tracked: int
    assumed: tuple[tuple[str, bool], ...] = ()
    is_exact: bool = True
    """False where a field that nobody knows was tried both ways, each test for itself."""
    path: tuple[Rule, ...] = ()
    verdict: Verdict = ACCEPT
    rule: Rule | None = None
    chain: Chain | None = None
    """The rule that decided, or the chain whose default policy did."""

    @property
    def unread(self) -> tuple[str, ...]:
        """The texts on which this outcome depends."""
        return tuple(dict.fromkeys(text for text, _ in self.assumed))


@dataclass(frozen=True, slots=True)
class Settled:
    """The fields that a connection's translations give its later packets, at their two moments."""

    destination: dict[str, int | None]
    source: dict[str, int | None]


Stage = tuple[Table, Chain] | str


def interpret(
    rulesets: Sequence[RuleSet], situation: str, start: State, settled: Settled | None = None
) -> list[State]:
    """The packet's outcomes, at most OUTCOME_LIMIT; `settled` is for later packets only."""
    stages = [stage for hook in HOOKS[situation] for stage in _hook(rulesets, hook, start.family)]
    untracked = replace(start, numbers={**start.numbers, "state": fields.INVALID})
    return list(islice(_stages(stages, 0, untracked, settled), OUTCOME_LIMIT))


def _hook(rulesets: Sequence[RuleSet], hook: str, family: Family) -> list[Stage]:
    """The chains of a hook in order, with what the kernel itself does between them."""
    stages: list[tuple[int, Stage]] = [
        (item[1].base.priority, item)
        for item in base_chains(rulesets, family)
        if item[1].base is not None and item[1].base.hook == hook
    ]
    own: list[tuple[int, Stage]] = []
    if hook in ("prerouting", "output"):
        own = [(CONNTRACK, "conntrack"), (NAT_DST, "destination")]
    elif hook in ("postrouting", "input"):
        own = [(NAT_SRC, "source")]
    return [stage for _, stage in sorted(own + stages, key=lambda item: item[0])]


def _stages(
    stages: list[Stage], index: int, state: State, settled: Settled | None
) -> Iterator[State]:
    if index == len(stages):
        yield state
        return
    stage = stages[index]
    if isinstance(stage, str):
        yield from _stages(stages, index + 1, _kernel(stage, state, settled), settled)
        return
    table, chain = stage
    is_nat = chain.base is not None and chain.base.kind == "nat"
    is_first = settled is None and state.numbers["state"] in (fields.NEW, fields.RELATED)
    if is_nat and not is_first:
        yield from _stages(stages, index + 1, state, settled)
        return
    for after in _base_chain(table, chain, state):
        if isinstance(after.verdict, Drop | Reject):
            yield after
        else:
            yield from _stages(stages, index + 1, replace(after, verdict=ACCEPT), settled)


def _kernel(stage: str, state: State, settled: Settled | None) -> State:
    if stage == "conntrack":
        if state.numbers["state"] == fields.UNTRACKED:
            return state
        return replace(state, numbers={**state.numbers, "state": state.tracked})
    if settled is None:
        return state
    changed = settled.destination if stage == "destination" else settled.source
    return replace(state, numbers={**state.numbers, **changed})


def _base_chain(table: Table, chain: Chain, state: State) -> Iterator[State]:
    previous = (state.rule, state.chain)
    for decided, after in _chain(table, chain, 0, state):
        if decided is None:
            policy = chain.base.policy if chain.base else ACCEPT
            final = replace(after, verdict=policy, rule=None, chain=chain)
        else:
            final = replace(after, verdict=decided, chain=chain)
        is_filter = chain.base is not None and chain.base.kind == "filter"
        if (
            isinstance(final.verdict, Accept)
            and final.rule is None
            and not (is_filter and chain.rules)
        ):
            final = replace(final, rule=previous[0], chain=previous[1] or chain)
        yield final


def _chain(
    table: Table, chain: Chain, index: int, state: State
) -> Iterator[tuple[Verdict | None, State]]:
    """Verdicts that end the base chain, or None where the packet comes back from this chain."""
    rules = candidates(chain, state.numbers)
    while index < len(rules):
        rule = rules[index]
        index += 1
        answer = _all(rule.match, state)
        if answer is False:
            continue
        if answer is None:
            for assumed, matches in _assume(rule.match, state):
                if matches:
                    yield from _hit(table, chain, rule, index, assumed)
                else:
                    yield from _chain(table, chain, index, assumed)
            return
        verdict = rule.verdict
        if isinstance(verdict, Continue):
            state = _effects(rule, state)
            continue
        yield from _hit(table, chain, rule, index, state)
        return
    yield None, state


def _hit(
    table: Table, chain: Chain, rule: Rule, index: int, state: State
) -> Iterator[tuple[Verdict | None, State]]:
    state = _effects(rule, state)
    match rule.verdict:
        case Continue():
            yield from _chain(table, chain, index, state)
        case Return():
            yield None, state
        case Jump(name):
            for decided, after in _chain(table, table.chains[name], 0, state):
                if decided is None:
                    yield from _chain(table, chain, index, after)
                else:
                    yield decided, after
        case Goto(name):
            yield from _chain(table, table.chains[name], 0, state)
        case Unknown(text):
            assumed = replace(state, assumed=(*state.assumed, (text, True)), rule=rule)
            yield ACCEPT, assumed
            yield DROP, assumed
            yield from _chain(table, chain, index, assumed)
        case TranslateDestination() | TranslateSource() | MapNetwork():
            yield rule.verdict, replace(_translate(rule.verdict, state), rule=rule)
        case verdict:
            yield verdict, replace(state, rule=rule)


def _effects(rule: Rule, state: State) -> State:
    numbers = state.numbers
    for effect in rule.effects:
        numbers = _effect(effect, numbers)
    return replace(state, numbers=numbers, path=(*state.path, rule))


def _effect(effect: Effect, numbers: dict[str, int | None]) -> dict[str, int | None]:
    match effect:
        case SetMark(field, keep, flip):
            old = numbers[field] if keep else 0
            return {**numbers, field: None if old is None else (old & keep) ^ flip}
        case CopyMark(source, field, source_mask, target_mask):
            new, old = numbers[source], numbers[field]
            if new is None or old is None:
                return {**numbers, field: None}
            return {**numbers, field: (old & ~target_mask) ^ (new & source_mask)}
        case NoTrack():
            return {**numbers, "state": fields.UNTRACKED}
        case UnknownMark(field, _):
            return {**numbers, field: None}


def _translate(translation: Verdict, state: State) -> State:
    before = state.numbers
    numbers = dict(before)
    width = 32 if state.family == 4 else 128
    match translation:
        case TranslateDestination(addresses, ports, is_open):
            address, port = "dst", "dport"
        case TranslateSource(addresses, ports, is_open):
            address, port = "src", "sport"
        case MapNetwork(direction, network, mask):
            old = numbers[direction]
            numbers[direction] = None if old is None else (network & mask) | (old & ~mask)
            return replace(state, numbers=_with_status(before, numbers, direction))
        case _:
            return state
    if is_open or addresses != full(width):
        numbers[address] = addresses[0][0] if addresses[0][0] == addresses[-1][1] else None
    if before["proto"] in fields.PORT_PROTOCOLS and (ports != full(16) or address == "src"):
        numbers[port] = ports[0][0] if ports[0][0] == ports[-1][1] else None
    return replace(state, numbers=_with_status(before, numbers, address))


def _with_status(
    before: dict[str, int | None], after: dict[str, int | None], address: str
) -> dict[str, int | None]:
    port = "dport" if address == "dst" else "sport"
    status = before["ct_status"]
    if status is not None:
        if after[address] is None or after[port] is None:
            status = None
        elif (after[address], after[port]) != (before[address], before[port]):
            status |= fields.DNAT if address == "dst" else fields.SNAT
    return {**after, "ct_status": status}


def _assume(match: Match, state: State) -> Iterator[tuple[State, bool]]:
    """Both answers to a match that is open; answers to one unread text agree with each other."""
    for text in _texts(match):
        if text not in dict(state.assumed):
            for answer in (True, False):
                assumed = replace(state, assumed=(*state.assumed, (text, answer)))
                known = _all(match, assumed)
                if known is None:
                    yield from _assume(match, assumed)
                else:
                    yield assumed, known
            return
    reasons = sorted(set(_open(match, state)))
    is_exact = state.is_exact and all(isinstance(each, Volatile) for each in _unknown(match, state))
    for answer in (True, False):
        texts = (*state.assumed, ("; ".join(reasons), answer))
        yield replace(state, assumed=texts, is_exact=is_exact), answer


def _texts(match: Match) -> Iterator[str]:
    """The texts of the pure unread conditions."""
    for condition in match:
        match condition:
            case Unread(text):
                yield text
            case Not(inner):
                yield from _texts((inner,))
            case All(inner_all) | Any(inner_all):
                yield from _texts(inner_all)
            case _:
                pass


def _open(match: Match, state: State) -> Iterator[str]:
    """What leaves the conditions open, in words."""
    for condition in _unknown(match, state):
        match condition:
            case Volatile(text):
                yield text
            case Test(field, _) | Masked(field, _, _):
                yield f"{field.replace('_', ' ')} is not known"
            case Name(field, _, _):
                yield f"the {field} interface is not known"
            case Relation(relation_fields, _):
                yield f"{' and '.join(relation_fields)} are not known"
            case _:
                pass


def _unknown(match: Match, state: State) -> Iterator[Condition]:
    """The conditions without parts that have no answer."""
    for condition in match:
        match condition:
            case Not(inner):
                yield from _unknown((inner,), state)
            case All(several) | Any(several):
                yield from _unknown(several, state)
            case _:
                if _holds(condition, state) is None:
                    yield condition


def _all(match: Match, state: State) -> bool | None:
    answer: bool | None = True
    for condition in match:
        holds = _holds(condition, state)
        if holds is False:
            return False
        if holds is None:
            answer = None
    return answer


def _holds(condition: Condition, state: State) -> bool | None:
    match condition:
        case Test(field, values):
            value = state.numbers[field]
            return None if value is None else contains(values, value)
        case IsFamily(family):
            return state.family == family
        case Masked(field, mask, wanted):
            value = state.numbers[field]
            return None if value is None else value & mask == wanted
        case Name(field, names, prefixes):
            name = state.names.get(field)
            if name is None:
                return None
            return name in names or (bool(name) and name.startswith(prefixes))
        case Not(inner):
            holds = _holds(inner, state)
            return None if holds is None else not holds
        case All(conditions):
            return _all(conditions, state)
        case Any(conditions):
            return _any(conditions, state)
        case Relation(relation_fields, rows):
            found = [state.numbers[field] for field in relation_fields]
            return _in_rows(rows, found)
        case Unread(text):
            return dict(state.assumed).get(text)
        case Volatile():
            return None


def _any(conditions: tuple[Condition, ...], state: State) -> bool | None:
    answer: bool | None = False
    for condition in conditions:
        holds = _holds(condition, state)
        if holds is True:
            return True
        if holds is None:
            answer = None
    return answer


def _in_rows(
    rows: tuple[tuple[tuple[int, int], ...], ...], values: list[int | None]
) -> bool | None:
    answer: bool | None = False
    for row in rows:
        pairs = list(zip(row, values, strict=True))
        if all(value is None or first <= value <= last for (first, last), value in pairs):
            if None not in values:
                return True
            answer = None
    return answer

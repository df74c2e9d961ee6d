"""The rules that a packet met on its way, in the order in which the device asks them."""

from itertools import takewhile

from flowmodel.ruleset import Rule
from linter.engine.packet.holds import holds_all
from linter.engine.packet.index import candidates, written
from linter.engine.packet.state import State, Visit


def steps(state: State) -> tuple[Rule, ...]:
    """The rules that matched on the way of a packet, those that another one overruled included."""
    found: list[Rule] = []
    done, path = 0, state.path
    for visit in state.visits:
        found += path[done : visit.begin]
        found += _in_order(visit, path[visit.begin : visit.end], state)
        done = visit.end
    return (*found, *path[done:])


def _in_order(visit: Visit, path: tuple[Rule, ...], state: State) -> list[Rule]:
    """The rules of a chain in which the last one that matches decides (pf without `quick`)."""
    places = written(visit.chain)
    reached = [places[id(rule)] for rule in path if id(rule) in places]
    if not reached:
        return list(path)
    first = list(takewhile(lambda rule: id(rule) not in places, path))
    last = [rule for rule in path[len(first) :] if id(rule) not in places]
    met = {id(rule) for rule in path}
    before = State(visit.numbers, visit.names, state.family, state.tracked, visit.assumed)
    # The written rules are rules of the chain, and what is no candidate there does not match.
    asked = {
        place: rule
        for rule in (*candidates(visit.chain, visit.numbers), *path)
        if (place := places.get(id(rule), max(reached) + 1)) <= max(reached)
    }
    matching = [
        rule
        for _, rule in sorted(asked.items())
        if id(rule) in met or holds_all(rule.match, before)
    ]
    return [*first, *_once(matching), *last]


def _once(rules: list[Rule]) -> list[Rule]:
    """The rules without those that another one stands for: one of pf can become several."""
    return list({(rule.line, rule.column, rule.title): rule for rule in rules}.values())

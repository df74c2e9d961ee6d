"""Alternatives of which one is enough as a whole: whether one works, and what must be said if not.

An alternative counts in each address family by itself. One that nobody needs in a family works
there where it works in the other one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from tests.oracles.site.asked import Wanted
from tests.oracles.site.findings import REQUIRED, Finding
from tests.oracles.site.plan import Family, Flow, Plan

FAMILIES: Final[tuple[Family, ...]] = (4, 6)
Choices = frozenset[tuple[str, Family]]
"""Choices by their names, each in one family."""


def choice_of(flow: Flow) -> str:
    """What the flow is part of an alternative of; empty for others."""
    return flow.part_of.partition("/")[0]


def satisfied(plan: Plan, needed: Iterable[Wanted], failing: Collection[Wanted]) -> Choices:
    """The choices of which one whole alternative works.

    What one machine asks of itself works: its firewalls here accept what comes by `lo`.
    """
    by_itself = {one.part_of for one in plan.active if one.part_of and _is_within_one(one)}
    works: dict[tuple[str, Family], bool] = {(n, f): True for n in by_itself for f in FAMILIES}
    for one in needed:
        if one.flow.part_of:
            key = one.flow.part_of, one.query.source.version
            works[key] = works.get(key, True) and one not in failing
    families: tuple[tuple[Family, Family], ...] = ((4, 6), (6, 4))
    return frozenset(
        (name.partition("/")[0], family)
        for name in {name for name, _ in works}
        for family, other in families
        if works.get((name, family), works.get((name, other), False))
    )


def _is_within_one(flow: Flow) -> bool:
    """Whether both ends are the same machine."""
    ends = flow.source.machines, flow.target.machines
    return ends[0] == ends[1] and len(ends[0]) == 1


def without(failing: Sequence[Wanted], choices: Choices) -> list[Wanted]:
    """What is left to be found where some choices are satisfied."""
    return [o for o in failing if (choice_of(o.flow), o.query.source.version) not in choices]


def least(untold: Sequence[Wanted], failing: Sequence[Wanted]) -> list[Wanted]:
    """What nobody speaks of; of a choice, only the alternative that is told the most of.

    It is enough to be told all that is wrong with one alternative.
    """
    found = [one for one in untold if not one.flow.part_of]
    choices: dict[tuple[str, Family], dict[str, list[Wanted]]] = {}
    for one in failing:
        if one.flow.part_of:
            key = choice_of(one.flow), one.query.source.version
            mine = choices.setdefault(key, {}).setdefault(one.flow.part_of, [])
            mine += [one] if one in untold else []
    for several in choices.values():
        found += several[min(several, key=lambda name: len(several[name]))]
    return found


def denied(plan: Plan, findings: Iterable[Finding], good: Choices) -> Iterator[Finding]:
    """The findings that are sure of something wrong with a choice that is satisfied.

    Where nobody could check one alternative, and that is said, what fails of the other is told.
    """
    every = list(findings)
    unsure = {name for one in every if one.check == "FW113" for name in _choices(plan, one.flow)}
    for one in every:
        families: set[Family] = {box["family"] for box in one.boxes}
        choices = {
            (name, family) for name in _choices(plan, one.flow) - unsure for family in families
        }
        if one.is_certain and one.check in REQUIRED and choices and choices <= good:
            yield one


def are_of_one(plan: Plan, name: str, other: str) -> bool:
    """Whether two flows are parts of one choice."""
    return bool(_choices(plan, name) & _choices(plan, other))


def _choices(plan: Plan, name: str) -> set[str]:
    return {choice_of(flow) for flow in plan.active if flow.full_name == name} - {""}

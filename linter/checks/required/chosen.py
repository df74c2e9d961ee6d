"""What has to work: all that must or should, and of several alternatives the one that is chosen."""

from collections.abc import Iterable

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Alternative, Requirement
from linter.checks.required.judgements import Judgement, judgements, unanswered
from linter.checks.required.pairs import pairs_lost, works
from linter.checks.required.trials import PHASES
from linter.checks.subject import Subject

_NEEDED = ("must", "should")


@dataclass(frozen=True, slots=True, order=True)
class _Distance:
    """How far an alternative is from working: what surely fails of it, and what may fail."""

    surely: int = 0
    possibly: int = 0

    def __add__(self, other: "_Distance") -> "_Distance":
        return _Distance(self.surely + other.surely, self.possibly + other.possibly)


def required(subject: Subject, family: Family) -> list[Judgement]:
    """The judgements on everything that must or should work."""
    return subject.once(_required, family)


def _required(subject: Subject, family: Family) -> list[Judgement]:
    found = subject.once(_all, family)
    chosen = subject.once(_chosen, family)
    return [each for each in found if each.requirement.alternative in (None, *chosen)]


def _all(subject: Subject, family: Family) -> list[Judgement]:
    return judgements(subject.survey(family), _NEEDED)


def is_chosen(subject: Subject, flow: Requirement) -> bool:
    """Whether a flow has to work: of several alternatives that is one, in each family."""
    return flow.alternative is None or any(
        flow.alternative in subject.once(_chosen, family) for family in subject.families
    )


def _chosen(subject: Subject, family: Family) -> frozenset[Alternative]:
    """Of each choice the alternative that works, or else the one that is nearest to it.

    It has to work as a whole, between all its machines. That is stricter than the document: one
    machine might use another alternative than the next. What fails is reported of this one.
    """
    others = (subject.once(_distances, each) for each in subject.families if each != family)
    found = dict(subject.once(_distances, family))
    for distances in others:
        # Nothing of it is needed in this family: it works where it works in the other one.
        works_there = {one: far for one, far in distances.items() if far == _Distance()}
        found = works_there | found
    found = _unasked(subject) | found
    by_choice: dict[str, dict[Alternative, _Distance]] = {}
    for one, far in found.items():
        by_choice.setdefault(one.choice, {})[one] = far
    return frozenset(min(several, key=lambda one: several[one]) for several in by_choice.values())


def _unasked(subject: Subject) -> dict[Alternative, _Distance]:
    """The alternatives that no device was asked about: nothing shows that they do not work."""
    asked = {one for family in subject.families for one in subject.once(_distances, family)}
    found: dict[Alternative, _Distance] = {}
    for flow in subject.site.requirements:
        one = flow.alternative
        is_needed = flow.need in _NEEDED and not flow.inactive_because and flow.ends
        if one is not None and is_needed and one not in asked:
            found[one] = found.get(one, _Distance()) + _Distance(possibly=1)
    return found


def _distances(subject: Subject, family: Family) -> dict[Alternative, _Distance]:
    """How far each alternative that is asked about in a family is from working there."""
    unknown = {name for name, _ in unanswered(subject.survey(family))}
    by_flow: dict[str, list[Judgement]] = {}
    for each in subject.once(_all, family):
        if each.requirement.alternative is not None:
            by_flow.setdefault(each.requirement.name, []).append(each)
    found: dict[Alternative, _Distance] = {}
    for name, group in by_flow.items():
        alternative = group[0].requirement.alternative
        if alternative is not None:
            far = _of_services(group) if group[0].requirement.any_of else _of_devices(group)
            far += _Distance(possibly=int(name in unknown))
            found[alternative] = found.get(alternative, _Distance()) + far
    return found


def _of_services(group: list[Judgement]) -> _Distance:
    """Of a flow for which one of several services is enough."""
    surely = pairs_lost(group, surely=True) != group[0].space.false
    return _Distance(int(surely), int(not works(group)))


def _of_devices(group: Iterable[Judgement]) -> _Distance:
    found = _Distance()
    for each in group:
        surely = any(each.all_of(phase).certain != each.space.false for phase in PHASES)
        found += _Distance(int(surely), int(not each.works))
    return found

"""What has to work: all that must or should, and of several alternatives the one that is chosen."""

from collections.abc import Iterable, Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Alternative, Requirement
from linter.checks.required.judgements import Judgement, judgements, unanswered
from linter.checks.required.pairs import pairs_lost, works
from linter.checks.required.trials import PHASES
from linter.checks.subject import Subject
from linter.engine.site.survey import Survey

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
    """Whether a flow has to work: of several alternatives that is one, in each family.

    Where none works for certain, one that no device was asked about may be the one that does.
    """
    one = flow.alternative
    if one is None:
        return True
    chosen = [
        (each, far)
        for family in subject.families
        for each, far in subject.once(_chosen, family).items()
        if each.choice == one.choice
    ]
    is_open = not chosen or any(far != _Distance() for _, far in chosen)
    is_taken = any(each == one for each, _ in chosen)
    return is_taken or (is_open and flow.name in subject.once(_unasked).get(one, ()))


def _chosen(subject: Subject, family: Family) -> dict[Alternative, _Distance]:
    """Of each choice the alternative that works, or else the one that is nearest to it.

    It has to work as a whole, between all its machines. That is stricter than the document: one
    machine might use another alternative than the next. What fails is reported of this one.
    """
    found = dict(subject.once(_distances, family))
    for other in subject.families:
        # Nothing of it is needed in this family: it works where it works in the other one. One that
        # may work there, and is told of there, may do so here.
        distances = subject.once(_distances, other)
        nearest = _nearest(distances)
        found |= {
            one: far
            for one, far in distances.items()
            if one not in found
            and not far.surely
            and (far == _Distance() or nearest[one.choice] == one)
        }
    return {one: found[one] for one in _nearest(found).values()}


def _nearest(found: Mapping[Alternative, _Distance]) -> dict[str, Alternative]:
    """Of each choice the alternative that is nearest to working, the first of those alike."""
    nearest: dict[str, Alternative] = {}
    for one, far in found.items():
        if far < found[nearest.setdefault(one.choice, one)]:
            nearest[one.choice] = one
    return nearest


def _unasked(subject: Subject) -> dict[Alternative, set[str]]:
    """The flows of alternatives that no device was asked about, or that nobody knows all about."""
    asked = {each.requirement.name for f in subject.families for each in subject.once(_all, f)}
    found: dict[Alternative, set[str]] = {}
    for flow in subject.site.requirements:
        is_needed = flow.need in _NEEDED and not flow.inactive_because and flow.ends
        is_open = flow.is_unknown or (is_needed and flow.name not in asked)
        if flow.alternative is not None and is_open:
            found.setdefault(flow.alternative, set()).add(flow.name)
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
    for flow, far in _lost_on_the_way(subject.survey(family)):
        if flow is not None and flow.alternative is not None and flow.need in _NEEDED:
            found[flow.alternative] = found.get(flow.alternative, _Distance()) + far
    unasked = subject.once(_unasked)
    return {one: far + _Distance(possibly=len(unasked.get(one, ()))) for one, far in found.items()}


def _lost_on_the_way(survey: Survey) -> Iterator[tuple[Requirement | None, _Distance]]:
    """What no device blocks: machines that no public address leads to, and answers astray."""
    for part in survey.unfound:
        yield part.requirement, _Distance(1, 1)
    for each in survey.bypassed:
        surely = each.lost.certain != survey.space.false
        yield each.part.requirement, _Distance(int(surely), 1)
    for doubtful in survey.handed:
        yield doubtful.part.requirement, _Distance(possibly=1)


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

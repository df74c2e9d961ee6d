"""What was not judged, and why: nothing that a report is silent about may look proved."""

from collections.abc import Iterator

from flowmodel.finding import Report
from flowmodel.record import NamedTuple
from flowmodel.site import OWN
from linter.checks.catalogue import name
from linter.report.proof.cards import Cards
from linter.report.proof.matrix import anchor_of


class Item(NamedTuple):
    """One thing, the reason, and what to link to."""

    what: str
    why: str
    anchor: str = ""


class Unjudged(NamedTuple):
    """Things that are not judged for one kind of reasons."""

    title: str
    says: str
    items: tuple[Item, ...]


def unjudged(report: Report, found: Cards) -> Iterator[Unjudged]:
    """The kinds of which there is something."""
    for title, says, items in (
        (
            "Inputs that could not be evaluated",
            "Nothing is proved about what depends on them.",
            (Item(c.finding.message, str(c.finding.span), c.anchor) for c in found.failed),
        ),
        (
            "Flows that no export tells enough of",
            "They must, should or must never work; what is missing keeps that from being proved.",
            _silent(report),
        ),
        (
            "Flows that are only possible",
            "They depend on something that the exports do not tell.",
            _possible(report, found),
        ),
        (
            "Openings of which not all is known",
            "What else is open there, nobody knows.",
            (Item(f"{one.device}: {one.title}", n) for one in report.opened for n in one.notes),
        ),
        (
            "Parts of exports that were not understood",
            "What depends on them is possible, never certain.",
            (
                Item(c.finding.message, f"{c.finding.check}, {c.finding.span}", c.anchor)
                for c in found.unread
            ),
        ),
        (
            "Firewalls without an export",
            "The site names them, and nothing is known of what they let pass.",
            (Item(d.name, "no export is given") for d in report.site.devices if not d.exports),
        ),
        (
            "Checks that were left out",
            "Whoever ran this did not ask for them.",
            (Item(check, name(check)) for check in report.left_out),
        ),
        (
            "Flows that are not in use here",
            "The site says so: they were neither required nor permitted.",
            _unused(report),
        ),
        (
            "Flows that are permitted and not required",
            "Nobody asks whether they work; where they are open, that is no finding.",
            _permitted(report),
        ),
        (
            "What the documents do not cover",
            "The policies say nothing about it, and so nothing of it was checked.",
            (Item(text, used.name) for used in report.site.used for text in used.not_covered),
        ),
    ):
        if its := tuple(items):
            yield Unjudged(title, says, its)


def _silent(report: Report) -> Iterator[Item]:
    for each in report.proved:
        if each.because:
            yield Item(each.requirement.name, "; ".join(each.because), anchor_of(each.requirement))


def _possible(report: Report, found: Cards) -> Iterator[Item]:
    reasons: dict[str, dict[str, None]] = {}
    for card in (*found.open, *found.waived):
        known = reasons.setdefault(card.finding.flow, {})
        known.update(dict.fromkeys(card.finding.reasons))
    for each in report.proved:
        if each.result == "possible":
            flow = each.requirement
            why = "; ".join(reasons.get(flow.name, ())) or "see the findings about it"
            yield Item(flow.name, why, anchor_of(flow))


def _unused(report: Report) -> Iterator[Item]:
    asked = {each.requirement.name for each in report.proved}
    for flow in report.site.requirements:
        if flow.inactive_because or not flow.ends:
            yield Item(flow.name, flow.inactive_because or "an end of it is bound to nothing")
        elif flow.alternative and flow.need != "may" and flow.name not in asked:
            yield Item(flow.name, f"another alternative of {flow.alternative.choice} counts")


def _permitted(report: Report) -> Iterator[Item]:
    for flow in report.site.requirements:
        if flow.need == "may" and flow.ends and not flow.inactive_because:
            whose = "site" if flow.policy == OWN else "policy"
            yield Item(flow.name, flow.purpose or flow.app or f"the {whose} permits it")

"""Everything that the proof report says, whatever it is written in."""

from collections.abc import Iterator, Sequence

import linter
from flowmodel.finding import Report
from flowmodel.opened import Section
from flowmodel.record import NamedTuple
from flowmodel.site import OWN, Device, Site
from flowmodel.used import CheckedFile, Used
from linter.report import Options
from linter.report.diagram.at_site import at_site
from linter.report.diagram.connections import Connections
from linter.report.proof.cards import EXPOSURE, Card, Cards, cards
from linter.report.proof.matrix import Matrix, matrices
from linter.report.proof.tones import whole
from linter.report.proof.unjudged import Unjudged, unjudged
from linter.report.proof.verdict import Verdict, verdict


class Firewall(NamedTuple):
    """A device: where it stands, and what was read of it."""

    name: str
    stands: str
    files: tuple[CheckedFile, ...]


class Content(NamedTuple):
    """The parts of the report, in its order."""

    title: str
    tool: str
    day: str
    verdict: Verdict
    firewalls: tuple[Firewall, ...]
    policies: tuple[Used, ...]
    matrices: tuple[Matrix, ...]
    pictures: tuple[Connections, ...]
    opened: tuple[Section, ...]
    """What is open, where exports were checked by themselves."""
    cards: Cards
    unjudged: tuple[Unjudged, ...]
    has_trace: bool
    no_openings: str
    """What is said where no opening is reported."""

    @property
    def flows(self) -> dict[str, str]:
        """What to link to for each flow that a matrix has."""
        return {row.flow.name: row.anchor for one in self.matrices for row in one.rows}


def content(report: Report, options: Options) -> Content:
    """What there is to say of a report."""
    found = cards(report)
    of_flow: dict[str, list[Card]] = {}
    for card in (*found.open, *found.waived):
        of_flow.setdefault(card.finding.flow, []).append(card)
    return Content(
        title=report.input or report.site.name or "Firewall check",
        tool=f"fwlint {linter.__version__}",
        day=report.day,
        verdict=verdict(report),
        firewalls=tuple(_firewalls(report)),
        policies=report.site.used,
        matrices=tuple(matrices(report, of_flow)),
        pictures=tuple(_pictures(report)),
        opened=report.opened,
        cards=found,
        unjudged=tuple(unjudged(report, found)),
        has_trace=options.trace,
        no_openings=_no_openings(report),
    )


def _no_openings(report: Report) -> str:
    if report.failures:
        return "Not everything could be evaluated: what is open there is not known."
    if any(check.startswith(EXPOSURE) for check in report.left_out):
        return "Checks that look for openings were left out: what they would report is not known."
    return "Nothing is reported to be open beyond what is permitted."


def _firewalls(report: Report) -> Iterator[Firewall]:
    by_device: dict[str, list[CheckedFile]] = {}
    for each in report.checked:
        by_device.setdefault(each.device, []).append(each)
    for device in report.site.devices:
        yield Firewall(device.name, _stands(device), tuple(by_device.pop(device.name, ())))
    for name, files in by_device.items():
        yield Firewall(name, "", tuple(files))


def _stands(device: Device) -> str:
    """Where a device stands, in words."""
    if device.roles:
        return f"on the machine of {', '.join(device.roles)}"
    between = (
        f"{each.name}: {', '.join(each.networks)}" if each.networks else each.name
        for each in device.interfaces
    )
    return "; ".join(between) or "as its exports tell"


def _pictures(report: Report) -> Iterator[Connections]:
    """One for each policy of which something is in use here, then the site's own flows."""
    proved = {each.requirement.name: (each, whole(each).tone) for each in report.proved}
    for name, title, titles in _drawn(report.site):
        found = at_site(report.site, name, title, dict(titles), proved)
        if found.boxes:
            yield found


def _drawn(site: Site) -> Iterator[tuple[str, str, Sequence[tuple[str, str]]]]:
    yield from ((used.name, used.title, used.titles) for used in site.used)
    yield OWN, "The site's own flows", ()

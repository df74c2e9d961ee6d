"""Findings that a site accepts, and acceptances that have run out or fit nothing any more."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from linter.checks.catalogue import find, name
from linter.model.finding import Finding, Level, Waived
from linter.model.site import Waiver
from linter.model.values import contains


class Outcome(NamedTuple):
    """The findings that stay, FW510 among them, and those that are waived."""

    findings: list[Finding]
    waived: list[Waived]


def apply(waivers: Sequence[Waiver], findings: Sequence[Finding], today: date) -> Outcome:
    """Splits the findings by the first waiver in force that fits, and judges the waivers.

    A waiver is in force up to and including the day `until`.
    """
    kept: list[Finding] = []
    waived: list[Waived] = []
    fitting: dict[Waiver, int] = dict.fromkeys(waivers, 0)
    for finding in findings:
        fits = [waiver for waiver in waivers if matches(waiver, finding)]
        for waiver in fits:
            fitting[waiver] += 1
        in_force = next((waiver for waiver in fits if today <= waiver.until), None)
        if in_force is None:
            kept.append(finding)
        else:
            waived.append(Waived(finding, in_force.because, in_force.until.isoformat()))
    stale = (_stale(waiver, count, today) for waiver, count in fitting.items())
    return Outcome(kept + [finding for finding in stale if finding is not None], waived)


def matches(waiver: Waiver, finding: Finding) -> bool:
    """Whether everything that the waiver names is so in the finding; what it omits is no matter."""
    if waiver.finding not in (finding.check, name(finding.check)):
        return False
    if waiver.device and waiver.device != finding.device:
        return False
    if waiver.flow and waiver.flow != finding.flow:
        return False
    if not (waiver.to or waiver.service):
        return True
    if finding.destination is None:
        return False
    family, address, proto, port = finding.destination
    if waiver.to and not contains(waiver.to.of(6 if family == 6 else 4), address):
        return False
    return not waiver.service or any(
        service.proto == proto and contains(service.ports, port) for service in waiver.service
    )


def _stale(waiver: Waiver, count: int, today: date) -> Finding | None:
    if find(waiver.finding) is None:
        message = f"there is no finding {waiver.finding!r} to accept"
        remedy = "name a check by its id or name: `fwlint checks` lists them"
        return _finding(waiver, "warning", message, remedy)
    if waiver.until < today:
        message = f"the acceptance of {waiver.finding} ended on {waiver.until.isoformat()}"
        message += f" and fits {count} finding{'' if count == 1 else 's'} that are shown again"
        return _finding(waiver, "warning", message, "mend what it accepted, or accept it anew")
    if not count:
        message = f"nothing fits the acceptance of {waiver.finding} any more"
        return _finding(waiver, "info", message, "remove it")
    return None


def _finding(waiver: Waiver, level: Level, message: str, remedy: str) -> Finding:
    return Finding(
        check="FW510",
        level=level,
        certainty="certain",
        message=message,
        span=waiver.span,
        label=f"because: {waiver.because}",
        device=waiver.device,
        flow=waiver.flow,
        remedy=remedy,
        key=(waiver.finding, waiver.device, waiver.flow, waiver.because),
    )

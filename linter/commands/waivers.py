"""Findings that a site accepts, and acceptances that fit nothing any more."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flowmodel.finding import Destinations, Finding, Waived
from flowmodel.site import Service, Waiver
from flowmodel.values import Interval, contains, is_subset, union
from linter.checks.catalogue import find, name


class Outcome(NamedTuple):
    """The findings that stay, FW510 among them, and those that are waived."""

    findings: list[Finding]
    waived: list[Waived]


def apply(
    waivers: Sequence[Waiver], findings: Sequence[Finding], *, is_complete: bool = True
) -> Outcome:
    """Splits the findings by the first waiver that fits, and judges the waivers.

    Whoever loads a site leaves out the waivers that have run past their day `until`. Where not
    everything could be evaluated, a waiver may fit what is missing, and none is called unused.
    """
    kept: list[Finding] = []
    waived: list[Waived] = []
    used: set[Waiver] = set()
    for finding in findings:
        fitting = [waiver for waiver in waivers if matches(waiver, finding)]
        used.update(fitting)
        if fitting:
            waived.append(Waived(finding, fitting[0].because, fitting[0].until.isoformat()))
        else:
            kept.append(finding)
    unused = [waiver for waiver in waivers if is_complete and waiver not in used]
    return Outcome(kept + [_unused(waiver) for waiver in unused], waived)


def matches(waiver: Waiver, finding: Finding) -> bool:
    """Whether everything that the waiver names is so in the finding; what it omits is no matter.

    All packets of the finding must go where the waiver says: one that opens more is not waived.
    """
    if waiver.finding not in (finding.check, name(finding.check)):
        return False
    if waiver.device and not _is_on(waiver.device, finding.device):
        return False
    if waiver.flow and waiver.flow != finding.flow:
        return False
    if not (waiver.to or waiver.service):
        return True
    return bool(finding.destinations) and all(_goes(waiver, each) for each in finding.destinations)


def _is_on(device: str, place: str) -> bool:
    """Whether a finding's place is the device, or one of the machines in it: `aws/eni-0a1b`."""
    return place == device or place.startswith(device + "/")


def _goes(waiver: Waiver, where: Destinations) -> bool:
    """Whether packets that go there all go where the waiver says."""
    if waiver.to and not is_subset(where.addresses, waiver.to.of(where.family)):
        return False
    return not waiver.service or _serves(waiver.service, where)


def _serves(services: Sequence[Service], where: Destinations) -> bool:
    """Whether every port of every protocol is in the services."""
    protocols = {service.proto for service in services}
    if not is_subset(where.protocols, union((proto, proto) for proto in protocols)):
        return False
    return all(
        is_subset(where.ports, union(_ports(services, proto)))
        for proto in protocols
        if contains(where.protocols, proto)
    )


def _ports(services: Sequence[Service], proto: int) -> Iterator[Interval]:
    for service in services:
        if service.proto == proto:
            yield from service.ports


def _unused(waiver: Waiver) -> Finding:
    is_known = find(waiver.finding) is not None
    if is_known:
        message, remedy = (
            f"the waiver for {waiver.finding} no longer matches any finding",
            "remove it",
        )
    else:
        message = f"the waiver is for {waiver.finding!r}, which is not a check"
        remedy = "use the id or name of a check; `fwlint checks` lists all checks"
    return Finding(
        check="FW510",
        level="info" if is_known else "warning",
        certainty="certain",
        message=message,
        span=waiver.span,
        label=f"because: {waiver.because}",
        device=waiver.device,
        flow=waiver.flow,
        remedy=remedy,
        key=(waiver.finding, waiver.device, waiver.flow, waiver.because),
    )

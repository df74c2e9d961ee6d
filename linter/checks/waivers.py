"""Findings that a site accepts, and acceptances that fit nothing any more.

Waivers are applied to what all checks found, before anybody selects what to show.
"""

from collections.abc import Iterable, Sequence

from flowmodel.fields import ICMP, ICMPV6
from flowmodel.finding import Destinations, Finding, Waived
from flowmodel.site import Service, Waiver
from flowmodel.values import Values, contains, is_subset, union
from linter.checks.catalogue import name


def split(
    waivers: Sequence[Waiver], findings: Iterable[Finding]
) -> tuple[list[Finding], list[Waived]]:
    """The findings that stay, and those that are waived, each by the first waiver that fits.

    Whoever loads a site leaves out the waivers that have run past their day `until`.
    """
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in findings:
        first = next((waiver for waiver in waivers if matches(waiver, finding)), None)
        if first is None:
            kept.append(finding)
        else:
            waived.append(Waived(finding, first.because, first.until.isoformat()))
    return kept, waived


def unused(waivers: Sequence[Waiver], findings: Sequence[Finding]) -> list[Waiver]:
    """The waivers that fit no finding; of several that fit one, none is unused."""
    return [each for each in waivers if not any(matches(each, found) for found in findings)]


def is_waived_in_part(waivers: Sequence[Waiver], finding: Finding) -> bool:
    """Whether it is waived because of where its packets go: what others get there is not."""
    mine = [each for each in waivers if matches(each, finding)]
    return bool(mine) and all(each.to or each.service for each in mine)


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
        _serves_one([service for service in services if service.proto == proto], where)
        for proto in protocols
        if contains(where.protocols, proto)
    )


def _serves_one(services: Sequence[Service], where: Destinations) -> bool:
    """Whether every port, or every type and code of ICMP, is in services of one protocol."""
    if services[0].proto not in (ICMP, ICMPV6):
        return is_subset(where.ports, union(port for each in services for port in each.ports))
    return all(
        is_subset(where.codes, _codes(services, kind))
        for first, last in where.types
        for kind in range(first, last + 1)
    )


def _codes(services: Sequence[Service], kind: int) -> Values:
    """The codes that messages of one type may have."""
    return union(code for each in services if contains(each.types, kind) for code in each.codes)

"""Required flows that no export says anything about: FW113."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.finding import Finding
from flowmodel.site import Device, Requirement, Site
from flowmodel.values import Values, difference
from linter.engine.sets.words import addresses_in_words
from linter.engine.site.questions import Question
from linter.engine.site.survey import Survey


def check(site: Site, surveys: Iterable[Survey], reported: frozenset[str]) -> Iterator[Finding]:
    """The flows that no device was asked about, and the devices that are silent on one family.

    `reported` are the devices of which FW401 says so already.
    """
    every = list(surveys)
    asked = {
        part.requirement.name
        for survey in every
        for answered in survey.answers
        for part in answered.question.required
        if part.requirement
    }
    ways = {
        requirement.name: f"from {way.source.network} to {way.arrives.network}"
        for survey in reversed(every)
        for requirement, way in reversed(survey.unreached)
    }
    for requirement in site.requirements:
        is_required = requirement.need in ("must", "should") and not requirement.inactive_because
        if requirement.is_self or not is_required:
            continue
        if requirement.ends and requirement.name not in asked:
            yield _unchecked(requirement, ways.get(requirement.name, ""))
    unlinked = _unlinked(every, asked)
    yield from unlinked.values()
    yield from _apart(site, {network for ends in unlinked for network in ends})
    yield from _bare(site)
    for survey in every:
        yield from _silent(survey, reported)


def _unlinked(surveys: Sequence[Survey], asked: set[str]) -> dict[tuple[str, str], Finding]:
    """One finding for each two networks that flows go between, and no device of the site."""
    flows: dict[tuple[str, str], dict[str, Requirement]] = {}
    for survey in surveys:
        for requirement, way in survey.unreached:
            ends = way.source.network, way.arrives.network
            is_needed = requirement.name in asked and requirement.need in ("must", "should")
            if is_needed and not survey.topology.is_linked(way):
                flows.setdefault(ends, {})[requirement.name] = requirement
    return {ends: _without_way(ends, list(found.values())) for ends, found in flows.items()}


def _without_way(ends: tuple[str, str], flows: list[Requirement]) -> Finding:
    first, *others = flows
    return Finding(
        check="FW113",
        level="info",
        certainty="certain",
        message=f"no device of the site leads from {ends[0]} to {ends[1]}",
        span=first.span,
        label="needs a way" + (f", and {len(others)} more flows do" if others else ""),
        flow=first.name,
        extent=", ".join(flow.name for flow in flows[:4]),
        remedy="name the device between them, or the interface behind which the network lies",
        key=("FW113", *ends),
    )


def _apart(site: Site, told: set[str]) -> Iterator[Finding]:
    """One finding for each network with addresses that no interface of the site leads to.

    What is open from there, though it should not be, is no flow that anybody needs.
    """
    routers = [device for device in site.devices if not device.is_machine]
    names = {name for device in routers for each in device.interfaces for name in each.networks}
    linked = Addresses()
    for name in names & site.networks.keys():
        linked |= site.networks[name]
    for name, addresses in site.networks.items() if names else ():
        if name in told:
            continue
        rest = [
            (family, difference(addresses.of(family), linked.of(family))) for family in FAMILIES
        ]
        words = [addresses_in_words(values, family) for family, values in rest if values]
        if words:
            yield Finding(
                check="FW113",
                level="info",
                certainty="certain",
                message=f"no device of the site leads to {name}: nothing says what is open there",
                span=routers[0].span,
                label="leads to other networks",
                extent=", ".join(words),
                remedy="name the interface behind which the network lies, or the device before it",
                key=("FW113", name),
            )


def _bare(site: Site) -> Iterator[Finding]:
    """One finding for each role that has firewalls at some of its addresses, and not at all."""
    hosts = [device for device in site.devices if device.roles]
    for role in site.roles:
        near = [device for device in hosts if role.name in device.roles]
        words = [
            addresses_in_words(rest, family)
            for family in FAMILIES
            if (rest := _without_firewall(role.addresses.of(family), family, hosts))
        ]
        if near and words:
            yield Finding(
                check="FW113",
                level="info",
                certainty="certain",
                message=f"no export holds the firewalls of all machines of {role.name}",
                span=near[0].span,
                label="some are here",
                extent=", ".join(words),
                remedy="name the device of the others, with its export, or correct the addresses",
                key=("FW113", role.name, "machines"),
            )


def _without_firewall(addresses: Values, family: Family, hosts: Sequence[Device]) -> Values:
    for host in hosts:
        addresses = difference(addresses, host.own.of(family))
    return addresses


def _unchecked(requirement: Requirement, way: str) -> Finding:
    return Finding(
        check="FW113",
        level="info",
        certainty="certain",
        message=f"no export shows whether {requirement.name} works",
        span=requirement.span,
        label="no device of the site with an export is on its way",
        flow=requirement.name,
        rows=tuple(str(row) for row in requirement.rows),
        extent=way,
        remedy="name the device between the ends, with its export, in the site file",
        key=("FW113", requirement.name),
    )


def _silent(survey: Survey, reported: frozenset[str]) -> Iterator[Finding]:
    """One finding for each device that flows cross in a family of which its exports say nothing."""
    by_device: dict[str, list[Question]] = {}
    for question in survey.unanswered:
        by_device.setdefault(question.crossing.device.name, []).append(question)
    for name, questions in by_device.items():
        device = questions[0].crossing.device
        flows = _flows(questions)
        if not flows or not device.exports or name in reported:
            continue
        if survey.family == 4 or device.ipv6:
            yield _about(device, survey.family, flows)


def _flows(questions: Sequence[Question]) -> list[str]:
    found = dict.fromkeys(
        part.requirement.name
        for question in questions
        for part in question.required
        if part.requirement is not None and part.requirement.need in ("must", "should")
    )
    return list(found)


def _about(device: Device, family: Family, flows: list[str]) -> Finding:
    more = f" and {len(flows) - 4} more" if len(flows) > 4 else ""
    return Finding(
        check="FW113",
        level="info",
        certainty="certain",
        message=f"the exports of {device.name} say nothing of IPv{family}, which is needed there",
        span=device.span,
        label="no export of this device is about it",
        device=device.name,
        extent=f"{', '.join(flows[:4])}{more}",
        remedy=f"give the device's IPv{family} export too",
        key=("FW113", device.name, f"IPv{family}"),
    )

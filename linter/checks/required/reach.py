"""What the exports of a site say nothing about: ways, networks, machines and address families."""

from collections.abc import Iterator, Sequence

from flowmodel.addresses import Addresses, together
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass
from flowmodel.site import Device, End, Requirement, Site, of_role
from flowmodel.values import Values, difference
from linter.checks.required.chosen import is_chosen
from linter.checks.subject import Subject
from linter.engine.sets.words import addresses_in_words


def asked(subject: Subject) -> set[str]:
    """The names of the requirements that some device was asked about."""
    return {
        part.requirement.name
        for survey in subject.surveys
        for question in survey.questions
        for part in question.required
        if part.requirement
    }


def unchecked(subject: Subject) -> Iterator[tuple[Requirement, str]]:
    """The needed flows that no device was asked about, with the networks they go between.

    Those to a group are among them that somebody was asked about in one network only.
    """
    known = asked(subject)
    ways = {
        requirement.name: f"from {way.source.network} to {way.arrives.network}"
        for survey in reversed(subject.surveys)
        for requirement, way in reversed(survey.unreached)
    }
    for requirement in subject.site.requirements:
        is_required = requirement.need in ("must", "should") and not requirement.inactive_because
        if requirement.is_self or not is_required or not is_chosen(subject, requirement):
            continue
        # A group is reached in the sender's own network alone, whatever was asked about there.
        is_known = requirement.name in known and not (
            requirement.group and requirement.name in ways
        )
        if requirement.ends and not is_known:
            yield requirement, ways.get(requirement.name, "")


def unwatched(subject: Subject) -> Iterator[tuple[Requirement, str]]:
    """The forbidden flows with a way that no device is on, with the networks of the first one."""
    ways: dict[str, tuple[Requirement, str]] = {}
    for survey in subject.surveys:
        for requirement, way in survey.unreached:
            if requirement.need == "never":
                ends = f"from {way.source.network} to {way.arrives.network}"
                ways.setdefault(requirement.name, (requirement, ends))
    yield from ways.values()


def unlinked(subject: Subject) -> dict[tuple[str, str], list[Requirement]]:
    """The flows between each two networks that no device of the site lies between."""
    known = asked(subject)
    flows: dict[tuple[str, str], dict[str, Requirement]] = {}
    for survey in subject.surveys:
        for requirement, way in survey.unreached:
            ends = way.source.network, way.arrives.network
            is_needed = requirement.name in known and requirement.need in ("must", "should")
            if is_needed and is_chosen(subject, requirement) and not survey.topology.is_linked(way):
                flows.setdefault(ends, {})[requirement.name] = requirement
    return {ends: list(found.values()) for ends, found in flows.items()}


def apart(site: Site) -> Iterator[tuple[str, str, Device]]:
    """The networks with addresses that no interface of the site leads to, and one of its devices.

    What is open from there, though it should not be, is no flow that anybody needs.
    """
    routers = [device for device in site.devices if not device.is_machine]
    names = {name for device in routers for each in device.interfaces for name in each.networks}
    linked = Addresses()
    for name in names & site.networks.keys():
        linked |= site.networks[name]
    for name, addresses in site.networks.items() if names else ():
        rest = [
            (family, difference(addresses.of(family), linked.of(family))) for family in FAMILIES
        ]
        words = [addresses_in_words(values, family) for family, values in rest if values]
        if words:
            yield name, ", ".join(words), routers[0]


def bare(site: Site) -> Iterator[tuple[End, str, Device]]:
    """The roles without firewalls at these of their addresses, and a machine that has one."""
    hosts = [device for device in site.devices if device.roles]
    for role in site.roles:
        near = [device for device in hosts if role.name in device.roles]
        words = [
            addresses_in_words(rest, family)
            for family in FAMILIES
            if (rest := _without_firewall(role.addresses.of(family), family, hosts))
        ]
        if near and words:
            yield role, ", ".join(words), near[0]


@dataclass(frozen=True, slots=True)
class Untold:
    """A role with more machines than exports, and devices that stand at nobody says which."""

    role: End
    count: int
    """How many machines it has."""
    told: int
    """At how many of them it is said which device stands there."""
    devices: tuple[Device, ...]


def untold(site: Site) -> Iterator[Untold]:
    """The roles with machines of which there is no export, whichever machine has which."""
    for role in site.roles:
        near = [device for device in site.devices if role.name in device.roles]
        devices = tuple(device for device in near if device.machines)
        if not devices:
            continue
        those = of_role([each for each in site.roles if each.name == role.name])
        own = together(device.own for device in near if not device.machines)
        told = max(
            sum(bool(each.of(family) and not (each - own).of(family)) for each in those)
            for family in FAMILIES
        )
        if len(devices) < len(those) - told:
            yield Untold(role, len(those), told, devices)


def _without_firewall(addresses: Values, family: Family, hosts: Sequence[Device]) -> Values:
    for host in hosts:
        addresses = difference(addresses, host.own.of(family))
    return addresses

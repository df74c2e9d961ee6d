"""Which firewalls are asked what is open, and what a site knows of their addresses."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses, together
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, Site
from linter.checks.subject import Subject
from linter.engine.packet.routing import Own


def firewalls(subject: Subject) -> Iterator[tuple[Device, tuple[RuleSet, ...]]]:
    """Each device of the site with its rule sets, then what its exports hold beside them.

    An account (AWS) holds many machines, and a site is often about a few of them.
    """
    asked: set[tuple[str, str]] = set()
    holders: dict[str, Device] = {}
    for device in subject.site.devices:
        its = subject.rulesets.get(device.name) or subject.exports.get(device.name, ())
        asked |= {(each.path, each.place) for each in its}
        holders.setdefault(device.name.rpartition("/")[0], device)
        yield device, its
    for name, exports in subject.exports.items():
        rest = tuple(each for each in exports if (each.path, each.place) not in asked)
        if rest and name in holders:
            yield replace(holders[name], name=name, interfaces=(), roles=(), own=Addresses()), rest


def known_own(device: Device, site: Site) -> Own:
    """The device's own addresses, and others, as far as the site tells, whatever its exports do.

    An address is another machine's if a role is bound to it and that machine is known to have it.
    Either alone is no proof: firewalls take turns with an address, each host has Docker's network,
    and a role may be bound to the address that a firewall translates.
    """
    others = together(
        role.addresses & machine.local
        for machine in site.devices
        for role in site.roles
        if role.name in machine.roles and role.name not in device.roles
    )
    return Own(device.local, device.foreign | (others - device.local))

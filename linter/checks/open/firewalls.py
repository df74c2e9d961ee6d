"""Which firewalls are asked what is open: those of a site, and others that its exports hold."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device
from linter.checks.subject import Subject


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

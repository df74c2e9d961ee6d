"""Which uplink serves which public address, where the site says it (`via:`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

from flowmodel.addresses import Addresses
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, Interface, Site, Uplink
from flowmodel.source import InputError

INTERNET = "internet"
RuleSets = Mapping[str, Sequence[RuleSet]]


def resolved(site: Site, uplink: Uplink, rulesets: RuleSets) -> Uplink | None:
    """The uplink with the device and the interface by the names that the site has for them.

    None where it has an export that would tell interfaces and is not here. Raises InputError where
    it is no single interface towards the internet.
    """
    routers = [device for device in site.devices if not device.is_machine]
    if uplink.device:
        known = _listed(each.name for each in routers)
        routers = [each for each in routers if each.name == uplink.device]
        if not routers:
            _refuse(site, uplink, f"`{uplink.device}` is no device between networks{known}")
    found = list(_found(uplink, routers, rulesets))
    if not found and not all(each.interfaces for each in routers):
        return None
    if not found:
        known = _listed(
            each.name for device in routers for each in device.interfaces if _leads_out(each)
        )
        _refuse(site, uplink, f"no device has an interface `{uplink.interface}`{known}")
    if len(found) > 1:
        names = " and ".join(device.name for device, _ in found)
        form = f"{{device: {found[0][0].name}, interface: {uplink.interface}}}"
        message = f"{names} have an interface `{uplink.interface}`; write which, as in `{form}`"
        _refuse(site, uplink, message)
    ((device, interface),) = found
    if not _leads_out(interface):
        _refuse(site, uplink, f"`{uplink.interface}` of {device.name} has no internet behind it")
    return replace(uplink, device=device.name, interface=interface.name)


def _found(
    uplink: Uplink, routers: Iterable[Device], rulesets: RuleSets
) -> Iterator[tuple[Device, Interface]]:
    for device in routers:
        links = [link for ruleset in rulesets.get(device.name, ()) for link in ruleset.links]
        for interface in device.interfaces:
            others = (name for link in links if interface.name in link.names for name in link.names)
            if uplink.interface in (interface.name, *others):
                yield device, interface


def _leads_out(interface: Interface) -> bool:
    return INTERNET in interface.networks


def _listed(names: Iterable[str]) -> str:
    words = ", ".join(dict.fromkeys(f"`{name}`" for name in names))
    return f"; there is {words}" if words else ""


def _refuse(site: Site, uplink: Uplink, message: str) -> NoReturn:
    lines = site.sources[0].lines if site.sources else []
    line = uplink.span.line
    raise InputError(message, uplink.span, lines[line - 1] if line <= len(lines) else "")


def split(
    uplinks: Iterable[Uplink], wanted: Addresses
) -> Iterator[tuple[Addresses, Uplink | None]]:
    """The addresses by the uplink that serves them; those of which nobody says it come last."""
    for uplink in uplinks:
        if here := wanted & uplink.addresses:
            yield here, uplink
            wanted = wanted - here
    if wanted:
        yield wanted, None

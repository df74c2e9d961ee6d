"""A device on the way, and the paths that begin or end at a firewall between networks itself."""

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES
from flowmodel.record import dataclass
from flowmodel.ruleset import Traffic
from flowmodel.site import Device
from flowmodel.values import intersection, is_subset, size, union
from linter.engine.device.headers import Place

_NETWORK = 4
"""How many addresses the smallest network with machines has; fewer ones were listed one by one."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One device on the way; interfaces that the site does not tell are empty."""

    device: Device
    traffic: Traffic
    in_name: str
    out_name: str
    is_sure: bool = True
    """Whether the packets cross it for certain; not where only its own rules name their address."""

    def __hash__(self) -> int:
        """That of all fields would go through all that a site says of the device."""
        return hash(self.key)

    @property
    def place(self) -> Place:
        """Where packets meet the device."""
        return Place(self.traffic, self.in_name, self.out_name)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two crossings the same."""
        return *self.device.key, self.traffic, self.in_name, self.out_name


Path = tuple[Crossing, ...]


def ending(paths: tuple[Path, ...], router: Device, near: str, far: str) -> tuple[Path, ...]:
    """The paths that end at a firewall, by the interface where they come to it first."""
    entries = _names(router, near)
    if entries:
        return tuple((Crossing(router, "input", name, ""),) for name in entries)
    return tuple(
        (*path[:index], Crossing(router, "input", _entry(path[index:], router, far), ""))
        for path in paths
        for index in (_index(path, router),)
    )


def beginning(paths: tuple[Path, ...], router: Device, near: str, far: str) -> tuple[Path, ...]:
    """The paths that begin at a firewall, by the interface where they leave it last."""
    leaving = _names(router, far)
    if leaving:
        return tuple(
            (Crossing(router, "output", "", name), *(c for c in path[-1:] if c.traffic == "input"))
            for path in paths
            for name in leaving
        )
    return tuple(
        (Crossing(router, "output", "", name), *rest)
        for path in paths
        for name, rest in (_leaving(path, router, near),)
    )


def _index(path: Path, router: Device) -> int:
    """Where the path crosses the firewall; its end where it does not."""
    return next((i for i, crossing in enumerate(path) if crossing.device is router), len(path))


def _entry(rest: Path, router: Device, network: str) -> str:
    """The interface by which a path comes in; from the network of the address if it goes past."""
    names = [rest[0].in_name] if rest else _names(router, network)
    return names[0] if len(names) == 1 else ""


def _leaving(path: Path, router: Device, network: str) -> tuple[str, Path]:
    """The interface by which a path leaves, and what comes behind it."""
    index = _index(path, router)
    if index < len(path):
        return path[index].out_name, path[index + 1 :]
    names = _names(router, network)
    return names[0] if len(names) == 1 else "", path


def _names(router: Device, network: str) -> list[str]:
    return [each.name for each in router.interfaces if network in each.networks]


def named(own: Addresses, addresses: Addresses) -> Addresses:
    """Those of a firewall's own addresses that an end names, and not a network around them."""
    v4, v6 = (
        union(
            each
            for interval in addresses.of(family)
            if is_subset((interval,), own.of(family)) or size((interval,)) < _NETWORK
            for each in intersection((interval,), own.of(family))
        )
        for family in FAMILIES
    )
    return Addresses(v4, v6)

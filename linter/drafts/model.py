"""What a proposed site file says, part by part; `linter/report/draft` has its text."""

from typing import Literal

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass

Kind = Literal["machine", "between", "account"]
"""A machine itself, a firewall between networks, or an account with many machines."""
RESERVED = ("internet", "any", "none", "all", "self")
"""Words of site files that no network can have for a name."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the site, and where exports show it."""

    name: str
    addresses: Addresses
    told: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the site's own: machines, each with its addresses, or a whole network.

    With neither it can have any address, as no export tells one.
    """

    name: str
    machines: tuple[Addresses, ...] = ()
    network: str = ""
    told: str = ""
    taken: tuple[str, ...] = ()
    """The roles of policies that the same machine has: `leap.webapp`."""


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a device, and what is behind it: names of networks, and the internet."""

    names: tuple[str, ...]
    """All its names, that of the rules first."""
    networks: tuple[str, ...] = ()
    addresses: Addresses = Addresses()
    is_outside: bool = False

    @property
    def is_known(self) -> bool:
        """Whether it is known what is behind it."""
        return bool(self.networks) or self.is_outside


@dataclass(frozen=True, slots=True)
class Device:
    """A firewall: its exports as the site file names them, and what they tell of it."""

    name: str
    exports: tuple[str, ...]
    kind: Kind
    why: str
    """Why it is taken for what `kind` says, where the exports do not tell."""
    interfaces: tuple[Interface, ...] = ()
    is_told: bool = False
    """Whether the exports tell by themselves which networks it connects."""
    role: str = ""
    """The name of the machine's own role."""
    silent: tuple[int, ...] = ()
    """The address families of which the exports say nothing."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An opening as an entry of `allow:`, with what the entry does not say."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    services: tuple[str, ...]
    told: tuple[str, ...]
    """The rules that open it, with their places."""
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why a person has to look at it before it counts; none where it counts at once."""
    is_from_outside: bool = False
    """Whether none of its sources is in a network of the site."""


UNNAMED = "ADDRESSES"
"""What stands for addresses that a person has to fill in: no site file is read with it."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Openings that a site file has no words for, under what they have in common."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """All of a site file but the policies that it uses."""

    name: str
    networks: tuple[Network, ...]
    roles: tuple[Role, ...]
    devices: tuple[Device, ...]
    allowed: tuple[Allowed, ...] = ()
    asides: tuple[Aside, ...] = ()

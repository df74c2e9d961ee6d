"""The two ends of a way: addresses in one network, and the machines whose firewalls are there."""

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Traffic
from flowmodel.site import Device
from linter.engine.site.crossing import Crossing, Path


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Addresses of an end that lie in one network, and perhaps on one machine with firewalls.

    Most machines have one. In a cloud there are groups before it (AWS) beside its own; packets that
    come meet them in the order of the devices, and those that it sends the other way round.
    A topology makes each once, and asks it once for what pairs of very many of them need.
    """

    addresses: Addresses
    network: str
    hosts: tuple[Device, ...]
    router: Device | None = None
    """The firewall between networks that they are own addresses of."""
    is_known: bool = True
    """Whether a network of the site, or one that an export shows, has the addresses."""
    sure: tuple[Device, ...] = ()
    """Those of the machines that the addresses surely are of. What is of the others may be of
    nobody or of somebody else: rules name whole networks, and all but a few addresses."""

    def apart(self, theirs: tuple[Device, ...]) -> "Piece":
        """The piece without the machines that it may be on, but another one surely is."""
        if len(self.sure) == len(self.hosts) or not theirs:
            return self
        hosts = (host for host in self.hosts if host in self.sure or host not in theirs)
        return replace(self, hosts=tuple(hosts))

    def firewalls(self, traffic: Traffic, network: str) -> Path:
        """Its machines' own firewalls, at the interface towards the other end, if one is told."""
        path: list[Crossing] = []
        for host in self.hosts if traffic == "input" else reversed(self.hosts):
            names = [each.name for each in host.interfaces if network in each.networks]
            name = names[0] if len(names) == 1 else ""
            ends = (name, "") if traffic == "input" else ("", name)
            is_sure = bool(self.addresses & host.own)
            path.append(Crossing(host, traffic, *ends, is_sure=is_sure))
        return tuple(path)


@dataclass(frozen=True, slots=True)
class Way:
    """Packets between two pieces, and all the paths that they may take.

    `destination` is what the senders write into their packets; `arrives` is where they must arrive.
    The two differ where a device translates a public address.
    """

    source: Piece
    destination: Addresses
    arrives: Piece
    paths: tuple[Path, ...]
    is_past: bool = False
    """Whether the replies take another way, past the router that these go over: nobody gives them
    the address that the sender expects, unless the router has changed the sender's too."""
    is_told: bool = False
    """Whether the site says by which uplink they come; then the replies may be led there too."""

    @property
    def is_to_own(self) -> bool:
        """Whether senders use the machines' own addresses: all of them, or those of some paths."""
        return not self.destination - self.arrives.addresses

    @property
    def is_either(self) -> bool:
        """Whether they take one of several paths, and the site does not tell which."""
        return len(self.paths) > 1

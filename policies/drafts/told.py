"""What a file on a machine tells of a service: its ports, and what it says beside them."""

from flowmodel.record import dataclass
from policies.protocols import has_ports, number_of
from policies.services import parse_ports


@dataclass(frozen=True, slots=True)
class ToldPort:
    """Ports with their protocols, or a protocol without ports, and the line that names them."""

    protocol: str
    """`tcp`, `tcp+udp`, `esp`."""
    ports: str
    """`80,443` or `6881-6891`; empty for a protocol without ports."""
    line: int

    @property
    def service(self) -> str:
        """As a flow has it."""
        return f"{self.ports}/{self.protocol}" if self.ports else self.protocol

    @property
    def cells(self) -> dict[str, str]:
        """As a row has it."""
        port = {"port": self.ports} if self.ports else {}
        return {"protocol": self.protocol, **port}


@dataclass(frozen=True, slots=True)
class Told:
    """One service; `gaps` are what a policy cannot take over, each in words."""

    name: str
    title: str
    source: str
    ports: tuple[ToldPort, ...]
    group: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


def told_port(protocol: str, ports: str, line: int) -> ToldPort:
    """The ports that a file names; a protocol alone stands for all its ports.

    Raises ValueError with a message for people.
    """
    numbers = [number_of(part) for part in protocol.split("+")]
    if None in numbers:
        raise ValueError(f"unknown protocol `{protocol}`")
    if not all(number is not None and has_ports(number) for number in numbers):
        if ports:
            raise ValueError(f"`{protocol}` has no ports")
        return ToldPort(protocol, "", line)
    if ports and not parse_ports(ports).are_ports:
        raise ValueError(f"`{ports}` is not a valid port (1 to 65535)")
    return ToldPort(protocol, ports or "1-65535", line)

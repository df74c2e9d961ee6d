"""All that was asked about one traffic of a device, with what of it is let in."""

from collections.abc import Iterator

from flowmodel.record import dataclass
from flowmodel.values import Values
from linter.engine.device.ask import Answer
from linter.engine.device.openings import is_accepted, main_chain
from linter.engine.device.passage import ChainResult, Strand
from linter.engine.device.sent import Sent
from linter.engine.device.walk import Region
from linter.engine.sets.space import Bits, PacketSet, Space


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """The packets of one traffic that are let in, all translated alike; flags are projected away.

    Both sets depend on the header and on the interfaces, `sides`, and on nothing that is free.
    """

    certain: PacketSet
    possible: PacketSet
    sent: Sent | None
    arrivals: tuple[Strand, ...]
    """All packets that were asked about with them, as they come."""
    routed: PacketSet
    """The packets at the interfaces by which they come and go, as far as that is known."""
    is_assumed: bool = False
    """Whether they pass if the address that they are sent to is the device's own, or is not."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """All that was asked about one traffic of a device in one family, with what passes."""

    answer: Answer
    packets: PacketSet
    sides: dict[str, Bits]
    """The interfaces as variables: `in`, and for packets through the device also `out`."""
    names: tuple[str, ...]
    """The interfaces that were asked about: one for each that rules or exports tell apart."""
    sources: Values
    destinations: Values
    """Those of packets that are asked about as they come."""
    own: Values
    """Those of packets for the machine: the addresses that it may have."""
    for_many: Values
    """Destinations for many machines, which were asked about beside the others."""
    exposed: tuple[Exposed, ...]

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answer.space

    def codes(self) -> dict[str, Values]:
        """The value of a side's variables that stands for each interface."""
        every = {name: code for code, name in enumerate(self.space.names)}
        return {name: ((every[name], every[name]),) for name in self.names}


def accepting(answer: Answer) -> Iterator[tuple[ChainResult, Region]]:
    """What each rule of the main chains lets pass, with its base chain; see `main_chain`."""
    for result in main_chain(answer):
        for region in result.regions:
            if is_accepted(region):
                yield result, region

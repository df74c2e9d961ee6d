"""What one device is asked: packets of flows, and all others towards the roles, way by way."""

from collections.abc import Iterator
from typing import Literal

from flowmodel.record import dataclass, field
from flowmodel.site import End, Requirement, Service
from linter.engine.device.passage import Strand
from linter.engine.sets.space import Box, PacketSet
from linter.engine.site.crossing import Crossing
from linter.engine.site.pieces import Way

Only = Literal["all", "translated", "kept"]


@dataclass(frozen=True, slots=True)
class Part:
    """The packets of a requirement (or, without one, of all services) on one way."""

    requirement: Requirement | None
    source: End | None
    destination: End
    way: Way | None
    packets: PacketSet
    box: Box
    is_elsewhere: bool = False
    """Whether they are sent to other machines' addresses: only translated ones get to this one."""
    meant: tuple[Service, ...] = ()
    """The services that translated ones are about once they arrive; empty for all that come."""
    only: Only = "all"
    """Which of them count: those that the router on the way may translate, or those that it keeps,
    as what is sent to it and not translated is for the router itself."""
    is_anywhere: bool = False
    """Whether nobody knows an address of the machine in the family: they are sent to all."""

    @property
    def is_sent_on(self) -> bool:
        """Whether only what a translation sends on gets to where the part is for."""
        return self.is_elsewhere or self.only == "translated"


@dataclass(slots=True)
class Question:
    """What is asked at one crossing: required, inward and outward packets, and how they come."""

    crossing: Crossing
    required: list[Part] = field(default_factory=list)
    inward: list[Part] = field(default_factory=list)
    outward: list[Part] = field(default_factory=list)
    forbidden: list[Part] = field(default_factory=list)
    forwarded: list[Part] = field(default_factory=list)
    """Packets to other addresses, which a rule on the way may send to a role."""
    networks: list[Part] = field(default_factory=list)
    """Packets to networks of which no role says what is in them."""
    sent: list[Strand] = field(default_factory=list)
    """All these packets as they come to the device, in the ends that others have given them."""

    @property
    def is_required_alone(self) -> bool:
        """Whether it asks about needed flows only, and not what else is open."""
        return len(self.parts) == len(self.required)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is asked."""
        towards = (*self.inward, *self.outward, *self.forwarded, *self.networks)
        return (*self.required, *self.forbidden, *towards)


def apart(question: Question) -> Iterator[Question]:
    """Questions that ask the same together: one for each requirement, and one for all else."""
    named = {
        part.requirement.name: Question(question.crossing)
        for part in (*question.required, *question.forbidden)
        if part.requirement
    }
    for part in question.required:
        if part.requirement:
            named[part.requirement.name].required.append(part)
    for part in question.forbidden:
        if part.requirement:
            named[part.requirement.name].forbidden.append(part)
    yield from named.values()
    yield Question(
        question.crossing,
        inward=question.inward,
        outward=question.outward,
        forwarded=question.forwarded,
        networks=question.networks,
    )

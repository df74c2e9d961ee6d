"""What was asked about each flow of a site, and what the answer was."""

from typing import Literal

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Requirement

Result = Literal["works", "blocked", "possible", "not judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a flow fares on one device, in one address family."""

    device: str
    family: Family
    result: Result


@dataclass(frozen=True, slots=True)
class Proved:
    """How a flow that must, should or must never work fares on all its ways."""

    requirement: Requirement
    devices: tuple[Judged, ...]
    result: Result
    because: tuple[str, ...] = ()
    """Why some of it is not judged."""

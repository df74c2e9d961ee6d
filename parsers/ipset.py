"""What `ipset save` prints."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class NamedSet:
    """A set of the kernel, with its type."""

    name: str

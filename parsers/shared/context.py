"""What a parser may know beside its files: the named sets of the same device, and its place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowmodel.record import dataclass, field

if TYPE_CHECKING:
    from parsers.shared.sets import NamedSet


@dataclass(frozen=True, slots=True)
class Place:
    """Which firewall is meant, where one export holds many: all of them, if nothing is said."""

    at: str = ""
    """The id of a network interface, or an address that it has."""
    groups: tuple[str, ...] = ()
    """Security groups that an interface has which the export does not hold."""
    acl: str = ""
    """The network ACL of its subnet."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the other exports of one device say."""

    sets: "Mapping[str, NamedSet]" = field(default_factory=dict)
    """The sets of its `ipset save` exports, by name."""
    written: frozenset[str] = frozenset()
    """The sets that a rule of any of its exports adds to or deletes from."""
    folders: tuple[str, ...] = ()
    """Folders beside an export's own from whose trees it may include files."""
    trees: tuple[str, ...] = ()
    """Trees in which an included file may lie too, although no name is searched in them."""
    place: Place = Place()
    """Which of the firewalls in the exports is meant."""

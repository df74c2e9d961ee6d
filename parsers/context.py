"""What a parser may know beside its file: the named sets of the same device."""

from collections.abc import Mapping

from linter.model.record import dataclass, field
from parsers.sets import NamedSet


@dataclass(frozen=True, slots=True)
class Context:
    """What the other exports of one device say."""

    sets: Mapping[str, NamedSet] = field(default_factory=dict)
    """The sets of its `ipset save` exports, by name."""
    written: frozenset[str] = frozenset()
    """The sets that a rule of any of its exports adds to or deletes from."""
    folders: tuple[str, ...] = ()
    """Folders beside an export's own from whose trees it may include files."""

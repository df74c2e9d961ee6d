"""What a format is: how its files are known, read and described. Light: only reading loads more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.shared.context import Context

if TYPE_CHECKING:
    from parsers.shared.sets import NamedSet
    from parsers.shared.standing import Standing


class Step(NamedTuple):
    """What people do to get an export: in words, and the commands to paste."""

    text: str
    commands: tuple[str, ...] = ()


class Recipe(NamedTuple):
    """How the exports of one platform are made."""

    names: tuple[str, ...]
    """What `fwlint export-help` takes: the names of formats, dialects and tools, in lower case."""
    title: str
    """`Linux, iptables`: its section in docs/exports.md."""
    steps: tuple[Step, ...]


class Dialect(NamedTuple):
    """A language of a format, as one product writes it."""

    name: str
    """`pfsense`: the folder of its fixtures."""
    title: str
    """`pfSense`: its section in docs/formats.md."""


def _nothing(_: Source) -> Iterable[str]:
    return ()


def _unsaid(_: Source) -> str:
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """A format whose files are rule sets."""

    name: str
    """What a site file and `--format` call it."""
    title: str
    """The firewalls that write it, as the table in the README calls them."""
    dialects: tuple[Dialect, ...]
    endings: tuple[str, ...]
    """How names of its files usually end, without the dot: the hook for pre-commit runs on them."""
    recipes: tuple[Recipe, ...]
    """How its exports are made: one for each platform that makes them otherwise."""
    detect: Callable[[str], bool]
    """Whether the beginning of a file looks like the format."""
    parse: Callable[[Sequence[Source], Context], tuple[RuleSet, ...]]
    """The rule sets of one device's files in the format; raises InputError."""
    written: Callable[[Source], Iterable[str]] = _nothing
    """The named sets of the device that rules of a file add to or delete from."""
    made: Callable[[Source], str] = _unsaid
    """When a file was written, as it says itself; empty where it does not."""
    parts: str = ""
    """What an export has many of, each a firewall that a Place names; empty where it is one.

    Each of its rule sets has a `place`, and `own` addresses as far as they are told.
    """
    is_whole: bool = False
    """Whether one file is all of a device, so that two files are two devices."""
    begins: str = ""
    """How the first line that is no comment begins, as a pattern; JSON and XML `detect` knows.

    Errors quote no file that begins otherwise.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Companion:
    """A format whose files have no rules: they say what the named sets of the others contain."""

    name: str
    endings: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    """As for formats."""
    detect: Callable[[str], bool]
    """Whether the beginning of a file looks like the format."""
    sets: "Callable[[Source], Mapping[str, NamedSet]]"
    """The sets of a file, by name; raises InputError."""
    begins: str = ""
    """As for formats."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A format whose files have no rules: they say where the machine with the rules stands."""

    name: str
    endings: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    """As for formats."""
    detect: Callable[[str], bool]
    """Whether the beginning of a file looks like the format."""
    read: "Callable[[Sequence[Source]], Standing]"
    """What all its files of one device say together; raises InputError."""
    begins: str = ""
    """As for formats."""


Readable = Format | Companion | Surroundings
"""What a file can be."""

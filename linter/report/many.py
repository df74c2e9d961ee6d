"""Reports on many inputs, written as if they were of one run: docs/decisions/0030.

Each input's report becomes a part by itself, in whatever process; a part is plain text. What stands
around all parts needs their numbers alone, so that nobody ever has all reports at once. A module of
a format has `part` and `whole` for this.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final, Protocol

from flowmodel.finding import Agreed, Report, Settings
from flowmodel.record import NamedTuple
from linter.report import Options
from linter.report.share import Share
from linter.report.tally import Tally, tally

Part = tuple[tuple[str, str], ...]
"""Texts, each with the list that it belongs to: `("findings", …)`."""
TEXT: Final = "text"
"""The one list of a format whose parts only follow each other."""
STREAMED: Final = ("full", "concise", "github")
"""The formats of which a part can be printed before the next input is read."""
_OF_INPUTS: Final = ("inputs", "tones")
"""The lists that have one element for each input."""


class Total(NamedTuple):
    """What a whole run comes to."""

    numbers: Tally
    day: str = ""
    left_out: tuple[str, ...] = ()
    baseline: Agreed | None = None
    settings: Settings | None = None
    share: Share | None = None
    """Which share of the inputs the run has; None for all of them."""


class Lists(Protocol):
    """The texts of all parts, as they were kept."""

    def of(self, name: str) -> Iterator[str]:
        """The texts of a list, one for each that was added, in the order of the inputs."""

    def runs(self, name: str) -> Sequence[tuple[int, int]]:
        """Inputs, by their places, with how many texts of the list each has; of none, no pair."""


def total_of(report: Report) -> Total:
    """What a report by itself comes to."""
    return Total(tally(report), report.day, report.left_out, report.baseline, report.settings)


def part(format_name: str, report: Report, options: Options) -> Part:
    """What one of FORMATS says of one input."""
    made: Part = import_module(f"linter.report.{format_name}").part(report, options)
    return made


def part_behind(format_name: str, report: Report, options: Options) -> Part:
    """What one of FORMATS says behind all inputs of what is none: of their baseline.

    Paths in the report are written as they are, wherever this is.
    """
    its = part(format_name, report, options._replace(directory=""))
    return tuple(each for each in its if each[0] not in _OF_INPUTS)


def whole(format_name: str, total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """The text of one of FORMATS, piece by piece, of the parts of all inputs."""
    yield from import_module(f"linter.report.{format_name}").whole(total, lists, options)

"""What is proved of a flow in a word, and whether that is as it should be."""

from collections.abc import Sequence
from typing import Final, Literal

from flowmodel.fields import Family
from flowmodel.proved import Judged, Proved, Result
from flowmodel.record import NamedTuple
from flowmodel.site import Need

Tone = Literal["good", "bad", "unsure", "none", "free"]
"""As it should be; not so; possibly; nobody knows; nobody asks for it."""

_NEEDED: Final[dict[Result, tuple[Tone, str]]] = {
    "works": ("good", "proved"),
    "blocked": ("bad", "blocked"),
    "possible": ("unsure", "possible"),
    "not judged": ("none", "not checked"),
}
_NEVER: Final[dict[Result, tuple[Tone, str]]] = {
    "works": ("bad", "open"),
    "blocked": ("good", "proved closed"),
    "possible": ("unsure", "possibly open"),
    "not judged": ("none", "not checked"),
}
_WORST: Final[tuple[Tone, ...]] = ("bad", "unsure", "none", "good")


class Cell(NamedTuple):
    """What is said of a flow at one place."""

    tone: Tone
    text: str
    note: str = ""
    """Of which family, where not both say the same."""


def whole(each: Proved) -> Cell:
    """What is said of the flow altogether."""
    return _cell(each.requirement.need, each.result)


def on_device(each: Proved, device: str) -> tuple[Cell, ...]:
    """What a device says: once for both families if they agree; nothing if it is on no way."""
    said = [judged for judged in each.devices if judged.device == device]
    by_result: dict[Result, list[Judged]] = {}
    for judged in said:
        by_result.setdefault(judged.result, []).append(judged)
    cells = [
        _cell(each.requirement.need, result, families([one.family for one in its]))
        for result, its in by_result.items()
    ]
    return tuple(sorted(cells, key=lambda cell: _WORST.index(cell.tone)))


def _cell(need: Need, result: Result, note: str = "") -> Cell:
    return Cell(*(_NEVER if need == "never" else _NEEDED)[result], note)


def families(found: Sequence[Family]) -> str:
    """`IPv4`, or `IPv4, IPv6`."""
    return ", ".join(f"IPv{family}" for family in sorted(set(found)))

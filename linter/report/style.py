"""Colours for terminals, and when to use them."""

from collections.abc import Mapping
from typing import Final, Literal

from flowmodel.finding import Level

Color = Literal["auto", "always", "never"]

_CODES: Final[dict[str, str]] = {
    "critical": "1;35",
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "bold": "1",
    "frame": "1;34",
}


def wants_color(choice: Color, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Whether to colour the output; an explicit choice outranks the environment.

    NO_COLOR and FORCE_COLOR count when they are not empty, and NO_COLOR outranks FORCE_COLOR.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"


class Style:
    """Wraps text into the escape sequences of a terminal, or leaves it alone."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def paint(self, text: str, role: Level | Literal["bold", "frame"]) -> str:
        """The text as its role is shown."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self._color and text else text

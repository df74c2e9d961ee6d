"""What is said about parts of a config.xml that are not, or not only, what they look like."""

import re
from typing import Literal

from flowmodel.ruleset import Gap
from parsers.pf.masking import without_secrets
from parsers.pf.xml import Element

_QUOTED = re.compile("`([^`]+)`")
Check = Literal["FW307", "FW313", "FW901", "FW902", "FW903"]


class Remarks:
    """Collects gaps, each said once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int], Gap] = {}

    def say(
        self,
        check: Check,
        message: str,
        element: Element,
        text: str = "",
        field: Element | None = None,
    ) -> None:
        """Remark something about an element, and the part of it that matters.

        Without a `field` that is the part whose text the message quotes.
        """
        key = (check, message, element.start)
        if key not in self._found:
            said, words = without_secrets(message), without_secrets(text)
            part = field or _quoted(element, message)
            place = part.span if part and part is not element else None
            self._found[key] = Gap(check, said, element.span, words or f"<{element.tag}>", place)

    def all(self) -> tuple[Gap, ...]:
        """The gaps in the order in which they were found."""
        return tuple(self._found.values())


def _quoted(element: Element, message: str) -> Element | None:
    """The element below whose text stands in the message between backquotes."""
    names = {name.lower() for name in _QUOTED.findall(message)}
    if not names:
        return None
    parts = (each for each in element.walk() if not each.children)
    return next((each for each in parts if each.text.lower() in names), None)

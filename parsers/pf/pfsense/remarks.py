"""What is said about parts of a config.xml that are not, or not only, what they look like."""

from typing import Literal

from linter.model.ruleset import Gap
from parsers.pf.masking import without_secrets
from parsers.pf.xml import Element

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
        """Remark something about an element, and the part of it that matters."""
        key = (check, message, element.start)
        if key not in self._found:
            said, words = without_secrets(message), without_secrets(text)
            place = field.span if field and field is not element else None
            self._found[key] = Gap(check, said, element.span, words or f"<{element.tag}>", place)

    def all(self) -> tuple[Gap, ...]:
        """The gaps in the order in which they were found."""
        return tuple(self._found.values())

"""What is raised where there is no answer: a question that makes no sense, or one left open."""

from typing import TYPE_CHECKING

from linter.report.visible import visible

if TYPE_CHECKING:
    from flowmodel.change import Comparison
    from flowmodel.finding import Report


class UsageError(Exception):
    """What the arguments ask for is not to be had; each message is a line for people."""

    def __str__(self) -> str:
        return "\n  ".join(visible(str(message)) for message in self.args)


class UndecidedError(Exception):
    """Some of what was asked could not be decided: `reasons` say what, and why.

    `partial` is what is known all the same, if anything is; nothing is proved about the rest.
    """

    def __init__(
        self, reasons: tuple[str, ...], partial: "Report | Comparison | None" = None
    ) -> None:
        super().__init__("\n".join(map(visible, reasons)))
        self.reasons = reasons
        self.partial = partial

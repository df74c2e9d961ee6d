"""What a run of many inputs writes: a part for each input, kept on the disk until all are there."""

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from flowmodel.finding import Report
from linter.commands.fleet.kept import Kept
from linter.commands.output import Target, stream, write
from linter.report import Options
from linter.report.many import STREAMED, Part, Total, part_behind, whole


class Written:
    """The outputs of a run; those for people go out as they come."""

    def __init__(self, targets: Sequence[Target], options: Sequence[Options]) -> None:
        self._stack = ExitStack()
        self._outputs = [
            (target, its, Kept(self._stack)) for target, its in zip(targets, options, strict=True)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, place: int, parts: Sequence[Part]) -> None:
        """Write or keep what each output says of the input at a place."""
        for (target, _, kept), its in zip(self._outputs, parts, strict=True):
            if not target.path and target.format in STREAMED:
                stream(text for _, text in its)
            else:
                for name, text in its:
                    kept.add(name, place, text)

    def add_behind(self, place: int, report: Report) -> None:
        """Write or keep what each output says of no input, behind the last one."""
        self.add(
            place,
            [part_behind(target.format, report, options) for target, options, _ in self._outputs],
        )

    def finish(self, total: Total) -> None:
        """Write what is still to be written."""
        # Files first: standard output may be a pipe that closes early.
        for target, options, kept in sorted(self._outputs, key=lambda each: not each[0].path):
            write(target, whole(target.format, total, kept, options))

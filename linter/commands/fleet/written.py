"""What a run of many inputs writes: a part for each input, kept on the disk until all are there."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Final, Self

from linter.commands.output import Target, stream, write
from linter.report import Options
from linter.report.many import STREAMED, Part, Total, whole

_IN_MEMORY: Final = 1 << 20
"""Bytes of a list that need no file."""
_LENGTH: Final = 8


class _Kept:
    """The texts of an output's lists."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._files: dict[str, SpooledTemporaryFile[bytes]] = {}

    def add(self, name: str, text: str) -> None:
        """Keep a text of a list."""
        if name not in self._files:
            new = SpooledTemporaryFile[bytes](_IN_MEMORY)
            self._files[name] = self._stack.enter_context(new)
        data = text.encode("utf-8", "surrogatepass")
        self._files[name].write(len(data).to_bytes(_LENGTH) + data)

    def of(self, name: str) -> Iterator[str]:
        """The texts of a list, as they were added."""
        file = self._files.get(name)
        if file is None:
            return
        file.seek(0)
        while length := file.read(_LENGTH):
            yield file.read(int.from_bytes(length)).decode("utf-8", "surrogatepass")


class Written:
    """The outputs of a run; those for people go out as they come."""

    def __init__(self, targets: Sequence[Target], options: Sequence[Options]) -> None:
        self._stack = ExitStack()
        self._outputs = [
            (target, its, _Kept(self._stack)) for target, its in zip(targets, options, strict=True)
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

    def add(self, parts: Sequence[Part]) -> None:
        """Write or keep what each output says of one input."""
        for (target, _, kept), its in zip(self._outputs, parts, strict=True):
            if not target.path and target.format in STREAMED:
                stream(text for _, text in its)
            else:
                for name, text in its:
                    kept.add(name, text)

    def finish(self, total: Total) -> None:
        """Write what is still to be written."""
        # Files first: standard output may be a pipe that closes early.
        for target, options, kept in sorted(self._outputs, key=lambda each: not each[0].path):
            write(target, whole(target.format, total, kept, options))

"""The texts of an output's lists, on the disk until all are there; told in the order of places."""

from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import Final

from flowmodel.record import NamedTuple

_IN_MEMORY: Final = 1 << 20
"""Bytes of a list that need no file."""
_LENGTH: Final = 8
_NUMBERS: Final = 3
"""Of a run: the place of its input, where it begins, and how many texts it has."""


class _List(NamedTuple):
    file: SpooledTemporaryFile[bytes]
    runs: "array[int]"


class Kept:
    """The texts of an output, each of a list and of the input at a place."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._lists: dict[str, _List] = {}

    def add(self, name: str, place: int, text: str) -> None:
        """Keep a text of a list, behind the others of its input: those come one after the other."""
        if name not in self._lists:
            new = SpooledTemporaryFile[bytes](_IN_MEMORY)
            self._lists[name] = _List(self._stack.enter_context(new), array("q"))
        file, runs = self._lists[name]
        if not runs or runs[-_NUMBERS] != place:
            runs.extend((place, file.tell(), 0))
        runs[-1] += 1
        data = text.encode("utf-8", "surrogatepass")
        file.write(len(data).to_bytes(_LENGTH) + data)

    def of(self, name: str) -> Iterator[str]:
        """The texts of a list, in the order of the places."""
        if name not in self._lists:
            return
        file = self._lists[name].file
        for _, begin, count in self._runs(name):
            file.seek(begin)
            for _ in range(count):
                data = file.read(int.from_bytes(file.read(_LENGTH)))
                yield data.decode("utf-8", "surrogatepass")

    def runs(self, name: str) -> list[tuple[int, int]]:
        """The places whose inputs have texts in a list, with how many."""
        return [(place, count) for place, _, count in self._runs(name)]

    def _runs(self, name: str) -> list[tuple[int, int, int]]:
        its = self._lists[name].runs if name in self._lists else array("q")
        return sorted(zip(its[::3], its[1::3], its[2::3], strict=True))

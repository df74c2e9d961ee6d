"""What a process keeps of an export when it is done with it: nothing that grows with the file.

A run goes through thousands of files, and some of them may be hostile. What is kept from one file
to the next (`functools.lru_cache`, and the patterns that `re` keeps by itself) has to be small,
whatever a file has in it: long words, many words in a line, shapes that no other rule has.
"""

import gc
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from flowmodel.source import InputError
from parsers import read_exports
from tests.bounds.shape import Shape
from tests.bounds.shapes import shapes

_WARM, _SIZE = 3_000, 15_000
"""Bytes of the file that loads what is needed, and of the one that is measured."""
_KEPT = 40_000
"""`re` keeps some 500 small strings of its own for what it replaces."""


def _read(shape: Shape, size: int, folder: Path) -> None:
    paths: list[str] = []
    for name, text in shape.files(size).items():
        path = folder / str(size) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        paths.append(str(path))
    with suppress(InputError):
        read_exports(paths)


def _kept(shape: Shape, folder: Path) -> int:
    """The bytes that stay allocated when the file has been read and thrown away."""
    _read(shape, _WARM, folder)
    # What the tests hold takes the collector longer than the file.
    gc.freeze()
    tracemalloc.start()
    try:
        _read(shape, _SIZE, folder)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


@pytest.mark.parametrize("shape", [pytest.param(each, id=each.name) for each in shapes()])
def test_nothing_of_an_export_stays(shape: Shape, tmp_path: Path) -> None:
    assert _kept(shape, tmp_path) < _KEPT

"""The collector of garbage rests while much is read, and goes on as before where little is."""

import gc
import weakref
from pathlib import Path

from parsers import read_exports


class _Circle:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def test_a_small_file_makes_no_garbage_old(tmp_path: Path) -> None:
    path = tmp_path / "small.rules"
    path.write_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n", encoding="utf-8")
    gc.collect()
    garbage = weakref.ref(_Circle())

    read_exports([str(path)])
    gc.collect(1)  # the younger ones

    assert gc.isenabled()
    assert garbage() is None

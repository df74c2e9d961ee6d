"""The exports of a soak: most are sound, others are cut off, changed, or made to be hard."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.bench.fleet import BROKEN, IN_A_FOLDER
from tests.bench.fleet import write as write_sound
from tests.bounds.shape import Files
from tests.bounds.shapes import shapes
from tests.fuzz.mutate import case_of
from tests.fuzz.seeds import EXPORTS

_HOSTILE = 0.2
_MEDIAN = 8
"""Rules of a sound export: what is left of an input does not depend on how long it takes."""
_HARD = tuple(shapes())
_LEAST, _MOST = 200, 3_000
"""Bytes of an export that is made to be hard."""


def write(folder: Path, exports: int, seed: int) -> Iterator[Path]:
    """Writes so many exports, and gives the folders that they are in, 500 to each.

    Names of those that can only be refused begin with `broken`.
    """
    for first in range(0, exports, IN_A_FOLDER):
        place = folder / f"part-{first // IN_A_FOLDER:03}"
        random = Random(f"{seed}/{first}")
        count = min(IN_A_FOLDER, exports - first)
        hostile = round(count * _HOSTILE)
        write_sound(place, count - hostile, seed=random.randrange(1 << 30), median=_MEDIAN)
        for number in range(hostile):
            _write_hostile(place, number, random)
        yield place


def _write_hostile(place: Path, number: int, random: Random) -> None:
    match number % 3:
        case 0:
            (place / f"broken-{number:03}.rules").write_text(BROKEN)
        case 1:
            files = random.choice(_HARD).files(random.randint(_LEAST, _MOST))
            _write_files(place / f"hard-{number:03}", files)
        case _:
            case, _ = case_of(random.randrange(1 << 30), number, random.choice(EXPORTS))
            files = {str(which): text for which, (_, text) in enumerate(case.files)}
            _write_files(place / f"changed-{number:03}", files)


def _write_files(folder: Path, files: Files) -> None:
    """A folder of its own: several files of a format can be one account."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))

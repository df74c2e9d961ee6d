"""Which inputs are a share of a run: `--shard 2/8`, the same on every machine.

The inputs are put in the order of a hash of their names, and cut into slices. So shares differ by
one input at most, and with a new one, one at most goes over from each share to a neighbour: all
others stay where their cache is. docs/decisions/0034.
"""

import os
from collections.abc import Sequence
from hashlib import sha256

from flowmodel.source import InputError, InputErrors
from linter.commands.fleet.arguments import Shard
from linter.commands.fleet.cache import asked_of_all, own_files
from linter.commands.fleet.inputs import NOTHING, Several, Unit
from linter.commands.fleet.work import Job
from linter.report.share import Share
from linter.report.visible import as_json
from parsers.shared.reading import start_of


def places_of(units: Sequence[Unit], paths: Sequence[str], its: Shard) -> tuple[int, ...]:
    """Where the inputs of a share stand among all of them."""
    root = _root(paths)
    order = sorted(range(len(units)), key=lambda place: (_hash(units[place].name, root), place))
    first, behind = (len(units) * number // its.of for number in (its.number - 1, its.number))
    return tuple(sorted(order[first:behind]))


def share_of(inputs: Several, paths: Sequence[str], its: Shard, job: Job) -> Share:
    """The share of a run; raises InputErrors where all that is named is nothing."""
    nothing = [unit for unit in inputs.units if unit.kind == "nothing"]
    if len(nothing) == len(inputs.units):
        raise InputErrors(
            tuple(InputError(NOTHING, start_of(unit.paths[0])) for unit in inputs.units)
        )
    return Share(
        its.number,
        its.of,
        len(inputs.units),
        places_of(inputs.units, paths, its),
        _digest([[unit.name, unit.kind, *unit.paths] for unit in inputs.units]),
        asked_of_all(job),
        own_files(),
    )


def _root(paths: Sequence[str]) -> str:
    """The folder that all that was typed is in: names count from it, wherever the checkout is."""
    folders = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - links stay as they are named
    try:
        return os.path.commonpath(
            [path if os.path.isdir(path) else os.path.dirname(path) for path in folders]  # noqa: PTH112, PTH120
        )
    except ValueError:
        # Drives of Windows, which have nothing in common.
        return ""


def _hash(name: str, root: str) -> bytes:
    its = os.path.relpath(os.path.abspath(name), root) if root else name  # noqa: PTH100
    return sha256(its.replace(os.sep, "/").encode(errors="surrogateescape")).digest()


def _digest(value: object) -> str:
    return sha256(as_json(value).encode()).hexdigest()

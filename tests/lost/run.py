"""Makes changes, and says of each how it showed; what did not show in any way is silent."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, get_args

from tests.lost.change import Change
from tests.lost.exports import Export, Kind
from tests.lost.nothing import is_nothing
from tests.lost.proofs import proof
from tests.lost.proofs.kernel import Proof
from tests.lost.reading import Reader

Outcome = Literal[
    "error",
    "different",
    "remarked",
    "proved",
    "meaningless",
    "unasked",
    "unplaced",
    "contradicted",
    "silent",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_PROVED: dict[Proof, Outcome] = {
    "same": "proved",
    "differs": "contradicted",
    "unknown": "silent",
    "unasked": "unasked",
}
FAULTS: tuple[Outcome, ...] = ("unplaced", "contradicted", "silent")


class Fault(NamedTuple):
    """A change that did not show."""

    export: str
    change: Change
    before: str
    outcome: Outcome

    def __str__(self) -> str:
        change = self.change
        was = self.before[:70].replace("\n", "⏎")
        put = change.put[:70].replace("\n", "⏎")
        return (
            f"{self.outcome}: {change.deed} {change.what} in {self.export} at"
            f" {change.path[:120]!r}: {was!r} > {put!r}"
        )


@dataclass(slots=True)
class Tally:
    """How changes showed."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        each = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES)
        return f"{self.counts.total()} changes: {each}"


def outcome(kind: Kind, reader: Reader, change: Change) -> Outcome:
    """How a change shows."""
    found = reader.changed(change)
    if found.error is not None:
        return "error" if reader.is_placed(found.error, change) else "unplaced"
    if found.remarks != reader.whole.remarks:
        return "remarked"
    if found.meaning != reader.whole.meaning:
        return "different"
    if is_nothing(kind.name, reader.export, change):
        return "meaningless"
    said = proof(kind.name, reader.export, change)
    return _PROVED[said]


def _changes(export: Export, most: int, seed: int) -> list[Change]:
    """Some of the export's changes, or all, if there are no more than that."""
    found = list(export.changes())
    if len(found) <= most:
        return found
    return Random(f"{export.title} {seed}").sample(found, most)


def judged(
    kind: Kind, seed: int, most: int, shard: int = 0, shards: int = 1
) -> Iterator[tuple[Export, Change, Outcome]]:
    """Changes of the language without end, at most so many of one export."""
    for export in kind.exports(seed, shard, shards):
        with tempfile.TemporaryDirectory(prefix="fwlint-lost-") as folder:
            reader = Reader(export, Path(folder))
            if reader.whole.error:
                continue
            for change in _changes(export, most, seed):
                yield export, change, outcome(kind, reader, change)


def run(
    kind: Kind, count: int, seed: int = 0, most: int = 60, shard: int = 0, shards: int = 1
) -> Tally:
    """The tally of so many changes."""
    tally = Tally()
    for export, change, found in islice(judged(kind, seed, most, shard, shards), count):
        tally.counts[found] += 1
        if found in FAULTS:
            before = export.text[change.start : change.end]
            tally.faults.append(Fault(export.title, change, before, found))
    return tally

"""No change of one place in an export goes unnoticed, as far as 20 000 of them tell.

`python3 -m tests.lost` makes as many as one wants.
"""

from collections.abc import Callable

import pytest

from parsers import COMPANIONS, FORMATS
from tests.lost.exports import KINDS, Kind
from tests.lost.run import run

Record = Callable[[str, object], None]
CHANGES, SHARDS = 20_000, 4
_PARTS = [(kind, shard) for kind in KINDS for shard in range(SHARDS)]


@pytest.mark.parametrize(
    ("kind", "shard"), _PARTS, ids=[f"{kind.name}-{shard}" for kind, shard in _PARTS]
)
def test_every_change_shows_or_says_nothing(
    kind: Kind, shard: int, record_property: Record
) -> None:
    count = CHANGES * kind.share // 100 // SHARDS
    tally = run(kind, count, shard=shard, shards=SHARDS)
    faults = [str(each) for each in tally.faults]
    record_property("counted", f"{kind.name}: {tally}")

    assert tally.counts.total() == count
    assert faults == []


def test_the_shares_of_what_is_generated_are_a_whole() -> None:
    assert sum(kind.share for kind in KINDS if kind.generated) == 100


def test_every_format_is_changed() -> None:
    assert {kind.format for kind in KINDS} == {each.name for each in (*FORMATS, *COMPANIONS)}

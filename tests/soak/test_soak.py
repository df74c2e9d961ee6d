"""No input leaves anything behind, and none is left out."""

from pathlib import Path

from tests.soak.exports import write
from tests.soak.run import Left, growth, once


def test_a_run_leaves_no_handle_and_leaves_out_no_file(tmp_path: Path) -> None:
    (part,) = write(tmp_path / "exports", 30, seed=1)

    first = once(part, tmp_path / "all.json")
    again = once(part, tmp_path / "all.json")

    assert first.faults == again.faults == ()
    assert first.inputs == again.inputs >= 30
    assert (again.handles, again.threads) == (first.handles, first.threads)


def test_growth_is_told() -> None:
    early = [Left(500, 330_000, 60.0, 5, 1, ()), Left(500, 320_000, 95.0, 5, 1, ())]

    assert growth(early, [Left(500, 321_000, 99.0, 6, 1, ()), early[0]]) == []
    assert growth(early, [Left(500, 340_000, 90.0, 6, 2, ())]) == [
        "blocks have grown from 320,000 to 340,000",
        "megabytes have grown from 60 to 90",
        "handles have grown from 5 to 6",
        "threads have grown from 1 to 2",
    ]

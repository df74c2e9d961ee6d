"""The table: `python3 -m tests.bounds --only nft`; exit status 1 where a run is over the bound."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bounds.measure import costs
from tests.bounds.shapes import shapes


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.bounds", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="bytes of an input")
    parser.add_argument("--only", default="", help="shapes whose names contain this")
    given = parser.parse_args()
    over = 0
    print("| shape | asked | seconds | MB | status |\n|---|---|---|---|---|")
    for shape in shapes():
        if given.only not in shape.name:
            continue
        with tempfile.TemporaryDirectory(prefix="fwlint-bounds-") as folder:
            for what, cost in costs(shape, given.size, Path(folder)):
                mark = " **over**" if cost.is_over else ""
                over += cost.is_over
                print(
                    f"| {shape.name} | {what} | {cost.seconds:.1f} | {cost.megabytes} |"
                    f" {cost.status}{mark} |",
                    flush=True,
                )
                if cost.status == 2 or mark:
                    print(f"  {cost.said[:160]!r}", file=sys.stderr, flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

"""The long run: `python3 -m tests.lost --changes 500000`."""

import argparse
import sys
import time

from tests.lost.exports import KINDS
from tests.lost.run import OUTCOMES, Tally, run


def main() -> int:
    """The exit status: 1 where a change did not show."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.lost", description=__doc__)
    parser.add_argument("--changes", type=int, default=500_000, help="in all formats together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=2000, help="changes of one export")
    parser.add_argument("--only", default="", help="one format")
    parser.add_argument("--faults", type=int, default=40, help="how many to print of a format")
    given = parser.parse_args()
    whole = Tally()
    print("format", "changes", *OUTCOMES, "seconds", sep="\t")
    for kind in KINDS:
        if given.only not in ("", kind.name):
            continue
        start = time.monotonic()
        share = 100 if given.only else kind.share
        tally = run(kind, given.changes * share // 100, given.seed, given.most)
        whole.counts += tally.counts
        counts = [tally.counts[each] for each in OUTCOMES]
        seconds = round(time.monotonic() - start)
        print(kind.name, tally.counts.total(), *counts, seconds, sep="\t", flush=True)
        for fault in tally.faults[: given.faults]:
            print(f"  {fault}", flush=True)
        whole.faults += tally.faults
    print("all", whole.counts.total(), *[whole.counts[each] for each in OUTCOMES], sep="\t")
    return 1 if whole.faults else 0


if __name__ == "__main__":
    sys.exit(main())

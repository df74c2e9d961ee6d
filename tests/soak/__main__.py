"""`python3 -m tests.soak`: 10,000 exports twice in one process; exit status 1 for any fault."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.exports import write
from tests.soak.run import Left, growth, once

_SETTLED = 2
"""Parts, of 500 exports each, after which nothing may grow."""


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.soak", description=__doc__)
    parser.add_argument("--exports", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.process_time()
    with tempfile.TemporaryDirectory(prefix="fwlint-soak-") as folder:
        parts = list(write(Path(folder, "exports"), asked.exports, asked.seed))
        done: list[Left] = []
        for part in parts * 2:
            done.append(once(part, Path(folder, "all.json")))
            print(f"{sum(each.inputs for each in done):>7} in all, {done[-1]}", flush=True)
    faults = [fault for each in done for fault in each.faults]
    # The same parts in both runs: what they need differs.
    faults += growth(done[_SETTLED : len(parts)] or done[: len(parts)], done[len(parts) :])
    print("\n".join(faults) or "no faults")
    print(f"{time.process_time() - started:.0f} s of processor time")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

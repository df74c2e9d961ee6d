"""`python3 -m tests.fuzz`: a run of any length, or one of its cases again."""

import argparse
import sys
import time
from collections import Counter

from tests.fuzz.mutate import case_of
from tests.fuzz.readers import outcome
from tests.fuzz.run import Run, run
from tests.fuzz.seeds import KINDS
from tests.fuzz.watch import watching

_BATCH = 1000


def main() -> int:
    """1 if there are findings, else 0."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=100_000, metavar="N")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after this time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    parser.add_argument("--kind", choices=KINDS, default="", help="cases of this kind only")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print a case, and its fault")
    options = parser.parse_args()
    if options.show is not None:
        return show(options.seed, options.show, options.kind)
    done = Run(Counter(), [])
    last = options.first + options.executions
    started = time.process_time()
    end = time.monotonic() + options.seconds
    for first in range(options.first, last, _BATCH):
        batch = run(options.seed, range(first, min(first + _BATCH, last)), options.kind)
        done.counts.update(batch.counts)
        done.findings.extend(batch.findings)
        for finding in batch.findings:
            print(finding, flush=True)
        if time.monotonic() > end:
            break
    print(done)
    print(f"{time.process_time() - started:.0f} s of processor time")
    kinds = Counter((each.kind, each.outcome.wrong) for each in done.findings)
    for (kind, wrong), count in kinds.most_common():
        first_one = next(e for e in done.findings if (e.kind, e.outcome.wrong) == (kind, wrong))
        print(
            f"{count:>6} {kind}: {wrong}; for example --seed {options.seed} --show"
            f" {first_one.number}"
        )
    return bool(done.findings)


def show(seed: int, number: int, kind: str) -> int:
    """Prints the files of a case and what became of it; 1 if that is a finding."""
    case, random = case_of(seed, number, kind)
    for name, text in case.files:
        print(f"--- {name}")
        print(text.encode("utf-8", "backslashreplace").decode())
    with watching():
        found = outcome(case, random)
    print(f"--- {found.what} {found.wrong}\n{found.trace}")
    return found.what == "finding"


if __name__ == "__main__":
    sys.exit(main())

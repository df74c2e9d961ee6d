"""`python -m tests.bench`: what fwlint costs, beside what other programs cost for the same file.

Each line is a ratio or a rate of one run on one machine. Nothing is asserted: a loaded machine
must not fail a test. docs/bench.md keeps the numbers that were measured.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.aws import aws
from tests.bench.drawn import SEEDS
from tests.bench.drawn import mixed as drawn
from tests.bench.exports import SHAPES, with_sets
from tests.bench.fleet import fleet
from tests.bench.measure import Cost, checking, cost, fwlint, python, with_peak
from tests.bench.nftables import nftables
from tests.bench.packets import packets
from tests.bench.pf import pf
from tests.bench.rulebase import rulebase
from tests.bench.site import site

_PARSE = "import parsers; rulesets = parsers.read_exports(sys.argv[1:])"
_CHECK = checking("-q")
_RESTORE = "iptables-legacy-restore"
_PACKETS = 10_000

Line = tuple[str, str]


def start(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """What a start costs, in starts of a bare Python."""
    bare = cost(python("-c", "pass"), folder, runs * 5)
    version = cost(fwlint("--version"), folder, runs * 5)
    rules = min(200, most)
    check = _check(folder, "zones", rules, runs * 3)
    yield "bare `python -c pass`", f"{bare.seconds * 1000:.0f} ms"
    yield "`fwlint --version` / bare Python", f"{version.seconds / bare.seconds:.1f}"
    yield f"check of {rules} rules / bare Python", f"{check.seconds / bare.seconds:.1f}"


def parse(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """What reading alone costs, beside the C program that loads the same file."""
    empty = cost(with_peak("import parsers.iptables.read"), folder, runs)
    for shape, make in SHAPES.items():
        path = _write(folder, f"{shape}.rules", make(most))
        ours = cost(with_peak(_PARSE, path.name), folder, runs)
        yield f"reading {most:,} rules, {shape}", f"{ours}{_beside(ours, path, runs)}"
        memory = (ours.memory - empty.memory) / most
        yield f"memory of reading, {shape}", f"{memory:,.0f} bytes a rule"


def check(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """What a whole check costs, how that grows, and how much memory it takes."""
    for shape, make in SHAPES.items():
        tiny, some, many = (_check(folder, shape, rules, runs) for rules in (10, most // 100, most))
        path = _write(folder, f"{shape}.rules", make(most))
        yield (
            f"check of {most:,} rules, {shape}",
            f"{many}{_beside(many, path, runs)}",
        )
        growth = (many.seconds - tiny.seconds) / max(0.001, some.seconds - tiny.seconds)
        yield f"the same / {most // 100:,} rules, both above a start", f"{growth:.0f} (linear: 100)"
        memory = (many.memory - tiny.memory) / most
        yield f"memory of it above a start, {shape}", f"{memory:,.0f} bytes a rule"


def mixed(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """The worst of five rule sets with rules of every kind; no two of these are alike for long."""
    some = most // 100
    found: list[tuple[float, Cost]] = []
    for seed in SEEDS:
        path = _write(folder, f"mixed-{seed}.rules", drawn(most, seed))
        reading = cost(with_peak(_PARSE, path.name), folder, runs).seconds
        small = _write(folder, f"small-{seed}.rules", drawn(some, seed))
        _write(folder, f"small-{seed}.yaml", site(small.name))
        checking = cost(with_peak(_CHECK, f"small-{seed}.yaml"), folder, runs)
        found.append((reading / _theirs(path, runs), checking))
    ratios, costs = zip(*found, strict=True)
    seconds = [each.seconds for each in costs]
    open_ = sum(not each.is_decided for each in costs)
    worst = f"the worst of {len(SEEDS)} seeds"
    yield (
        f"reading {most:,} rules of every kind, {worst}",
        f"{max(ratios):.1f} x {_RESTORE} --test (the best: {min(ratios):.1f})",
    )
    yield (
        f"check of {some:,} of them, {worst}",
        f"{max(seconds):.2f} s (the best: {min(seconds):.2f}), {open_} of them not all decided",
    )


def sets(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """What a check with ipsets costs: a tenth of the rules, ten elements for each."""
    rules = max(100, most // 10)
    text, elements = with_sets(rules)
    names = _write(folder, "sets.rules", text).name, _write(folder, "sets.ipset", elements).name
    _write(folder, "sets.yaml", site(*names))
    found = cost(fwlint("check", "-q", "sets.yaml"), folder, runs)
    yield f"check of {rules:,} rules with {rules * 10:,} set elements", f"{found}"


def trace(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """How many packets a second are judged once the rules are read."""
    count = min(_PACKETS, most)
    _write(folder, "packets.jsonl", packets(count))
    _write(folder, "one.jsonl", packets(1))
    for shape, rules in (("zones", 200), ("flat", 200), ("zones", 2000), ("flat", 2000)):
        name = _write(folder, f"{shape}.rules", SHAPES[shape](min(rules, most))).name
        trace_ = fwlint("trace", name, "--hook", "forward", "--format", "json", "--packets")
        one, all_ = (cost([*trace_, each], folder, runs) for each in ("one.jsonl", "packets.jsonl"))
        rate = count / max(0.001, all_.seconds - one.seconds)
        yield f"packets a second, {rules:,} rules, {shape}", f"{rate:,.0f}"


GROUPS: dict[str, Callable[[Path, int, int], Iterator[Line]]] = {
    each.__name__: each
    for each in (start, parse, check, mixed, sets, trace, nftables, pf, aws, rulebase, fleet)
}


def _check(folder: Path, shape: str, rules: int, runs: int) -> Cost:
    name = _write(folder, f"{shape}-{rules}.rules", SHAPES[shape](rules)).name
    text = site(name, is_machine=shape == "blocklist")
    _write(folder, f"{shape}-{rules}.yaml", text)
    return cost(with_peak(_CHECK, f"{shape}-{rules}.yaml"), folder, runs)


def _beside(ours: Cost, path: Path, runs: int) -> str:
    """The ratio to what the C program takes for the file, where it is installed."""
    if shutil.which(_RESTORE) is None:
        return f" ({_RESTORE} is not here)"
    return f", {ours.seconds / _theirs(path, runs):.1f} x {_RESTORE} --test"


def _theirs(path: Path, runs: int) -> float:
    if shutil.which(_RESTORE) is None:
        return float("nan")
    return max(0.001, cost([_RESTORE, "--test", path.name], path.parent, runs).seconds)


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def main(arguments: list[str]) -> int:
    """Print the lines of the groups that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS], metavar="|".join(GROUPS))
    parser.add_argument("--rules", type=int, default=100_000, help="of the largest export")
    parser.add_argument("--runs", type=int, default=3, help="of which the best one counts")
    asked = parser.parse_args(arguments)
    print("| what | measured |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for group in asked.groups or GROUPS:
            for what, measured in GROUPS[group](Path(folder), asked.rules, asked.runs):
                print(f"| {what} | {measured} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the checks of the rule base cost, without a site and beside a check of flows alone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.bench.aws import SITE, account
from tests.bench.exports import SHAPES
from tests.bench.measure import Cost, checking, cost, with_peak
from tests.bench.pf import config

_RULES = checking("-q", "--select", "FW3,FW4")
_PLAIN = checking("-q", "--select", "FW1,FW2,FW9")
_RESTORE = "iptables-legacy-restore"

Line = tuple[str, str]


def rulebase(folder: Path, most: int, runs: int) -> Iterator[Line]:
    """All of FW3xx and FW4xx: large exports, how that grows, and what an account costs."""
    for shape in SHAPES:
        yield from _shape(folder, shape, most, runs)
    few = max(100, most // 20)
    found = cost(with_peak(_RULES, _written(folder, "flat", few).name), folder, runs)
    yield f"the same of {few:,} rules, flat", f"{found}"
    (folder / "rules.xml").write_text(config(few), encoding="utf-8")
    found = cost(with_peak(_RULES, "rules.xml"), folder, runs)
    yield f"the same of {few:,} rules of pfSense", f"{found}"
    for groups in (most // 100, most // 10):
        yield from _account(folder, max(20, groups))
    yield _openings(folder, max(20, most // 200))


def _shape(folder: Path, shape: str, most: int, runs: int) -> Iterator[Line]:
    sizes = (max(100, most // 100), most, 3 * most)
    paths = [_written(folder, shape, each) for each in sizes]
    small, large, huge = (cost(with_peak(_RULES, path.name), folder, runs) for path in paths)
    beside = ""
    if shutil.which(_RESTORE):
        theirs = cost([_RESTORE, "--test", paths[1].name], folder, runs)
        beside = f", {large.seconds / max(0.001, theirs.seconds):.1f} x {_RESTORE} --test"
    yield f"checks of the rule base, {most:,} rules, {shape}", f"{large}{beside}"
    for count, found in ((most, large), (3 * most, huge)):
        growth = found.seconds / max(0.001, small.seconds)
        yield (
            f"{count:,} rules / {sizes[0]:,} rules, {shape}",
            f"{growth:.1f} (linear: {count / sizes[0]:.0f})",
        )
    yield f"memory of {3 * most:,} rules, {shape}", f"{huge.memory / 1e6:,.0f} MB"


def _account(folder: Path, groups: int) -> Iterator[Line]:
    """An account, whose machines have two or three groups each: with flows, and its rules."""
    names = _files(folder, groups)
    (folder / "account.yaml").write_text(SITE.replace("FILES", ", ".join(names)), encoding="utf-8")
    plain, rules = (_of_account(folder, each) for each in (_PLAIN, _RULES))
    yield (
        f"checks of the rule base, {groups:,} security groups",
        f"{rules}, {rules.seconds / plain.seconds:.1f} x FW1, FW2 and FW9",
    )
    yield f"memory of {groups:,} security groups", f"{rules.memory / 1e6:,.0f} MB"


def _openings(folder: Path, machines: int) -> Line:
    """The table of what is open, of an account of so many machines, beside reading it."""
    names = _files(folder, machines)
    opened, read = (
        cost(with_peak(checking("--select", "FW215", "--openings", each), *names), folder, 1)
        for each in ("yes", "no")
    )
    each = (opened.seconds - read.seconds) / machines
    return f"what is open on {machines:,} machines", f"{each * 1000:.0f} ms a machine"


def _files(folder: Path, groups: int) -> list[str]:
    names: list[str] = []
    for kind, response in account(groups).items():
        names.append(f"{groups}-{kind}.json")
        (folder / names[-1]).write_text(json.dumps(response), encoding="utf-8")
    return names


def _of_account(folder: Path, program: str) -> Cost:
    return cost(with_peak(program, "account.yaml"), folder, 1)


def _written(folder: Path, shape: str, rules: int) -> Path:
    path = folder / f"{shape}-{rules}.rules"
    path.write_text(SHAPES[shape](rules), encoding="utf-8")
    return path

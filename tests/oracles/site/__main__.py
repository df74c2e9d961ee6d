"""The long run: many random sites, each in all formats, and what fwlint got wrong.

python3 -m tests.oracles.site --sites 1000
python3 -m tests.oracles.site --sites 300 --with everywhere --without handed_on,led_astray
python3 -m tests.oracles.site --seed 17 --write FOLDER
python3 -m tests.oracles.site --site fixtures/demo/site.yaml
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.oracles.site import site_files
from tests.oracles.site.compare import judge
from tests.oracles.site.existing import plan_of
from tests.oracles.site.features import ALL, DEFAULT, SITES
from tests.oracles.site.findings import check
from tests.oracles.site.formats import FEATURES, Comparison, counted, judged
from tests.oracles.site.generate import generate
from tests.oracles.site.mistakes import KINDS
from tests.oracles.site.namespaces import check_tools
from tests.oracles.site.plan import Plan
from tests.oracles.site.result import Result
from tests.oracles.site.situations import EVERYWHERE


class _Task(NamedTuple):
    seed: int
    features: frozenset[str]
    formats: bool


def _one(task: _Task) -> tuple[Result, list[Comparison]]:
    plan = generate(task.seed, task.features)
    comparisons: list[Comparison] = []
    try:
        result = judge(plan)
        if task.formats:
            beside, comparisons = judged(
                generate(task.seed, task.features & {*FEATURES, EVERYWHERE})
            )
            result.connections += beside.connections
            for fault in beside.faults:
                result.fault(f"in formats: {fault.kind}", fault.text)
    except Exception as error:  # noqa: BLE001  # whatever it is, the run goes on and says so
        result = Result(plan)
        result.fault("judge failed", f"{type(error).__name__}: {error}")
    return result, comparisons


def main() -> None:
    """Judge the sites, and print counts and faults."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--default", action="store_true", help="only the features of the tests")
    parser.add_argument("--with", dest="more", default="", help="features to add, by commas")
    parser.add_argument("--without", default="", help="features to leave out, by commas")
    parser.add_argument("--site", type=Path, metavar="FILE", help="judge this site instead")
    parser.add_argument("--write", metavar="FOLDER", help="write the files of the first seed only")
    parser.add_argument("--no-formats", action="store_true", help="not in other formats too")
    parser.add_argument("--quiet", action="store_true", help="counts only")
    chosen = parser.parse_args()
    features = DEFAULT if chosen.default else ALL
    features = (features | _named(chosen.more)) - _named(chosen.without)
    if chosen.write:
        folder = Path(chosen.write)
        folder.mkdir(parents=True, exist_ok=True)
        plan = generate(chosen.seed, features)
        print(site_files.write(plan, folder), *plan.mistakes, sep="\n")
        return
    check_tools()
    if chosen.site:
        result = judge(plan_of(chosen.site), check(chosen.site))
        print(*result.faults, *summary([result]), sep="\n")
        return
    seeds = range(chosen.seed, chosen.seed + chosen.sites)
    tasks = [_Task(seed, features, not chosen.no_formats) for seed in seeds]
    start = time.monotonic()
    results: list[Result] = []
    comparisons: list[Comparison] = []
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for result, beside in pool.map(_one, tasks, chunksize=1):
            results.append(result)
            comparisons += beside
            if not chosen.quiet:
                print("".join(f"{line}\n" for line in told(result)), end="", flush=True)
    print("\n".join([*summary(results), *counted(comparisons)]))
    print(f"{time.monotonic() - start:.0f} s")


def _named(text: str) -> frozenset[str]:
    names = frozenset(text.split(",")) - {""}
    if unknown := names - {*SITES, *KINDS, EVERYWHERE}:
        raise SystemExit(f"no such features: {', '.join(sorted(unknown))}")
    return names


def told(result: Result) -> list[str]:
    """The faults of a site in words, the first of each kind, with what may have to do with them."""
    kinds = Counter(fault.kind for fault in result.faults)
    first = {fault.kind: fault for fault in reversed(result.faults)}
    about = ", ".join(traits(result.plan))
    return [
        f"{fault}" + (f" (and {kinds[kind] - 1} more)" if kinds[kind] > 1 else "") + f" [{about}]"
        for kind, fault in first.items()
    ]


def traits(plan: Plan) -> Iterator[str]:
    """The features that a site really has, of those that make sites hard; and its mistakes."""
    homes = Counter(public.role for public in plan.publics)
    inner = [one for one in plan.routers if one.name != "edge"]
    tests = {
        "publics": bool(plan.publics),
        "publics_of_many": any(count > 1 for count in homes.values()),
        "hairpin": any(flow.to_public for flow in plan.active),
        "two_uplinks": any(len(one.uplinks) > 1 for one in plan.routers),
        "side_uplinks": any(one.uplinks for one in inner if one.is_told),
        "detours": any(name == "up1" for one in inner for name, _ in one.interfaces),
        "role_networks": bool(plan.wide),
        "roles_together": any(len(one.roles) > 1 for one in plan.machines),
        "translated_filter": any(r.translated for f in plan.firewalls for r in f.forward.rules),
    }
    yield from (name for name, holds in tests.items() if holds)
    yield from (f"mistake {one.kind}" for one in plan.mistakes)


def summary(results: list[Result]) -> list[str]:
    """The counts of a run."""
    total: Counter[str] = sum((r.findings for r in results), Counter())
    reasons: Counter[str] = sum((r.reasons for r in results), Counter())
    planted: Counter[str] = sum((r.planted for r in results), Counter())
    found: Counter[str] = sum((r.found for r in results), Counter())
    faults = Counter(fault.kind for result in results for fault in result.faults)
    sites = Counter(k for r in results for k in {fault.kind for fault in r.faults})
    wrong = sum(bool(result.faults) for result in results)
    asked = sum(r.connections for r in results)
    share = total["possible"] / max(1, total.total())
    return [
        f"{len(results)} sites, {asked} connections, {wrong} sites with a fault",
        *(f"  {kind}: {count} at {sites[kind]} sites" for kind, count in sorted(faults.items())),
        f"findings: {total['certain']} certain, {total['possible']} possible ({share:.1%})",
        *(f"  {count} {reason}" for reason, count in reasons.most_common()),
        f"planted mistakes that connections show: {planted.total()}, found: {found.total()}",
        *(f"  {kind}: {found[kind]} of {count}" for kind, count in sorted(planted.items())),
    ]


if __name__ == "__main__":
    main()

"""Runs of many inputs, as they are known after reading."""

from collections.abc import Sequence

from flowmodel.affected import Certainty
from flowmodel.finding import Level
from linter.report.fleet.found import Example, Failed, Input, Kind, Run, Told

FAILED = Failed("the table has no COMMIT", "a.rules:1")
DATABASE = Kind("FW215", "marked-port-open", "-A INPUT -p tcp --dport 5432 -j ACCEPT")
SILENT = Kind("FW306", "no-default-deny", ":INPUT ACCEPT")


def told(
    name: str,
    kind: Kind = DATABASE,
    *,
    level: Level = "error",
    certainty: Certainty = "certain",
    policy: str = "",
    size: bytes = b"1",
    identity: str = "",
) -> Told:
    """A finding on an input; its identity is that of its kind there, if nothing else."""
    called = identity or f"{kind.check} {name}"
    return Told(kind, name, policy, level, certainty, called.encode(), size)


def run(
    *findings: Told,
    inputs: Sequence[str] = (),
    failed: Sequence[str] = (),
    settled: Sequence[Told] = (),
    left_out: Sequence[str] = (),
    version: str = "1",
) -> Run:
    """A run with these findings, and of all inputs that are named."""
    known = dict.fromkeys([*inputs, *failed, *(each.input for each in (*findings, *settled))])
    its = {
        name: Input(name, frozenset(left_out), (FAILED,) if name in failed else ())
        for name in known
    }
    kinds = {each.kind: Example(f"{each.kind.name} here", "a:1") for each in (*findings, *settled)}
    return Run(("all.json",), (version,), (), its, findings, tuple(settled), kinds, {})

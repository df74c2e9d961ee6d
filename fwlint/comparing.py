"""What a change of rules does, between two sides that were read."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.change import Changed, Comparison
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputErrors
from fwlint.errors import UndecidedError, UsageError
from fwlint.loading import Loaded
from linter.checks.comparison import compared
from linter.engine.budget import SECONDS
from linter.engine.device.renaming import is_named, renamed

_RuleSets = Mapping[str, tuple[RuleSet, ...]]


def diff(
    old: Loaded,
    new: Loaded,
    *,
    interfaces: Mapping[str, str] | None = None,
    work_limit: float = SECONDS,
) -> Comparison:
    """Which connections the new rules open, close or send elsewhere: see docs/api.md.

    Raises UndecidedError where something could not be compared: it has the rest.
    """
    found = comparison(old, new, [*(interfaces or {}).items()], work_limit)
    if found.undecided:
        raise UndecidedError(found.undecided, found)
    return found


def comparison(
    old: Loaded, new: Loaded, interfaces: Sequence[tuple[str, str]], work_limit: float
) -> Comparison:
    """The differences, and what could not be compared; raises InputErrors, UsageError.

    `interfaces` are those with another name on the new side.
    """
    for side in (old, new):
        if side.failures:
            raise InputErrors(tuple(each.error for each in side.failures))
    before, after = _named(old), _named(new)
    if (old.kind == "site") != (new.kind == "site"):
        raise UsageError("one is a site file and the other an export: compare two of a kind")
    if interfaces:
        if old.kind == "site":
            raise UsageError(
                "interfaces are renamed between two exports; site files say what interfaces are"
            )
        before = _with_new_names(before, interfaces)
    changes: list[Changed] = []
    undecided: list[str] = []
    for device, one, other in _pairs(before, after):
        if one and other:
            more, open_ = compared(one, other, work_limit, device)
            changes += more
            undecided += open_
        else:
            side_ = "old" if one else "new"
            undecided.append(f"{device} is only on the {side_} side: it is not compared")
    return Comparison(" ".join(old.paths), " ".join(new.paths), tuple(changes), tuple(undecided))


def _named(side: Loaded) -> _RuleSets:
    """The rule sets by device; exports are of one, whatever their files are called."""
    if side.kind == "site":
        return side.rulesets
    return {"": tuple(each for its in side.rulesets.values() for each in its)}


def _with_new_names(old: _RuleSets, told: Sequence[tuple[str, str]]) -> _RuleSets:
    """The old side with the interfaces' new names."""
    names: dict[str, str] = {}
    every = [each for its in old.values() for each in its]
    known = [link.names for each in every for link in each.links]
    for before, after in told:
        told_as = f"interface {before}={after}"
        if not is_named(every, before):
            raise UsageError(f"{told_as}: the old export names no interface `{before}`")
        same = {name for every_name in known for name in every_name if before in every_name}
        if names.keys() & {before, *same} or after in names.values():
            raise UsageError(f"{told_as}: one of these interfaces is named twice")
        names[before] = after
    return {name: renamed(its, names) for name, its in old.items()}


def _pairs(
    old: _RuleSets, new: _RuleSets
) -> Iterator[tuple[str, Sequence[RuleSet], Sequence[RuleSet]]]:
    """The devices of both sides; of an export with many firewalls (AWS) each by itself."""
    for device in dict.fromkeys((*old, *new)):
        before, after = (_by_place(side.get(device, ())) for side in (old, new))
        for place in dict.fromkeys((*before, *after)):
            name = "/".join(each for each in (device, place) if each)
            yield name, before.get(place, ()), after.get(place, ())


def _by_place(rulesets: Sequence[RuleSet]) -> dict[str, list[RuleSet]]:
    found: dict[str, list[RuleSet]] = {}
    for each in rulesets:
        found.setdefault(each.place, []).append(each)
    return found

"""`fwlint diff`: which connections a change of rules opens and closes."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import parsers
import policies
from flowfiles.reach import Typed
from flowmodel.change import Changed, Comparison
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, InputErrors
from linter.checks.comparison import compared
from linter.commands.bare import given
from linter.commands.check import read
from linter.commands.memory import set_aside
from linter.commands.output import UsageError, folders, read_once, say
from linter.commands.revisions import Revision, revisions
from linter.engine.device.renaming import is_named, renamed
from linter.report.changes import as_json_document, as_markdown, in_lines

_TWO = 2
_RENDER = {"text": in_lines, "json": as_json_document, "markdown": as_markdown}


class _Side(NamedTuple):
    """What one of the two paths is: rule sets by device; one of an export has no name."""

    is_site: bool
    rulesets: dict[str, tuple[RuleSet, ...]]


def run(arguments: Namespace) -> int:
    """Prints the differences. The status: 1 if `--fail-on-opened` and something may be open now.

    2 where something could not be compared: nothing is proved then.
    """
    found = comparison(arguments)
    say(_RENDER[arguments.format](found))
    if found.undecided:
        return 2
    return int(arguments.fail_on_opened and any(each.change != "closed" for each in found.changes))


def comparison(arguments: Namespace) -> Comparison:
    """What changed between two exports, sites or revisions; raises InputError(s), UsageError."""
    if not arguments.git:
        if len(arguments.paths) != _TWO:
            raise UsageError("expected two exports or two site files: OLD NEW")
        return _compared(arguments, *arguments.paths)
    if len(arguments.paths) != 1:
        raise UsageError("with --git, expected one export, folder or site file")
    with revisions(arguments.git, arguments.paths[0]) as (old, new):
        try:
            found = _compared(arguments, old.path, new.path)
        except InputError as error:
            raise _renamed(error, (old, new)) from None
        except InputErrors as several:
            raise InputErrors(tuple(_renamed(e, (old, new)) for e in several.errors)) from None
        changes = (_named(each, (old, new)) for each in found.changes)
        return replace(found, old=old.name, new=new.name, changes=tuple(changes))


def _named(changed: Changed, ends: Sequence[Revision]) -> Changed:
    """The change with the paths that people know: `main:exports/edge.rules`."""
    old, new = (
        replace(
            side,
            path=_path(side.path, ends),
            translations=tuple(_path(each, ends) for each in side.translations),
        )
        for side in changed.sides
    )
    return replace(changed, before=old, after=new)


def _renamed(error: InputError, ends: Sequence[Revision]) -> InputError:
    span = replace(error.span, path=_path(error.span.path, ends))
    return InputError(_path(error.message, ends), span, error.text)


def _path(text: str, ends: Sequence[Revision]) -> str:
    for each in ends:
        text = text.replace(each.folder, f"{each.name}:")
    return text


def _compared(arguments: Namespace, old_path: str, new_path: str) -> Comparison:
    read_once([old_path, new_path])
    reach = Typed(folders(arguments.allow_outside))
    old, new = (_side(path, arguments, reach) for path in (old_path, new_path))
    if old.is_site != new.is_site:
        raise UsageError("one is a site file and the other an export: compare two of a kind")
    if arguments.interface:
        old = _renamed_interfaces(old, arguments.interface)
    changes: list[Changed] = []
    undecided: list[str] = []
    with set_aside():
        for device, before, after in _pairs(old.rulesets, new.rulesets):
            if before and after:
                more, open_ = compared(before, after, arguments.work_limit, device)
                changes += more
                undecided += open_
            else:
                side = "old" if before else "new"
                undecided.append(f"{device} is only on the {side} side: it is not compared")
    return Comparison(old_path, new_path, tuple(changes), tuple(undecided))


def _renamed_interfaces(old: _Side, told: Sequence[str]) -> _Side:
    """The old side with the interfaces' new names, from `OLD=NEW`."""
    if old.is_site:
        raise UsageError("--interface is for two exports; site files say what interfaces are")
    names: dict[str, str] = {}
    every = [each for its in old.rulesets.values() for each in its]
    known = [link.names for each in every for link in each.links]
    for each in told:
        before, sign, after = each.partition("=")
        if not (before and sign and after):
            raise UsageError(f"--interface {each}: expected OLD=NEW, the names of one interface")
        if not is_named(every, before):
            raise UsageError(f"--interface {each}: the old export names no interface `{before}`")
        same = {name for every_name in known for name in every_name if before in every_name}
        if names.keys() & {before, *same} or after in names.values():
            raise UsageError(f"--interface {each}: one of these interfaces is named twice")
        names[before] = after
    rulesets = {name: renamed(its, names) for name, its in old.rulesets.items()}
    return old._replace(rulesets=rulesets)


def _side(path: str, arguments: Namespace, reach: Typed) -> _Side:
    found = given((path,), reach)
    if found.is_exports:
        rulesets = parsers.read_exports((path,), folders=arguments.include_dir, reach=found.reach)
        return _Side(is_site=False, rulesets={"": rulesets})
    site = policies.load_site(path, reach=found.reach)
    reading = read(site, arguments.include_dir, found.reach.below(path))
    if reading.failures:
        raise InputErrors(tuple(each.error for each in reading.failures))
    return _Side(is_site=True, rulesets=reading.rulesets)


def _pairs(
    old: dict[str, tuple[RuleSet, ...]], new: dict[str, tuple[RuleSet, ...]]
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

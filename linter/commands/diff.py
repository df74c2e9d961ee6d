"""`fwlint diff`: which connections a change of rules opens and closes."""

from argparse import Namespace
from collections.abc import Sequence

from flowfiles.reach import Typed
from flowmodel.change import Changed, Comparison
from flowmodel.memory import set_aside
from flowmodel.record import replace
from flowmodel.source import InputError, InputErrors
from fwlint.comparing import comparison as between
from fwlint.errors import UsageError
from fwlint.loading import Loaded, given, load_site, loaded, read_once, site_of
from linter.commands.output import folders, say
from linter.commands.progress import progress, reading
from linter.commands.revisions import Revision, revisions
from linter.report.changes import as_json_document, as_markdown, in_lines

_TWO = 2
_RENDER = {"text": in_lines, "json": as_json_document, "markdown": as_markdown}


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
    with reading((old_path, new_path)):
        old, new = (_side(path, arguments, reach) for path in (old_path, new_path))
    names = list(map(_new_name, arguments.interface))
    with set_aside(), progress("comparing"):
        return between(old, new, names, arguments.work_limit)


def _new_name(told: str) -> tuple[str, str]:
    before, sign, after = told.partition("=")
    if not (before and sign and after):
        raise UsageError(f"--interface {told}: expected OLD=NEW, the names of one interface")
    return before, after


def _side(path: str, arguments: Namespace, reach: Typed) -> Loaded:
    found = given((path,), reach)
    include = arguments.include_dir
    if found.is_exports:
        return loaded([path], "exports", site_of([path]), found.reach, include)
    return load_site(path, found.reach, include)

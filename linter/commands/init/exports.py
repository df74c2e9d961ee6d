"""The exports of a command line: which are of one device, what they say, and what is open."""

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence

import parsers
import policies
from flowfiles.reach import (
    OUTSIDE,
    STANDARD_INPUT,
    Reach,
    RefusedError,
    Typed,
    Within,
    tree_of,
)
from flowmodel.memory import set_aside
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, InputErrors
from fwlint.errors import UsageError
from fwlint.loading import site_of
from linter.checks.evaluation import evaluate
from linter.commands.check import complain_of_failures
from linter.commands.progress import progress
from linter.drafts.grouping import Group, by_device, twice
from linter.drafts.standing import Read
from parsers.shared.grouping import File, Part
from parsers.shared.hints import is_note
from parsers.shared.reading import head_of, start_of

_STREAMS = ("/dev/", "/proc/")


@dataclass(frozen=True, slots=True)
class Named:
    """How a site file that is to be written names other files."""

    target: str
    """The path of the site file."""
    allowed: tuple[str, ...] = ()

    @property
    def reach(self) -> Within:
        """What the site file may name."""
        return Within((tree_of(self.target), *self.allowed))

    @property
    def folder(self) -> str:
        """The folder that its paths count from."""
        return os.path.dirname(self.target)  # noqa: PTH120

    def name(self, path: str) -> str:
        """A path as the site file writes it; with its folders where it is outside of the tree."""
        if self._is_outside(path):
            return os.path.realpath(path)
        here = os.path.abspath(self.folder)  # noqa: PTH100 - links in the tree stay as they are
        found = os.path.relpath(os.path.abspath(path), here)  # noqa: PTH100
        if not found.startswith(os.pardir):
            return found
        return os.path.relpath(os.path.realpath(path), os.path.realpath(here))

    def outside(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The folders of those that the site file can only name with `--allow-outside`."""
        known = [*self.allowed]
        real = (os.path.realpath(path) for path in paths if self._is_outside(path))
        known += (path if os.path.isdir(path) else os.path.dirname(path) for path in real)  # noqa: PTH112, PTH120
        return tuple(dict.fromkeys(known))

    def _is_outside(self, path: str) -> bool:
        return Within((tree_of(self.target),)).refusal(os.path.realpath(path)) == OUTSIDE


def read_all(
    arguments: Namespace, reach: Typed, named: Named
) -> tuple[tuple[Read, ...], tuple[str, ...]]:
    """What the exports say, device by device, and their paths; raises InputErrors."""
    _refuse_unnamable(arguments.exports)
    found: list[Read] = []
    errors: list[InputError] = []
    paths: list[str] = []
    for group, folder in _groups(arguments.exports, reach, named):
        its = (folder,) if folder else group.paths
        try:
            rulesets = parsers.read_exports(its, "", arguments.include_dir, reach=reach)
            if error := twice(rulesets, group.paths):
                raise error
        except InputError as error:
            errors.append(error)
            continue
        except InputErrors as several:
            errors += several.errors
            continue
        paths += its
        exports = tuple(map(named.name, its))
        found.append(_opened(Group(group.name, its, group.part), exports, rulesets, arguments))
    if errors:
        raise InputErrors(tuple(errors))
    return tuple(found), tuple(paths)


def _refuse_unnamable(paths: Sequence[str]) -> None:
    for path in paths:
        if path == STANDARD_INPUT or path.startswith(_STREAMS):
            raise UsageError(
                f"{path}: a site file names its exports, so that each has to be a file; save it"
            )
        try:
            path.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"{path}: no site file can name it, as its name is not UTF-8; rename it"
            ) from None


def _groups(paths: Sequence[str], reach: Typed, named: Named) -> Iterator[tuple[Group, str]]:
    """The files by device, each with the folder that holds them all and nothing else.

    A folder with the site file, or other files of fwlint, is none that it could name.
    """
    files: dict[str, File] = {}
    folders: dict[str, set[str]] = {}
    for typed in dict.fromkeys(path.rstrip("/") or path for path in paths):
        is_folder = os.path.isdir(typed)  # noqa: PTH112
        for path, its_reach in parsers.files_of([typed], reach):
            part = _part(path, its_reach)
            if part is None and is_folder and (is_note(path) or _is_ours(path, its_reach)):
                continue
            files.setdefault(os.path.normpath(path), File(path, part or "rules"))
            if is_folder:
                folders.setdefault(typed, set()).add(path)
    for group in by_device(tuple(files.values())):
        whole = (
            folder
            for folder, its in folders.items()
            if its == set(group.paths) and not _is_with_ours(folder, reach, named)
        )
        yield group, next(whole, "")


def _is_ours(path: str, reach: Reach) -> bool:
    """Whether a file is a site, or a policy."""
    return policies.begins_ours(head_of(path, reach))


def _is_with_ours(folder: str, reach: Typed, named: Named) -> bool:
    if os.path.realpath(named.folder or ".") == os.path.realpath(folder):
        return True
    return any(
        not is_note(path) and _is_ours(path, its_reach)
        for path, its_reach in parsers.files_of([folder], reach)
    )


def _part(path: str, reach: Reach) -> Part | None:
    """What a file is; None where its beginning does not tell it."""
    try:
        return parsers.part_of(head_of(path, reach))
    except InputError:
        return None
    except RefusedError as refused:
        raise InputError(str(refused), start_of(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", start_of(path)) from None


def _opened(
    group: Group, exports: tuple[str, ...], rulesets: tuple[RuleSet, ...], arguments: Namespace
) -> Read:
    site = site_of(group.paths)
    site = replace(site, devices=(replace(site.devices[0], name=group.name),))
    found: Mapping[str, tuple[RuleSet, ...]] = {group.name: rulesets}
    with set_aside(), progress("looking for what is open"):
        outcome = evaluate(
            site, found, (), lambda _: False, seconds=arguments.work_limit, opens=True
        )
    complain_of_failures(outcome.failed)
    return Read(group.name, exports, rulesets, outcome.opened)

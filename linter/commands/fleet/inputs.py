"""Which inputs a command line means, where they are many: sites, and devices by themselves.

Several names are one device's exports, as they always were, unless `--each` says otherwise or a
site file is among them: a site file is of no device.
"""

import os
import stat
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Literal

import parsers
import policies
from flowfiles.reach import STANDARD_INPUT, Typed, Within
from flowmodel.record import NamedTuple, replace
from flowmodel.site import Device, Site
from flowmodel.source import InputError
from fwlint.errors import UsageError
from fwlint.loading import site_of
from linter.commands.apart import apart
from linter.commands.fleet.portions import Portion
from parsers.shared.hints import is_note
from parsers.shared.reading import HEAD, beginning, start_of

_YAML: Final = (".yaml", ".yml")
NOTHING: Final = "holds no export that stands by itself, and no site file"


class Unit(NamedTuple):
    """One input: what is checked by itself, and told by itself."""

    name: str
    kind: Literal["site", "exports", "nothing"]
    """Nothing: a folder in which there is nothing to check, which must not look clean."""
    paths: tuple[str, ...]
    reach: Typed | Within
    portion: Portion | None = None
    """What of a baseline is of it; None where the run knows none."""


class Several(NamedTuple):
    """The inputs of a run, in their order, each name once."""

    units: tuple[Unit, ...]
    passed_over: tuple[str, ...] = ()
    """What is no input: a line for each file."""
    beside: tuple[str, ...] = ()
    """Exports in the folders of sites, which some site should name."""


class _Found(NamedTuple):
    """What is below a folder."""

    files: tuple[str, ...]
    broken: tuple[str, ...]
    """Folders that cannot be read."""
    links: tuple[str, ...]
    """Links to folders: nobody follows them."""


def several(arguments: Namespace, reach: Typed, cache: str = "") -> Several | None:
    """The inputs, where there are many; None where all that is named is one.

    `cache` is a folder that is none of them. Raises UsageError where they cannot be told apart.
    """
    paths = list(dict.fromkeys(arguments.paths))
    kept = os.path.realpath(cache) if cache else ""
    found = {path: _below(path, kept) for path in paths if os.path.isdir(path)}  # noqa: PTH112
    sites = {path: tuple(_sites_in(its.files, reach.below(path))) for path, its in found.items()}
    named = {path for path in paths if _is_site(path, reach)} if len(paths) > 1 else set()
    if arguments.each:
        sites, named = {}, set()
    elif not (named or any(sites.values())):
        return None
    if not paths:
        raise UsageError("--each needs the names of files")
    for path in paths:
        _refuse_stream(path, is_each=arguments.each)
    parts = [
        _of_folder(path, found[path], sites.get(path, ()), reach) if path in found else None
        for path in paths
    ]
    together: list[Several] = []
    for kind, group in groupby(
        zip(paths, parts, strict=True),
        lambda each: "folder" if each[1] else "site" if each[0] in named else "export",
    ):
        its = list(group)
        if kind == "export":
            together.append(_alone([path for path, _ in its], reach))
        elif kind == "site":
            together.append(Several(tuple(Unit(path, "site", (path,), reach) for path, _ in its)))
        else:
            together += [part for _, part in its if part]
    return _joined(together)


def exports_of(units: Iterable[Unit], format_name: str, *, has_ipv6: bool) -> Site:
    """A site in which each input is a device; raises InputError for one that is nothing."""
    devices: list[Device] = []
    for unit in units:
        if unit.kind == "nothing":
            raise InputError(NOTHING, start_of(unit.paths[0]))
        alone = site_of(unit.paths, format_name, has_ipv6=has_ipv6)
        devices += (replace(device, name=unit.name) for device in alone.devices)
    return Site(name="exports", networks={}, devices=tuple(devices), requirements=(), roles=())


def _joined(parts: Sequence[Several]) -> Several:
    units: dict[str, Unit] = {}
    for unit in (unit for part in parts for unit in part.units):
        known = units.get(unit.name, unit)
        if (known.kind, known.paths) != (unit.kind, unit.paths):
            raise UsageError(f"two inputs would be called `{unit.name}`: rename a file of one")
        units[unit.name] = unit
    return Several(
        tuple(units.values()),
        tuple(text for part in parts for text in part.passed_over),
        tuple(path for part in parts for path in part.beside),
    )


def _refuse_stream(path: str, *, is_each: bool) -> None:
    if path == STANDARD_INPUT:
        raise UsageError(
            "--each takes names of files, not standard input"
            if is_each
            else "standard input (-) cannot be one of many inputs"
        )
    kind = _mode(path)
    if kind is not None and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise UsageError(f"{path} is no file: each of many inputs is a file or a folder")


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return None


def _is_site(path: str, reach: Typed | Within) -> bool:
    """Whether a file says that it is a site; a pipe is not asked, it would be read."""
    if not stat.S_ISREG(_mode(path) or 0):
        return False
    # All of it: what sorts its keys puts `fwlint:` behind `devices:`.
    most = policies.MAX_BYTES if _is_yaml(path) else HEAD
    return policies.begins_site(_head(path, reach, most))


def _is_yaml(path: str) -> bool:
    return path.lower().endswith(_YAML)


def _head(path: str, reach: Typed | Within, most: int = HEAD) -> str:
    """How a file begins; empty where it cannot be read, as an empty file cannot."""
    try:
        return beginning(path, reach, most)
    except InputError:
        return ""


def _sites_in(files: Iterable[str], reach: Within) -> Iterator[str]:
    yield from (path for path in files if _is_yaml(path) and _is_site(path, reach))


def _of_folder(folder: str, found: _Found, sites: Sequence[str], reach: Typed) -> Several:
    """The inputs below a folder: its site files, or else its exports, each device by itself."""
    within = reach.below(folder)
    broken = [Unit(path, "exports", (path,), within) for path in found.broken]
    links = tuple(f"{path}: a link to a folder; passed over" for path in found.links)
    files = [path for path in found.files if not is_note(path)]
    if sites:
        # Nobody knows whether it is a site, and the report says why it was not read.
        unread = [path for path in files if _is_yaml(path) and not _head(path, within)]
        broken += [Unit(path, "exports", (path,), within) for path in unread]
        inputs = {*sites, *unread}
        beside = tuple(path for path in files if path not in inputs and _is_export(path, within))
        units = tuple(Unit(path, "site", (path,), reach) for path in sites)
        others = (path for path in files if not _is_yaml(path) and _is_site(path, within))
        links += tuple(f"{path}: no site file by its name; passed over" for path in others)
        return Several((*units, *broken), links, beside)
    alone = _alone(files, within) if files else Several(())
    units = (*alone.units, *broken) or (Unit(folder, "nothing", (folder,), within),)
    odd = (path for path in found.files if is_note(path) and _is_export(path, within))
    notes = (f"{path}: a note by its name; passed over" for path in odd)
    return Several(units, (*links, *notes, *alone.passed_over))


def _is_export(path: str, reach: Within) -> bool:
    """Whether a file is an export; one that may not be read can be one."""
    if reach.refusal(path):
        return True
    head = _head(path, reach)
    return bool(parsers.format_of(head)) and not policies.begins_ours(head)


def _alone(paths: Sequence[str], reach: Typed | Within) -> Several:
    """Files as devices, each by itself."""
    devices, passed_over, refused = apart(paths, reach)
    units = [Unit(name, "exports", exports, reach) for name, exports in devices]
    # Nobody has typed these names. The report says why they were not read.
    units += (Unit(path, "exports", (path,), reach.below(path)) for path in refused)
    return Several(
        tuple(units),
        tuple(f"{path}: no export that stands by itself; passed over" for path in passed_over),
    )


def _below(folder: str, cache: str) -> _Found:
    """The files below a folder, without hidden ones, and without what the cache keeps."""
    broken: list[str] = []
    files: list[str] = []
    links: list[str] = []
    for above, folders, names in os.walk(folder, onerror=lambda e: broken.append(str(e.filename))):
        if cache and os.path.realpath(above) == cache:
            folders.clear()
            continue
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        # Of the current folder, names look as they do where somebody types them.
        here = above.removeprefix(".").removeprefix(os.sep) if folder == os.curdir else above
        paths = [os.path.join(here, each) for each in folders]  # noqa: PTH118
        links += filter(os.path.islink, paths)
        shown = sorted(each for each in names if not each.startswith("."))
        files += [os.path.join(here, each) for each in shown]  # noqa: PTH118
    return _Found(tuple(files), tuple(broken), tuple(links))

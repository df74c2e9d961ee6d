"""Files of many devices at once, as a hook gets them: what belongs together, and what is no export.

A hook names what changed, and the rest of a machine lies beside it. `.json` can be anything. What
is passed over is told, and a file whose name says that it is an export is never passed over: then
it is a broken one.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

import parsers
import policies
from flowfiles.reach import Typed, Within
from flowmodel.record import NamedTuple
from flowmodel.source import InputError
from parsers.shared.grouping import Cluster, File, Part, grouped, told
from parsers.shared.hints import is_note
from parsers.shared.reading import beginning

# Of these, only one that looks like an export is taken for one.
_DATA: Final = frozenset({".json", ".yaml", ".yml", ".xml"})
# Of these also what looks like another output of a firewall, so that its error says what to do.
_TEXT: Final = frozenset({".conf"})
# Only in these is `fwlint: ` what a policy or a site says; an export has it by mistake.
_YAML: Final = frozenset({".yaml", ".yml"})
# The rules of udev have the ending of an export: udev(7), "Rules files".
_UDEV: Final = re.compile(r"[A-Z]+(?:\{[^}]*\})?[ \t]*(?:[=!]=|[-+:]?=)[ \t]*[ei]?\"")


class Device(NamedTuple):
    """One device: what it is called, and its files."""

    name: str
    exports: tuple[str, ...]


class Apart(NamedTuple):
    """Devices by themselves, and the files that are about none."""

    devices: tuple[Device, ...]
    passed_over: tuple[str, ...]
    refused: tuple[str, ...] = ()
    """What is called as a machine of these and leads out of the tree: nobody reads it."""


class _Seen(NamedTuple):
    """What the beginning of a file says."""

    part: Part | None
    """None for what is nothing of a device."""
    format: str = ""
    is_refused: bool = False


def apart(paths: Sequence[str], reach: Typed | Within) -> Apart:
    """Files as devices.

    A hook names the files that changed: each device is judged with all that its folder has of it.
    """
    named = tuple(dict.fromkeys(str(PurePath(path)) for path in paths))
    folders: dict[str, dict[str, _Seen]] = {}
    for path in named:
        folders.setdefault(str(PurePath(path).parent), {})[path] = _seen(path, reach)
    its: dict[str, list[Device]] = {}
    refused: list[str] = []
    for folder, seen in folders.items():
        every = seen | dict(_around(folder, reach, seen))
        refused += (path for path, its_seen in every.items() if its_seen.is_refused)
        for device in _devices(folder, every):
            for path in device.exports:
                its.setdefault(path, []).append(device)
    devices = tuple(dict.fromkeys(device for path in named for device in its.get(path, ())))
    used = {path for device in devices for path in device.exports}
    return Apart(devices, tuple(path for path in named if path not in used), tuple(refused))


def _devices(folder: str, every: Mapping[str, _Seen]) -> Iterator[Device]:
    """The devices of a folder."""
    yield from (Device(path, (path,)) for path, seen in every.items() if seen.part == "whole")
    files = [File(path, its.part) for path, its in sorted(every.items()) if its.part]
    yield Device(folder, tuple(each.path for each in files if each.part == "account"))
    linux = [each for each in files if each.part in ("rules", "beside")]
    for cluster in grouped(linux).devices:
        yield from _machines(cluster, {each.path: every[each.path].format for each in linux})


def _machines(cluster: Cluster, formats: Mapping[str, str]) -> Iterator[Device]:
    """The machines of files with one name: one for what nobody can take for several.

    Rules in two formats, or two files of one family, can be of two machines, or of one on two days:
    together, what one of them closes would hide what the other opens.
    """
    rules: dict[str, list[str]] = {}
    for each in cluster.files:
        if each.part == "rules":
            rules.setdefault(formats[each.path], []).append(each.path)
    machines: list[list[str]] = []
    for paths in rules.values():
        variants = {told(PurePath(path).name).variant for path in paths}
        machines += [paths] if len(variants) == len(paths) else [[path] for path in paths]
    # What says nothing of whose it is belongs to a machine that is alone.
    is_told = bool(cluster.stem) or len(machines) == 1
    beside = [each.path for each in cluster.files if each.part == "beside" and is_told]
    for first, *others in machines:
        name = " + ".join((first, *(PurePath(path).name for path in others)))
        yield Device(name, (first, *others, *beside))


def _around(
    folder: str, reach: Typed | Within, named: Mapping[str, _Seen]
) -> Iterator[tuple[str, _Seen]]:
    """The others in a folder that look like exports, or like what stands beside them.

    One that cannot be read and is called as one that is named is of its machine.
    """
    if all(seen.part in ("whole", None) for seen in named.values()):
        return
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return
    stems = {told(PurePath(path).name).stem for path in named}
    # Nobody has typed these names: a link to elsewhere is not followed.
    within = reach.below(folder)
    for name in names:
        path = str(PurePath(folder, name))
        if path in named or name.startswith(".") or is_note(path) or os.path.isdir(path):  # noqa: PTH112
            continue
        try:
            seen = _told(path, beginning(path, within))
        except InputError:
            if told(name).stem in stems:
                # The report says why it was not read.
                is_refused = bool(within.refusal(path))
                yield path, _Seen(None if is_refused else "beside", is_refused=is_refused)
            continue
        if seen.format or seen.part == "beside":
            yield path, seen


def _seen(path: str, reach: Typed | Within) -> _Seen:
    """What a file is that somebody named; a broken export is judged by itself, and fails."""
    if os.path.isdir(path):  # noqa: PTH112 - `Path` raises what a folder may refuse
        return _Seen("whole")
    try:
        return _told(path, beginning(path, reach))
    except InputError:
        # Nobody knows what it is, and the report says why it was not read.
        return _Seen("whole")


def _told(path: str, head: str) -> _Seen:
    part, ending = parsers.part_of(head), PurePath(path).suffix.lower()
    code = _code(head)
    is_ours = ending in _YAML and policies.begins_ours(head)
    if is_ours or (ending == ".rules" and _UDEV.match(code)):
        return _Seen(None)
    if part:
        return _Seen(part, parsers.format_of(head))
    # What begins with comments alone may be an export behind them.
    may_be = parsers.is_readable(head) or not code if ending in _TEXT else ending not in _DATA
    return _Seen("whole" if may_be else None)


def _code(head: str) -> str:
    """The first line that is no comment; empty where the beginning of a file has none."""
    lines = (line.strip() for line in head.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")

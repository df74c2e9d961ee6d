"""Files of many devices at once, as a hook gets them: what belongs together, and what is no export.

A hook knows names alone, and `.json` can be anything. What is passed over is told, and a file whose
name says that it is an export is never passed over: then it is a broken one.
"""

import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Final, NamedTuple

import parsers
import policies
from flowfiles.reach import STANDARD_INPUT, Typed, Within
from flowmodel.record import replace
from flowmodel.site import Site
from flowmodel.source import InputError
from fwlint.errors import UsageError
from fwlint.loading import site_of
from parsers.shared.reading import beginning

# Of these, only one that looks like an export is taken for one.
_DATA: Final = frozenset({".json", ".yaml", ".yml", ".xml"})
# Of these also what looks like another output of a firewall, so that its error says what to do.
_TEXT: Final = frozenset({".conf"})
# Only in these is `fwlint: ` what a policy or a site says; an export has it by mistake.
_YAML: Final = frozenset({".yaml", ".yml"})
# The rules of udev have the ending of an export: udev(7), "Rules files".
_UDEV: Final = re.compile(r"[A-Z]+(?:\{[^}]*\})?[ \t]*(?:[=!]=|[-+:]?=)[ \t]*[ei]?\"")


class Apart(NamedTuple):
    """A site in which each device stands by itself, and the files that are about none."""

    site: Site
    passed_over: tuple[str, ...]


def apart(arguments: Namespace, reach: Typed | Within) -> Apart:
    """The files of the command line as devices, each file one; raises UsageError.

    Of a cloud account there are several files: all of one folder are one device, whichever of them
    were named.
    """
    if STANDARD_INPUT in arguments.paths:
        raise UsageError("--each takes names of files, not standard input")
    if not arguments.paths:
        raise UsageError("--each needs the names of files")
    devices: dict[str, tuple[str, ...]] = {}
    passed_over: list[str] = []
    for path in dict.fromkeys(arguments.paths):
        folder = str(PurePath(path).parent)
        kind = _kind(path, reach)
        if kind == "none":
            passed_over.append(path)
        elif kind == "account":
            if folder not in devices:
                devices[folder] = tuple(_account(folder, reach))
        else:
            devices[path] = (path,)
    return Apart(_site(arguments, devices), tuple(passed_over))


def _site(arguments: Namespace, devices: Mapping[str, tuple[str, ...]]) -> Site:
    alone = [
        replace(device, name=name)
        for name, exports in devices.items()
        for device in site_of(exports, arguments.format, has_ipv6=arguments.ipv6 == "yes").devices
    ]
    return Site(name="exports", networks={}, devices=tuple(alone), requirements=(), roles=())


def _kind(path: str, reach: Typed | Within) -> str:
    """`export`, `account` for one of the files of a cloud account, or `none`."""
    if Path(path).is_dir():
        return "export"
    try:
        head = beginning(path, reach)
    except InputError:
        # Nobody knows what it is, and the report says why it was not read.
        return "export"
    if parsers.holds_many(head):
        return "account"
    ending = PurePath(path).suffix.lower()
    is_export = bool(parsers.format_of(head))
    code = _code(head)
    is_ours = ending in _YAML and policies.begins_ours(head)
    is_udev = ending == ".rules" and bool(_UDEV.match(code))
    if is_ours or is_udev or parsers.is_companion(head):
        is_export = False
    elif ending in _TEXT:
        # What begins with comments alone may be an export behind them.
        is_export = parsers.is_readable(head) or not code
    elif ending not in _DATA:
        is_export = True
    return "export" if is_export else "none"


def _code(head: str) -> str:
    """The first line that is no comment; empty where the beginning of a file has none."""
    lines = (line.strip() for line in head.splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _account(folder: str, reach: Typed | Within) -> Iterator[str]:
    """The files of a cloud account in a folder, in the order of their names."""
    for path in sorted(Path(folder).iterdir()):
        if path.is_file() and path.suffix.lower() in _DATA and _kind(str(path), reach) == "account":
            yield str(path)

"""Exports by themselves: no site file says where they stand, and no policy what they must let pass.

All files that are named are of one device, as with `--policy` and `fwlint trace`.
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import parsers
import policies
from flowfiles.reach import STANDARD_INPUT, Typed, begun
from flowmodel.addresses import Addresses
from flowmodel.site import Device, Site
from flowmodel.source import Span
from linter.commands.output import UsageError, read_once
from parsers.shared.reading import HEAD, LARGEST

_NAMELESS = "firewall"


class Given(NamedTuple):
    """What the paths of a command line are."""

    is_exports: bool
    """Whether they are exports; else they are a site file, or want to be one."""
    reach: Typed
    """In which they can be read: what came by a pipe is kept in it."""


def given(paths: Sequence[str], reach: Typed) -> Given:
    """Whether files are exports or a site file: what the beginning of a single one looks like."""
    read_once(paths)
    is_exports = len(paths) > 1
    for path in paths:
        if Path(path).is_dir():
            is_exports = True
            continue
        try:
            head, reach = begun(path, reach, HEAD, LARGEST)
        except OSError:
            continue
        text = head.decode("utf-8", "replace")
        if policies.begins_ours(text):
            if len(paths) > 1:
                raise UsageError(f"{path} is no export: expected one site file, or exports")
            return Given(is_exports=False, reach=reach)
        is_exports = is_exports or parsers.is_readable(text)
    return Given(is_exports, reach)


def site_of(arguments: Namespace) -> Site:
    """A site that is nothing but the device with the exports."""
    first = arguments.paths[0].rstrip("/")
    name = _NAMELESS if first == STANDARD_INPUT else Path(first).name or _NAMELESS
    return site_with(device_of(name, tuple(arguments.paths), arguments))


def device_of(name: str, exports: tuple[str, ...], arguments: Namespace) -> Device:
    """A device of which nothing is known but its exports."""
    return Device(
        name=name,
        exports=exports,
        format=arguments.format,
        interfaces=(),
        roles=(),
        own=Addresses(),
        span=Span(exports[0].rstrip("/"), 1, 1, 1, 1),
        ipv6=arguments.ipv6 == "yes",
    )


def site_with(*devices: Device) -> Site:
    """A site that is nothing but some devices, each by itself."""
    name = devices[0].name if devices else _NAMELESS
    return Site(name=name, networks={}, devices=devices, requirements=(), roles=())

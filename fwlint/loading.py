"""Sites and exports are read: those that a site file lists, or those of one device."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

import parsers
from flowfiles.reach import (
    STANDARD_INPUT,
    TYPED,
    Reach,
    RefusedError,
    Typed,
    Within,
    allowed,
    begun,
)
from flowmodel.addresses import Addresses
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import RuleSet, tells_networks
from flowmodel.site import Device, Site
from flowmodel.source import InputError, InputErrors, Span, named_at
from fwlint.errors import UsageError
from linter.checks.subject import Failure
from parsers import ANYWHERE
from parsers.shared.context import Place
from parsers.shared.reading import HEAD, LARGEST

_NAMELESS = "firewall"
_NEITHER = (
    "is no site file, as it has no line `fwlint: …`, and no export in a known format; `fwlint "
    "export-help` says how exports are made"
)


class Given(NamedTuple):
    """What paths are."""

    is_exports: bool
    """Whether they are exports; else they are a site file, or want to be one."""
    reach: Typed
    """In which they can be read: what came by a pipe is kept in it."""


class Reading(NamedTuple):
    """What the exports of a site say; a device with an unreadable export is not judged at all."""

    rulesets: dict[str, tuple[RuleSet, ...]]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was read: a site with its exports, or the exports of one device."""

    paths: tuple[str, ...]
    kind: Literal["site", "machine", "exports"]
    """A machine is what a policy and its roles are told of; nobody tells that of mere exports."""
    site: Site
    reach: Typed | Within
    """In which the exports are."""
    rulesets: Mapping[str, tuple[RuleSet, ...]]
    """By device; one with an unreadable export is not judged at all."""
    failures: tuple[Failure, ...] = ()
    place: Place = ANYWHERE
    """The firewall that was asked for, of exports that hold many."""
    today: date | None = None
    """The day for which ends of rules and waivers are judged: by default the day here."""

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of the devices whose exports were read."""
        return tuple(self.rulesets)


def load(
    *paths: "str | PathLike[str]",
    policy: str = "",
    roles: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    parameters: Mapping[str, int] | None = None,
    bind: Mapping[str, str] | None = None,
    addresses: Sequence[str] = (),
    interfaces: Mapping[str, str] | None = None,
    ipv6: bool = True,
    format: str = "",  # noqa: A002 - as the command line calls it
    include_dirs: Sequence[str] = (),
    allow_outside: Sequence[str] = (),
    at: str = "",
    groups: Sequence[str] = (),
    acl: str = "",
    today: date | None = None,
) -> Loaded:
    """What a site file and its exports say, or the exports of one device: see docs/api.md.

    Raises InputErrors with everything that cannot be read, and UsageError where the arguments do
    not fit together.
    """
    names = [fspath(each) for each in paths]
    place = Place(at, tuple(listed(groups)), acl)
    of_role = any((options, parameters, bind, addresses, interfaces))
    if not names:
        raise UsageError("nothing to load: name a site file, or exports")
    if bool(policy) != bool(roles) or (of_role and not policy):
        raise UsageError("`policy` and `roles` belong together, and whatever is told of a role")
    try:
        reach = Typed(allowed(tuple(listed(allow_outside))))
    except RefusedError as refused:
        raise UsageError(f"allow_outside: {refused}") from None
    include = tuple(listed(include_dirs))
    if policy:
        read_once([*names, policy])
        site = machine(
            policy,
            roles,
            names,
            options=_pairs(options),
            parameters=_pairs(parameters),
            bind_names=_pairs(bind),
            addresses=listed(addresses),
            interfaces=_pairs(interfaces),
            has_ipv6=ipv6,
            format_name=format,
        )
        return _complete(loaded(names, "machine", site, reach, include, place, today))
    is_exports, reach = given(names, reach)
    if is_exports:
        site = site_of(names, format, has_ipv6=ipv6)
        return _complete(loaded(names, "exports", site, reach, include, place, today))
    if format or not ipv6 or place != ANYWHERE:
        raise UsageError("`format`, `ipv6`, `at`, `groups` and `acl` are for exports, not a site")
    return _complete(load_site(names[0], reach, include, today))


def _complete(found: Loaded) -> Loaded:
    if found.failures:
        raise InputErrors(tuple(each.error for each in found.failures))
    refuse_nothing(found)
    return found


def listed(told: Sequence[str]) -> Sequence[str]:
    """What is told, also where it is one text instead of several."""
    return [told] if isinstance(told, str) and told else told


def _pairs(told: Mapping[str, object] | None) -> list[str]:
    return [f"{name}={value}" for name, value in (told or {}).items()]


def load_site(
    path: str,
    reach: Typed | Within,
    include: Sequence[str] = (),
    today: date | None = None,
) -> Loaded:
    """A site with its exports; raises InputErrors where the site itself cannot be read."""
    import policies

    try:
        site = policies.load_site(path, today, reach=reach)
    except InputErrors as raised:
        (first, *others) = raised.errors
        if others or (first.span.path, first.message) != (path, policies.NOT_OURS):
            raise
        raise InputErrors((InputError(_NEITHER, first.span, first.text),)) from None
    return loaded([path], "site", site, reach.below(path), include, today=today)


def loaded(
    paths: Sequence[str],
    kind: Literal["site", "machine", "exports"],
    site: Site,
    reach: Typed | Within,
    include: Sequence[str] = (),
    place: Place = ANYWHERE,
    today: date | None = None,
) -> Loaded:
    """A site with its exports, which may include files from the folders `include` too."""
    rulesets, failures = read(site, include, reach, place)
    return Loaded(tuple(paths), kind, site, reach, rulesets, failures, place, today)


def refuse_nothing(found: Loaded) -> None:
    """Raises UsageError where nothing was read, or where a machine is none."""
    if not found.rulesets and not found.failures:
        raise UsageError("nothing to check: no device in the site file has an export")
    every = (each for its in found.rulesets.values() for each in its)
    if found.kind == "machine" and any(map(tells_networks, every)):
        raise UsageError(
            f"{found.paths[0]} is the export of a network firewall; use a site file, "
            "which says where the product's machines are"
        )


def read_once(paths: Sequence[str]) -> None:
    """Raises UsageError where standard input stands for several files: the first reads it all."""
    if paths.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input (-) can be read once: name one file `-`")


def given(paths: Sequence[str], reach: Typed) -> Given:
    """Whether files are exports or a site file: what the beginning of a single one looks like."""
    import policies

    read_once(paths)
    is_exports = len(paths) > 1
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - `Path` raises what a folder may refuse
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


def site_of(paths: Sequence[str], format_name: str = "", *, has_ipv6: bool = True) -> Site:
    """A site that is nothing but the device with the exports."""
    first = paths[0].rstrip("/")
    name = _NAMELESS if first == STANDARD_INPUT else Path(first).name or _NAMELESS
    device = Device(
        name=name,
        exports=tuple(paths),
        format=format_name,
        interfaces=(),
        roles=(),
        own=Addresses(),
        span=Span(first, 1, 1, 1, 1),
        ipv6=has_ipv6,
    )
    return Site(name=name, networks={}, devices=(device,), requirements=(), roles=())


def machine(
    policy: str,
    roles: Sequence[str],
    paths: Sequence[str],
    *,
    options: Sequence[str],
    parameters: Sequence[str],
    bind_names: Sequence[str],
    addresses: Sequence[str],
    interfaces: Sequence[str],
    has_ipv6: bool,
    format_name: str,
) -> Site:
    """The site of one machine; what is wrong with an argument has no line to be shown."""
    import policies

    try:
        return policies.quick_site(
            policy,
            ",".join(listed(roles)),
            paths,
            options=options,
            parameters=parameters,
            bind_names=bind_names,
            addresses=addresses,
            interfaces=interfaces,
            has_ipv6=has_ipv6,
            format_name=format_name,
        )
    except InputErrors as raised:
        if any(error.span.path != policies.COMMAND_LINE for error in raised.errors):
            raise
        raise UsageError(*dict.fromkeys(error.message for error in raised.errors)) from None


def read(
    site: Site, include: Sequence[str] = (), reach: Reach = TYPED, place: Place = ANYWHERE
) -> Reading:
    """The rule sets of each device; one that cannot be read does not hide the others.

    Exports are in the reach, and may include files from the folders `include` too.
    """
    rulesets: dict[str, tuple[RuleSet, ...]] = {}
    failures: list[Failure] = []
    lines = {each.path: each.lines for each in site.sources}
    for device in site.devices:
        if not device.exports:
            continue
        if unknown := _unknown_format(device, lines):
            failures.append(Failure(unknown, device.name))
            continue
        try:
            rulesets[device.name] = read_device(device, include, reach, place)
        except InputError as error:
            failures.append(Failure(_where_named(error, device, lines), device.name))
        except InputErrors as several:
            failures += [
                Failure(_where_named(error, device, lines), device.name) for error in several.errors
            ]
        except OSError as error:
            span = Span(str(error.filename or device.exports[0]), 1, 1, 1, 1)
            told = InputError(f"cannot be read: {error.strerror}", span)
            failures.append(Failure(_where_named(told, device, lines), device.name))
    return Reading(rulesets, tuple(failures))


def _where_named(
    error: InputError, device: Device, lines: Mapping[str, Sequence[str]]
) -> InputError:
    """What is wrong with a whole export, at the line of the site file that names it."""
    path = error.span.path
    for export, span in zip(device.exports, device.named, strict=False):
        if path == export or path.startswith(export.rstrip("/") + "/"):
            its = lines.get(span.path, [])
            return named_at(error, span, its[span.line - 1]) if span.line <= len(its) else error
    return error


def _unknown_format(device: Device, lines: Mapping[str, Sequence[str]]) -> InputError | None:
    span = device.format_named
    message = parsers.unknown_format(device.format)
    if span is None or not message or span.path not in lines:
        return None
    return InputError(message, span, lines[span.path][span.line - 1])


def read_device(
    device: Device, include: Sequence[str], reach: Reach, place: Place = ANYWHERE
) -> tuple[RuleSet, ...]:
    """The rule sets of one device's exports; raises InputError(s), OSError."""
    return parsers.read_exports(
        device.exports,
        device.format,
        (*device.includes, *include),
        Place(groups=device.groups, acl=device.acl) if place == ANYWHERE else place,
        reach,
    )

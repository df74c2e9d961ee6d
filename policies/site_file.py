"""Reads a site file: networks, firewalls, the bindings of policies, own flows and waivers."""

import os
import re
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Final

from flowfiles.reach import Reach, folder_of
from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, PORT_PROTOCOLS
from flowmodel.record import dataclass
from flowmodel.site import Service
from flowmodel.source import Source, Span
from flowmodel.values import full, size
from policies.addresses import NOWHERE, first_address, looks_like_address
from policies.built_on import with_required
from policies.declarations import check_kind
from policies.flows import FLOW_KEYS, Known, read_flow
from policies.model import Flow, Policy, names_of
from policies.places import WORDS, Where, read_networks, read_places, read_where
from policies.schema import (
    Names,
    day,
    did_you_mean,
    is_unread,
    items,
    keyed,
    record,
    text,
    texts,
    yes_no,
)
from policies.service_cells import read_services
from policies.uses import Use, find_policy, may_read, read_own_policies, read_uses
from policies.yaml_nodes import Errors, Mapping, Node, Text, parse

SITE_KEYS: Final = (
    "fwlint",
    "name",
    "networks",
    "devices",
    "policies",
    "use",
    "allow",
    "accept",
    "marked",
)
DEVICE_KEYS: Final = (
    "config",
    "format",
    "includes",
    "interfaces",
    "host",
    "groups",
    "acl",
    "ipv6",
    "addresses",
)
OWN_LIMIT: Final = 256
HOST_KEYS: Final = ("role", "address")
ALLOW_KEYS: Final = tuple(
    key
    for key in FLOW_KEYS
    if key
    not in (
        *("when", "unless", "since", "until", "alternative", "then", "then_back", "within"),
        *("inferred", "recovered", "rows", "configurable"),
    )
)
MARKED_KEYS: Final = ("add", "remove")
ACCEPT_KEYS: Final = ("finding", "device", "flow", "to", "service", "because", "until")
_ID: Final = re.compile(r"FW[0-9]{3}", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z]+(-[a-z0-9]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A firewall as the site file has it.

    `hosts` are names of roles, and `own` the addresses of the one machine of them that it is on.
    """

    name: str
    span: Span
    exports: tuple[str, ...]
    format: str
    interfaces: tuple[tuple[str, tuple[str, ...], Span], ...]
    hosts: tuple[Text, ...]
    own: Where | None
    has_ipv6: bool
    includes: tuple[str, ...]
    groups: tuple[str, ...]
    acl: str
    addresses: Addresses
    """All that the device has, if it says so."""
    named: tuple[Span, ...]
    format_named: Span | None


@dataclass(frozen=True, slots=True)
class AcceptEntry:
    """A waiver as the site file has it; `to` are names and addresses."""

    finding: str
    because: str
    until: date
    span: Span
    device: str
    flow: str
    to: tuple[str, ...]
    service: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A site file without errors, before its names have addresses."""

    name: str
    source: Source
    networks: dict[str, Addresses]
    devices: tuple[DeviceEntry, ...]
    uses: dict[str, Use]
    allow: tuple[Flow, ...]
    accept: tuple[AcceptEntry, ...]
    marked: tuple[Service, ...]
    """Services that deserve a look where they are open."""
    unmarked: tuple[Service, ...]
    """Those that do not, of the known ones."""


def read_site(errors: Errors, reach: Reach, own: dict[str, Policy] | None = None) -> SiteFile:
    """The site of a text; what is wrong with it or with its policies is noted in `errors`.

    The files and folders that it names have to be in the reach. `own` are policies beside those
    that it names.
    """
    root = parse(errors)
    check_kind(errors, root, "site/1")
    values = record(errors, root, "a site", SITE_KEYS, ("fwlint", "devices"))
    networks = read_networks(errors, values.get("networks"))
    own = (own or {}) | read_own_policies(errors, values.get("policies"), reach)
    uses = read_uses(errors, values.get("use"), own, networks)
    uses = with_required(errors, uses, lambda name: find_policy(errors, name, own))
    references = tuple(
        f"{policy}.{bound}" for policy, use in uses.items() for bound in names_of(use.policy)
    )
    devices = read_devices(errors, values.get("devices"), tuple(networks), reach)
    unread = _unread(values.get("use"), uses)
    check_hosts(errors, devices, uses, unread)
    names = Names(frozenset((*networks, *references, *WORDS)), unread)
    allow = read_allow(errors, values.get("allow"), names)
    flows = frozenset(
        f"{use.policy.name}.{name}"
        for use in uses.values()
        for one in use.policy.flows
        for name in one.names
    )
    accept = read_accept(
        errors,
        values.get("accept"),
        names,
        Names(
            frozenset(one.name for one in devices),
            lambda _: not isinstance(values.get("devices"), Mapping),
        ),
        Names(flows | {f"site.{one.id}" for one in allow}, unread),
    )
    title = text(errors, values.get("name"), "name")
    path = errors.source.path
    return SiteFile(
        title or Path(path).stem,
        errors.source,
        networks,
        devices,
        uses,
        allow,
        accept,
        *read_marked(errors, values.get("marked")),
    )


def _unread(used: Node | None, uses: dict[str, Use]) -> Callable[[str], bool]:
    """Whether a name may be of a policy that the site uses, and that is not known."""
    entries = used.entries if isinstance(used, Mapping) else ()
    if is_unread(used) or any(key.value not in uses for key, _ in entries):
        return lambda name: "." in name and name.partition(".")[0] not in (*uses, "site")
    return lambda _: False


def check_hosts(
    errors: Errors,
    devices: tuple[DeviceEntry, ...],
    uses: dict[str, Use],
    unread: Callable[[str], bool],
) -> None:
    """Note it where a `host` is no role of a policy in use."""
    known = {
        f"{policy}.{name}"
        for policy, use in uses.items()
        for role in use.policy.roles.values()
        for name in (role.name, *role.bound_names)
    }
    roles = Names(frozenset(known), unread)
    for device in devices:
        for host in device.hosts:
            if host.value not in roles:
                hint = did_you_mean(host.value, roles)
                errors.add(f"unknown role `{host.value}`{hint}", host.span)
        if device.own is not None:
            _check_own(errors, device.own, [host.value for host in device.hosts], uses)


def _check_own(errors: Errors, own: Where, roles: list[str], uses: dict[str, Use]) -> None:
    """Note it where the addresses of a machine are not among those of its roles."""
    bound = NOWHERE
    for role in roles:
        policy, _, name = role.partition(".")
        for its, where in uses[policy].bind.items() if policy in uses else ():
            if its == name or its.startswith(f"{name}."):
                if where.is_any:
                    return
                bound |= where.addresses
    if rest := first_address(own.addresses - bound):
        errors.add(f"{rest} is no address of {' or '.join(roles)} in `bind:`", own.span)


def read_devices(
    errors: Errors, node: Node | None, networks: tuple[str, ...], reach: Reach
) -> tuple[DeviceEntry, ...]:
    """The firewalls, with the paths of their files from where the site file is."""
    folder = folder_of(errors.source.path)
    devices = []
    for key, value in keyed(errors, node, "`devices`"):
        values = record(errors, value, f"device `{key.value}`", DEVICE_KEYS, ("config",))
        exports = texts(errors, values.get("config"), "config")
        includes = texts(errors, values.get("includes"), "includes")
        for one in (*exports, *includes):
            may_read(errors, one, os.path.join(folder, one.value), reach)  # noqa: PTH118
        if "host" not in values and ("groups" in values or "acl" in values):
            errors.add(
                f"device `{key.value}` needs `host:`, the role that `groups:` and `acl:` belong to",
                key.span,
            )
        devices.append(
            DeviceEntry(
                key.value,
                key.span,
                tuple(os.path.join(folder, one.value) for one in exports),  # noqa: PTH118
                text(errors, values.get("format"), "format"),
                read_interfaces(errors, values.get("interfaces"), networks),
                *read_host(errors, values.get("host")),
                yes_no(errors, values.get("ipv6"), "ipv6", missing=True),
                tuple(os.path.join(folder, one.value) for one in includes),  # noqa: PTH118
                tuple(one.value for one in texts(errors, values.get("groups"), "groups")),
                text(errors, values.get("acl"), "acl"),
                read_own(errors, values.get("addresses")),
                tuple(one.span for one in exports),
                values["format"].span if "format" in values else None,
            )
        )
    return tuple(devices)


def read_host(errors: Errors, node: Node | None) -> tuple[tuple[Text, ...], Where | None]:
    """The roles on a machine, and its addresses where they tell it from others of the role."""
    if not isinstance(node, Mapping):
        return texts(errors, node, "host"), None
    values = record(errors, node, "`host`", HOST_KEYS, HOST_KEYS)
    where = values.get("address")
    return (
        texts(errors, values.get("role"), "role"),
        read_where(errors, where, {}, ()) if where else None,
    )


def read_own(errors: Errors, node: Node | None) -> Addresses:
    """The addresses of a device: single ones, as no machine has a whole network."""
    found = read_where(errors, node, {}, ()).addresses if node else NOWHERE
    for family in FAMILIES:
        if node and size(found.of(family)) > OWN_LIMIT:
            errors.add(
                f"`addresses:` are the device's own, at most {OWN_LIMIT} of a family", node.span
            )
    return found


def read_interfaces(
    errors: Errors, node: Node | None, networks: tuple[str, ...]
) -> tuple[tuple[str, tuple[str, ...], Span], ...]:
    """The interfaces, each with the networks behind it."""
    found = []
    for key, value in keyed(errors, node, "`interfaces`"):
        known = (*networks, "internet")
        names = texts(errors, value, "a network")
        for one in names:
            if looks_like_address(one.value):
                errors.add(
                    f"`{one.value}` is an address; give it a name in `networks:`, and write that",
                    one.span,
                )
            elif one.value not in known:
                hint = did_you_mean(one.value, known)
                errors.add(f"unknown network `{one.value}`{hint}", one.span)
        found.append((key.value, tuple(one.value for one in names), key.span))
    return tuple(found)


def read_allow(errors: Errors, node: Node | None, names: Collection[str]) -> tuple[Flow, ...]:
    """The site's own flows, which are `need: may` unless they say otherwise."""

    def read_ends(errors: Errors, node: Node | None, _: str) -> tuple[str, ...]:
        return read_places(errors, node, names)

    known = Known(need="may")
    flows = [read_flow(errors, one, known, read_ends, ALLOW_KEYS) for one in items(node)]
    seen: dict[str, Flow] = {}
    for flow in flows:
        if flow.id in seen and flow.id:
            line = seen[flow.id].span.line
            errors.add(f"duplicate flow `{flow.id}`; first defined on line {line}", flow.span)
        seen.setdefault(flow.id, flow)
    return tuple(flows)


def read_accept(
    errors: Errors,
    node: Node | None,
    names: Collection[str],
    devices: Collection[str],
    flows: Collection[str],
) -> tuple[AcceptEntry, ...]:
    """The waivers, each with a reason and an end."""
    found = []
    for item in items(node):
        values = record(errors, item, "a waiver", ACCEPT_KEYS, ("finding", "because", "until"))
        finding = text(errors, values.get("finding"), "finding")
        is_id = _ID.fullmatch(finding)
        if finding and not is_id and not _NAME.fullmatch(finding):
            errors.add(
                f"`{finding}` is not a check; write its id (FW205) or name (undeclared-opening)",
                values["finding"].span,
            )
        for key, known in (("device", devices), ("flow", flows)):
            word = text(errors, values.get(key), key)
            if word and word not in known:
                hint = did_you_mean(word, known)
                errors.add(f"unknown {key} `{word}`{hint}", values[key].span)
        patterns = read_services(errors, values.get("service"), ())
        found.append(
            AcceptEntry(
                finding.upper() if is_id else finding.lower(),
                text(errors, values.get("because"), "because"),
                day(errors, values.get("until"), "until"),
                values["finding"].span if "finding" in values else item.span,
                text(errors, values.get("device"), "device"),
                text(errors, values.get("flow"), "flow"),
                read_places(errors, values.get("to"), names),
                tuple(one for pattern in patterns for one in pattern.services({})),
            )
        )
    return tuple(found)


def read_marked(
    errors: Errors, node: Node | None
) -> tuple[tuple[Service, ...], tuple[Service, ...]]:
    """The services that are marked beside the known ones, and those of them that are not."""
    if node is None:
        return (), ()
    values = record(errors, node, "`marked`", MARKED_KEYS)
    added, removed = (_ported(errors, values.get(key)) for key in MARKED_KEYS)
    return added, removed


def _ported(errors: Errors, node: Node | None) -> tuple[Service, ...]:
    found = []
    for pattern in read_services(errors, node, ()):
        for service in pattern.services({}):
            if service.proto in PORT_PROTOCOLS and service.ports != full(16):
                found.append(service)
            else:
                errors.add(
                    f"`{service.text}` has no ports; write them, as in 8080/tcp", pattern.span
                )
    return tuple(found)

"""Reads a site file: networks, firewalls, the bindings of policies, own flows and waivers."""

import os
import re
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Final

from flowfiles.reach import Reach, folder_of
from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES
from flowmodel.record import dataclass
from flowmodel.site import OWN, Service
from flowmodel.source import Source, Span
from flowmodel.values import size
from policies.addresses import NOWHERE, first_address, looks_like_address
from policies.built_on import with_required
from policies.declarations import check_kind
from policies.flows import FLOW_KEYS, Known, read_flow
from policies.marked import read_marked
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
from policies.uses import (
    Use,
    find_policy,
    may_read,
    read_own_policies,
    read_roles,
    read_uses,
)
from policies.yaml_nodes import Errors, Mapping, Node, Text, parse

SITE_KEYS: Final = (
    "fwlint",
    "name",
    "networks",
    "roles",
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
ACCEPT_KEYS: Final = ("finding", "device", "flow", "to", "service", "because", "until")
_ID: Final = r"(?i:FW[0-9]{3})"
_NAME: Final = r"(?i:[a-z]+(-[a-z0-9]+)+)"


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
    roles: dict[str, Where]
    """Roles of its own, which no policy has."""
    uses: dict[str, Use]
    allow: tuple[Flow, ...]
    accept: tuple[AcceptEntry, ...]
    marked: tuple[Service, ...]
    """Services that deserve a look where they are open."""
    unmarked: tuple[Service, ...]
    """Those that do not, of the known ones."""
    own: tuple[Policy, ...]
    """The policies of its own files, also those that it does not use."""


def read_site(errors: Errors, reach: Reach, own: dict[str, Policy] | None = None) -> SiteFile:
    """The site of a text; what is wrong with it or with its policies is noted in `errors`.

    The files and folders that it names have to be in the reach. `own` are policies beside those
    that it names.
    """
    root = parse(errors)
    check_kind(errors, root, "site/1")
    values = record(errors, root, "a site", SITE_KEYS, ("fwlint", "devices"))
    networks = read_networks(errors, values.get("networks"))
    roles = read_roles(errors, values.get("roles"), networks)
    own = (own or {}) | read_own_policies(errors, values.get("policies"), reach)
    uses = read_uses(errors, values.get("use"), own, networks)
    uses = with_required(errors, uses, lambda name: find_policy(name, own))
    references = (
        *(f"{OWN}.{name}" for name in roles),
        *(f"{policy}.{bound}" for policy, use in uses.items() for bound in names_of(use.policy)),
    )
    devices = read_devices(errors, values.get("devices"), tuple(networks), reach)
    unread = _unread(values, uses)
    check_hosts(errors, devices, uses, roles, unread)
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
        roles,
        uses,
        allow,
        accept,
        *read_marked(errors, values.get("marked")),
        tuple(own.values()),
    )


def _unread(values: dict[str, Node], uses: dict[str, Use]) -> Callable[[str], bool]:
    """Whether a name may be of a policy that the site uses, or of a role, that is not known."""
    used = values.get("use")
    entries = used.entries if isinstance(used, Mapping) else ()
    known = {*uses, *(() if is_unread(values.get("roles")) else (OWN,))}
    if is_unread(used) or OWN not in known or any(key.value not in uses for key, _ in entries):
        return lambda name: "." in name and name.partition(".")[0] not in known
    return lambda _: False


def check_hosts(
    errors: Errors,
    devices: tuple[DeviceEntry, ...],
    uses: dict[str, Use],
    own: dict[str, Where],
    unread: Callable[[str], bool],
) -> None:
    """Note it where a `host` is no role of a policy in use, nor one of the site's own."""
    places = {f"{OWN}.{name}": where for name, where in own.items()}
    known = set(places)
    for policy, use in uses.items():
        places |= {f"{policy}.{name}": where for name, where in use.bind.items()}
        for role in use.policy.roles.values():
            known |= {f"{policy}.{name}" for name in (role.name, *role.bound_names)}
    roles = Names(frozenset(known), unread)
    for device in devices:
        for host in device.hosts:
            if host.value not in roles:
                hint = did_you_mean(host.value, roles)
                errors.add(f"unknown role `{host.value}`{hint}", host.span)
        if device.own is not None:
            _check_own(errors, device.own, [host.value for host in device.hosts], places)


def _check_own(errors: Errors, own: Where, roles: list[str], places: dict[str, Where]) -> None:
    """Note it where the addresses of a machine are not among those of its roles."""
    bound = NOWHERE
    for role in roles:
        for its, where in places.items():
            if its == role or its.startswith(f"{role}."):
                if where.is_any:
                    return
                bound |= where.addresses
    if rest := first_address(own.addresses - bound):
        there = "roles" if all(role.startswith(f"{OWN}.") for role in roles) else "bind"
        errors.add(f"{rest} is no address of {' or '.join(roles)} in `{there}:`", own.span)


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
        is_id = re.fullmatch(_ID, finding)
        if finding and not is_id and not re.fullmatch(_NAME, finding):
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

"""Reads a site's `use`: which policies, with which answers, parameters and bindings."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from flowfiles.reach import Reach, folder_of
from flowmodel.addresses import Addresses, together
from flowmodel.record import dataclass, field
from flowmodel.source import Span
from policies.conditions import read_answer
from policies.loader import PRODUCTS, read_policy, shipped
from policies.model import Policy
from policies.places import WORDS, Where, read_where
from policies.publics import read_public
from policies.schema import did_you_mean, is_empty, keyed, name, record, texts
from policies.service_cells import read_ports
from policies.services import Ports
from policies.yaml_nodes import Errors, Items, Mapping, Node, Text, read_source

USE_KEYS: Final = ("options", "parameters", "bind")
BINDING_KEYS: Final = ("address", "public")


@dataclass(frozen=True, slots=True)
class Use:
    """A policy at this site: the answers, the changed parameters, and where the roles are."""

    policy: Policy
    span: Span
    options: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, tuple[Ports, Span]] = field(default_factory=dict)
    bind: dict[str, Where] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()
    """The names that another policy binds, which builds on this one."""


def read_own_policies(errors: Errors, node: Node | None, reach: Reach) -> dict[str, Policy]:
    """The site's own policy files: each a file, or a folder of `.yaml` files; all in the reach."""
    policies: dict[str, Policy] = {}
    folder = folder_of(errors.source.path)
    for one in texts(errors, node, "a policy file"):
        path = os.path.join(folder, one.value)  # noqa: PTH118
        if "\0" in path:
            errors.add("a path must not contain a NUL character", one.span)
            continue
        if not may_read(errors, one, path, reach):
            continue
        if not os.path.exists(path):  # noqa: PTH110
            errors.add(f"there is no file or folder `{path}`", one.span)
            errors.stop()
        files = sorted(map(str, Path(path).glob("*.yaml"))) if os.path.isdir(path) else [path]  # noqa: PTH112
        if not files:
            errors.add(f"folder `{one.value}` contains no .yaml files", one.span)
        for file in files:
            if not may_read(errors, one, file, reach):
                continue
            naming = (errors, one.span)
            inner = read_source(file, found=errors.found, reach=reach, named=naming)
            policy = read_policy(inner)
            if policy.name in policies or policy.name in PRODUCTS:
                errors.add(f"{file} defines policy `{policy.name}`, which already exists", one.span)
            policies[policy.name] = policy
    return policies


def may_read(errors: Errors, named: Text, path: str, reach: Reach) -> bool:
    """Whether a path that a text names is in the reach; if not, that is noted at the text."""
    refusal = reach.refusal(path)
    if refusal:
        errors.add(f"`{path}` {refusal}", named.span)
    return not refusal


def read_uses(
    errors: Errors, node: Node | None, own: dict[str, Policy], networks: dict[str, Addresses]
) -> dict[str, Use]:
    """The policies that the site uses, each loaded."""
    uses = {}
    for key, value in keyed(errors, node, "`use`"):
        policy = find_policy(key.value, own)
        if policy is None:
            hint = did_you_mean(key.value, (*PRODUCTS, *own))
            errors.add(f"unknown policy `{key.value}`{hint}", key.span)
            continue
        uses[key.value] = read_use(errors, key, value, policy, networks)
    return uses


def find_policy(name: str, own: dict[str, Policy]) -> Policy | None:
    """A policy of the site's own, or a shipped one; None for an unknown name."""
    return own.get(name) or (shipped(name) if name in PRODUCTS else None)


def read_use(
    errors: Errors, key: Text, node: Node, policy: Policy, networks: dict[str, Addresses]
) -> Use:
    """The answers, parameters and bindings for one policy."""
    what = f"`{policy.name}`"
    values = {} if is_empty(node) else record(errors, node, what, USE_KEYS)
    options = {
        one.value: read_answer(errors, value, policy.options[one.value])
        for one, value in keyed(errors, values.get("options"), "`options`")
        if _is_known(errors, one, "option", policy.options)
    }
    parameters = {}
    for one, value in keyed(errors, values.get("parameters"), "`parameters`"):
        if not _is_known(errors, one, "parameter", policy.parameters):
            continue
        base = policy.parameters[one.value].base
        if base:
            errors.add(f"`{one.value}` is derived from `{base}`; set `{base}` instead", one.span)
        ports = read_ports(errors, value, one.value)
        if ports:
            parameters[one.value] = (ports, one.span)
    bind: dict[str, Where] = {}
    for one, value in keyed(errors, values.get("bind"), "`bind`"):
        bind |= read_binding(errors, one, value, policy, networks)
    return Use(policy, key.span, options, parameters, bind)


def read_roles(
    errors: Errors, node: Node | None, networks: dict[str, Addresses]
) -> dict[str, Where]:
    """The site's own roles: machines, or networks of them, that are no policy's."""
    roles = {}
    for key, value in keyed(errors, node, "`roles`"):
        label = name(errors, key, "a role")
        where = _binding(errors, value, networks)
        if where.is_internet or where.is_none:
            errors.add(
                f"`{label}` is a role of the site itself: give its addresses, networks or `any`",
                where.span,
            )
        roles[label] = where
    return roles


def _is_known(errors: Errors, key: Text, what: str, known: Iterable[str]) -> bool:
    if key.value in known:
        return True
    errors.add(f"unknown {what} `{key.value}`{did_you_mean(key.value, known)}", key.span)
    return False


def read_binding(
    errors: Errors, key: Text, node: Node, policy: Policy, networks: dict[str, Addresses]
) -> dict[str, Where]:
    """Where one role or peer is; a role with several addresses has each bound on its own."""
    names = (*policy.roles, *policy.peers)
    if key.value not in names:
        hint = did_you_mean(key.value, names)
        errors.add(f"unknown role or peer `{key.value}`{hint}", key.span)
        return {}
    role = policy.roles.get(key.value)
    if role is None or not role.addresses:
        return {key.value: _binding(errors, node, networks)}
    if isinstance(node, Text) and node.value == "none":
        return {bound: Where(node.span, is_none=True) for bound in role.bound_names}
    if not isinstance(node, Mapping):
        listed = ", ".join(f"{one}: …" for one in role.addresses)
        errors.add(f"`{role.name}` has several addresses; write {{{listed}}}", node.span)
        return {}
    values = record(errors, node, f"`{role.name}`", role.addresses)
    return {
        f"{role.name}.{one}": _binding(errors, value, networks) for one, value in values.items()
    }


def _binding(errors: Errors, node: Node, networks: dict[str, Addresses]) -> Where:
    """Where a role or peer is: all of it, or machine by machine."""
    if not isinstance(node, Items) or all(isinstance(item, Text) for item in node.items):
        return _place(errors, node, networks)
    machines = tuple(_place(errors, item, networks) for item in node.items)
    for item, one in zip(node.items, machines, strict=True):
        if one.is_internet or one.is_any or one.is_none:
            errors.add("a machine among others has addresses", item.span)
    own = together(one.addresses for one in machines)
    public = together(one.public for one in machines)
    return Where(node.span, own, public, machines=machines)


def _place(errors: Errors, node: Node, networks: dict[str, Addresses]) -> Where:
    if not isinstance(node, Mapping):
        return read_where(errors, node, networks, (*WORDS, "none"))
    values = record(errors, node, "a binding", BINDING_KEYS, BINDING_KEYS)
    if len(values) < 2:
        return Where(node.span)
    inside = read_where(errors, values["address"], networks, ())
    public, published = read_public(errors, values["public"], networks, inside.addresses)
    span = values["address"].span
    return Where(span, inside.addresses, public, published=published)

"""Reads what a policy declares: document, roles, peers, options, parameters and rows."""

from collections.abc import Collection
from typing import Final

from flowmodel.used import Document
from policies.flows import read_names, read_word
from policies.model import BUILT_IN_ENDS, Parameter, Peer, Role
from policies.schema import (
    did_you_mean,
    keyed,
    name,
    record,
    text,
    texts,
    yes_no,
)
from policies.service_cells import read_ports
from policies.services import Ports, parse_derived
from policies.yaml_nodes import Errors, Mapping, Node, Text

DOCUMENT_KEYS: Final = ("title", "url", "date", "read", "sha256")
ROLE_KEYS: Final = ("title", "addresses")
PEER_KEYS: Final = ("title", "fqdn", "addresses", "default", "recovered")
PARAMETER_KEYS: Final = ("default", "set_in", "value", "configurable")

_COMMANDS: Final = {
    "site/1": "; check it with `fwlint check`",
    "policy/1": "; check it with `fwlint policy check`",
}


def check_kind(errors: Errors, root: Node, kind: str) -> None:
    """Raise InputErrors if the file is of another kind, or of a later version.

    It is read no further then: every other error would only say that it is another file.
    """
    entries = root.entries if isinstance(root, Mapping) else ()
    node = next((value for key, value in entries if key.value == "fwlint"), None)
    found = text(errors, node, "fwlint")
    if node is None or not found or found == kind:
        return
    if found.partition("/")[0] == kind.partition("/")[0]:
        errors.add(f"this version of fwlint reads `{kind}`, not `{found}`", node.span)
    elif errors.named:
        naming, place = errors.named
        message = f"`{errors.source.path}` is a `{found}` file; a `{kind}` file is meant"
        naming.add(message, place)
    else:
        hint = _COMMANDS.get(found, "")
        errors.add(f"expected a `{kind}` file, but this is a `{found}` file{hint}", node.span)
    errors.stop()


def read_document(errors: Errors, node: Node | None) -> Document:
    """The vendor's page."""
    if node is None:
        return Document()
    values = record(errors, node, "`document`", DOCUMENT_KEYS)
    return Document(**{key: text(errors, value, key) for key, value in values.items()})


def read_roles(errors: Errors, node: Node | None) -> dict[str, Role]:
    """The roles: `name: description`, or with a title and addresses of their own."""
    roles = {}
    for key, value in keyed(errors, node, "`roles`"):
        label = name(errors, key, "a role", BUILT_IN_ENDS)
        if isinstance(value, Text):
            roles[label] = Role(label, text(errors, value, "a role"), key.span)
            continue
        fields = record(errors, value, f"role `{label}`", ROLE_KEYS)
        addresses = texts(errors, fields.get("addresses"), "addresses")
        roles[label] = Role(
            label,
            text(errors, fields.get("title"), "title"),
            key.span,
            tuple(dict.fromkeys(name(errors, one, "an address") for one in addresses)),
        )
    return roles


def read_peers(
    errors: Errors, node: Node | None, roles: Collection[str], sources: Collection[str]
) -> dict[str, Peer]:
    """The peers: `name: description`, or with a domain name or a default."""
    peers = {}
    for key, value in keyed(errors, node, "`peers`"):
        label = name(errors, key, "a peer", BUILT_IN_ENDS)
        if label in roles:
            errors.add(f"`{label}` is already a role", key.span)
        if isinstance(value, Text):
            peers[label] = Peer(label, text(errors, value, "a peer"), key.span)
            continue
        fields = record(errors, value, f"peer `{label}`", PEER_KEYS)
        read_names(errors, fields.get("recovered"), "source", sources)
        is_internet = read_word(errors, fields.get("default"), "default", ("internet",))
        peers[label] = Peer(
            label,
            text(errors, fields.get("title"), "title"),
            key.span,
            fqdn=tuple(one.value for one in texts(errors, fields.get("fqdn"), "fqdn")),
            has_many_addresses=bool(
                read_word(errors, fields.get("addresses"), "addresses", ("many",))
            ),
            default="internet" if is_internet else "",
        )
    return peers


def read_parameters(errors: Errors, node: Node | None) -> dict[str, Parameter]:
    """The parameters; a derived one follows from others without a circle."""
    parameters: dict[str, Parameter] = {}
    for key, value in keyed(errors, node, "`parameters`"):
        label = name(errors, key, "a parameter")
        fields = record(errors, value, f"parameter `{label}`", PARAMETER_KEYS)
        if fields and ("default" in fields) == ("value" in fields):
            errors.add(
                f"parameter `{label}` must have exactly one of `default:` and `value:`", key.span
            )
        default = read_ports(errors, fields["default"], "default") if "default" in fields else None
        if default and not default.are_ports:
            errors.add(
                f"default `{default.text}` is not a valid port (1 to 65535)", fields["default"].span
            )
        base, plus = "", 0
        if "value" in fields:
            try:
                base, plus = parse_derived(text(errors, fields["value"], "value"))
            except ValueError as error:
                errors.add(str(error), fields["value"].span)
        parameters[label] = Parameter(
            label,
            key.span,
            default if base else default or Ports("1", ((1, 1),)),
            text(errors, fields.get("set_in"), "set_in"),
            base,
            plus,
            not yes_no(errors, fields.get("configurable"), "configurable", missing=True),
        )
    for one in parameters.values():
        check_base(errors, one, parameters)
    return parameters


def check_base(errors: Errors, parameter: Parameter, known: dict[str, Parameter]) -> None:
    """Note a derived parameter that follows from nothing, or from itself."""
    seen = {parameter.name}
    step = parameter
    while step.base:
        if step.base not in known:
            hint = did_you_mean(f"${step.base}", [f"${each}" for each in known])
            errors.add(f"unknown parameter `${step.base}`{hint}", parameter.span)
            return
        if step.base in seen:
            errors.add(f"parameter `{parameter.name}` is derived from itself", parameter.span)
            return
        seen.add(step.base)
        step = known[step.base]

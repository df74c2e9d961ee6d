"""Reads what a policy declares: document, roles, peers, options, parameters and rows."""

import re
from collections.abc import Collection
from typing import Final, cast

from policies.flows import read_names, read_services, read_word
from policies.model import (
    BUILT_IN_ENDS,
    Direction,
    Document,
    Option,
    Parameter,
    Peer,
    Role,
    RowCells,
)
from policies.schema import (
    did_you_mean,
    keyed,
    name,
    record,
    text,
    texts,
    whole_number,
    yes_no,
)
from policies.services import Ports, parse_derived, parse_ports
from policies.yaml_nodes import Errors, Mapping, Node, Text

DOCUMENT_KEYS: Final = ("title", "url", "date", "sha256")
ROLE_KEYS: Final = ("title", "addresses")
PEER_KEYS: Final = ("title", "fqdn", "addresses", "default", "recovered")
OPTION_KEYS: Final = ("question", "default", "means")
PARAMETER_KEYS: Final = ("default", "set_in", "value", "configurable")
ROW_KEYS: Final = (
    "line",
    "device",
    "direction",
    "protocol",
    "port",
    "also",
    "app",
    "says",
    "recovered",
)
DIRECTIONS: Final = ("in", "out", "in+out")


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
    else:
        errors.add(f"expected a `{kind}` file, but this is a `{found}` file", node.span)
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
            fqdn=text(errors, fields.get("fqdn"), "fqdn"),
            has_many_addresses=bool(
                read_word(errors, fields.get("addresses"), "addresses", ("many",))
            ),
            default="internet" if is_internet else "",
        )
    return peers


def read_options(errors: Errors, node: Node | None, roles: Collection[str]) -> dict[str, Option]:
    """The options, each with its question."""
    options = {}
    for key, value in keyed(errors, node, "`options`"):
        label = name(errors, key, "an option")
        fields = record(errors, value, f"option `{label}`", OPTION_KEYS, ("question",))
        default = fields.get("default")
        means = fields.get("means")
        different = record(errors, means, "`means`", ("different",)) if means else {}
        names = read_names(errors, different.get("different"), "role", roles)
        if means and len(names) < 2:
            errors.add("`different` needs at least two roles", means.span)
        options[label] = Option(
            label,
            text(errors, fields.get("question"), "question"),
            None if default is None else yes_no(errors, default, "default"),
            key.span,
            names,
        )
    return options


def read_ports(errors: Errors, node: Node, what: str) -> Ports | None:
    """Ports as text or as a list; a number past 65535 is read, 0 too."""
    parts = texts(errors, node, what)
    if not parts:
        return None
    try:
        return parse_ports(",".join(part.value for part in parts))
    except ValueError as error:
        errors.add(f"{what}: {error}", node.span)
        return None


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
            hint = did_you_mean(step.base, known)
            errors.add(f"unknown parameter `${step.base}`{hint}", parameter.span)
            return
        if step.base in seen:
            errors.add(f"parameter `{parameter.name}` is derived from itself", parameter.span)
            return
        seen.add(step.base)
        step = known[step.base]


def read_rows(
    errors: Errors, node: Node | None, devices: Collection[str], sources: Collection[str]
) -> dict[str, RowCells]:
    """The rows of the document, by their ids."""
    rows = {}
    for key, value in keyed(errors, node, "`rows`"):
        fields = record(errors, value, f"row `{key.value}`", ROW_KEYS, ("line",))
        protocol = text(errors, fields.get("protocol"), "protocol")
        if protocol and protocol not in ("tcp", "udp", "tcp+udp"):
            hint = did_you_mean(protocol, ("tcp", "udp", "tcp+udp"))
            errors.add(f"unknown protocol `{protocol}`{hint}", fields["protocol"].span)
        direction = read_word(errors, fields.get("direction"), "direction", DIRECTIONS)
        read_names(errors, fields.get("recovered"), "source", sources)
        row = RowCells(
            id=key.value,
            line=whole_number(errors, fields.get("line"), "line"),
            span=key.span,
            device=read_names(errors, fields.get("device"), "role or peer", devices),
            direction=cast("Direction", direction),
            protocol=protocol,
            port=_read_cell(errors, fields.get("port")),
            also=read_services(errors, fields.get("also"), ()),
            app=text(errors, fields.get("app"), "app"),
            says=text(errors, fields.get("says"), "says"),
            recovered=text(errors, fields.get("recovered"), "recovered"),
        )
        if fields and row.is_prose and not row.says:
            errors.add(f"row `{key.value}` has neither cells nor `says:`", key.span)
        rows[key.value] = row
    return rows


def _read_cell(errors: Errors, node: Node | None) -> str:
    """A port cell: ports as text, where the letter n stands for any digit."""
    cell = text(errors, node, "port").replace(" ", "")
    if node is None or not cell:
        return ""
    try:
        parse_ports(re.sub(r"(?<=[0-9])n", "0", cell))
    except ValueError as error:
        errors.add(str(error), node.span)
        return ""
    return cell

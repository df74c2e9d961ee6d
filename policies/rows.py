"""Reads the rows of a document, and their cells."""

import re
from collections.abc import Callable, Collection
from typing import Final, cast

from policies.conditions import read_versions
from policies.flows import read_names, read_word
from policies.model import Direction, RowCells
from policies.protocols import PROTOCOLS, TYPED, has_ports, number_of
from policies.schema import did_you_mean, keyed, record, text, whole_number
from policies.service_cells import read_services
from policies.services import parse_ports, parse_types
from policies.yaml_nodes import Errors, Node

ROW_KEYS: Final = (
    "line",
    "device",
    "direction",
    "protocol",
    "port",
    "sport",
    "type",
    "also",
    "app",
    "says",
    "need",
    "since",
    "until",
    "recovered",
)
DIRECTIONS: Final = ("in", "out", "in+out")


def read_rows(
    errors: Errors,
    node: Node | None,
    devices: Collection[str],
    sources: Collection[str],
    versions: tuple[str, ...],
) -> dict[str, RowCells]:
    """The rows of the document, by their ids."""
    rows = {}
    for key, value in keyed(errors, node, "`rows`"):
        fields = record(errors, value, f"row `{key.value}`", ROW_KEYS, ("line",))
        direction = read_word(errors, fields.get("direction"), "direction", DIRECTIONS)
        need = read_word(errors, fields.get("need"), "need", ("never",))
        read_names(errors, fields.get("recovered"), "source", sources)
        valid = read_versions(errors, fields, versions)
        row = RowCells(
            id=key.value,
            line=whole_number(errors, fields.get("line"), "line"),
            span=key.span,
            device=read_names(errors, fields.get("device"), "role or peer", devices),
            direction=cast("Direction", direction),
            protocol=_read_protocol(errors, fields.get("protocol")),
            port=_read_cell(errors, fields.get("port"), "port", _parse_port),
            sport=_read_cell(errors, fields.get("sport"), "sport", parse_ports),
            type=_read_cell(errors, fields.get("type"), "type", parse_types),
            also=read_services(errors, fields.get("also"), ()),
            app=text(errors, fields.get("app"), "app"),
            says=text(errors, fields.get("says"), "says"),
            is_never=need == "never",
            versions=valid[0].answers if valid else versions,
            recovered=text(errors, fields.get("recovered"), "recovered"),
        )
        if fields and row.is_prose and not row.says:
            errors.add(f"row `{key.value}` has neither cells nor `says:`", key.span)
        is_typed = bool(row.protocols) and all(one in TYPED for one in row.protocols)
        if row.type and not is_typed:
            errors.add("`type` is for rows with `protocol: icmp` or `icmpv6`", fields["type"].span)
        if row.port and row.protocols and not any(map(has_ports, row.protocols)):
            errors.add(f"`{row.protocol}` has no ports", fields["port"].span)
        rows[key.value] = row
    return rows


def _read_protocol(errors: Errors, node: Node | None) -> str:
    """One protocol, or several with `+`."""
    cell = text(errors, node, "protocol")
    for part in cell.split("+") if cell else ():
        if number_of(part) is None and node is not None:
            errors.add(f"unknown protocol `{part}`{did_you_mean(part, PROTOCOLS)}", node.span)
            return ""
    return cell


def _read_cell(errors: Errors, node: Node | None, what: str, parse: Callable[[str], object]) -> str:
    """A cell without blanks, if it can be read; `parse` raises ValueError with a message."""
    cell = text(errors, node, what).replace(" ", "")
    if node is None or not cell:
        return ""
    try:
        parse(cell)
    except ValueError as error:
        errors.add(str(error), node.span)
        return ""
    return cell


def _parse_port(cell: str) -> object:
    """Ports, where the letter n stands for any digit."""
    for part in cell.split(","):
        if "n" in part and "-" in part:
            raise ValueError(f"`{part}` has `n` for a digit, so it cannot be a range")
    return parse_ports(re.sub(r"(?<=[0-9])n", "0", cell))

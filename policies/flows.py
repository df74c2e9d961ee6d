"""Reads flows: of a policy's sections, and of a site's `allow`."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, cast

from flowmodel.addresses import MULTICAST, Addresses
from flowmodel.record import dataclass, field
from flowmodel.site import Need
from policies.addresses import NOWHERE, parse_addresses
from policies.conditions import Conditions, Option, read_conditions, read_versions
from policies.model import NEEDS, Flow
from policies.schema import (
    did_you_mean,
    has_key,
    items,
    keys_meant,
    name,
    record,
    text,
    texts,
    through,
    yes_no,
)
from policies.service_cells import read_ports, read_services
from policies.yaml_nodes import Errors, Node, Text

FLOW_KEYS: Final = (
    "id",
    "from",
    "to",
    "between",
    "within",
    "service",
    "any_of",
    "then",
    "then_back",
    "sport",
    "group",
    "alternative",
    "need",
    "when",
    "unless",
    "since",
    "until",
    "app",
    "purpose",
    "notes",
    "configurable",
    "severity",
    "admin",
    "inferred",
    "recovered",
    "rows",
)
_ALTERNATIVE: Final = r"([a-z0-9][a-z0-9_-]*)/([a-z0-9][a-z0-9_-]*)"
FILLED_FIELDS: Final = ("from", "to", "between", "service", "sport", "purpose", "notes")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a flow can use, by what they are."""

    ends: Collection[str] = frozenset()
    options: Mapping[str, Option] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    need: Need = "must"


def read_names(
    errors: Errors, node: Node | None, what: str, known: Collection[str]
) -> tuple[str, ...]:
    """A list of known names, or one; each once."""
    found: dict[str, None] = {}
    for item in texts(errors, node, what):
        if item.value not in known:
            errors.add(f"unknown {what} `{item.value}`{did_you_mean(item.value, known)}", item.span)
        elif item.value in found:
            errors.add(f"{what} `{item.value}` is listed twice", item.span)
        else:
            found[item.value] = None
    return tuple(found)


EndReader = Callable[[Errors, Node | None, str], tuple[str, ...]]


def read_flow(
    errors: Errors, node: Node, known: Known, read_ends: EndReader, keys: Iterable[str] = FLOW_KEYS
) -> Flow:
    """One flow; its `span` is the line of its id."""
    ends = () if has_key(node, "between") else ("from", "to")
    values = record(errors, node, "a flow", keys, ("id", *ends))
    is_meant = keys_meant(node, tuple(keys)) & {"service", "any_of"}
    if values and ("service" in values) == ("any_of" in values) and not is_meant:
        errors.add("a flow must have exactly one of `service:` and `any_of:`", node.span)
    need = cast("Need", read_word(errors, values.get("need"), "need", NEEDS) or known.need)
    recovered = read_recovered(errors, values.get("recovered"), known.sources)
    label = values.get("id")
    patterns = values.get("any_of") or values.get("service")
    sources, targets = _read_sides(errors, values, read_ends)
    when, unless = read_when(errors, values, known)
    flow = Flow(
        id=name(errors, label, "a flow") if isinstance(label, Text) else "",
        span=through(node.span, label.span) if label else node.span,
        sources=sources,
        targets=targets,
        is_either="between" in values,
        is_local=bool(read_word(errors, values.get("within"), "within", ("network",))),
        sports=read_ports(errors, values["sport"], "sport") if "sport" in values else None,
        services=read_services(errors, patterns, known.parameters),
        is_any_of="any_of" in values,
        group=read_group(errors, values.get("group")),
        then=read_services(errors, values.get("then"), known.parameters),
        then_back=read_services(errors, values.get("then_back"), known.parameters),
        alternative=read_alternative(errors, values.get("alternative")),
        need=need,
        when=when,
        unless=unless,
        app=text(errors, values.get("app"), "app"),
        purpose=text(errors, values.get("purpose"), "purpose"),
        notes=text(errors, values.get("notes"), "notes"),
        is_fixed=not yes_no(errors, values.get("configurable"), "configurable", missing=True),
        is_critical=bool(read_word(errors, values.get("severity"), "severity", ("critical",))),
        is_admin=yes_no(errors, values.get("admin"), "admin"),
        inferred=read_names(errors, values.get("inferred"), "field", FILLED_FIELDS),
        recovered=recovered,
        rows=read_names(errors, values.get("rows"), "row", known.rows),
    )
    check_flow(errors, flow, values, known)
    return flow


def _read_sides(
    errors: Errors, values: Mapping[str, Node], read_ends: EndReader
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who opens and who listens; with `between`, the two sides of which each does both."""
    if "between" not in values:
        return (
            read_ends(errors, values.get("from"), "from"),
            read_ends(errors, values.get("to"), "to"),
        )
    both = values["between"]
    sides = items(both)
    if "from" in values or "to" in values:
        errors.add("`between` stands for both `from` and `to`; leave these out", both.span)
    elif len(sides) != 2:
        errors.add("`between` needs two sides, each a name or a list of names", both.span)
    else:
        return read_ends(errors, sides[0], "between"), read_ends(errors, sides[1], "between")
    return (), ()


def read_when(
    errors: Errors, values: Mapping[str, Node], known: Known
) -> tuple[Conditions, Conditions]:
    """The conditions in `when` and `unless`; `since` and `until` are conditions too."""
    when = read_conditions(errors, values.get("when"), known.options)
    unless = read_conditions(errors, values.get("unless"), known.options)
    return (*when, *read_versions(errors, values, known.versions)), unless


def read_alternative(errors: Errors, node: Node | None) -> tuple[str, str] | None:
    """A choice and one of its alternatives: `tunnel/ipsec`."""
    word = text(errors, node, "alternative")
    if node is None or not word:
        return None
    match = re.fullmatch(_ALTERNATIVE, word)
    if not match:
        errors.add(f"`{word}` must name a choice and an alternative: `tunnel/ipsec`", node.span)
        return None
    return match[1], match[2]


def read_group(errors: Errors, node: Node | None) -> Addresses:
    """Multicast groups (RFC 5771, RFC 4291, 2.7), or the word `broadcast` (RFC 919)."""
    found = NOWHERE
    for item in texts(errors, node, "group"):
        if item.value == "broadcast":
            found |= parse_addresses("255.255.255.255")
            continue
        try:
            addresses = parse_addresses(item.value)
        except ValueError as error:
            errors.add(str(error), item.span)
            continue
        if addresses - MULTICAST:
            errors.add(f"`{item.value}` is no multicast group and not `broadcast`", item.span)
        found |= addresses
    return found


def read_word(errors: Errors, node: Node | None, what: str, words: tuple[str, ...]) -> str:
    """One of the words, or nothing."""
    word = text(errors, node, what)
    if node is not None and word and word not in words:
        errors.add(f"invalid value `{word}` for `{what}`{did_you_mean(word, words)}", node.span)
        return ""
    return word


def read_recovered(errors: Errors, node: Node | None, sources: Collection[str]) -> dict[str, str]:
    """The fields that come from elsewhere, each with its source."""
    if node is None:
        return {}
    found = {}
    for filled, value in record(errors, node, "`recovered`", FILLED_FIELDS).items():
        for source in read_names(errors, value, "source", sources)[:1]:
            found[filled] = source
    return found


def check_flow(errors: Errors, flow: Flow, values: Mapping[str, Node], known: Known) -> None:
    """Note what contradicts itself in a flow."""
    if "id" in values and not isinstance(values["id"], Text):
        errors.add("id must be text", values["id"].span)
    if flow.is_either and "self" in flow.ends:
        errors.add("`self` cannot be a side of `between:`", flow.span)
    elif "self" in flow.sources:
        errors.add(
            "`self` can only be used in `to:`, where each source connects to itself", flow.span
        )
    if "self" in flow.targets and len(flow.targets) > 1:
        errors.add(
            "`self` cannot be combined with other names in `to:`; write two flows", flow.span
        )
    if flow.is_any_of:
        for pattern in flow.services:
            if len(pattern.protocols) > 1:
                errors.add(
                    f"an alternative has one protocol; split `{pattern.text}` in two", pattern.span
                )
        if len(items(values.get("any_of"))) < 2:
            errors.add("`any_of` needs at least two alternatives", values["any_of"].span)
        if flow.need == "never":
            errors.add(
                "`any_of` cannot be combined with `need: never`; use `service:`",
                values["any_of"].span,
            )
    moved = [one for one in flow.parameters if one not in known.fixed]
    if flow.is_fixed and moved:
        errors.add(
            f"`configurable: no` contradicts parameter `${moved[0]}`, which can be changed",
            values["configurable"].span,
        )
    if flow.group and flow.need == "never":
        errors.add("`group` cannot be combined with `need: never`", values["group"].span)
    portless = [one for one in flow.services if not one.atoms]
    if flow.sports and portless:
        errors.add(f"`sport` needs ports, and `{portless[0].text}` has none", flow.span)
    if flow.sports and not flow.sports.are_ports:
        errors.add(f"sport `{flow.sports.text}` is not a valid port (1 to 65535)", flow.span)
    both = set(flow.inferred) & set(flow.recovered)
    for filled in sorted(both):
        errors.add(f"`{filled}` cannot be both inferred and recovered", flow.span)

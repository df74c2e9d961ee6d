"""Reads what `ip -j addr`, `ip -j route` and `ip -6 -j route` print about one machine."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, Final

from flowmodel.addresses import EVERYWHERE, Addresses, together
from flowmodel.fields import FAMILIES, FOR_MANY, Family
from flowmodel.ruleset import Gap, Link
from flowmodel.source import InputError, Source, Span
from parsers.iproute.addresses import Interface, interface
from parsers.iproute.routes import WIDE, Route, followed, route
from parsers.shared.json_nodes import Words, documents
from parsers.shared.node import SHOWN, Node
from parsers.shared.reading import start_of
from parsers.shared.standing import Standing

_WORDS: Final = Words("what ip prints", "ip")
_LOOPBACK: Final = Addresses(((0x7F000001, 0x7F000001),), ((1, 1),))
_LINK_LOCAL: Final = Addresses((), ((0xFE80 << 112, (0xFEC0 << 112) - 1),))
"""Every interface has these networks, so that they tell none from another (RFC 4291)."""
_LISTED: Final = frozenset(("main", "254", "local", "255", "default", "253"))
"""The tables that are asked without a rule of `ip rule` for it."""


def read(sources: Sequence[Source]) -> Standing:
    """Where the machine stands that the files are of; raises InputError."""
    remarks: list[Gap] = []
    interfaces: dict[str, Interface] = {}
    routes: list[Route] = []
    rules: list[Node] = []
    for source in sources:
        for node in _nodes(source):
            if "dst" in node and "priority" not in node:
                routes.append(route(node, remarks))
                continue
            if "priority" in node:
                rules.append(node)
                continue
            found = interface(node, remarks)
            if found.name in interfaces:
                raise node.error(f"`{found.name}` is here a second time", "ifname")
            interfaces[found.name] = found
    others = [each.node for each in routes if each.table not in _LISTED]
    others += [each for each in rules if not _is_usual(each)]
    if others:
        message = (
            "not all packets ask the main table for their route: what other tables and rules of "
            "`ip rule` say is ignored, and no packet surely leaves by an interface"
        )
        remarks.append(gap(others[0], message, "table"))
    elsewhere = [each for each in routes if each.table not in _LISTED]
    routes = [each for each in routes if each.table in _LISTED]
    tables = _LISTED | {each.table for each in elsewhere}
    foreign = _foreign(interfaces, routes) - together(
        each.to for each in elsewhere if each.kind != "unicast"
    )
    if any(_asks_another(each, tables) for each in rules):
        # A route there may be of type `local`, as for a transparent proxy.
        foreign = Addresses()
    remarks += _missing(interfaces, routes)
    cut = _cut(interfaces, routes)
    for node in cut.values():
        message = (
            f"no route leads to the network of `{node['ifname']}`: the list of routes is cut, and "
            "no packet surely leaves by an interface"
        )
        remarks.append(gap(node, message, "ifname"))
    return Standing(
        local=_local(interfaces, routes),
        foreign=foreign,
        links=tuple(_links(interfaces, routes, FAMILIES if others else cut)),
        gaps=tuple(remarks),
        sources=tuple(sources),
    )


def _is_usual(rule: Node) -> bool:
    """Whether it is one of the three rules that every machine has (ip-rule(8))."""
    table = rule.get("table")
    return table in ("local", "main", "default") and rule.keys() <= {"priority", "src", "table"}


def _asks_another(rule: Node, tables: Container[str]) -> bool:
    """Whether packets may ask a table none of whose routes is given: that of a VRF, or by name."""
    return "l3mdev" in rule or ("table" in rule and str(rule["table"]) not in tables)


def _missing(interfaces: dict[str, Interface], routes: Sequence[Route]) -> Iterator[Gap]:
    """The remark about each family in which there are networks, and no route is given."""
    for family in FAMILIES:
        if any(each.kind == "unicast" and each.to.of(family) for each in routes):
            continue
        for each in interfaces.values():
            if (each.networks - _LINK_LOCAL).of(family):
                command = "ip -j route" if family == 4 else "ip -6 -j route"
                message = (
                    f"no route of IPv{family} is given: what lies behind gateways, and by which "
                    f"interface packets leave, is known with `{command}` beside this"
                )
                yield gap(each.node, message, "ifname")
                break


def _cut(interfaces: dict[str, Interface], routes: Sequence[Route]) -> dict[Family, Node]:
    """The families in which some routes are given, but not all: an interface for each.

    The kernel itself makes a route to the network of every address, unless it is told not to
    (fib_add_ifaddr in net/ipv4/fib_frontend.c): `ip -j route show default` does not print it. A
    network of one address has none, or gets it later.
    """
    found: dict[Family, Node] = {}
    for each in interfaces.values():
        named = [route for route in routes if each.name in route.devices and route.length > WIDE]
        left = each.networks - _LINK_LOCAL - together(route.to for route in named)
        for family in FAMILIES:
            is_lost = any(first < last for first, last in left.of(family))
            if is_lost and any(route.to.of(family) for route in routes):
                found.setdefault(family, each.node)
    return found


def _nodes(source: Source) -> Iterator[Node]:
    for document in documents(source, _WORDS):
        if type(document) is not list:
            raise InputError("a list of objects is expected", start_of(source.path))
        for each in document:
            if type(each) is not Node:
                raise InputError("the list has something else than objects", start_of(source.path))
            if each:
                yield each


def gap(node: Node, message: str, key: str, check: Any = "FW902") -> Gap:
    """A remark about a key of an object."""
    span: Span = node.member(key)
    line = node.file.source.lines[span.line - 1]
    last = span.last_column if span.last_line == span.line else len(line)
    return Gap(check, message, span, line[span.column - 1 : last][:SHOWN])


def _local(interfaces: dict[str, Interface], routes: Sequence[Route]) -> Addresses:
    own = together(each.local for each in interfaces.values())
    return own | together(each.to for each in routes if each.kind == "local")


def _foreign(interfaces: dict[str, Interface], routes: Sequence[Route]) -> Addresses:
    """What none of the interfaces has, in the families in which all of them are listed.

    The loopback interface is left out wherever one interface or another scope is asked for.
    """
    listed = together(each.listed for each in interfaces.values())
    special = together(each.to for each in routes if each.kind != "unicast")
    loopback = next((each.local for each in interfaces.values() if each.is_loopback), Addresses())
    v4, v6 = (
        EVERYWHERE.of(family) if (loopback & _LOOPBACK).of(family) else () for family in FAMILIES
    )
    for_many = Addresses(FOR_MANY[4], FOR_MANY[6])
    return Addresses(v4, v6) - listed - special - for_many - _local(interfaces, routes)


def _links(
    interfaces: dict[str, Interface], routes: Sequence[Route], unsure: Container[Family]
) -> Iterator[Link]:
    """The interfaces; what surely leaves by each is known in the families that have all routes."""
    networks = {each.name: each.networks - _LINK_LOCAL for each in interfaces.values()}
    leads = followed([each for each in routes if each.kind != "local"])
    spans = {each.name: each.node.place("ifname") for each in interfaces.values()}
    for each in routes:
        for name in each.devices:
            spans.setdefault(name, each.node.span)
    told = {family for each in routes for family in FAMILIES if each.to.of(family)}
    for name, span in spans.items():
        if name in interfaces and interfaces[name].is_loopback:
            continue
        its = leads.get(name)
        behind, sure, is_outside = its or (Addresses(), Addresses(), False)
        yield Link(
            (name,),
            _in_families(networks.get(name, Addresses()), told, behind - _LINK_LOCAL),
            is_outside,
            span,
            Addresses(*(() if family in unsure else sure.of(family) for family in FAMILIES)),
        )


def _in_families(networks: Addresses, told: set[Family], routed: Addresses) -> Addresses:
    """What lies behind an interface: its routes say it, and its own networks where there are none.

    The kernel makes a route of each network, unless it is told not to (`noprefixroute`).
    """
    v4, v6 = (routed.of(f) if f in told else networks.of(f) for f in FAMILIES)
    return Addresses(v4, v6)

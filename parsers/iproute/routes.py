"""Reads the routes of `ip -j route`, and follows them (ip-route(8); print_route in iproute.c)."""

from collections.abc import Iterable, Sequence
from typing import Final

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Gap
from parsers.iproute.addresses import address, network
from parsers.shared.digits import is_decimal
from parsers.shared.node import Node

_KINDS: Final = frozenset(
    (
        *("unicast", "local", "broadcast", "multicast", "anycast"),
        *("unreachable", "blackhole", "prohibit", "throw", "nat"),
    )
)
_SAY_NOTHING: Final = frozenset(
    (
        *("protocol", "scope", "prefsrc", "pref", "error", "nhid", "expires", "uid", "age"),
        *("mtu", "advmss", "hoplimit", "window", "rtt", "rttvar", "cwnd", "ssthresh", "realms"),
        *("features", "initcwnd", "initrwnd", "quickack", "congestion", "rto_min", "metrics"),
        *("reordering", "fastopen_no_cookie", "weight", "used", "users", "cache"),
    )
)
_KNOWN: Final = _SAY_NOTHING | {
    *("dst", "type", "gateway", "via", "dev", "table", "metric", "flags", "nexthops"),
    *("from", "src", "tos"),
}
WIDE: Final = 3
"""Prefixes up to this length stand for the default route: two halves (`0.0.0.0/1`), or 2000::/3."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A route: where it leads, and by which interfaces."""

    node: Node
    kind: str
    to: Addresses
    length: int
    metric: int
    table: str
    devices: tuple[str, ...]
    is_sure: bool
    """Whether all packets to these addresses take it."""


class Lead(NamedTuple):
    """What lies behind an interface, what surely leaves by it, and whether the world is there."""

    behind: Addresses
    sure: Addresses
    is_outside: bool


def route(node: Node, remarks: list[Gap]) -> Route:
    """The route of an object; raises InputError."""
    for key in node.keys() - _KNOWN:
        message = f"`{key}` of a route is not known; it was ignored"
        remarks.append(Gap("FW901", message, node.member(key), key))
    kind = node.text("type", "unicast")
    if kind not in _KINDS:
        raise node.error(f"`{kind}` is no type of route", "type")
    text = node.name("dst")
    family = _family(node, text)
    to, length = _destination(node, text, family)
    nexthops = node.nodes("nexthops")
    devices = dict.fromkeys(
        name for each in (node, *nexthops) if "dead" not in _flags(each) if (name := _device(each))
    )
    if kind == "unicast" and not devices and not nexthops and "dead" not in _flags(node):
        raise node.error("`dev` is missing: nothing tells where the route leads")
    return Route(
        node,
        kind,
        to,
        length,
        node.number("metric") or 0,
        _table(node),
        tuple(devices),
        not {"from", "src", "tos"} & node.keys(),
    )


def _flags(node: Node) -> list[str]:
    return node.texts("flags")


def _device(node: Node) -> str:
    return node.text("dev")


def _table(node: Node) -> str:
    return str(table) if type(table := node.get("table")) is int else node.text("table", "main")


def _family(node: Node, text: str) -> Family:
    """The family; of a default route only the rest of it tells: IPv6 ones have a preference."""
    if text != "default":
        return 6 if ":" in text else 4
    return 6 if "pref" in node or ":" in node.text("gateway") else 4


def _destination(node: Node, text: str, family: Family) -> tuple[Addresses, int]:
    if text == "default":
        return Addresses(*((EVERYWHERE.v4, ()) if family == 4 else ((), EVERYWHERE.v6))), 0
    bits = 32 if family == 4 else 128
    host, slash, prefix = text.partition("/")
    if slash and not (is_decimal(prefix) and len(prefix) < 4):
        raise node.error(f"`{text}` is no prefix", "dst")
    length = int(prefix) if slash else bits
    if length > bits:
        raise node.error(f"`{text}` is no prefix", "dst")
    part = Node([("dst", host)])
    part.file, part.first, part.last = node.file, node.first, node.last
    return network(family, address(part, "dst", family), length), length


def followed(routes: Sequence[Route]) -> dict[str, Lead]:
    """What the routes lead to, by interface: the longest prefix counts, then the lowest metric.

    Behind an interface is what any metric leads to; what leaves by it is what the lowest one does.
    """
    found: dict[str, Lead] = {}
    groups: dict[tuple[int, Addresses], list[Route]] = {}
    for each in routes:
        groups.setdefault((each.length, each.to), []).append(each)
    taken = Addresses()
    for (length, to), several in sorted(groups.items(), key=lambda item: -item[0][0]):
        mine = to - taken
        taken |= to
        lowest = min(each.metric for each in several)
        first = [each for each in several if each.metric == lowest]
        chosen = {name for each in first for name in each.devices}
        is_sure = len(chosen) == 1 and all(e.is_sure and e.kind == "unicast" for e in first)
        for name in _names(several):
            before = found.get(name, Lead(Addresses(), Addresses(), is_outside=False))
            found[name] = Lead(
                before.behind if length <= WIDE else before.behind | mine,
                before.sure | mine if is_sure and name in chosen else before.sure,
                before.is_outside or length <= WIDE,
            )
    return found


def _names(routes: Iterable[Route]) -> list[str]:
    return list(dict.fromkeys(n for each in routes if each.kind == "unicast" for n in each.devices))

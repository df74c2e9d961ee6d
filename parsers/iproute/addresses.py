"""Reads one interface of `ip -j addr` (ip-address(8); print_linkinfo and print_addrinfo there)."""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from flowmodel.addresses import Addresses, for_all_of, of_family
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Gap
from flowmodel.values import single
from parsers.shared.node import Node

_FAMILIES: Final[dict[str, Family]] = {"inet": 4, "inet6": 6}
_SAY_NOTHING: Final = frozenset(
    (
        *("scope", "label", "metric", "protocol", "proto", "valid_life_time"),
        *("preferred_life_time", "secondary", "temporary", "dynamic", "deprecated", "optimistic"),
        *("nodad", "home", "mngtmpaddr", "autojoin", "stable-privacy", "flags"),
    )
)
"""Keys of an address that do not change whose it is."""
_KNOWN: Final = _SAY_NOTHING | {
    *("family", "local", "address", "prefixlen", "broadcast", "anycast"),
    *("tentative", "dadfailed", "noprefixroute"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """An interface with its addresses."""

    name: str
    node: Node
    is_loopback: bool
    local: Addresses
    """Addresses that surely are the machine's."""
    listed: Addresses
    """These, those that it does not use now, and broadcast and anycast addresses of networks."""
    networks: Addresses


def interface(node: Node, remarks: list[Gap]) -> Interface:
    """The interface of an object; raises InputError."""
    name = node.text("ifname")
    if not name:
        raise node.error("`ifname` is missing: this is no interface of `ip -j addr`")
    for key in ("flags", "addr_info"):
        if type(node.get(key)) is not list:
            raise node.error(f"`{key}` is missing: this is no interface of `ip -j addr`")
    flags = node.texts("flags")
    is_up, is_loopback = "UP" in flags, "LOOPBACK" in flags
    local = listed = networks = Addresses()
    for each in node.nodes("addr_info"):
        if not each:
            continue
        _remark(each, remarks)
        own, network, is_used = _address(each)
        if is_loopback and own.v4:
            # The whole network is local there (fib_add_ifaddr in net/ipv4/fib_frontend.c).
            own = network
        for family in FAMILIES:
            for first, last in network.of(family):
                listed |= for_all_of(family, first, last)
        listed |= own | _optional(each, "broadcast") | _optional(each, "anycast")
        if is_up and is_used:
            local |= own
        if is_up and not is_loopback and not each.flag("noprefixroute"):
            networks |= network
    return Interface(name, node, is_loopback, local, listed, networks)


def _remark(node: Node, remarks: list[Gap]) -> None:
    for key in node.keys() - _KNOWN:
        message = f"`{key}` of an address is not known; it was ignored"
        remarks.append(Gap("FW901", message, node.member(key), key))


def _address(node: Node) -> tuple[Addresses, Addresses, bool]:
    """An address, its network (or that of the other end), and whether it is in use."""
    family = _FAMILIES.get(node.text("family"))
    if family is None:
        raise node.error("`family` is neither inet nor inet6", "family")
    own = address(node, "local", family)
    bits = 32 if family == 4 else 128
    length = node.number("prefixlen")
    if length is None or not 0 <= length <= bits:
        raise node.error(f"`prefixlen` is no number from 0 to {bits}", "prefixlen")
    other = address(node, "address", family) if "address" in node else own
    is_used = not node.flag("tentative") and not node.flag("dadfailed")
    return of(family, own, own), network(family, other, length), is_used


def _optional(node: Node, key: str) -> Addresses:
    if key not in node:
        return Addresses()
    family: Family = 4 if node.text("family") == "inet" else 6
    found = address(node, key, family)
    return of(family, found, found)


def address(node: Node, key: str, family: Family) -> int:
    """The address that a key has; raises InputError."""
    text = node.text(key)
    try:
        return int(IPv4Address(text) if family == 4 else IPv6Address(text))
    except ValueError:
        raise node.error(f"`{key}` is no IPv{family} address", key) from None


def network(family: Family, within: int, length: int) -> Addresses:
    """The network of an address, by the length of its prefix."""
    hosts = (1 << (32 if family == 4 else 128) - length) - 1
    return of(family, within & ~hosts, within | hosts)


def of(family: Family, first: int, last: int) -> Addresses:
    """A range of addresses of one family."""
    values = single(first) if first == last else ((first, last),)
    return of_family(family, values)

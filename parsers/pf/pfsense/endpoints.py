"""Sources and destinations of pfSense's rules: filter.inc, filter_generate_address and _port."""

import re

from flowmodel.addresses import Addresses, of_family
from flowmodel.fields import Family
from flowmodel.record import NamedTuple, replace
from flowmodel.values import EMPTY, Interval, Values, difference, full, intersection, single, union
from parsers.pf.pfsense.aliases import PORT_TYPES, TABLES
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.interfaces import Port
from parsers.pf.rules import ANY, ANY_PORT, BOTH, EVERYWHERE, Endpoint, Ports
from parsers.pf.values import addresses, network, port, port_range
from parsers.pf.xml import Element
from parsers.shared.digits import is_decimal

_OPT = re.compile(r"opt[0-9]*(?:ip)?")
_LIKE_OPT = re.compile(r"opt[0-9]*(?:ip|$)")
_V4, _V6 = Addresses(EVERYWHERE.v4), Addresses((), EVERYWHERE.v6)
_FAMILIES: tuple[Family, ...] = (4, 6)
_ONLY: dict[Family, frozenset[Family]] = {4: frozenset({4}), 6: frozenset({6})}
_HOSTS = (21.0, 24.0)
"""The versions, above CE 2.4, from which an address `::1` stands for a host in a prefix."""
_OF: dict[Family, Addresses] = {4: _V4, 6: _V6}


class Meant(NamedTuple):
    """What one side of a rule means."""

    title: str
    endpoint: Endpoint
    families: frozenset[Family]
    """The families in which pfSense can write the rule."""
    missing: str = ""
    """Why there is none, if `families` are not all."""
    hostnames: tuple[str, ...] = ()
    own: tuple[tuple[Family, str], ...] = ()
    """What only the device knows about one family alone."""

    def dynamic(self, families: frozenset[Family]) -> tuple[str, ...]:
        """What only the device knows, as far as it is about the families."""
        if self.own:
            return tuple(dict.fromkeys(text for family, text in self.own if family in families))
        return self.endpoint.unread


class MeantPorts(NamedTuple):
    """What the ports of one side mean."""

    title: str
    ports: Ports
    missing: str = ""
    """Why the whole rule is left out."""
    dynamic: tuple[str, ...] = ()


class Endpoints:
    """Reads sources and destinations; equal ones are the same object."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._read: dict[tuple[str, str, bool], Meant] = {}
        self._ports: dict[str, MeantPorts] = {}

    def read(self, side: Element | None) -> Meant:
        """What a `<source>` or `<destination>` means."""
        found = side.by_tag() if side else {}
        if "any" in found:
            return _EVERYTHING
        negated = "not" in found
        for tag in ("network", "address"):
            # PHP takes `0` for nothing.
            if (text := found[tag].text if tag in found else "") not in {"", "0"}:
                return self._once(tag, text, negated=negated)
        return _nothing("", "it names no addresses")

    def of(self, kind: str, text: str) -> Meant:
        """What a name outside a `<source>` means: `wanip` as the target of a port forward."""
        return self._once(kind, text, negated=False)

    def _once(self, kind: str, text: str, *, negated: bool) -> Meant:
        key = (kind, text, negated)
        if key not in self._read:
            make = self._network if kind == "network" else self._address
            has_tables = self.device.has_tables
            if has_tables is None:
                newer, older = (make(text, negated=negated, tables=each) for each in (True, False))
                self._read[key] = either(newer, older, f"what pfSense's version makes of {text}")
            else:
                self._read[key] = make(text, negated=negated, tables=has_tables)
        return self._read[key]

    def _address(self, text: str, *, negated: bool, tables: bool) -> Meant:
        title = f"!{text}" if negated else text
        if alias := self.device.aliases.get(text):
            if alias.kind in PORT_TYPES:
                return _nothing(title, f"{text} is an alias of ports, not of addresses")
            # With a host name in it pfSense loads the table empty, and filterdns fills it later:
            # nothing is surely in it, addresses neither (filter_generate_nested_alias_recurse).
            known = Addresses() if alias.hostnames else alias.addresses
            endpoint = Endpoint(known, alias.unread, negated, alias.within)
            return Meant(title, endpoint, BOTH, "", alias.hostnames)
        if tables and (within := TABLES.get(text.lower())):
            # util.inc, get_reserved_table_names: rules can name the system's own tables.
            unread = (f"addresses of the table {text}",)
            return Meant(title, Endpoint(Addresses(), unread, negated, within), BOTH)
        if text.startswith("::") and text != "::" and self.device.is_since(*_HOSTS) is not False:
            # filter.inc, filter_generate_address: it is a host within the interface's prefix.
            unread = (f"what {text} is with the prefix of the interface",)
            return Meant(title, Endpoint(Addresses(), unread, negated, _V6), _ONLY[6])
        if found := network(text):
            other = "IPv6" if found[0] == 4 else "IPv4"
            endpoint = Endpoint(addresses([found]), (), negated)
            return Meant(title, endpoint, _ONLY[found[0]], f"{text} is no {other} address")
        return _nothing(title, f"there is no alias `{text}`")

    def _network(self, text: str, *, negated: bool, tables: bool) -> Meant:
        title = f"!{text}" if negated else text
        if text == "(self)":
            own = self.device.itself()
            endpoint = replace(own, negated=negated)
            given = tuple(
                (family, f"the address of {each.id} ({given_by})")
                for each in self.device.assigned
                for family in _FAMILIES
                if (given_by := each.side(family).given_by) and not each.side(family).is_virtual
            )
            return Meant(title, endpoint, BOTH, own=given)
        name = text.removesuffix("ip")
        if name in {"wan", "lan"} or _OPT.fullmatch(text):
            if port_ := self.device.ports.get(name):
                if text.endswith("ip"):
                    return self._own(title, port_, negated=negated)
                make = self._table if tables else self._net
                return make(title, port_, negated=negated)
            return _nothing(title, f"the interface {name} does not exist or is disabled")
        if _LIKE_OPT.search(text) and text not in self.device.ports:
            # filter.inc looks for `opt1` anywhere in the text, and newer versions for all of it.
            unread = (f"what {text} is, which pfSense may take for another interface",)
            return Meant(title, Endpoint(Addresses(), unread, negated), BOTH)
        if text == "pppoe" and "pppoe" in self.device.ports:
            unread = ("the networks of the PPPoE servers",)
            return Meant(title, Endpoint(Addresses(), unread, negated), BOTH)
        found = self.device.ports.get(text)
        if found and found.members and tables:
            return self._table(title, found, negated=negated)
        # An address, a prefix or a range is no name: filter_generate_address (2.4.5 to 2.8) then
        # returns nothing, and filter_generate_user_rule writes a comment in the rule's place.
        return _nothing(title, f"`{text}` is no network that pfSense knows")

    def _own(self, title: str, port_: Port, *, negated: bool) -> Meant:
        """The interface's own address, as pfSense writes it into the rule."""
        known, within = Addresses(), Addresses()
        own: list[tuple[Family, str]] = []
        families: set[Family] = set()
        for family in _FAMILIES:
            side = port_.side(family)
            if side.exists:
                families.add(family)
            if side.static:
                width = 32 if family == 4 else 128
                known |= addresses([(family, side.static[1], width)])
            elif side.given_by:
                own.append((family, f"the address of {port_.id} ({side.given_by})"))
                within |= self.device.elsewhere(port_, family)
        endpoint = Endpoint(known, _texts(own), negated, within, is_own=True)
        missing = f"{port_.id} has no address"
        return Meant(title, endpoint, frozenset(families), missing, (), tuple(own))

    def _table(self, title: str, port_: Port, *, negated: bool) -> Meant:
        """The networks of an interface or a group as a table of both families."""
        known, within = Addresses(), Addresses()
        own: list[tuple[Family, str]] = []
        for each in port_.members or (port_,):
            known |= self.device.networks_of(each)
            for family in _FAMILIES:
                side = each.side(family)
                # What a virtual address gives is known: it is among the networks.
                if side.given_by and not side.is_virtual:
                    own.append((family, f"the networks of {each.id} ({side.given_by})"))
                    within |= _OF[family]
        if not known and not own:
            return _nothing(title, f"{port_.id} has no network")
        endpoint = Endpoint(known, _texts(own), negated, within)
        return Meant(title, endpoint, BOTH, "", (), tuple(own))

    def _net(self, title: str, port_: Port, *, negated: bool) -> Meant:
        """The interface's networks."""
        known, within = Addresses(), Addresses()
        own: list[tuple[Family, str]] = []
        families: set[Family] = set()
        for family in _FAMILIES:
            side = port_.side(family)
            if side.exists:
                families.add(family)
            networks = self.device.network_of(port_, family)
            found = addresses(networks)
            if side.given_by:
                own.append((family, f"the networks of {port_.id} ({side.given_by})"))
                within |= _OF[family]
            elif negated and len(networks) > 1:
                # Before CE 2.8 `{ !a !b }`: two rules, so that every address is outside of one.
                own.append((family, f"whether {port_.id} net is left out as a whole"))
                within |= found
            else:
                known |= found
        endpoint = Endpoint(known, _texts(own), negated, within)
        missing = f"{port_.id} has no network"
        return Meant(title, endpoint, frozenset(families), missing, (), tuple(own))

    def ports(self, text: str) -> MeantPorts:
        """What a `<port>` of a rule means: a port, a range `first-last`, or an alias."""
        if text not in self._ports:
            self._ports[text] = self._port(text)
        return self._ports[text]

    def _port(self, text: str) -> MeantPorts:
        aliases = self.device.aliases
        if (found := port_range(text.replace("-", ":"))) is None:
            alias = aliases.get(text)
            if alias is None:
                return MeantPorts(text, ANY_PORT, f"there is no port alias `{text}`")
            if alias.kind not in PORT_TYPES:
                return MeantPorts(text, ANY_PORT, f"{text} is an alias of addresses, not of ports")
            if alias.is_empty or (not alias.ports and not alias.unread):
                return MeantPorts(text, ANY_PORT, f"the port alias {text} is empty")
            return MeantPorts(text, Ports(alias.ports, alias.unread), "", alias.unread)
        return _written_ports(text, found)


def either(one: Meant, other: Meant, unknown: str) -> Meant:
    """What is meant if that is one of two things: surely what both mean, possibly what one does."""
    most = least = Addresses()
    own = list(dict.fromkeys((*one.own, *other.own)))
    unread = list(dict.fromkeys((*one.endpoint.unread, *other.endpoint.unread)))
    for family in _FAMILIES:
        (low, high), (low2, high2) = (_bounds(each, family) for each in (one, other))
        if (low, high) != (low2, high2):
            own.append((family, unknown))
        least |= of_family(family, intersection(low, low2))
        most |= of_family(family, union((*high, *high2)))
    if any(text == unknown for _, text in own):
        unread.append(unknown)
    within = Addresses(difference(most.v4, least.v4), difference(most.v6, least.v6))
    is_own = one.endpoint.is_own and other.endpoint.is_own
    endpoint = Endpoint(least, tuple(unread), one.endpoint.negated, within, is_own=is_own)
    families = one.families | other.families
    missing = one.missing or other.missing
    hostnames = one.hostnames or other.hostnames
    return Meant(one.title, endpoint, families, missing, hostnames, tuple(own))


def _bounds(meant: Meant, family: Family) -> tuple[Values, Values]:
    """The addresses that are surely and possibly named; where no rule is, it fits no packet."""
    end = meant.endpoint
    if family not in meant.families:
        nowhere: Values = full(32 if family == 4 else 128) if end.negated else EMPTY
        return nowhere, nowhere
    known = end.addresses.of(family)
    return known, union((*known, *(end.within.of(family) if end.unread else EMPTY)))


def _written_ports(text: str, ends: Interval) -> MeantPorts:
    """What pf makes of a port or a range as filter_generate_port writes it."""
    first, dash, last = text.partition("-")
    if not dash:
        # `80`, or `80:90` as it stands, which has both its ends.
        low, _, high = text.partition(":")
        is_backwards = (port(low) or 0) > (port(high or low) or 0)
        return MeantPorts(text, Ports(EMPTY if is_backwards else (ends,)))
    low_, high_ = port(first) or 0, port(last) or 0
    if first == last:
        return MeantPorts(text, Ports(single(low_)))
    if (low_, high_) == (1, 65535):
        return MeantPorts(text, ANY_PORT)
    if low_ == 1:
        # `1-n` is written as `<= n`, which has port 0 in it.
        low_ = 0
    elif high_ != 65535 and not is_decimal(last):
        # `443-ssh` is written as `442 >< ssi`: PHP counts letters, too.
        unread = (f"the range of ports {text}, which pf refuses",)
        return MeantPorts(text, Ports((), unread), "", unread)
    elif high_ != 65535 and not is_decimal(first):
        # `ssh-80` is written as `ssh >< 81`, which leaves out both its ends.
        low_ += 1
    return MeantPorts(text, Ports(((low_, high_),) if low_ <= high_ else EMPTY))


_EVERYTHING = Meant("any", ANY, BOTH)


def _nothing(title: str, why: str) -> Meant:
    return Meant(title, ANY, frozenset(), why)


def _texts(own: list[tuple[Family, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for _, text in own))

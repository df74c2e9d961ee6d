"""OPNsense's aliases: what is in pf's tables and port macros, as far as the export tells."""

import re
from collections import Counter
from collections.abc import Iterator

from flowmodel.addresses import Addresses, of_family
from flowmodel.fields import Family
from flowmodel.record import NamedTuple
from flowmodel.values import Interval, Values, difference, union
from parsers.pf.networks import BOGONS, BOGONS_V6
from parsers.pf.opnsense.coverage import is_known
from parsers.pf.opnsense.interfaces import Interfaces, endpoint_of
from parsers.pf.opnsense.models import counting
from parsers.pf.opnsense.texts import port_range, summarized, wildcard
from parsers.pf.rules import EVERYWHERE, Endpoint, Ports
from parsers.pf.strange import Strange, reasons
from parsers.pf.values import interval, network
from parsers.pf.xml import Element, words_of

# Those that every OPNsense has (static_aliases/core.json, filter.lib.inc); programs fill them.
_TABLES = frozenset({"bogons", "bogonsv6", "virusprot", "sshlockout"})
_BOGONS = {"bogons": BOGONS, "bogonsv6": BOGONS_V6}
_ODD = "of which something is not understood"
_OF_MODEL = is_known("opnsense", "firewall", "alias", "aliases", "alias")
_OF_OLDER = is_known("aliases", "alias")
_SERVICE = re.compile(r"[A-Za-z][\w-]*")
_STATIC = frozenset({"host", "network", "networkgroup"})
_WORDS = {
    "url": "fetched from an URL",
    "urltable": "fetched from an URL",
    "urljson": "fetched from an URL",
    "geoip": "of countries",
    "mac": "of hardware addresses",
    "asn": "of autonomous systems",
    "authgroup": "of users that are logged in",
    "dynipv6host": "in a prefix that changes",
    "external": "that programs put in",
    "internal": "that programs put in",
}


class Alias(NamedTuple):
    """One alias; `items` are the words of its content."""

    name: str
    kind: str
    items: tuple[str, ...]
    is_enabled: bool
    element: Element
    is_odd: bool = False
    """Whether something of it is not understood, so that nothing is surely in it."""


class _Entry(NamedTuple):
    """An entry of a table: of several that hold an address the longest prefix decides."""

    family: Family
    length: int
    interval: Interval
    is_negated: bool


class Aliases:
    """Answers what an alias stands for; each answer is one object."""

    def __init__(self, root: Element, interfaces: Interfaces, overloaded: frozenset[str]) -> None:
        self._interfaces = interfaces
        self._overloaded = overloaded
        self.by_name = {alias.name: alias for alias in _aliases(root)}
        self._endpoints: dict[str, Endpoint] = {}
        self._ports: dict[str, Ports] = {}

    def has_addresses(self, name: str) -> bool:
        """Whether a rule can name it as an address."""
        alias = self.by_name.get(name)
        if alias:
            return "port" not in alias.kind
        return name in _TABLES or self._network_table(name) is not None

    def endpoint(self, name: str) -> Endpoint:
        """The addresses of the alias."""
        if name not in self._endpoints:
            self._endpoints[name] = self._endpoint(name)
        return self._endpoints[name]

    def ports(self, name: str) -> Ports | None:
        """The ports of the alias; None where there is no such alias, or it has no content at all.

        A macro without a valid port matches nothing (filter.inc, filter_generate_aliases).
        """
        alias = self.by_name.get(name)
        if alias is None or (alias.kind == "port" and not alias.items):
            return None
        if name not in self._ports:
            intervals: list[Interval] = []
            unread: list[str] = []
            for item in self._port_items(name):
                if (inner := self.by_name.get(item)) and inner.is_odd:
                    unread.append(f"ports of the alias {item}, {_ODD}")
                    continue
                found = port_range(item)
                if found:
                    # pf.c, pf_match: a range that ends before it begins matches nothing.
                    intervals += [found] if found[0] <= found[1] else []
                elif _SERVICE.fullmatch(item):
                    unread.append(f"the service {item}")
            self._ports[name] = Ports(union(intervals), tuple(dict.fromkeys(unread)))
        return self._ports[name]

    def first_port(self, name: str) -> int | None:
        """The port that a redirection to the alias uses (ForwardRule.php)."""
        found = next(self._port_items(name), "")
        ends = port_range(found)
        return ends[0] if ends else None

    def _port_items(self, name: str) -> Iterator[str]:
        """The words of an alias of ports and of those in it, in their order, each alias once."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            item = waiting.pop()
            alias = self.by_name.get(item)
            if alias is None or alias.is_odd:
                yield item
            elif item not in seen and alias.kind == "port" and alias.is_enabled:
                seen.add(item)
                waiting += reversed(alias.items)

    def left_out(self) -> Iterator[Strange]:
        """What of the contents of aliases OPNsense leaves out, as it is nothing of their kind."""
        for alias in self.by_name.values():
            for item in alias.items if alias.is_enabled else ():
                if not self._can_hold(alias.kind, item):
                    message = f"`{item}` is nothing that an alias of the kind {alias.kind} can hold"
                    yield Strange(alias.element, message, "")

    def _can_hold(self, kind: str, item: str) -> bool:
        if kind in ("host", "network"):
            return self._is_table(item) or bool(_entries(item)) or _is_unknown(item)
        if kind == "port":
            is_port = port_range(item) is not None or _SERVICE.fullmatch(item) is not None
            return is_port or item in self.by_name
        return True

    def _network_table(self, name: str) -> Endpoint | None:
        """The table of an interface's networks, `__lan_network`."""
        found = re.fullmatch(r"__(.+)_network", name)
        interface = self._interfaces.by_id.get(found[1].lower()) if found else None
        if interface is None:
            return None
        return endpoint_of(self._interfaces, [interface], networks=True)

    def _endpoint(self, name: str) -> Endpoint:
        known = Addresses()
        entries: list[_Entry] = []
        unread: list[str] = []
        within = Addresses()
        for each in self._depends(name):
            alias = self.by_name.get(each)
            table = None if alias else self._network_table(each)
            if each in self._overloaded:
                unread.append(f"put into the alias {each} by a limit")
            if table:
                known |= table.addresses
                unread += table.unread
                within |= table.within if table.unread else Addresses()
            elif alias is None:
                unread.append(f"addresses of the table {each}")
                within |= _BOGONS.get(each, EVERYWHERE)
            elif alias.is_enabled:
                if alias.kind not in _STATIC or alias.is_odd:
                    word = _WORDS.get(alias.kind, f"of the kind {alias.kind}")
                    word = _ODD if alias.is_odd else word
                    unread.append(f"addresses of the alias {each}, {word}")
                    within = EVERYWHERE
                    continue
                for item in alias.items:
                    if self._is_table(item):
                        continue
                    found = _entries(item)
                    entries += found
                    if not found and _is_unknown(item):
                        unread.append(f"addresses of {item.lstrip('!')}, of the alias {each}")
                        within = EVERYWHERE
        known |= _evaluated(entries)
        if self._overloaded & set(self._depends(name)):
            within = EVERYWHERE
        return Endpoint(known, tuple(dict.fromkeys(unread)), within=within or EVERYWHERE)

    def _is_table(self, name: str) -> bool:
        return name in self.by_name or name in _TABLES or self._network_table(name) is not None

    def _depends(self, name: str) -> list[str]:
        """The alias and all that it holds, each once (lib/alias, get_alias_deps)."""
        found = [name]
        seen = {name}
        for each in found:
            alias = self.by_name.get(each)
            if alias is None or not alias.is_enabled or alias.kind not in _STATIC:
                continue
            inside = dict.fromkeys(item for item in alias.items if self._is_table(item))
            found += [item for item in inside if item not in seen]
            seen |= set(inside)
        return found


def _aliases(root: Element) -> Iterator[Alias]:
    """Those of the model; without any, those of the older section (Alias.php, aliasIterator)."""
    section = root.find("opnsense", "firewall", "alias", "aliases")
    elements = counting(section.all("alias")) if section else []
    names = Counter(element.get("name") for element in elements)
    for element in elements:
        yield Alias(
            element.get("name"),
            element.get("type"),
            tuple(words_of(element.get("content"))),
            element.get("enabled") not in {"", "0"},
            element,
            names[element.get("name")] > 1 or bool(reasons(element, _OF_MODEL)),
        )
    if elements:
        return
    older = root.child("aliases")
    elements = older.all("alias") if older else []
    names = Counter(element.get("name") for element in elements)
    for element in elements:
        yield Alias(
            element.get("name"),
            element.get("type"),
            tuple(words_of(element.get("address"))),
            is_enabled=True,
            element=element,
            is_odd=names[element.get("name")] > 1 or bool(reasons(element, _OF_OLDER)),
        )


def _entries(item: str) -> list[_Entry]:
    """The entries that a word of an alias makes; none for a host name (lib/alias/base.py)."""
    text, is_negated = item.lstrip("!"), item.startswith("!")
    found = network(text)
    several = [found] if found else wildcard(text) if "/" in text else None
    if several is None and not is_negated:
        several = summarized(text)
    return [_Entry(each[0], each[2], interval(each), is_negated) for each in several or ()]


def _is_unknown(item: str) -> bool:
    """Whether a word that makes no entry may become addresses: a name, or a large wildcard."""
    if "/" in item:
        return wildcard(item.lstrip("!")) == []
    return not item.startswith("!") and re.search(r"[A-Za-z]", item) is not None


def _evaluated(entries: list[_Entry]) -> Addresses:
    """The addresses of a table: the entry with the longest prefix decides (pf.conf(5), TABLES)."""
    known = Addresses()
    for family in (4, 6):
        mine = [each for each in entries if each.family == family]
        known |= of_family(4 if family == 4 else 6, _decided(mine))
    return known


def _decided(entries: list[_Entry]) -> Values:
    if not any(each.is_negated for each in entries):
        return union(each.interval for each in entries)
    values: Values = ()
    for length in sorted({each.length for each in entries}):
        same = [each for each in entries if each.length == length]
        values = union((*values, *(each.interval for each in same if not each.is_negated)))
        values = difference(values, union(each.interval for each in same if each.is_negated))
    return values

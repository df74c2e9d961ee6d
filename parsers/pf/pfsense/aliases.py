"""pfSense's aliases: filter.inc, filter_generate_nested_alias_recurse; util.inc, alias_expand."""

from collections import Counter

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass
from flowmodel.values import EMPTY, Interval, Values, union
from parsers.pf.coverage import is_known
from parsers.pf.masking import without_secrets
from parsers.pf.networks import BOGONS, BOGONS_V6
from parsers.pf.rules import EVERYWHERE
from parsers.pf.strange import reasons
from parsers.pf.values import Network, addresses, is_hostname, network, port_range
from parsers.pf.xml import Element, words_of
from parsers.shared.digits import is_decimal

PORT_TYPES = frozenset({"port", "url_ports", "urltable_ports"})
ALIAS_TYPES = PORT_TYPES | {"host", "network", "url", "urltable", "openvpn"}
TABLES = {"bogons": BOGONS, "bogonsv6": BOGONS_V6} | dict.fromkeys(
    ("sshguard", "snort2c", "virusprot", "vpn_networks", "negate_networks", "tonatsubnets"),
    EVERYWHERE,
)
"""pf's tables of the system itself, and where their addresses lie (globals.inc)."""
_TABLES = frozenset({"urltable", "urltable_ports"})


@dataclass(frozen=True, slots=True, eq=False)
class Alias:
    """What an alias stands for, with all that is nested in it."""

    element: Element
    kind: str
    addresses: Addresses
    ports: Values
    unread: tuple[str, ...]
    """Things in it that only the device knows."""
    hostnames: tuple[str, ...]
    """Names that the device resolves; they make its table one that is filled later."""
    is_empty: bool

    @property
    def within(self) -> Addresses:
        """Where the unknown addresses lie."""
        return EVERYWHERE if self.unread else Addresses()


class Aliases:
    """The aliases of a configuration by name; each is expanded when it is first asked for."""

    def __init__(self, root: Element) -> None:
        section = root.child("aliases")
        found = [(each.get("name"), each) for each in section.all("alias")] if section else []
        self._elements = {name: each for name, each in found if name}
        names = Counter(name for name, _ in found)
        known = is_known("aliases", "alias")
        self._odd = {
            name for name, each in self._elements.items() if names[name] > 1 or reasons(each, known)
        }
        """Those of which something is not understood: nothing is surely in them."""
        self._expanded: dict[str, Alias] = {}

    def __contains__(self, name: str) -> bool:
        """Whether there is an alias of the name; util.inc knows none that is only digits."""
        return name in self._elements and not is_decimal(name)

    def get(self, name: str) -> Alias | None:
        """The alias; None if there is none."""
        if name not in self:
            return None
        if name not in self._expanded:
            self._expanded[name] = self._expand(name)
        return self._expanded[name]

    def _expand(self, name: str) -> Alias:
        """The alias with everything in it, each nested one once: circles end by themselves."""
        kind = self._elements[name].get("type")
        networks: list[Network] = []
        ports: list[Interval] = []
        unread: dict[str, None] = {}
        hostnames: dict[str, None] = {}
        seen = {name}
        waiting = [name]
        while waiting:
            inner = waiting.pop()
            element = self._elements[inner]
            its = element.get("type")
            if its not in ALIAS_TYPES:
                unread[f"what the alias {inner} is"] = None
                continue
            if its in _TABLES or inner in self._odd:
                unread[f"{'ports' if kind in PORT_TYPES else 'addresses'} of the alias {inner}"] = (
                    None
                )
                continue
            for member in words_of(element.get("address")):
                if member in self:
                    if member not in seen:
                        seen.add(member)
                        waiting.append(member)
                elif kind in PORT_TYPES and (found := port_range(member)):
                    ports.append(found)
                elif known := network(member):
                    networks.append(known)
                elif kind not in PORT_TYPES and is_hostname(member):
                    hostnames[member] = None
                else:
                    unread[f"`{without_secrets(member)}` in the alias {inner}"] = None
        if hostnames:
            # The table is loaded empty: filterdns fills in all of it, its fixed addresses too.
            networks, unread = [], {f"addresses of the alias {name}": None}
        return Alias(
            self._elements[name],
            kind,
            addresses(networks),
            union(ports) if ports else EMPTY,
            tuple(unread),
            tuple(hostnames),
            not (networks or ports or unread),
        )

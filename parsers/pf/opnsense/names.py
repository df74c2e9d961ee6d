"""What OPNsense's rules name as addresses and ports (Rule.php, mapAddressInfo)."""

import re

from flowmodel.addresses import Addresses, together
from flowmodel.record import NamedTuple
from flowmodel.values import complement, union
from parsers.pf.opnsense.aliases import Aliases
from parsers.pf.opnsense.interfaces import LINK_LOCAL, Interfaces, endpoint_of
from parsers.pf.opnsense.texts import known, port_range
from parsers.pf.rules import ANY, ANY_PORT, Endpoint, Interface, Ports
from parsers.pf.xml import BLANKS


class Ends(NamedTuple):
    """What a source or destination means: a packet fits if one of the endpoints does."""

    endpoints: tuple[Endpoint, ...]
    missing: tuple[str, ...] = ()
    """Names that stand for nothing: the rules that pf would get for them are left out."""


class Names:
    """Resolves names; equal references get one object."""

    def __init__(self, interfaces: Interfaces, aliases: Aliases) -> None:
        self.interfaces = interfaces
        self.aliases = aliases
        self._ends: dict[tuple[str, bool, bool], Ends] = {}
        self._ports: dict[str, Ports | None] = {}
        enabled = [each for each in interfaces.by_id.values() if each.is_enabled]
        self.itself = endpoint_of(interfaces, enabled, networks=False)
        """`(self)`: all addresses of all interfaces."""

    def ends(self, text: str, *, negated: bool = False, of_filter: bool = True) -> Ends:
        """What a list of names means; `of_filter` adds link-local addresses to IPv6 networks.

        pf gets a rule for each name, so negated names are alternatives as well.
        """
        key = (text, negated, of_filter)
        if key not in self._ends:
            self._ends[key] = self._resolved(text, negated=negated, of_filter=of_filter)
        return self._ends[key]

    def _resolved(self, text: str, *, negated: bool, of_filter: bool) -> Ends:
        names = [name.strip(BLANKS) for name in text.split(",") if name.strip(BLANKS)]
        found = {name: self.one(name, of_filter=of_filter) for name in names}
        missing = tuple(name for name, endpoint in found.items() if endpoint is None)
        meant = {name: endpoint for name, endpoint in found.items() if endpoint is not None}
        if not names or ANY in meant.values():
            return Ends((ANY,), missing)
        if negated:
            opposite = [
                each for name, end in meant.items() for each in self._opposite(name, end, of_filter)
            ]
            return Ends(tuple(opposite), missing)
        if len(meant) < 2:
            return Ends(tuple(meant.values()), missing)
        return Ends((_union(list(meant.values())),), missing)

    def _opposite(self, name: str, endpoint: Endpoint, of_filter: bool) -> list[Endpoint]:  # noqa: FBT001
        """`! (em0:network),fe80::/10` are two rules: `!` is for the first (pf.conf(5), lists)."""
        is_network = self._is_network(name) and of_filter
        plain = self.one(name, of_filter=False) if is_network else endpoint
        assert plain is not None
        local = [Endpoint(LINK_LOCAL)] if is_network else []
        if plain.unread:
            others = Endpoint(plain.addresses, plain.unread, negated=True, within=plain.within)
            return [others, *local]
        rest = Addresses(
            complement(plain.addresses.v4, 32),
            union(complement(plain.addresses.v6, 128) + (LINK_LOCAL.v6 if local else ())),
        )
        return [Endpoint(rest)]

    def _is_network(self, name: str) -> bool:
        return not self.aliases.has_addresses(name) and self.interfaces.enabled(name) is not None

    def one(self, name: str, *, of_filter: bool) -> Endpoint | None:
        """What one name means; None for what cannot be resolved."""
        if name == "any":
            return ANY
        if self.aliases.has_addresses(name):
            return self.aliases.endpoint(name)
        if name == "(self)":
            return self.itself
        interface = self.interfaces.enabled(name)
        if interface:
            around = self._of([interface], networks=True)
            if of_filter:
                around = Endpoint(
                    around.addresses | LINK_LOCAL, around.unread, within=around.within
                )
            return around
        own = re.fullmatch(r"(wan|lan|opt[0-9]+)ip", name)
        interface = self.interfaces.enabled(own[1]) if own else None
        if interface:
            return self._of([interface], networks=False)
        addresses = known(name)
        return Endpoint(addresses) if addresses else None

    def is_empty(self, name: str) -> bool:
        """Whether it is an alias in which nothing is, and nothing will be."""
        if name not in self.aliases.by_name or not self.aliases.has_addresses(name):
            return False
        endpoint = self.aliases.endpoint(name)
        return not endpoint.addresses and not endpoint.unread

    def _of(self, chosen: list[Interface], *, networks: bool) -> Endpoint:
        return endpoint_of(self.interfaces, chosen, networks=networks)

    def ports(self, text: str) -> Ports | None:
        """What a port, a range or an alias means; None for what cannot be resolved."""
        if text not in self._ports:
            self._ports[text] = self._of_ports(text)
        return self._ports[text]

    def _of_ports(self, text: str) -> Ports | None:
        word = text.replace(":", "-")
        if word in {"", "any"}:
            return ANY_PORT
        if word.endswith("-any") != word.startswith("any-"):
            word = f"{word[:-4]}-65535" if word.endswith("-any") else f"1-{word[4:]}"
        ends = port_range(word)
        if ends:
            # pf.c, pf_match: a range that ends before it begins matches nothing.
            return Ports((ends,) if ends[0] <= ends[1] else ())
        if re.fullmatch(r"[0-9:-]+", word):
            return None
        found = self.aliases.ports(text)
        if found is None and text not in self.aliases.by_name and _is_service(word):
            return Ports((), (f"the service {text}",))
        return found


def _is_service(word: str) -> bool:
    """Whether it may be a service of /etc/services, which is not in the export."""
    return re.fullmatch(r"[a-z][a-z0-9+-]*", word) is not None and "_" not in word


def _union(endpoints: list[Endpoint]) -> Endpoint:
    addresses = together(each.addresses for each in endpoints)
    unread = tuple(dict.fromkeys(text for each in endpoints for text in each.unread))
    if not unread:
        return Endpoint(addresses)
    within = together(each.within for each in endpoints if each.unread)
    is_own = all(each.is_own for each in endpoints)
    return Endpoint(addresses, unread, within=within, is_own=is_own)

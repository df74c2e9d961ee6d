"""Port forwards, 1:1 and network prefix translation: filter.inc, filter_nat_rules_generate."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses, of_family
from flowmodel.fields import Family
from flowmodel.values import Values, full, single
from parsers.pf.coverage import is_known
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints, Meant
from parsers.pf.pfsense.interfaces import Port
from parsers.pf.pfsense.options import NOTHING, TCP_UDP
from parsers.pf.rules import (
    ANY,
    ANY_PORT,
    ANY_PROTOCOL,
    Endpoint,
    Ports,
    Protocol,
    Target,
    Translation,
)
from parsers.pf.strange import reasons
from parsers.pf.translations import or_perhaps
from parsers.pf.values import network, port, protocol
from parsers.pf.xml import Element, words_of

_LEFT = "pfSense leaves the translation out: "


class Forwards:
    """Reads what translates destinations, and both ways."""

    def __init__(self, device: Device, endpoints: Endpoints) -> None:
        self.device = device
        self.endpoints = endpoints
        system = device.system
        self.reflects = not system.has("disablenatreflection")
        self.is_pure = system.has("enablenatreflectionpurenat")

    def all(self) -> Iterator[Translation]:
        """The translations in filter.inc's order."""
        for kind, make in (
            ("onetoone", self._one_to_one),
            ("npt", self._prefix),
            ("rule", self._forward),
        ):
            for element in self.device.section("nat", kind):
                made = make(element)
                yield from or_perhaps(
                    made,
                    element,
                    self._unread(element),
                    _title(element),
                    is_disabled=element.has("disabled"),
                )

    def _say_left(self, element: Element, why: str, title: str) -> None:
        if not element.has("disabled"):
            self.device.remarks.say("FW307", _LEFT + why, element, title)

    @staticmethod
    def _unread(element: Element) -> tuple[str, ...]:
        """Why it is not sure what the translation is."""
        return reasons(element, is_known("nat", element.tag))

    def _port(self, element: Element, title: str) -> Port | None:
        name = element.get("interface") or "wan"
        found = self.device.ports.get(name)
        if not found:
            why = f"the interface `{name}` does not exist or is disabled"
            self._say_left(element, why, title)
        return found

    def _forward(self, element: Element) -> Iterator[Translation]:
        title = _title(element)
        family: Family = 6 if element.get("ipprotocol") == "inet6" else 4
        is_no = element.has("nordr")
        on = self._port(element, title)
        source = self.endpoints.read(element.child("source"))
        destination = self.endpoints.read(element.child("destination"))
        for side, each in (("source", source), ("destination", destination)):
            if family not in each.families:
                self._say_left(element, f"its {side} means no address: {each.missing}", title)
                return
        if not on:
            return
        name = element.get("protocol").lower()
        number = protocol(name) if name else None
        found = TCP_UDP if name == "tcp/udp" else _protocol(number)
        unread = self._unread(element)
        if number is None and name not in {"tcp/udp", "any", ""}:
            unread = (*unread, f"protocol {name}")
            self.device.remarks.say("FW901", f"`{name}` is no protocol known here", element, title)
        if not name:
            # filter_nat_rules_generate writes `proto` and no name behind it.
            unread = (*unread, "a protocol, which the port forward lacks")
            why = "a port forward without a <protocol> makes a rule that pf refuses"
            self.device.remarks.say("FW901", why, element, title)
        if destination.endpoint is ANY and not on.v4.exists:
            # filter_nat_rules_generate goes on to the next one, by 2.8 only where it is reflected.
            if self._reflection(element):
                self._say_left(element, f"{on.id} has no IPv4 address", title)
                return
            if not self.device.is_since(21.0, 24.0):
                unread = (*unread, f"pfSense's version, as {on.id} has no IPv4 address")
        has_ports = name in {"tcp", "udp", "tcp/udp"}
        ports = [
            self._ports(element.child(side), element, title) if has_ports else ANY_PORT
            for side in ("source", "destination")
        ]
        if None in ports:
            return
        source_ports, destination_ports = (each or ANY_PORT for each in ports)
        target = None if is_no else self._target(element, family, title, has_ports=has_ports)
        if target is None and not is_no:
            return
        families = frozenset({family})
        dynamic = (*source.dynamic(families), *destination.dynamic(families))
        if dynamic and not element.has("disabled"):
            known = ", ".join(dict.fromkeys(dynamic))
            self.device.remarks.say("FW902", f"only the device knows {known}", element, title)
        translation = Translation(
            element,
            title,
            "rdr",
            family,
            target,
            on.names,
            protocol=found,
            source=source.endpoint,
            source_ports=source_ports,
            destination=destination.endpoint,
            destination_ports=destination_ports,
            shift=_is_range(element),
            passes=element.get("associated-rule-id") == "pass" and not is_no,
            unread=unread,
            is_disabled=element.has("disabled"),
        )
        yield translation
        yield from self._reflected(translation, on, destination)

    def _ports(self, side: Element | None, element: Element, title: str) -> Ports | None:
        text = side.get("port") if side else ""
        if text in NOTHING:
            return ANY_PORT
        found = self.endpoints.ports(text)
        if found.missing:
            self._say_left(element, found.missing, title)
            return None
        first, dash, last = text.partition("-")
        low, high = port(first), port(last) if dash else None
        if low and high and low < high and (low, high) != (1, 65535):
            # A translation's range is written `a:b`, as it is (filter_generate_port, $isnat).
            return Ports(((low, high),))
        return found.ports

    def _target(
        self, element: Element, family: Family, title: str, *, has_ports: bool
    ) -> Target | None:
        text = element.get("target")
        kind = "address" if network(text) or text in self.device.aliases else "network"
        meant = self.endpoints.of(kind, text)
        values = meant.endpoint.addresses.of(family)
        unread = ", ".join(meant.dynamic(frozenset({family})))
        if family not in meant.families or not (values or unread):
            why = meant.missing or f"{text} has no address of the family"
            self._say_left(element, f"its target means no address: {why}", title)
            return None
        ports = full(16)
        if has_ports:
            ports = self._local_ports(element)
        return Target(full(32 if family == 4 else 128) if unread else values, ports, unread)

    def _local_ports(self, element: Element) -> Values:
        """The ports of the target; all of them where they stay as they were."""
        text = element.get("local-port")
        side = element.child("destination")
        outside = side.get("port") if side else ""
        first, _, last = outside.partition("-")
        if alias := self.device.aliases.get(text):
            # Only the first port of an alias can be a target; there is none in an empty one.
            members = words_of(alias.element.get("address"))
            if text == outside or not members:
                return full(16)
            low = port(members[0].partition(":")[0])
            return full(16) if low is None else single(low)
        low = port(text)
        if low is None and text and not element.has("disabled"):
            why = f"there is no port alias `{text}`: the port stays as it is"
            self.device.remarks.say("FW307", why, element, _title(element))
        if low is None or text == first:
            return full(16)
        if outside in self.device.aliases or not last or last == first:
            return single(low)
        start, end = port(first), port(last)
        if start is None or end is None or end < start:
            return single(low)
        return ((low, min(65535, low + end - start)),)

    def _reflection(self, element: Element) -> str:
        """How the translation is made for the interfaces inside; empty if it is not."""
        said = element.get("natreflection")
        kind = {"disable": "", "enable": "proxy", "purenat": "purenat"}.get(said)
        if kind is None:
            kind = ("purenat" if self.is_pure else "proxy") if self.reflects else ""
        return kind

    def _reflected(
        self, translation: Translation, on: Port, destination: Meant
    ) -> Iterator[Translation]:
        """The same for the interfaces inside, if reflection is on (`purenat`)."""
        element = translation.element
        if translation.is_disabled or translation.target is None:
            return
        kind = self._reflection(element)
        inside = [
            each
            for each in self.device.ports.values()
            if each is not on and not each.has_gateway and each.device != on.device
        ]
        if not kind or not inside:
            return
        is_any = destination.endpoint is ANY
        if kind == "proxy" or is_any or self.device.system.has("enablenatreflectionhelper"):
            why = "what reflection makes of it for the interfaces inside is not in the model"
            self.device.remarks.say("FW902", why, element, translation.title)
        if kind == "purenat" and not is_any:
            names = tuple(dict.fromkeys(name for each in inside for name in each.names))
            yield translation._replace(title=f"{translation.title}, reflected", on=names)

    def _one_to_one(self, element: Element) -> Iterator[Translation]:
        title = _title(element)
        text = element.get("external")
        meant = self.endpoints.of("address" if network(text) else "network", text)
        is_v6 = element.get("ipprotocol") == "inet6" or ":" in text
        family: Family = 6 if is_v6 else 4
        on = self._port(element, title)
        if not on:
            return
        inside = self._inside(element.child("source"), family)
        outside = meant.endpoint.addresses.of(family)
        peers = self.endpoints.read(element.child("destination"))
        if inside is None or family not in meant.families or family not in peers.families:
            source = element.child("source")
            inner = (source.get("address") or source.get("network")) if source else ""
            self._say_left(element, f"its addresses are not known: {inner or 'any'}, {text}", title)
            return
        first, mask = inside
        if not outside or element.has("nobinat"):
            yield from self._unknown_binat(element, title, on, family, inside, peers.endpoint)
            return
        yield Translation(
            element,
            title,
            "binat",
            family,
            Target(),
            on.names,
            destination=peers.endpoint,
            unread=self._unread(element),
            is_disabled=element.has("disabled"),
            internal=(first & mask, mask),
            external=(outside[0][0] & mask, mask),
        )
        if element.get("natreflection") == "enable" or (
            self.device.system.has("enablebinatreflection")
            and element.get("natreflection") != "disable"
        ):
            why = "what reflection makes of it for the interfaces inside is not in the model"
            self.device.remarks.say("FW902", why, element, title)

    def _unknown_binat(
        self,
        element: Element,
        title: str,
        on: Port,
        family: Family,
        inside: tuple[int, int],
        peers: Endpoint,
    ) -> Iterator[Translation]:
        """`no binat`, or one whose address outside only the device knows."""
        first, mask = inside
        ones = (1 << (32 if family == 4 else 128)) - 1
        values: Values = ((first & mask, (first & mask) | (ones & ~mask)),)
        own = Endpoint(of_family(family, values))
        if element.has("nobinat"):
            yield Translation(
                element,
                title,
                "binat",
                family,
                None,
                on.names,
                source=own,
                destination=peers,
                unread=self._unread(element),
                is_disabled=element.has("disabled"),
            )
            return
        text = f"the address outside of {title}"
        everywhere = full(32 if family == 4 else 128)
        why = "only the device knows its address outside"
        self.device.remarks.say("FW902", why, element, title)
        common = Translation(
            element, title, "rdr", family, Target(values), on.names,
            destination=Endpoint(Addresses(), (text,)), unread=self._unread(element),
            is_disabled=element.has("disabled"),
        )  # fmt: skip
        yield common
        yield common._replace(
            kind="nat",
            target=Target(everywhere, full(16), text),
            source=own,
            destination=ANY,
        )

    def _inside(self, side: Element | None, family: Family) -> tuple[int, int] | None:
        """The address and mask that a translation is about, which must be one network."""
        if side is None or side.has("any"):
            return None
        meant = self.endpoints.read(side)
        if family not in meant.families:
            return None
        values = meant.endpoint.addresses.of(family)
        if len(values) != 1 or meant.endpoint.unread or meant.endpoint.negated:
            return None
        first, last = values[0]
        ones = (1 << (32 if family == 4 else 128)) - 1
        return first, ones & ~(last - first)

    def _prefix(self, element: Element) -> Iterator[Translation]:
        """IPv6 prefixes translated one to one (NPt)."""
        title = _title(element)
        on = self._port(element, title)
        if not on:
            return
        inside = self._inside(element.child("source"), 6)
        outside = self._inside(element.child("destination"), 6)
        if inside is None or outside is None:
            self._say_left(element, f"its prefixes are not known: {title}", title)
            return
        if inside[1] != outside[1]:
            why = "its prefixes have not the same length, which pf refuses"
            self.device.remarks.say("FW313", why, element, title)
            return
        inner, outer = ((each[0] & each[1], each[1]) for each in (inside, outside))
        translation = Translation(
            element,
            title,
            "binat",
            6,
            Target(),
            on.names,
            unread=self._unread(element),
            is_disabled=element.has("disabled"),
            internal=inner,
            external=outer,
        )
        yield translation
        # The second line that filter.inc writes: what leaves for the prefix outside.
        peers = self.endpoints.read(element.child("destination")).endpoint
        yield translation._replace(internal=(0, 0), external=inner, destination=peers)


def _protocol(number: int | None) -> Protocol:
    return ANY_PROTOCOL if number is None else Protocol(single(number), single(number))


def _is_range(element: Element) -> bool:
    side = element.child("destination")
    return "-" in (side.get("port") if side else "")


_KINDS = {"rule": "rdr", "onetoone": "binat", "npt": "binat inet6"}


def _title(element: Element) -> str:
    """The translation in words."""
    words = [("no " if element.has("nordr") else "") + _KINDS[element.tag]]
    words.append(f"on {element.get('interface') or 'wan'}")
    if name := element.get("protocol"):
        words.append(f"proto {name}")
    for way, tag in (("from", "source"), ("to", "destination")):
        if side := element.child(tag):
            name = side.get("network") or side.get("address") or "any"
            name = f"!{name}" if side.has("not") else name
            port_ = side.get("port")
            words.append(f"{way} {name}" + (f" port {port_}" if port_ else ""))
    if target := element.get("target") or element.get("external"):
        port_ = element.get("local-port")
        words.append(f"-> {target}" + (f" port {port_}" if port_ else ""))
    title = " ".join(words)
    return f'{title} "{descr}"' if (descr := element.get("descr")) else title

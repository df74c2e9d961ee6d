"""OPNsense's port forwards: ForwardRule.php, and the filter rules that come with them."""

from collections.abc import Iterable, Iterator
from itertools import product

from flowmodel.fields import Family
from flowmodel.record import NamedTuple
from flowmodel.values import Values, full, single
from parsers.pf.opnsense.coverage import is_known
from parsers.pf.opnsense.interfaces import has_gateway6
from parsers.pf.opnsense.models import forwards, truth
from parsers.pf.opnsense.names import Names
from parsers.pf.opnsense.nat import Outbound
from parsers.pf.opnsense.rule import FAMILIES, Draft, protocol_of
from parsers.pf.opnsense.sections import AUTOMATIC, Placed, is_empty, side_of
from parsers.pf.opnsense.settings import Settings
from parsers.pf.opnsense.texts import number, port_range
from parsers.pf.opnsense.written import is_off, said
from parsers.pf.rules import ANY_PORT, ANY_PROTOCOL, Endpoint, Interface, Ports, Target, Translation
from parsers.pf.strange import reasons
from parsers.pf.translations import or_perhaps
from parsers.pf.values import network
from parsers.pf.xml import Element
from parsers.shared.digits import is_decimal

Protected = tuple[Element, Interface | None, list[int]]
"""What is never redirected: the place that says so, the interface and the ports."""
_WITH_PORTS = frozenset({"tcp", "udp", "tcp/udp"})
_ALL_PORTS = full(16)
_IS_KNOWN = is_known("nat", "rule")


class _On(NamedTuple):
    """Interfaces of a rule."""

    names: tuple[str, ...]
    not_on: bool = False
    unread: tuple[str, ...] = ()
    suffix: str = ""


class Redirects:
    """Reads `<nat><rule>`."""

    def __init__(self, root: Element, settings: Settings, names: Names, outbound: Outbound) -> None:
        self._root = root
        self._settings = settings
        self._names = names
        self._outbound = outbound

    def elements(self) -> list[Element]:
        """The rules in their order: that of the file, unless they have numbers (26.1)."""
        rules = [each for each in forwards(self._root) if not is_empty(each)]

        def place(numbered: tuple[int, Element]) -> tuple[int, str]:
            index, rule = numbered
            text = rule.get("sequence")
            return number(text, index + 1), rule.attributes.get("uuid", "") if text else ""

        return [rule for _, rule in sorted(enumerate(rules), key=place)]

    def filter_rules(self) -> Iterator[Placed]:
        """The pass rules that come with `<pass>rule</pass>`, behind all others (26.1)."""
        for rule in self.elements():
            if rule.get("pass") != "rule":
                continue
            source, source_not, source_port, odd = side_of(rule, "source")
            destination, _, port, _ = side_of(rule, "destination")
            yield Placed(
                AUTOMATIC,
                Draft(
                    rule,
                    "pass",
                    interfaces=rule.get("interface"),
                    ipprotocol=rule.get("ipprotocol"),
                    protocol=rule.get("protocol").lower().replace("any", ""),
                    source=source,
                    source_not=source_not,
                    source_port=source_port,
                    destination=rule.get("target") or destination,
                    destination_port=_filtered_port(rule.get("local-port"), port),
                    unread=(*odd, *reasons(rule, _IS_KNOWN)),
                    description=rule.get("descr"),
                    identity=said(rule).rpartition("(")[2].removesuffix(")"),
                    is_disabled=is_off(rule),
                ),
            )

    def translations(
        self, protected: tuple[Element, Interface | None, list[int]]
    ) -> Iterator[Translation]:
        """What is redirected; first what never is: the ports that keep the web interface open."""
        place, interface, numbers = protected
        for port in numbers if interface else ():
            own = self._names.one(f"{interface.id}ip", of_filter=False) if interface else None
            if own is None or interface is None:
                continue
            for family in (4, 6):
                yield Translation(
                    place,
                    f"no rdr on {interface.id} proto tcp to {interface.id}ip port {port}",
                    "rdr",
                    4 if family == 4 else 6,
                    None,
                    interface.names,
                    protocol=protocol_of("tcp", "") or ANY_PROTOCOL,
                    destination=own,
                    destination_ports=Ports(single(port)),
                )
        for rule in self.elements():
            if self._settings.reflects("snat"):
                text = "that reflection changes the source, too, is not judged"
                self._outbound.remark(rule, "FW902", text)
            made = self._redirect(rule)
            yield from or_perhaps(
                made, rule, reasons(rule, _IS_KNOWN), f"rdr{said(rule)}", is_disabled=is_off(rule)
            )

    def _redirect(self, rule: Element) -> Iterator[Translation]:
        source, source_not, source_port, odd = side_of(rule, "source")
        destination, destination_not, port, more = side_of(rule, "destination")
        unread = (*odd, *more, *reasons(rule, _IS_KNOWN))
        kind = rule.get("protocol").lower().replace("any", "")
        meant = protocol_of(kind, rule.get("ipprotocol"))
        if meant is None:
            self._outbound.remark(rule, "FW901", f"the protocol `{kind}` is not known")
            meant, unread = ANY_PROTOCOL, (*unread, f"the protocol {kind}")
        has_ports = kind in _WITH_PORTS
        sides = [
            self._names.ends(text, negated=negated, of_filter=False)
            for text, negated in ((source, source_not), (destination, destination_not))
        ]
        missing = [name for side in sides for name in side.missing]
        ports = [self._names.ports(text) if has_ports else ANY_PORT for text in (source_port, port)]
        texts = (source_port, port)
        missing += [text for text, found in zip(texts, ports, strict=True) if found is None]
        if missing:
            self._lost(rule, missing[0])
            return
        local = self._local(rule, port) if has_ports else (_ALL_PORTS, False)
        if local is None:
            self._lost(rule, rule.get("local-port"))
            return
        ends = list(product(sides[0].endpoints, sides[1].endpoints))
        tested: dict[str, Iterable[Endpoint | Ports]] = {
            source: sides[0].endpoints,
            destination: sides[1].endpoints,
            **{text: [each] for text, each in zip(texts, ports, strict=True) if each},
        }
        for name in (name for name, several in tested.items() if all(map(_is_empty, several))):
            text = f"the port forward names `{name}`, which is empty: it matches nothing"
            self._outbound.remark(rule, "FW307", text)
        families = self._families(rule, destination)
        targets = {family: self._target(rule, family, local[0]) for family in families}
        if not any(targets.values()) and not truth(rule, "nordr"):
            meant_for = rule.get("target")
            text = f"its target `{meant_for}` has no address, and what pf does then is open"
            self._outbound.remark(rule, "FW901", text)
            unknown = f"addresses of {meant_for}, which has none"
            targets = {each: Target((), local[0], unread=unknown) for each in families}
            unread = (*unread, f"whether a port forward to `{meant_for}` is loaded")
        for on in self._interfaces(rule):
            for family, target in targets.items():
                if target is None and not truth(rule, "nordr"):
                    continue
                for one, other in ends:
                    yield Translation(
                        rule,
                        _title(rule, source, destination, port) + on.suffix,
                        "rdr",
                        family,
                        None if truth(rule, "nordr") else target,
                        on.names,
                        on.not_on,
                        meant,
                        one,
                        ports[0] or ANY_PORT,
                        other,
                        ports[1] or ANY_PORT,
                        local[1],
                        _passes(rule),
                        rule.get("tag"),
                        rule.get("tagged"),
                        unread + on.unread,
                        is_off(rule),
                    )

    def _lost(self, rule: Element, name: str) -> None:
        text = f"the port forward names `{name}`, which is not there: it is not loaded"
        self._outbound.remark(rule, "FW307", text)

    def _interfaces(self, rule: Element) -> Iterator[_On]:
        """The rule's own interfaces, and with reflection all those without a gateway."""
        on = self._outbound.on(rule, rule.get("interface"))
        if on is None:
            return
        yield _On(*on)
        wanted = rule.get("natreflection")
        default = "enable" if self._settings.reflects("dnat") else ""
        if truth(rule, "nordr") or (wanted or default) not in {"purenat", "enable"}:
            return
        if on[1]:
            return
        for each, unread in self._inside(rule.get("interface").lower().split(",")):
            yield _On(each.names, unread=unread, suffix=f" (reflection on {each.id})")

    def _inside(self, own: list[str]) -> Iterator[tuple[Interface, tuple[str, ...]]]:
        interfaces = self._names.interfaces
        for each in interfaces.enabled_ones():
            gateway = interfaces.gateways.get(each.id)
            if each.id in own or gateway == "" or has_gateway6(each.element):
                continue
            if "lo0" in each.names or not (each.own or each.unread):
                continue
            yield each, (f"{each.id} has no gateway",) if gateway else ()

    def _families(self, rule: Element, destination: str) -> list[Family]:
        text = rule.get("ipprotocol")
        if text:
            return sorted(FAMILIES.get(text, FAMILIES[""]))
        for name in (rule.get("target"), destination):
            found = network(name)
            if found:
                return [found[0]]
        return [4, 6]

    def _target(self, rule: Element, family: Family, ports: Values) -> Target | None:
        """Where packets go; None if there is no address of the family."""
        text = rule.get("target")
        if truth(rule, "nordr") or not text:
            return None
        found: Endpoint | None = self._names.one(text, of_filter=False)
        if found is None:
            self._lost(rule, text)
            return None
        if found.unread and found.within.of(family):
            return Target((), ports, unread=found.unread[0])
        values = found.addresses.of(family)
        return Target(values, ports) if values else None

    def _local(self, rule: Element, port: str) -> tuple[Values, bool] | None:
        """The ports of the target, and whether a range keeps its order; None if there are none."""
        text = rule.get("local-port")
        if not text or text == port:
            return _ALL_PORTS, False
        aliases = self._names.aliases
        if text in aliases.by_name:
            first = aliases.first_port(text)
            return (_ALL_PORTS, False) if first is None else (single(first), False)
        found = port_range(text)
        if found is None:
            return None
        ends = port_range(port) if port and port not in aliases.by_name else None
        if ends and ends[0] < ends[1] and found[0] == found[1]:
            return ((found[0], min(found[0] + ends[1] - ends[0], 65535)),), True
        return (found,), False


def _filtered_port(local: str, port: str) -> str:
    """The port of the filter rule that comes with a port forward (filter.lib.inc)."""
    first, _, last = port.replace(":", "-").partition("-")
    if not local:
        return port
    if port and is_decimal(local) and is_decimal(first) and is_decimal(last):
        end = number(last, 65535) - number(first, 0) + number(local, 65535)
        return f"{local}-{min(end, 65535)}"
    return local


def _is_empty(tested: Endpoint | Ports) -> bool:
    if isinstance(tested, Ports):
        return not (tested.values or tested.unread)
    return not (tested.addresses or tested.unread or tested.negated)


def _passes(rule: Element) -> bool:
    # Older versions ask whether <pass> says anything; what is no known word is possible anyhow.
    return not truth(rule, "nordr") and (
        rule.get("associated-rule-id") == "pass" or rule.get("pass") not in {"", "0", "rule"}
    )


def _title(rule: Element, source: str, destination: str, port: str) -> str:
    words = ["no rdr" if truth(rule, "nordr") else "rdr", "pass" if _passes(rule) else ""]
    words += ["on", rule.get("interface") or "any"]
    words += ["proto", rule.get("protocol")] if rule.get("protocol") else []
    words += ["from", source, "to", destination] + (["port", port] if port else [])
    if not truth(rule, "nordr"):
        local = rule.get("local-port")
        words += ["->", rule.get("target")] + (["port", local] if local else [])
    return " ".join(word for word in words if word) + said(rule)

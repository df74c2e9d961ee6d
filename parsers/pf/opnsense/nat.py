"""OPNsense's translations: outbound rules, 1:1, NPt, in pf's order (filter.inc, pf.inc)."""

from collections.abc import Iterator
from itertools import product

from flowmodel.fields import Family
from flowmodel.values import Values, single, size
from parsers.pf.opnsense.coverage import is_known
from parsers.pf.opnsense.interfaces import Interfaces
from parsers.pf.opnsense.models import truth
from parsers.pf.opnsense.names import Ends, Names
from parsers.pf.opnsense.rule import FAMILIES, Note, protocol_of
from parsers.pf.opnsense.sections import by_sequence, is_empty, side_of
from parsers.pf.opnsense.settings import Settings
from parsers.pf.opnsense.written import Written, is_off, said
from parsers.pf.remarks import Check
from parsers.pf.rules import ANY, ANY_PROTOCOL, Ports, Target, Translation
from parsers.pf.strange import reasons
from parsers.pf.translations import or_perhaps
from parsers.pf.values import Network, interval, network
from parsers.pf.xml import BLANKS, Element

_FILTER = ("opnsense", "firewall", "filter")
_OLDER_MODE = "source NAT rules count in automatic mode, as before 26.1.11"
_WIDTH: dict[Family, int] = {4: 32, 6: 128}


class Outbound:
    """Reads outbound (source) translations and 1:1 rules."""

    def __init__(
        self,
        root: Element,
        settings: Settings,
        names: Names,
        skipped: tuple[str, ...],
        note: Note,
    ) -> None:
        self._root = root
        self._settings = settings
        self._names = names
        self._interfaces: Interfaces = names.interfaces
        self._skipped = skipped
        self._note = note

    def translations(self) -> Iterator[Translation]:
        """Those of kind nat and binat."""
        place = self._root.find("nat", "outbound")
        mode = place.get("mode") if place else ""
        is_manual = mode in {"advanced", "hybrid"}
        unread: tuple[str, ...] = () if is_manual else (_OLDER_MODE,)
        for rule in by_sequence(self._rules("opnsense", "firewall", "filter", "snatrules")):
            if is_manual or mode in {"", "automatic"}:
                written = Written.of_model(rule)
                made = self._source(rule, written, unread)
                yield from or_perhaps(
                    made, rule, written.unread, written.title(rule), is_disabled=is_off(rule)
                )
        for rule in place.all("rule") if place and is_manual else ():
            if is_empty(rule):
                continue
            written = Written.of_older(rule)
            made = self._source(rule, written, ())
            yield from or_perhaps(
                made, rule, written.unread, written.title(rule), is_disabled=is_off(rule)
            )
        if mode in {"", "automatic", "hybrid"}:
            yield from self._automatic(place or self._settings.place("nat"))
        for rule in by_sequence(self._rules("opnsense", "firewall", "filter", "npt")):
            strange = reasons(rule, is_known(*_FILTER, "npt", "rule"))
            sides = (rule.get("source_net"), rule.get("destination_net"))
            made = self._prefix(rule, *sides, strange)
            yield from or_perhaps(
                made, rule, strange, f"binat{said(rule)}", is_disabled=is_off(rule)
            )
        nat = self._root.child("nat")
        for rule in nat.all("npt") if nat else ():
            if is_empty(rule):
                continue
            inside, outside = (side_of(rule, tag)[0] for tag in ("source", "destination"))
            strange = reasons(rule, is_known("nat", "npt"))
            made = self._prefix(rule, inside, outside, strange)
            yield from or_perhaps(
                made, rule, strange, f"binat{said(rule)}", is_disabled=is_off(rule)
            )
        yield from self._static()

    def _rules(self, *path: str) -> list[Element]:
        section = self._root.find(*path)
        return section.all("rule") if section else []

    def remark(self, rule: Element, check: Check, message: str) -> None:
        """Remark something about a translation that is switched on."""
        if not is_off(rule):
            self._note(rule, check, message, f"<{rule.tag}>{said(rule)}", None)

    def on(self, rule: Element, text: str) -> tuple[tuple[str, ...], bool] | None:
        """The names of a rule's interfaces, and whether it is about all others; None for none."""
        ids = [name.strip(BLANKS) for name in text.split(",") if name.strip(BLANKS)]
        if not ids:
            return self._skipped, True
        found: list[str] = []
        for name in ids:
            interface = self._interfaces.enabled(name)
            if interface:
                found += interface.names
            elif not is_off(rule):
                self.remark(
                    rule,
                    "FW307",
                    f"the translation names the interface `{name}`, which is disabled or not "
                    "there: it is not loaded for it",
                )
        return (tuple(dict.fromkeys(found)), False) if found else None

    def _source(
        self, rule: Element, written: Written, unread: tuple[str, ...]
    ) -> Iterator[Translation]:
        on = self.on(rule, rule.get("interface"))
        ends = [
            self._names.ends(text, negated=negated, of_filter=False)
            for text, negated in (written.source, written.destination)
        ]
        missing = [name for each in ends for name in each.missing]
        ports = [self._names.ports(text) for text in written.ports]
        missing += [text for text, found in zip(written.ports, ports, strict=True) if not found]
        meant = protocol_of(rule.get("protocol").lower(), rule.get("ipprotocol"))
        if meant is None:
            self.remark(rule, "FW901", f"the protocol `{rule.get('protocol')}` is not known")
            unread, meant = (*unread, f"the protocol {rule.get('protocol')}"), ANY_PROTOCOL
        if missing and not is_off(rule):
            self._say(rule, missing[0])
        if missing or on is None:
            return
        for family in sorted(FAMILIES.get(rule.get("ipprotocol"), FAMILIES[""])):
            target = self._target(rule, written, family)
            if target is None and not truth(rule, "nonat"):
                continue
            for source, destination in product(ends[0].endpoints, ends[1].endpoints):
                yield Translation(
                    rule,
                    written.title(rule),
                    "nat",
                    family,
                    None if truth(rule, "nonat") else target,
                    *on,
                    meant,
                    source,
                    ports[0] or Ports(),
                    destination,
                    ports[1] or Ports(),
                    tag=rule.get("tag"),
                    tagged=rule.get("tagged"),
                    unread=(*unread, *written.unread),
                    is_disabled=is_off(rule),
                )

    def _target(self, rule: Element, written: Written, family: Family) -> Target | None:
        """The addresses that the source becomes; None if there are none of the family."""
        text = written.target
        if not text:
            return self.first_address(rule.get("interface"), family)
        if text.endswith("ip") and not self._names.aliases.has_addresses(text):
            return self.first_address(text[:-2], family)
        found = self._names.one(text, of_filter=False)
        if found is None:
            if not is_off(rule):
                self._say(rule, text)
            return None
        if found.unread:
            return Target((), unread=found.unread[0])
        values = found.addresses.of(family)
        return Target(values) if values else None

    def first_address(self, name: str, family: Family) -> Target | None:
        """`(em0:0)`: the first address of an interface."""
        interface = self._interfaces.enabled(name)
        if interface is None:
            return None
        known = self._interfaces.primary.get(interface.id)
        if family == 4 and known is not None:
            return Target(single(known))
        if family == 6 and not interface.unread and size(interface.own.v6) == 1:
            return Target(interface.own.v6)
        kind = "the first " + ("IPv4" if family == 4 else "IPv6")
        return Target((), unread=f"{kind} address of {interface.id}")

    def _say(self, rule: Element, name: str) -> None:
        self.remark(
            rule,
            "FW307",
            f"the translation names `{name}`, which is not there: it is not loaded",
        )

    def _automatic(self, place: Element) -> Iterator[Translation]:
        """filter.lib.inc, filter_auto_source_nat: networks inside, by interfaces with gateways.

        The rule of its own for port 500 differs in the source port only.
        """
        inside: list[str] = ["127.0.0.0/8", *_tunnels(self._root)]
        unsure: list[str] = []
        for each in self._interfaces.enabled_ones():
            has_ipv4 = each.own.v4 or any("IPv4" in text for text in each.unread)
            gateway = self._interfaces.gateways.get(each.id)
            if has_ipv4 and gateway is None:
                inside.append(each.id)
            elif has_ipv4 and gateway:
                unsure.append(each.id)
        for each in self._interfaces.enabled_ones():
            gateway = self._interfaces.gateways.get(each.id)
            target = self.first_address(each.id, 4)
            if gateway is None or target is None or each.element.get("if").startswith("ovpn"):
                continue
            unread = (gateway,) if gateway else ()
            sources = [(",".join(inside), unread)]
            sources += [(name, (*unread, f"{name} has no gateway")) for name in unsure]
            for text, more in sources:
                for source in self._names.ends(text, of_filter=False).endpoints:
                    yield Translation(
                        place,
                        f"nat on {each.id} inet from {text} to any -> ({each.id}) (automatic)",
                        "nat",
                        4,
                        target,
                        each.names,
                        source=source,
                        unread=more,
                    )

    def _prefix(
        self, rule: Element, inside: str, outside: str, unread: tuple[str, ...]
    ) -> Iterator[Translation]:
        """Network prefix translation: NptRule.php."""
        on = self.on(rule, rule.get("interface"))
        title = f"binat on {rule.get('interface')} inet6 from {inside} to any -> {outside}"
        if on is None:
            return
        if not outside:
            text = f"the prefix of {rule.get('trackif')}, which only the device knows"
            self.remark(rule, "FW902", f"what leaves is not translated here to {text}")
            return
        title = f"{title}{said(rule)}"
        yield from self._binat(rule, title, on, (inside, outside), Ends((ANY,)), unread)

    def _static(self) -> Iterator[Translation]:
        """1:1 rules: DNatRule.php."""
        nat = self._root.child("nat")
        for rule in nat.all("onetoone") if nat else ():
            source, source_not, _, odd = side_of(rule, "source")
            destination, destination_not, _, more = side_of(rule, "destination")
            there = (destination, destination_not)
            strange = reasons(rule, is_known("nat", "onetoone"))
            if is_empty(rule):
                continue
            here = (source, source_not)
            made = self._one_to_one(rule, here, there, odd + more, strange)
            yield from or_perhaps(
                made, rule, (*odd, *more, *strange), f"binat{said(rule)}", is_disabled=is_off(rule)
            )
        for rule in by_sequence(self._rules("opnsense", "firewall", "filter", "onetoone")):
            strange = reasons(rule, is_known(*_FILTER, "onetoone", "rule"))
            made = self._one_to_one(
                rule,
                (rule.get("source_net"), truth(rule, "source_not")),
                (rule.get("destination_net"), truth(rule, "destination_not")),
                (),
                strange,
            )
            yield from or_perhaps(
                made, rule, strange, f"binat{said(rule)}", is_disabled=is_off(rule)
            )

    def _one_to_one(
        self,
        rule: Element,
        source: tuple[str, bool],
        destination: tuple[str, bool],
        unread: tuple[str, ...],
        strange: tuple[str, ...],
    ) -> Iterator[Translation]:
        on = self.on(rule, rule.get("interface"))
        peers = self._names.ends(destination[0], negated=destination[1], of_filter=False)
        kind, outside = rule.get("type") or "binat", rule.get("external")
        title = (
            f"{kind} on {rule.get('interface')} from {source[0]} to {destination[0]} -> {outside}"
        )
        title += said(rule)
        if peers.missing and not is_off(rule):
            self._say(rule, peers.missing[0])
        if on is None or peers.missing:
            return
        default = "enable" if self._settings.reflects("binat") else ""
        if (rule.get("natreflection") or default) == "enable":
            text = "what comes from inside to its outer address is judged without reflection"
            self.remark(rule, "FW902", text)
        if kind == "binat":
            if source[1] or unread:
                self.remark(rule, "FW901", "a 1:1 rule for all but a network is not understood")
                return
            yield from self._binat(rule, title, on, (source[0], outside), peers, strange)
            return
        found = network(outside)
        inside = self._names.ends(source[0], negated=source[1], of_filter=False)
        if found is None or inside.missing:
            self._say(rule, inside.missing[0] if inside.missing else outside)
            return
        for one, other in product(inside.endpoints, peers.endpoints):
            yield Translation(
                rule,
                title,
                "nat",
                found[0],
                Target((interval(found),)),
                *on,
                source=one,
                destination=other,
                unread=unread + strange,
                is_disabled=is_off(rule),
            )

    def _binat(
        self,
        rule: Element,
        title: str,
        on: tuple[tuple[str, ...], bool],
        sides: tuple[str, str],
        peers: Ends,
        unread: tuple[str, ...],
    ) -> Iterator[Translation]:
        inside, outside = network(sides[0]), network(sides[1])
        if outside and inside and "/" not in sides[1] and "/" in sides[0]:
            outside = (outside[0], outside[1], inside[2])
        if inside is None or outside is None or inside[0] != outside[0] or inside[2] != outside[2]:
            if not is_off(rule):
                self.remark(
                    rule,
                    "FW901",
                    f"it is not understood how {sides[0]} becomes {sides[1]}: what leaves or "
                    "comes is judged without this translation",
                )
            return
        family = inside[0]
        mask = (1 << _WIDTH[family]) - (1 << _WIDTH[family] - inside[2])
        for peer in peers.endpoints:
            yield Translation(
                rule,
                title,
                "binat",
                family,
                Target(_all(outside)),
                *on,
                destination=peer,
                unread=unread,
                is_disabled=is_off(rule),
                internal=(inside[1] & mask, mask),
                external=(outside[1] & mask, mask),
            )


def _all(found: Network) -> Values:
    return (interval(found),)


def _tunnels(root: Element) -> Iterator[str]:
    """The networks of tunnels that count as inside (the plugins' networks_source_nat)."""
    for kind in ("openvpn-server", "openvpn-client"):
        section = root.child("openvpn")
        for each in section.all(kind) if section else ():
            if not each.has("disable") and network(each.get("tunnel_network")):
                yield each.get("tunnel_network")
    instances = root.find("opnsense", "openvpn", "instances")
    for each in instances.all("instance") if instances else ():
        if truth(each, "enabled") and network(each.get("server")):
            yield each.get("server")
    client = root.find("ipsec", "client")
    pool = f"{client.get('pool_address')}/{client.get('pool_netbits')}" if client else ""
    if network(pool):
        yield pool

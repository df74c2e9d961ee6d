"""The rules that pfSense makes by itself: filter.inc, filter_rules_generate."""

from collections.abc import Iterator

from flowmodel.values import single, union
from parsers.pf import values
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints
from parsers.pf.pfsense.interface_rules import InterfaceRules
from parsers.pf.pfsense.make import DHCP_TAG, LOOPBACK, TAGS, TCP, UDP, V4, V6, WAYS, port, rule
from parsers.pf.pfsense.options import TCP_UDP
from parsers.pf.rules import BOTH, Endpoint, PfRule, Protocol
from parsers.pf.values import of_text
from parsers.shared.digits import is_decimal

_CARP = Protocol(single(112), single(112))
_LINK_LOCAL = Endpoint(of_text("fe80::/10"))
_MULTICAST = Endpoint(of_text("ff02::/16"))
_UNSPECIFIED = Endpoint(of_text("::"))
_APIPA = Endpoint(of_text("169.254.0.0/16"))
_ZERO = port(0)


class System:
    """Makes the rules, in the order of filter.inc."""

    def __init__(self, device: Device, endpoints: Endpoints) -> None:
        self.device = device
        self.endpoints = endpoints
        filter_ = device.root.child("filter")
        self.place = filter_ or device.system

    def before(self) -> Iterator[PfRule]:
        """What stands before the rules of the web interface."""
        yield from self._ipv6_off()
        yield from self._defaults()
        yield from self._portals()
        by_interface = InterfaceRules(self.device, self.endpoints)
        for each in self.device.assigned:
            yield from by_interface.of(each)
        yield from self._loopback_and_out()
        yield from self._anti_lockout()

    def _ipv6_off(self) -> Iterator[PfRule]:
        if self.device.has_ipv6:
            return
        place = self.device.system
        for way in WAYS:
            yield rule(
                place,
                f"pass {way} quick on lo0 inet6: loopback",
                "pass",
                way,
                on=LOOPBACK,
                families=V6,
            )
        for way in WAYS:
            yield rule(
                place,
                f"block {way} quick inet6 (IPv6 is not allowed: System, Advanced)",
                "block",
                way,
                families=V6,
            )

    def _defaults(self) -> Iterator[PfRule]:
        place, device = self.place, self.device
        if not device.system.has("no_apipa_block"):
            title = "block in quick {} 169.254.0.0/16: link-local addresses"
            yield rule(place, title.format("from"), "block", "in", source=_APIPA)
            yield rule(place, title.format("to"), "block", "in", destination=_APIPA)
        for way in WAYS:
            yield rule(place, f"block {way} all: default deny", "block", way, quick=False)
        if device.has_ipv6:
            yield from self._icmp6()
        title = "block quick proto tcp/udp {} port 0"
        families = BOTH if device.has_ipv6 else V4
        yield rule(
            place,
            title.format("from"),
            "block",
            protocol=TCP_UDP,
            families=families,
            source_ports=_ZERO,
        )
        yield rule(
            place,
            title.format("to"),
            "block",
            protocol=TCP_UDP,
            families=families,
            destination_ports=_ZERO,
        )
        has_carp = self._has_carp()
        if has_carp is not False:
            unread = () if has_carp else ("pfSense's version, which decides about CARP",)
            own = device.itself()
            yield rule(
                place,
                "block in quick proto carp from (self)",
                "block",
                "in",
                protocol=_CARP,
                source=own,
                unread=unread,
            )
            # Without state; but as it passes all of CARP, nothing depends on that.
            title = "pass quick proto carp"
            yield rule(place, title, "pass", protocol=_CARP, unread=unread, is_given=True)
        is_tagged = device.is_since(*TAGS)
        if is_tagged is not False:
            yield rule(
                place,
                "block out quick proto udp from port 67 to port 68 tagged dhcpin: leaking DHCP",
                "block",
                "out",
                protocol=UDP,
                source_ports=port(67),
                destination_ports=port(68),
                unread=() if is_tagged else ("pfSense's version, which decides about this rule",),
            )._replace(tagged=DHCP_TAG)

    def _has_carp(self) -> bool | None:
        """Whether there are rules for CARP; None if that depends on a version that is not told."""
        vips = self.device.section("virtualip", "vip")
        sync = self.device.root.child("hasync")
        older = bool(vips) or (sync is not None and bool(sync.children))
        newer = any(vip.get("mode") == "carp" for vip in vips)
        if older == newer:
            return newer
        has_tables = self.device.has_tables
        return None if has_tables is None else (newer if has_tables else older)

    def _icmp6(self) -> Iterator[PfRule]:
        """ICMPv6 that IPv6 cannot do without."""
        place = self.place
        needed = _icmp6_types(1, 2, 135, 136)
        yield rule(
            place,
            "pass quick inet6 proto ipv6-icmp type 1, 2, 135, 136",
            "pass",
            families=V6,
            protocol=needed,
            is_given=True,
        )
        out, into = _icmp6_types(129, 133, 134, 135, 136), _icmp6_types(128, 133, 134, 135, 136)
        local, group, none = (
            ("fe80::/10", _LINK_LOCAL),
            ("ff02::/16", _MULTICAST),
            (
                "::",
                _UNSPECIFIED,
            ),
        )
        for way, types, source, destination in (
            ("out", out, local, local),
            ("out", out, local, group),
            ("in", into, local, local),
            ("in", into, group, local),
            ("in", into, local, group),
            ("in", into, none, group),
        ):
            title = f"pass {way} quick inet6 proto ipv6-icmp from {source[0]} to {destination[0]}"
            yield rule(
                place,
                f"{title}: neighbours and routers",
                "pass",
                "out" if way == "out" else "in",
                families=V6,
                protocol=types,
                is_given=True,
                source=source[1],
                destination=destination[1],
            )

    def _portals(self) -> Iterator[PfRule]:
        """Captive portals: who is not logged in gets nowhere, and everybody to the portal."""
        zones = self.device.root.child("captiveportal")
        for zone in zones.children if zones else ():
            if not zone.has("enable"):
                continue
            ports = [self.device.ports.get(name) for name in zone.get("interface").split(",")]
            on = tuple(dict.fromkeys(name for each in ports if each for name in each.names))
            if not on:
                continue
            number = int(zone.get("zoneid")) if is_decimal(zone.get("zoneid")) else 0
            usual = (8000 + number + 1, 8000 + number)
            texts = (zone.get("listenporthttps"), zone.get("listenporthttp"))
            numbers = [_number(text, value) for text, value in zip(texts, usual, strict=True)]
            self.device.remarks.say(
                "FW902",
                f"the captive portal {zone.tag} lets only users pass that are logged in",
                zone,
            )
            yield rule(
                zone,
                f"pass in quick proto tcp to the captive portal {zone.tag}",
                "pass",
                "in",
                on=on,
                protocol=TCP,
                destination=self.device.itself(),
                destination_ports=port(*numbers),
            )
            yield rule(
                zone,
                f"pass out quick proto tcp by the captive portal {zone.tag}",
                "pass",
                "out",
                on=on,
                protocol=TCP,
                flags=None,
            )
            yield rule(
                zone,
                f"block in quick by the captive portal {zone.tag}",
                "block",
                "in",
                on=on,
                unread=(f"not logged in at the captive portal {zone.tag}",),
            )

    def _loopback_and_out(self) -> Iterator[PfRule]:
        families = BOTH if self.device.has_ipv6 else V4
        for way in WAYS:
            yield rule(
                self.place,
                f"pass {way} on lo0: loopback",
                "pass",
                way,
                quick=False,
                on=LOOPBACK,
                families=families,
            )
        yield rule(
            self.place,
            "pass out all: out of the firewall",
            "pass",
            "out",
            quick=False,
            families=families,
        )

    def _anti_lockout(self) -> Iterator[PfRule]:
        """filter.inc, filter_get_antilockout_ports."""
        # Without <webgui> nothing switches it off, and its ports are the usual ones.
        web = self.device.system.child("webgui") or self.device.system
        section = self.device.root.child("interfaces")
        if web.has("noantilockout") or not section:
            return
        name = "wan" if len(section.children) == 1 else "lan"
        found = self.device.ports.get(name)
        if not found:
            return
        is_https = web.get("protocol") == "https"
        numbers = [_number(web.get("port"), 443 if is_https else 80)]
        if is_https and not web.has("disablehttpredirect"):
            numbers.append(80)
        ssh = self.device.system.child("ssh")
        if ssh and ssh.has("enable"):
            numbers.append(_number(ssh.get("port"), 22))
        shown = ", ".join(str(number) for number in dict.fromkeys(numbers))
        title = f"pass in quick on {name} proto tcp to ({name}) port {shown}: anti-lockout"
        yield rule(
            web,
            title,
            "pass",
            "in",
            on=found.names,
            protocol=TCP,
            destination=self.device.own(found),
            destination_ports=port(*numbers),
        )


def _number(text: str, usual: int) -> int:
    found = values.port(text)
    return usual if found is None else found


def _icmp6_types(*types: int) -> Protocol:
    return Protocol((), single(58), (), union((each, each) for each in types))

"""The rules that OPNsense makes itself: filter.lib.inc, filter_core_rules_system (26.7)."""

import re
from collections.abc import Iterator

from parsers.pf.opnsense.interfaces import Interfaces
from parsers.pf.opnsense.links import static_routes
from parsers.pf.opnsense.rule import Draft
from parsers.pf.opnsense.sections import Placed
from parsers.pf.opnsense.settings import Settings
from parsers.pf.opnsense.texts import port_range
from parsers.pf.rules import Interface
from parsers.pf.xml import Element

_FIRST, _SECOND, _ROUTES = 1, 5, 10
"""Priorities; the user's rules begin at 200 000."""
# Before 24.1 the private networks had 127.0.0.0/8 and fc00::/7 in place of 169.254.0.0/16,
# fd00::/8 and fe80::/10, and the first ICMPv6 rule was about 1, 2, 135 and 136.
_PRIVATE = {
    "inet": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16",
    "inet6": "fd00::/8,fe80::/10",
}
_BOGONS = {"inet": "bogons", "inet6": "bogonsv6"}
_ICMP_IN = "128,133,134,135,136"


def system_rules(
    root: Element, settings: Settings, interfaces: Interfaces, filled: frozenset[str]
) -> Iterator[Placed]:
    """The rules before the user's, in pf's order; `filled` are tables that rules fill."""
    place = settings.place("filter")
    found = [*_basic(root, settings, place)]
    if "virusprot" in filled and not settings.is_on("no_virusprot"):
        text = "virusprot overload table"
        found.append(Draft(place, "block", source="virusprot", description=text))
    yield from (Placed(_FIRST, draft) for draft in found)
    for interface in _assigned(interfaces):
        yield from (Placed(_SECOND, draft) for draft in _bogus(settings, interface))
    out = "let out anything from firewall host itself"
    yield Placed(_SECOND, Draft(place, "pass", "out", quick=False, description=out))
    there, first, ports = protected(root, settings, interfaces)
    for port in ports if first else ():
        yield Placed(
            _SECOND,
            Draft(
                there,
                "pass",
                interfaces=first.id if first else "",
                protocol="tcp",
                destination="(self)",
                destination_port=str(port),
                description="anti-lockout rule",
            ),
        )
    if settings.is_on("bypass_static_routes"):
        yield from (Placed(_ROUTES, draft) for draft in _bypassing(root))


def skipped(root: Element, interfaces: Interfaces) -> tuple[str, ...]:
    """The names of the interfaces that pf does not look at: `set skip` in filter.inc."""
    devices = ["lo0", "pfsync0"]
    section = root.find("opnsense", "swanctl", "vtis")
    devices += [
        f"ipsec{vti.get('reqid')}"
        for vti in (section.all("vti") if section else [])
        if vti.get("skip_fw") not in {"", "0"} and vti.get("reqid")
    ]
    named = [
        name
        for each in interfaces.by_id.values()
        if each.element.get("if") in devices
        for name in each.names
    ]
    return tuple(dict.fromkeys([*devices, *named]))


def _basic(root: Element, settings: Settings, place: Element) -> Iterator[Draft]:
    if not settings.has_ipv6:
        yield Draft(place, "block", ipprotocol="inet6", description="Block all IPv6")
    elif not settings.tells_ipv6:
        unread = ("whether this version of OPNsense blocks IPv6",)
        words = "Block all IPv6"
        yield Draft(place, "block", ipprotocol="inet6", unread=unread, description=words)
    yield Draft(place, "block", quick=False, description="Default deny / state violation rule")
    if settings.has_ipv6 and not settings.is_on("no_ipv6_rfc4890_req"):
        for direction, types, source, destination in (
            ("in", "1,2,3,4,135,136", "any", "any"),
            ("out", "128,129,133,134,135,136", "(self)", "fe80::/10,ff02::/16"),
            ("in", _ICMP_IN, "fe80::/10", "fe80::/10,ff02::/16"),
            ("in", _ICMP_IN, "ff02::/16", "fe80::/10"),
            ("in", _ICMP_IN, "::", "ff02::/16"),
        ):
            yield Draft(
                place,
                "pass",
                direction,
                ipprotocol="inet6",
                protocol="ipv6-icmp",
                icmp6=types,
                source=source,
                destination=destination,
                description="IPv6 RFC4890 requirements (ICMP)",
            )
    if not settings.is_on("no_port0_block"):
        text = "block all targeting port 0"
        yield Draft(place, "block", protocol="tcp/udp", source_port="0", description=text)
        yield Draft(place, "block", protocol="tcp/udp", destination_port="0", description=text)
    section = root.child("virtualip")
    carp = [vip for vip in (section.all("vip") if section else []) if vip.get("mode") == "carp"]
    for to in ("ff02::12", "224.0.0.18") if carp else ():
        yield Draft(
            carp[0], "pass", "any", protocol="carp", destination=to, description="CARP defaults"
        )


def _assigned(interfaces: Interfaces) -> list[Interface]:
    """The enabled interfaces that no program made."""
    return [each for each in interfaces.enabled_ones() if _is_real(each)]


def _is_real(interface: Interface) -> bool:
    return interface.element.get("virtual") in {"", "0"}


def _bogus(settings: Settings, interface: Interface) -> Iterator[Draft]:
    element, name = interface.element, interface.element.get("descr") or interface.id
    families = ("inet", "inet6") if settings.has_ipv6 else ("inet",)
    wanted = {"blockbogons": (_BOGONS, "bogon"), "blockpriv": (_PRIVATE, "private")}
    for tag, (sources, word) in wanted.items():
        for family in families if element.get(tag) not in {"", "0"} else ():
            yield Draft(
                element,
                "block",
                interfaces=interface.id,
                ipprotocol=family,
                source=sources[family],
                description=f"Block {word} networks from {name}",
            )


def protected(
    root: Element, settings: Settings, interfaces: Interfaces
) -> tuple[Element, Interface | None, list[int]]:
    """What can always be reached: the place that says so, the interface and the ports.

    filter.lib.inc, filter_core_get_antilockout.
    """
    place = settings.place("system", "webgui")
    interface = min(filter(_is_real, interfaces.real_ones()), key=_rank, default=None)
    if settings.is_on("no_antilockout") or interface is None or not interface.is_enabled:
        return place, None, []
    webgui, ssh = root.find("system", "webgui"), root.find("system", "ssh")
    is_https = webgui is not None and webgui.get("protocol") == "https"
    texts = [(webgui.get("port") if webgui else "") or ("443" if is_https else "80")]
    if is_https and webgui and not webgui.has("disablehttpredirect"):
        texts.append("80")
    if ssh and ssh.has("enabled"):
        texts.append(ssh.get("port") or "22")
    found = [port_range(text) for text in texts]
    return place, interface, sorted({ends[0] for ends in found if ends})


def _rank(interface: Interface) -> tuple[int, int]:
    """`lan` first, then the optional ones, `wan` last (get_primary_interface_from_list)."""
    number = re.fullmatch(r"opt([0-9]+)", interface.id)
    kind = {"lan": 0, "wan": 3}.get(interface.id, 1 if number else 2)
    return kind, int(number[1]) if number else 0


def _bypassing(root: Element) -> Iterator[Draft]:
    """pf.inc, pf_firewall: what an interface's network and those behind it send each other."""
    for route, interface, network in static_routes(root):
        around = f"__{interface}_network"
        for source, destination in ((around, network), (network, around)):
            for protocol in ("tcp", ""):
                yield Draft(
                    route,
                    "pass",
                    quick=False,
                    interfaces=interface,
                    ipprotocol="inet6" if ":" in network else "inet",
                    protocol=protocol,
                    source=source,
                    destination=destination,
                    any_flags=protocol == "tcp",
                    description="pass traffic between statically routed subnets",
                )

"""The translations of a config as lines of pf.conf.

The source is filter_nat_rules_generate, filter_nat_rules_generate_if and
filter_nat_rules_automatic_tonathosts of filter.inc. Reflection is left out: it is switched off.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from xml.etree.ElementTree import Element

from tests.oracles.pf.ends import WITH_PORTS, Ends
from tests.oracles.pf.lines import Line
from tests.oracles.pf.tree import has, text


def translations(root: Element, ends: Ends) -> Iterator[Line]:
    """All lines, of all kinds; pf keeps the kinds apart (PF_RULESET_NAT, _BINAT, _RDR)."""
    yield Line("no nat proto carp")
    yield Line("no rdr proto carp")
    for kind, write in (
        ("nat/onetoone", _one_to_one),
        ("nat/npt", _prefix),
        ("nat/outbound/rule", _outbound),
    ):
        if kind != "nat/outbound/rule" or _mode(root) in ("advanced", "hybrid"):
            for rule in root.findall(kind):
                if not has(rule, "disabled"):
                    yield from map(Line, write(rule, ends))
    if _mode(root) in ("automatic", "hybrid"):
        yield from map(Line, _automatic(ends))
    for rule in root.findall("nat/rule"):
        if not has(rule, "disabled"):
            yield from map(Line, _forward(rule, ends))


def _mode(root: Element) -> str:
    return text(root, "nat/outbound/mode") or "automatic"


def _one_to_one(rule: Element, ends: Ends) -> Iterator[str]:
    on = ends.device.on(text(rule, "interface") or "wan")
    source = ends.address(rule.find("source"), 4)
    target = ends.address(rule.find("destination"), 4)
    if not on or not source or not target:
        return
    if has(rule, "nobinat"):
        yield f"no binat on {on} inet from {source} to {target}"
        return
    _, slash, bits = source.partition("/")
    external = text(rule, "external") + slash + bits
    yield f"binat on {on} inet from {source} to {target} -> {external}"


def _prefix(rule: Element, ends: Ends) -> Iterator[str]:
    on = ends.device.on(text(rule, "interface") or "wan")
    inner, outer = text(rule, "source/address"), text(rule, "destination/address")
    if on:
        yield f"binat on {on} inet6 from {inner} to any -> {outer}"
        yield f"binat on {on} inet6 from any to {outer} -> {inner}"


def _outbound(rule: Element, ends: Ends) -> Iterator[str]:
    name = text(rule, "interface")
    source = _outbound_end(rule, "source", ends)
    target = _outbound_end(rule, "destination", ends)
    if name not in ends.device.interfaces or not source or not target:
        return
    source += ends.ports(text(rule, "sourceport").replace(":", "-"), nat=True)
    target += ends.ports(text(rule, "dstport").replace(":", "-"), nat=True)
    proto = text(rule, "protocol")
    proto = f"proto {{ {proto.replace('/', ' ')} }} " if proto and proto != "any" else ""
    match = f"nat on {ends.device.device(name)} inet {proto}from {source} to {target}"
    if has(rule, "nonat"):
        yield f"no {match}"
        return
    pool = text(rule, "target") or _interface_address(ends, name, 4)
    yield f"{match} -> {pool}{_pool_ports(rule)}"


def _outbound_end(rule: Element, side: str, ends: Ends) -> str:
    words = ("any", "network", "address")
    if not ends.device.has_tables and not any(has(rule, f"{side}/{each}") for each in words):
        # filter_nat_rules_generate_if: "sometimes this gets called with nothing".
        return "any"
    return ends.address(rule.find(side), 4, text(rule, f"{side}/network"))


def _pool_ports(rule: Element) -> str:
    if has(rule, "staticnatport"):
        return " static-port"
    return f" port {text(rule, 'natport') or '1024:65535'}"


def _interface_address(ends: Ends, name: str, family: int) -> str:
    """The interface's address; without one the rule has the interface itself in parentheses."""
    device = ends.device
    return device.address(name, family) or f"?ip{family}:{device.device(name)}"


def _automatic(ends: Ends) -> Iterator[str]:
    """Two rules for each interface with a gateway and each family."""
    device = ends.device
    inner = ["127.0.0.0/8", "::1"]
    for name in device.interfaces:
        network = device.network(name, 4)
        if device.has_gateway(name) or not network:
            continue
        nets = [network]
        for vip in device.vips(name):
            known = any(ip_address(vip.address) in ip_network(net) for net in nets)
            if vip.family == 4 and not known:
                nets.append(vip.network)
        inner += nets
    sources = "{ " + " ".join(inner) + " }"
    for name in device.interfaces:
        if device.has_gateway(name):
            for port in (" port 500", ""):
                for number, family in ((4, "inet"), (6, "inet6")):
                    match = f"nat on {device.device(name)} {family} from {sources} to any{port}"
                    pool = " static-port" if port else " port 1024:65535"
                    yield f"{match} -> {_interface_address(ends, name, number)}{pool}"


def _forward(rule: Element, ends: Ends) -> Iterator[str]:
    family = "inet6" if text(rule, "ipprotocol") == "inet6" else "inet"
    number = 6 if family == "inet6" else 4
    protocol = text(rule, "protocol").lower()
    on = ends.device.on(text(rule, "interface") or "wan")
    source = ends.address(rule.find("source"), number)
    target = ends.address(rule.find("destination"), number)
    if not on or not source or not target:
        return
    if protocol in WITH_PORTS:
        source += ends.ports(text(rule, "source/port"), nat=True)
        target += ends.ports(text(rule, "destination/port"), nat=True)
    proto = "" if protocol == "any" else f"proto {{ {protocol.replace('/', ' ')} }} "
    if has(rule, "nordr"):
        yield f"no rdr on {on} {family} {proto}from {source} to {target}"
        return
    action = "rdr pass" if text(rule, "associated-rule-id") == "pass" else "rdr"
    pool = _target(rule, ends) + (_local_port(rule, ends) if protocol in WITH_PORTS else "")
    yield f"{action} on {on} {family} {proto}from {source} to {target} -> {pool}"
    yield from _back_inside(rule, ends, number)


def _back_inside(rule: Element, ends: Ends, family: int) -> Iterator[str]:
    """Source translation for what a forward of any destination sends back into its own network."""
    name = text(rule, "interface") or "wan"
    device, port = ends.device, text(rule, "destination/port").partition("-")[0]
    if not has(rule, "destination/any") or device.has_gateway(name) or not port:
        return
    network, on = device.network(name, family), device.device(name)
    if not network or network[0] == "?":
        return
    start = f"nat on {on} {'inet' if family == 4 else 'inet6'} proto tcp from"
    if family == 4:
        # `($natif)` for the whole interface; once for each interface, and again does nothing.
        yield f"no {start} ({on}) to {network}"
    pool = device.address(name, family)
    if any(vip.is_own and vip.family == family for vip in device.vips(name)):
        pool = f"?pool:{on}"
    to = f"{_target(rule, ends)} port {ends.names.expand_port(port)}"
    yield f"{start} {network} to {to} -> {pool}"


def _target(rule: Element, ends: Ends) -> str:
    return ends.names.expand_address(text(rule, "target")) or text(rule, "target")


def _local_port(rule: Element, ends: Ends) -> str:
    """The port behind the translation; a range moves as a whole."""
    local, given = text(rule, "local-port"), text(rule, "destination/port")
    first, _, last = given.partition("-")
    if not local or local in (given, first):
        return ""
    if local in ends.names.aliases:
        return f" port {ends.names.words(local)[0]}"
    if last and last != first:
        return f" port {local}:{int(local) + int(last) - int(first)}"
    return f" port {local}"

"""OPNsense's translations in pf.conf's words: filter.inc, SNatRule.php and ForwardRule.php."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.oracles.pf.lines import Line
from tests.oracles.pf.opnends import OpnEnds
from tests.oracles.pf.tree import text


def _is_on(element: Element, path: str) -> bool:
    return text(element, path) not in ("", "0")


def translations(root: Element, ends: OpnEnds) -> Iterator[Line]:
    """All lines; rules against redirection of what is always open come before the user's."""
    from tests.oracles.pf.opnconf import lockout

    yield Line("no nat proto carp")
    yield Line("no rdr proto carp")
    mode = text(root, "nat/outbound/mode") or "automatic"
    if mode in ("advanced", "hybrid"):
        for rule in root.findall("nat/outbound/rule"):
            yield from map(Line, _outbound(rule, ends))
    if mode in ("automatic", "hybrid"):
        yield from map(Line, _automatic(ends))
    name, ports = lockout(ends.device)
    for port in ports:
        on = ends.device.device(name)
        yield Line(f"no rdr on {on} proto tcp from any to ({on}) port {port}")
    for rule in root.findall("nat/rule"):
        yield from map(Line, _forward(rule, ends))


def _pool(ends: OpnEnds, name: str) -> str:
    """`(em0:0)`: the first address of the interface."""
    device = ends.device
    return device.address(name, 4) or f"?ip4:{device.device(name)}"


def _outbound(rule: Element, ends: OpnEnds) -> Iterator[str]:
    name = text(rule, "interface")
    source, target = ends.address(rule.find("source")), ends.address(rule.find("destination"))
    if _is_on(rule, "disabled") or name not in ends.device.interfaces or not (source and target):
        return
    for port, tag in (("sourceport", "source"), ("dstport", "destination")):
        found = ends.port(text(rule, port).replace(":", "-"))
        if found is None:
            return
        if tag == "source":
            source += found
        else:
            target += found
    proto = text(rule, "protocol")
    proto = f"proto {{ {proto.replace('/', ' ')} }} " if proto else ""
    family = text(rule, "ipprotocol")
    match = f"nat on {ends.device.device(name)} {family} {proto}from {source} to {target}"
    if _is_on(rule, "nonat"):
        yield f"no {match}"
        return
    pool = text(rule, "target") or _pool(ends, name)
    ports = " static-port" if _is_on(rule, "staticnatport") else " port 1024:65535"
    yield f"{match} -> {pool}{ports}"


def _automatic(ends: OpnEnds) -> Iterator[str]:
    """Two rules for each interface with a gateway, and each network inside."""
    device = ends.device
    inner = [
        f"({device.device(name)}:network)"
        for name in device.interfaces
        if device.address(name, 4) and not device.has_gateway(name)
    ]
    for name in device.interfaces:
        if not device.has_gateway(name):
            continue
        for port in (" port 500", ""):
            for source in (*inner, "127.0.0.0/8"):
                match = f"nat on {device.device(name)} inet from {source} to any{port}"
                ports = " static-port" if port else " port 1024:65535"
                yield f"{match} -> {_pool(ends, name)}{ports}"


def _forward(rule: Element, ends: OpnEnds) -> Iterator[str]:
    on = ends.device.on(text(rule, "interface"))
    source, target = ends.address(rule.find("source")), ends.address(rule.find("destination"))
    if _is_on(rule, "disabled") or not on or not source or not target:
        return
    protocol = text(rule, "protocol")
    with_ports = protocol in ("tcp", "udp", "tcp/udp")
    if with_ports:
        port = ends.port(text(rule, "destination/port"))
        if port is None:
            return
        target += port
    proto = f"proto {{ {protocol.replace('/', ' ')} }} " if protocol and protocol != "any" else ""
    family = text(rule, "ipprotocol")
    match = f"on {on} {family} {proto}from {source} to {target}"
    if _is_on(rule, "nordr"):
        yield f"no rdr {match}"
        return
    action = "rdr pass" if text(rule, "associated-rule-id") == "pass" else "rdr"
    local = _local(rule, ends) if with_ports else ""
    target = ends.literal(text(rule, "target")) or text(rule, "target")
    yield f"{action} {match} -> {target}{local}"


def _local(rule: Element, ends: OpnEnds) -> str:
    local, given = text(rule, "local-port"), text(rule, "destination/port")
    if not local or local == given:
        return ""
    if local in ends.names.aliases:
        return f" port {ends.names.words(local)[0]}"
    first, _, last = given.partition("-")
    if last:
        return f" port {local}:{int(local) + int(last) - int(first)}"
    return f" port {local}"

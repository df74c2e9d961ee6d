"""The translations of an OPNsense, for the own reading: SNatRule, ForwardRule, DNatRule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from tests.oracles.opnsense.order import place
from tests.oracles.pf.lines import Line
from tests.oracles.pf.tree import has, text

if TYPE_CHECKING:
    from tests.oracles.opnsense.conf import Writer


def nat_lines(writer: Writer) -> Iterator[list[Line]]:
    """The lines of each rule."""
    root = writer.root
    mode = text(root, "nat/outbound/mode")
    if mode in ("advanced", "hybrid"):
        model = root.findall("OPNsense/Firewall/Filter/snatrules/rule")
        for rule in sorted(model, key=place):
            yield list(_source(writer, rule, _model_ends(rule)))
    for rule in root.findall("OPNsense/Firewall/Filter/npt/rule"):
        device = writer.mapping.get(text(rule, "interface"))
        if device and text(rule, "enabled") == "1":
            words = f"{text(rule, 'source_net')} to any -> {text(rule, 'destination_net')}"
            yield [Line(f"binat on {device} inet6 from {words}")]
    if mode in ("advanced", "hybrid"):
        for rule in root.findall("nat/outbound/rule"):
            yield list(_source(writer, rule, _older_ends(rule)))
    if mode in ("", "automatic", "hybrid"):
        yield list(_automatic(writer))
    yield list(_protected(writer))
    for rule in root.findall("OPNsense/Firewall/Filter/onetoone/rule"):
        yield list(_one_to_one(writer, rule))
    for rule in root.findall("nat/rule"):
        yield list(_forward(writer, rule))


def _model_ends(rule: Element) -> dict[str, str]:
    return {
        "from": text(rule, "source_net"), "from_not": text(rule, "source_not"),
        "to": text(rule, "destination_net"), "to_not": text(rule, "destination_not"),
        "sourceport": text(rule, "source_port"), "dstport": text(rule, "destination_port"),
        "is_off": "1" if text(rule, "enabled") == "0" else "",
    }  # fmt: skip


def _older_ends(rule: Element) -> dict[str, str]:
    sides = {
        tag: text(rule, f"{side}/network") or text(rule, f"{side}/address") or "any"
        for tag, side in (("from", "source"), ("to", "destination"))
    }
    return {
        **sides,
        "from_not": text(rule, "source/not"),
        "to_not": text(rule, "destination/not"),
        "sourceport": text(rule, "sourceport"),
        "dstport": text(rule, "dstport"),
        "is_off": text(rule, "disabled"),
    }


def _source(writer: Writer, rule: Element, ends: dict[str, str]) -> Iterator[Line]:
    interface = text(rule, "interface")
    device = writer.mapping.get(interface)
    if ends["is_off"] or not device:
        return
    family = text(rule, "ipprotocol") or "inet"
    asked = {
        "from_not": ends["from_not"] == "1",
        "to_not": ends["to_not"] == "1",
        "of_filter": False,
    }
    sides = [writer.address(asked, tag, ends[tag], family) for tag in ("from", "to")]
    ports = [writer.port(ends[tag]) for tag in ("sourceport", "dstport")]
    if None in sides or None in ports:
        return
    protocol = text(rule, "protocol").lower().replace("any", "")
    target = text(rule, "target") or _first(writer, interface, family)
    target = f"<{target}>" if target in writer.tables.aliases else target
    action = "no nat" if text(rule, "nonat") == "1" else "nat"
    for one, two in product(sides[0] or [], sides[1] or []):
        words = [action, "on", device, family, _proto(protocol)]
        words += ["from", one, ports[0] or "", "to", two, ports[1] or ""]
        words += [] if action == "no nat" else ["->", target, "port", "1024:65535"]
        yield Line(" ".join(word for word in words if word))


def _proto(protocol: str) -> str:
    return "" if not protocol else "proto " + ("{ tcp udp }" if protocol == "tcp/udp" else protocol)


def _first(writer: Writer, interface: str, family: str) -> str:
    tag = "ipaddr" if family == "inet" else "ipaddrv6"
    return text(writer.root, f"interfaces/{interface}/{tag}")


def _automatic(writer: Writer) -> Iterator[Line]:
    inside, outside = ["127.0.0.0/8"], []
    for name, device in writer.tables.devices.items():
        element = writer.root.find(f"interfaces/{name}")
        if not text(element, "ipaddr"):
            continue
        if text(element, "gateway"):
            outside.append((name, device))
        else:
            inside.append(f"({device}:network)")
    for name, device in outside:
        for each in inside:
            target = _first(writer, name, "inet")
            yield Line(f"nat on {device} inet from {each} to any -> {target} port 1024:65535")


def _protected(writer: Writer) -> Iterator[Line]:
    if has(writer.root, "system/webgui/noantilockout") or "lan" not in writer.tables.devices:
        return
    device = writer.tables.devices["lan"]
    for port in ("443", "80"):
        yield Line(f"no rdr on {device} proto tcp from any to ({device}) port {port}")


def _one_to_one(writer: Writer, rule: Element) -> Iterator[Line]:
    device = writer.mapping.get(text(rule, "interface"))
    if text(rule, "enabled") != "1" or not device:
        return
    inside, outside = text(rule, "source_net"), text(rule, "external")
    if "/" in inside and "/" not in outside:
        outside += "/" + inside.split("/")[1]
    asked = {"to_not": text(rule, "destination_not") == "1", "of_filter": False}
    for peer in writer.address(asked, "to", text(rule, "destination_net"), "inet") or []:
        yield Line(f"binat on {device} inet from {inside} to {peer} -> {outside}")


def _forward(writer: Writer, rule: Element) -> Iterator[Line]:
    if text(rule, "disabled") == "1":
        return
    found = writer.of_legacy(rule)
    found["of_filter"] = False
    local, protocol = text(rule, "local-port"), found["protocol"].replace("any", "")
    for made in writer.reader(found):
        ports = _target_ports(writer, rule, made["to_port"]) if protocol else ""
        target = text(rule, "target")
        target = f"<{target}>" if target in writer.tables.aliases else target
        action = "no rdr" if text(rule, "nordr") == "1" else "rdr"
        passes = text(rule, "pass") == "pass" or text(rule, "associated-rule-id") == "pass"
        for device in (made["interface"], *_reflected(writer, rule, made["ipprotocol"])):
            words = [action + (" pass" if passes and action == "rdr" else "")]
            words += ["on", device, made["ipprotocol"], _proto(protocol)]
            words += ["from", made["from"], made["from_port"], "to", made["to"], made["to_port"]]
            if action == "rdr":
                words += ["->", target, ports if local else ""]
            yield Line(" ".join(word for word in words if word))


def _target_ports(writer: Writer, rule: Element, to_port: str) -> str:
    local = text(rule, "local-port")
    if not local or local == text(rule, "destination/port"):
        return ""
    if local in writer.tables.aliases:
        return f"port {writer.tables.ports(local)[0]}"
    ends = to_port.removeprefix("port ").split(":")
    if len(ends) == 2 and "{" not in to_port:
        return f"port {local}:{int(local) + int(ends[1]) - int(ends[0])}"
    return f"port {local}"


def _reflected(writer: Writer, rule: Element, family: str) -> Iterator[str]:
    wanted = text(rule, "natreflection")
    default = "" if has(writer.root, "system/disablenatreflection") else "enable"
    if text(rule, "nordr") == "1" or (wanted or default) not in ("purenat", "enable"):
        return
    for name, device in writer.tables.devices.items():
        element = writer.root.find(f"interfaces/{name}")
        tag = "ipaddr" if family == "inet" else "ipaddrv6"
        has_gateway = text(element, "gateway") or text(element, "gatewayv6")
        if (
            name not in text(rule, "interface").split(",")
            and not has_gateway
            and text(element, tag)
        ):
            yield device

"""From OPNsense's config.xml to the rules that it loads: an own reading of its sources.

They are filter.inc and filter.lib.inc (filter_core_rules_system, filter_core_rules_user), and
Rule.php, FilterRule.php, FilterRuleField.php of OPNsense/Firewall.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.oracles.pf.device import Device
from tests.oracles.pf.lines import Line, PfConf
from tests.oracles.pf.opnends import OpnEnds, OpnNames
from tests.oracles.pf.opnnat import translations
from tests.oracles.pf.tree import has, text

_FLOATING, _GROUP, _SINGLE = 200_000, 300_000, 400_000
_LOCAL, _ALL = "fe80::/10", "ff02::/16"
# Since 24.1; before, 127.0.0.0/8 and fc00::/7 were among them.
_PRIVATE4 = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
_PRIVATE6 = ("fd00::/8", "fe80::/10")


def is_on(element: Element | None, path: str) -> bool:
    """What PHP calls not empty."""
    return text(element, path) not in ("", "0")


def opn_conf(root: Element) -> PfConf:
    """All tables and rules for the config."""
    device = _device(root)
    names = OpnNames(root)
    ends = OpnEnds(device, names)
    system = [Line(each) for each in _system(device)]
    return PfConf(
        is_enabled=not is_on(root, "system/disablefilter"),
        tables=ends.tables(),
        groups={name: device.members(name) for name in device.groups},
        translations=tuple(translations(root, ends)),
        filters=(*system, *_user_rules(root, ends)),
        apart=ends.apart(),
    )


def _device(root: Element) -> Device:
    """The interfaces; the loopback and those that stand for groups are none."""
    device = Device(root)
    device.interfaces = {
        name: each for name, each in device.interfaces.items() if not has(each, "virtual")
    }
    return device


def _system(device: Device) -> Iterator[str]:
    """What comes before the user's rules; without a direction a rule is about `in`."""
    root = device.root
    has_ipv6 = has(root, "system/ipv6allow")
    if not has_ipv6:
        yield "block in quick inet6 all"
    yield "block in inet all"
    yield "block in inet6 all"
    if has_ipv6:
        start = "quick inet6 proto ipv6-icmp from"
        yield f"pass in {start} any to any icmp6-type {{ 1 2 3 4 135 136 }}"
        echo, types = "{ 128 129 133 134 135 136 }", "{ 128 133 134 135 136 }"
        for target in (_LOCAL, _ALL):
            yield f"pass out {start} (self) to {target} icmp6-type {echo}"
        for source, target in ((_LOCAL, _LOCAL), (_LOCAL, _ALL), (_ALL, _LOCAL), ("::", _ALL)):
            yield f"pass in {start} {source} to {target} icmp6-type {types}"
    for family in ("inet", "inet6"):
        yield f"block in quick {family} proto {{ tcp udp }} from any port 0 to any"
        yield f"block in quick {family} proto {{ tcp udp }} from any to any port 0"
    if any(text(vip, "mode") == "carp" for vip in root.findall("virtualip/vip")):
        for target in ("ff02::12", "224.0.0.18"):
            yield f"pass quick proto carp from any to {target}"
    for name, interface in device.interfaces.items():
        yield from _clients(device.device(name), interface, has_ipv6=has_ipv6)
    for name, interface in device.interfaces.items():
        yield from _blocked(device.device(name), interface, has_ipv6=has_ipv6)
    yield "pass out all keep state"
    yield from _anti_lockout(device)


def _clients(on: str, interface: Element, *, has_ipv6: bool) -> Iterator[str]:
    if text(interface, "ipaddr") == "dhcp":
        udp = f"quick on {on} proto udp from"
        yield f"pass in {udp} any port 67 to any port 68"
        yield f"pass out {udp} any port 68 to any port 67"
    udp = f"quick on {on} inet6 proto udp from"
    if has_ipv6 and text(interface, "ipaddrv6") in ("slaac", "dhcp6"):
        yield f"pass in {udp} any to {_LOCAL} port 546"
        for target in (_LOCAL, _ALL):
            yield f"pass out {udp} {_LOCAL} port 546 to {target} port 547"


def _blocked(on: str, interface: Element, *, has_ipv6: bool) -> Iterator[str]:
    if has(interface, "blockbogons"):
        yield f"block in quick on {on} inet from <bogons> to any"
        if has_ipv6:
            yield f"block in quick on {on} inet6 from <bogonsv6> to any"
    if has(interface, "blockpriv"):
        for network in (*_PRIVATE4, *(_PRIVATE6 if has_ipv6 else ())):
            yield f"block in quick on {on} from {network} to any"


def lockout(device: Device) -> tuple[str, list[str]]:
    """The interface and the ports that stay open (filter_core_get_antilockout)."""
    root = device.root
    every = [each.tag for each in root.findall("interfaces/*") if not has(each, "virtual")]
    # get_primary_interface_from_list knows no other names.
    names = [name for name in ("lan", "opt1", "opt2", "wan") if name in every]
    first = names[0] if names else ""
    if has(root, "system/webgui/noantilockout") or first not in device.interfaces:
        return "", []
    is_https = text(root, "system/webgui/protocol") == "https"
    ports = [text(root, "system/webgui/port") or ("443" if is_https else "80")]
    if is_https and not has(root, "system/webgui/disablehttpredirect"):
        ports.append("80")
    if has(root, "system/ssh/enabled"):
        ports.append(text(root, "system/ssh/port") or "22")
    return first, ports


def _anti_lockout(device: Device) -> Iterator[str]:
    name, ports = lockout(device)
    if name:
        target = f"(self) port {{ {' '.join(ports)} }}"
        yield f"pass in quick on {device.device(name)} proto tcp from any to {target} keep state"


def _user_rules(root: Element, ends: OpnEnds) -> Iterator[Line]:
    """Rules by priority; of one priority the model's come first, by their sequence."""
    sequences = {
        text(each, "ifname"): int(text(each, "sequence") or 0)
        for each in root.findall("ifgroups/ifgroupentry")
    }
    placed: list[tuple[tuple[int, int, int], Element]] = []
    for number, rule in enumerate(root.findall("OPNsense/Firewall/Filter/rules/rule")):
        names = [name for name in text(rule, "interface").split(",") if name]
        priority = _priority(names[0], sequences) if len(names) == 1 else _FLOATING
        placed.append(((priority, int(text(rule, "sequence") or 1), number), as_older(rule)))
    for number, rule in enumerate(root.findall("filter/rule")):
        priority = _priority(text(rule, "interface"), sequences)
        placed.append(((_FLOATING if has(rule, "floating") else priority, 10**6, number), rule))
    schedules = {text(each, "name") for each in root.findall("schedules/schedule")}
    for _, rule in sorted(placed, key=lambda each: each[0]):
        schedule = text(rule, "sched")
        for line in ends.rule(rule):
            yield Line(line, schedule if schedule in schedules else "")


def _priority(name: str, sequences: dict[str, int]) -> int:
    return _GROUP + sequences[name] if name in sequences else _SINGLE


def as_older(rule: Element) -> Element:
    """A rule of the model in the older form (FilterRuleField.php, serialize)."""
    made = Element("rule")
    values = {tag: text(rule, tag) for tag in ("interface", "direction", "ipprotocol", "statetype")}
    # A model fills in its defaults (Filter.xml).
    for tag, default in (("quick", "1"), ("ipprotocol", "inet")):
        values[tag] = text(rule, tag) if has(rule, tag) else default
    values["type"] = text(rule, "action")
    values["disabled"] = "" if is_on(rule, "enabled") or not has(rule, "enabled") else "1"
    if text(rule, "protocol") != "any":
        values["protocol"] = text(rule, "protocol").lower()
    for tag, value in values.items():
        child = Element(tag)
        child.text = value
        made.append(child)
    for end in ("source", "destination"):
        side = Element(end)
        name = text(rule, f"{end}_net")
        port = text(rule, f"{end}_port")
        for tag, value in (("any" if name == "any" else "network", name), ("port", port)):
            child = Element(tag)
            child.text = value
            side.append(child)
        if is_on(rule, f"{end}_not"):
            side.append(Element("not"))
        made.append(side)
    return made

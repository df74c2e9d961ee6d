"""That nothing in the sections about filtering goes unsaid."""

from parsers.pf.around import oddities
from parsers.pf.coverage import CHILDREN, LEAVES, is_known
from parsers.pf.pfsense.aliases import ALIAS_TYPES
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.interfaces import GIVEN_BY
from parsers.pf.strange import strange, without_prefix
from parsers.pf.switches import odd_switches
from parsers.pf.values import network, port
from parsers.pf.xml import Element

_OLDEST = 17.0
"""The version of the configuration of CE 2.4."""
_NEWEST = 24.0
"""That of CE 2.8, whose filter.inc is the last one that is read here."""
_ETHERNET = ("ether", "layer2", "l2rule")
"""How sections with rules for Ethernet begin: Plus has them since 23.05, and its code is not public
(docs.netgate.com, Ethernet (Layer 2) Rules)."""
_MODES = frozenset({"ipalias", "carp", "proxyarp", "other"})
_PACKAGES = {
    "snort": "Snort can block hosts at run time",
    "suricata": "Suricata can block hosts at run time",
    "pfblockerng": "pfBlockerNG can fill tables and block at run time",
    "crowdsec": "CrowdSec can block hosts at run time",
    "miniupnpd": "UPnP can open ports at run time",
}

_COMMANDS = ("earlyshellcmd", "shellcmd", "afterfilterchangeshellcmd")


def remark_unknown(device: Device) -> None:
    """Remark every element of the sections that is neither read nor ignored on purpose."""
    for path, known in CHILDREN.items():
        for section in device.root.below(*path):
            for child in section.children:
                if child.tag not in known:
                    device.remarks.say("FW901", f"<{child.tag}> is not understood", child)
    for path in LEAVES:
        for entry in device.root.below(*path):
            for each in strange(entry, is_known(*path)):
                device.remarks.say("FW901", each.message, each.element)
    for each in (*without_prefix(device.root), *oddities(device.root), *odd_switches(device.root)):
        device.remarks.say("FW901", each.message, each.element)
    for assigned in device.assigned:
        for side, tag in ((assigned.v4, "ipaddr"), (assigned.v6, "ipaddrv6")):
            if side.given_by not in {"", assigned.device, *GIVEN_BY}:
                why = f"the address of {assigned.id} is not understood: {side.given_by}"
                device.remarks.say("FW901", why, assigned.element.child(tag) or assigned.element)
    _remark_version(device)
    for vip in device.section("virtualip", "vip"):
        if vip.get("mode") not in _MODES:
            _say(device, vip, "mode", "kind of virtual address")
        if network(vip.get("subnet")) is None:
            _say(device, vip, "subnet", "address")
        elif network(f"{vip.get('subnet')}/{vip.get('subnet_bits')}") is None:
            _say(device, vip, "subnet_bits", "length of a network")
    for service in ("webgui", "ssh"):
        told = device.system.child(service)
        if told and told.get("port") and port(told.get("port")) is None:
            _say(device, told, "port", "port")
    for alias in device.section("aliases", "alias"):
        if alias.get("type") not in ALIAS_TYPES:
            _say(device, alias, "type", "kind of alias")
        if not alias.get("name"):
            _say(device, alias, "name", "name of an alias")


def _remark_version(device: Device) -> None:
    found = device.root.child("version")
    if not found or not found.text:
        return
    if device.version is None or device.version < _OLDEST:
        why = f"`{found.text}` is no version of CE 2.4 or later: what differs there is not read"
        device.remarks.say("FW901", why, found)
    elif device.version > _NEWEST:
        why = f"`{found.text}` is newer than CE 2.8 ({_NEWEST}): what differs there is not read"
        device.remarks.say("FW902", why, found)


def _say(device: Device, element: Element, tag: str, what: str) -> None:
    # What is no such thing is not quoted: it may be a secret in the wrong place.
    why = f"<{tag}> is no {what} that is known here"
    device.remarks.say("FW901", why, element.child(tag) or element)


def remark_packages(device: Device) -> None:
    """Remark what changes the filter at run time, or adds rules that the export does not hold."""
    for package in device.section("installedpackages", "package"):
        name = package.get("name")
        if package.get("filter_rule_function"):
            why = f"the package {name} adds rules that are not in the export"
            device.remarks.say("FW902", why, package)
    settings = device.root.child("installedpackages")
    for section in settings.children if settings else ():
        for start, why in _PACKAGES.items():
            if section.tag.startswith(start) and _is_on(section.find("config")):
                device.remarks.say("FW902", why, section)


def remark_commands(device: Device) -> None:
    """Remark what runs beside the rules and may change what becomes of packets."""
    for tag in _COMMANDS:
        for command in device.system.all(tag):
            if command.text:
                device.remarks.say("FW902", "a command can change the filter at run time", command)
    for parent in (device.root, device.system):
        for each in parent.children:
            if each.tag.startswith(_ETHERNET):
                why = "rules for Ethernet frames can drop packets before the rules that are read"
                device.remarks.say("FW902", why, each)
    for server in device.section("load_balancer", "virtual_server"):
        why = "the load balancer redirects to its servers at run time"
        device.remarks.say("FW902", why, server)


def _is_on(config: Element | None) -> bool:
    if config is None:
        return False
    switches = [child for child in config.children if child.tag.startswith("enable")]
    return any(switch.text not in {"", "off", "no", "0"} for switch in switches) or not switches

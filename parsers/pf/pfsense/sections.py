"""That nothing in the sections about filtering goes unsaid."""

from parsers.pf.coverage import CHILDREN, IGNORED_STARTS, LEAVES
from parsers.pf.pfsense.device import Device
from parsers.pf.xml import Element

_PACKAGES = {
    "snort": "Snort can block hosts at run time",
    "suricata": "Suricata can block hosts at run time",
    "pfblockerng": "pfBlockerNG can fill tables and block at run time",
    "miniupnpd": "UPnP can open ports at run time",
}


def remark_unknown(device: Device) -> None:
    """Remark every element of the sections that is neither read nor ignored on purpose."""
    for path, known in CHILDREN.items():
        section = device.root.find(*path)
        for child in section.children if section else ():
            if child.tag not in known:
                device.remarks.say("FW901", f"<{child.tag}> is not understood", child)
    for path, (known, ignored) in LEAVES.items():
        parents = device.section(*path) if path[-1] != "*" else device.section_children(*path[:-1])
        for parent in parents:
            for child in parent.children:
                tag = child.tag
                if tag not in known and tag not in ignored and not tag.startswith(IGNORED_STARTS):
                    device.remarks.say("FW901", f"<{tag}> is not understood", child)


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


def _is_on(config: Element | None) -> bool:
    if config is None:
        return False
    switches = [child for child in config.children if child.tag.startswith("enable")]
    return any(switch.text not in {"", "off", "no", "0"} for switch in switches) or not switches

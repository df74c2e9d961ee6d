"""From a config.xml to the rules that pfSense loads: an own reading of its filter.inc."""

from xml.etree.ElementTree import Element

from tests.oracles.pf.device import Device
from tests.oracles.pf.ends import Ends
from tests.oracles.pf.lines import Line, PfConf
from tests.oracles.pf.names import Names
from tests.oracles.pf.natlines import translations
from tests.oracles.pf.systemrules import before_user_rules
from tests.oracles.pf.tree import has
from tests.oracles.pf.userrules import user_rules


def pf_conf(root: Element) -> PfConf:
    """All tables and rules for the config."""
    device, names = Device(root), Names(root)
    ends = Ends(device, names)
    tables = {
        name: names.words(name)
        for name in names.aliases
        if names.kind(name) in ("host", "network", "url", "urltable")
    }
    for name in (*device.interfaces, *device.groups):
        tables[f"{name.upper()}__NETWORK"] = tuple(device.networks(name))
    tables["bogons"], tables["bogonsv6"] = ("?bogons",), ("?bogonsv6",)
    tables["(self)"] = tuple(device.itself())
    for name in device.interfaces:
        tables[f"({device.device(name)})"] = tuple(device.addresses(name))
    static = [device.network(name, family) for name in device.interfaces for family in (4, 6)]
    nets = tuple(each for each in static if each and each[0] != "?")
    words = [
        word
        for name in device.interfaces
        for word in (device.address(name, 4), device.address(name, 6), f"({device.device(name)})")
    ]
    system = [Line(each) for each in before_user_rules(device)]
    return PfConf(
        is_enabled=not has(root, "system/disablefilter"),
        tables=tables,
        groups={name: device.members(name) for name in device.groups},
        translations=tuple(translations(root, ends)),
        filters=(*system, *user_rules(root, ends)),
        # An address that only the firewall knows is in no static network of another interface.
        apart=dict.fromkeys(["(self)", *words], nets),
    )

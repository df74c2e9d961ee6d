"""Reads config.xml of pfSense (CE 2.4 and later, Plus): the rules that filter.inc makes of it."""

from parsers.pf.bridges import bridges, crossed, moved
from parsers.pf.ipsec import DEVICE, Tunnels, asked, mode, translated
from parsers.pf.pfsense.after import after
from parsers.pf.pfsense.beside import beside
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints
from parsers.pf.pfsense.forwards import Forwards
from parsers.pf.pfsense.interfaces import IPSEC, Port
from parsers.pf.pfsense.links import links
from parsers.pf.pfsense.outbound import outbound, without_carp
from parsers.pf.pfsense.returning import returning
from parsers.pf.pfsense.rules import user_rules
from parsers.pf.pfsense.sections import remark_commands, remark_packages, remark_unknown
from parsers.pf.pfsense.system import System
from parsers.pf.rules import Configuration
from parsers.pf.xml import Element


def read(root: Element) -> Configuration:
    """What a `<pfsense>` says about filtering."""
    device = Device(root)
    endpoints = Endpoints(device)
    system = System(device, endpoints)
    tunnels = _tunnels(device)
    made = (*system.before(), *user_rules(device, endpoints), *after(device))
    bridged = bridges(root, lambda id_: device.ports[id_].names if id_ in device.ports else ())
    rules = tuple(crossed(asked(made, tunnels, device.remarks), bridged, device.remarks))
    forwards = tuple(Forwards(device, endpoints).all())
    translations = (
        *beside(device),
        *forwards,
        *outbound(device, endpoints),
        *returning(forwards, device, endpoints),
    )
    if translations:
        translations = tuple(moved(translated(translations, tunnels), bridged))
        translations = (*without_carp(system.place), *translations)
    remark_unknown(device)
    remark_packages(device)
    remark_commands(device)
    is_filtering = not device.system.has("disablefilter")
    if not is_filtering:
        device.remarks.say(
            "FW313", "packet filtering is switched off: everything passes", device.system
        )
    return Configuration(
        "pfSense",
        root,
        rules,
        translations,
        tuple(links(device)),
        device.remarks.all(),
        device.itself(),
        is_filtering,
    )


def _tunnels(device: Device) -> Tunnels:
    """IPsec's interfaces, and where pf asks its rules about what comes through them."""
    names = [name for each in device.assigned if _is_routed(each) for name in each.names]
    section = device.root.child("ipsec") or device.root
    return Tunnels(mode(device.root), frozenset(IPSEC), tuple(names), section)


def _is_routed(port: Port) -> bool:
    return port.device.startswith(DEVICE)

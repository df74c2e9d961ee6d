"""What switches tunnels and services on and off, and which words it has.

Any other word is taken for one of the two here, and the device may take it for the other one; so
it may where a switch stands twice, or the section around it. All that is remarked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from parsers.pf.strange import Strange
from parsers.pf.xml import Element

_Words = frozenset[str]
_MODEL: Final = frozenset(("", "0", "1"))
"""BooleanField.php: a model of OPNsense takes no other words."""
_PAGE: Final = frozenset(("", "1", "yes", "on", "true", "enabled"))
"""What older pages of OPNsense write for on."""
_OLDER: Final = _PAGE | {"0"}
_PACKAGE: Final = frozenset(("", "on", "off"))
_ITEM: Final = frozenset(("", "yes", "no"))
_WIREGUARD: Final[Mapping[tuple[str, ...], Mapping[str, _Words]]] = {
    ("config",): {"enable": _PACKAGE},
    ("tunnels", "item"): {"enabled": _ITEM},
    ("peers", "item"): {"enabled": _ITEM},
}
_SWITCHES: Final[Mapping[str, Mapping[tuple[str, ...], Mapping[str, _Words]]]] = {
    # Most switches of pfSense are on wherever they are there (`isset`), whatever they say.
    "pfsense": {
        **{
            (*above, *path): words
            for above in (("wireguard",), ("installedpackages", "wireguard"))
            for path, words in _WIREGUARD.items()
        },
        ("ipsec", "phase2"): {"mode": frozenset(("", "tunnel", "tunnel6", "transport", "vti"))},
        ("installedpackages", "miniupnpd", "config"): {"enable": _PACKAGE},
    },
    "opnsense": {
        ("opnsense", "wireguard", "general"): {"enabled": _MODEL},
        ("opnsense", "wireguard", "server", "servers", "server"): {
            "enabled": _MODEL,
            "disableroutes": _MODEL,
        },
        ("opnsense", "wireguard", "client", "clients", "client"): {"enabled": _MODEL},
        ("opnsense", "openvpn", "instances", "instance"): {
            "enabled": _MODEL,
            "role": frozenset(("", "client", "server")),
        },
        ("opnsense", "swanctl", "connections", "connection"): {"enabled": _MODEL},
        ("opnsense", "swanctl", "children", "child"): {
            "enabled": _MODEL,
            "policies": _MODEL,
            "mode": frozenset(("", "tunnel", "transport", "pass", "drop")),
        },
        ("opnsense", "swanctl", "pools", "pool"): {"enabled": _MODEL},
        ("opnsense", "gateways", "gateway_item"): {"disabled": _MODEL, "defaultgw": _MODEL},
        ("opnsense", "kea", "dhcp4", "general"): {"enabled": _MODEL, "fwrules": _MODEL},
        ("opnsense", "kea", "dhcp6", "general"): {"enabled": _MODEL, "fwrules": _MODEL},
        ("opnsense", "captiveportal", "zones", "zone"): {"enabled": _MODEL},
        ("dnsmasq",): {"enable": _OLDER},
        ("dnsmasq", "dhcp"): {"default_fw_rules": _OLDER},
        ("openvpn", "openvpn-server"): {"disable": _OLDER},
        ("openvpn", "openvpn-client"): {"disable": _OLDER},
        # ipsec.inc asks of some only whether they are there.
        ("ipsec",): {"enable": _PAGE},
        ("ipsec", "client"): {"enable": _PAGE},
        ("ipsec", "phase1"): {"disabled": _PAGE},
        ("ipsec", "phase2"): {
            "disabled": _PAGE,
            "mode": frozenset(("", "tunnel", "tunnel6", "transport", "route-based", "vti")),
        },
        ("staticroutes", "route"): {"disabled": _OLDER},
        ("gateways", "gateway_item"): {"disabled": _OLDER, "defaultgw": _OLDER},
        ("installedpackages", "miniupnpd", "config"): {"enable": _OLDER | {"off"}},
    },
}
_LISTS: Final = frozenset(("item", "config"))
"""Tags of which a section of a package may have several (xmlparse.inc, listtags)."""


def odd_switches(root: Element) -> Iterator[Strange]:
    """The switches with a word that is not known, and what of them or around them is twice."""
    switches = _SWITCHES[root.tag]
    around = {path[:end] for path in switches for end in range(2, len(path))}
    for *above, tag in sorted(around):
        for parent in root.below(*above) if tag not in _LISTS else ():
            yield from _twice(parent, (tag,))
    for path, known in switches.items():
        for entry in root.below(*path):
            yield from _twice(entry, known)
            for tag, words in known.items():
                odd = (each for each in entry.all(tag) if each.children or each.text not in words)
                for each in odd:
                    yield Strange(each, f"<{tag}> has a word that is not known here", "")


def _twice(entry: Element, tags: Iterable[str]) -> Iterator[Strange]:
    for tag in tags:
        count = len(entry.all(tag))
        if count > 1:
            yield Strange(entry, f"<{tag}> stands in it {count} times", "")

"""The words that elements of OPNsense's sections hold, where there are only a few."""

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(("", *text.split()))


def _are(words: frozenset[str], tags: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(tags.split(), words)


_SWITCH: Final = _words("0 1")
"""BooleanField.php: a model takes no other words."""
_OLDER_SWITCH: Final = _words("0 1 yes on true enabled")
"""Older pages write one of them; all but the first count as on."""
_FAMILIES: Final = _words("inet inet6 inet46")
_WAYS: Final = _words("in out any")
# FilterRule.php writes type, direction and family into pf's rules as they are (`parsePlain`): pf
# refuses all rules where one of them is no word of its own.
_ACTIONS: Final = _words("pass block reject match")
_STATES: Final = _words("keep sloppy modulate synproxy none") | {
    *("keep state", "sloppy state", "modulate state", "synproxy state")
}
_CHOICES: Final[dict[tuple[str, ...], Mapping[str, frozenset[str]]]] = {
    ("opnsense", "firewall", "filter", "rules", "rule"): {
        **_are(_SWITCH, "enabled quick interfacenot source_not destination_not tcpflags_any"),
        **_are(_SWITCH, "received-on-not"),
        "action": _ACTIONS,
        "direction": _WAYS,
        "statetype": _STATES,
    },
    ("filter", "rule"): {
        **_are(_OLDER_SWITCH, "disabled quick interfacenot tcpflags_any floating not"),
        "type": _ACTIONS,
        "direction": _WAYS,
        "statetype": _STATES,
    },
    ("opnsense", "firewall", "filter", "snatrules", "rule"): {
        **_are(_SWITCH, "enabled nonat source_not destination_not"),
        "ipprotocol": _FAMILIES,
    },
    ("opnsense", "firewall", "filter", "onetoone", "rule"): {
        **_are(_SWITCH, "enabled source_not destination_not"),
        "type": _words("binat nat"),
    },
    ("opnsense", "firewall", "filter", "npt", "rule"): _are(_SWITCH, "enabled"),
    ("nat", "rule"): {
        **_are(_OLDER_SWITCH, "disabled nordr not"),
        "ipprotocol": _FAMILIES,
        "pass": _words("pass rule"),
    },
    ("nat", "outbound", "rule"): {
        **_are(_OLDER_SWITCH, "disabled nonat not"),
        "ipprotocol": _FAMILIES,
    },
    ("nat", "onetoone"): {**_are(_OLDER_SWITCH, "disabled not"), "type": _words("binat nat")},
    ("nat", "npt"): _are(_OLDER_SWITCH, "disabled not"),
    ("opnsense", "firewall", "alias", "aliases", "alias"): _are(_SWITCH, "enabled"),
    ("interfaces", "*"): _are(_OLDER_SWITCH, "enable blockpriv blockbogons virtual"),
    ("opnsense", "firewall", "filter", "settings", "filter"): _are(
        _SWITCH,
        "disable_filter no_antilockout no_ipv6_rfc4890_req no_port0_block no_virusprot"
        " skip_rules_gw_down bypass_static_routes",
    ),
}


def choices(*path: str) -> Mapping[str, frozenset[str]]:
    """The words of the elements of a section that hold one of a few, by tag."""
    return _CHOICES.get(path, {})

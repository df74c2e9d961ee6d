"""The words that elements of OPNsense's sections hold, where there are only some."""

from collections.abc import Callable, Container, Mapping
from typing import Final

from flowmodel.record import dataclass
from parsers.pf.values import network
from parsers.shared.digits import is_decimal


@dataclass(frozen=True, slots=True)
class _Such:
    """The words of a form."""

    is_such: Callable[[str], bool]

    def __contains__(self, word: object, /) -> bool:
        return isinstance(word, str) and self.is_such(word)


def _is_number(text: str) -> bool:
    return not text or (is_decimal(text) and len(text) < 8)


def _words(text: str) -> frozenset[str]:
    return frozenset(("", *text.split()))


def _are(words: Container[str], tags: str) -> dict[str, Container[str]]:
    return dict.fromkeys(tags.split(), words)


def _length(longest: int) -> Container[str]:
    return _Such(lambda text: _is_number(text) and int(text or "0") <= longest)


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
# IntegerField.php; PHP reads the digits that a word begins with, or stops at it.
_NUMBER: Final = _Such(_is_number)
_ADDRESS: Final = _Such(lambda text: not text or network(text) is not None)
_CHOICES: Final[dict[tuple[str, ...], Mapping[str, Container[str]]]] = {
    ("opnsense", "firewall", "filter", "rules", "rule"): {
        **_are(_SWITCH, "enabled quick interfacenot source_not destination_not tcpflags_any"),
        **_are(_SWITCH, "received-on-not"),
        "action": _ACTIONS,
        "direction": _WAYS,
        "statetype": _STATES,
        "sequence": _NUMBER,
    },
    ("filter", "rule"): {
        **_are(_OLDER_SWITCH, "disabled quick interfacenot tcpflags_any floating not"),
        "type": _ACTIONS,
        "direction": _WAYS,
        "statetype": _STATES,
    },
    ("opnsense", "firewall", "filter", "snatrules", "rule"): {
        **_are(_SWITCH, "enabled nonat source_not destination_not"),
        "sequence": _NUMBER,
        "ipprotocol": _FAMILIES,
    },
    ("opnsense", "firewall", "filter", "onetoone", "rule"): {
        **_are(_SWITCH, "enabled source_not destination_not"),
        "sequence": _NUMBER,
        "type": _words("binat nat"),
    },
    ("opnsense", "firewall", "filter", "npt", "rule"): {
        "enabled": _SWITCH,
        "sequence": _NUMBER,
    },
    ("nat", "rule"): {
        **_are(_OLDER_SWITCH, "disabled nordr not"),
        "sequence": _NUMBER,
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
    ("interfaces", "*"): {
        **_are(_OLDER_SWITCH, "enable blockpriv blockbogons virtual"),
        **_are(_length(32), "subnet alias-subnet"),
        "subnetv6": _length(128),
    },
    ("ifgroups", "ifgroupentry"): {"sequence": _NUMBER},
    ("virtualip", "vip"): {"subnet": _ADDRESS, "subnet_bits": _NUMBER},
    ("opnsense", "firewall", "filter", "settings", "filter"): _are(
        _SWITCH,
        "disable_filter no_antilockout no_ipv6_rfc4890_req no_port0_block no_virusprot"
        " skip_rules_gw_down bypass_static_routes",
    ),
}


def choices(*path: str) -> Mapping[str, Container[str]]:
    """The words of the elements of a section that hold one of some, by tag."""
    return _CHOICES.get(path, {})

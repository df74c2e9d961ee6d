"""What the names of exports say of their devices."""

import pytest

from parsers.shared.grouping import told

_STEMS = {
    "web.v4": "web",
    "web.v6": "web",
    "web.rules": "web",
    "web.rules6": "web",
    "web.iptables-save": "web",
    "web.ip6tables-save.txt": "web",
    "iptables-web": "web",
    "ip6tables-save.web": "web",
    "web.addr.json": "web",
    "web.route6.json": "web",
    "web-01.example.net.nft": "web-01.example.net",
    "10.0.0.1.rules": "10.0.0.1",
    "10.0.0.2.rules": "10.0.0.2",
    "Web_DMZ.rules.v4": "Web_DMZ",
    "rules.v4": "",
    "iptables-save": "",
    "nftables.conf": "",
    "list.nft": "",
    "config.xml": "",
    "addr.json": "",
    "web": "web",
    "v4web.rules": "v4web",
    "edge.rule.json": "edge",
    "edge.legacy.rules6": "edge",
    "edge-legacy.rules": "edge-legacy",
    "legacy.v4": "legacy",
}


@pytest.mark.parametrize(("name", "expected"), _STEMS.items(), ids=_STEMS)
def test_a_name_without_tool_family_and_format_is_the_devices(name: str, expected: str) -> None:
    assert told(name).stem == expected


_VARIANTS = {
    "web.v4": (4, False),
    "web.v6": (6, False),
    "web.rules": (4, False),
    "web.rules6": (6, False),
    "rules.v4": (4, False),
    "rules.v6": (6, False),
    "iptables.rules": (4, False),
    "ip6tables.rules": (6, False),
    "iptables-save": (4, False),
    "ip6tables-save": (6, False),
    "ip6tables": (6, False),
    "web.IP6tables-save.txt": (6, False),
    "web.legacy.rules": (4, True),
    "web.legacy.rules6": (6, True),
    "web-legacy.rules": (4, False),
    "web6.v4": (4, False),
}


@pytest.mark.parametrize(("name", "expected"), _VARIANTS.items(), ids=_VARIANTS)
def test_what_is_cut_off_a_name_says_which_rules_they_are(
    name: str, expected: tuple[int, bool]
) -> None:
    assert told(name).variant == expected

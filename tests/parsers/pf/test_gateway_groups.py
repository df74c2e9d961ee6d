"""Gateways stand in for each other through several groups, in whatever order these are."""

from collections.abc import Collection
from itertools import permutations

import pytest

from parsers.pf.pfsense.links import AUTOMATIC
from tests.parsers.pf.opnsense.reading import links_of
from tests.parsers.pf.reading import of_text, said, whole

_INTERFACES = "".join(
    f"<opt{number}><enable>1</enable><if>{device}</if><descr>o{number}</descr>"
    f"<ipaddr>10.{number}.0.1</ipaddr><subnet>24</subnet></opt{number}>"
    for number, device in ((5, "em5"), (6, "em6"), (7, "em7"), (8, "ovpnc1"))
)
_GATEWAYS = "".join(
    f"<gateway_item><name>{name}</name><interface>{interface}</interface></gateway_item>"
    for name, interface in (
        ("GW", "wan"),
        ("G5", "opt5"),
        ("G6", "opt6"),
        ("G7", "opt7"),
        ("VPN", "opt8"),
    )
)
GROUPS = {
    "one": ((("GW", "G5"),), {"opt5"}),
    "through another": ((("GW", "G5"), ("G5", "G6")), {"opt5", "opt6"}),
    "through two": ((("GW", "G5"), ("G5", "G6"), ("G6", "G7")), {"opt5", "opt6", "opt7"}),
    "among others": ((("GW", "G5"), ("G6", "G7")), {"opt5"}),
    "not by a tunnel": ((("GW", "VPN"), ("VPN", "G5")), set()),
    "one by itself": ((("GW",), ("G5", "G6")), set()),
}
groups = pytest.mark.parametrize(("several", "outside"), GROUPS.values(), ids=GROUPS)


def _groups(several: Collection[tuple[str, ...]]) -> str:
    return "".join(
        f"<gateway_group><name>{'_'.join(names)}</name>"
        + "".join(f"<item>{name}|{tier}|address</item>" for tier, name in enumerate(names, 1))
        + "</gateway_group>"
        for names in several
    )


@groups
def test_of_pfsense(several: tuple[tuple[str, ...], ...], outside: set[str]) -> None:
    for order in permutations(several):
        text = whole(f"<gateways>{_GATEWAYS}{_groups(order)}</gateways>")
        found = of_text(text.replace("</interfaces>", f"{_INTERFACES}</interfaces>"))

        assert {each.names[0] for each in found.links if each.is_outside} == {"wan", *outside}


@pytest.mark.parametrize("chosen", ["VPN_G7", "VPN"])
def test_those_that_stand_in_for_the_default_gateway_of_pfsense(chosen: str) -> None:
    for order in permutations((("VPN", "G7"), ("VPN", "G5"), ("G5", "G6"))):
        default = f"<defaultgw4>{chosen}</defaultgw4>"
        text = whole(f"<gateways>{default}{_GATEWAYS}{_groups(order)}</gateways>")
        found = of_text(text.replace("</interfaces>", f"{_INTERFACES}</interfaces>"))

        outside = {each.names[0] for each in found.links if each.is_outside}
        assert outside == {"wan", "opt5", "opt6", "opt7", "opt8"}


@groups
def test_of_opnsense(several: tuple[tuple[str, ...], ...], outside: set[str]) -> None:
    for order in permutations(several):
        text = (
            "<opnsense><interfaces><wan><enable>1</enable><if>em0</if><ipaddr>192.0.2.2</ipaddr>"
            f"<subnet>24</subnet><gateway>GW</gateway></wan>{_INTERFACES}</interfaces>"
            f"<gateways>{_GATEWAYS}{_groups(order)}</gateways></opnsense>"
        )
        found = links_of(text)

        assert {each.names[0] for each in found if each.is_outside} == {"wan", *outside}


_ITEM = "<gateway_item><name>{0}</name><interface>{1}</interface>{2}</gateway_item>"
_FIVE, _SIX = _ITEM.format("A5", "opt5", ""), _ITEM.format("A6", "opt6", "")


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (_FIVE + _SIX, {"opt5"}),
        (_SIX + _FIVE, {"opt6"}),
        (_ITEM.format("A5", "opt5", "<disabled/>") + _SIX, {"opt6"}),
        (_ITEM.format("A5", "opt5", "<force_down/>") + _SIX, {"opt6"}),
        # Somebody has chosen another one, or none at all.
        ("<defaultgw4>A6</defaultgw4>" + _FIVE + _SIX, {"opt6"}),
        ("<defaultgw4>-</defaultgw4>" + _FIVE + _SIX, set()),
        (_FIVE + _ITEM.format("A6", "opt6", "<defaultgw/>"), {"opt6"}),
        (_FIVE + _ITEM.format("A6", "opt6", "<ipprotocol>inet6</ipprotocol>"), {"opt5", "opt6"}),
        ("<defaultgw4/>" + _ITEM.format("VPN", "opt8", "") + _FIVE, set()),
    ],
)
def test_pfsense_chooses_the_first_gateway_that_is_written(inside: str, outside: set[str]) -> None:
    text = whole(f"<gateways>{inside}</gateways>")
    found = of_text(text.replace("</interfaces>", f"{_INTERFACES}</interfaces>"))

    assert {each.names[0] for each in found.links if each.is_outside} == {"wan", *outside}


@pytest.mark.parametrize(
    ("inside", "is_said"),
    [(_FIVE, True), (_ITEM.format("WAN_DHCP", "wan", "") + _FIVE, False), ("", False)],
)
def test_one_beside_a_link_s_gateway_is_told(inside: str, *, is_said: bool) -> None:
    text = whole(f"<gateways>{inside}</gateways>").replace("198.51.100.2", "dhcp")
    found = of_text(text.replace("</interfaces>", f"{_INTERFACES}</interfaces>"))

    assert {each.names[0] for each in found.links if each.is_outside} == {"wan"}
    assert (f"FW902: {AUTOMATIC.format('A5', 'wan')}" in said(found)) is is_said

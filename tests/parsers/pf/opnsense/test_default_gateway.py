"""The world is behind the default gateway, which priorities alone may choose."""

import pytest

from tests.parsers.pf.opnsense.reading import links_of

_STATIC = "<ipaddr>192.0.2.2</ipaddr><subnet>24</subnet>"
_OTHER = "<ipaddr>10.5.0.1</ipaddr><subnet>24</subnet>"
_DHCP = "<ipaddr>dhcp</ipaddr>"


def _outside(wan: str, opt: str, *items: str) -> set[str]:
    gateways = "".join(f"<gateway_item>{each}</gateway_item>" for each in items)
    text = (
        f"<opnsense><interfaces><wan><enable>1</enable><if>em0</if>{wan}</wan>"
        f"<opt1><enable>1</enable>{opt}</opt1></interfaces>"
        f"<OPNsense><Gateways>{gateways}</Gateways></OPNsense></opnsense>"
    )
    return {each.names[0] for each in links_of(text) if each.is_outside}


def _item(interface: str, more: str = "", address: str = "10.5.0.9") -> str:
    place = f"<interface>{interface}</interface><gateway>{address}</gateway>"
    return f"<name>G{interface}</name>{place}{more}"


_FIVE = f"<if>em5</if>{_OTHER}"
_WAN = _item("wan", "<priority>255</priority>", "192.0.2.1")
_UPSTREAM = "<defaultgw>1</defaultgw>"


@pytest.mark.parametrize(
    ("wan", "opt", "items", "outside"),
    [
        (_STATIC, _FIVE, (), set()),
        (_STATIC, _FIVE, (_WAN,), {"wan"}),
        (_STATIC, _FIVE, (_item("opt1"),), {"opt1"}),
        # The smallest number is the best priority, and of those that are alike the last one.
        (_STATIC, _FIVE, (_WAN, _item("opt1", "<priority>10</priority>")), {"opt1"}),
        (_STATIC, _FIVE, (_item("opt1", "<priority>10</priority>"), _WAN), {"opt1"}),
        (_STATIC, _FIVE, (_WAN, _item("opt1")), {"opt1"}),
        (_STATIC, _FIVE, (_item("opt1"), _WAN), {"wan"}),
        (_STATIC, _FIVE, (_WAN + _UPSTREAM, _item("opt1", "<priority>1</priority>")), {"wan"}),
        (_STATIC, _FIVE, (_WAN, _item("opt1", "<disabled>1</disabled>")), {"wan"}),
        (_STATIC, _FIVE, (_WAN, _item("opt1", "<force_down>1</force_down>")), {"wan"}),
        # What a link tells comes before those with the lowest priority.
        (_DHCP, _FIVE, (_item("opt1"),), {"wan"}),
        (_DHCP, _FIVE, (_item("opt1", "<priority>10</priority>"),), {"wan", "opt1"}),
        (_STATIC, "<if>ovpnc1</if>", (_WAN,), {"wan"}),
        (_STATIC, "<if>ovpnc1</if>", (_WAN, _item("opt1", "<priority>9</priority>")), {"opt1"}),
        # Each family has its own.
        (_STATIC, _FIVE, (_WAN, _item("opt1", "<ipprotocol>inet6</ipprotocol>", "2001:db8::1")),
         {"wan", "opt1"}),
    ],
)  # fmt: skip
def test_a_default_gateway_has_the_world_behind_it(
    wan: str, opt: str, items: tuple[str, ...], outside: set[str]
) -> None:
    assert _outside(wan, opt, *items) == outside

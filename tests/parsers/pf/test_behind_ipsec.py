"""What is behind IPsec: the networks of its tunnels, and the addresses of mobile clients."""

import pytest

from parsers.pf.values import addresses, of_text
from tests.parsers.pf.opnsense.reading import links_of
from tests.parsers.pf.reading import of_text as read_text
from tests.parsers.pf.reading import whole

_MOBILE = """<ipsec><phase1><mobile/></phase1><phase2><mode>tunnel</mode><remoteid>
<type>mobile</type></remoteid></phase2><client>{}<pool_address>10.77.0.0</pool_address>
<pool_netbits>24</pool_netbits><pool_address_v6>2001:db8:77::</pool_address_v6>
<pool_netbits_v6>64</pool_netbits_v6></client>{}</ipsec>"""
_KEY = (
    "<mobilekey><pool_address>10.78.0.0</pool_address><pool_netbits>28</pool_netbits></mobilekey>"
)
_POOL = of_text("10.77.0.0/24", "2001:db8:77::/64")
_SWANCTL = """<OPNsense><Swanctl><Pools>
<Pool><enabled>1</enabled><addrs>10.79.0.0/24,10.80.0.0/24</addrs></Pool>
<Pool><enabled>0</enabled><addrs>10.81.0.0/24</addrs></Pool></Pools></Swanctl></OPNsense>"""
_PHASES = """<ipsec><enable>1</enable><phase1><ikeid>1</ikeid>{}</phase1>
<phase1><ikeid>2</ikeid></phase1>
<phase2><ikeid>1</ikeid><mode>tunnel</mode><remoteid><address>203.0.113.0</address>
<netbits>24</netbits></remoteid></phase2>
<phase2><ikeid>2</ikeid><mode>tunnel</mode><remoteid><address>10.9.0.0</address>
<netbits>24</netbits></remoteid></phase2></ipsec>"""
_CHILD = """<Connection uuid="{0}"><enabled>{1}</enabled></Connection>"""
_CHILDREN = """<OPNsense><Swanctl><Connections>{}</Connections><children>
<child><enabled>1</enabled><connection>one</connection><mode>tunnel</mode>
<remote_ts>203.0.113.0/24</remote_ts></child>
<child><enabled>1</enabled><connection>two</connection><mode>tunnel</mode>
<remote_ts>10.9.0.0/24</remote_ts></child></children></Swanctl></OPNsense>"""
_ONE = of_text("10.9.0.0/24")
_BOTH = _ONE | of_text("203.0.113.0/24")


def _behind_ipsec(config: str) -> list[object]:
    """What a config.xml of pfSense has behind `enc0`, and whether the internet is there too."""
    found = read_text(whole(config)).links
    return [(each.addresses, each.is_outside) for each in found if "enc0" in each.names]


def _behind_enc0(pieces: str) -> list[object]:
    enc0 = "<enc0><enable>1</enable><if>enc0</if><type>none</type></enc0>"
    text = f"<opnsense><interfaces>{enc0}</interfaces>{pieces}</opnsense>"
    return [each.addresses for each in links_of(text)]


@pytest.mark.parametrize(
    ("enable", "key", "behind"),
    [
        ("<enable/>", "", _POOL),
        ("<enable/>", _KEY, _POOL | of_text("10.78.0.0/28")),
        ("", _KEY, None),
    ],
)
def test_mobile_clients_of_ipsec_are_behind_it(enable: str, key: str, behind: object) -> None:
    found = _behind_ipsec(_MOBILE.format(enable, key))

    assert found == ([] if behind is None else [(behind, False)])


@pytest.mark.parametrize(
    ("pieces", "behind"),
    [
        (_MOBILE.format("<enable>1</enable>", ""), _POOL),
        (_MOBILE.format("", ""), addresses(())),
        (
            _SWANCTL,
            of_text("10.79.0.0/24", "10.80.0.0/24"),
        ),
    ],
)
def test_mobile_clients_of_opnsense_are_behind_ipsec(pieces: str, behind: object) -> None:
    assert _behind_enc0(pieces) == [behind]


@pytest.mark.parametrize(("word", "behind"), [("", _BOTH), ("<disabled/>", _ONE)])
def test_nothing_is_behind_a_tunnel_that_is_disabled(word: str, behind: object) -> None:
    assert _behind_ipsec(_PHASES.format(word)) == [(behind, False)]


@pytest.mark.parametrize(
    ("pieces", "behind"),
    [
        (_PHASES.format(""), _BOTH),
        (_PHASES.format("<disabled>1</disabled>"), _ONE),
        (_PHASES.format("").replace("<enable>1</enable>", ""), addresses(())),
        (_CHILDREN.format(_CHILD.format("one", 1) + _CHILD.format("two", 1)), _BOTH),
        (_CHILDREN.format(_CHILD.format("one", 0) + _CHILD.format("two", 1)), _ONE),
    ],
)
def test_nothing_is_behind_a_tunnel_of_opnsense_that_is_disabled(
    pieces: str, behind: object
) -> None:
    assert _behind_enc0(pieces) == [behind]

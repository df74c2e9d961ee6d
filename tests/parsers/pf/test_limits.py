"""What docs/limits.md says of pf: where the model knowingly differs from the device."""

from typing import Any

import pytest

from tests.parsers.pf.reading import read, rules, said, verdict

_BOGONS = "<blockbogons/>"
_OPEN = rules("<type>pass</type>")
_PORTAL = "<captiveportal><guests><enable/><interface>wan</interface></guests></captiveportal>"
_GATEWAYS = """<gateways><gateway_item><interface>wan</interface><gateway>198.51.100.1</gateway>
<name>GW</name></gateway_item></gateways>"""
_NAMES = """<aliases><alias><name>CDN</name><type>host</type>
<address>cdn.example.org 10.1.0.10</address></alias></aliases>"""
_TO_CDN = rules("<destination><address>CDN</address></destination>")


SAYS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "tables that programs fill at run time are empty": (
        _OPEN + "<installedpackages><snortglobal><config><enable>on</enable></config></snortglobal>"
        "</installedpackages>",
        "",
        {},
        "accept",
    ),
    "fixed addresses beside a host name are unknown": (_NAMES + _TO_CDN, "", {}, "unknown"),
    "limits on states may be reached": (rules("<max>100000</max>"), "", {}, "unknown"),
    "a gateway does not change the verdict": (
        _GATEWAYS + rules("<gateway>GW</gateway>"),
        "",
        {},
        "accept",
    ),
    "but for the setting that leaves rules out while it is down": (
        _GATEWAYS + rules("<gateway>GW</gateway>"),
        "<skip_rules_gw_down/>",
        {},
        "unknown",
    ),
    "who is logged in at a captive portal is unknown": (_PORTAL + _OPEN, "", {}, "unknown"),
}


@pytest.mark.parametrize("name", SAYS)
def test_the_model_says(name: str) -> None:
    pieces, system, packet, expected = SAYS[name]

    assert verdict(read(pieces, system=system), **packet) == expected


BOGONS = {
    "192.0.2.9": "unknown",
    "100.64.0.9": "unknown",
    "240.0.0.9": "unknown",
    "10.9.0.9": "accept",
    "8.8.8.8": "accept",
    "45.8.1.9": "accept",
}


@pytest.mark.parametrize("source", BOGONS)
def test_the_list_of_bogons_may_hold_reserved_addresses_and_no_others(source: str) -> None:
    found = read(_OPEN, interface=_BOGONS)

    assert verdict(found, src=source) == BOGONS[source]


def test_what_can_change_the_filter_at_run_time_is_remarked() -> None:
    packages = """<installedpackages><snortglobal><config><enable>on</enable></config></snortglobal>
    <miniupnpd><config><enable>on</enable></config></miniupnpd></installedpackages>
    <ipsec><phase1><ikeid>1</ikeid><interface>wan</interface><remote-gateway>203.0.113.7
    </remote-gateway></phase1><phase2><ikeid>1</ikeid><mode>tunnel</mode><natlocalid/></phase2>
    </ipsec>"""

    assert said(read(packages)) == [
        "FW902: translations inside IPsec are not read",
        "FW902: Snort can block hosts at run time",
        "FW902: UPnP can open ports at run time",
    ]

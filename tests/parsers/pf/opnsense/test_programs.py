"""Programs beside the rules are told where they are switched on."""

import pytest

from tests.oracles.opnsense.facts import BASE
from tests.parsers.pf.opnsense.reading import of_text, said

_ON = {
    "Suricata": "<IDS><general><enabled>1</enabled><ips>1</ips></general></IDS>",
    "CrowdSec": "<crowdsec><general><firewall_bouncer_enabled>1</firewall_bouncer_enabled>"
    "</general></crowdsec>",
    "relayd": "<relayd><general><enabled>1</enabled></general></relayd>",
    "the FTP proxy": "<ftpproxy><ftpproxy><enabled>0</enabled></ftpproxy>"
    "<ftpproxy><enabled>1</enabled></ftpproxy></ftpproxy>",
    "Tayga": "<tayga><general><enabled>1</enabled></general></tayga>",
}
_OFF = {
    # Without intrusion prevention it only looks.
    "detection": "<IDS><general><enabled>1</enabled><ips>0</ips></general></IDS>",
    "prevention that is off": "<IDS><general><enabled>0</enabled><ips>1</ips></general></IDS>",
    "CrowdSec's agent": "<crowdsec><general><agent_enabled>1</agent_enabled></general></crowdsec>",
    **{name: text.replace(">1<", ">0<") for name, text in _ON.items()},
    "nothing": "<IDS/><crowdsec/><relayd/><ftpproxy/><tayga/>",
}


def _said(settings: str) -> list[str]:
    text = BASE.format(model="", older="").replace("<Gateways>", f"{settings}<Gateways>")
    return said(of_text(text).gaps)


@pytest.mark.parametrize(("name", "settings"), _ON.items())
def test_what_is_switched_on_is_told(name: str, settings: str) -> None:
    (found,) = _said(settings)

    assert found.startswith(f"FW902: {name} ")


@pytest.mark.parametrize("settings", _OFF.values(), ids=_OFF)
def test_what_is_switched_off_is_not(settings: str) -> None:
    assert _said(settings) == []

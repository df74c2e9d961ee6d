"""What a firewall's rules let in at addresses that are surely not its own, in a site."""

from pathlib import Path

import pytest

from fwlint.loading import read, site_of
from linter.checks.evaluation import evaluate
from tests.linter.checks.pf import EDGE as PF_EDGE
from tests.linter.checks.pf import config
from tests.linter.checks.samples import EDGE, HOST, Asking, policy, rules, site

_ASKED = Asking("FW201", "FW215")
_NETWORKS = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24, far: 198.51.100.0/24}"
_BIND = "{web: 198.51.100.10, users: office}"
_TOLD = HOST.replace("ipv6", "addresses: [198.51.100.10], ipv6")
_KNOWN = EDGE.replace("ipv6", "addresses: [203.0.113.1, 192.0.2.1], ipv6")


def _input(condition: str) -> str:
    return rules(f"-A INPUT {condition} -p tcp -m tcp --dport 3306 -j ACCEPT")


_CASES: dict[str, tuple[tuple[str, ...], str, list[str]]] = {
    "at another machine's": ((EDGE, _TOLD), "-d 198.51.100.10/32", []),
    "at what may be another machine's": ((EDGE, HOST), "-d 198.51.100.10/32", ["FW215 edge"]),
    "at nobody's": ((EDGE, _TOLD), "-d 198.51.100.77/32", ["FW215 edge"]),
    "at another machine's and nobody's": ((EDGE, _TOLD), "-d 198.51.100.8/29", ["FW215 edge"]),
    "at its own": ((_KNOWN, _TOLD), "-d 192.0.2.1/32", ["FW215 edge"]),
    "at one that it does not have": ((_KNOWN, _TOLD), "-d 192.0.2.77/32", []),
    "at all": ((_KNOWN, _TOLD), "", ["FW215 edge"]),
}


@pytest.mark.parametrize(("devices", "condition", "expected"), _CASES.values(), ids=_CASES)
def test_a_firewall_lets_nothing_in_at_an_address_that_it_does_not_have(
    devices: tuple[str, ...], condition: str, expected: list[str], tmp_path: Path
) -> None:
    text = site(*devices, bind=_BIND, networks=_NETWORKS)
    exports = {"edge.rules": _input(condition), "web.rules": rules()}

    found = _ASKED(tmp_path, policy(), text, exports)

    assert [f"{each.check} {each.device}" for each in found] == expected


def test_what_a_pfsense_sends_on_is_not_open_on_itself_too(tmp_path: Path) -> None:
    rule = (
        "<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>"
        "<protocol>tcp</protocol><source><any/></source>"
        "<destination><address>198.51.100.10</address><port>3306</port></destination>"
    )
    edge = PF_EDGE.replace("opt1: dmz", "opt1: [dmz, far]")
    text = site(edge, _TOLD, bind=_BIND, networks=_NETWORKS)
    exports = {"edge.xml": config(rule), "web.rules": rules()}

    found = Asking("FW205", "FW215")(tmp_path, policy(), text, exports)

    assert [f"{each.check} {each.device}" for each in found] == ["FW205 edge"]


_ANY = (
    "<type>{}</type><interface>wan</interface><ipprotocol>inet</ipprotocol><source><any/></source>"
)
_SELF = _ANY.format("block") + "<destination><network>(self)</network></destination>"
_MANY = _ANY.format("block") + "<destination><address>224.0.0.0/3</address></destination>"
_PASS = _ANY.format("pass") + "<destination><any/></destination>"
_STATIC = "<ipaddr>203.0.113.1</ipaddr><subnet>24</subnet>"
_OWN = ""
"""How the table says that it is the firewall itself."""
_PF = {
    "all but itself": ((_SELF, _MANY, _PASS), []),
    "all": ((_MANY, _PASS), [_OWN]),
    "all, and then no more itself": ((_MANY, _PASS, _SELF), [_OWN]),
}


@pytest.mark.parametrize(("filters", "expected"), _PF.values(), ids=_PF)
def test_a_pfsense_that_lets_strangers_through_is_not_open_itself(
    filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert _open_to(tmp_path / "edge.xml", config(*filters)) == expected


def test_a_pfsense_may_have_any_address_that_others_give_it(tmp_path: Path) -> None:
    export = config(_SELF, _MANY, _PASS)
    given = export.replace(_STATIC, "<ipaddr>dhcp</ipaddr>")

    assert _open_to(tmp_path / "edge.xml", export) == []
    assert _open_to(tmp_path / "edge.xml", given) != []


def _open_to(path: Path, export: str) -> list[str]:
    """Where strangers find everything open on a firewall alone."""
    path.write_text(export, encoding="utf-8")
    loaded = site_of([str(path)], has_ipv6=False)
    opened = evaluate(loaded, read(loaded).rulesets, asked=lambda _: False, opens=True).opened
    return [
        row.destination
        for section in opened
        if section.traffic == "input"
        for row in section.rows
        if row.service == "everything"
    ]

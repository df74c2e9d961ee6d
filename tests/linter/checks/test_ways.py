"""The way of a finding's packet over several devices, as code flows tell it."""

import json
from pathlib import Path

import pytest

from linter.cli import main

_POLICY = """\
fwlint: policy/1
name: shop
roles: {web: Web server}
sections:
  - title: Users
    flows:
      - {id: users, from: internet, to: web, service: 443/tcp}
"""
_SITE = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/24}
devices:
  edge: {config: edge.v4, interfaces: {eth0: internet, eth1: dmz}, ipv6: no}
  www: {host: shop.web, config: web.v4, ipv6: no}
policies: [shop.yaml]
use:
  shop: {bind: {web: BOUND}}
"""
_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n{}COMMIT\n"
_REPLIES = "-A {0} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
_THROUGH = _REPLIES.format("FORWARD") + "-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT\n"
_IN = _REPLIES.format("INPUT") + "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n"
_DNAT = (
    "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
    "-A PREROUTING -d 203.0.113.10/32 -p tcp -m tcp --dport 443 "
    "-j DNAT --to-destination 192.0.2.10\n"
    "COMMIT\n"
)
_ADDRESS = "192.0.2.10"
_PUBLIC = "{address: 192.0.2.10, public: 203.0.113.10}"


def _ways(
    folder: Path, monkeypatch: pytest.MonkeyPatch, edge: str, web: str, bound: str = _ADDRESS
) -> dict[str, list[str]]:
    """The ways of the findings on required flows, by the device that each finding is about."""
    monkeypatch.chdir(folder)
    (folder / "shop.yaml").write_text(_POLICY)
    (folder / "site.yaml").write_text(_SITE.replace("BOUND", bound))
    (folder / "edge.v4").write_text(edge)
    (folder / "web.v4").write_text(web)
    main(["check", "-q", "-o", "sarif:found.sarif", "--select", "FW101,FW109,FW205"])
    (run,) = json.loads((folder / "found.sarif").read_text())["runs"]
    found: dict[str, list[str]] = {}
    for result in run["results"]:
        flows = result.get("codeFlows", [{"threadFlows": [{"locations": []}]}])
        found[f"{result['ruleId']} {result['properties'].get('device')}"] = [
            f"{_at(each['location'])} {each['location']['message']['text']}"
            for each in flows[0]["threadFlows"][0]["locations"]
        ]
    return found


def _at(location: dict[str, dict[str, dict[str, str]]]) -> str:
    place = location["physicalLocation"]
    return f"{place['artifactLocation']['uri']}:{place['region']['startLine']}"


def test_a_flow_that_works_has_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ways(tmp_path, monkeypatch, _RULES.format(_THROUGH), _RULES.format(_IN)) == {}


def test_what_the_second_device_drops_came_through_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _ways(tmp_path, monkeypatch, _RULES.format(_THROUGH), _RULES.format("")) == {
        "FW101 www": [
            "edge.v4:6 on edge: accepted here",
            "web.v4:2 on www: dropped here, by the default policy",
        ]
    }


def test_each_device_is_asked_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = [
        "edge.v4:3 on edge: dropped here, by the default policy",
        "web.v4:2 on www: dropped here, by the default policy",
    ]

    assert _ways(tmp_path, monkeypatch, _RULES.format(""), _RULES.format("")) == {
        "FW101 edge": way,
        "FW101 www": way,
    }


def test_the_packet_comes_to_the_second_device_as_the_first_translated_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = _RULES.format("-A INPUT -d 203.0.113.10/32 -j ACCEPT\n")

    assert _ways(tmp_path, monkeypatch, _DNAT + _RULES.format(_THROUGH), web, _PUBLIC) == {
        "FW101 www": [
            "edge.v4:11 on edge: accepted here",
            "web.v4:2 on www: dropped here, by the default policy",
        ]
    }


def test_what_nobody_knows_is_possible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = _RULES.format(_THROUGH.replace("--dport 443", "--dport 443 -m owner --uid-owner 7"))
    found = _ways(tmp_path, monkeypatch, edge, _RULES.format(""))

    assert found["FW101 www"] == [
        "edge.v4:6 on edge: possibly accepted here",
        "web.v4:2 on www: dropped here, by the default policy",
    ]
    (doubt,) = [way for name, way in found.items() if name.endswith(" edge")]
    assert [each.partition(": ")[2][:8] for each in doubt] == ["possibly", "dropped "]


def test_a_packet_that_meets_one_device_has_no_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}._SITE", _SITE.replace("  www: {", "  # www: {"))

    assert _ways(tmp_path, monkeypatch, _RULES.format(""), "") == {"FW101 edge": []}


def test_an_export_that_cannot_be_read_has_no_place_on_a_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _ways(tmp_path, monkeypatch, _RULES.format(""), "*filter\n")

    assert found["FW101 edge"] == []


def test_openings_have_ways_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = _RULES.format(_THROUGH + "-A FORWARD -p tcp -m tcp --dport 8080 -j ACCEPT\n")
    found = _ways(tmp_path, monkeypatch, edge, _RULES.format(_IN))

    assert found == {
        "FW205 edge": [
            "edge.v4:7 on edge: accepted here",
            "web.v4:2 on www: dropped here, by the default policy",
        ]
    }

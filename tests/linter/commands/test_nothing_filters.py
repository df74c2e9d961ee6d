"""Exports in which nothing filters IP packets: each command says that all is open, or unknown."""

import json
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.samples import policy, site

_CHAIN = "table {} t {{ chain c {{ type {} priority 0; policy accept; {} }} }}\n"
_DROPS = "udp dport 9 drop"
_SAVED = "*{}\n:PREROUTING ACCEPT [0:0]\n{}COMMIT\n"
_SPOKEN_OF = {
    "netdev ingress": _CHAIN.format("netdev", "filter hook ingress device eth0", _DROPS),
    "netdev egress": _CHAIN.format("netdev", "filter hook egress device eth0", _DROPS),
    "netdev egress, no rule": _CHAIN.format("netdev", "filter hook egress device eth0", ""),
    "netdev of a flowtable": "table inet t { flowtable f { hook ingress priority 0; } }\n",
    "nat alone": _CHAIN.format("inet", "nat hook postrouting", "masquerade"),
    "nat alone, iptables": _SAVED.format(
        "nat",
        ":INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
        "-A POSTROUTING -j MASQUERADE\n",
    ),
    "raw alone, iptables": _SAVED.format("raw", ":OUTPUT ACCEPT [0:0]\n-A OUTPUT -j NOTRACK\n"),
    "postrouting": _CHAIN.format("inet", "filter hook postrouting", _DROPS),
    "prerouting": _CHAIN.format("inet", "filter hook prerouting", _DROPS),
    "no base chain": "table inet t { chain c { drop; } }\n",
    "an empty table": "table inet t { }\n",
    "a dormant table": "table inet t { flags dormant; chain c {"
    " type filter hook input priority 0; policy drop; } }\n",
}
_NOT_SPOKEN_OF = {
    "bridge": _CHAIN.format("bridge", "filter hook forward", "drop"),
    "arp": _CHAIN.format("arp", "filter hook input", "drop"),
    "nothing, in JSON": json.dumps({"nftables": [{"metainfo": {"json_schema_version": 1}}]}),
}
_EVERY = pytest.mark.parametrize(
    ("text", "is_spoken_of"),
    [
        *(pytest.param(text, True, id=name) for name, text in _SPOKEN_OF.items()),
        *(pytest.param(text, False, id=name) for name, text in _NOT_SPOKEN_OF.items()),
    ],
)
_WAYS = {
    "input": "tcp 203.0.113.7:9 > 192.0.2.10:443 in eth0",
    "forward": "tcp 203.0.113.7:9 > 192.0.2.10:443 in eth1 out eth0",
    "output": "tcp 192.0.2.10:9 > 203.0.113.7:443 out eth0",
}


@_EVERY
def test_a_packet_passes_or_nobody_knows(
    text: str, is_spoken_of: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r").write_text(text)

    for hook, packet in _WAYS.items():
        assert main(["trace", str(tmp_path / "r"), "--hook", hook, packet, "--format", "json"]) == 0
        answer = json.loads(capsys.readouterr().out)

        assert answer["verdict"] == ("accept" if is_spoken_of else "unknown")


@_EVERY
def test_all_is_open_to_it_and_possibly_through_it(
    text: str, is_spoken_of: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r").write_text(text)

    assert main(["open", str(tmp_path / "r"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["open"]

    for hook, certainties in (("input", {"certain"}), ("forward", {"possible"})):
        rows = [row for each in found if each["hook"] == hook for row in each["rows"]]
        notes = [note for each in found if each["hook"] == hook for note in each["notes"]]
        assert {row["certainty"] for row in rows} == (certainties if is_spoken_of else set())
        assert any("nothing is known about IPv4" in note for note in notes) != is_spoken_of


@_EVERY
@pytest.mark.parametrize(
    "device",
    [
        "edge: {config: r, ipv6: no, interfaces: {eth1: internet, lan0: office, eth0: dmz}}",
        "web: {config: r, host: shop.web, ipv6: no}",
    ],
    ids=["a router", "a host"],
)
def test_a_site_s_report_says_it(
    device: str,
    text: str,
    is_spoken_of: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "r").write_text(text)
    (tmp_path / "shop.yaml").write_text(policy())
    (tmp_path / "site.yaml").write_text(site(device))

    main(["check", str(tmp_path / "site.yaml"), "-o", "json"])
    found = {each["check"] for each in json.loads(capsys.readouterr().out)["findings"]}

    assert ("FW201" if is_spoken_of else "FW113") in found

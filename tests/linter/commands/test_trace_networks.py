"""`fwlint trace` where own addresses are told: what the others in their networks are."""

import json
from pathlib import Path

import pytest

from linter.cli import main
from tests.parsers.iproute.samples import LO, interface


def _shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["trace", *arguments]) == 0
    return capsys.readouterr().out


_NETWORKS = [LO, interface("lan0", "192.0.2.1/24", "2001:db8:1::1/64")]


@pytest.mark.parametrize("to", ["192.0.2.0", "192.0.2.255", "2001:db8:1::"])
@pytest.mark.parametrize("kind", ["local", "broadcast", "anycast", "unicast"])
@pytest.mark.parametrize(
    "told",
    [
        ("addr.json",),
        ("addr.json", "--hook", "input"),
        ("--address", "192.0.2.1/24", "--address", "2001:db8:1::1/64"),
    ],
)
def test_what_the_address_of_a_network_is_to_a_machine_is_not_told(
    to: str,
    kind: str,
    told: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    rule = f"fib daddr type {kind} udp dport 9 accept"
    Path("r.nft").write_text(
        "table inet t {\n chain in {\n  type filter hook input priority 0; policy drop;\n"
        f"  {rule}\n }}\n}}\n"
    )
    Path("addr.json").write_text(json.dumps(_NETWORKS))
    source, its = ("2001:db8:2::7", "2001:db8:1::1") if ":" in to else ("203.0.113.7", "192.0.2.1")
    verdicts = [
        json.loads(
            _shown(
                capsys,
                *("r.nft", *told, "--format", "json"),
                f"udp [{source}]:9 > [{each}]:9 in lan0",
            )
        )["verdict"]
        for each in (to, its)
    ]

    assert verdicts == ["unknown", "accept" if kind == "local" else "drop"]


def test_one_that_forwards_nothing_is_not_asked_about_itself_where_addresses_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "host.v4").write_text(
        "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n"
        "-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
    )
    (tmp_path / "addr.json").write_text(json.dumps([interface("wan0", "192.0.2.1/24")]))
    exports = [str(tmp_path / "host.v4"), str(tmp_path / "addr.json")]
    packet = "tcp 203.0.113.9:9 > {}:22 in wan0"

    its, another = (
        json.loads(_shown(capsys, *exports, "--format", "json", packet.format(address)))
        for address in ("192.0.2.1", "192.0.2.7")
    )

    assert (its["verdict"], [way["hook"] for way in its["ways"]]) == ("accept", ["input"])
    assert (another["verdict"], another["unread"]) == (
        "unknown",
        ["whether 192.0.2.7 is the device's own"],
    )

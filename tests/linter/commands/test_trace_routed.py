"""`fwlint trace` without a hook: the packet goes where translation and its address send it."""

import json
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT
from tests.parsers.iproute.samples import LO, interface, route

_NAT = """\
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 443 -j DNAT --to-destination 10.9.1.5:8443
-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128
COMMIT
"""
_FILTER = """\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -s 198.51.100.7/32 -p tcp -m tcp --dport 443 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -p tcp -m tcp --dport 3128 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -d 10.9.1.5/32 -p tcp -m tcp --dport 8443 -j ACCEPT
-A FORWARD -d 192.0.2.22/32 -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""
_BANNED = "tcp 198.51.100.7:40000 > 198.51.100.1:443 in wan0"
_OWN = ("--address", "198.51.100.1", "--address", "127.0.0.1")


@pytest.fixture
def edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "edge.v4").write_text(_NAT + _FILTER)
    monkeypatch.chdir(tmp_path)
    return "edge.v4"


def _shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["trace", *arguments]) == 0
    return capsys.readouterr().out


def test_a_published_port_is_followed_to_its_container(
    edge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dnat, accept = _NAT.splitlines()[5], _FILTER.splitlines()[7]

    assert _shown(capsys, edge, *_OWN, _BANNED) == (
        "  through the device, to 10.9.1.5:8443\n"
        f"  edge.v4:6: {dnat}\n"
        f"  edge.v4:16: {accept}\n"
        f"accept: edge.v4:16: {accept}\n"
    )


def test_what_nobody_tells_of_own_addresses_leaves_all_ways_open(
    edge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dnat, accept = _NAT.splitlines()[5], _FILTER.splitlines()[7]
    yes, no = (f"198.51.100.1 is{word} the device's own" for word in ("", " not"))
    inside, outside = (f"10.9.1.5 is{word} the device's own" for word in ("", " not"))

    assert _shown(capsys, edge, _BANNED) == (
        f"  if {yes} and {outside}, through the device, to 10.9.1.5:8443\n"
        f"      edge.v4:6: {dnat}\n"
        f"      edge.v4:16: {accept}\n"
        f"    accept: edge.v4:16: {accept}\n"
        f"  if {yes} and {inside}, to the device itself, at 10.9.1.5:8443\n"
        f"      edge.v4:6: {dnat}\n"
        "    drop: edge.v4:10: default policy\n"
        f"  if {no}, through the device, to 198.51.100.1:443\n"
        "    drop: edge.v4:11: default policy\n"
        "unknown: it depends\n"
        f"  because: whether {yes}\n"
        f"  because: whether {inside}\n"
    )


@pytest.mark.parametrize(
    ("packet", "options", "verdict", "hooks", "unread"),
    [
        pytest.param(
            "tcp 192.0.2.7:40000 > 198.51.100.1:80 in wan0",
            (),
            "accept",
            ["input"],
            [],
            id="REDIRECT",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.22:22 in wan0",
            (),
            "accept",
            ["input", "forward"],
            [],
            id="both ways alike",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.23:22 in wan0",
            (),
            "unknown",
            ["input", "forward"],
            ["whether 192.0.2.23 is the device's own"],
            id="both ways different",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.23:22 in wan0",
            ("--address", "192.0.2.23/24"),
            "accept",
            ["input"],
            [],
            id="its own",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.23:22 in wan0",
            _OWN,
            "drop",
            ["forward"],
            [],
            id="not its own",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.23:22 in wan0 out lan0",
            (),
            "drop",
            ["forward"],
            [],
            id="it leaves by an interface",
        ),
        pytest.param(
            "tcp 127.0.0.1:40000 > 127.0.0.1:22 in lo", (), "accept", ["input"], [], id="loopback"
        ),
        pytest.param(
            "udp 192.0.2.7:68 > 255.255.255.255:67 in lan0",
            (),
            "drop",
            ["input"],
            [],
            id="limited broadcast",
        ),
        pytest.param(
            "udp 192.0.2.7:5353 > 224.0.0.251:5353 in lan0",
            (),
            "drop",
            ["input"],
            [],
            id="multicast on the link",
        ),
        pytest.param(
            "udp 192.0.2.7:5000 > 239.1.2.3:5000 in lan0",
            (),
            "drop",
            ["input", "forward"],
            [],
            id="multicast that a router may pass on",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 127.0.0.1:22 in lan0",
            ("--address", "198.51.100.1"),
            "accept",
            ["input"],
            [],
            id="loopback beside all addresses",
        ),
        pytest.param(
            "udp 192.0.2.7:5353 > 224.0.0.251:5353 in lan0",
            ("--address", "198.51.100.1"),
            "drop",
            ["input"],
            [],
            id="multicast on the link beside all addresses",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 169.254.0.7:22 in lan0",
            ("--address", "198.51.100.1"),
            "unknown",
            ["input", "forward"],
            ["whether 169.254.0.7 is the device's own"],
            id="link-local beside all addresses",
        ),
        pytest.param(
            "tcp 192.0.2.7:40000 > 192.0.2.255:22 in lan0",
            ("--address", "192.0.2.1/24"),
            "unknown",
            ["input", "forward"],
            ["whether 192.0.2.255 is the device's own"],
            id="broadcast of its network",
        ),
    ],
)
def test_a_packet_takes_the_way_that_is_known(
    packet: str,
    options: tuple[str, ...],
    verdict: str,
    hooks: list[str],
    unread: list[str],
    edge: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = json.loads(_shown(capsys, edge, *options, "--format", "json", packet))

    assert answer["verdict"] == verdict
    assert sorted(way["hook"] for way in answer["ways"]) == sorted(hooks)
    assert answer["unread"] == unread


def test_packets_of_a_file_are_followed_too(edge: str, capsys: pytest.CaptureFixture[str]) -> None:
    packet = {"src": "198.51.100.7", "dst": "198.51.100.1", "dport": 443, "in": "wan0"}
    Path("packets.jsonl").write_text(f"{json.dumps(packet)}\n" * 2)

    options = ("--packets", "packets.jsonl", "--format", "json", *_OWN)
    lines = _shown(capsys, edge, *options).splitlines()

    dnat, accept = _NAT.splitlines()[5], _FILTER.splitlines()[7]
    way = {
        "hook": "forward",
        "dst": "10.9.1.5",
        "dport": 8443,
        "if": [],
        "verdict": "accept",
        "path": "edge.v4",
        "line": 16,
        "unread": [],
        "ends": [],
        "rules": [
            {"path": "edge.v4", "line": 6, "text": dnat},
            {"path": "edge.v4", "line": 16, "text": accept},
        ],
    }
    expected = {"verdict": "accept", "path": "edge.v4", "line": 16, "unread": [], "ways": [way]}
    assert [json.loads(line) for line in lines] == [expected] * 2


_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"


@pytest.mark.parametrize(
    ("text", "verdict", "hooks"),
    [
        pytest.param(
            "table inet host {\n chain in {\n  type filter hook input priority 0; policy drop;\n"
            "  tcp dport 22 accept\n }\n}\n",
            "accept",
            ["input"],
            id="no chain",
        ),
        pytest.param(
            f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n{_SSH}",
            "accept",
            ["input"],
            id="drops all",
        ),
        pytest.param(
            "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
            ":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n"
            f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n{_SSH}",
            "accept",
            ["input"],
            id="drops all behind an empty mangle table",
        ),
        pytest.param(
            f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A FORWARD -i a -j ACCEPT\n{_SSH}",
            "unknown",
            ["input", "forward"],
            id="a router",
        ),
    ],
)
def test_a_machine_that_forwards_nothing_is_asked_about_itself(
    text: str, verdict: str, hooks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "host.rules"
    export.write_text(text)
    packet = "tcp 192.0.2.9:40000 > 192.0.2.7:22 in wan0"

    answer = json.loads(_shown(capsys, str(export), "--format", "json", packet))

    assert answer["verdict"] == verdict
    assert {way["hook"] for way in answer["ways"]} == set(hooks)
    assert ["192.0.2.7 is the device's own"] in [way["if"] for way in answer["ways"]]


def test_a_port_of_a_bridge_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "-A INPUT -m physdev --physdev-in eth1 -j DROP"
    export = tmp_path / "bridge.v4"
    export.write_text(f"*filter\n:INPUT ACCEPT [0:0]\n{rule}\nCOMMIT\n")
    packet = "tcp 192.0.2.9:40000 > 192.0.2.7:22 in br0"

    assert _shown(capsys, str(export), "--hook", "input", packet) == (
        f"  {export}:3: {rule}\n"
        f"unknown: {export}:3: {rule}\n"
        "  because: the port of the bridge by which it came is not known\n"
    )


def test_rules_of_pf_that_another_one_overrules_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    export = str(ROOT / "fixtures/pfsense/office/config.xml")
    packet = "tcp 8.8.8.8:40000 > 198.51.100.3:443 in wan out dmz"

    shown = _shown(capsys, export, packet)

    assert "block in all: default deny" in shown
    assert shown.index("default deny") < shown.index('"NAT Web application"')
    assert shown.splitlines()[-1].startswith("accept: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--address", "lan0"), "--address lan0: this is not an IP address"),
        (
            ("--address", "192.0.2.1", "--hook", "input"),
            "--address says where packets go, and so does --hook; give one of them",
        ),
    ],
)
def test_own_addresses_that_say_nothing_are_an_error(
    options: tuple[str, ...], message: str, edge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", edge, *options, _BANNED]) == 2
    assert capsys.readouterr().err == f"fwlint trace: {message}\n"


_LISTED = [
    LO,
    interface("wan0", "198.51.100.1/24"),
    interface("lan0", "192.0.2.1/24"),
    interface("docker0", "10.9.1.1/24"),
]
_ROUTES = [
    route("198.51.100.0/24", "wan0"),
    route("192.0.2.0/24", "lan0"),
    route("10.9.1.0/24", "docker0"),
]
_BY_INTERFACE = "-A FORWARD -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT"


@pytest.mark.parametrize(
    ("told", "packet", "verdict", "hooks"),
    [
        ((), f"{_BANNED}", "unknown", ["forward", "input", "forward"]),
        ((_LISTED,), f"{_BANNED}", "unknown", ["forward"]),
        ((_LISTED, _ROUTES), f"{_BANNED}", "accept", ["forward"]),
        ((_LISTED, _ROUTES), f"{_BANNED} out lan0", "drop", ["forward"]),
        ((_LISTED,), "tcp 192.0.2.7:9 > 192.0.2.1:22 in lan0", "accept", ["input"]),
        ((_LISTED,), "tcp 192.0.2.7:9 > 192.0.2.23:22 in lan0", "drop", ["forward"]),
        (([LO],), "tcp 192.0.2.7:9 > 192.0.2.23:22 in lan0", "drop", ["forward"]),
        ((_LISTED,), "tcp 127.0.0.1:9 > 127.0.0.1:22 in lo", "accept", ["input"]),
        (
            (_LISTED[1:],),
            "tcp 192.0.2.7:9 > 192.0.2.23:22 in lan0",
            "unknown",
            ["input", "forward"],
        ),
    ],
    ids=[
        "nothing told",
        "addresses",
        "addresses and routes",
        "another interface told",
        "its own",
        "another's",
        "no interface but lo",
        "loopback",
        "lo left out",
    ],
)
def test_what_ip_lists_decides_the_way(
    told: tuple[list[object], ...],
    packet: str,
    verdict: str,
    hooks: list[str],
    edge: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    accept = _FILTER.splitlines()[7]
    Path(edge).write_text(_NAT + _FILTER.replace(accept, _BY_INTERFACE))
    files = [f"{number}.json" for number, _ in enumerate(told)]
    for file, document in zip(files, told, strict=True):
        Path(file).write_text(json.dumps(document))
    if told == ([LO],):
        packet = packet.removesuffix(" in lan0")

    answer = json.loads(_shown(capsys, edge, *files, packet, "--format", "json"))

    assert answer["verdict"] == verdict
    assert [way["hook"] for way in answer["ways"]] == hooks

"""`fwlint trace` as a whole: what it prints, and with which status it ends."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT

_ROOT = ROOT
_RULES = """\
*raw
:PREROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:ssh - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ssh
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A INPUT -s 198.51.100.0/24 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -i eth1 -p udp -m udp --dport 53 -j ACCEPT
-A ssh -m recent --update --seconds 60 --name ssh --rsource -j DROP
-A ssh -s 203.0.113.0/24 -j ACCEPT
COMMIT
"""
_INPUT = ("--hook", "input")
_HTTPS = "tcp 203.0.113.7:40000 > 192.0.2.10:443"
_SSH = "tcp 203.0.113.7:40000 > 192.0.2.10:22 in eth0"
_NO_IPV6 = "the exports say nothing about IPv6"
_RECENT = "-m recent --update --seconds 60 --name ssh --rsource"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "edge.rules").write_text(_RULES)
    monkeypatch.chdir(tmp_path)
    return "edge.rules"


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        pytest.param(
            _HTTPS,
            "  edge.rules:11: -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n"
            "accept: edge.rules:11: -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT\n",
            id="accepted",
        ),
        pytest.param(
            "tcp 203.0.113.7:40000 > 192.0.2.10:80",
            "drop: edge.rules:5: default policy\n",
            id="the default policy",
        ),
        pytest.param(
            "tcp 198.51.100.7:40000 > 192.0.2.10:80",
            "  edge.rules:12: -A INPUT -s 198.51.100.0/24 -j REJECT"
            " --reject-with icmp-port-unreachable\n"
            "reject: edge.rules:12: -A INPUT -s 198.51.100.0/24 -j REJECT"
            " --reject-with icmp-port-unreachable\n",
            id="rejected",
        ),
        pytest.param(
            _SSH,
            "  edge.rules:10: -A INPUT -p tcp -m tcp --dport 22 -j ssh\n"
            f"  edge.rules:14: -A ssh {_RECENT} -j DROP\n"
            f"unknown: edge.rules:14: -A ssh {_RECENT} -j DROP\n"
            f"  because: {_RECENT}\n",
            id="depends on an unread match",
        ),
        pytest.param(
            "udp 203.0.113.7:40000 > 192.0.2.10:53",
            "  edge.rules:13: -A INPUT -i eth1 -p udp -m udp --dport 53 -j ACCEPT\n"
            "unknown: edge.rules:13: -A INPUT -i eth1 -p udp -m udp --dport 53 -j ACCEPT\n"
            "  because: the in interface is not known\n",
            id="depends on the interface",
        ),
    ],
)
def test_a_packet_is_shown_with_the_rules_that_it_passes(
    packet: str, expected: str, rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", rules, *_INPUT, packet]) == 0
    assert capsys.readouterr().out == expected


def test_a_verdict_that_needs_no_unknown_match_is_shown_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "edge.rules"
    path.write_text(
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -m geoip --source-country XX -j DROP\nCOMMIT\n"
    )

    assert main(["trace", str(path), *_INPUT, _SSH]) == 0
    assert capsys.readouterr().out == f"drop: {path}:2: default policy\n"


def _answers(*arguments: str) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-m", "linter", "trace", *arguments],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json_answers_are_one_a_line_in_the_order_of_the_packets(rules: str) -> None:
    ends = {"src": "203.0.113.7", "dst": "192.0.2.10"}
    Path("packets.jsonl").write_text(
        "".join(
            json.dumps({**ends, **more}) + "\n"
            for more in (
                {"dport": 443},
                {"dport": 22, "in": "eth0"},
                {"dport": 80, "src": "198.51.100.1"},
                {"dport": 80},
                {"src": "2001:db8::1", "dst": "2001:db8::2", "dport": 443},
            )
        )
    )

    assert _answers(rules, *_INPUT, "--packets", "packets.jsonl", "--format", "json") == [
        {"verdict": "accept", "path": "edge.rules", "line": 11, "unread": []},
        {"verdict": "unknown", "path": "edge.rules", "line": 14, "unread": [_RECENT]},
        {"verdict": "reject", "path": "edge.rules", "line": 12, "unread": []},
        {"verdict": "drop", "path": "edge.rules", "line": 5, "unread": []},
        {"verdict": "unknown", "path": "", "line": 0, "unread": [_NO_IPV6]},
    ]


def test_many_packets_are_answered_as_one_by_one(rules: str) -> None:
    lines = [
        json.dumps({"src": f"203.0.{n}.7", "dst": "192.0.2.10", "dport": port, "in": name})
        for n in range(80, 120)
        for port in (22, 53, 443)
        for name in ("eth0", "lo")
    ]
    Path("many.jsonl").write_text("\n".join(lines))
    Path("few.jsonl").write_text("\n".join(lines[::40]))

    many = _answers(rules, "--packets", "many.jsonl", "--format", "json")

    assert _answers(rules, "--packets", "few.jsonl", "--format", "json") == many[::40]


def test_packets_come_from_standard_input_too(
    rules: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = b'{"src": "203.0.113.7", "dst": "192.0.2.10", "dport": 443}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))

    assert main(["trace", rules, *_INPUT, "--packets", "-", "--format", "json"]) == 0
    assert capsys.readouterr().out == (
        '{"verdict": "accept", "path": "edge.rules", "line": 11, "unread": []}\n'
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["edge.rules"], "fwlint trace: expected at least one export, followed by the packet\n"),
        (
            ["edge.rules", "tcp 203.0.113.7 > x"],
            (
                "packet:1:19: unexpected text; write the packet as in"
                " `tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0`\n"
                "  tcp 203.0.113.7 > x\n"
                "                    ^\n"
            ),
        ),
        (
            ["edge.rules", "--packets", "none.jsonl"],
            "fwlint: none.jsonl: No such file or directory\n",
        ),
        (
            ["edge.rules", "--packets", "empty.jsonl"],
            "empty.jsonl:1:1: has no packets: the command that was to write them may have failed\n",
        ),
        (
            ["edge.rules", "--packets", "bad.jsonl"],
            (
                "bad.jsonl:2:1: unknown field 'port'; expected one of ct_dir, dport, dst, family, "
                "icmp_code,"
                " icmp_type, in, mark, out, pkt_type, proto, sport, src, state, tcp_flags\n"
                '  {"src": "1.2.3.4", "port": 80}\n'
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
            ),
        ),
    ],
)
def test_what_cannot_be_traced_is_said_with_status_2(
    arguments: list[str], message: str, rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rules == "edge.rules"
    Path("empty.jsonl").write_text("\n")
    Path("bad.jsonl").write_text(
        '{"src": "1.2.3.4", "dst": "1.2.3.4", "proto": "gre"}\n{"src": "1.2.3.4", "port": 80}\n'
    )

    assert main(["trace", *arguments]) == 2
    assert capsys.readouterr().err == message


def test_a_firewall_between_networks_is_asked_about_forwarded_packets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exports = str(_ROOT / "fixtures/aws-network-firewall/by-action/exports")

    assert main(["trace", exports, "--at", "legacy", *_INPUT, _HTTPS]) == 2
    assert capsys.readouterr().err == (
        "fwlint trace: the firewall legacy only forwards: the hook is `forward`\n"
    )
    assert main(["trace", exports, "--at", "legacy", "--hook", "forward", _HTTPS]) == 0
    asked = capsys.readouterr().out
    assert main(["trace", exports, "--at", "legacy", _HTTPS]) == 0
    assert capsys.readouterr().out == asked


def test_nothing_in_an_export_moves_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "interfaces.json"
    group = {"GroupId": "sg-\x1b[2J"}
    element = {"NetworkInterfaceId": "eni-1", "Groups": [group], "PrivateIpAddress": "10.0.1.10"}
    export.write_text(json.dumps(element))

    assert main(["trace", str(export), _HTTPS]) == 0
    assert "whether sg-\N{SYMBOL FOR ESCAPE}[2J has a rule" in capsys.readouterr().out


def test_chains_too_deep_to_be_followed_are_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = "".join(f":c{n} - [0:0]\n" for n in range(300))
    calls = "".join(f"-A c{n} -j c{n + 1}\n" for n in range(299))
    export = tmp_path / "deep.rules"
    export.write_text(
        f"*filter\n:INPUT DROP [0:0]\n{declared}-A INPUT -j c0\n{calls}-A c299 -j ACCEPT\nCOMMIT\n"
    )

    assert main(["trace", str(export), _HTTPS]) == 2
    assert capsys.readouterr().err == (
        "fwlint trace: too complex to decide: chains that are nested more than 200 deep\n"
    )


def test_chains_that_multiply_without_end_are_too_complex(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = "".join(f":c{n} - [0:0]\n" for n in range(40))
    calls = "".join(f"-A c{n} -j c{n + 1}\n" * 2 for n in range(39))
    export = tmp_path / "twice.rules"
    export.write_text(
        f"*filter\n:INPUT DROP [0:0]\n{declared}-A INPUT -j c0\n{calls}"
        "-A c39 -m limit --limit 1/sec -j MARK --set-xmark 0x1/0x1\nCOMMIT\n"
    )

    assert main(["trace", str(export), _HTTPS]) == 2
    assert re.fullmatch(
        r"fwlint trace: too complex to decide: more than \d\.\d s of work\n",
        capsys.readouterr().err,
    )


def test_a_reader_that_goes_away_is_no_error(rules: str) -> None:
    line = '{"src": "203.0.113.7", "dst": "192.0.2.10", "dport": 443}\n'
    Path("packets.jsonl").write_text(line * 30_000)
    with subprocess.Popen(
        [sys.executable, "-m", "linter", "trace", rules, "--packets", "packets.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""

    assert process.returncode == 141


def test_the_manual_names_every_field_and_its_examples_are_packets() -> None:
    from fwlint.packets import _KEYS, parse_expression, read_packets

    manual = (_ROOT / "docs/trace.md").read_text(encoding="utf-8")
    table = manual.partition("| field | value | default |")[2].partition("\n\n")[0]
    rows = [row.split("|") for row in table.splitlines() if row.count("|") == 4]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    example = next(line for line in manual.splitlines() if line.startswith('{"family"'))
    (packet,) = read_packets(io.BytesIO(example.encode()), "manual")

    assert named == _KEYS
    assert packet.dport == 443
    for text in re.findall(r"'(tcp [^']+)'", manual):
        assert parse_expression(text).dport == 443

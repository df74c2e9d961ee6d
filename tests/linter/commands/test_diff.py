"""`fwlint diff` as a whole: what it says of two exports and of two sites."""

import json
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main
from tests.linter.checks.samples import HTTPS, HTTPS_IN, KEEP, KEEP_IN, policy, rules, site

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_BAN = "-A INPUT -s 203.0.113.0/24 -j DROP"
_LIMITED = "-A INPUT -p udp -m limit --limit 3/min -j ACCEPT"
_OPAQUE = "-A INPUT -p tcp -m tcp --dport 80 -m string --string x --algo bm -j ACCEPT"
_DNAT = "-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.10"
_MASQUERADE = "-A POSTROUTING -o wan0 -j MASQUERADE"


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _compared(
    capsys: pytest.CaptureFixture[str], old: str, new: str, *more: str
) -> tuple[int, dict[str, Any]]:
    Path("old.rules").write_text(old)
    Path("new.rules").write_text(new)
    status = main(["diff", "old.rules", "new.rules", "--format", "json", *more])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, document


def _short(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["change"], each["certainty"], each["text"]) for each in document["changes"]]


_OPENED, _CLOSED = ("opened", "certain"), ("closed", "certain")
_MAYBE, _MAYBE_NOT = ("opened", "possible"), ("closed", "possible")
_TO_ANY = "from any address to any address"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([KEEP_IN], [KEEP_IN, _SSH], [(*_OPENED, f"tcp 22 {_TO_ANY}")]),
        ([KEEP_IN, _SSH], [KEEP_IN], [(*_CLOSED, f"tcp 22 {_TO_ANY}")]),
        ([_SSH], [_BAN, _SSH], [(*_CLOSED, "tcp 22 from 203.0.113.0/24 to any address")]),
        ([_SSH], [_SSH, _BAN], []),
        ([_SSH, KEEP_IN], [KEEP_IN, _SSH], []),
        ([_SSH, _SSH], [_SSH], []),
        ([KEEP_IN], [KEEP_IN, _OPAQUE], [(*_MAYBE, f"tcp 80 {_TO_ANY}")]),
        ([], [KEEP_IN], [(*_OPENED, f"every service {_TO_ANY}")]),
        ([_OPAQUE], [_BAN, _OPAQUE], [(*_MAYBE_NOT, "tcp 80 from 203.0.113.0/24 to any address")]),
        ([_OPAQUE], [_OPAQUE], []),
        ([_LIMITED], [_LIMITED], []),
        (
            [_LIMITED],
            [_LIMITED.replace("3/min", "9/min")],
            [(*_MAYBE, f"all udp ports {_TO_ANY}"), (*_MAYBE_NOT, f"all udp ports {_TO_ANY}")],
        ),
        (
            [_SSH],
            [_SSH.replace("-p tcp", "-i wan0 -p tcp")],
            [(*_CLOSED, f"tcp 22 {_TO_ANY} in any other interface")],
        ),
    ],
    ids=[
        *("opened", "closed", "some closed", "no effect", "another order", "twice"),
        *("perhaps", "known connections", "perhaps closed", "unread on both sides"),
        *("a limit on both", "another limit", "an interface"),
    ],
)
def test_what_two_exports_treat_differently(
    old: list[str],
    new: list[str],
    expected: list[tuple[str, str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, document = _compared(capsys, rules(*old), rules(*new))

    assert _short(document) == expected
    assert (status, document["same"]) == (0, not expected)


_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    tcp dport 22 accept
    {}
  }}
}}
"""


@pytest.mark.parametrize(
    ("rule", "is_first", "packet"),
    [
        ("tcp dport 80 accept", True, "tcp 198.51.100.7:40000 > 192.0.2.10:80 in eth0"),
        ("meta mark 5 udp dport 80 accept", True, "mark 5"),
        ("meta pkttype broadcast udp dport 80 accept", True, "pkt_type broadcast"),
        ("tcp flags & (syn|psh) == syn|psh tcp dport 80 accept", True, "flags syn,psh"),
        ("ct state established tcp dport 80 accept", False, "in eth0 state established"),
        ("ct direction reply tcp dport 80 accept", False, "state established ct_dir reply"),
        ("tcp flags == syn|ack tcp dport 80 accept", False, "flags syn,ack state established"),
        ("tcp flags == 0 tcp dport 80 accept", False, "flags none state established"),
        ("tcp flags ack tcp dport 80 accept", False, "in eth0 state established"),
        ("ct state new ct direction reply accept", None, ""),
    ],
)
def test_the_packet_that_is_shown_is_the_one_that_is_treated_differently(
    rule: str, is_first: bool | None, packet: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, document = _compared(capsys, _NFT.format(""), _NFT.format(rule))
    found = [each["opens_connections"] for each in document["changes"] if each["family"] == 4]
    assert found == ([] if is_first is None else [is_first])

    main(["diff", "old.rules", "new.rules"])
    lines = capsys.readouterr().out.splitlines()
    words = next((line[12:] for line in lines if line.startswith("    packet: ")), "")
    assert words.endswith(packet)

    for name in ("old", "new") if words else ():
        assert main(["trace", f"{name}.rules", "--hook", "input", words]) == 0
        assert (name == "new") is ("accept: " in capsys.readouterr().out)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (_DNAT, _DNAT, []),
        (_DNAT, _DNAT.replace("0.10", "0.11"), ["sent elsewhere"]),
        (_DNAT, f"{_DNAT}-10.0.0.12", ["sent elsewhere"]),
        (f"{_DNAT}-10.0.0.12", f"{_DNAT}-10.0.0.12", []),
        (_MASQUERADE, _MASQUERADE, []),
        ("", _MASQUERADE, ["sent elsewhere"]),
    ],
    ids=["same", "another machine", "one of several", "the same several", "source", "new source"],
)
def test_where_packets_go_counts_too(
    old: str, new: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (rules(forward="ACCEPT", nat=nat or "\n") for nat in (old, new))

    _, document = _compared(capsys, before, after)

    through = [each for each in document["changes"] if each["hook"] == "forward"]
    assert [each["change"] for each in through] == expected
    told = [each["after"]["translations"] for each in through]
    assert all(new.strip() in text for texts in told for text in texts)


def test_the_packet_and_both_verdicts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.rules").write_text(rules(KEEP_IN))
    Path("new.rules").write_text(rules(KEEP_IN, _SSH))

    assert main(["diff", "old.rules", "new.rules"]) == 0

    assert capsys.readouterr().out == (
        "Opened:\n"
        "  tcp 22 from any address to any address, to the device itself\n"
        "    packet: tcp 198.51.100.7:40000 > 192.0.2.10:22 in eth0\n"
        "    before: drop: old.rules:2: default policy\n"
        f"    after:  accept: new.rules:6: {_SSH}\n"
        "\n"
        "Found 1 opened; all other packets are treated alike.\n"
    )


def test_a_pull_request_gets_tables_that_nobody_can_break(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evil = '-A INPUT -p tcp -m comment --comment "a | b <b> [x](y) `z`" -j ACCEPT'
    Path("old.rules").write_text(rules())
    Path("new.rules").write_text(rules(evil))

    main(["diff", "old.rules", "new.rules", "--format", "markdown"])

    row = next(line for line in capsys.readouterr().out.splitlines() if "comment" in line)
    assert r'"a \| b \<b\> \[x\](y) \`z\`"' in row
    assert row.replace(r"\|", "").count("|") == 5


@pytest.mark.parametrize(
    ("new", "expected"),
    [(rules(_SSH), 1), (rules(_OPAQUE), 1), (rules(), 0), (rules(KEEP_IN), 1)],
    ids=["opened", "perhaps", "same", "known connections"],
)
def test_what_opens_can_fail(new: str, expected: int, capsys: pytest.CaptureFixture[str]) -> None:
    status, _ = _compared(capsys, rules(), new, "--fail-on-opened")

    assert status == expected


def test_what_closes_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert _compared(capsys, rules(_SSH), rules(), "--fail-on-opened")[0] == 0


def test_a_family_that_one_side_does_not_tell_is_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = "table inet f {\n chain i {\n  type filter hook input priority 0; policy drop;\n }\n}\n"

    status, document = _compared(capsys, rules(output="ACCEPT"), both)

    assert status == 2
    assert document["undecided"] == ["IPv6 is not compared: the old export says nothing about it"]
    assert not document["same"]


def test_two_sites_are_compared_device_by_device(capsys: pytest.CaptureFixture[str]) -> None:
    for folder, rule in (("a", HTTPS), ("b", HTTPS.replace("443", "8443"))):
        Path(folder).mkdir()
        Path(folder, "site.yaml").write_text(site())
        Path(folder, "shop.yaml").write_text(policy())
        Path(folder, "edge.rules").write_text(rules(KEEP, rule))

    main(["diff", "a/site.yaml", "b/site.yaml", "--format", "json"])

    changes = json.loads(capsys.readouterr().out)["changes"]
    assert [(each["change"], each["device"], each["hook"]) for each in changes] == [
        ("opened", "edge", "forward"),
        ("closed", "edge", "forward"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["old.rules"], "expected two exports or two site files: OLD NEW"),
        (["old.rules", "site.yaml"], "one is a site file and the other an export"),
        (["--git", "main", "old.rules"], "--git main: expected two revisions, as in main..HEAD"),
        (["--git", "a...b", "old.rules"], "--git a...b: expected two revisions"),
        (["--git", "a..b", "old.rules", "old.rules"], "with --git, expected one export"),
        (["--git", "a..b", "old.rules"], "--git: old.rules is in no Git repository"),
    ],
)
def test_wrong_usage_is_said(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.rules").write_text(rules())
    Path("site.yaml").write_text(site())
    Path("shop.yaml").write_text(policy())
    Path("edge.rules").write_text(rules(KEEP, HTTPS, HTTPS_IN))

    assert main(["diff", *arguments]) == 2

    assert message in capsys.readouterr().err


_IN = "-A FORWARD -i {} -p tcp -m tcp --dport 443 -j ACCEPT"
_RENAMED = ("--interface", "eth0=wan0", "--interface", "eth1=lan0")


@pytest.mark.parametrize(
    ("old", "new", "more", "expected"),
    [
        ([_IN.format("eth0")], [_IN.format("wan0")], _RENAMED, []),
        ([_IN.format("eth+")], [_IN.format("wan0"), _IN.format("lan0")], _RENAMED, ["closed"]),
        ([_IN.format("eth0")], [_IN.format("lan0")], _RENAMED, ["opened", "closed"]),
        ([_IN.format("eth0")], [_IN.format("wan0")], (), ["opened", "closed"]),
    ],
    ids=["as before", "a prefix was for others too", "the other interface", "no-op: not told"],
)
def test_interfaces_may_have_other_names(
    capsys: pytest.CaptureFixture[str],
    old: list[str],
    new: list[str],
    more: tuple[str, ...],
    expected: list[str],
) -> None:
    old, new = ([*each, "-A FORWARD -i eth1 -j DROP"] for each in (old, new))
    if more:
        new[-1] = new[-1].replace("eth1", "lan0")

    status, document = _compared(capsys, rules(KEEP, *old), rules(KEEP, *new), *more)

    assert status == 0
    assert [each["change"] for each in document["changes"]] == expected


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["eth0"], "expected OLD=NEW"),
        (["eth0="], "expected OLD=NEW"),
        (["eth9=wan0"], "the old export names no interface `eth9`"),
        (["eth0=wan0", "eth1=wan0"], "one of these interfaces is named twice"),
        (["eth0=wan0", "eth0=lan0"], "one of these interfaces is named twice"),
    ],
)
def test_an_interface_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], told: list[str], said: str
) -> None:
    Path("old.rules").write_text(rules(_IN.format("eth0"), _IN.format("eth1")))
    options = [word for each in told for word in ("--interface", each)]

    assert main(["diff", "old.rules", "old.rules", *options]) == 2
    assert said in capsys.readouterr().err


def test_two_names_of_one_interface_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.xml").write_text(
        "<pfsense><version>23.3</version><interfaces><wan><if>em0</if><enable/></wan>"
        "</interfaces><filter/></pfsense>"
    )
    options = ("--interface", "wan=eth0", "--interface", "em0=eth1")

    assert main(["diff", "config.xml", "config.xml", *options]) == 2
    assert "one of these interfaces is named twice" in capsys.readouterr().err


def test_sites_say_what_interfaces_are(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.yaml").write_text(site())
    Path("shop.yaml").write_text(policy())
    Path("edge.rules").write_text(rules(KEEP))

    assert main(["diff", "site.yaml", "site.yaml", "--interface", "a=b"]) == 2
    assert "interfaces are renamed between two exports" in capsys.readouterr().err

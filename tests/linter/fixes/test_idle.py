"""Edits for rules that decide nothing: they go, or a denial stands where it denies."""

import shlex
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.samples import KEEP_IN, chains, rules
from tests.linter.fixes.fixing import Edited, fixes

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_TEN = "-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT"
_BAN = "-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 22 -j DROP"
_LO = "-A INPUT -i lo -j ACCEPT"
_SELECT = ("--select", "FW301,FW302,FW303,FW314", "--fail-on", "never")
_SAME = "no packet is treated differently"
_BANNED = "closes tcp 22 from 203.0.113.0/24 to any address; no other packet is treated differently"
_AWAY = "[5:300] -A a -p tcp -m tcp --dport 53 -j ACCEPT"


def _removed(check: str, line: int, text: str, command: str) -> Edited:
    return Edited(check, line, ((line, (text,), ()),), (command,), (), _SAME)


def _moved(line: int, before: int, text: str, *commands: str) -> Edited:
    changes = ((before, (), (text,)), (line, (text,), ()))
    return Edited("FW314", line, changes, commands, (), _BANNED)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([KEEP_IN, _SSH], []),
        ([_SSH, _TEN], [_removed("FW302", 6, _TEN, "iptables -D INPUT 2")]),
        ([_TEN, _SSH], [_removed("FW302", 5, _TEN, "iptables -D INPUT 1")]),
        (
            [_TEN.replace("ACCEPT", "DROP"), _TEN, _SSH],
            [_removed("FW301", 6, _TEN, "iptables -D INPUT 2")],
        ),
        (
            [*chains("a"), "-A INPUT -p udp -j a", _AWAY],
            [_removed("FW303", 7, _AWAY, "iptables -D a 1")],
        ),
        (
            [KEEP_IN, _LO, _SSH, _BAN],
            [
                _moved(
                    8,
                    7,
                    _BAN,
                    "iptables -D INPUT 4",
                    "iptables -I INPUT 3 -s 203.0.113.0/24 -p tcp -m tcp --dport 22 -j DROP",
                )
            ],
        ),
        ([*chains("a"), "-A INPUT -j a", "-A a -j ACCEPT", "-A INPUT -j LOG", _BAN], None),
        ([_TEN, _SSH, _BAN.replace("203.0.113", "10.1.1")], None),
        (["-I INPUT 1 -s 10.0.0.0/8 -j ACCEPT", "-A INPUT -s 10.1.0.0/16 -j ACCEPT"], None),
        (["-A INPUT -s 10.0.0.0/8 -j ACCEPT", "-I INPUT 2 -s 10.1.0.0/16 -j ACCEPT"], "no edit"),
    ],
    ids=[
        *("no-op", "part of an earlier one", "part of a later one", "behind a drop", "never"),
        *("a ban too late", "a ban behind a jump", "a ban behind two", "an order to insert"),
        "a rule that is inserted",
    ],
)
def test_of_iptables(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
    expected: list[Edited] | str | None,
) -> None:
    found = fixes(tmp_path, capsys, {"host.v4": rules(*lines)}, "host.v4", *_SELECT)

    if expected is None:
        assert all(isinstance(each, Edited) for each in found)
        assert found
    elif expected == "no edit":
        assert found == [("FW302", 6)]
    else:
        assert found == expected


_FIVE = "ip saddr 10.0.0.0/8 tcp dport 22 accept # handle 5"
_THREE = "tcp dport 22 accept; tcp dport { 22 } accept; udp dport 53 accept"
_LATE = "ip saddr 203.0.113.0/24 tcp dport 22 drop"
_TABLE = """table inet filter {{
	chain input {{ # handle 1
		type filter hook input priority filter; policy drop;
{}
	}}
}}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["tcp dport 22 accept # handle 4", "udp dport 53 accept # handle 5"], []),
        (
            [
                "tcp dport 22 accept # handle 4",
                _FIVE,
            ],
            [
                Edited(
                    "FW302",
                    5,
                    ((5, (f"\t\t{_FIVE}",), ()),),
                    ("nft 'delete rule inet filter input handle 5'",),
                    (),
                    _SAME,
                )
            ],
        ),
        (
            [_THREE],
            [
                Edited(
                    "FW302",
                    4,
                    (
                        (
                            4,
                            (f"\t\t{_THREE}",),
                            ("\t\ttcp dport 22 accept; udp dport 53 accept",),
                        ),
                    ),
                    (),
                    (),
                    _SAME,
                )
            ],
        ),
        (
            [
                "ct state established accept # handle 3",
                "tcp dport 22 accept # handle 4",
                f"{_LATE} # handle 5",
            ],
            [
                Edited(
                    "FW314",
                    6,
                    (
                        (5, (), (f"\t\t{_LATE}",)),
                        (6, (f"\t\t{_LATE} # handle 5",), ()),
                    ),
                    (
                        "nft 'delete rule inet filter input handle 5'",
                        f"nft 'insert rule inet filter input handle 4 {_LATE}'",
                    ),
                    (),
                    _BANNED,
                )
            ],
        ),
    ],
    ids=["no-op", "part of an earlier one", "several in a line", "a ban too late"],
)
def test_of_nftables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], expected: list[Edited]
) -> None:
    text = _TABLE.format("\n".join(f"\t\t{line}" for line in lines))

    assert fixes(tmp_path, capsys, {"host.nft": text}, "host.nft", *_SELECT) == expected


def test_no_file_is_edited_that_another_one_includes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only exports are read again with edits; what they include would be read as it was."""
    inner = f"table inet filter {{\n chain input {{\n  tcp dport 22 accept\n  {_FIVE}\n }}\n}}\n"
    text = _TABLE.format("") + 'include "inner.nft"\n'

    found = fixes(tmp_path, capsys, {"host.nft": text, "inner.nft": inner}, "host.nft", *_SELECT)

    assert found == [("FW302", 4)]


_DNAT = "-A PREROUTING -i wan0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.{}"
_NAT = "\n".join((_DNAT.format(1), _DNAT.format(1)))


@pytest.mark.parametrize(
    ("name", "text", "line", "command"),
    [
        ("host.v4", rules(KEEP_IN, nat=_NAT), 11, "iptables -t nat -D PREROUTING 2"),
        ("host.v6", rules(_SSH, _SSH), 6, "ip6tables -D INPUT 2"),
        ("host.v4", rules(f"[9:540] {_SSH}", f"[0:0] {_SSH}"), 6, "iptables -D INPUT 2"),
        ("host.v4", rules(KEEP_IN, _SSH), 0, ""),
    ],
    ids=["a table that is not the filter", "IPv6", "counters", "no-op"],
)
def test_the_order_names_the_tool_and_the_table(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
    line: int,
    command: str,
) -> None:
    found = fixes(tmp_path, capsys, {name: text}, name, *_SELECT)

    assert [(each.line, each.commands) for each in found if isinstance(each, Edited)] == (
        [(line, (command,))] if line else []
    )


def test_a_shell_runs_nothing_of_what_an_export_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "$(touch made); 'x' `touch made` \\\" & | > made"
    ban = _BAN.replace("-j", f'-m comment --comment "{said}" -j')
    text = rules(_SSH, ban)

    (found,) = fixes(tmp_path, capsys, {"host.v4": text}, "host.v4", *_SELECT)

    assert isinstance(found, Edited)
    _, insert = found.commands
    said = said.replace('\\"', '"')
    assert shlex.split(insert)[-5:] == ["comment", "--comment", said, "-j", "DROP"]


def test_what_there_is_no_time_for_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linter.commands.fixing.ROUNDS", 0)
    Path("host.v4").write_text(rules(_SSH, _TEN, _BAN))

    main(["check", "--fix", "host.v4", "-o", "concise", *_SELECT])

    assert capsys.readouterr().err == (
        "fwlint: no fix was looked for of 2 more findings: the time is up "
        "(a larger --work-limit gives more)\n"
    )

"""Keys that stay the same while more is open: a baseline goes by the packets, in every format."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main
from tests import ROOT
from tests.linter.commands.fleet.samples import write

_DEFAULT = """\
*filter
:INPUT ACCEPT [0:0]
{}
-A INPUT -p tcp -m tcp --dport 22 -j DROP
COMMIT
"""
_SETS = """\
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m set --match-set office src -m tcp --dport 3306 -j ACCEPT
COMMIT
"""
_OFFICE = "create office hash:net family inet\nadd office 198.18.0.0/16\nadd office 8.8.0.0/16\n"
_UNREAD = """\
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A INPUT -m unheard --of {} -j ACCEPT
COMMIT
"""
_SENT = """\
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.5/32 -p tcp -m tcp --dport 3306 -j DNAT --to-destination {}
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
-A FORWARD -d 10.0.0.0/24 -p tcp -m tcp --dport 3306 -j ACCEPT
COMMIT
"""
_NFT = """\
table inet filter {{
	set office {{
		type ipv4_addr; flags interval
		elements = {{ {} }}
	}}
	chain input {{
		type filter hook input priority 0; policy drop;
		ip saddr @office tcp dport 3306 accept
	}}
}}
"""
_MANY = ", ".join(f"8.{number}.0.0/24" for number in range(1, 19, 2))


def _drops(networks: Sequence[int]) -> str:
    lines = (
        f"-A INPUT -s 10.{number}.0.0/24 -p udp --dport {number} -j DROP" for number in networks
    )
    return "\n".join(lines)


# Files before and after, and whether nothing is worse.
_CHANGES: dict[str, tuple[dict[str, str], dict[str, str], bool]] = {
    "a default as it was": (
        {"a.rules": _DEFAULT.format(_drops(range(1, 9)))},
        {"a.rules": "# again\n" + _DEFAULT.format(_drops(range(1, 9)))},
        True,
    ),
    "a default that permits more, in the same words": (
        {"a.rules": _DEFAULT.format(_drops(range(1, 9)))},
        {"a.rules": _DEFAULT.format(_drops(range(1, 8)))},
        False,
    ),
    "a default of very many pieces": (
        {"a.rules": _DEFAULT.format(_drops(range(1, 251)))},
        {"a.rules": _DEFAULT.format(_drops([*range(1, 250), 251]))},
        False,
    ),
    "very many pieces as they were": (
        {"a.rules": _DEFAULT.format(_drops(range(1, 251)))},
        {"a.rules": _DEFAULT.format(_drops([*range(2, 251), 1]))},
        True,
    ),
    "an ipset as it was": (
        {"a.rules": _SETS, "a.ipset": _OFFICE},
        {"a.rules": _SETS, "a.ipset": "# again\n" + _OFFICE},
        True,
    ),
    "an ipset with one more network": (
        {"a.rules": _SETS, "a.ipset": _OFFICE},
        {"a.rules": _SETS, "a.ipset": _OFFICE + "add office 9.9.0.0/16\n"},
        False,
    ),
    "a set of nft as it was": (
        {"a.nft": _NFT.format(_MANY)},
        {"a.nft": "\n" + _NFT.format(_MANY)},
        True,
    ),
    "a set of nft that words abbreviate": (
        {"a.nft": _NFT.format(_MANY)},
        {"a.nft": _NFT.format(_MANY.replace("8.17.0.0/24", "8.99.0.0/24"))},
        False,
    ),
    "a match that is not understood, at another line": (
        {"a.rules": _UNREAD.format("5")},
        {"a.rules": "# moved\n" + _UNREAD.format("5")},
        True,
    ),
    "one more of the same kind": (
        {"a.rules": _UNREAD.format("5")},
        {
            "a.rules": _UNREAD.format("5").replace(
                "COMMIT", "-A INPUT -m unheard --of 6 -j ACCEPT\nCOMMIT"
            )
        },
        False,
    ),
    "a translation as it was": (
        {"a.rules": _SENT.format("10.0.0.7")},
        {"a.rules": "# moved\n" + _SENT.format("10.0.0.7")},
        True,
    ),
    "a translation to another machine": (
        {"a.rules": _SENT.format("10.0.0.7")},
        {"a.rules": _SENT.format("10.0.0.8")},
        False,
    ),
}


@pytest.mark.parametrize(("before", "after", "is_no_worse"), _CHANGES.values(), ids=_CHANGES)
def test_more_is_told_whatever_the_key_says(
    before: dict[str, str],
    after: dict[str, str],
    is_no_worse: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("exports")
    folder.mkdir()
    for name, text in before.items():
        (folder / name).write_text(text)
    words = ["exports", "--ignore", "FW4"]
    assert main(["baseline", *words, "-o", "baseline.json"]) == 0
    assert json.loads(Path("baseline.json").read_text())["findings"] != []
    for name, text in after.items():
        (folder / name).write_text(text)
    capsys.readouterr()

    main(["check", *words, "--baseline", "baseline.json", "-o", "json"])

    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    new = [each for each in report["findings"] if each["check"] != "FW510"]
    assert (new == []) is is_no_worse


def test_exports_of_one_name_in_two_folders_are_two_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("tst", "prod", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "web.v4").write_text(_SENT.format("10.0.0.7"))
    monkeypatch.chdir(tmp_path)
    assert main(["baseline", "tst/web.v4", "-o", "kept/b.json"]) == 0
    assert json.loads(Path("kept/b.json").read_text())["exports"] == ["../tst/web.v4"]
    before = Path("kept/b.json").read_text()
    other = "is of the exports `../tst/web.v4`, and what is checked is the exports `../prod/web.v4`"
    capsys.readouterr()

    assert main(["check", "prod/web.v4", "--baseline", "kept/b.json"]) == 2
    assert other in capsys.readouterr().err
    assert main(["baseline", "prod/web.v4", "-o", "kept/b.json"]) == 2
    assert other in capsys.readouterr().err
    assert Path("kept/b.json").read_text() == before

    monkeypatch.chdir("tst")
    for path in ("web.v4", "../tst/web.v4", str(tmp_path / "tst/web.v4")):
        main(["check", path, "--baseline", "../kept/b.json"])
        captured = capsys.readouterr()
        assert captured.err == ""
        assert "No findings" in captured.out
    assert main(["baseline", "web.v4", "-o", "../kept/b.json", "--prune"]) == 0
    assert json.loads(Path("../kept/b.json").read_text())["exports"] == ["../tst/web.v4"]


def test_devices_of_each_file_are_called_as_from_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prod").mkdir()
    for name in ("web.v4", "new.v4", "prod/web.v4"):
        (tmp_path / name).write_text(_SENT.format("10.0.0.7"))
    monkeypatch.chdir(tmp_path)
    assert main(["baseline", "--each", "web.v4", "-o", "b.json"]) == 0
    check = ["check", "--select", "FW215", "-o", "concise"]
    capsys.readouterr()

    assert main([*check, "--each", "web.v4", "new.v4", "--baseline", "b.json"]) == 1
    captured = capsys.readouterr()
    assert (captured.err, captured.out.count(": FW215 ")) == ("", 1)

    assert main([*check, "web.v4", "--baseline", "b.json"]) == 2
    other = "is of the exports `.`, and what is checked is the exports `web.v4`"
    assert other in capsys.readouterr().err

    monkeypatch.chdir("prod")
    assert main([*check, "--each", "web.v4", "--baseline", "../b.json"]) == 2
    other = "is of the exports `.`, and what is checked is the exports `prod`"
    assert other in capsys.readouterr().err


def test_pruning_some_files_of_many_takes_nothing_out_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hosts").mkdir()
    for name in "abc":
        (tmp_path / "hosts" / f"{name}.v4").write_text(_SENT.format("10.0.0.7"))
    monkeypatch.chdir(tmp_path)
    words = ("--select", "FW215", "-o", "b.json")
    assert main(["baseline", "--each", "hosts", *words]) == 0
    (tmp_path / "hosts" / "a.v4").write_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n")
    (tmp_path / "hosts" / "b.v4").unlink()

    def devices() -> list[str]:
        findings = json.loads(Path("b.json").read_text())["findings"]
        return [each["device"] for each in findings]

    before = devices()
    assert before == ["hosts/a.v4", "hosts/b.v4", "hosts/c.v4"]
    assert main(["baseline", "--each", "hosts/a.v4", "--prune", *words]) == 0
    assert devices() == before[1:]
    assert main(["baseline", "--each", "hosts", "--prune", *words]) == 0
    assert devices() == before[2:]
    capsys.readouterr()


def test_what_lies_beside_an_account_is_none_of_its_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "fixtures/aws/leap-provider/exports", "cloud")
    hosts = {"cloud/web.v4": _SENT.format("10.0.0.7"), "cloud/b/db.v4": _SENT.format("10.0.0.8")}
    write(tmp_path, hosts)
    assert main(["baseline", "--each", "cloud", "-o", "b.json"]) == 0
    devices = {each["device"] for each in json.loads(Path("b.json").read_text())["findings"]}
    assert devices == {"cloud", *hosts}
    account = ("--each", "cloud/vpcs.json")
    check = ["check", *account, "--baseline", "b.json", "-q", "-o", "json:found.json"]

    for more in ((), ("--fix",), ("--jobs", "2"), ("--shard", "1/1")):
        assert main([*check, *more]) == 0
        found = json.loads(Path("found.json").read_text())
        assert found["findings"] == []
        assert {each["device"] for each in found["accepted"]} == {"cloud"}
    assert found["shard"]["unneeded"]["numbers"] == []
    before = Path("b.json").read_text()
    assert main(["baseline", *account, "-o", "b.json", "--prune"]) == 0
    assert Path("b.json").read_text() == before

    for name in hosts:
        Path(name).unlink()
    capsys.readouterr()
    assert main(["check", "--each", "cloud", "--baseline", "b.json", "-o", "concise"]) == 0
    assert "findings in the baseline are no longer there" in capsys.readouterr().out
    assert main(["baseline", "--each", "cloud", "-o", "b.json", "--prune"]) == 0
    devices = {each["device"] for each in json.loads(Path("b.json").read_text())["findings"]}
    assert devices == {"cloud"}


def test_with_fixes_too_nothing_is_said_of_what_was_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.v4", "b.v4"):
        (tmp_path / name).write_text(_SENT.format("10.0.0.7"))
    monkeypatch.chdir(tmp_path)
    assert main(["baseline", "--each", "a.v4", "b.v4", "-o", "b.json"]) == 0
    capsys.readouterr()

    for more in ((), ("--fix",)):
        assert main(["check", "--each", "a.v4", "--baseline", "b.json", *more]) == 0
        assert "FW510" not in capsys.readouterr().out


def test_packets_that_are_told_no_more_are_not_fewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("web.v4").write_text(_SENT.format("10.0.0.7"))
    words = ["web.v4", "--select", "FW215"]
    assert main(["baseline", *words, "-o", "b.json"]) == 0
    document = json.loads(Path("b.json").read_text())
    (entry,) = document["findings"]
    assert entry["packets"] is None
    entry["packets"] = {"complete": True, "digest": "", "boxes": []}
    Path("b.json").write_text(json.dumps(document))
    capsys.readouterr()

    assert main(["check", *words, "--baseline", "b.json"]) == 1

    assert "it is about other packets than it was, or more" in capsys.readouterr().out

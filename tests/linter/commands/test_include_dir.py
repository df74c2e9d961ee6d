"""Folders beside those of the exports from which these may include files."""

from pathlib import Path

import pytest

from linter.cli import main

_EXPORT = """\
include "ports.nft"
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    tcp dport $web accept
  }
}
"""
_SITE = """\
fwlint: site/1
name: test
networks: {{dmz: 192.0.2.0/28}}
devices:
  edge: {{config: conf/edge.nft, interfaces: {{eth0: internet, eth1: dmz}}{more}}}
"""
_PACKET = "tcp 198.51.100.7:32768 > 192.0.2.11:443 in eth0"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an export, and one with what it includes."""
    monkeypatch.chdir(tmp_path)
    for name in ("conf", "common"):
        (tmp_path / name).mkdir()
    (tmp_path / "conf" / "edge.nft").write_text(_EXPORT)
    (tmp_path / "common" / "ports.nft").write_text("define web = 443\n")
    return tmp_path


def test_trace_includes_from_a_folder_that_the_user_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["trace", "conf/edge.nft", "--include-dir", "common", _PACKET])

    assert status == 0
    assert "accept: conf/edge.nft:5: tcp dport $web accept" in capsys.readouterr().out


def test_an_include_is_found_nowhere_else(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["trace", "conf/edge.nft", _PACKET])

    assert status == 2
    assert "edge.nft:1:1: the included file `ports.nft` is not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "arguments", "expected"),
    [
        ("", [], 2),
        ("", ["--include-dir", "elsewhere"], 2),
        ("", ["--include-dir", "elsewhere", "--include-dir", "common"], 0),
        (", includes: common", [], 0),
        (", includes: [conf, common]", [], 0),
    ],
)
def test_check_includes_from_folders_of_the_site_and_of_the_user(
    more: str, arguments: list[str], expected: int, folder: Path
) -> None:
    (folder / "site.yaml").write_text(_SITE.format(more=more))

    assert main(["check", "--quiet", "--fail-on", "never", *arguments]) == expected


def test_a_file_that_is_refused_says_how_to_allow_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _EXPORT.replace('"ports.nft"', '"../common/ports.nft"')
    (folder / "conf" / "edge.nft").write_text(text)

    status = main(["trace", "conf/edge.nft", _PACKET])

    assert status == 2
    message = "the included file `../common/ports.nft` is outside the folder of the export"
    assert f"{message}: --include-dir allows it" in capsys.readouterr().err

"""Findings for which `--fix` has no edit: the report says why."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.samples import policy, rules

_443 = "-p tcp -m tcp --dport 443 -j ACCEPT"
_SITE = """\
fwlint: site/1
networks: {office: 10.1.0.0/16}
devices:
  web: {config: w.v4, host: shop.web, ipv6: no}
policies: shop.yaml
use:
  shop:
    bind: {web: 192.0.2.10, users: office}
"""


# A second machine has its rules from the same file: an edit would be of both.
_OTHER = """\
  two: {config: w.v4, host: shop.gate, ipv6: no}
policies:"""
_GATE = ", gate: {inside: 192.0.2.11, outside: 192.0.2.12}"
_SHARED = _SITE.replace("policies:", _OTHER).replace("users: office", f"users: office{_GATE}")


def _files(*lines: str, site: str = _SITE) -> dict[str, str]:
    return {
        "shop.yaml": policy("id: https, service: 443/tcp"),
        "site.yaml": site,
        "w.v4": rules(*(f"-A INPUT {each}" for each in lines)),
    }


_WHY = {
    "no edits for the check": (
        _files(f"-s 10.1.0.0/16 {_443}"),
        ("--select", "FW322"),
        "fwlint makes no edits for FW322",
    ),
    "only possible": (
        _files(f"-m geoip --source-country DE {_443}"),
        ("--select", "FW2"),
        "nothing can be proved of what is only possible",
    ),
    "not proved": (
        _files(*(f"-p tcp -m tcp --dport 25 -j {to}" for to in ("ACCEPT", "DROP"))),
        ("--select", "FW314"),
        "the one that was tried is not proved",
    ),
    "not proved for another finding of the rule": (
        _files("-p tcp -m tcp --dport 443:500 -j ACCEPT", site=_SHARED),
        ("--select", "FW2"),
        "none of the 2 that were tried is proved",
    ),
    "none drawn up": (
        {**_files(), "w.v4": rules().replace("INPUT DROP", "INPUT ACCEPT")},
        ("--select", "FW2"),
        "none could be drawn up",
    ),
}


@pytest.mark.parametrize(("files", "select", "why"), _WHY.values(), ids=_WHY)
def test_where_there_is_no_edit_the_report_says_why(
    files: Mapping[str, str],
    select: tuple[str, ...],
    why: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    main(["check", "--fix", *select])
    shown = capsys.readouterr().out
    main(["check", "--fix", "-o", "json", *select])
    found = json.loads(capsys.readouterr().out)["findings"]

    assert f"= edit: none: {why}\n" in shown
    assert {each["no_edit"] for each in found} == {why}


def test_without_fix_nobody_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in _files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    main(["check", "--select", "FW1"])

    assert "= edit:" not in capsys.readouterr().out

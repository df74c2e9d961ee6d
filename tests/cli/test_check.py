"""`fwlint check` as a whole, with checks that find what a test wants found."""

import json
from pathlib import Path

import pytest

from linter.cli import main
from linter.engine.space import TooComplexError
from linter.model.finding import Finding, Level
from linter.model.ruleset import RuleSet
from linter.model.site import Site
from linter.model.source import Span

_EXPORT = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
_SITE = """\
fwlint: site/1
name: test
networks: {dmz: 192.0.2.0/28, office: 10.0.0.0/8}
devices:
  edge: {config: edge.rules, interfaces: {eth0: internet, eth1: dmz}}
  core: {config: core.rules, interfaces: {eth0: dmz, eth1: office}}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(_SITE)
    for name in ("edge", "core"):
        (tmp_path / f"{name}.rules").write_text(_EXPORT)
    return tmp_path


def _finds(monkeypatch: pytest.MonkeyPatch, *levels: Level) -> None:
    def judge(_: Site, rulesets: dict[str, tuple[RuleSet, ...]]) -> list[Finding]:
        return [
            Finding("FW101", level, "certain", f"{device} blocks", Span("edge.rules", 3, 1, 3, 9))
            for level in levels
            for device in rulesets
        ]

    monkeypatch.setattr("linter.checks.run", judge)


@pytest.mark.parametrize(
    ("level", "threshold", "expected"),
    [
        ("info", "info", 1),
        ("info", "warning", 0),
        ("warning", "warning", 1),
        ("warning", "error", 0),
        ("error", "error", 1),
        ("error", "critical", 0),
        ("critical", "error", 1),
        ("critical", "critical", 1),
        ("critical", "never", 0),
    ],
)
@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("output", ["full", "concise", "json", "sarif", "github"])
def test_the_status_depends_on_the_threshold_and_not_on_the_format(
    level: Level, threshold: str, expected: int, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _finds(monkeypatch, level)

    assert main(["check", "--fail-on", threshold, "-o", output]) == expected


def test_several_outputs_are_written_in_one_run(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _finds(monkeypatch, "error")

    assert main(["check", "-o", "concise", "-o", "json:out.json", "-o", "sarif:out.sarif"]) == 1
    assert capsys.readouterr().out.startswith("edge.rules:3:1: FW101 error: core blocks\n")
    assert json.loads((site / "out.json").read_text())["summary"]["error"] == 2
    assert len(json.loads((site / "out.sarif").read_text())["runs"][0]["results"]) == 2


def test_quiet_writes_files_only(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _finds(monkeypatch, "error")

    assert main(["check", "-q", "-o", "full", "-o", "json:out.json"]) == 1
    assert capsys.readouterr() == ("", "")
    assert (site / "out.json").exists()


@pytest.mark.usefixtures("site")
def test_what_is_not_selected_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    _finds(monkeypatch, "critical")

    assert main(["check", "--select", "FW2"]) == 0
    assert main(["check", "--ignore", "FW101,FW2"]) == 0
    assert main(["check", "--select", "FW1,FW2"]) == 1


def test_a_bad_export_does_not_hide_the_findings_of_other_devices_and_outranks_them(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "edge.rules").write_text("neither fish nor fowl\n")
    _finds(monkeypatch, "critical")

    assert main(["check", "-o", "concise", "-o", "sarif:out.sarif", "-o", "json:out.json"]) == 2

    captured = capsys.readouterr()
    assert "FW101 critical: core blocks" in captured.out
    assert "edge blocks" not in captured.out
    assert captured.out.endswith("1 input could not be evaluated.\n")
    assert captured.err.startswith("edge.rules:1:1: ")
    assert "neither fish nor fowl" in captured.err
    results = json.loads((site / "out.sarif").read_text())["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == ["FW101", "FW904"]
    loaded = json.loads((site / "out.json").read_text())
    assert [each["place"]["path"] for each in loaded["failures"]] == ["edge.rules"]


def test_a_missing_export_is_named(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "edge.rules").unlink()
    _finds(monkeypatch)

    assert main(["check"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        "edge.rules:1:1: cannot be read: No such file or directory"
    )


@pytest.mark.usefixtures("site")
def test_a_question_past_the_limits_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def give_up(*_: object) -> list[Finding]:
        raise TooComplexError("more than 9 nodes")

    monkeypatch.setattr("linter.checks.run", give_up)

    assert main(["check", "-o", "concise"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "site.yaml:1:1: too complex to be decided: more than 9 nodes\n"
    assert captured.out.endswith(" 1 input could not be evaluated.\n")


def test_a_bad_site_is_a_result_too(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "site.yaml").write_text(_SITE + "noise: 1\n")

    assert main(["check", "-o", "full", "-o", "sarif:out.sarif"]) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith("site.yaml:7:1: a site has no key `noise`")
    assert captured.out.startswith("Nothing was checked: ")
    results = json.loads((site / "out.sarif").read_text())["runs"][0]["results"]
    assert {each["ruleId"] for each in results} == {"FW904"}


def test_a_missing_site_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["check", "nowhere.yaml"]) == 2
    assert capsys.readouterr().err.startswith("nowhere.yaml")


@pytest.mark.usefixtures("site")
def test_a_file_that_cannot_be_written_is_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _finds(monkeypatch)

    assert main(["check", "-o", "json:no/such/folder"]) == 2
    assert capsys.readouterr().err == "fwlint: no/such/folder: No such file or directory\n"


@pytest.mark.usefixtures("site")
def test_findings_come_worst_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _finds(monkeypatch, "info", "critical", "warning", "error")

    main(["check", "-o", "json"])

    levels = [each["level"] for each in json.loads(capsys.readouterr().out)["findings"]]
    assert levels == sorted(levels, key=["critical", "error", "warning", "info"].index)
    assert len(levels) == 8

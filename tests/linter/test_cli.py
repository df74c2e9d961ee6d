"""The command line as a whole: arguments, messages and exit statuses."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import linter
from linter.checks.catalogue import IDS
from linter.cli import main
from tests import ROOT

_ROOT = ROOT


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    policies = f"(policies of {linter.POLICIES})"
    assert capsys.readouterr().out == f"fwlint {linter.__version__} {policies}\n"


def test_help_succeeds_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("check", "trace", "policy", "explain", "checks"):
        assert f"\n    {command} " in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["chekc"], "invalid choice: 'chekc'"),
        (["check", "--fail-on", "terror"], "invalid choice: 'terror'"),
        (["explain"], "one of the arguments ID | NAME --all is required"),
        (
            ["explain", "FW999"],
            "fwlint explain: unknown check 'FW999'; `fwlint checks` lists all checks",
        ),
        (
            ["explain", "undeclared-openning"],
            "'undeclared-openning'; did you mean `undeclared-opening` or",
        ),
        (
            ["check", "-o", "xml"],
            "fwlint check: unknown output format 'xml'; expected one of full, concise",
        ),
        (
            ["check", "-o", "json", "-o", "sarif"],
            "fwlint check: only one output can go to standard output; give the others a path",
        ),
        (["check", "--select", "FW7"], "fwlint check: no check id starts with 'FW7'"),
        (["check", "--ignore", "FW1,"], "fwlint check: no check id starts with ''"),
        (["check", "--policy", "leap", "x"], "fwlint check: use --policy and --role together"),
        (["check", "--policy", "leap", "--role", "webapp"], "with at least one export"),
        (
            ["check", "x", "--bind", "a=b"],
            "fwlint check: --option, --parameter, --bind, --address, --interface require --policy",
        ),
        (["check"], "fwlint check: nothing to check: there is no site.yaml here; name a site"),
        (
            ["check", "--policy", "leap", "--role", "webapp", "x", "--bind", "a=b"],
            "fwlint check: unknown role or peer `a`; expected one of `mx`",
        ),
        (
            ["check", "--policy", "leap", "--role", "webapp", "x", "--bind", "mx=1.2.3"],
            "fwlint check: `1.2.3` is not an IP address\n",
        ),
        (
            ["check", "--policy", "leap", "--role", "webap", "hosts/"],
            "fwlint check: unknown role `webap`; did you mean `webapp`?",
        ),
    ],
)
def test_wrong_usage_is_said_on_standard_error_with_status_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("text", ["FW203", "admin-port-from-internet"])
def test_a_check_is_explained_by_id_and_by_name(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", text]) == 0
    assert capsys.readouterr().out.startswith(
        "# FW203 admin-port-from-internet\n\n"
        "A port for administrators is open from the internet.\n\n"
        "Usual level: critical.\n\n"
        "**Reports.** "
    )


def test_checks_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:5] for line in lines] == list(IDS)


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "linter", "explain", "--all"],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=_ROOT,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_an_encoding_without_the_characters_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setattr("linter.checks.catalogue.pages", lambda: "a … b")

    assert main(["explain", "--all"]) == 0
    assert raw.getvalue() == b"a \\u2026 b\n"


def test_a_crash_does_not_look_like_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash() -> str:
        raise RecursionError

    monkeypatch.setattr("linter.checks.catalogue.pages", crash)

    assert main(["explain", "--all"]) == 2
    assert "please report it" in capsys.readouterr().err

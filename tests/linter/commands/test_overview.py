"""`fwlint fleet`: from the reports of two nights to what is new."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from tests import ROOT
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, OPEN, fleet, write

Run = Callable[..., tuple[int, str, str]]
HOST = CLOSED.replace("COMMIT", "-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT\nCOMMIT")
COUNTED = HOST.replace("-A INPUT", "[7:420] -A INPUT").replace("DROP [0:0]", "DROP [9:99]")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs fwlint beside the reports of two nights; returns its status and what it wrote."""
    monkeypatch.chdir(tmp_path)
    hosts = {f"exports/db/{number}.v4": HOST for number in range(3)}
    write(tmp_path, {**hosts, "exports/web/a.v4": CLOSED})
    _check("old.json")
    write(tmp_path, {**hosts, "exports/db/1.v4": COUNTED, "exports/web/a.v4": OPEN})
    _check("new.json")

    def fwlint(*arguments: str) -> tuple[int, str, str]:
        status = main(["fleet", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return fwlint


def _check(name: str) -> None:
    arguments = [
        "exports",
        "--each",
        "--jobs",
        "1",
        "--date",
        "2026-03-02",
        "--ignore",
        "FW4",
    ]
    assert main(["check", *arguments, "-o", f"json:{name}", "-q"]) in (1, 2)


def test_one_rule_on_many_hosts_is_told_once(run: Run) -> None:
    status, out, err = run("new.json")

    assert (status, err) == (0, "")
    rules = out.partition("By rule\n")[2].partition("\n\n")[0]
    assert (
        "  error     3 findings on 3 inputs  FW215 marked-port-open: "
        "-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT\n"
        "            exports/db/0.v4, exports/db/1.v4, exports/db/2.v4"
    ) in rules


def test_what_is_new_since_another_night_is_told(run: Run) -> None:
    status, out, _ = run("new.json", "--before", "old.json")

    assert status == 0
    assert "Since the run before\n  1 new, 3 unchanged.\n" in out
    assert "exports/web/a.v4" in out.partition("\nNew: ")[2].partition("By check")[0]


def test_the_example_of_the_documentation_is_what_is_printed(run: Run) -> None:
    page = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
    example = page.partition("```text\n")[2].partition("```")[0]

    assert run("new.json", "--before", "old.json")[1].startswith(example)


def test_all_outputs_come_from_one_run(run: Run, tmp_path: Path) -> None:
    outputs = ["-o", "json:fleet.json", "-o", "html:fleet.html", "-o", "text"]
    status, out, _ = run("new.json", "--before", "old.json", *outputs)

    found = json.loads((tmp_path / "fleet.json").read_text())
    assert (status, found["trend"]["unchanged"]) == (0, 3)
    assert "1 new, 3 unchanged." in out
    assert "1 new, 3 unchanged." in (tmp_path / "fleet.html").read_text()
    assert [each["owner"] for each in found["by_owner"]] == ["db", "web"]


@pytest.mark.parametrize(
    ("level", "reports", "expected"),
    [
        ("error", ("new.json", "--before", "old.json"), 1),
        ("critical", ("new.json", "--before", "old.json"), 0),
        ("info", ("old.json", "--before", "old.json"), 0),
        ("info", ("old.json", "--before", "new.json"), 0),
    ],
)
def test_what_is_new_can_fail(
    level: str, reports: tuple[str, ...], expected: int, run: Run
) -> None:
    assert run(*reports, "--fail-on-new", level)[0] == expected


def test_what_was_not_evaluated_is_no_clean_answer(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"exports/web/a.v4": BROKEN})
    _check("broken.json")
    status, out, _ = run("broken.json", "--before", "new.json", "--fail-on-new", "critical")

    assert status == 2
    assert "Could not be evaluated\n  exports/web/a.v4: the table has no COMMIT" in out
    assert "1 not checked any more, 3 unchanged." in out
    assert "gone" not in out
    assert run("broken.json")[0] == 0


def test_what_settings_hid_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fwlint.toml").write_text('marked = {remove = ["5432/tcp"]}\n')
    _check("tonight.json")
    _, out, _ = run("tonight.json")
    (tmp_path / "fwlint.toml").unlink()

    assert "Settings in fwlint.toml: unmark 5432/tcp.\n" in out
    assert "Settings" not in run("new.json")[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("none.json",), "none.json:1:1: cannot be read: No such file or directory\n"),
        (
            ("new.json", "new.json"),
            "new.json:1:1: `exports/db/0.v4` is among the inputs of another file too\n",
        ),
        (
            ("new.json", "--fail-on-new", "error"),
            "fwlint fleet: --fail-on-new needs the run before (--before OLD)\n",
        ),
        (
            ("new.json", "-o", "sarif"),
            "fwlint fleet: unknown output format 'sarif'; expected one of text, json, html\n",
        ),
    ],
)
def test_what_cannot_be_is_one_error(arguments: tuple[str, ...], expected: str, run: Run) -> None:
    assert run(*arguments) == (2, "", expected)


def test_shares_of_a_run_are_a_run_if_all_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, fleet())
    for number in (1, 2, 3, 4, 5, 6):
        main(
            ["check", "hosts", "sites", "-q", "--shard", f"{number}/6", "-o", f"json:{number}.json"]
        )
    main(["check", "hosts", "sites", "-q", "-o", "json:all.json"])
    capsys.readouterr()
    parts = [f"{number}.json" for number in (3, 1, 2, 5, 4, 6)]

    assert main(["fleet", *parts]) == 0
    (first, *_) = capsys.readouterr().out.splitlines()
    assert main(["fleet", "all.json"]) == 0
    assert capsys.readouterr().out.startswith(f"{first}\n")
    for given, missing in ((parts[1:], 3), ([*parts, "--before", "1.json"], 2)):
        message = f"1.json:1:1: is share 1 of 6, and share {missing} is not among the reports\n"
        assert main(["fleet", *given]) == 2
        assert capsys.readouterr() == ("", message)


def test_shares_of_another_run_stand_for_none_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, fleet())
    for name in ("hosts", "sites"):
        for number in (1, 2):
            part = f"json:{name}{number}.json"
            main(["check", "--each", name, "-q", "--shard", f"{number}/2", "-o", part])
    capsys.readouterr()

    assert main(["fleet", "hosts1.json", "sites2.json", "hosts2.json"]) == 2
    message = "sites2.json:1:1: is share 2 of 2, and share 1 is not among the reports\n"
    assert capsys.readouterr().err == message
    assert main(["fleet", "hosts1.json", "sites2.json", "hosts2.json", "sites1.json"]) == 0

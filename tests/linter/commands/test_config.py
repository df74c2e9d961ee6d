"""Settings from a file of the tree: what they do, what they may not do, and their errors."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from linter.cli import main
from tests import ROOT

_RULES = """\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 9000 -j ACCEPT
COMMIT
"""
_SITE = """\
fwlint: site/1
name: host
networks: {office: 10.0.0.0/8}
devices:
  web:
    config: web.rules
    ipv6: no
    interfaces: {eth0: internet, eth1: office}
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a site in a folder of it."""
    repository = tmp_path / "repository"
    for name in (".git", "sites"):
        (repository / name).mkdir(parents=True)
    (repository / "sites" / "web.rules").write_text(_RULES)
    (repository / "sites" / "host.yaml").write_text(_SITE)
    (tmp_path / "elsewhere.yaml").write_text(_SITE)
    monkeypatch.chdir(repository)
    return repository


def report(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What `fwlint check -o json` says, with its exit status."""
    capsys.readouterr()
    status = main(["check", "-o", "json", *words])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {**found, "status": status, "ids": {each["check"] for each in found["findings"]}}


_NAMED = 'site = "sites/host.yaml"\n'
_SETTINGS: dict[str, tuple[str, dict[str, Any], int]] = {
    "a site alone": (_NAMED, {}, 1),
    "fail on nothing": (f'{_NAMED}fail-on = "never"', {"fail_on": "never"}, 0),
    "fail on less": (f'{_NAMED}fail-on = "info"', {"fail_on": "info"}, 1),
    "ignore": (f'{_NAMED}ignore = ["FW215", "FW3"]', {"ignore": ["FW215", "FW3"]}, 0),
    "one text for a list": (f'{_NAMED}ignore = "FW2"', {"ignore": ["FW2"]}, 0),
    "select": (f'{_NAMED}select = ["FW3"]', {"select": ["FW3"]}, 0),
    "marks": (f'{_NAMED}marked.add = ["9000/tcp"]', {"marked": ["9000/tcp"]}, 1),
    "marks taken away": (
        f'{_NAMED}[marked]\nremove = ["3306/tcp"]',
        {"unmarked": ["3306/tcp"]},
        0,
    ),
}


@pytest.mark.parametrize(("text", "said", "status"), _SETTINGS.values(), ids=_SETTINGS)
@pytest.mark.parametrize("is_shared", [False, True], ids=["fwlint.toml", "pyproject.toml"])
def test_settings_do_what_they_say_and_are_told(
    text: str,
    said: dict[str, Any],
    status: int,
    is_shared: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "pyproject.toml" if is_shared else "fwlint.toml"
    if is_shared:
        text = text.replace("[marked]", "[tool.fwlint.marked]")
        text = f'[project]\nname = "x"\n[tool.fwlint]\n{text}\n'
    Path(name).write_text(text)

    found = report(capsys)

    nothing = {"fail_on": "", "select": [], "ignore": [], "baseline": "", "marked": []}
    site = {"path": name, "site": "sites/host.yaml", "unmarked": []}
    assert found["settings"] == {**nothing, **site, **said}
    assert found["status"] == status
    assert not any(check.startswith(tuple(said.get("ignore", []))) for check in found["ids"])


def test_a_folder_above_may_have_them(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "fwlint.toml").write_text(f'{_NAMED}ignore = "FW215"')
    monkeypatch.chdir(repository / "sites")

    found = report(capsys)

    assert found["settings"]["path"] == "../fwlint.toml"
    assert found["settings"]["site"] == "host.yaml"
    assert found["status"] == 0


def test_the_nearest_ones_count_alone(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "fwlint.toml").write_text('ignore = "FW215"')
    (repository / "sites" / "fwlint.toml").write_text('site = "host.yaml"')
    monkeypatch.chdir(repository / "sites")

    assert report(capsys)["settings"]["ignore"] == []


def test_what_is_above_the_repository_is_none_of_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.parent / "fwlint.toml").write_text('ignore = "FW2"')

    assert report(capsys, "sites/host.yaml")["settings"] is None


def test_outside_of_repositories_only_the_folder_itself_is_looked_in(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / ".git").rmdir()
    (repository / "fwlint.toml").write_text('ignore = "FW215"')
    assert report(capsys, "sites/host.yaml")["status"] == 0
    monkeypatch.chdir(repository / "sites")

    assert report(capsys, "host.yaml")["status"] == 1


_ALL = f"""{_NAMED}
fail-on = "never"
ignore = ["FW215"]
output = ["concise"]
"""
_TYPED = {
    "nothing": ([], {"site": "sites/host.yaml", "fail_on": "never", "ignore": ["FW215"]}, 0),
    "the site": (["sites/host.yaml"], {"site": "", "fail_on": "never"}, 0),
    "the level": (["--fail-on", "error"], {"fail_on": ""}, 0),
    "checks": (["--select", "FW2"], {"ignore": [], "select": []}, 0),
    "checks and the level": (["--select", "FW2", "--fail-on", "error"], {"ignore": []}, 1),
    "no settings": (["sites/host.yaml", "--no-config"], None, 1),
    "other settings": (["--config", "other.toml"], {"path": "other.toml", "fail_on": ""}, 1),
}


@pytest.mark.parametrize(("words", "said", "status"), _TYPED.values(), ids=_TYPED)
def test_the_command_line_wins(
    words: list[str],
    said: dict[str, Any] | None,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("fwlint.toml").write_text(_ALL)
    Path("other.toml").write_text(_NAMED)

    found = report(capsys, *words)

    settings = found["settings"]
    assert settings == said if said is None else said.items() <= settings.items()
    assert found["status"] == status


@pytest.mark.parametrize("output", ["full", "concise", "json", "sarif", "github"])
def test_no_output_hides_what_settings_did(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("fwlint.toml").write_text(f'{_NAMED}fail-on = "critical"\nignore = ["FW"]\n')

    assert main(["check", "-o", output]) == 0

    said = capsys.readouterr().out
    if output == "json":
        assert json.loads(said)["settings"]["ignore"] == ["FW"]
        return
    words = "ettings in fwlint.toml: site sites/host.yaml; fail on critical; ignore FW"
    assert words in said


def test_what_settings_did_is_said_where_no_report_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("fwlint.toml").write_text(f'{_NAMED}ignore = ["FW"]\n')

    assert main(["check", "-q"]) == 0

    captured = capsys.readouterr()
    words = "fwlint: settings in fwlint.toml: site sites/host.yaml; ignore FW\n"
    assert (captured.out, captured.err) == ("", words)


@pytest.mark.parametrize("is_typed", [False, True])
def test_a_run_that_writes_files_alone_says_what_it_found(
    is_typed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    text = _NAMED if is_typed else f'{_NAMED}output = ["json:a.json"]'
    Path("fwlint.toml").write_text(text)
    words = ["-o", "json:a.json"] if is_typed else []

    assert main(["check", *words]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fwlint: Found 1 error")
    assert captured.err.endswith("Settings in fwlint.toml: site sites/host.yaml.\n")

    main(["check", "-q", *words])
    assert capsys.readouterr().err == "fwlint: settings in fwlint.toml: site sites/host.yaml\n"


def test_a_long_list_is_told_in_few_words(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"FW{number}" for number in (*range(101, 110), *range(201, 209), *range(301, 306))]
    Path("fwlint.toml").write_text(f"{_NAMED}ignore = {ids * 1000}")

    main(["check", "-o", "concise"])

    listed = ", ".join(ids[:20])
    assert capsys.readouterr().out.endswith(f"; ignore {listed} and {len(ids) - 20} more.\n")


def test_outputs_are_written_and_replace_what_they_wrote(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'{_NAMED}output = ["concise", "sarif:out/a.sarif", "json:b.json"]'
    (repository / "fwlint.toml").write_text(text)
    (repository / "out").mkdir()
    monkeypatch.chdir(repository / "sites")

    for _ in range(2):
        assert main(["check"]) == 1
        assert "FW215 error" in capsys.readouterr().out
    assert json.loads((repository / "out" / "a.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((repository / "b.json").read_text())["version"] == 2


def test_a_baseline_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "sites/host.yaml", "-o", "baseline.json"]) == 0
    Path("fwlint.toml").write_text(f'{_NAMED}baseline = "baseline.json"')

    found = report(capsys)
    assert (found["findings"], found["settings"]["baseline"]) == ([], "baseline.json")
    assert found["status"] == 0

    (Path("sites") / "web.rules").write_text(_RULES.replace("3306", "5432"))
    assert report(capsys)["status"] == 1
    assert main(["baseline"]) == 0
    assert report(capsys)["status"] == 0


def test_the_first_baseline_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fwlint.toml").write_text(f'{_NAMED}baseline = "baseline.json"')

    assert main(["check", "-o", "concise"]) == 2
    captured = capsys.readouterr()
    assert "baseline.json" in captured.err
    assert captured.out == ""
    assert main(["check", "--no-baseline", "-o", "concise"]) == 1
    assert main(["baseline", "--prune"]) == 2
    capsys.readouterr()

    assert main(["baseline"]) == 0
    assert capsys.readouterr().out.startswith("baseline.json accepts ")
    assert report(capsys)["status"] == 0


def test_the_first_baseline_of_settings_stays_in_their_tree(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path("link").symlink_to(tmp_path / "elsewhere")
    for path in ("link/b.json", "../b.json", ".git/b.json", ".hidden/b.json"):
        Path("fwlint.toml").write_text(f'{_NAMED}baseline = "{path}"')
        assert main(["baseline"]) == 2
    assert not list((tmp_path / "elsewhere").iterdir())


def test_open_marks_what_the_settings_mark(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fwlint.toml").write_text('marked.add = ["9000/tcp"]')

    assert main(["open", "sites/web.rules"]) == 0

    captured = capsys.readouterr()
    assert "tcp 9000 (marked" in captured.out
    settings, *remarks = captured.err.splitlines()
    assert settings == "fwlint: settings in fwlint.toml: mark 9000/tcp"
    assert remarks[0].startswith("sites/web.rules:1:1: nothing says whether this is IPv4 or IPv6")


def test_other_commands_read_none() -> None:
    Path("fwlint.toml").write_text("site = 1")

    assert main(["checks"]) == 0
    assert main(["trace", "sites/web.rules", "tcp 192.0.2.1:1 > 192.0.2.2:22 in eth0"]) == 0


def test_without_a_file_no_toml_is_imported() -> None:
    code = (
        "import sys; from linter.cli import main; main(['check', 'sites/web.rules', '-q']); "
        "print({'tomllib', 'linter.commands.toml_places'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.stdout == "set()\n"


def test_the_example_of_the_manual_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]
    Path("sites").rename("firewalls")
    Path("firewalls/host.yaml").rename("firewalls/site.yaml")
    assert main(["baseline", "firewalls/site.yaml", "-o", "firewalls/baseline.json"]) == 0
    Path("fwlint.toml").write_text(text, encoding="utf-8")

    assert main(["check"]) == 1

    said = capsys.readouterr().out
    assert "FW215" in said  # 9000/tcp is marked now
    assert "fail on warning; ignore FW302, FW320; baseline firewalls/baseline.json;" in said
    assert Path("fwlint.sarif").exists()


def test_what_the_manuals_say_of_the_demo_is_what_runs_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def last(page: str) -> str:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        return next(line for line in text.splitlines() if line.startswith("No findings in "))

    shutil.copytree(ROOT / "fixtures" / "demo", tmp_path / "clone" / "firewalls")
    monkeypatch.chdir(tmp_path / "clone")
    assert main(["baseline", "firewalls/site.yaml", "-o", "baseline.json"]) == 0
    capsys.readouterr()
    assert main(["check", "firewalls/site.yaml", "--baseline", "baseline.json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last("baseline.md")

    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    Path("fwlint.toml").write_text(page.partition("```toml\n")[2].partition("```")[0], "utf-8")
    assert main(["baseline"]) == 0
    capsys.readouterr()
    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last("settings.md")

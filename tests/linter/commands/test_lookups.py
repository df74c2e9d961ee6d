"""The commands that only tell something: of checks, policies, exports, and fwlint itself."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import linter
from linter.checks.catalogue import ALONE, IDS, every
from linter.cli import main
from linter.commands.completion import run as completion
from linter.commands.lookup_arguments import SHELLS
from linter.commands.manual import page
from parsers import COMPANIONS, FORMATS, recipes
from policies.products import TITLES
from tests import READABLE, ROOT

Said = Callable[..., str]
_VERSION = linter.__version__


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What a run prints; its status is 0."""

    def run(*arguments: str) -> str:
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    return run


def test_checks_are_data_too(said: Said) -> None:
    found = json.loads(said("checks", "--format", "json"))

    assert (found["version"], [each["id"] for each in found["checks"]]) == (1, list(IDS))
    assert found["checks"][IDS.index("FW203")] == {
        "id": "FW203",
        "name": "admin-port-from-internet",
        "level": "critical",
        "summary": "A port for administrators is open from the internet.",
        "by_default": True,
        "of_exports": False,
    }
    asked = {each["id"] for each in found["checks"] if not each["by_default"]}
    assert asked == {check.id for check in every() if check.is_quiet} != set()
    assert {each["id"] for each in found["checks"] if each["of_exports"]} == set(ALONE)


def test_a_page_is_data_too(said: Said) -> None:
    found = json.loads(said("explain", "fw203", "--format", "json"))
    (check,) = found["checks"]

    assert check["id"] == "FW203"
    assert check["page"].startswith("# FW203 admin-port-from-internet\n\n")
    several = json.loads(said("explain", "--all", "--format", "json"))
    assert [each["id"] for each in several["checks"]] == list(IDS)
    assert check in several["checks"]


def test_policies_are_data_too(said: Said) -> None:
    found = json.loads(said("policy", "list", "--format", "json"))

    assert found == {
        "version": 1,
        "policies": [{"name": name, "title": title} for name, title in TITLES.items()],
    }


@pytest.mark.parametrize("text", ["fw203", "Fw203", "Admin-Port-From-Internet"])
def test_a_check_is_found_in_any_case(text: str, said: Said) -> None:
    assert said("explain", text) == said("explain", "FW203")


def test_the_manual_page_is_the_one_that_is_installed(
    golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linter, "__version__", _VERSION)
    golden(ROOT / "docs" / "fwlint.1", page())


def test_the_manual_page_has_every_command_once(said: Said) -> None:
    text = said("man")

    assert text == page()
    names = [each.replace("\\", "") for each in re.findall(r"^\.SS (.*)$", text, re.MULTILINE)]
    assert len(set(names)) == len(names)
    assert {"fwlint check", "fwlint policy show", "fwlint export-help"} < set(names)


@pytest.mark.parametrize(
    "command",
    [["groff", "-man", "-Tutf8", "-ww"], ["man", "-l", "--warnings"], ["mandoc", "-W", "error"]],
    ids=lambda each: each[0],
)
def test_the_manual_page_is_read_without_a_warning(command: list[str]) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"there is no {command[0]}")
    done = subprocess.run(
        [*command, str(ROOT / "docs" / "fwlint.1")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)
    assert "--fail-on" in shown
    assert "fwlint check [SITE] [options]" in shown


_COMPLETED = {
    "a command": (["ch"], {"check", "checks"}),
    "an action": (["policy", "s"], {"show", "schema"}),
    "an id": (["explain", "FW31"], {f"FW31{number}" for number in range(10)}),
    "an id of an option": (["check", "--ignore", "FW50"], {f"FW50{n}" for n in range(1, 10)}),
    "a policy": (["policy", "show", "k"], {"k3s", "kubernetes"}),
    "a policy of an option": (["check", "--policy", "wa"], {"wazuh"}),
    "a level": (["check", "--fail-on", "n"], {"never"}),
    "an output": (["check", "-o", "s"], {"sarif"}),
    "a shell": (["completion", "z"], {"zsh"}),
    "a format": (["export-help", "pf"], {"pfsense"}),
    "a file": (["check", "here/e"], {"here/edge.rules"}),
    "a folder alone": (["check", "--include-dir", "he"], {"here"}),
    "a file of one's own beside policies": (["policy", "show", "here/"], {"here/edge.rules"}),
    "an option": (["check", "--sarif-c"], {"--sarif-category"}),
    "nothing that is there": (["explain", "FW7"], set[str]()),
}


@pytest.mark.parametrize("name", _COMPLETED)
def test_bash_completes(name: str, said: Said, tmp_path: Path) -> None:
    words, expected = _COMPLETED[name]
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "edge.rules").touch()
    (tmp_path / "script").write_text(said("completion", "bash"))
    asked = (
        'source ./script; COMP_WORDS=(fwlint "$@"); COMP_CWORD=$#; COMP_LINE="fwlint $*"; '
        'COMP_POINT=${#COMP_LINE}; _shtab_fwlint; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", asked, "bash", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""
    assert {each.rstrip("/") for each in done.stdout.split()} == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_its_script(shell: str, said: Said, tmp_path: Path) -> None:
    text = said("completion", shell)

    assert "FW203" in text
    assert "export-help" in text
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    path = tmp_path / "script"
    path.write_text(text)
    command = [shell, "-f", "-c", f"source {path}"] if shell == "tcsh" else [shell, "-n", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_completion_knows_every_shell_that_it_offers(capsys: pytest.CaptureFixture[str]) -> None:
    import shtab

    assert set(SHELLS) <= set(shtab.SUPPORTED_SHELLS)
    for shell in SHELLS:
        assert completion(shell) == 0
        assert capsys.readouterr().out


_NAMES = [each.name for each in (*FORMATS, *COMPANIONS)]
_DIALECTS = [dialect.name for each in FORMATS for dialect in each.dialects]


@pytest.mark.parametrize("name", [*_NAMES, *_DIALECTS, "PfSense", "IPTABLES-SAVE"])
def test_every_format_and_dialect_has_a_recipe(name: str, said: Said) -> None:
    assert recipes(name)
    assert said("export-help", name).startswith(f"{recipes(name)[0].title}\n\n")


def test_all_recipes_are_printed_without_a_name(said: Said) -> None:
    text = said("export-help")

    assert all(f"{recipe.title}\n" in text for recipe in recipes())
    assert text.count("\n    fwlint check ") >= len(FORMATS)


def test_a_name_that_is_no_format_is_told_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["export-help", "pfsens"]) == 2
    assert capsys.readouterr().err == (
        "fwlint export-help: unknown format 'pfsens'; did you mean `pfsense` or `opnsense`?\n"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"a.txt": "hello\n"},
            (
                "a.txt:1:1: is no site file, as it has no line `fwlint: …`, and no export in a "
                "known format; `fwlint export-help` says how exports are made\n"
            ),
        ),
        (
            {"a.txt": "hello\n", "b.txt": "world\n"},
            (
                f"a.txt:1:1: is in no known format: the formats are {READABLE}; "
                "`fwlint export-help` says how exports are made\n"
            ),
        ),
        (
            {"a.txt": "Status: active\n\nTo   Action  From\n"},
            (
                "a.txt:1:1: is the output of `ufw status`, and no export that fwlint reads: export "
                "the rules with `iptables-save` and `ip6tables-save` (see `fwlint export-help "
                "iptables`)\n"
            ),
        ),
    ],
)
def test_what_is_no_export_is_told_how_to_make_one(
    files: dict[str, str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert main(["check", *files]) == 2
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--inter", "eth0=internet", "x"],
        ["check", "--sel", "FW1", "x"],
        ["trace", "x", "--add", "192.0.2.1", "p"],
        ["policy", "show", "leap", "--form", "svg"],
    ],
)
def test_options_are_written_out(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "unrecognized arguments: --" in capsys.readouterr().err

"""What is wrong with a file of settings is said with its place, and does no harm."""

import os
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.test_config import report, repository

__all__ = ["repository"]

_ROOTS = "is outside the tree of the file that names it"
_WRONG = {
    "an unknown setting": ('sites = "a"', "1:1: unknown setting `sites`; did you mean `site`?"),
    "one for the command line": (
        'allow-outside = ["/"]',
        (
            "1:1: unknown setting `allow-outside`; it is for the command line alone: what is "
            "checked may not ask for it"
        ),
    ),
    "a wrong type": ('ignore = ["FW1",\n  3]', "2:3: expected a text, and this is a number"),
    "no list": ("select = 1979-05-27", "1:10: expected a list of texts, and this is a day or time"),
    "no text": ("site = true", "1:8: expected a text, and this is true or false"),
    "an empty text": ('site = ""', "1:8: `site` is empty; leave it out"),
    "an unknown check": (
        'ignore = ["FW1", "FX"]',
        "1:18: no check id starts with 'FX'; `fwlint checks` lists all checks",
    ),
    "an unknown level": (
        '\nfail-on = "high"',
        "2:11: unknown level `high`; expected info, warning, error, critical or never",
    ),
    "no such site": ('site = "gone.yaml"', "1:8: there is no file `gone.yaml`"),
    "a site outside": ('site = "../elsewhere.yaml"', f"1:8: `../elsewhere.yaml` {_ROOTS}"),
    "a site by a link": ('site = "link.yaml"', f"1:8: `link.yaml` {_ROOTS}"),
    "a baseline outside": ('baseline = "/etc/passwd"', f"1:12: `/etc/passwd` {_ROOTS}"),
    "a device": ('baseline = "/dev/stdin"', f"1:12: `/dev/stdin` {_ROOTS}"),
    "what Git keeps": ('site = ".git/config"', "1:8: `.git/config` is in .git"),
    "an unknown format": ('output = "xml"', "1:10: unknown output format 'xml'; expected one of"),
    "two for a terminal": (
        'output = ["full", "json"]',
        "1:19: only one output can go to standard output; give the others a path",
    ),
    "an output outside": (
        'output = "json:../a.json"',
        "1:10: `../a.json` cannot be written",
    ),
    "an output by a link": ('output = "json:out/a.json"', "it is outside the tree"),
    "an output that is absolute": ('output = "json:/tmp/a.json"', "it is outside the tree"),
    "a device to write to": ('output = "json:/dev/stderr"', "it is outside the tree"),
    "a hidden output": ('output = "json:.git/hooks/x"', "it is hidden"),
    "an output over a file": (
        'output = "json:sites/host.yaml"',
        (
            "1:10: `sites/host.yaml` cannot be written: it is there already, and is no report of "
            "fwlint; -o on the command line replaces it"
        ),
    ),
    "text into a file": (
        'output = "full:report.txt"',
        (
            "1:10: full is for people, and settings name files for programs alone; write this one "
            "with -o full:report.txt"
        ),
    ),
    "no service": (
        'marked = {add = ["http"]}',
        "1:18: `http` is not a service; write ports and a protocol, as in `443/tcp`",
    ),
    "a service without ports": (
        'marked.add = "icmp"',
        "1:14: `icmp` has no ports; write them, as in 8080/tcp",
    ),
    "marked as a list": ('marked = ["22/tcp"]', "1:10: expected a table, and this is a list"),
    "unknown marks": ("[marked]\nrem = []", "2:1: unknown setting `rem`; did you mean `remove`?"),
    "no TOML": ('site = "a\n', "1:10: this is no TOML: illegal character '\\n'"),
    "a key twice": ('site = "a"\nsite = "b"', "2:11: this is no TOML: cannot overwrite a value"),
    "nested too deeply": ("a = " + "[" * 9000 + "]" * 9000, "1:1: is nested too deeply"),
}


@pytest.mark.parametrize(("text", "why"), _WRONG.values(), ids=_WRONG)
def test_what_is_wrong_has_its_place(
    text: str, why: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "link.yaml").symlink_to(repository.parent / "elsewhere.yaml")
    (repository / "out").symlink_to(repository.parent)
    Path("fwlint.toml").write_text(text)
    before = (repository / "sites" / "host.yaml").read_bytes()

    assert main(["check", "sites/host.yaml"]) == 2

    captured = capsys.readouterr()
    place, _, quoted = captured.err.partition("\n")
    assert captured.out == ""
    assert place.startswith("fwlint.toml:")
    assert why in place
    if quoted:
        line, caret = quoted.rstrip("\n").split("\n")
        assert line.strip() in text
        assert set(caret.strip()) == {"^"}
    else:
        assert "nested" in why
    assert (repository / "sites" / "host.yaml").read_bytes() == before


def test_all_that_is_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text(
        '[tool.fwlint]\nignore = ["FX"]\nsite = 1\n\n[tool.other]\nsite = 2\n'
    )

    assert main(["check", "sites/host.yaml"]) == 2

    assert capsys.readouterr().err == (
        "pyproject.toml:2:11: no check id starts with 'FX'; `fwlint checks` lists all checks\n"
        '  ignore = ["FX"]\n'
        "            ^^^^\n"
        "pyproject.toml:3:8: expected a text, and this is a number\n"
        "  site = 1\n"
        "         ^\n"
    )


_FILES = {
    "both": ({"fwlint.toml": "", "pyproject.toml": "[tool.fwlint]\n"}, "keep one of the two"),
    "no table": ({"pyproject.toml": "[tool]\nfwlint = 1"}, "expected a table, `[tool.fwlint]`"),
    "Latin-1": ({"fwlint.toml": "# caf\xe9"}, "fwlint.toml:1:1: is not in UTF-8, as TOML is"),
}


@pytest.mark.parametrize(("files", "why"), _FILES.values(), ids=_FILES)
def test_files_that_are_wrong(
    files: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        Path(name).write_text(text, encoding="latin-1")

    assert main(["check", "sites/host.yaml"]) == 2

    assert why in capsys.readouterr().err


@pytest.mark.parametrize("text", ['[project]\nname = "fwlint"', "[tool.ruff]", "no TOML at all ["])
def test_a_pyproject_without_settings_is_no_matter(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text(text)

    assert report(capsys, "sites/host.yaml")["settings"] is None


def test_windows_line_ends_and_a_byte_order_mark(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fwlint.toml").write_bytes(b'\xef\xbb\xbfsite = "sites/host.yaml"\r\nignore = "FX"\r\n')

    assert main(["check"]) == 2

    assert capsys.readouterr().err.splitlines()[1:] == ['  ignore = "FX"', "           ^^^^"]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_of_settings_is_a_regular_file_of_the_tree(
    kind: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "link":
        (repository.parent / "secret").write_text("password = hunter2")
        Path("fwlint.toml").symlink_to(repository.parent / "secret")
    elif kind == "pipe":
        os.mkfifo("fwlint.toml")
    else:
        Path("fwlint.toml").mkdir()

    assert main(["check", "sites/host.yaml"]) == 2

    said = capsys.readouterr().err
    assert said.startswith("fwlint.toml:1:1: ")
    assert "hunter2" not in said


def test_nothing_of_a_file_that_is_no_settings_is_shown(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = repository.parent / "secret"
    secret.write_text("hunter2")

    assert main(["check", "sites/host.yaml", "--config", str(secret)]) == 2

    assert "hunter2" not in capsys.readouterr().err


_VICTIMS = {
    "an empty report": ("a.json", "", True),
    "a list of nothing": ("a.json", "[]\n", True),
    "an empty program": ("victim.py", "", False),
    "an empty file without a suffix": ("py", "\n", False),
    "a report": ("a.json", '{\n  "version": 2,\n  "tool": {\n    "name": "fwlint",', True),
    "a package of this name": ("package.json", '{\n  "name": "fwlint",\n', False),
    "words about a report": ("a.md", 'see `"tool": {"name": "fwlint"}`', False),
    "a page about it": ("a.html", 'write content="fwlint 1" into it', False),
}


@pytest.mark.parametrize(("name", "text", "is_ours"), _VICTIMS.values(), ids=_VICTIMS)
def test_settings_replace_nothing_but_reports(
    name: str, text: str, is_ours: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(text)
    Path("fwlint.toml").write_text(f'output = "json:{name}"')

    status = main(["check", "sites/host.yaml"])

    said = capsys.readouterr().err
    assert (status, "is no report of fwlint" in said) == ((1, False) if is_ours else (2, True))
    assert (Path(name).read_text() == text) is not is_ours


_FORMATS = ["json", "sarif", "gitlab", "junit", "html", "markdown"]


@pytest.mark.parametrize("name", _FORMATS)
@pytest.mark.parametrize("more", ["", 'ignore = "FW"'])
def test_settings_replace_each_report_of_before(name: str, more: str) -> None:
    Path("fwlint.toml").write_text(f'output = "{name}:report.txt"\n{more}')

    assert [main(["check", "sites/host.yaml"]) for _ in range(2)] == [0 if more else 1] * 2


_ENDLESS = {
    "a key": ("a." * 20_000 + "b = 1", 2),
    "many keys": ("\n".join(f"c{number}.{'a.' * 900}b = 1" for number in range(20)), 8),
    "a header": (f"[{'a.' * 900}b]\n" + "c = 1\n" * 10_000, 4657),
    "a long text": (f'ignore = "FW3" # {"." * 2000}', 0),
    "a long list": ("# 1.2.3.4\n" * 50_000, 0),
}


@pytest.mark.parametrize(("text", "line"), _ENDLESS.values(), ids=_ENDLESS)
def test_keys_of_very_many_parts_are_refused(
    text: str, line: int, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fwlint.toml").write_text(f'select = "FW2"\n{text}')

    assert main(["check", "sites/host.yaml"]) == (2 if line else 1)

    said = capsys.readouterr().err
    assert said.startswith(f"fwlint.toml:{line}:1: too many dots" if line else "")

"""`--cache DIR`: what has not changed is not checked again, and nothing else is believed."""

import json
import os
from pathlib import Path

import pytest

from linter.cli import main
from linter.commands.fleet import cache
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.work import Job, Worked, worked
from linter.engine.budget import SECONDS
from linter.report import FORMATS
from tests.linter.commands.fleet.samples import (
    BROKEN,
    CLOSED,
    OPEN,
    POLICY,
    Run,
    entries,
    fleet,
    site,
    write,
)

_ALL = ("sites", "hosts")


def test_nothing_is_checked_twice(run: Run, checked: list[str]) -> None:
    first = run(*_ALL)
    assert len(checked) == 5
    checked.clear()

    assert run(*_ALL) == first
    assert checked == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_is_known_is_what_is_found_anew(
    format_name: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ("-o", f"{format_name}:out", "--color", "always")

    def written(*more: str) -> tuple[int, bytes, str]:
        status = main(["check", "--date", "2026-03-02", *output, *_ALL, *more])
        return status, Path("out").read_bytes(), capsys.readouterr().err

    fresh = written("--jobs", "1")
    assert written("--cache", "kept", "--jobs", "2") == fresh
    assert len(entries()) == 5
    assert written("--cache", "kept", "--jobs", "1") == fresh
    assert written("--cache", "kept", "--jobs", "2") == fresh
    del run


def _accept(name: str, *files: str) -> None:
    days = ("--date", "2026-03-02", "--expires", "2026-06-01")
    assert main(["baseline", "--each", *files, "-o", name, *days]) == 0


def test_of_a_baseline_only_what_is_of_an_input_counts_for_it(
    run: Run, checked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _accept("b.json", "hosts")
    words = ("--each", "hosts", "--baseline", "b.json")
    capsys.readouterr()
    first = run(*words)
    assert sorted(checked) == ["hosts/a.rules", "hosts/b.nft", "hosts/more/c.rules"]
    checked.clear()
    assert run(*words) == first
    assert checked == []

    text = Path("b.json").read_text()
    Path("b.json").write_text(text.replace('"level": "error"', '"level": "warning"', 1))
    worse = run(*words)
    assert checked == ["hosts/a.rules"]
    assert (first[0], worse[0]) == (0, 1)
    assert run(*words[:2]) != worse


def test_a_result_without_a_baseline_is_none_with_one(
    run: Run, checked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _accept("b.json", "hosts")
    capsys.readouterr()
    assert run("--each", "hosts")[0] == 1
    checked.clear()
    assert run("--each", "hosts", "--baseline", "b.json")[0] == 0
    assert len(checked) == 3
    checked.clear()
    run("--each", "hosts")
    run("--each", "hosts", "--baseline", "b.json")
    assert checked == []


def test_a_result_of_its_last_day_is_none_of_the_day_behind(
    run: Run, checked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _accept("b.json", "hosts")
    capsys.readouterr()
    words = ("--each", "hosts", "--baseline", "b.json")
    assert run(*words, day="2026-03-02")[0] == 0
    checked.clear()
    assert run(*words, day="2026-06-01")[0] == 0
    assert checked == []
    status, out, _ = run(*words, day="2026-06-02")
    assert (status, json.loads(out)["accepted"]) == (1, [])


def test_what_is_kept_tells_too_what_is_no_longer_there(
    run: Run, checked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _accept("b.json", "hosts")
    capsys.readouterr()
    write(Path(), {"hosts/a.rules": CLOSED})
    words = ("--each", "hosts", "--baseline", "b.json", "--select", "FW306,FW510")
    first = run(*words)
    assert [each["check"] for each in json.loads(first[1])["findings"]] == ["FW510"]
    checked.clear()

    assert run(*words) == first
    assert checked == []


_INCLUDES = 'include "more/*.conf"\n' + fleet()["hosts/b.nft"]
_CHANGES: list[tuple[str, dict[str, str], list[str]]] = [
    ("nothing", {}, []),
    ("an export", {"hosts/a.rules": CLOSED}, ["hosts/a.rules"]),
    ("an export of a site", {"sites/south/edge.rules": CLOSED}, ["sites/south/site.yaml"]),
    ("a comment", {"hosts/b.nft": fleet()["hosts/b.nft"] + "# x\n"}, ["hosts/b.nft"]),
    ("a site file", {"sites/north/site.yaml": site("n2")}, ["sites/north/site.yaml"]),
    (
        "a policy",
        {"sites/shop.yaml": POLICY.replace("443/tcp", "8443/tcp")},
        ["sites/north/site.yaml", "sites/south/site.yaml"],
    ),
    ("an export more", {"hosts/d.rules": CLOSED}, ["hosts/d.rules"]),
    ("a note", {"hosts/README.md": "more"}, []),
]


@pytest.mark.parametrize(
    ("what", "files", "expected"), _CHANGES, ids=[each[0] for each in _CHANGES]
)
def test_what_has_changed_is_checked_and_nothing_else(
    what: str, files: dict[str, str], expected: list[str], run: Run, checked: list[str]
) -> None:
    del what
    run(*_ALL)
    checked.clear()
    write(Path(), files)
    with_cache = run(*_ALL)
    assert checked == expected
    for entry in entries():
        entry.unlink()

    assert run(*_ALL) == with_cache


@pytest.mark.parametrize(
    "arguments",
    [
        ("--select", "FW3"),
        ("--ignore", "FW306"),
        ("--no-waivers",),
        ("--work-limit", f"{SECONDS + 1:g}"),
        ("--include-dir", "hosts"),
        ("--allow-outside", "hosts"),
        ("--trace",),
        ("-o", "full:out"),
        ("-o", "sarif:out", "--sarif-include-waived"),
        ("--fail-on", "info"),
    ],
)
def test_what_was_asked_otherwise_is_asked_again(
    arguments: tuple[str, ...], run: Run, checked: list[str]
) -> None:
    run(*_ALL)
    checked.clear()
    run(*_ALL, *arguments)

    assert len(checked) == 5


def test_the_folder_that_paths_count_from_matters(run: Run, checked: list[str]) -> None:
    write(Path("other"), fleet())
    run(*_ALL)
    checked.clear()
    os.chdir("other")
    Path("kept").symlink_to("../kept")
    run(*_ALL)

    assert len(checked) == 5


def test_another_program_checks_anew_and_keeps_one_entry(
    run: Run, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*_ALL)
    checked.clear()
    monkeypatch.setattr("linter.commands.fleet.results.program", lambda: "another")
    run(*_ALL)

    assert len(checked) == 5
    assert len(entries()) == 5


_WAIVER = """\
accept:
  - {finding: FW101, device: edge, because: later, until: 2026-03-05}
"""
_DOUBT = CLOSED.replace(
    "COMMIT", "-A FORWARD -p tcp --dport 443 -m string --string x --algo bm -j ACCEPT\nCOMMIT"
)
_DOUBTED = "accept: [{finding: FW109, device: edge, because: large, until: 2100-01-01}]\n"
_ENDS = CLOSED.replace(
    "COMMIT", "-A INPUT -m time --datestop 2026-03-03T00:00:00 --kerneltz -j ACCEPT\nCOMMIT"
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"sites/north/site.yaml": site("north") + _WAIVER}, ["sites/north/site.yaml"]),
        ({"hosts/a.rules": _ENDS}, ["hosts/a.rules"]),
        ({"sites/south/edge.rules": _ENDS}, ["sites/south/site.yaml"]),
    ],
)
@pytest.mark.parametrize("day", ["2026-03-03", "2026-04-01"])
def test_another_day_matters_to_what_can_end(
    files: dict[str, str], expected: list[str], day: str, run: Run, checked: list[str]
) -> None:
    write(Path(), files)
    run(*_ALL)
    checked.clear()
    later = run(*_ALL, day=day)
    assert checked == expected
    for entry in entries():
        entry.unlink()

    assert run(*_ALL, day=day) == later


@pytest.mark.parametrize(
    "files",
    [
        {"hosts/a.rules": BROKEN},
        {"sites/north/edge.rules": BROKEN},
        {"sites/north/site.yaml": "fwlint: site/1\n"},
        {"hosts/b.nft": _INCLUDES},
        {"hosts/b.nft": _INCLUDES.encode("utf-16")},
        {"sites/north/edge.rules": _DOUBT},
        {
            "sites/north/edge.rules": _DOUBT,
            "sites/north/site.yaml": site("north") + _DOUBTED,
        },
    ],
)
def test_what_is_broken_or_undecided_or_includes_files_is_not_kept(
    files: dict[str, str | bytes], run: Run, checked: list[str]
) -> None:
    write(Path(), files)
    first = run(*_ALL)
    assert len(entries()) == 4
    checked.clear()

    assert run(*_ALL) == first
    assert len(checked) == 1


def test_a_new_file_in_a_folder_of_exports_or_policies_counts(run: Run, checked: list[str]) -> None:
    write(
        Path(),
        {
            "sites/policies/shop.yaml": POLICY,
            "sites/north/site.yaml": site("north", "all").replace("../shop.yaml", "../policies"),
            "sites/north/all/a.rules": CLOSED,
            "sites/north/all/README": "a note\n",
        },
    )
    run("sites")
    for files in (
        {"sites/north/all/b.nft": fleet()["hosts/b.nft"]},
        {"sites/north/all/README": "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"},
        {"sites/policies/more.yaml": POLICY.replace("name: shop", "name: more")},
    ):
        checked.clear()
        run("sites")
        assert [each for each in checked if "north" in each] == []
        write(Path(), files)
        run("sites")
        assert [each for each in checked if "north" in each] == ["sites/north/site.yaml"]


@pytest.mark.parametrize(
    ("name", "is_kept"), [("b.nft", False), (".b.nft", True), ("NOTES.md", True)]
)
def test_an_export_that_comes_while_its_folder_is_checked_is_not_taken_for_known(
    name: str, is_kept: bool, run: Run, checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"a.v4": CLOSED, "a.ipset": "create a hash:ip family inet\n", "README": "a note\n"}
    write(Path(), {f"sites/north/all/{each}": text for each, text in files.items()})
    write(Path(), {"sites/north/site.yaml": site("north", "all")})

    def interrupted(job: Job, unit: Unit) -> Worked:
        found = worked(job, unit)
        write(Path("sites/north/all"), {name: "table inet filter { }\n"})
        return found

    with monkeypatch.context() as patch:
        patch.setattr(cache, "worked", interrupted)
        run("sites/north/site.yaml", "sites/south/site.yaml")
    checked.clear()
    run("sites/north/site.yaml", "sites/south/site.yaml")

    assert ("sites/north/site.yaml" not in checked) is is_kept


@pytest.mark.parametrize("named", ["../policies", "../policies/shop.yaml, ../other/more.yaml"])
def test_a_policy_that_a_site_names_and_does_not_use_counts(
    named: str, run: Run, checked: list[str]
) -> None:
    more = POLICY.replace("name: shop", "name: more")
    write(
        Path(),
        {
            "sites/policies/shop.yaml": POLICY,
            "sites/policies/more.yaml": more,
            "sites/other/more.yaml": more,
            "sites/north/site.yaml": site("north").replace("../shop.yaml", named),
        },
    )
    run("sites")
    checked.clear()
    write(Path(), {"sites/policies/more.yaml": POLICY, "sites/other/more.yaml": POLICY})
    status, _, err = run("sites")

    assert (status, checked) == (2, ["sites/north/site.yaml"])
    assert "defines policy `shop`, which already exists" in err


def test_an_export_that_is_now_outside_the_tree_is_refused(run: Run, checked: list[str]) -> None:
    run("sites")
    checked.clear()
    Path(".git/HEAD").unlink()
    Path(".git").rmdir()
    status, _, err = run("sites")

    assert status == 2
    assert "is outside the tree" in err
    assert len(checked) == 2


def test_two_runs_at_once_share_a_cache(run: Run) -> None:
    first = run(*_ALL, "--jobs", "2")
    before = {path: path.read_bytes() for path in entries()}
    run(*_ALL, "--select", "FW3", "--jobs", "2")

    assert run(*_ALL, "--jobs", "2") == first
    assert {path: path.read_bytes() for path in before} == before
    assert not [path for path in entries() if path.name.startswith(".")]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in entries())


def test_the_cache_is_no_input(run: Run) -> None:
    write(Path(), {"hosts/one.rules": OPEN})
    main(["check", "--each", "hosts", "--cache", "hosts/kept", "-q"])
    status, out, err = run("--each", "hosts", "--jobs", "1")
    del status, err
    main(["check", "--each", "hosts", "--cache", "hosts/kept", "-q"])

    assert len(json.loads(out)["inputs"]) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sites/north/site.yaml"], "--cache is for many inputs"),
        (["--each", "hosts", "--fix"], "--cache is for many inputs"),
        (["hosts/a.rules", "hosts/b.nft"], "--cache is for many inputs"),
    ],
)
def test_one_input_has_no_cache(arguments: list[str], message: str, run: Run) -> None:
    status, out, err = run(*arguments)

    assert (status, out) == (2, "")
    assert err.startswith(f"fwlint check: {message}")


def test_a_cache_that_is_no_folder_is_an_error(run: Run) -> None:
    Path("kept").write_text("")

    assert run(*_ALL) == (2, "", "fwlint check: --cache kept: File exists\n")

"""`fwlint check --shard --baseline` and `fwlint merge`: the bytes and the status of one run."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from linter.commands.fleet.arguments import MERGED
from tests.linter.commands.fleet.samples import (
    BROKEN,
    CLOSED,
    NFT,
    OPEN,
    Run,
    merged_is_one_run,
    outputs,
    write,
)

_DAY = ("--date", "2026-03-02")
_GONE = "in the baseline is no longer there"
_PORT = "-A INPUT -p tcp --dport {} -j ACCEPT\nCOMMIT"
_RULES = (
    OPEN,
    CLOSED,
    NFT,
    CLOSED.replace("COMMIT", _PORT.format(3306)),
    CLOSED.replace("COMMIT", _PORT.format(22)),
    OPEN.replace("COMMIT", "-A INPUT -m unheard --of 5 -j ACCEPT\nCOMMIT"),
    OPEN.replace("COMMIT", '-A INPUT -m comment --comment "</section>-->\\"" -j ACCEPT\nCOMMIT'),
)


@pytest.fixture
def run(fwlint: Run) -> Run:
    """Runs fwlint in an empty folder; returns its status and what it wrote."""
    return fwlint


def _is_merged(
    run: Run, of: int, *arguments: str, day: tuple[str, str] = _DAY
) -> tuple[int, dict[str, Any]]:
    """Assert that all shares, merged, are what one run writes; its status, and what it found."""
    status = merged_is_one_run(run, of, *day, "--each", "many", *arguments)
    report: dict[str, Any] = json.loads(Path("one.json").read_text(encoding="utf-8"))
    return status, report


def _baseline(run: Run, *arguments: str) -> None:
    words = ("-o", "b.json", "--expires", "2026-06-01", *_DAY, *arguments)
    status, _, err = run("baseline", "--each", "many", *words)
    assert status == 0, err


def _checks(report: dict[str, Any], member: str = "findings") -> list[str]:
    return [each["check"] for each in report[member]]


def _of_baseline(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in report["findings"] if each["check"] == "FW510"]


@pytest.mark.parametrize("seed", range(16))
def test_shares_of_any_folder_come_to_one_run(seed: int, run: Run, tmp_path: Path) -> None:
    made = random.Random(seed)
    count = made.choice((1, 2, 3, 5, 8))
    names = [f"many/{made.choice('ab')}/{number}.rules" for number in range(count)]
    write(tmp_path, {name: made.choice(_RULES) for name in names})
    _baseline(run)
    for name in names:
        match made.choice(("as it was", "as it was", "another", "gone", "broken")):
            case "another":
                write(tmp_path, {name: made.choice(_RULES)})
            case "gone" if len(list(Path("many").rglob("*.rules"))) > 1:
                Path(name).unlink()
            case "broken" if made.random() < 0.3:
                write(tmp_path, {name: BROKEN})
    write(tmp_path, {f"many/new{number}.rules": made.choice(_RULES) for number in range(seed % 3)})
    day = ("--date", made.choice(("2026-03-03", "2026-06-01", "2026-06-02")))
    of = made.choice((1, 2, 3, count, count + 2))
    more = made.choice(((), ("--select", "FW3,FW510"), ("--ignore", "FW510"), ("--jobs", "2")))

    _, report = _is_merged(run, of, "--baseline", "b.json", *more, day=day)

    assert _of_baseline(report) == [] or "--ignore" not in more


def test_what_is_accepted_is_counted_once_and_only_where_it_was(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "abc"})
    _baseline(run, "--select", "FW306")
    write(tmp_path, {"many/d.rules": OPEN})

    status, report = _is_merged(run, 3, "--select", "FW306,FW510", "--baseline", "b.json")

    assert status == 1
    assert [each["input"] for each in report["findings"]] == ["many/d.rules"]
    accepted = [each["input"] for each in report["accepted"]]
    assert accepted == [f"many/{name}.rules" for name in "abc"]


def test_two_findings_of_one_name_need_two_entries(run: Run, tmp_path: Path) -> None:
    twice = _RULES[4].replace("COMMIT", _PORT.format(22))
    write(tmp_path, {f"many/{name}.rules": twice for name in "ab"})
    _baseline(run, "--select", "FW302")
    write(tmp_path, {"many/b.rules": twice.replace("COMMIT", _PORT.format(22))})

    _, report = _is_merged(run, 2, "--select", "FW302,FW510", "--baseline", "b.json")

    assert [each["input"] for each in report["accepted"]] == ["many/a.rules", "many/b.rules"]
    assert [each["input"] for each in report["findings"]] == ["many/b.rules"]


def test_a_share_calls_no_entry_unused(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "abcd"})
    _baseline(run, "--select", "FW306")
    write(tmp_path, {"many/a.rules": CLOSED, "many/c.rules": CLOSED})
    Path("many/d.rules").unlink()

    _, report = _is_merged(run, 2, "--baseline", "b.json", "--select", "FW306,FW510")

    (told,) = _of_baseline(report)
    assert told["message"] == "3 of 4 findings in the baseline are no longer there"
    assert (told["input"], told["place"]["path"]) == ("b.json", "b.json")
    assert told["place"]["label"].startswith("the first: INPUT on many/a.rules ")
    for number in (1, 2):
        assert "FW510" not in _checks(json.loads(Path(f"p{number}.json").read_text()))


def test_of_an_input_that_cannot_be_read_no_entry_is_unused(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "abcd"})
    _baseline(run, "--select", "FW306")
    write(tmp_path, {"many/a.rules": BROKEN, "many/c.rules": CLOSED})
    Path("many/d.rules").unlink()

    status, report = _is_merged(run, 2, "--baseline", "b.json")

    (told,) = _of_baseline(report)
    assert status == 2
    assert told["message"] == "1 of 4 findings in the baseline is no longer there"
    assert told["place"]["label"].startswith("this: INPUT on many/c.rules ")


def test_entries_of_what_nobody_asked_about_are_not_unused(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "ab"})
    _baseline(run)
    Path("many/b.rules").unlink()
    check = ("check", *_DAY, "--select", "FW306,FW510", "--baseline", "b.json", "-o", "json")

    _, out, _ = run(*check, "--each", "many/a.rules")
    assert _checks(json.loads(out)) == []
    _, out, _ = run(*check, "--each", "many")
    assert _checks(json.loads(out)) == ["FW510"]


def test_a_note_that_is_gone_is_an_entry_that_nobody_needs(run: Run, tmp_path: Path) -> None:
    unread = "-A INPUT -m set --match-set lost src -j ACCEPT\nCOMMIT"
    write(tmp_path, {"many/a.v4": CLOSED.replace("COMMIT", unread)})
    _baseline(run, "--select", "FW902")
    write(tmp_path, {"many/a.v4": CLOSED})

    _, report = _is_merged(run, 1, "--select", "FW902,FW510", "--baseline", "b.json")

    assert [each["message"] for each in report["findings"]] == [
        "1 of 1 finding in the baseline is no longer there"
    ]


def test_that_it_has_ended_is_told_once(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "abc"})
    _baseline(run)
    write(tmp_path, {"many/a.rules": CLOSED})
    select = ("--select", "FW306,FW510", "--baseline", "b.json")
    day = ("--date", "2026-06-02")

    status, report = _is_merged(run, 2, *select, "--fail-on", "warning", day=day)

    assert status == 1
    assert [each["level"] for each in _of_baseline(report)] == ["warning", "info"]
    assert report["accepted"] == []
    assert _checks(report).count("FW306") == 2
    assert report["baseline"]["expired"]


def test_what_is_told_of_the_baseline_decides_the_status(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.nft": NFT for name in "ab"})
    _baseline(run)
    words = ("--baseline", "b.json", "--fail-on", "warning")

    assert _is_merged(run, 2, *words)[0] == 0
    assert "No fault was found in 2 inputs<" in Path("all.html").read_text(encoding="utf-8")
    assert _is_merged(run, 2, *words, day=("--date", "2026-06-02"))[0] == 1
    headline = "No fault was found in 2 inputs, but look at the baseline"
    assert headline in Path("all.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sarif-include-waived", "--sarif-category", "north"],
        ["--cache", "kept"],
        ["--jobs", "2"],
        ["--openings", "yes"],
        ["--fail-on", "info"],
        ["--trace"],
    ],
)
def test_options_count_as_in_one_run(arguments: list[str], run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "abcd"})
    _baseline(run)
    write(tmp_path, {"many/a.rules": CLOSED, "many/b.rules": _RULES[3]})

    for _ in range(2):
        _is_merged(run, 3, "--baseline", "b.json", *arguments)


@pytest.mark.parametrize("place", ["kept/b.json", "{here}/b.json", "../b.json", "./b.json"])
def test_a_baseline_may_be_anywhere(
    place: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    write(work, {f"many/{name}.rules": OPEN for name in "ab"} | {"kept/x": ""})
    monkeypatch.chdir(work)
    path = place.format(here=work)
    words = ("--expires", "2026-06-01", *_DAY)
    assert run("baseline", "--each", "many", "-o", path, *words)[0] == 0
    write(work, {"many/a.rules": CLOSED})
    monkeypatch.chdir(work)

    _is_merged(run, 2, "--baseline", path)
    parts = [str(work / f"p{number}.{each}") for number in (1, 2) for each in MERGED]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run("merge", *parts, *outputs("all"))

    for each in MERGED:
        assert Path(f"all.{each}").read_bytes() == (work / f"one.{each}").read_bytes()


def test_settings_may_name_it(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "ab"})
    _baseline(run)
    write(tmp_path, {"fwlint.toml": 'baseline = "b.json"\n', "many/a.rules": CLOSED})

    _, report = _is_merged(run, 2)

    assert report["baseline"]["path"] == "b.json"
    assert _of_baseline(report) != []


def test_a_fleet_reads_what_was_merged_and_what_was_not(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "ab"})
    _baseline(run)
    write(tmp_path, {"many/a.rules": CLOSED})
    _, report = _is_merged(run, 2, "--baseline", "b.json")
    assert len(_of_baseline(report)) == 1
    fleet = json.loads(run("fleet", "all.json", "-o", "json")[1])
    parts = json.loads(run("fleet", "p1.json", "p2.json", "-o", "json")[1])

    assert fleet["summary"] == parts["summary"]
    assert fleet["summary"]["inputs"] == report["summary"]["inputs"] == 2
    assert [each["name"] for each in report["inputs"]] == ["many/a.rules", "many/b.rules"]


def test_a_cluster_judges_with_the_baseline_too(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    write(tmp_path, {f"many/{name}.rules": OPEN for name in "ab"})
    _baseline(run)
    write(tmp_path, {"many/a.rules": CLOSED, "many/c.rules": OPEN})
    check = ("check", *_DAY, "--each", "many", "--baseline", "b.json", "-o", "json")

    assert run(*check, "--dask", "local", "--jobs", "2")[:2] == run(*check)[:2]


def test_only_merging_tells_of_the_file_in_every_format(run: Run, tmp_path: Path) -> None:
    from linter.report import FORMATS

    write(tmp_path, {f"many/{name}.rules": OPEN for name in "ab"})
    _baseline(run)
    write(tmp_path, {"many/a.rules": CLOSED})
    check = ("check", *_DAY, "--each", "many", "--baseline", "b.json")
    for format_name in FORMATS:
        assert _GONE in run(*check, "-o", format_name)[1]
        for number in (1, 2):
            said = run(*check, "--shard", f"{number}/2", "-o", format_name)[1]
            assert _GONE not in said

"""`fwlint merge`: what shares wrote comes to the bytes of one run, or is refused."""

import random
from pathlib import Path

import pytest

from linter.commands.fleet.arguments import MERGED
from tests.linter.commands.fleet.samples import (
    BROKEN,
    CLOSED,
    NFT,
    OPEN,
    Run,
    fleet,
    merged_is_one_run,
    site,
    write,
)

_DAY = ("--date", "2026-03-02")
_WAIVED = """\
accept:
  - {check: FW306, device: edge, because: "old <b>box</b> -->", until: 2026-12-31}
"""
_RULES = (
    OPEN,
    CLOSED,
    BROKEN,
    NFT,
    b"\xff\xfe\x00",
    CLOSED.replace("COMMIT", "-A INPUT -p tcp --dport 3306 -j ACCEPT\nCOMMIT"),
    OPEN.replace("COMMIT", '-A INPUT -m comment --comment "</section>-->\\"" -j ACCEPT\nCOMMIT'),
    "",
)


@pytest.fixture
def run(fwlint: Run, tmp_path: Path) -> Run:
    """Runs fwlint beside a fleet; returns its status and what it wrote."""
    write(tmp_path, fleet())
    return fwlint


def _parts(of: int, kind: str = "*") -> list[str]:
    return [str(each) for number in range(1, of + 1) for each in Path().glob(f"p{number}.{kind}")]


def _is_merged(run: Run, of: int, *arguments: str) -> None:
    merged_is_one_run(run, of, *_DAY, *arguments)


@pytest.mark.parametrize("seed", range(12))
def test_shares_of_any_folder_come_to_one_run(seed: int, run: Run, tmp_path: Path) -> None:
    made = random.Random(seed)
    count = made.choice((1, 2, 3, 5, 8))
    names = [f"many/{made.choice('ab')}/{number}.rules" for number in range(count)]
    write(tmp_path, {name: made.choice(_RULES) for name in names})
    of = made.choice((1, 2, 3, count, count + 2))

    _is_merged(run, of, "--each", "many")


@pytest.mark.parametrize("of", [1, 2, 3, 9])
def test_shares_of_sites_come_to_one_run(of: int, run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"sites/south/site.yaml": site("south") + _WAIVED, "sites/south/b.v4": OPEN})

    _is_merged(run, of, "sites", "hosts")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--select", "FW306"],
        ["--ignore", "FW4,FW215"],
        ["--fail-on", "never"],
        ["--fail-on", "info"],
        ["--sarif-include-waived", "--sarif-category", "north <&--> \x1b"],
        ["--no-waivers", "--trace"],
        ["--jobs", "2"],
        ["--cache", "kept"],
    ],
)
def test_options_count_as_in_one_run(arguments: list[str], run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"sites/south/site.yaml": site("south") + _WAIVED})

    _is_merged(run, 3, "sites", "hosts", *arguments)


def test_settings_count_as_in_one_run(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"fwlint.toml": 'fail-on = "critical"\nignore = ["FW306"]\n'})

    _is_merged(run, 2, "hosts", "--each")
    assert "Settings in fwlint.toml: " in Path("all.html").read_text(encoding="utf-8")


def test_clean_inputs_have_a_clean_report(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"clean/{name}.v4": CLOSED for name in "abc"})

    _is_merged(run, 2, "--each", "clean", "--select", "FW306")


def test_fail_on_may_be_said_when_all_is_there(run: Run) -> None:
    for number in (1, 2):
        share = ("--shard", f"{number}/2", "--fail-on", "never", "-o", f"json:p{number}.json")
        assert run("check", *_DAY, "hosts", "--each", *share)[0] == 0

    assert run("merge", "p1.json", "p2.json")[0] == 0
    assert run("merge", "p1.json", "p2.json", "--fail-on", "error")[0] == 1


def test_exports_that_no_site_names_are_told_when_all_is_there(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"sites/south/stray.rules": CLOSED})
    told = "sites/south/stray.rules: no site file names it; passed over\n"
    one = run("check", *_DAY, "sites", "-o", "json")
    for number in (1, 2):
        share = ("--shard", f"{number}/2", "-o", f"json:p{number}.json")
        assert "stray" not in run("check", *_DAY, "sites", *share)[2]

    assert told in one[2]
    assert run("merge", "p1.json", "p2.json") == (one[0], one[1], told)


def test_sarif_leaves_out_what_one_run_leaves_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linter.report.sarif.MOST_RESULTS", 3)

    _is_merged(run, 3, "sites", "hosts")
    assert "This file leaves out " in Path("all.sarif").read_text(encoding="utf-8")


def test_sarif_leaves_out_what_is_too_long_when_all_is_there(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linter.report.sarif._MOST_BYTES", 1500)

    _is_merged(run, 2, "sites", "hosts")
    assert "This file leaves out " in Path("all.sarif").read_text(encoding="utf-8")


def test_a_part_can_be_a_pipe(run: Run, tmp_path: Path) -> None:
    import os
    from threading import Thread

    for format_name in MERGED:
        one = run("check", *_DAY, "hosts", "--each", "-o", format_name)
        part = run("check", *_DAY, "hosts", "--each", "--shard", "1/1", "-o", format_name)[1]
        pipe = tmp_path / f"pipe.{format_name}"
        os.mkfifo(pipe)
        writer = Thread(target=pipe.write_text, args=(part,), kwargs={"encoding": "utf-8"})
        writer.start()
        assert run("merge", str(pipe)) == (one[0], one[1], "")
        writer.join()


def test_what_is_asked_is_the_same_whatever_the_format_has_a_place_for(run: Run) -> None:
    for number in (1, 2):
        for name in ("json", "sarif"):
            share = ("--shard", f"{number}/2", "-o", f"{name}:p{number}.{name}")
            run("check", *_DAY, "--each", "hosts", "--openings", "yes", *share)
    status, _, err = run("merge", *_parts(2), "-o", "json:all.json", "-o", "sarif:all.sarif")

    assert (status, "other options" in err) == (1, False)

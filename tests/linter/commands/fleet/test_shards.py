"""`fwlint check --shard I/N`: which inputs are a share, and what its outputs say."""

import json
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate

from flowfiles.reach import TYPED
from linter.cli import main
from linter.commands.fleet.arguments import Shard
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.shares import places_of
from linter.report import FORMATS
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, OPEN, write
from tests.linter.report.sarif_schema import SCHEMA

Run = Callable[..., tuple[int, str, str]]
_NAMES = st.lists(st.text("abc/", min_size=1, max_size=6), max_size=40, unique=True)


@pytest.fixture
def run(check: Run) -> Run:
    """Runs `check` beside a fleet; returns its status and what it wrote."""
    return check


def _units(names: Sequence[str]) -> list[Unit]:
    return [Unit(f"exports/{name}", "exports", (f"exports/{name}",), TYPED) for name in names]


def _shares(names: Sequence[str], of: int) -> list[list[str]]:
    units = _units(names)
    return [
        [names[place] for place in places_of(units, ["exports"], Shard(number, of))]
        for number in range(1, of + 1)
    ]


@given(_NAMES, st.integers(1, 60))
def test_shares_are_disjoint_and_whole_and_as_large_as_each_other(
    names: list[str], of: int
) -> None:
    shares = _shares(names, of)

    assert sorted(name for share in shares for name in share) == sorted(names)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(share == [name for name in names if name in share] for share in shares)


@given(_NAMES.filter(bool), st.integers(1, 12))
def test_a_new_input_moves_one_other_from_each_share_at_most(names: list[str], of: int) -> None:
    before = {name: number for number, share in enumerate(_shares(names[1:], of)) for name in share}
    after = {name: number for number, share in enumerate(_shares(names, of)) for name in share}
    moved = [name for name, number in before.items() if after[name] != number]

    assert len(moved) < of
    if len(names) > of:
        assert all(abs(after[name] - before[name]) == 1 for name in moved)


def test_shares_are_the_same_wherever_the_checkout_is(run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mnt" / "other" / "tree"
    shutil.copytree("hosts", elsewhere / "hosts")

    def names(folder: str, number: int) -> list[str]:
        said = json.loads(run("--each", folder, "--shard", f"{number}/2", "-o", "json")[1])
        return [Path(each["name"]).name for each in said["inputs"]]

    for number in (1, 2):
        here = names("hosts", number)
        assert here == names(str(tmp_path / "hosts"), number)
        assert here == names(str(elsewhere / "hosts"), number)
        assert here


def test_what_each_groups_stays_together(run: Run, tmp_path: Path) -> None:
    write(tmp_path, {f"m/{name}.{kind}": CLOSED for name in "abcdef" for kind in ("v4", "v6")})
    found = []
    for number in (1, 2, 3, 4):
        said = json.loads(run("--each", "m", "--shard", f"{number}/4", "-o", "json")[1])
        files = [each["path"] for each in said["checked"]]
        assert len(files) == 2 * len(said["inputs"])
        found += files

    assert sorted(found) == sorted(map(str, Path("m").iterdir()))


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_share_without_inputs_is_a_valid_report_that_says_so(format_name: str, run: Run) -> None:
    statuses = [run("sites", "--shard", f"{number}/3", "-o", format_name) for number in (1, 2, 3)]
    (empty,) = [each for each in statuses if "0 of 2 inputs" in each[2]]

    assert empty[0] == 0
    assert empty[2].endswith(": 0 of 2 inputs\n")
    if format_name == "gitlab":
        assert json.loads(empty[1]) == []
    elif format_name != "github":
        assert "0 of 2 inputs" in empty[1] or json.loads(empty[1])["shard"]["places"] == []


def test_a_share_says_which_one_it_is(run: Run) -> None:
    said = json.loads(run("hosts", "sites", "--shard", "1/2", "-o", "json")[1])["shard"]
    assert (said["number"], said["of"], said["inputs"]) == (1, 2, 5)

    (log,) = json.loads(run("hosts", "sites", "--shard", "1/2", "-o", "sarif")[1])["runs"]
    its = {**log["properties"]["fwlint/shard"], "sum": "", "lists": {}}
    assert its == {**said, "sum": "", "lists": {}}

    status, out, err = run("hosts", "sites", "--shard", "1/2")
    assert out.endswith(f" Share 1 of 2: {len(said['places'])} of 5 inputs.\n")
    assert f"fwlint: share 1 of 2: {len(said['places'])} of 5 inputs\n" in err
    assert status in (0, 1)


def test_a_run_over_all_inputs_says_nothing_of_shares(run: Run) -> None:
    for format_name in FORMATS:
        _, out, err = run("hosts", "-o", format_name)
        assert "shard" not in out + err
        assert "hare 1" not in out + err


@pytest.mark.parametrize(
    "value", ["0/8", "9/8", "x", "2/0", "1/", "-1/8", "1/2/3", "٣/8", "1/99999"]
)
def test_what_is_no_share_is_refused(value: str, run: Run) -> None:
    status, out, err = run("hosts", f"--shard={value}")

    assert (status, out) == (2, "")
    assert err.endswith(
        f"error: argument --shard: {value!r} is no share such as 2/8: I/N, with I from 1 to N, and "
        "N up to 10000\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [["sites/north/site.yaml"], ["hosts/a.rules", "hosts/b.nft"], ["--each", "hosts", "--fix"]],
)
def test_what_is_one_has_no_shares(arguments: list[str], run: Run) -> None:
    message = "--shard is for many inputs: several sites, or --each without --fix"

    assert run(*arguments, "--shard", "1/2") == (2, "", f"fwlint check: {message}\n")


def test_a_share_says_with_which_baseline_it_was_made(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["baseline", "--each", "hosts", "-o", "b.json", "--expires", "2100-01-01"])
    capsys.readouterr()
    share = ("--each", "hosts", "--shard", "1/2")
    assert json.loads(run(*share, "-o", "json")[1])["shard"]["run"]["baseline"] is None

    said = json.loads(run(*share, "--baseline", "b.json", "-o", "json")[1])
    its = said["shard"]["run"]["baseline"]
    assert its["sha256"] == sha256(Path("b.json").read_bytes()).hexdigest()
    assert (its["path"], its["expires"], its["expired"]) == ("b.json", "2100-01-01", False)
    assert said["baseline"] == {each: its[each] for each in said["baseline"]}
    assert " accepted by the baseline. Share 1 of 2: " in run(*share, "--baseline", "b.json")[1]


@pytest.mark.parametrize("option", [("--shard", "1/2"), ("--cache", "kept"), ("--dask", "local")])
def test_a_baseline_of_something_else_is_refused(
    option: tuple[str, str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["baseline", "sites/north/site.yaml", "-o", "b.json", "--expires", "2100-01-01"])
    capsys.readouterr()
    status, out, err = run("--each", "hosts", "--baseline", "b.json", *option)

    assert (status, out) == (2, "")
    assert "this baseline is of site `north`, and what is checked is the exports `.`" in err
    assert run("sites", "--baseline", "b.json", *option) == (
        2,
        "",
        (
            "fwlint check: a baseline is of one site, or of exports with --each; --no-baseline "
            "checks without it\n"
        ),
    )
    fix = "several sites, or --each without --fix"
    assert run("--each", "hosts", "--baseline", "b.json", "--fix", *option) == (
        2,
        "",
        f"fwlint check: {option[0]} is for many inputs: {fix}\n",
    )


def test_inputs_that_are_nothing_are_the_error_that_they_were(run: Run) -> None:
    Path("none").mkdir()
    alone = run("--each", "none")

    assert alone[0] == 2
    for number in (1, 2):
        status, out, err = run("--each", "none", "--shard", f"{number}/2")
        assert (status, out, err) == (2, "", alone[2])


def test_the_cache_of_one_share_is_of_use_to_others(run: Run, tmp_path: Path) -> None:
    whole = run("--each", "hosts", "-o", "json")[1]
    write(tmp_path, {"hosts/z.rules": OPEN, "hosts/y.rules": BROKEN})
    for number in (1, 2, 3):
        share = ("--each", "hosts", "--shard", f"{number}/3", "-o", "json")
        assert run(*share) == run(*share, "--cache", "kept") == run(*share, "--cache", "kept")
        assert run(*share, "--jobs", "2") == run(*share)
    kept = len(list(Path("kept").iterdir()))
    run("--each", "hosts", "--cache", "kept", "-o", "json")

    assert kept == len(list(Path("kept").iterdir())) == len(json.loads(whole)["inputs"]) + 1


def test_sarif_of_a_share_is_sarif(check: Run) -> None:
    for number in (1, 2, 3):
        share = ("--shard", f"{number}/3", "-o", "sarif")
        validate(json.loads(check("sites", *share)[1]), SCHEMA)

"""`fwlint merge`: parts that are not all there, or not of one run, are refused."""

from hashlib import sha256
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.fleet.samples import PARTS, Run, write

_HOW = "`fwlint check ... --shard I/N` writes parts as JSON, SARIF and HTML"


@pytest.mark.parametrize("kind", ["json", "sarif", "html"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["p1"], "p1.{kind}: of 2 shares, share 2 is missing"),
        (["p2"], "p2.{kind}: of 2 shares, share 1 is missing"),
        (["of3"], "of3.{kind}: of 3 shares, shares 1, 3 are missing"),
        (["p1", "p1"], "p1.{kind}: share 1 of 2 is given twice"),
        (["p1", "p2", "p1"], "p1.{kind}: share 1 of 2 is given twice"),
        (["p2", "ignore"], "ignore.{kind}: share 2 of 2 is in p2.{kind} too"),
        (["p1", "of3"], "of3.{kind}: is a share of 3, and p1.{kind} is one of 2"),
        (
            ["p1", "day"],
            (
                "day.{kind}: is of 2026-03-03, and p1.{kind} of 2026-03-02; --date gives all "
                "shares one day"
            ),
        ),
        (["p1", "ignore"], "ignore.{kind}: is of a run with other options than that of p1.{kind}"),
        (["p1", "trace"], "trace.{kind}: is of a run with other options than that of p1.{kind}"),
        (
            ["p1", "category"],
            "category.{kind}: is of a run with other options than that of p1.{kind}",
        ),
        (["p1", "never"], "never.{kind}: has --fail-on never, and p1.{kind} error"),
        (
            ["p1", "baseline"],
            (
                "baseline.{kind}: is of a run with the baseline b.json ({b}), and p1.{kind} with "
                "no baseline"
            ),
        ),
        (
            ["baseline1", "p2"],
            (
                "p2.{kind}: is of a run with no baseline, and baseline1.{kind} with the baseline "
                "b.json ({b})"
            ),
        ),
        (
            ["baseline1", "baseline2"],
            (
                "baseline2.{kind}: is of a run with the baseline b2.json ({b2}), and "
                "baseline1.{kind} with the baseline b.json ({b})"
            ),
        ),
        (["baseline", "baseline1"], ""),
        (["p1", "more"], "more.{kind}: is of 6 inputs, and p1.{kind} of 4"),
        (["p1", "whole"], f"whole.{{kind}}: is no part of a run: {_HOW}"),
        (["whole"], f"whole.{{kind}}: is no part of a run: {_HOW}"),
        (["p1", "none"], "none.{kind}: cannot be read: No such file or directory"),
        (["p1", "p2"], ""),
        (["p2", "p1"], ""),
    ],
)
def test_shares_are_all_there_each_once_and_of_one_run(
    kind: str, given: list[str], message: str, merge: Run
) -> None:
    status, out, err = merge(*(f"{name}.{kind}" for name in given))

    if message:
        digests = {
            name: sha256(Path(f"{name}.json").read_bytes()).hexdigest()[:12] for name in ("b", "b2")
        }
        told = message.format(kind=kind, **digests).replace(":", ":1:1:", 1)
        assert (status, out, err) == (2, "", f"{told}\n")
    else:
        assert (status, bool(out), err) == (2, True, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["p1.json", "p2.json", "-o", "sarif"],
            "-o sarif needs parts of that format (check -o sarif); these are json",
        ),
        (
            ["p1.json", "p2.json", "p1.html", "p2.html"],
            "the parts are json and html: say with -o where each goes",
        ),
        (
            ["p1.json", "p2.json", "p1.html", "p2.html", "-o", "json"],
            "there are parts as html, and no -o html says where they go",
        ),
        (
            ["p1.json", "p2.json", "-o", "full"],
            "unknown output format 'full'; expected one of json, sarif, html",
        ),
    ],
)
def test_each_format_is_merged_of_its_own_parts(
    arguments: list[str], message: str, merge: Run
) -> None:
    assert merge(*arguments) == (2, "", f"fwlint merge: {message}\n")


def test_parts_of_two_formats_are_of_one_run(merge: Run) -> None:
    outputs = ("-o", "json", "-o", "html:all.html")
    parts = ("p1.json", "p2.json")
    other = "ignore1.html:1:1: is of a run with other options than that of p1.json\n"

    assert merge(*parts, "p1.html", "p2.html", *outputs)[::2] == (2, "")
    assert merge(*parts, "ignore1.html", "ignore.html", *outputs) == (2, "", other)
    assert merge(*parts, "p1.html", *outputs) == (
        2,
        "",
        "p1.html:1:1: of 2 shares, share 2 is missing\n",
    )


def test_a_policy_is_the_same_for_all_shares(
    merge: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path, PARTS)
    monkeypatch.chdir(tmp_path)
    policy = Path("sites/shop.yaml")
    for number, name in ((1, "p1"), (2, "p2"), (2, "other")):
        if name == "other":
            policy.write_text(policy.read_text().replace("443/tcp", "444/tcp"))
        main(["check", "sites", "-q", "--shard", f"{number}/2", "-o", f"json:{name}.json"])

    assert merge("p1.json", "p2.json")[::2] == (1, "")
    assert merge("p1.json", "other.json") == (
        2,
        "",
        "other.json:1:1: sites/south/../shop.yaml has another content here than in p1.json\n",
    )

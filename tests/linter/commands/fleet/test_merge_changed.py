"""`fwlint merge`: parts that somebody changed, cut off or made up are refused."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from linter.commands.fleet.arguments import MERGED
from linter.report.share import with_sum
from tests.linter.commands.fleet.samples import BROKEN, Run

Change = Callable[[Any], object]
_HOW = "`fwlint check ... --shard I/N` writes parts as JSON, SARIF and HTML"
_CHANGED = "was changed since it was written: its sum is another one"


def _set(path: str, value: object) -> Change:
    """A change of one value, whose place is told as `shard.numbers.levels`."""
    *above, last = path.split(".")

    def change(document: Any) -> None:
        for name in above:
            document = document[int(name) if name.isdecimal() else name]
        document[int(last) if last.isdecimal() else last] = value

    return change


_OF_JSON: list[tuple[Change, str]] = [
    (lambda it: it, ""),
    (_set("version", 3), "`version` is not what the share comes to"),
    (_set("version", "2.1.0"), "`version` is not what the share comes to"),
    (_set("tool.version", "9"), "`tool` is not what the share comes to"),
    (_set("summary.error", 0), "`summary` is not what the share comes to"),
    (_set("left_out", ["FW101"]), "`left_out` is not what the share comes to"),
    (_set("more", []), "`more` is not what the share comes to"),
    (lambda it: it.pop("summary"), "`summary` is not what the share comes to"),
    (lambda it: it.pop("shard"), f"is no part of a run: {_HOW}"),
    (lambda it: it.pop("proved"), "does not have all members of a part"),
    (lambda it: it["findings"].pop(), "`findings` has lost elements"),
    (lambda it: it["findings"].append(it["findings"][0]), "of `findings` is not of the share"),
    (lambda it: it["findings"].reverse(), "of `findings` is not of the share"),
    (_set("findings.0", 7), "of `findings` is not of the share"),
    (_set("findings.0.input", "x"), "of `findings` is not of the share"),
    (_set("findings.0.level", "info"), _CHANGED),
    (_set("findings", {}), "expected a list"),
    (_set("shard", []), "`shard` is no object"),
    (_set("shard.number", 3), "this is no share of a run"),
    (_set("shard.number", True), "`number` is no number"),
    (_set("shard.number", 10**30), "`number` is no number of things"),
    (_set("shard.of", 10**9), "is a share of 1000000000, and p1.json is one of 2"),
    (_set("shard.inputs", 1), "this is no share of a run"),
    (_set("shard.places", [2, 1]), "this is no share of a run"),
    (_set("shard.places", [1, "2"]), "`places` is no list of numbers"),
    (_set("shard.places", [0]), "`numbers` is not about the inputs of the share"),
    (_set("shard.run", None), "`run` is no object"),
    (_set("shard.run.day", "today"), "`day` is no day"),
    (_set("shard.run.version", "9"), "is of fwlint 9, and this one is "),
    (_set("shard.run.program", "9"), " than this one: its files differ"),
    (_set("shard.run.names", "9"), "is of a run with other inputs than that of p1.json"),
    (_set("shard.run.asked", "9"), "is of a run with other options than that of p1.json"),
    (_set("shard.run.fail_on", "fatal"), "`fail_on` is no level"),
    (_set("shard.run.trace", 1), "`trace` is no flag"),
    (_set("shard.run.settings", {"path": "x"}), "`site` is no text"),
    (lambda it: it["shard"]["run"].pop("settings"), "`settings` is no object"),
    (lambda it: it["shard"]["run"].pop("baseline"), "`baseline` is no object"),
    (_set("shard.run.baseline", {}), "`expires` is no text"),
    (_set("shard.unneeded", None), "`unneeded` is no object"),
    (_set("shard.unneeded.numbers", [0]), "`numbers` are not those of entries of the baseline"),
    (_set("shard.left_out", ["FW999"]), "`left_out` has what is no check"),
    (_set("shard.beside", "x"), "`beside` is no list of texts"),
    (_set("shard.numbers.failures", 9), "`summary` is not what the share comes to"),
    (_set("shard.numbers.possible", 9), _CHANGED),
    (_set("shard.numbers.failures", -1), "`failures` is no number of things"),
    (_set("shard.numbers.levels", [0]), "`levels` is no list of 4 numbers"),
    (_set("shard.lists.findings", [[9, 1]]), "does not say how many of which inputs"),
    (_set("shard.lists.findings", [[1]]), "does not say how many of which inputs there are"),
    (_set("shard.lists.findings", "x"), "`findings` is no list"),
    (_set("shard.sum", 7), "`sum` is no text"),
    (_set("shard.sum", "7"), _CHANGED),
    (_set("shard.more", "7"), _CHANGED),
]


@pytest.mark.parametrize(("change", "message"), _OF_JSON)
def test_json_that_was_changed_is_refused(
    change: Change, message: str, merge: Run, tmp_path: Path
) -> None:
    _is_refused_if_changed(change, message, merge, tmp_path / "bad.json", "p1.json", "p2.json")


def _is_refused_if_changed(
    change: Change, message: str, merge: Run, part: Path, first: str, second: str
) -> None:
    """Assert that two parts are refused where the second was changed, if there is a message."""
    document = json.loads(Path(second).read_text())
    change(document)
    part.write_text(json.dumps(document, indent=1))
    status, out, err = merge(first, str(part))

    assert status == 2
    if message:
        assert (out, message in err, err.count("\n")) == ("", True, 1), err
        assert err.startswith(f"{part}:") or message.startswith("is ")
    else:
        # Another layout changes nothing: the values are the same.
        assert (out, err) == merge(first, second)[1:]


_OF_BASELINE: list[tuple[Change, str]] = [
    (lambda it: it, ""),
    (_set("shard.run.baseline", None), "is of a run with no baseline, and baseline1.json with the"),
    (_set("shard.run.baseline.sha256", "7"), "is of a run with the baseline b.json (7), and "),
    (_set("shard.run.baseline.path", "x"), "is of a run with the baseline x ("),
    (_set("shard.run.baseline.seen", "x"), "is of a run with other inputs than that of "),
    (_set("shard.run.baseline.tells", False), "is of a run with other inputs than that of "),
    (_set("shard.run.baseline.tells", 0), "`tells` is no flag"),
    (_set("shard.run.baseline.ends", [1, 1, 1]), "`ends` is no place in a file"),
    (_set("shard.run.baseline.ends", [1, 0, 1, 1]), "`ends` is no place in a file"),
    (_set("shard.run.baseline.ends", [1 << 50] * 4), "`ends` is no list of numbers of things"),
    (_set("shard.run.baseline.expires", "soon"), "`expires` is no day, or `expired` is not"),
    (_set("shard.run.baseline.expires", "2026-03-01"), "`expires` is no day, or `expired` is not"),
    (_set("shard.run.baseline.expired", True), "`expires` is no day, or `expired` is not"),
    (_set("shard.run.baseline.strays.numbers", [1 << 20]), "are not those of entries of the"),
    (_set("shard.unneeded.numbers", [1, 0]), "`numbers` are not those of entries of the baseline"),
    (_set("shard.unneeded.numbers", [0]), "`place` is no place in a file"),
    (_set("shard.unneeded.message", "x"), _CHANGED),
    (_set("baseline", None), "`baseline` is not what the share comes to"),
    (_set("baseline.expired", True), "`baseline` is not what the share comes to"),
]


@pytest.mark.parametrize(("change", "message"), _OF_BASELINE)
def test_what_a_part_says_of_a_baseline_is_not_taken_from_anybody(
    change: Change, message: str, merge: Run, tmp_path: Path
) -> None:
    _is_refused_if_changed(
        change, message, merge, tmp_path / "bad.json", "baseline1.json", "baseline.json"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: it, ""),
        (lambda it: it.pop("properties"), f"is no part of a run: {_HOW}"),
        (_set("properties", []), f"is no part of a run: {_HOW}"),
        (_set("properties.fwlint/shard.number", None), "`number` is no number"),
        (lambda it: it["results"].pop(), "has lost results"),
        (lambda it: it["results"].append({}), "this result is not of the share"),
        (_set("results.0", []), "this result is not of the share"),
        (_set("results.0.level", "note"), _CHANGED),
        (_set("results", 1), "expected a list"),
    ],
)
def test_sarif_that_was_changed_is_refused(
    change: Change, message: str, merge: Run, tmp_path: Path
) -> None:
    document = json.loads(Path("p2.sarif").read_text())
    change(document["runs"][0])
    part = tmp_path / "bad.sarif"
    part.write_text(json.dumps(document))
    status, out, err = merge("p1.sarif", str(part))

    assert status == 2
    if message:
        assert (out, message in err, err.count("\n")) == ("", True, 1), err
    else:
        assert (out, err) == merge("p1.sarif", "p2.sarif")[1:]


def test_sarif_of_several_runs_is_refused(merge: Run, tmp_path: Path) -> None:
    document = json.loads(Path("p2.sarif").read_text())
    document["runs"] *= 2
    (tmp_path / "bad.sarif").write_text(json.dumps(document))

    assert (
        "bad.sarif:1:1: has more than one run\n"
        in merge("p1.sarif", str(tmp_path / "bad.sarif"))[2]
    )


_OF_BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing changed": (lambda it: it, ""),
    "empty": (lambda _: b"", "is no part of a run"),
    "an export": (lambda _: BROKEN.encode(), "is no part of a run"),
    "truncated": (lambda it: it[: len(it) // 2], "expected a comma|this is no JSON|Unterminated"),
    "its last byte is gone": (lambda it: it.rstrip()[:-1], "expected a comma or"),
    "twice": (lambda it: it + it, "something follows the report"),
    "a member twice": (
        lambda it: it.replace(b'"of": 2', b'"of": 2, "of": 2'),
        "has what no report has",
    ),
    "a list twice": (
        lambda it: it.replace(b'"waived": [', b'"findings": [', 1),
        "has what no report has",
    ),
    "NaN": (lambda it: it.replace(b'"of": 2', b'"of": NaN'), "has what no report has"),
    "infinite": (lambda it: it.replace(b'"of": 2', b'"of": 1e999'), "has what no report has"),
    "deep": (
        lambda it: it.replace(b'"of": 2', b'"of": ' + b"[" * 100_000),
        "is nested too deeply",
    ),
    "a huge number": (lambda it: it.replace(b'"of": 2', b'"of": ' + b"9" * 9999), "no report has"),
    "no UTF-8": (lambda it: it.replace(b'"of": 2', b'"of": "\xff"'), "is no UTF-8"),
    "UTF-16": (lambda it: it.decode().encode("utf-16"), ""),
}


@pytest.mark.parametrize("name", _OF_BYTES)
def test_json_that_is_hostile_is_refused(name: str, merge: Run, tmp_path: Path) -> None:
    _is_refused("json", *_OF_BYTES[name], merge, tmp_path)


def _is_refused(
    kind: str, change: Callable[[bytes], bytes], message: str, merge: Run, folder: Path
) -> None:
    """That a changed part is refused with the message; or, without one, as it is anyhow."""
    part = folder / f"bad.{kind}"
    part.write_bytes(change(Path(f"p2.{kind}").read_bytes()))
    status, out, err = merge(f"p1.{kind}", str(part))

    assert status == 2
    if message:
        assert (out, err.startswith(f"{part}:")) == ("", True)
        assert re.search(message, err), err
        assert "Traceback" not in err
    else:
        assert (out, err) == merge(f"p1.{kind}", f"p2.{kind}")[1:]


_OF_PAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing changed": (lambda it: it, ""),
    "truncated": (lambda it: it[: len(it) // 2], f"is no part of a run: {_HOW}"),
    "without its last line": (
        lambda it: it[: it.rindex(b"<!--fwlint")],
        f"is no part of a run: {_HOW}",
    ),
    "no share": (
        lambda it: it[: it.rindex(b"<!--fwlint")] + b"<!--fwlint/shard []-->\n",
        "`shard` is no object",
    ),
    "no JSON": (
        lambda it: it[: it.rindex(b"<!--fwlint")] + b"<!--fwlint/shard [-->\n",
        "this is no JSON",
    ),
    "another word": (lambda it: it.replace(b"no-default-deny", b"my-default-deny"), _CHANGED),
    "a character more above": (
        lambda it: it.replace(b"</h1>", b" </h1>"),
        _CHANGED,
    ),
    "other line ends": (lambda it: it.replace(b"\n", b"\r\n"), f"is no part of a run: {_HOW}"),
    "no UTF-8": (lambda it: it.replace(b"<h1>", b"<h1>\xff"), "is no UTF-8"),
    "a mark in front": (lambda it: b"\xef\xbb\xbf" + it, _CHANGED),
    "a length": (lambda it: it.replace(b'"top": ', b'"top": 9'), "has what no report has|sum"),
    "a huge length": (lambda it: it.replace(b'"top": ', b'"top": 99999999'), "where the pieces"),
    "a verdict": (lambda it: it.replace(b'"tones": ["', b'"tones": ["very '), "no verdict"),
    "no verdicts": (lambda it: it.replace(b'"tones": ["', b'"tones": [], "t": ["'), "where the"),
}


@pytest.mark.parametrize("name", _OF_PAGES)
def test_a_page_that_was_changed_is_refused(name: str, merge: Run, tmp_path: Path) -> None:
    _is_refused("html", *_OF_PAGES[name], merge, tmp_path)


@pytest.mark.parametrize(
    ("markup", "is_refused"),
    [
        ("<b>x</b>", False),
        ("<script>alert(1)</script>", True),
        ("<b onclick='x'>", True),
        ('<a href="javascript:x">', True),
        ('<meta http-equiv="refresh" content="0">', True),
        ("<form>", True),
        ("<!-- -->", True),
    ],
)
def test_a_page_with_other_elements_is_refused_even_with_its_sum(
    markup: str, is_refused: bool, merge: Run, tmp_path: Path
) -> None:
    page = Path("p2.html").read_text(encoding="utf-8")
    page, _, line = page.rpartition("<!--fwlint/shard ")
    data = json.loads(line.removesuffix("-->\n"))
    del data["sum"]
    lengths = data["lengths"]
    at = lengths["top"]
    first = lengths["rows"][0]
    page = page[: at + first] + markup + page[at + first :]
    lengths["rows"][0] += len(markup)
    texts = [f"{tone}\n" for tone in data["tones"]]
    for name, before in (("rows", at), ("bodies", lengths["middle"])):
        at = before if name == "rows" else at + before
        for length in lengths[name]:
            texts.append(page[at : at + length])
            at += length
    part = tmp_path / "bad.html"
    sign = "\\u002d"
    told = json.dumps(with_sum(data, texts)).replace("-", sign)
    part.write_text(f"{page}<!--fwlint/shard {told}-->\n", encoding="utf-8")
    status, out, err = merge("p1.html", str(part))

    assert status == 2
    assert (markup in out, "has what no report has" in err) == (not is_refused, is_refused)


@pytest.mark.parametrize("kind", MERGED)
def test_a_part_with_a_changed_byte_is_refused_or_comes_to_the_same(
    kind: str, merge: Run, tmp_path: Path
) -> None:
    made = Random(kind)
    whole = merge(f"p1.{kind}", f"p2.{kind}")
    data = Path(f"p2.{kind}").read_bytes()
    part = tmp_path / f"bad.{kind}"
    refused = 0
    for _ in range(150):
        at = made.randrange(len(data))
        some = made.choice((b"", b"0", b'"', b"}", b"\n", b"<", data[at : at + 1] * 2))
        part.write_bytes(data[:at] + some + data[at + 1 :])
        status, out, err = merge(f"p1.{kind}", str(part))
        if (status, out, err) != whole:
            assert (status, out, err.count("\n")) == (2, "", 1), (at, some)
            assert err.startswith(f"{part}:")
            refused += 1

    assert refused > 20

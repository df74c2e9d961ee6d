"""Reports that are read again: whole ones, several of one run, and files that only look so."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from flowfiles.reach import TYPED
from flowmodel.source import InputError
from linter.cli import main
from linter.commands.fleet.reading import read_run
from tests.linter.commands.fleet.samples import BROKEN, fleet, write

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a check of a fleet writes, with one input that is broken."""
    folder = tmp_path_factory.mktemp("fleet")
    write(folder, {**fleet(), "hosts/broken.rules": BROKEN})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["check", "sites", "hosts", "-o", "json:all.json", "--jobs", "1", "-q"]) == 2
    found: dict[str, Any] = json.loads((folder / "all.json").read_text())
    return found


def _written(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2))
    return str(path)


def test_a_report_is_read_with_its_failures(report: dict[str, Any], tmp_path: Path) -> None:
    run = read_run([_written(tmp_path, "all.json", report)], TYPED)

    assert list(run.inputs) == [each["name"] for each in report["inputs"]]
    assert len(run.findings) == len(report["findings"])
    assert run.users == {"shop": 2}
    (failure,) = run.inputs["hosts/broken.rules"].failures
    assert failure.message == "the table has no COMMIT: the export is incomplete"
    assert {each.policy for each in run.findings} == {"", "shop"}
    assert all(each.size for each in run.findings)
    assert len({each.identity for each in run.findings}) == len(run.findings)


def test_waived_findings_are_told_apart(report: dict[str, Any], tmp_path: Path) -> None:
    changed = deepcopy(report)
    first = changed["findings"].pop(0)
    name = first.pop("input")
    changed["waived"] = [{"input": name, "finding": first, "because": "so", "until": "2030-01-01"}]
    changed["inputs"][0][first["level"]] -= 1
    changed["inputs"][0]["waived"] += 1
    before = read_run([_written(tmp_path, "old.json", report)], TYPED)
    now = read_run([_written(tmp_path, "all.json", changed)], TYPED)

    assert now.settled == before.findings[:1]


def test_several_files_are_one_run(report: dict[str, Any], tmp_path: Path) -> None:
    half, rest = _split(report, "hosts/a.rules")
    paths = [_written(tmp_path, "1.json", half), _written(tmp_path, "2.json", rest)]

    whole = read_run([_written(tmp_path, "all.json", report)], TYPED)
    assert read_run(paths, TYPED)._replace(files=whole.files).inputs.keys() == whole.inputs.keys()
    assert sorted(read_run(paths, TYPED).findings) == sorted(whole.findings)
    with pytest.raises(InputError, match="is among the inputs of another file too"):
        read_run([paths[0], paths[0]], TYPED)


def _split(report: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report without an input, and of it alone."""

    def part(document: dict[str, Any], *, its: bool) -> dict[str, Any]:
        return {
            member: [each for each in value if (each.get("input", each.get("name")) == name) is its]
            if isinstance(value, list) and member != "left_out"
            else value
            for member, value in document.items()
        }

    return part(report, its=False), part(report, its=True)


def _set(path: str, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        *before, last = path.split(".")
        at: Any = document
        for step in before:
            at = at[int(step) if step.isdigit() else step]
        at[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_set("version", 3), "expected a report of version 2"),
        (_set("version", 2.0), "expected a report of version 2"),
        (_set("tool", []), "expected an object"),
        (_set("tool", {}), "`version` is no text"),
        (lambda it: it.pop("inputs"), "is a report on one input"),
        (lambda it: it.pop("failures"), "has no member `failures`"),
        (lambda it: it.pop("left_out"), "has no member `left_out`"),
        (lambda it: it["findings"].pop(), "does not have all findings of `hosts/more/c.rules`"),
        (lambda it: it["failures"].pop(), "does not have all findings of `hosts/broken.rules`"),
        (_set("inputs.0.waived", 1), "does not have all findings of `sites/north/site.yaml`"),
        (_set("inputs.0.accepted", 1), "does not have all findings of `sites/north/site.yaml`"),
        (lambda it: it["inputs"][0].pop("waived"), "`waived` is no number"),
        (lambda it: it.update(inputs=[], findings=[], failures=[]), "has no inputs"),
        (_set("inputs.0.name", "other"), "has findings of `sites/north/site.yaml`, which is not"),
        (_set("inputs.1.name", "sites/north/site.yaml"), "is here twice"),
        (_set("inputs.0.error", -1), "`error` is no number"),
        (_set("inputs.0.error", True), "`error` is no number"),
        (_set("inputs.0", 7), "expected an object"),
        (_set("inputs", {}), "expected a list"),
        (_set("left_out", ["all"]), "expected the id of a check"),
        (_set("findings.0.input", ""), "`input` is no name of an input"),
        (_set("findings.0.input", "x" * 5000), "`input` is no name of an input"),
        (_set("findings.0.check", "FW1\x1b[2J"), "expected the id of a check"),
        (_set("findings.0.level", "fatal"), "expected `level` to be one of"),
        (_set("findings.0.certainty", None), "expected `certainty` to be one of"),
        (_set("findings.0.key", "abc"), "`key` is no list of texts"),
        (_set("findings.0.place", None), "`place` is no object"),
        (_set("findings.0.place.line", "1"), "`line` is no number"),
        (_set("findings.0.message", 1), "`message` is no text"),
        (_set("waived", [{"input": "a"}]), "`finding` is no object"),
        (lambda it: it.pop("settings"), "has no member `settings`"),
        (_set("settings", {"path": "a"}), "`site` is no text"),
    ],
)
def test_what_is_no_such_report_is_refused(
    change: Change, expected: str, report: dict[str, Any], tmp_path: Path
) -> None:
    changed = deepcopy(report)
    change(changed)
    path = _written(tmp_path, "all.json", changed)
    with pytest.raises(InputError) as raised:
        read_run([path], TYPED)

    assert expected in raised.value.message
    assert raised.value.span.path == path


@pytest.mark.parametrize("text", ["{}", '{"runs": []}', '{"tool": 1, "version": 2}'])
def test_another_document_is_no_report(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no report of fwlint"):
        read_run([_written(tmp_path, "all.json", text)], TYPED)


def test_an_error_names_the_line_of_the_element(report: dict[str, Any], tmp_path: Path) -> None:
    changed = deepcopy(report)
    changed["findings"][1]["level"] = "x"
    path = _written(tmp_path, "all.json", changed)
    with pytest.raises(InputError) as raised:
        read_run([path], TYPED)

    lines = Path(path).read_text().splitlines()
    assert lines[raised.value.span.line].strip().startswith('"input"')
    assert lines[raised.value.span.line - 1] == "    {"


@pytest.mark.parametrize(
    ("change", "is_known"),
    [
        ({}, True),
        ({"about": ["a", ""]}, False),
        ({"about": None}, False),
        ({"packets": {"complete": False, "boxes": [{}]}}, False),
        ({"packets": {"complete": False, "boxes": [{}]}, "digest": "abc"}, True),
        ({"packets": {"complete": False, "boxes": []}}, True),
        ({"packets": None}, False),
    ],
)
def test_packets_that_nobody_can_compare_have_no_size(
    change: dict[str, Any], is_known: bool, report: dict[str, Any], tmp_path: Path
) -> None:
    changed = deepcopy(report)
    changed["findings"][0].update(change)

    run = read_run([_written(tmp_path, "all.json", changed)], TYPED)
    assert bool(run.findings[0].size) is is_known


@pytest.mark.parametrize(
    "member", ["level", "certainty", "message", "affected", "packets", "digest", "about"]
)
def test_each_member_that_says_how_bad_it_is_counts(
    member: str, report: dict[str, Any], tmp_path: Path
) -> None:
    value: dict[str, Any] = {
        "level": "warning",
        "certainty": "possible",
        "packets": {"complete": True, "boxes": []},
        "about": ["x"],
    }
    changed = deepcopy(report)
    its = changed["findings"][0]
    its[member] = value.get(member, "other")
    if member == "level":
        changed["inputs"][0]["error"] -= 1
        changed["inputs"][0]["warning"] += 1
    before = read_run([_written(tmp_path, "old.json", report)], TYPED).findings[0]
    now = read_run([_written(tmp_path, "all.json", changed)], TYPED).findings[0]

    assert (now.identity, now.size == before.size) == (before.identity, False)


def test_counters_in_a_message_make_nothing_worse(report: dict[str, Any], tmp_path: Path) -> None:
    found = set()
    for packets in (1, 2):
        changed = deepcopy(report)
        changed["findings"][0]["message"] = f"counter packets {packets} bytes 60 accept is open"
        told = read_run([_written(tmp_path, "all.json", changed)], TYPED).findings[0]
        found.add((told.identity, told.size))

    assert len(found) == 1

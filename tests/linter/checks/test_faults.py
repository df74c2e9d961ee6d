"""One check's fault hides nothing: what the others find is told, and so is what was not judged."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowmodel.finding import Finding
from flowmodel.source import Span
from fwlint.loading import read
from linter.checks.evaluation import Outcome, evaluate
from linter.checks.subject import Subject
from linter.cli import main
from linter.engine.budget import TooComplexError
from linter.engine.packet.interpret import CrossCheckError
from tests.linter.checks.planted import Run, plant
from tests.linter.checks.samples import HTTPS, KEEP, load, policy, rules, site


def _finds(check: str, line: int) -> Finding:
    return Finding(check, "error", "certain", "planted", Span("edge.rules", line, 1, line, 9))


def _sound(_: Subject) -> Iterator[Finding]:
    yield _finds("FW205", 3)


def _faulty(_: Subject) -> Iterator[Finding]:
    yield _finds("FW102", 7)
    raise ZeroDivisionError("division by zero")


def _outcome(folder: Path, monkeypatch: pytest.MonkeyPatch, **runs: Run) -> Outcome:
    plant(monkeypatch, **runs)
    loaded = load(folder, policy(), site(), {"edge.rules": rules(KEEP, HTTPS)})
    return evaluate(loaded, read(loaded).rulesets)


def _said(outcome: Outcome) -> list[str]:
    return [each.error.message for each in outcome.failed]


def test_what_a_check_found_before_it_failed_counts_and_so_do_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = _outcome(tmp_path, monkeypatch, FW102=_faulty, FW205=_sound)

    assert outcome.findings == [_finds("FW102", 7), _finds("FW205", 3)]
    assert _said(outcome) == [
        "FW102 could not be evaluated: ZeroDivisionError",
    ]
    assert [each.check for each in outcome.failures] == ["FW904"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError(), "FW101, FW109 could not be evaluated: ValueError"),
        (
            CrossCheckError("sets and rules disagree"),
            "FW101, FW109 could not be evaluated: CrossCheckError",
        ),
        (
            TooComplexError("more than 9 nodes"),
            "too complex to decide: more than 9 nodes (FW101, FW109)",
        ),
    ],
    ids=["any fault", "a contradiction", "a limit"],
)
def test_a_shared_judgement_that_fails_is_one_entry_for_all_checks_that_need_it(
    error: Exception, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def shared(_: Subject) -> int:
        asked.append(1)
        raise error

    def needs(subject: Subject) -> Iterator[Finding]:
        yield _finds("FW101", subject.once(shared))

    outcome = _outcome(tmp_path, monkeypatch, FW101=needs, FW109=needs, FW205=_sound)

    assert _said(outcome) == [message]
    assert outcome.findings == [_finds("FW205", 3)]
    assert len(asked) == 1


def test_two_faults_are_two_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = _outcome(tmp_path, monkeypatch, FW101=_faulty, FW102=_faulty)

    assert [text.split()[0] for text in _said(outcome)] == ["FW101", "FW102"]


def test_no_waiver_is_called_unused_where_a_check_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def late(subject: Subject) -> Iterator[Finding]:
        seen.append(len(subject.failures))
        yield from ()

    _outcome(tmp_path, monkeypatch, FW102=_faulty, FW510=late)

    assert seen == [1]


def test_a_run_without_enough_room_starts_again_with_all_it_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = []

    def shared(subject: Subject) -> int:
        rooms.append(subject.room)
        if len(rooms) < 3:
            raise MemoryError
        return 3

    def needs(subject: Subject) -> Iterator[Finding]:
        yield _finds("FW205", subject.once(shared))

    outcome = _outcome(tmp_path, monkeypatch, FW101=needs, FW205=needs)

    assert outcome.failed == ()
    assert [each.span.line for each in outcome.findings] == [3]
    assert [isinstance(room, int) for room in rooms] == [True] * 3
    assert len(set(rooms)) == 3


def test_where_there_is_never_enough_room_what_needs_none_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs(subject: Subject) -> Iterator[Finding]:
        yield _finds("FW101", len(subject.surveys))

    def survey(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("linter.engine.site.survey.survey", survey)
    outcome = _outcome(tmp_path, monkeypatch, FW101=needs, FW205=_sound)

    assert outcome.findings == [_finds("FW205", 3)]
    assert _said(outcome) == ["too complex to decide: more than 4,194,304 diagram nodes (FW101)"]


def test_the_terminal_tells_it_with_the_place_in_the_program_and_the_status_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load(tmp_path, policy(), site(), {"edge.rules": rules(KEEP, HTTPS)})
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, FW102=_faulty, FW205=_sound)

    assert main(["check", "-o", "json", "--fail-on", "never"]) == 2

    captured = capsys.readouterr()
    first, *trace = captured.err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert trace[-2:] == [
        "site.yaml:1:1: FW102 could not be evaluated: ZeroDivisionError",
        "fwlint: internal error: this is a bug in fwlint, not in your input; please report it",
    ]
    said = json.loads(captured.out)
    assert [each["check"] for each in said["findings"]] == ["FW205", "FW102"]
    assert [each["check"] for each in said["failures"]] == ["FW904"]


def test_only_the_checks_that_are_asked_for_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load(tmp_path, policy(), site(), {"edge.rules": rules(KEEP, HTTPS)})
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, FW102=_faulty, FW205=_sound)

    assert main(["check", "--select", "FW2", "-q"]) == 1
    assert main(["check", "--ignore", "FW2", "-q"]) == 2
    capsys.readouterr()


def test_a_check_that_a_waiver_names_runs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waiver = 'accept: [{finding: undeclared-opening, because: old, until: "2099-12-31"}]\n'
    load(tmp_path, policy(), site(more=waiver), {"edge.rules": rules(KEEP, HTTPS)})
    monkeypatch.chdir(tmp_path)
    plant(monkeypatch, FW205=_sound)

    assert main(["check", "--select", "FW1", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["waived"] == 1

"""What a question's own addresses say of long lists is all that matters to its answer."""

from pathlib import Path

import pytest

from linter.cli import main
from linter.engine.device import walk
from linter.engine.sets.ranges import LONG
from tests.bench.exports import with_sets
from tests.bench.site import site


def test_lists_are_narrowed_to_the_question_without_another_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, sets = with_sets(150)
    (tmp_path / "fw.rules").write_text(rules, encoding="utf-8")
    (tmp_path / "fw.ipset").write_text(sets, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(site("fw.rules", "fw.ipset"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    answers: list[str] = []

    for long in (LONG, 1_000_000):
        monkeypatch.setattr(walk, "LONG", long)
        main(["check", "site.yaml", "--select", "FW1,FW2", "--date", "2026-01-01"])
        answers.append(capsys.readouterr().out)

    assert "FW208" in answers[0]
    assert answers[0] == answers[1]

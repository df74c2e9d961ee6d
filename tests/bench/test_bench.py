"""The benchmarks run; what they measure is judged by people."""

import re
from pathlib import Path

import pytest

from tests.bench.__main__ import GROUPS, main
from tests.bench.exports import SHAPES
from tests.bench.measure import cost, python


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_benchmarks_prints_its_lines(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([group, "--rules", "400", "--runs", "1"]) == 0

    head, line, *rows = capsys.readouterr().out.splitlines()
    assert (head, line) == ("| what | measured |", "|---|---|")
    assert rows
    for row in rows:
        assert re.fullmatch(r"\| [^|]+ \| [^|]*\d[^|]* \|", row)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_export_has_as_many_rules_as_were_asked_for(shape: str) -> None:
    rules = [line for line in SHAPES[shape](500).splitlines() if line.startswith("-A ")]

    assert len(rules) == 500
    assert SHAPES[shape](500) == SHAPES[shape](500)


@pytest.mark.parametrize(
    ("said", "told"), [("too complex to decide: all", ", not all decided"), ("", "")]
)
def test_what_is_not_decided_is_said_beside_the_seconds(
    said: str, told: str, tmp_path: Path
) -> None:
    status = 2 if said else 1
    program = f"import sys; print('fw.yaml:1:1: {said}', file=sys.stderr); sys.exit({status})"

    assert re.fullmatch(rf"\d+\.\d\d s{told}", str(cost(python("-c", program), tmp_path, 2)))


def test_a_program_that_fails_is_no_cost(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such option"):
        cost(
            python("-c", "import sys; sys.stderr.write('no such option'); sys.exit(2)"), tmp_path, 1
        )

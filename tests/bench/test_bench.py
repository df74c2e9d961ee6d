"""The benchmarks run; what they measure is judged by people."""

import re

import pytest

from tests.bench.__main__ import GROUPS, main
from tests.bench.exports import SHAPES


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

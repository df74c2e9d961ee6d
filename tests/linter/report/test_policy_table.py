"""The table of a policy for people: what its columns say."""

from pathlib import Path

import pytest

from linter.report.policy_table import render_policy
from tests.policies.samples import load_text, policy_text


@pytest.mark.parametrize(
    ("ids", "shown"),
    [
        (["A1"], "A1"),
        (["A1", "A2", "A3"], "A1, A2, A3"),
        (["A1", "A2", "A3", "A4"], "A1-A4"),
        (["A1", "A2", "B3", "B4"], "A1, A2, B3, B4"),
        (["A8", "A9", "A10", "A11", "A13"], "A8-A11, A13"),
        (["A4", "A3", "A2", "A1"], "A4, A3, A2, A1"),
        (["a", "b", "c", "d"], "a, b, c, d"),
        (["1", "2", "3", "4", "N"], "1-4, N"),
    ],
)
def test_rows_that_follow_each_other_are_one_word(
    ids: list[str], shown: str, tmp_path: Path
) -> None:
    cells = "device: web, direction: in, protocol: tcp, port: 443"
    rows = "\n".join(f'  "{one}": {{line: {n}, {cells}}}' for n, one in enumerate(ids, 1))
    cited = ", ".join(f'"{one}"' for one in ids)
    text = policy_text(f"service: 443/tcp\nrows: [{cited}]", rows=f"rows:\n{rows}\n")

    table = render_policy(load_text(tmp_path, text)).splitlines()

    assert [line.split("must")[1].strip() for line in table if " must " in line] == [shown]

"""No input of 1 MB takes more than the bound; small ones of every shape are read at all."""

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from linter.cli import main
from tests.bounds.measure import costs, written
from tests.bounds.shape import Shape
from tests.bounds.shapes import shapes

_SMALL, _LARGE = 1_000, 1_000_000
_LIMIT = ("--work-limit", "0.1")
_SHAPES = [pytest.param(shape, id=shape.name) for shape in shapes()]
# What is asked at a site too takes longer, and other tests ask such things all day long.
_QUICK = [
    pytest.param(shape, id=shape.name, marks=[] if len(shape.asks) == 1 else pytest.mark.long)
    for shape in shapes()
]


@pytest.mark.parametrize("shape", _QUICK)
def test_each_shape_has_an_answer(
    shape: Shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(shape, _SMALL, tmp_path)
    monkeypatch.chdir(tmp_path)
    for ask in shape.asks:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main([*ask, *(_LIMIT if ask[0] == "check" else ())])

        assert status in (0, 1, 2)
        assert "Traceback" not in err.getvalue()
        assert out.getvalue() or err.getvalue()


@pytest.mark.long
@pytest.mark.parametrize("shape", _SHAPES)
def test_one_megabyte_stays_within_the_bound(shape: Shape, tmp_path: Path) -> None:
    found = dict(costs(shape, _LARGE, tmp_path))

    assert {what: cost for what, cost in found.items() if cost.is_over} == {}

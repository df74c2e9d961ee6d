"""Nothing that is made on purpose is searched for garbage, and afterwards all is as it was."""

import gc
from collections.abc import Iterator

import pytest

from flowmodel.memory import uncollected


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    if was_enabled:
        gc.enable()
    else:
        gc.disable()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_it_was(*, is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()

    with uncollected():
        outer = gc.isenabled()
        with uncollected():
            pass
        inner = gc.isenabled()

    assert (outer, inner, gc.isenabled()) == (False, False, is_enabled)


def test_it_is_as_it_was_after_an_error() -> None:
    gc.enable()

    with pytest.raises(ValueError, match="of no interest"), uncollected():
        raise ValueError("of no interest")

    assert gc.isenabled()

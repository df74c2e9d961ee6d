"""A list in JSON, element by element: a long one is never there as a whole."""

from collections.abc import Iterable, Iterator
from typing import Any

from linter.report.visible import as_json, compact_ranges


def element(value: Any, indent: int, depth: int = 1) -> str:
    """The value as an element of a list at a depth, as `json.dumps` of the whole would write it."""
    margin = " " * (indent * depth)
    # Texts have no line feeds in JSON.
    return margin + compact_ranges(as_json(value, indent)).replace("\n", f"\n{margin}")


def as_list(elements: Iterable[str], indent: int, depth: int = 0) -> Iterator[str]:
    """The pieces of the list of such elements, which stands at a depth itself."""
    before = "[\n"
    for each in elements:
        yield before + each
        before = ",\n"
    yield "[]" if before == "[\n" else f"\n{' ' * (indent * depth)}]"

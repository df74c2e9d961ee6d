"""Which keys of the AWS CLI's output are read: the table in docs/formats.md.

`python -m parsers.aws.coverage` prints it.
"""

from collections.abc import Iterator, Mapping

from parsers.aws.shapes import RESPONSES, Shape


def shapes(responses: Mapping[str, Shape] = RESPONSES) -> dict[str, Shape]:
    """Every shape of the responses, by its name, in the order in which they are met."""
    found: dict[str, Shape] = {}
    for shape in responses.values():
        for each in _with_parts(shape):
            found.setdefault(each.name, each)
    return found


def _with_parts(shape: Shape) -> Iterator[Shape]:
    yield shape
    for _, part in shape.parts:
        yield from _with_parts(part)


def section(responses: Mapping[str, Shape] = RESPONSES) -> str:
    """The part of docs/formats.md about the keys of the AWS CLI's output."""
    lines = ["| object | read | says nothing about packets |", "|---|---|---|"]
    lines += [
        f"| {shape.name} | {_names(shape.read)} | {_names(shape.ignored)} |"
        for shape in shapes(responses).values()
    ]
    return "\n".join([*lines, ""])


def _names(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


if __name__ == "__main__":
    print(section(), end="")

"""The picture as a flowchart of Mermaid, which GitHub and GitLab draw in Markdown."""

from collections.abc import Iterator, Sequence
from typing import Final

from linter.report.diagram.connections import SIGNS, Connections, Label, Line, state_of
from linter.report.visible import visible

_COLOURS: Final = {"bad": "#c62839", "unsure": "#a86a00", "good": "#1a7f37"}
_PLAIN: Final = frozenset(" .,:/-+_[]()=|")


def render_mermaid(found: Connections) -> str:
    """The flowchart, from left to right."""
    ids = {box.name: f"n{number}" for number, box in enumerate(found.boxes)}
    lines = ["flowchart LR"]
    for box in found.boxes:
        words = [f"<b>{_text(box.name)}</b>"]
        words += [_text(box.title)] if box.title else []
        words += [_text(note) for note in box.notes]
        words += map(_line, box.lines)
        left, right = {"role": ("[", "]"), "peer": ("(", ")"), "word": ("([", "])")}[box.kind]
        lines.append(f'  {ids[box.name]}{left}"{"<br/>".join(words)}"{right}')
    states: list[str] = []
    for label in found.labels:
        arrows = list(_arrows(label, ids))
        lines += arrows
        states += [state_of(label)] * len(arrows)
    lines += _styles(states)
    return "\n".join(lines) + "\n"


def _arrows(label: Label, ids: dict[str, str]) -> Iterator[str]:
    words = [f"through {', '.join(map(_text, label.through))}"] if label.through else []
    text = "<br/>".join([*words, *map(_line, label.lines)])
    is_optional = all(line.is_optional for line in label.lines)
    start = "<" if label.is_either or label.sources == label.targets else ""
    arrow = f'{start}-. "{text}" .->' if is_optional else f'{start}-- "{text}" -->'
    for source, target in pairs(label):
        yield f"  {ids[source]} {arrow} {ids[target]}"


def _line(line: Line) -> str:
    sign = f"{SIGNS[line.state]} " if line.state else ""
    return sign + _text(line.text)


def _styles(states: Sequence[str]) -> Iterator[str]:
    """The colours of the arrows, which are counted in their order."""
    for state, colour in _COLOURS.items():
        if numbers := [str(n) for n, each in enumerate(states) if each == state]:
            yield f"  linkStyle {','.join(numbers)} stroke:{colour}"


def pairs(label: Label) -> list[tuple[str, str]]:
    """Who opens to whom; of the same ends on both sides, each pair once."""
    every = ((source, target) for source in label.sources for target in label.targets)
    if label.sources != label.targets:
        return list(every)
    places = {name: number for number, name in enumerate(label.sources)}
    return [(one, other) for one, other in every if places[one] <= places[other]]


def _text(text: str) -> str:
    """Text inside quotes: entities for what Mermaid or HTML would read."""
    return "".join(
        each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in visible(text)
    )

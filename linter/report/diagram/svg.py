"""The picture as SVG: boxes, labels of flows, and arrows that cross neither."""

from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap
from typing import Final

from flowmodel.record import NamedTuple, dataclass
from linter.report.diagram.connections import SIGNS, Box, Connections, Label, Line, state_of
from linter.report.diagram.placing import Key, Placed, Point, Size, placed
from linter.report.visible import visible

_CHARACTERS: Final = 25
_WIDE: Final = 7.2
"""Pixels of a character at 12 pixels, on the safe side for common sans-serif fonts."""
_BOLD: Final = 8.2
_HIGH: Final = 16
_EDGE: Final = 8
_MARGIN: Final = 16
_COLOURS: Final = (
    *("#1f5f99", "#8a4b08", "#2f6b2f", "#7a2a6b", "#8a1f1f", "#0f6b6b", "#5b5b14", "#4a3aa8"),
    *("#9c4a6a", "#3d5a3a", "#6b4a2a", "#30506b"),
)
_NAMESPACE: Final = 'xmlns="http://www.w3.org/2000/svg"'
_STYLE: Final = """\
text { font: 12px "Helvetica Neue", Arial, sans-serif; fill: #1c1c1c; }
.name { font-weight: bold; }
.role { fill: #e6eef7; stroke: #1f5f99; }
.peer { fill: #f4f4f4; stroke: #777; }
.word { fill: #fff; stroke: #777; stroke-dasharray: 5 3; }
.label { fill: #fff; stroke: #d0d0d0; }
.arrow { fill: none; stroke: #555; stroke-width: 1.2; }
.optional { stroke-dasharray: 5 4; }
.forbidden { stroke: #b00020; }
.heading { font-size: 15px; font-weight: bold; }
"""


@dataclass(frozen=True, slots=True)
class _Edge:
    """An edge between a box and a label: on which side of it the box is, and whether it listens."""

    box: Key
    label: Label
    is_left: bool
    is_target: bool
    is_both: bool
    """Whether it opens and accepts these flows, also among its own machines."""

    @property
    def ends(self) -> tuple[Key, Key]:
        """From left to right."""
        label = _key(self.label)
        return (self.box, label) if self.is_left else (label, self.box)


def render_svg(found: Connections) -> str:
    """The whole picture; its width is what the columns need, at most about 1,200 pixels."""
    drawing = _drawing(found, "head")
    legend = list(_legend(found, has_both=drawing.has_both))
    top = _MARGIN + 28 + _HIGH * len(legend) + (12 if legend else 0)
    width = max(drawing.size.width, 8.5 * len(found.title), 320) + 2 * _MARGIN
    height = top + drawing.size.height + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}"'
    body = [
        f'<svg {_NAMESPACE} {size} viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{_shown(found.title)}</title>",
        f"<style>\n{_STYLE}</style>",
        _head("head"),
        f'<rect {size} fill="#fff"/>',
        f'<text class="heading" x="{_MARGIN}" y="{_MARGIN + 12}">{_shown(found.title)}</text>',
        *legend,
        f'<g transform="translate({_MARGIN} {top:.0f})">',
        *drawing.parts,
        "</g>",
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def render_part(found: Connections, name: str) -> str:
    """The picture as a part of a page, which has the styles of its classes; the name is its own."""
    drawing = _drawing(found, f"{name}-head")
    width, height = drawing.size.width + 2, drawing.size.height + 2
    size = f'width="{width:.0f}" height="{height:.0f}"'
    body = [
        f'<svg class="picture" {size} viewBox="-1 -1 {width:.0f} {height:.0f}" role="img">',
        f"<title>{_shown(found.title)}</title>",
        _head(f"{name}-head"),
        *drawing.parts,
        "</svg>",
    ]
    return "\n".join(body) + "\n"


class _Drawing(NamedTuple):
    parts: tuple[str, ...]
    size: Size
    has_both: bool


def _drawing(found: Connections, head: str) -> _Drawing:
    """Arrows, boxes and labels."""
    drawn: list[Box | Label] = [*found.labels, *found.boxes]
    texts = {_key(one): _text_of(one) for one in drawn}
    sizes = {key: _size(lines) for key, lines in texts.items()}
    edges = _edges(found)
    where = placed(sizes, [edge.ends for edge in edges])
    parts = (
        *_arrows(where, edges, head),
        *(_drawn(one, texts[_key(one)], where, sizes) for one in drawn),
    )
    return _Drawing(parts, where.size, any(edge.is_both for edge in edges))


def _key(one: Box | Label) -> Key:
    if isinstance(one, Box):
        return ("box", one.name)
    return ("label", *one.sources, ">", *one.targets, str(one.is_either), *one.through)


def _edges(found: Connections) -> list[_Edge]:
    """The edges between boxes and labels, from left to right in five columns at most.

    On the left is who only opens connections, on the right who only accepts them; the labels
    stand between these and the rest, and those of the rest among themselves on their right.
    """
    openers = {name for label in found.labels for name in label.sources}
    listeners = {name for label in found.labels for name in label.targets}
    column = dict.fromkeys(openers - listeners, 0) | dict.fromkeys(listeners - openers, 4)
    edges = []
    for label in found.labels:
        place = 1 if any(column.get(name) == 0 for name in label.sources) else 3
        for name in dict.fromkeys((*label.sources, *label.targets)):
            is_target = name in label.targets
            edges.append(
                _Edge(
                    ("box", name),
                    label,
                    is_left=column.get(name, 2) < place,
                    is_target=is_target or label.is_either,
                    is_both=is_target and name in label.sources,
                )
            )
    return edges


_Text = tuple[str, str, str]
"""A line of text, its class, and its colour."""


def _text_of(one: Box | Label) -> list[_Text]:
    lines = [each for line in one.lines for each in _flow_text(line)]
    if isinstance(one, Label):
        return [*((each, "through", "") for each in _through(one.through)), *lines]
    title = one.title if one.title.lower() != one.name else ""
    head = [(each, "name", "") for each in _wrapped(one.name)]
    notes = [(each, "note", "") for note in one.notes for each in _wrapped(note)]
    return [*head, *((each, "", "") for each in _wrapped(title)), *notes, *lines]


def _through(devices: Sequence[str]) -> Iterator[str]:
    """The firewalls on the way; machines of one export, `aws/eni-0a1b`, each in a line."""
    if not devices:
        return
    export, slash, _ = devices[0].partition("/")
    if slash and all(each.startswith(f"{export}/") for each in devices):
        yield from _wrapped(f"through {export}:")
        for each in devices:
            yield from _wrapped(each.partition("/")[2])
        return
    yield from _wrapped(f"through {', '.join(devices)}")


def _flow_text(line: Line) -> Iterator[_Text]:
    colour = "#b00020" if line.is_forbidden else _COLOURS[line.section % len(_COLOURS)]
    sign = SIGNS.get(line.state, "•")
    for number, each in enumerate(_wrapped(line.text, _CHARACTERS - 2)):
        text = f"{sign if not number else ' '} {each}"
        yield (text, f"flow {line.state}", "") if line.state else (text, "flow", colour)


def _wrapped(text: str, characters: int = _CHARACTERS) -> list[str]:
    return wrap(visible(text), characters, break_on_hyphens=False)


def _size(lines: Sequence[_Text]) -> Size:
    longest = max((len(text) * _pixels(kind) for text, kind, _ in lines), default=_WIDE)
    return Size(longest + 2 * _EDGE, len(lines) * _HIGH + 2 * _EDGE)


def _pixels(kind: str) -> float:
    return _BOLD if kind in ("name", "through", "flow bad") else _WIDE


def _drawn(one: Box | Label, lines: Sequence[_Text], where: Placed, sizes: dict[Key, Size]) -> str:
    middle, size = where.middles[_key(one)], sizes[_key(one)]
    left, top = middle.x - size.width / 2, middle.y - size.height / 2
    kind = one.kind if isinstance(one, Box) else "label"
    corner = 3 if isinstance(one, Box) else 8
    rect = f'x="{left:.1f}" y="{top:.1f}" width="{size.width:.1f}" height="{size.height:.1f}"'
    parts = [f'<rect class="{kind}" {rect} rx="{corner}"/>']
    for number, (text, name, colour) in enumerate(lines):
        y = top + _EDGE + _HIGH * number + 12
        fill = f' style="fill: {colour}"' if colour else ""
        parts.append(
            f'<text class="{name}" x="{left + _EDGE:.1f}" y="{y:.1f}" '
            f'xml:space="preserve"{fill}>{escape(text)}</text>'
        )
    return "".join(parts)


def _arrows(where: Placed, edges: Sequence[_Edge], mark: str) -> Iterator[str]:
    for points, edge in zip(where.edges, edges, strict=True):
        classes = ["arrow"]
        classes += ["optional"] if all(line.is_optional for line in edge.label.lines) else []
        classes += ["forbidden"] if all(line.is_forbidden for line in edge.label.lines) else []
        near, far = ("start", "end") if edge.is_left else ("end", "start")
        classes += [state] if (state := state_of(edge.label)) else []
        heads = [near] if edge.is_target else []
        heads += [far] if edge.is_both else []
        head = "".join(f' marker-{each}="url(#{mark})"' for each in heads)
        yield f'<path class="{" ".join(classes)}" d="{_path(points)}"{head}/>'


def _path(points: Sequence[Point]) -> str:
    """Level lines inside the columns, and curves in the gaps between them."""
    first, *rest = points
    words = [f"M{first.x:.1f} {first.y:.1f}"]
    before = first
    for number, point in enumerate(rest):
        if number % 2 == 0:
            words.append(f"L{point.x:.1f} {point.y:.1f}")
        else:
            half = (before.x + point.x) / 2
            words.append(
                f"C{half:.1f} {before.y:.1f} {half:.1f} {point.y:.1f} {point.x:.1f} {point.y:.1f}"
            )
        before = point
    return "".join(words)


def _legend(found: Connections, *, has_both: bool) -> Iterator[str]:
    entries = [
        (f"• {title}", f' style="fill: {_COLOURS[number % len(_COLOURS)]}"')
        for number, title in enumerate(found.sections)
        if len(found.sections) > 1
    ]
    entries += [("↔ to each other, and among the machines of each", "")] if has_both else []
    for number, (text, style) in enumerate(entries):
        y = _MARGIN + 34 + _HIGH * number
        yield f'<text x="{_MARGIN}" y="{y}"{style}>{_shown(text)}</text>'


def _head(name: str) -> str:
    return (
        f'<defs><marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="10" '
        'markerHeight="10" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>'
    )


def _shown(text: str) -> str:
    return escape(visible(text))

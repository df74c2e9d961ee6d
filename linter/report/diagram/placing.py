"""Where everything stands: columns from left to right, by a layered layout (Sugiyama, 1981).

Boxes and labels are the vertices, so that a label has a place of its own and nothing covers it.
An arrow goes level through a column, at its own height there, and bends in the gap between two
columns only, where nothing stands: so it crosses no box, whatever the layout is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flowmodel.record import NamedTuple, dataclass

GAP: Final = 40
"""Pixels between two columns."""
Key = tuple[str, ...]
"""What a vertex is called."""
_SPACE: Final = 16
"""Pixels between two vertices of a column."""
_PASSING: Final = 6
"""Pixels that an arrow which only passes through a column takes there."""


class Size(NamedTuple):
    """Width and height in pixels."""

    width: float
    height: float


class Point(NamedTuple):
    """Pixels from the left and from the top."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The middles of the vertices, the points of each edge, and the size of the whole."""

    middles: Mapping[Key, Point]
    edges: Sequence[tuple[Point, ...]]
    """Pairs of points: level lines inside columns, and bends from one pair to the next."""
    size: Size


@dataclass(slots=True)
class _Slot:
    """A vertex in a column, or the place where an edge passes."""

    height: float
    width: float
    y: float
    key: Key = ()
    """Whose place it is; empty where an edge passes."""


def placed(sizes: Mapping[Key, Size], edges: Sequence[tuple[Key, Key]]) -> Placed:
    """Where vertices of these sizes stand, and how the edges between them go.

    The edges lead from left to right, and make no circle.
    """
    middles: dict[Key, Point] = {}
    paths: list[tuple[Point, ...]] = [() for _ in edges]
    top = width = 0.0
    for columns, ways in _layered(sizes, edges):
        height = _spread(columns, top)
        lefts = _lefts(columns)
        width = max(width, lefts[-1] + max(slot.width for slot in columns[-1]))
        for column, left in zip(columns, lefts, strict=True):
            most = max(slot.width for slot in column)
            for slot in column:
                if slot.key:
                    middles[slot.key] = Point(left + most / 2, slot.y)
        for number, path in _routed(columns, lefts, ways).items():
            paths[number] = path
        top = height + _SPACE
    return Placed(middles, paths, Size(width, max(0.0, top - _SPACE)))


_Columns = list[list[_Slot]]
_Ways = dict[int, list[tuple[int, _Slot]]]
"""The slots of each edge with the numbers of their columns, from its start to its end."""


def _layered(
    sizes: Mapping[Key, Size], edges: Sequence[tuple[Key, Key]]
) -> list[tuple[_Columns, _Ways]]:
    """The columns of each part that is connected in itself, and the ways of the edges in it."""
    from grandalf.graphs import Edge, Graph, Vertex
    from grandalf.layouts import SugiyamaLayout, VertexViewer

    vertices: dict[Key, Any] = {}
    for key, size in sizes.items():
        vertices[key] = Vertex(key)
        # The layout stacks its layers from top to bottom: here they stand side by side.
        vertices[key].view = VertexViewer(w=size.height, h=size.width)
    drawn = [Edge(vertices[start], vertices[end]) for start, end in edges]
    found = []
    for part in Graph(list(vertices.values()), drawn).C:
        layout = SugiyamaLayout(part)
        layout.xspace, layout.yspace = _SPACE, GAP
        layout.init_all(optimize=True)
        layout.draw(8)
        slots: dict[Any, _Slot] = {}
        for layer in layout.layers:
            for one in layer:
                y = one.view.xy[0]
                slots[one] = (
                    _Slot(one.view.w, one.view.h, y, one.data)
                    if isinstance(one, Vertex)
                    else _Slot(_PASSING, 0, y)
                )
        columns = [[slots[one] for one in layer] for layer in layout.layers]
        ranks = {id(slot): n for n, column in enumerate(columns) for slot in column}
        ways = {}
        for number, edge in enumerate(drawn):
            if edge.v[0] in slots:
                passed = layout.ctrls.get(edge, {})
                way = [edge.v[0], *(passed[rank] for rank in sorted(passed)[1:-1]), edge.v[1]]
                ways[number] = [(ranks[id(slots[one])], slots[one]) for one in way]
        found.append((columns, ways))
    return found


def _spread(columns: _Columns, top: float) -> float:
    """Move slots down until none covers another, and return how far down they reach."""
    lowest = min(slot.y - slot.height / 2 for column in columns for slot in column)
    bottom = top
    for column in columns:
        column.sort(key=lambda slot: slot.y)
        free = top
        for slot in column:
            slot.y = max(slot.y - lowest + top, free + slot.height / 2)
            free = slot.y + slot.height / 2 + _SPACE
        bottom = max(bottom, free - _SPACE)
    return bottom


def _lefts(columns: _Columns) -> list[float]:
    lefts, x = [], 0.0
    for column in columns:
        lefts.append(x)
        x += max(slot.width for slot in column) + GAP
    return lefts


def _routed(columns: _Columns, lefts: list[float], ways: _Ways) -> dict[int, tuple[Point, ...]]:
    """The points of each edge, by its number: pairs of them, each level in its column."""
    ports = _ports(ways)
    found = {}
    for number, way in ways.items():
        points: list[Point] = []
        for place, (rank, slot) in enumerate(way):
            most = max(one.width for one in columns[rank])
            left, right = lefts[rank], lefts[rank] + most
            middle, half = left + most / 2, slot.width / 2
            y = ports.get((number, place), slot.y)
            start = middle + half if place == 0 else left
            end = middle - half if place == len(way) - 1 else right
            points += [Point(start, y), Point(end, y)]
        found[number] = tuple(points)
    return found


def _ports(ways: _Ways) -> dict[tuple[int, int], float]:
    """The heights at which edges leave and reach their vertices, in the order of the other ends."""
    sides: dict[tuple[int, bool], list[tuple[float, int, int, _Slot]]] = {}
    for number, way in ways.items():
        last = len(way) - 1
        for place, other in ((0, 1), (last, last - 1)):
            slot, height = way[place][1], way[other][1].y
            sides.setdefault((id(slot), place == 0), []).append((height, number, place, slot))
    found = {}
    for several in sides.values():
        several.sort(key=lambda each: each[:3])
        for index, (_, number, place, slot) in enumerate(several, 1):
            top = slot.y - slot.height / 2
            found[number, place] = top + slot.height * index / (len(several) + 1)
    return found

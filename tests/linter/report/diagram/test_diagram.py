"""The picture of each product: nothing covers anything, and no flow is missing."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import policies
from linter.cli import main
from linter.report.diagram.connections import connections
from linter.report.diagram.mermaid import pairs, render_mermaid
from linter.report.diagram.placing import Key, Point, Size, placed
from linter.report.diagram.svg import render_svg
from policies.model import Policy
from tests.policies.samples import load_text, policy_text

_WIDEST = 1200
Rectangle = tuple[float, float, float, float]


def _picture(policy: Policy) -> ET.Element:
    # It is our own output, of a policy that ships or that the test wrote.
    return ET.fromstring(render_svg(connections(policy)))


def _rectangles(picture: ET.Element) -> list[Rectangle]:
    """Boxes and labels: left, top, right, bottom."""
    found = []
    for each in picture.iter("{http://www.w3.org/2000/svg}rect"):
        if each.get("class"):
            left, top, width, height = (
                float(each.get(key, "")) for key in ("x", "y", "width", "height")
            )
            found.append((left, top, left + width, top + height))
    return found


def _lines(picture: ET.Element) -> list[list[Point]]:
    """The arrows, each curve as its two ends and the box around it."""
    found = []
    for each in picture.iter("{http://www.w3.org/2000/svg}path"):
        if each.get("class"):
            numbers = [float(text) for text in re.findall(r"-?[0-9.]+", each.get("d", ""))]
            points = [Point(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
            found.append(points)
    return found


def _crosses(one: Point, other: Point, rectangle: Rectangle) -> bool:
    """Whether the box around two neighbouring points lies over a rectangle, its edge aside."""
    left, top, right, bottom = rectangle
    return (
        max(one.x, other.x) > left + 0.2
        and min(one.x, other.x) < right - 0.2
        and max(one.y, other.y) > top + 0.2
        and min(one.y, other.y) < bottom - 0.2
    )


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_no_arrow_crosses_a_box_and_no_box_covers_another(name: str) -> None:
    picture = _picture(policies.load_policy(name))
    rectangles = _rectangles(picture)

    for number, one in enumerate(rectangles):
        for other in rectangles[number + 1 :]:
            assert not _crosses(Point(*one[:2]), Point(*one[2:]), other)
    for points in _lines(picture):
        for start, end in pairwise(points):
            assert not [each for each in rectangles if _crosses(start, end, each)]


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_every_picture_is_readable_at_a_thousand_pixels(name: str) -> None:
    picture = _picture(policies.load_policy(name))

    assert float(picture.get("width", "")) <= _WIDEST


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_every_flow_end_and_section_is_in_the_picture(name: str) -> None:
    policy = policies.load_policy(name)
    shown = " ".join("".join(_picture(policy).itertext()).split())
    values = policy.values()
    every = [
        part
        for flow in policy.flows
        for pattern in flow.services
        for part in (pattern.ports(values).text if pattern.names else pattern.text).split(",")
    ]

    assert [each for each in every if each.partition("/")[0].strip() not in shown] == []
    ends = {name.partition(".")[0] for flow in policy.flows for name in flow.ends} - {"self"}
    assert [each for each in ends if each not in shown] == []
    if len(policy.sections) > 1:
        assert [one.title for one in policy.sections if one.title not in shown] == []


@pytest.mark.parametrize("name", policies.PRODUCTS)
def test_mermaid_has_a_node_for_each_end_and_an_arrow_for_each_pair(name: str) -> None:
    found = connections(policies.load_policy(name))
    lines = render_mermaid(found).splitlines()
    arrows = sum(len(pairs(one)) for one in found.labels)

    assert lines[0] == "flowchart LR"
    assert len(lines) == 1 + len(found.boxes) + arrows


KINDS = {
    "a required flow": ("service: 443/tcp", "arrow"),
    "an optional one": ("service: 443/tcp\nneed: may", "arrow optional"),
    "a forbidden one": ("service: 443/tcp\nneed: never", "arrow forbidden"),
}


@pytest.mark.parametrize(("flow", "kind"), KINDS.values(), ids=KINDS)
def test_the_kinds_of_flows_are_told_apart(flow: str, kind: str, tmp_path: Path) -> None:
    picture = _picture(load_text(tmp_path, policy_text(flow)))
    kinds = {each.get("class") for each in picture.iter("{http://www.w3.org/2000/svg}path")}

    assert kinds - {None} == {kind}


def test_a_flow_either_way_has_two_heads(tmp_path: Path) -> None:
    text = policy_text("between: [users, web]\nservice: 443/tcp").replace(
        "        from: users\n        to: web\n", ""
    )
    picture = render_svg(connections(load_text(tmp_path, text)))

    assert picture.count('="url(#head)"') == 2


def test_hostile_titles_are_text(tmp_path: Path) -> None:
    title = '</text><script>alert(1)</script>"'
    text = policy_text().replace("title: Shop", f"title: '{title}'")
    found = connections(load_text(tmp_path, text))

    assert "<script" not in render_svg(found)
    assert '"Web' not in render_mermaid(found).replace("<b>web</b><br/>Web", "")


def test_vertices_in_a_circle_of_labels_have_places_of_their_own() -> None:
    sizes: dict[Key, Size] = {(str(number),): Size(40, 20) for number in range(12)}
    edges: list[tuple[Key, Key]] = [
        ((str(start),), (str(end),)) for start in range(6) for end in range(6, 12)
    ]
    where = placed(sizes, edges)

    assert len({(middle.x, middle.y) for middle in where.middles.values()}) == 12
    assert all(len(path) == 4 for path in where.edges)


@pytest.mark.parametrize(
    ("name", "start"), [("svg", "<svg "), ("mermaid", "flowchart LR"), ("text", "leap: ")]
)
def test_the_command_prints_each_format(
    name: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "show", "leap", "--format", name]) == 0
    assert capsys.readouterr().out.startswith(start)

"""The proof report as a page: whole, alone, and deaf to what files say."""

import re
from collections import Counter

import pytest

from flowmodel.finding import Report
from flowmodel.record import replace
from flowmodel.site import OWN
from flowmodel.used import Document
from linter.report import Options, render
from linter.report.proof.content import content
from linter.report.proof.engine import markdown
from tests.linter.report.proof.hostile import HOSTILE
from tests.linter.report.proof.seen import Seen
from tests.linter.report.samples import BLOCKED, CLEAN, REPORT, STOOD

_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "p", "time", "h1", "nav"),
    *("ul", "li", "main", "section", "h2", "h3", "h4", "div", "span", "b", "table", "thead"),
    *("tbody", "tr", "th", "td", "br", "small", "figure", "figcaption", "article", "pre", "mark"),
    *("dl", "dt", "dd", "code", "details", "summary", "footer", "del", "ins"),
    *("svg", "defs", "marker", "path", "rect", "text"),
}
_ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "href", "rel", "id", "datetime"),
    *("aria-label", "aria-labelledby", "aria-hidden", "scope", "rowspan", "colspan", "tabindex"),
    *("role", "open"),
    *("width", "height", "viewbox", "d", "fill", "x", "y", "rx", "xml:space", "refx", "refy"),
    *("markerwidth", "markerheight", "markerunits", "orient", "marker-start", "marker-end"),
}


def _page(report: Report) -> str:
    return render("html", report, Options(trace=True))


REPORTS = {"full": REPORT, "clean": CLEAN, "empty": Report(()), "hostile": HOSTILE}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_element_is_closed_and_every_link_has_its_goal(report: Report) -> None:
    seen = Seen(_page(report))
    ids = seen.of("id")

    assert seen.open == []
    assert [each for each, count in Counter(ids).items() if count > 1] == []
    goals = {each.removeprefix("#") for each in seen.of("href") if each.startswith("#")}
    named = {name for each in seen.of("aria-labelledby") for name in each.split()}
    assert (goals | named) - set(ids) == set()


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_nothing_is_loaded_and_nothing_runs(report: Report) -> None:
    page = _page(report)
    seen = Seen(page)

    assert set(seen.tags) - _TAGS == set()
    assert {name for name, _ in seen.attributes} - _ATTRIBUTES == set()
    assert "default-src 'none'; style-src 'unsafe-inline'" in seen.of("content")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert re.findall(r"@import|url\(|expression|<", style[1]) == []
    assert [each for each in seen.of("href") if not each.startswith(("#", "https://"))] == []


def test_what_files_say_is_shown_as_text() -> None:
    page = _page(HOSTILE)

    assert "&lt;script&gt;canary()&lt;/script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://example.com/ports", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://[", False),
        ("ports.md", False),
        ("", False),
    ],
)
def test_only_addresses_of_pages_become_links(url: str, *, is_link: bool) -> None:
    (used,) = STOOD.used
    used = replace(used, document=Document("Ports", url))
    page = _page(replace(REPORT, site=replace(STOOD, used=(used,))))

    assert (f'href="{url}"' in page) is is_link
    assert ">Ports<" in page


def test_equal_reports_make_equal_pages() -> None:
    assert _page(REPORT) == _page(REPORT)


def test_a_finding_keeps_its_anchor_when_others_come_and_lines_move() -> None:
    moved = replace(BLOCKED, span=replace(BLOCKED.span, line=2))
    alone = Seen(_page(Report((moved,)))).of("id")

    assert {each for each in alone if each.startswith("f-")} <= set(Seen(_page(REPORT)).of("id"))


def test_two_findings_of_one_key_have_two_anchors() -> None:
    ids = Seen(_page(Report((BLOCKED, BLOCKED)))).of("id")

    assert len({each for each in ids if each.startswith("f-")}) == 2


@pytest.mark.parametrize(("policy", "whose"), [(OWN, "site"), ("1e", "policy")])
def test_who_permits_a_flow_is_named(policy: str, whose: str) -> None:
    flow = replace(STOOD.requirements[0], need="may", policy=policy, purpose="", app="")
    found = content(Report((), site=replace(STOOD, requirements=(flow,))), Options())
    (group,) = (each for each in found.unjudged if "permitted" in each.title)

    assert [item.why for item in group.items] == [f"the {whose} permits it"]


def test_both_formats_are_of_one_content() -> None:
    assert markdown.__module__ == "linter.report.proof.engine"
    words = ("The firewalls", "1 check left out", "NET-7", "remote_catalog: no", "Active Directory")
    page, text = _page(REPORT), render("markdown", REPORT, Options()).replace("\\", "")
    for each in words[1:]:
        assert each in page
        assert each in text

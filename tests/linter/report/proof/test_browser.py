"""The page in a real browser: accessible, readable on a phone, and printed whole."""

import json
from html import unescape
from pathlib import Path

import pytest

from flowmodel.finding import Report
from linter.cli import main
from linter.report import Options, render
from linter.report.fleet.overview import overview
from linter.report.fleet.page import render as fleet_page
from tests import ROOT
from tests.linter.report.fleet import samples
from tests.linter.report.fleet.test_written import ANSWERS
from tests.linter.report.proof.browser import asked, axe, chromium, run
from tests.linter.report.proof.hostile import HOSTILE
from tests.linter.report.samples import REPORT

_AXE = (
    "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map("
    "each => [each.id, each.nodes.map(node => node.html)]))"
)
_WIDTH = "[document.documentElement.scrollWidth, window.innerWidth]"
_CANARY = "[typeof window.canary, document.querySelectorAll('script').length]"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    chromium()
    path = tmp_path_factory.mktemp("demo") / "report.html"
    site = str(ROOT / "fixtures/demo/site.yaml")
    assert main(["check", site, "--date", "2026-11-20", "-o", f"html:{path}", "-q"]) == 1
    return path.read_text(encoding="utf-8")


def _page(report: Report) -> str:
    chromium()
    return render("html", report, Options(trace=True))


@pytest.fixture(scope="module")
def pages(demo: str) -> dict[str, str]:
    return {
        "report": demo,
        "fleet": fleet_page(ANSWERS),
        "clean fleet": fleet_page(overview(samples.run(inputs="ab"), None)),
    }


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["report", "fleet", "clean fleet"])
def test_axe_finds_nothing(pages: dict[str, str], name: str, tmp_path: Path, *, dark: bool) -> None:
    assert json.loads(unescape(asked(pages[name], [axe(), _AXE], tmp_path, dark=dark))) == []


@pytest.mark.parametrize("report", [REPORT, Report(())], ids=["full", "empty"])
def test_axe_finds_nothing_in_what_is_rare(report: Report, tmp_path: Path) -> None:
    assert json.loads(unescape(asked(_page(report), [axe(), _AXE], tmp_path))) == []


def test_axe_finds_what_is_wrong(tmp_path: Path) -> None:
    broken = _page(Report(())).replace('lang="en"', "")
    found = json.loads(unescape(asked(broken, [axe(), _AXE], tmp_path)))

    assert [rule for rule, _ in found] == ["html-has-lang"]


@pytest.mark.parametrize("width", [500, 900, 1600])
@pytest.mark.parametrize("name", ["report", "fleet"])
def test_only_tables_and_pictures_scroll_sideways(
    pages: dict[str, str], name: str, width: int, tmp_path: Path
) -> None:
    whole, window = json.loads(asked(pages[name], [_WIDTH], tmp_path, width=width))

    assert whole <= window


def test_a_long_rule_moves_no_column_out_of_sight(tmp_path: Path) -> None:
    ports = ",".join(map(str, range(1000, 1100)))
    rule = samples.DATABASE._replace(rule=f"-A INPUT -m multiport --dports {ports} -j ACCEPT")
    page = fleet_page(overview(samples.run(samples.told("exports/db/a.v4", rule)), None))
    tables = "[...document.querySelectorAll('.scroll')]"
    fits = f"{tables}.map(each => each.scrollWidth <= each.clientWidth)"

    assert set(json.loads(asked(page, [fits], tmp_path, width=1280))) == {True}


def test_no_text_of_a_file_becomes_a_script(tmp_path: Path) -> None:
    # The one script on the page is the question; the page's own policy is taken out for it.
    for page in (_page(HOSTILE), fleet_page(ANSWERS)):
        assert json.loads(asked(page, [_CANARY], tmp_path)) == ["undefined", 1]


def test_it_is_drawn_and_printed(demo: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(demo, encoding="utf-8")
    picture, printed = tmp_path / "report.png", tmp_path / "report.pdf"
    run(page, f"--screenshot={picture}")
    run(page, "--no-pdf-header-footer", f"--print-to-pdf={printed}")

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 100_000
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.read_bytes().count(b"/Type /Page\n") > 10

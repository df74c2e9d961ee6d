"""The site of the documentation: it is built without a warning, and needs nothing of elsewhere."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from linter.checks import catalogue
from tests import ROOT
from tests.docs.pages import DOCS, links


class _Page(HTMLParser):
    """What a page of the site refers to, loads, and can be referred to by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values["id"]} if "id" in values else set()
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("script", "img", "iframe", "link"):
            self.loaded += [values[each] for each in ("src", "href") if each in values]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `dev.py docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "."]
    done = subprocess.run(
        [*command, str(folder), "-d", str(tmp_path_factory.mktemp("trees"))],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    """Its pages by their files."""
    return {path: _Page(path) for path in sorted(site.rglob("*.html"))}


def test_there_is_a_page_of_the_site_for_each_page(site: Path) -> None:
    pages = [*DOCS.rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

    missing = [
        page for page in pages if not (site / page.relative_to(ROOT)).with_suffix(".html").is_file()
    ]
    assert missing == []


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, _Page]) -> None:
    lost = []
    for page, read in pages.items():
        for link in read.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https") or link == "#":
                continue
            to = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if to not in pages:
                lost += [] if to.is_relative_to(site) and to.is_file() else [(page.name, link)]
            elif parts.fragment and unquote(parts.fragment) not in pages[to].ids:
                lost.append((page.name, link))

    assert lost == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, _Page]) -> None:
    assert {each for page in pages.values() for each in page.loaded if "//" in each} == set()


def test_every_check_can_be_linked_to(site: Path, pages: dict[Path, _Page]) -> None:
    wanted = {f"{check.lower()}-{catalogue.name(check)}" for check in catalogue.IDS}

    assert wanted - pages[site / "docs" / "checks.html"].ids == set()


def test_the_navigation_of_every_page_leads_to_all_pages_of_the_index(
    site: Path, pages: dict[Path, _Page]
) -> None:
    listed = [one for one in links((DOCS / "index.md").read_text(encoding="utf-8")) if ".md" in one]
    wanted = {(site / "docs" / one).with_suffix(".html").resolve() for one in listed}
    page = site / "docs" / "checks.html"

    assert wanted <= {(page.parent / one).resolve() for one in pages[page].links} | {page}


def test_the_site_begins_at_its_root(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="ascii")

    assert re.findall(r"url=(\S+)\"", text) == ["docs/index.html"]


def test_the_search_leads_to_every_check_by_its_id_and_by_its_name(site: Path) -> None:
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    entries = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]

    wanted = {*catalogue.IDS, *map(catalogue.name, catalogue.IDS)}
    first = {each for each, places in entries.items() if any(is_main for *_, is_main in places)}
    assert {each.lower() for each in wanted} - first == set()

"""How the documentation becomes a site: `python3 dev.py docs` builds it in build/site.

The pages are the Markdown of the repository, read with the CommonMark parser that the tests use.
Sphinx starts in the repository's root, so that links between pages, and to files beside them, are
the same here and in any other viewer.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sphinx.addnodes import index
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from linter import __version__
from linter.checks.catalogue import IDS

project = "fwlint"
author = "the authors of fwlint"
release = __version__

extensions = ["myst_parser"]
include_patterns = ["docs/**.md", "CONTRIBUTING.md", "CHANGELOG.md"]
exclude_patterns = [".*", "build", "dist"]
root_doc = "docs/index"

# What MyST adds to CommonMark and tables is off: it would be read in this site alone.
myst_disable_syntax = ["myst_block_break", "myst_line_comment", "myst_role", "myst_target"]
myst_heading_anchors = 4
nitpicky = True
smartquotes = False  # what is shown can be copied

html_theme = "furo"
html_title = f"fwlint {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
# Exports and program output have no language; guessing one colours words at random.
highlight_language = "none"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_START: Final = '<!doctype html>\n<meta charset="utf-8">\n<title>fwlint</title>\n'
_FORWARD: Final = '<meta http-equiv="refresh" content="0; url=docs/index.html">\n'


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.connect("source-read", _navigate)
    app.connect("build-finished", _forward)
    app.add_transform(_Ids)


class _Ids(SphinxTransform):
    """Puts the id and the name of each check into the index, so that a search leads to its page."""

    default_priority = 800  # before the entries are collected

    def apply(self, **_: object) -> None:
        """Adds the entries."""
        if self.env.docname != "docs/checks":
            return
        for section in list(self.document.findall(nodes.section)):
            check, _, name = section[0].astext().partition(" ")
            if check in IDS:
                entries = [
                    ("single", each, section["ids"][0], "main", None) for each in (check, name)
                ]
                section.insert(1, index(entries=entries))


def _navigate(_: Sphinx, page: str, source: list[str]) -> None:
    """Makes a page's lists of links the navigation, so that nobody has to write it twice."""
    if page == root_doc:
        source[0] += "".join(_tree(*each) for each in _sections(source[0]).items())
    if page == "docs/decisions/README":
        source[0] += "\n```{toctree}\n:glob:\n\n0*\n```\n"


def _sections(text: str) -> dict[str, list[str]]:
    """The pages that a page lists, by the heading above them, as entries of a table of contents."""
    found: dict[str, list[str]] = {}
    heading = ""
    for before, token in pairwise(MarkdownIt("commonmark").parse(text)):
        if before.type == "heading_open":
            heading = token.content
        elif token.type == "inline" and heading and (entry := _entry(token.children or [])):
            found.setdefault(heading, []).append(entry)
    return found


def _entry(words: list[Token]) -> str:
    """A list item's page with its title, if the item begins with a link to one."""
    if len(words) < 2 or words[0].type != "link_open":
        return ""
    return f"{words[1].content} <{str(words[0].attrs['href']).removesuffix('.md')}>"


def _tree(caption: str, pages: list[str]) -> str:
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"


def _forward(app: Sphinx, error: Exception | None) -> None:
    """Writes the first page of the site's root, which leads to the index."""
    if error is None:
        Path(app.outdir, "index.html").write_text(_START + _FORWARD, encoding="ascii")

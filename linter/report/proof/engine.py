"""The templates: whatever they are given is escaped, unless it says itself that it is markup."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from linter.report import open_table
from linter.report.diagram.connections import SIGNS, Connections
from linter.report.diagram.mermaid import render_mermaid
from linter.report.diagram.svg import render_part
from linter.report.proof.cards import Card
from linter.report.proof.content import Content
from linter.report.proof.plain import code, escaped
from linter.report.visible import as_text, visible


def page(content: Content) -> str:
    """The content as HTML."""
    return as_html("page.html.j2", content)


def markdown(content: Content) -> str:
    """The content as Markdown."""
    return as_markdown("report.md.j2", content)


def as_html(template: str, content: Any, **more: str) -> str:
    """A template in HTML that is filled in."""
    # A page may be printed into the log of a workflow, which takes commands from it.
    return as_text(_template(template, _safe).render(it=content, **more))


def as_markdown(template: str, content: Any, **more: str) -> str:
    """A template in Markdown that is filled in."""
    text = _template(template, escaped).render(it=content, **more)
    return as_text(text.strip("\n")) + "\n"


@cache
def _template(name: str, finalize: Callable[[Any], Any]) -> Template:
    """A template that gives each value to the function before it shows it."""
    environment = Environment(
        loader=DictLoader(_templates()),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"signs": SIGNS, "table": open_table}
    environment.tests |= {"web": _is_web}
    environment.filters |= {"picture": _picture, "mermaid": _mermaid}
    environment.filters |= {"lines": _lines, "edit": _edit}
    return environment.get_template(name)


def _templates() -> dict[str, str]:
    """The texts of the templates, by their names."""
    from importlib.resources import files

    folder = files(__package__).joinpath("templates")
    return {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}


def _safe(value: Any) -> Any:
    """A text with nothing in it that cannot be seen; markup is made here, of such texts."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _is_web(text: str) -> bool:
    """Whether a text is the address of a page: no other kind of link is made of what files say."""
    try:
        return urlsplit(text).scheme in ("http", "https")
    except ValueError:
        return False


def _picture(found: Connections, number: int) -> Markup:
    return Markup(render_part(found, f"picture-{number}"))  # noqa: S704 - it escapes what it shows


def _mermaid(found: Connections) -> Markup:
    return Markup(render_mermaid(found))  # noqa: S704 - it escapes what it shows


def _lines(card: Card) -> Markup:
    """The places of a finding in plain text, as on a terminal."""
    lines = []
    for place in card.places:
        lines.append(f"{place.place} {place.label}".rstrip())
        if place.number:
            head = f"{place.number} | "
            lines.append(f"{head}{place.before}{place.meant}{place.after}")
            lines.append(f"{' ' * len(head)}{place.carets}")
    return code(lines)


def _edit(card: Card) -> Markup:
    return code([f"{line.sign} {line.text}".lstrip() for line in card.edit])

"""Text in Markdown: whatever is shown of files can neither end where it stands nor be Markdown."""

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from linter.report.changes import cell
from linter.report.visible import visible


def escaped(value: Any) -> Any:
    """A text as it is to be read, wherever it stands: in a cell, and at the beginning of a line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = cell(value)
    # At the beginning of a line these make lists and headings. Elsewhere `&` begins an entity, `~`
    # strikes out, `@` calls people, and a bare address becomes a link.
    text = re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", text)
    for sign, entity in (("&", "&amp;"), ("~", "\\~"), ("@", "&#64;"), ("://", "&#58;//")):
        text = text.replace(sign, entity)
    return Markup(text)  # noqa: S704 - it is escaped for where it stands


def code(lines: Sequence[str]) -> Markup:
    """Lines as a block of code, which none of them can end."""
    shown = [visible(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup("\n".join([f"{fence}text", *shown, fence]))  # noqa: S704 - it is a block of code

"""Text in Markdown: whatever is shown of files can neither end where it stands nor be Markdown."""

import re
from typing import Any

from linter.report.changes import cell
from linter.report.visible import visible


class Plain(str):
    """A text that is Markdown already."""

    __slots__ = ()


def escaped(value: Any) -> Any:
    """A text as it is to be read, wherever it stands: also in a cell, and at a line's beginning."""
    if not isinstance(value, str) or isinstance(value, Plain):
        return value
    text = cell(value)
    # At the beginning of a line these make lists and headings; `&` begins an entity, `~` strikes
    # out, `@` calls people, and a bare address becomes a link.
    text = re.sub(r"^([-+=]|\d+(?=[.)]))", r"\\\1", text)
    return (
        text.replace("&", "&amp;")
        .replace("~", "\\~")
        .replace("@", "&#64;")
        .replace("://", ":&#47;&#47;")
    )


def code(lines: list[str]) -> Plain:
    """Lines as a block of code, which none of them can end."""
    shown = [visible(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return Plain("\n".join([f"{fence}text", *shown, fence]))

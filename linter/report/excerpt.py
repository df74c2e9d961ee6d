"""Source lines with carets under the part that a finding is about."""

from collections.abc import Mapping
from typing import Final

from flowmodel.record import NamedTuple
from flowmodel.source import Source, Span
from linter.report.visible import visible, width

# A rule on one line may have 100 000 characters (a long address list): this many are shown.
WINDOW: Final = 100
_LEAD: Final = 20


class Excerpt(NamedTuple):
    """A line as it is shown, and the carets that belong under it."""

    line: str
    indent: int
    """How many columns stand before the first caret."""
    carets: int


def excerpt(text: str, span: Span) -> Excerpt:
    """The window of the line that shows the span's beginning; a span of many lines shows one."""
    column = min(span.column - 1, len(text))
    last = len(text) if span.last_line > span.line else min(span.last_column, len(text))
    start = 0
    if len(text) > WINDOW:
        start = max(0, min(column - _LEAD, len(text) - WINDOW))
    end = min(len(text), start + WINDOW)
    before = ("…" if start else "") + _shown(text[start:column])
    last = max(column, min(last, end))
    marked = _shown(text[column:last])
    after = _shown(text[last:end]) + ("…" if end < len(text) else "")
    return Excerpt((before + marked + after).rstrip(), width(before), max(1, width(marked)))


def _shown(text: str) -> str:
    # An arrow and not a control picture: nft indents with tabs, and that should look like it.
    return "→   ".join(visible(part) for part in text.split("\t"))


def source_line(sources: Mapping[str, Source], span: Span) -> str | None:
    """The line at which the span begins, if that file was kept and has it."""
    source = sources.get(span.path)
    if source is None or not 1 <= span.line <= len(source.lines):
        return None
    return source.lines[span.line - 1]

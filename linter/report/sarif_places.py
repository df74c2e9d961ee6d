"""Places in SARIF: locations, regions, ways and URIs."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes

import sarif_om as om

from flowmodel.finding import Related
from flowmodel.fix import Edit, Fix
from flowmodel.source import Source, Span
from linter.report.excerpt import source_line
from linter.report.placing import is_inside, relative
from linter.report.visible import storable, visible

_LONGEST: Final = 2_000
"""A line of an export can have megabytes, and so can what is said of it."""


def told(text: str) -> str:
    """The text as one line of bounded length: a line feed in it begins no line of ours."""
    return visible(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def location(
    place: Related, directory: str, sources: Mapping[str, Source], *, number: int = -1
) -> om.Location:
    """The place as a location; with a number, one that a message can link to."""
    found = om.Location(
        id=number,
        physical_location=om.PhysicalLocation(
            artifact_location=om.ArtifactLocation(uri=uri(place.span.path, directory)),
            region=_region(place.span, sources),
            context_region=_context(place.span),
        ),
    )
    if place.label:
        found.message = om.Message(text=told(place.label))
    return found


def _region(span: Span, sources: Mapping[str, Source]) -> om.Region:
    """The span's first line: an annotation only appears if a change touches the whole region.

    SARIF's end column is the one behind the region (section 3.30.8).
    """
    line, column = max(1, span.line), max(1, span.column)
    last = span.last_column
    if span.last_line > span.line:
        last = len(source_line(sources, span) or "")
    return om.Region(
        start_line=line, start_column=column, end_line=line, end_column=max(column, last) + 1
    )


def _context(span: Span) -> om.Region | None:
    """All lines of a span that has several: of a rule in XML, the first line says little."""
    if span.last_line <= span.line:
        return None
    return om.Region(start_line=max(1, span.line), end_line=span.last_line)


def code_flow(
    way: Sequence[Related], directory: str, sources: Mapping[str, Source]
) -> om.CodeFlow | None:
    """The way of a packet, device by device; None where there are not several to show."""
    shown = [
        om.ThreadFlowLocation(location=location(each, directory, sources))
        for each in way
        if is_inside(each.span.path, directory)
    ]
    if len(shown) < 2:
        return None
    return om.CodeFlow(thread_flows=[om.ThreadFlow(locations=shown)])


def fix_of(fix: Fix, directory: str) -> om.Fix:
    """The edit, as text that other text replaces (SARIF 2.1.0, section 3.57)."""
    changes = [
        om.ArtifactChange(
            artifact_location=om.ArtifactLocation(uri=uri(path, directory)),
            replacements=[_replacement(each) for each in fix.edits if each.path == path],
        )
        for path in dict.fromkeys(each.path for each in fix.edits)
    ]
    return om.Fix(description=om.Message(text=told(fix.effect)), artifact_changes=changes)


def _replacement(edit: Edit) -> om.Replacement:
    if edit.column:
        behind = edit.column + sum(map(len, edit.old))
        region = om.Region(
            start_line=edit.line,
            start_column=edit.column,
            end_line=edit.line,
            end_column=behind,
        )
        text = "".join(map(storable, edit.new))
    else:
        after = edit.line + len(edit.old)
        region = om.Region(start_line=edit.line, start_column=1, end_line=after, end_column=1)
        text = "".join(f"{storable(line)}\n" for line in edit.new)
    return om.Replacement(
        deleted_region=region, inserted_content=om.ArtifactContent(text=text) if text else None
    )


def uri(path: str, directory: str) -> str:
    """The path relative to the directory, percent-encoded; absolute if it lies elsewhere."""
    inside = relative(path, directory)
    if inside is not None:
        return _quoted(inside)
    full = Path(os.path.normpath(Path(directory, path))).as_posix()
    return f"file://{'' if full.startswith('/') else '/'}{_quoted(full)}"


def _quoted(path: str) -> str:
    return quote_from_bytes(os.fsencode(path), safe="/")

"""Places in SARIF: locations, regions and URIs."""

import os
from pathlib import Path
from urllib.parse import quote_from_bytes

import sarif_om as om

from flowmodel.finding import Related
from flowmodel.fix import Edit, Fix
from flowmodel.source import Span
from linter.report.visible import storable


def location(place: Related, directory: str, *, number: int = -1) -> om.Location:
    """The place as a location; with a number, one that a message can link to."""
    found = om.Location(
        id=number,
        physical_location=om.PhysicalLocation(
            artifact_location=om.ArtifactLocation(uri=uri(place.span.path, directory)),
            region=_region(place.span, is_whole=bool(place.title)),
        ),
    )
    if place.label:
        found.message = om.Message(text=storable(place.label))
    return found


def _region(span: Span, *, is_whole: bool) -> om.Region:
    """The span's first line: an annotation only appears if a change touches the whole region.

    A rule of XML or JSON is shown whole, for its first line says nothing.
    """
    line, column = max(1, span.line), max(1, span.column)
    last = span.last_line if is_whole and span.last_line > span.line else line
    region = om.Region(start_line=line, start_column=column, end_line=last)
    # SARIF's end column is the one behind the region (section 3.30.8).
    if last > line:
        region.end_column = max(1, span.last_column) + 1
    elif span.last_line <= span.line:
        region.end_column = max(column, span.last_column) + 1
    return region


def fix_of(fix: Fix, directory: str) -> om.Fix:
    """The edit, as text that other text replaces (SARIF 2.1.0, section 3.57)."""
    changes = [
        om.ArtifactChange(
            artifact_location=om.ArtifactLocation(uri=uri(path, directory)),
            replacements=[_replacement(each) for each in fix.edits if each.path == path],
        )
        for path in dict.fromkeys(each.path for each in fix.edits)
    ]
    return om.Fix(description=om.Message(text=storable(fix.effect)), artifact_changes=changes)


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
    full = os.path.normpath(Path(directory, path))
    try:
        inside = Path(full).relative_to(os.path.normpath(directory))
    except ValueError:
        return f"file://{'' if full.startswith('/') else '/'}{_quoted(Path(full).as_posix())}"
    return _quoted(inside.as_posix())


def _quoted(path: str) -> str:
    return quote_from_bytes(os.fsencode(path), safe="/")

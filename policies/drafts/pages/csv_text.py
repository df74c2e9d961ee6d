"""Reads a table of comma-separated values, with whatever stands for the comma."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final

from policies.drafts.pages.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    Page,
    Row,
    Table,
    TooLargeError,
    clean_cell,
)

_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 50
# Spreadsheets write it, and read it back: the delimiter in a line of its own.
_SAID: Final = re.compile(r"sep=(.)")


def read(lines: Sequence[str]) -> Page:
    """The one table of the text; raises TooLargeError, and ValueError with a message."""
    said = _SAID.fullmatch(lines[0].strip()) if lines else None
    skipped = 1 if said else 0
    delimiter = said[1] if said else _delimiter(lines)
    rows = []
    count = 0
    reader = csv.reader((f"{line}\n" for line in lines[skipped:]), delimiter=delimiter)
    before = 0
    try:
        for record in reader:
            count += len(record)
            if len(record) > MAX_COLUMNS or count > MAX_CELLS:
                raise TooLargeError("too many cells")
            rows.append(Row(skipped + before + 1, tuple(map(clean_cell, record))))
            before = reader.line_num
    except csv.Error as error:
        raise ValueError(f"line {skipped + before + 1} is not CSV: {error}") from None
    return Page("", (Table(1, (), tuple(rows)),))


def _delimiter(lines: Sequence[str]) -> str:
    """The one that cuts most of the first records into equally many cells."""

    def agreement(delimiter: str) -> int:
        try:
            reader = csv.reader((f"{line}\n" for line in lines[:_SAMPLE]), delimiter=delimiter)
            widths = Counter(len(record) for record in islice(reader, _SAMPLE) if len(record) > 1)
        except csv.Error:
            return 0
        return max(widths.values(), default=0)

    return max(_DELIMITERS, key=agreement)

"""A share of a run on many inputs: what its outputs say, so that those of all shares can be merged.

A file of a share is the ordinary output, and an object beside it: which share it is, of which run,
and which texts of each list are of which input. docs/decisions/0034.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import linter
from flowmodel.baseline import Terms, Unneeded
from flowmodel.record import NamedTuple
from flowmodel.source import Span
from linter.report import Options
from linter.report.visible import as_json

if TYPE_CHECKING:
    from linter.report.many import Lists, Total


class Share(NamedTuple):
    """Which inputs of a run were checked, and what a report on all of them needs beside."""

    number: int
    of: int
    inputs: int
    """How many the whole run has."""
    places: tuple[int, ...]
    """Where those of the share stand among them, from 0 on."""
    names: str = ""
    """A digest of the names of all inputs."""
    asked: str = ""
    """A digest of what is asked of each."""
    program: str = ""
    """A digest of the files of fwlint."""
    beside: tuple[str, ...] = ()
    """Exports beside sites that no site of this share names; another share's may."""
    terms: Terms | None = None
    """Of the baseline that the run knows."""
    unneeded: Unneeded = Unneeded()
    """Its entries of this share's inputs that are no longer there."""

    @property
    def words(self) -> str:
        """`share 2 of 8: 13 of 101 inputs`."""
        return (
            f"share {self.number} of {self.of}: {len(self.places):,} of {self.inputs:,} "
            f"input{'' if self.inputs == 1 else 's'}"
        )


def sentence(share: Share | None) -> list[str]:
    """The same as a sentence; none where a report is about all inputs."""
    return [f"{share.words[:1].upper()}{share.words[1:]}."] if share else []


def share_data(
    share: Share, total: "Total", lists: "Lists", options: Options, names: Iterable[str]
) -> dict[str, Any]:
    """What a file says of its share, but for the sum; the lists are those that it is made of."""
    from linter.report.json_data import settings

    numbers = total.numbers
    return {
        "number": share.number,
        "of": share.of,
        "inputs": share.inputs,
        "run": {
            "version": linter.__version__,
            "program": share.program,
            "names": share.names,
            "asked": share.asked,
            "day": total.day,
            "fail_on": options.fail_on,
            "trace": options.trace,
            "include_waived": options.include_waived,
            "category": options.category,
            "settings": settings(total.settings),
            "baseline": _terms(share.terms) if share.terms else None,
        },
        "places": list(share.places),
        "beside": list(share.beside),
        "unneeded": _unneeded(share.unneeded),
        "left_out": list(total.left_out),
        "numbers": {name: _plain(getattr(numbers, name)) for name in numbers.__match_args__},
        "lists": {name: [list(run) for run in lists.runs(name)] for name in names},
    }


def _terms(terms: Terms) -> dict[str, Any]:
    from linter.report.json_data import baseline

    return {
        **(baseline(terms.agreed) or {}),
        "sha256": terms.sha256,
        "seen": terms.ends.path,
        "ends": _position(terms.ends),
        "strays": _unneeded(terms.strays),
        "tells": terms.tells,
    }


def _unneeded(its: Unneeded) -> dict[str, Any]:
    position = _position(its.span) if its.span else []
    return {"numbers": list(its.numbers), "place": position, "message": its.message}


def _position(span: Span) -> list[int]:
    return [span.line, span.column, span.last_line, span.last_column]


def with_sum(data: dict[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """A share's data with the digest of it and of its texts: who changes a file changes that."""
    its = Sum(data)
    for text in texts:
        its.add(text)
    return {**data, "sum": its.now}


class Sum:
    """The digest while it is made."""

    def __init__(self, data: dict[str, Any]) -> None:
        from hashlib import sha256

        self._digest = sha256(as_json(data).encode())

    def add(self, text: str) -> None:
        """Have a text in it."""
        its = text.encode("utf-8", "surrogatepass")
        self._digest.update(len(its).to_bytes(8) + its)

    @property
    def now(self) -> str:
        """The digest of what there was."""
        return self._digest.hexdigest()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

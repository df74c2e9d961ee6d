"""The files of shares: each is read once, piece by piece, and its texts are kept on the disk."""

import codecs
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from flowfiles.reach import RefusedError, Typed
from linter.commands.fleet.json_stream import JsonStream
from linter.commands.fleet.merging.head import Head, about, head_of, no_part
from linter.commands.fleet.merging.merged import Merged, refuse_another_run
from linter.commands.fleet.merging.page import read_page
from linter.report import json, sarif
from linter.report.many import Total
from linter.report.share import Sum

_BEGINNING: Final = 64
_OBJECT: Final = (b"{", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How JSON can begin; what PowerShell redirects is UTF-16."""
_BLANK: Final = b" \t\r\n"


def read_parts(paths: Sequence[str], reach: Typed, stack: ExitStack) -> dict[str, Merged]:
    """The shares of a run by the format of their files; raises InputError with a place."""
    found: dict[str, Merged] = {}
    for path in paths:
        try:
            with reach.open(path) as file, _seekable(file) as again:
                _read(path, again, found, stack)
        except RefusedError as refused:
            raise about(path, str(refused)) from None
        except OSError as error:
            raise about(path, f"cannot be read: {error.strerror}") from None
    name, merged = next(iter(found.items()))
    for other, its in found.items():
        its.refuse_missing()
        refuse_another_run(its.first, merged.first)
        if (its.numbers, its.unneeded) != (merged.numbers, merged.unneeded):
            message = f"the parts as {other} do not come to what those as {name} do"
            raise about(its.first.path, message)
    return found


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file, or a copy of what cannot be read twice."""
    if file.seekable():
        yield file
        return
    with TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        yield copy


def _read(path: str, file: BinaryIO, found: dict[str, Merged], stack: ExitStack) -> None:
    beginning = file.read(_BEGINNING).removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)
    file.seek(0)
    if beginning.startswith(b"<"):
        read_page(path, file, _of_format("html", found, stack))
        return
    if not beginning.startswith(_OBJECT):
        raise no_part(path)
    stream = JsonStream(path, file)
    members = stream.members()
    match next(members, ""):
        case "version":
            _JsonPart(path, stream, _of_format("json", found, stack)).read(members)
        case "$schema" | "runs" as first:
            merged = _of_format("sarif", found, stack)
            _SarifPart(path, stream, merged).read(first, members)
        case _:
            raise no_part(path)


def _of_format(name: str, found: dict[str, Merged], stack: ExitStack) -> Merged:
    if name not in found:
        found[name] = Merged(stack)
    return found[name]


class _Part:
    """A file, with what was read of it so far."""

    def __init__(self, path: str, stream: JsonStream, merged: Merged) -> None:
        self._path = path
        self._stream = stream
        self._merged = merged
        self._head: Head | None = None

    def _begin(self, value: Any, names: Sequence[str]) -> None:
        self._head = head_of(self._path, value, names, self._stream.error)
        self._merged.begin(self._head)
        self._sum = Sum(self._head.data)

    @property
    def _known(self) -> Head:
        """The share; raises InputError where the file has not told it."""
        if self._head is None:
            raise no_part(self._path)
        return self._head

    def _keep(self, name: str, place: int, text: str) -> None:
        self._sum.add(text)
        self._merged.add(name, place, text)

    def _finish(self) -> None:
        self._known.refuse_changed(self._sum)


class _JsonPart(_Part):
    """A report as JSON."""

    def read(self, members: Iterator[str]) -> None:
        """Read all of it; raises InputError."""
        beside: dict[str, Any] = {"version": self._stream.value()}
        names: dict[int, str] = {}
        seen = []
        for member in members:
            if member == "shard":
                self._begin(self._stream.value(), json.LISTS)
            elif member in json.LISTS:
                seen.append(member)
                self._list(member, names)
            else:
                beside[member] = self._stream.value()
        head = self._known
        if tuple(seen) != json.LISTS:
            raise about(self._path, "does not have all members of a part")
        numbers, day = head.numbers, head.run["day"]
        agreed = head.terms.agreed if head.terms else None
        expected = json.around(Total(numbers, day, head.left_out, agreed, head.settings))
        for member in sorted({*beside, *expected}):
            if member not in beside or beside[member] != expected.get(member):
                message = f"`{member[:100]}` is not what the share comes to"
                raise about(self._path, message)
        self._finish()

    def _list(self, member: str, names: dict[int, str]) -> None:
        """Read the elements of a list, each of which has the name of its input."""
        key = "name" if member == "inputs" else "input"
        places = self._known.places_in(member)
        for each in self._stream.elements():
            place = next(places, None)
            name = each.get(key) if type(each) is dict else None
            if place is None or type(name) is not str or names.setdefault(place, name) != name:
                raise self._stream.error(f"this element of `{member}` is not of the share")
            if member == "policies":
                self._policy(each)
            self._keep(member, place, json.element_of(each))
        if next(places, None) is not None:
            raise about(self._path, f"`{member}` has lost elements")

    def _policy(self, each: dict[str, Any]) -> None:
        path, digest = each.get("path"), each.get("sha256")
        if type(path) is not str or type(digest) is not str:
            raise self._stream.error("this policy has no path and digest")
        self._merged.refuse_other_policy(self._path, path, digest)


class _SarifPart(_Part):
    """A log of SARIF."""

    def read(self, first: str, members: Iterator[str]) -> None:
        """Read all of it, from the value of its first member on; raises InputError."""
        self._member(first)
        for member in members:
            self._member(member)
        self._finish()

    def _member(self, name: str) -> None:
        if name != "runs":
            self._stream.skip()
            return
        for _ in self._stream.items():
            for member in self._stream.inner():
                self._of_run(member)

    def _of_run(self, member: str) -> None:
        if member == "properties":
            if self._head is not None:
                raise about(self._path, "has more than one run")
            properties = self._stream.value()
            share = properties.get(sarif.PROPERTY) if type(properties) is dict else None
            if share is None:
                raise no_part(self._path)
            self._begin(share, sarif.LISTS)
        elif member == "results":
            self._results()
        else:
            self._stream.skip()

    def _results(self) -> None:
        head = self._known
        every = sum(count for name in sarif.LISTS for _, count in head.lists[name])
        places = ((name, place) for name in sarif.LISTS for place in head.places_in(name))
        number = 0
        for result in self._stream.elements():
            number += 1
            if number > min(every, sarif.MOST_RESULTS) or type(result) is not dict:
                raise self._stream.error("this result is not of the share")
            name, place = next(places)
            self._keep(name, place, sarif.line_of(result))
        if number < min(every, sarif.MOST_RESULTS):
            raise about(self._path, "has lost results")

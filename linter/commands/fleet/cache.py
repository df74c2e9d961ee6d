"""Results of earlier runs: what nothing has changed of need not be checked again.

An entry says what it was made of. It counts where all that is the same: the files by their hashes,
what was asked, the program, and the day where a day matters. docs/decisions/0031.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache, partial
from hashlib import file_digest, sha256
from typing import Any, Final

import policies
from flowfiles import keeping
from flowfiles.reach import RefusedError, Typed, Within
from flowmodel.finding import LEVELS
from flowmodel.record import NamedTuple
from flowmodel.source import Source
from fwlint.loading import Loaded
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.portions import Portion
from linter.commands.fleet.work import Done, Job, worked
from linter.engine.device.mentions import last_day, rules_of
from linter.report import Options
from linter.report.tally import Tally
from linter.report.visible import as_json
from parsers.shared.hints import is_note

MARK: Final = "fwlint-result"
_VERSION: Final = 1
_LARGEST: Final = 256 * 1024 * 1024
_NOT_DECIDED: Final = "FW109"
"""What a faster machine may decide is asked again."""
_STALE: Final = "FW510"
_SOME: Final = Portion("", date.min, date.max)
"""Stands for any portion of a baseline: one has another entry than none."""
_WITH_INCLUDES: Final = "nftables"
_SAFE: Final = b"\t\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_COLORS: Final = re.compile(r"\x1b\[(?:0|1|1;3[0-9])m")

Files = tuple[tuple[str, str], ...]
"""Paths with hashes: of a file, or of the names in a folder."""


class Cache(NamedTuple):
    """Where results are kept, and by which program."""

    folder: str
    program: str
    """The hash of its source."""


class BadEntryError(Exception):
    """An entry that is none; the message says why, for people."""


def known(cache: Cache, job: Job, unit: Unit) -> Done | None:
    """The result of an earlier run, if a new one would be the same; raises BadEntryError."""
    name = _name(job, unit)
    try:
        data = keeping.read(cache.folder, name, _LARGEST)
    except RefusedError as refused:
        raise BadEntryError(f"{name}: {refused}") from None
    except OSError as error:
        raise BadEntryError(f"{name}: {error.strerror}") from None
    if data is None:
        return None
    try:
        head, done = _read(data)
        if not _is_of(head, cache, job, unit):
            return None
        return done(len(job.outputs), unit)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise BadEntryError(f"{name}: it is no entry, or a part of it is missing") from None


def _is_of(head: "_Head", cache: Cache, job: Job, unit: Unit) -> bool:
    """Whether an entry is of what is asked now, of the same files."""
    asked = _asked(job, unit), cache.program, _is_unchanged(head.files, unit)
    is_today = head.day in ("", job.today.isoformat())
    return is_today and (head.asked, head.program, True) == asked


def work_and_keep(cache: Cache, job: Job, unit: Unit) -> Done:
    """What becomes of an input, which is kept for the next run."""
    done, run, sources = worked(job, unit)
    if run is None or not _is_lasting(done):
        return done
    files = _files(run, sources, unit)
    if files is None:
        return done
    day = job.today.isoformat() if _is_dated(run) else ""
    head = _Head(_asked(job, unit), cache.program, day, files)
    try:
        keeping.store(cache.folder, _name(job, unit), _written(head, done))
    except OSError as error:
        return done._replace(unkept=error.strerror or "it cannot be written")
    return done


def program() -> str:
    """The hash of everything that a result depends on beside what is checked."""
    import sys
    from importlib.metadata import PackageNotFoundError, version

    digest = sha256(f"{sys.version}\0{own_files()}".encode())
    for name in ("oxidd", "PyYAML", "netaddr", "lark", "sarif-om", "attrs", "Jinja2", "grandalf"):
        try:
            digest.update(f"\0{name} {version(name)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()


@cache
def own_files() -> str:
    """The hash of all files of fwlint; of those that were there when it was asked first."""
    from pathlib import Path

    own = Path(__file__).parents[3]
    digest = sha256()
    for package in ("flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies"):
        for path in sorted((own / package).rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".pyo"):
                digest.update(f"\0{path.relative_to(own)}\0".encode())
                digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def asked_of_all(job: Job) -> str:
    """The hash of what is asked of every input, whatever is written of it."""
    return sha256(as_json(_plain(_without(job, "outputs", "today"))).encode()).hexdigest()


class _Head(NamedTuple):
    """What an entry is of."""

    asked: str
    program: str
    day: str
    """The day that it is for; empty where no day changes it."""
    files: Files


def _name(job: Job, unit: Unit) -> str:
    """The name of the entry, which a later one of another day, program or content replaces."""
    its = unit._replace(portion=unit.portion and _SOME)
    return f"{_asked(job, its)[:40]}.json"


def _asked(job: Job, unit: Unit) -> str:
    """The hash of what is asked of which input."""
    of_reach = (
        unit.reach.trees if isinstance(unit.reach, Within) else ("typed", *unit.reach.allowed)
    )
    outputs = [(name, _without(options, "remark")) for name, options in job.outputs]
    asked = [MARK, _VERSION, unit.name, unit.kind, unit.paths, of_reach, os.getcwd()]  # noqa: PTH109
    asked += [outputs, *_without(job, "outputs", "today")]
    if unit.portion:
        asked += [repr(unit.portion), unit.portion.is_over(job.today)]
    return sha256(as_json(_plain(asked)).encode()).hexdigest()


def _without(its: Options | Job | Done, *names: str) -> list[Any]:
    """The values of all members but some."""
    return [value for name, value in its._asdict().items() if name not in names]


def _plain(value: Any) -> Any:
    """The value as JSON has it; a service as the text that says all of it."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return repr(value)


def _is_lasting(done: Done) -> bool:
    """Whether a later run would say the same: what could not be evaluated may have been mended."""
    return not done.numbers.failures and _NOT_DECIDED not in done.checks


def _is_dated(run: Loaded) -> bool:
    """Whether the day matters: waivers and rules may end."""
    every = (each for its in run.rulesets.values() for each in its)
    return (
        bool(run.site.waivers)
        or any(each.check == _STALE for each in run.site.problems)
        or any(last_day(rule) is not None for rule in rules_of(every))
    )


def _files(run: Loaded, sources: Sequence[Source], unit: Unit) -> Files | None:
    """All that was read, with hashes; None where more may count than can be told.

    What nft includes is looked for in several folders, so that a new file can be another one.
    """
    read = {each.path: each for each in sources if not _is_own(each.path)}
    if any(not (each.data or each.digest) or _includes(each) for each in read.values()):
        return None
    named = (export for device in run.site.devices for export in device.exports)
    folders = {path for path in named if os.path.isdir(path)}  # noqa: PTH112
    if unit.kind == "exports" and (folders or set(unit.paths) != set(read)):
        return None
    own = {path for path, each in read.items() if not each.format and path not in unit.paths}
    above = {os.path.dirname(path) for path in own}  # noqa: PTH120
    reach = _reach(unit)
    try:
        found = {path: each.sha256 for path, each in read.items()}
        found |= {f"{path}/": _listed(path, reach) for path in folders | above}
        # A note among exports may become one of them.
        notes = {path for folder in folders for path in _shown(folder)} - set(read)
        if not all(map(is_note, notes)):
            # An export that came when the others had been read.
            return None
        found |= {path: _hash(path, reach) for path in notes}
    except (OSError, RefusedError):
        return None
    return tuple(sorted(found.items()))


def _is_own(path: str) -> bool:
    """Whether the program's hash covers it, and no file of that name is the user's."""
    return policies.is_shipped(path) and not os.path.lexists(path)


def _includes(source: Source) -> bool:
    # The lines and not the bytes: those can be UTF-16.
    return source.format == _WITH_INCLUDES and any("include" in line for line in source.lines)


def _shown(folder: str) -> Iterator[str]:
    """The files in a folder that reading it means."""
    for entry in os.scandir(folder):
        if not entry.name.startswith(".") and not entry.is_dir():
            yield entry.path


def _reach(unit: Unit) -> Typed | Within:
    """In which the files of an input are: those that a site names are in its tree."""
    return unit.reach.below(unit.paths[0]) if unit.kind == "site" else unit.reach


def _is_unchanged(files: Files, unit: Unit) -> bool:
    reach = _reach(unit)
    if unit.kind == "exports" and {path for path, _ in files} != set(unit.paths):
        return False
    try:
        return all(
            (_listed(path[:-1], reach) if path.endswith("/") else _hash(path, reach)) == digest
            for path, digest in files
        )
    except (OSError, RefusedError, ValueError):
        return False


def _hash(path: str, reach: Typed | Within) -> str:
    with reach.open(path) as file:
        # `BinaryIO` does not tell of `readinto`, which every file has that is opened here.
        return file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _listed(folder: str, reach: Typed | Within) -> str:
    """The hash of the names in a folder."""
    if reach.refusal(folder or "."):
        raise RefusedError(folder)
    names = sorted(os.listdir(folder or "."))  # noqa: PTH208 - a path is text here
    return sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


def _written(head: _Head, done: Done) -> bytes:
    body = as_json([*_without(done, "numbers"), *_numbers(done.numbers)])
    top = {MARK: _VERSION, **head._asdict(), "sum": sha256(body.encode()).hexdigest()}
    return f"{as_json(top)}\n{body}\n".encode("ascii")


def _numbers(tally: Tally) -> Iterator[Any]:
    return (getattr(tally, name) for name in tally.__match_args__)


def _read(data: bytes) -> "tuple[_Head, Callable[[int, Unit], Done]]":
    """What an entry is of, and what makes its result; raises ValueError and the like."""
    first, _, body = data.partition(b"\n")
    top = json.loads(first)
    if top.pop(MARK) != _VERSION or sha256(body.removesuffix(b"\n")).hexdigest() != top.pop("sum"):
        raise ValueError
    files = tuple((str(path), str(digest)) for path, digest in top.pop("files"))
    head = _Head(**{name: _text(value) for name, value in top.items()}, files=files)
    return head, partial(_done, body)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _done(body: bytes, outputs: int, unit: Unit) -> Done:
    """The result; raises ValueError and the like where it is none, or acts on a terminal."""
    name, left_out, parts, said, read, checks, unkept, gone, levels, *numbers = json.loads(body)
    found = tuple(tuple((each[0], each[1]) for each in part) for part in parts)
    shown = "".join((*said, *(text for part in found for _, text in part)))
    lists = (unkept, *left_out, *read, *checks, *(where for part in found for where, _ in part))
    counts = (*levels, *numbers)
    # The name is that of a file, and may have control characters: it is shown in texts alone.
    is_whole = name == unit.name and len(found) == outputs and len(levels) == len(LEVELS)
    are_counts = all(type(each) is int and each >= 0 for each in counts)
    if not (is_whole and are_counts and all(type(each) is str for each in lists)) or _acts(shown):
        raise ValueError
    if not set(gone) <= set(unit.portion.numbers if unit.portion else ()):
        raise ValueError
    return Done(
        name,
        Tally(tuple(levels), *numbers),
        tuple(left_out),
        found,
        tuple(said),
        tuple(read),
        tuple(checks),
        unkept,
        tuple(gone),
    )


def _acts(text: str) -> bool:
    """Whether a text has control characters, but for colors: no output of fwlint has any."""
    if not text.isascii() and re.search("[\x80-\x9f]", text):
        return True
    # Looking for one with an expression takes ten times as long as all else here.
    if not text.encode("utf-8", "surrogatepass").translate(None, _SAFE):
        return False
    return bool(_COLORS.sub("", text).encode("utf-8", "surrogatepass").translate(None, _SAFE))

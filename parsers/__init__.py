"""The formats that are read, and how the exports of one device become rule sets."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from flowfiles.reach import TYPED, Reach
from flowmodel.memory import uncollected
from flowmodel.record import replace
from flowmodel.ruleset import Gap, RuleSet
from flowmodel.source import InputError, Source
from parsers.aws.format import FORMAT as AWS
from parsers.iproute.format import SURROUNDINGS as IPROUTE
from parsers.ipset.format import COMPANION as IPSET
from parsers.iptables.format import FORMAT as IPTABLES
from parsers.nftables.format import FORMAT as NFTABLES
from parsers.pf.format import FORMAT as PF
from parsers.shared.context import Context, Place
from parsers.shared.format import Companion, Format, Readable, Recipe, Surroundings
from parsers.shared.hints import hint, is_note
from parsers.shared.quoting import quoting
from parsers.shared.reading import read_source, start_of

if TYPE_CHECKING:
    from parsers.shared.grouping import Part
    from parsers.shared.sets import NamedSet


FORMATS: tuple[Format, ...] = (IPTABLES, NFTABLES, PF, AWS)
"""A file that looks like several is of the first."""
_OF_NETFILTER: tuple[Format, ...] = (IPTABLES, NFTABLES)
"""Whose rules one kernel asks."""
COMPANIONS: tuple[Companion | Surroundings, ...] = (IPSET, IPROUTE)


def format_of(head: str) -> str:
    """The name of the format that the beginning of a file has; empty for any other text."""
    return next((each.name for each in FORMATS if each.detect(head)), "")


def kind_of(head: str) -> Readable | None:
    """What a file is that begins so, as far as its beginning tells it."""
    return next((each for each in (*COMPANIONS, *FORMATS) if each.detect(head)), None)


def part_of(head: str) -> "Part | None":
    """What a file that begins so is of a device; None where its beginning does not tell it."""
    kind = kind_of(head)
    if kind is None:
        return None
    if not isinstance(kind, Format):
        return "beside"
    if kind.parts:
        return "account"
    return "whole" if kind.is_whole else "rules"


def recipes(name: str = "") -> tuple[Recipe, ...]:
    """How exports are made: of a format, dialect or tool of this name in any case, or of all."""
    every = [recipe for each in (*FORMATS, *COMPANIONS) for recipe in each.recipes]
    return tuple(each for each in every if not name or name.lower() in each.names)


def is_readable(head: str) -> bool:
    """Whether a file that begins so is an export, belongs to one, or is taken for one by people."""
    known = (*FORMATS, *COMPANIONS)
    return any(each.detect(head) for each in known) or bool(hint(head, ""))


ANYWHERE = Place()


def unknown_format(name: str) -> str:
    """What is wrong with the name of a format; empty for a known one, and for none."""
    if not name or any(each.name == name for each in FORMATS):
        return ""
    return f"there is no format {name}: the formats are {_names(FORMATS)}"


def read_exports(
    paths: Sequence[str],
    format_name: str = "",
    folders: Sequence[str] = (),
    place: Place = ANYWHERE,
    reach: Reach = TYPED,
) -> tuple[RuleSet, ...]:
    """The rule sets of the exports of one device, in the order of the paths; `-` is standard input.

    A folder stands for the files in it, in the order of their names.

    Files of companions among them are no rule sets: they say what the sets of the others contain,
    or where the machine stands.
    Without a format's name each file's beginning tells it. Exports include files from the trees of
    their own folders, of `folders` and of the reach only. Raises InputError.
    """
    named = next((each for each in FORMATS if each.name == format_name), None)
    if unknown := unknown_format(format_name):
        raise InputError(unknown, start_of(paths[0] if paths else ""))
    if not paths:
        return ()
    with uncollected():
        sets, exports, around, beside_them, notes = _sorted(paths, named, reach)
        if not exports:
            has = "sets only: add" if sets else "no rules: add"
            raise InputError(f"has {has} the export of the firewall", start_of(paths[0]))
        if place != ANYWHERE and not any(of.parts for _, of in exports):
            raise _one_firewall(exports[0][0])
        written = frozenset(name for source, of in exports for name in of.written(source))
        if written:
            from parsers.shared.sets import with_members

            written = with_members(written, sets)
        context = Context(sets, written, tuple(folders), reach.trees, place)
        found: list[RuleSet] = []
        for of, together in _by_format(exports):
            with ExitStack() as stack:
                for source in together:
                    stack.enter_context(quoting(source, of))
                found += of.parse(together, context)
        if len(found) > 1 and all(of in _OF_NETFILTER for _, of in exports):
            from parsers.shared.order import sets_in_any_order

            found = sets_in_any_order(found)
        if around:
            from parsers.shared.standing import beside

            with ExitStack() as stack:
                for source, each in around:
                    stack.enter_context(quoting(source, each))
                for each in dict.fromkeys(each for _, each in around):
                    sources = [source for source, its in around if its is each]
                    found = list(beside(found, each.read(sources)))
        first, *others = found
        gaps = (*first.gaps, *map(_passed_over, notes))
        return replace(first, gaps=gaps, sources=(*first.sources, *beside_them)), *others


def _passed_over(path: str) -> Gap:
    name = os.path.basename(path)  # noqa: PTH119
    return Gap("FW902", f"{name} is not an export; it was ignored", start_of(path), name)


def _sorted(
    paths: Sequence[str], named: Format | None, reach: Reach
) -> tuple[
    dict[str, "NamedSet"],
    list[tuple[Source, Format]],
    list[tuple[Source, Surroundings]],
    list[Source],
    list[str],
]:
    """The sets among the files, exports with their formats, surroundings, files of sets, notes."""
    sets: dict[str, NamedSet] = {}
    around: list[tuple[Source, Surroundings]] = []
    exports: list[tuple[Source, Format]] = []
    with_sets: list[Source] = []
    notes: list[str] = []
    for path, its_reach in files_of(paths, reach):
        try:
            source, of = _recognized(path, named, its_reach)
        except InputError:
            # A person who names a file means it; in a folder of exports notes are usual.
            if path in paths or not is_note(path):
                raise
            notes.append(path)
            continue
        if isinstance(of, Format):
            exports.append((source, of))
            continue
        if isinstance(of, Surroundings):
            around.append((source, of))
            continue
        with quoting(source, of):
            its_sets = of.sets(source)
        with_sets.append(source)
        for name, found in its_sets.items():
            if name in sets:
                raise InputError(f"the set {name} is also in another export", start_of(path))
            sets[name] = found
    return sets, exports, around, with_sets, notes


def _one_firewall(source: Source) -> InputError:
    several = [each for each in FORMATS if each.parts]
    many = "; ".join(f"{each.parts} are named in those of {each.title} only" for each in several)
    return InputError(f"is an export of one firewall: {many}", start_of(source.path))


def _by_format(exports: Sequence[tuple[Source, Format]]) -> Iterator[tuple[Format, list[Source]]]:
    """The files of each format together: one format's files can speak of each other."""
    for of in dict.fromkeys(of for _, of in exports):
        yield of, [source for source, its in exports if its is of]


def files_of(paths: Sequence[str], reach: Reach) -> Iterator[tuple[str, Reach]]:
    """The files of the paths, each with the reach of what names it: itself, or its folder."""
    for path in paths:
        refusal = reach.refusal(path)
        if refusal:
            raise InputError(refusal, start_of(path))
        if os.path.isdir(path):  # noqa: PTH112
            inside = [entry for entry in os.scandir(path) if not entry.name.startswith(".")]
            found = sorted(entry.path for entry in inside if not entry.is_dir())
            if not found:
                raise InputError("is a folder without files", start_of(path))
            named = {os.path.normpath(each) for each in paths}
            folders = (os.path.normpath(entry.path) for entry in inside if entry.is_dir())
            folder = min((each for each in folders if each not in named), default="")
            if folder:
                message = (
                    "is a folder in a folder of exports, of which only files are read: name it too,"
                    " or move it"
                )
                raise InputError(message, start_of(folder))
            below = reach.below(path)
            yield from ((each, below) for each in found)
        else:
            yield path, reach


def _recognized(path: str, named: Format | None, reach: Reach) -> tuple[Source, Readable]:
    """The file, and what it is in: a companion's beginning counts whatever format is named."""
    found: list[Readable] = []

    def recognize(head: str) -> None:
        companion = next((each for each in COMPANIONS if each.detect(head)), None)
        of = companion or named or next((each for each in FORMATS if each.detect(head)), None)
        if told := hint(head, of.name if of else ""):
            raise InputError(told, start_of(path))
        if of is None:
            # Nothing of the file is shown: nobody knows what is secret in it.
            raise InputError(
                f"is in no known format: the formats are {_names(FORMATS)},"
                f" and beside rules {_names(COMPANIONS)}; `fwlint export-help` says how exports are"
                " made",
                start_of(path),
            )
        found.append(of)

    source = read_source(path, recognize, reach)
    of = found[0]
    made = of.made(source) if isinstance(of, Format) else ""
    return replace(source, format=of.name, made=made), of


def _names(formats: Sequence[Readable]) -> str:
    return ", ".join(each.name for each in formats)

"""The formats with their fixtures, and what rule sets say without the places where they say it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from flowmodel.ruleset import Rule, RuleSet, Traffic
from flowmodel.source import InputError
from parsers import FORMATS
from parsers.shared.format import Dialect, Format
from tests import FIXTURES

MEANING = FIXTURES / "meaning"
CASES = sorted(path.name for path in MEANING.iterdir())
_NO_EXPORTS = {"command", "expected.txt", "site.yaml", "packets.jsonl", "index.yaml"}


class Subject(NamedTuple):
    """A dialect, with its format."""

    format: Format
    dialect: Dialect

    @property
    def folder(self) -> Path:
        return FIXTURES / self.dialect.name

    @property
    def index_file(self) -> Path:
        return self.folder / "meaning" / "index.yaml"


class Index(NamedTuple):
    """What a dialect's folder says of the cases of fixtures/meaning."""

    hook: Traffic
    """What the packets are asked about: they go through the device, or to it."""
    cannot_say: dict[str, str]
    """Cases that the dialect has no words for, each with the reason."""
    says_nothing: dict[str, str]
    """Patterns of text that says nothing about packets (group 1, if there is one), with reasons."""


SUBJECTS = [Subject(each, dialect) for each in FORMATS for dialect in each.dialects]
each_subject = pytest.mark.parametrize(
    "subject", SUBJECTS, ids=[each.dialect.name for each in SUBJECTS]
)


@cache
def index(subject: Subject) -> Index:
    """The index of a dialect's folder `meaning`."""
    assert subject.index_file.exists(), (
        f"{subject.index_file} is missing: say there how fixtures/meaning is asked (`hook: forward`"
        " or `input`), and add a file for each case, or its name and a reason under `cannot-say`"
    )
    told = yaml.safe_load(subject.index_file.read_text(encoding="utf-8"))
    return Index(told["hook"], told.get("cannot-say") or {}, told.get("says-nothing") or {})


def said_in(subject: Subject, case: str) -> list[Path]:
    """The files that say a case."""
    return sorted((subject.folder / "meaning").glob(f"{case}.*"))


def meanings() -> Iterator[tuple[Subject, Path]]:
    """Every file that says a case of fixtures/meaning."""
    for subject in SUBJECTS:
        for case in CASES:
            yield from ((subject, path) for path in said_in(subject, case))


each_meaning = pytest.mark.parametrize(
    ("subject", "path"),
    list(meanings()),
    ids=[f"{subject.dialect.name}/{path.stem}" for subject, path in meanings()],
)


def exports(subject: Subject) -> list[Path]:
    """All exports among a dialect's fixtures; what stands deeper is included by them."""
    found = [*subject.folder.glob("*/*"), *subject.folder.glob("*/exports/*")]
    return sorted(each for each in found if each.is_file() and each.name not in _NO_EXPORTS)


def sample(subject: Subject) -> Path:
    """A small fixture that can be read."""
    found = said_in(subject, "one-prefix")
    assert found, f"{subject.folder}/meaning/one-prefix.* is missing: every format can say that"
    return found[0]


def readings(subject: Subject) -> list[tuple[Path, ...]]:
    """The exports that are read together: those of one folder, but each that says a case."""
    folders: dict[Path, list[Path]] = {}
    for path in exports(subject):
        folders.setdefault(path if path.parent.name == "meaning" else path.parent, []).append(path)
    return [tuple(paths) for paths in folders.values()]


def said(rulesets: Sequence[RuleSet]) -> list[str]:
    """All that rule sets say of packets, and all remarks, but no places and no titles."""
    lines: list[str] = []
    for ruleset in rulesets:
        gaps = sorted(gap.message for gap in ruleset.gaps)
        links = [(link.names, link.addresses, link.is_outside) for link in ruleset.links]
        lines.append(f"{sorted(ruleset.families)} {ruleset.place} {ruleset.own} {links} {gaps}")
        for table in ruleset.tables:
            lines.append(f"{table.name} {sorted(table.families)}")
            for chain in table.chains.values():
                base = chain.base
                hook = base and (base.hook, base.priority, base.kind, base.purpose, base.is_given)
                lines.append(f"{chain.name} {chain.end} {hook}")
                lines += map(_shown, chain.rules)
                lines += [f"{at} {_shown(rule)}" for at, rule in chain.disabled]
    return lines


def _shown(rule: Rule) -> str:
    return f"{rule.match} {rule.verdict} {rule.effects}"


def is_placed(error: InputError, texts: dict[str, str]) -> bool:
    """Whether an error is one line about a place in one of the texts, by their paths."""
    span = error.span
    lines = texts[span.path].split("\n") if span.path in texts else []
    is_line = bool(error.message) and "\n" not in error.message
    return is_line and span.line <= len(lines) and 1 <= span.column <= len(lines[span.line - 1]) + 1


WORD = re.compile(r"[\w.:/-]+")
"""A word of any format: a name, a number, an address."""

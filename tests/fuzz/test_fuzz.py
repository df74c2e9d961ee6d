"""Files that are nearly right are read, or refused with a place."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from flowmodel.source import InputError, Span
from tests.fuzz.mutate import MOST, case_of
from tests.fuzz.readers import outcome
from tests.fuzz.run import run
from tests.fuzz.seeds import KINDS, Case, corpus, seeds
from tests.fuzz.watch import watching
from tests.fuzz.words import phrases, words

_SEED = 1
_SHARDS = 40
_EACH = 2500
_LONG = 75_000
"""Executions of a shard: 100,000 in all, and 3,000,000 with --long."""
_FOUND = corpus()


@pytest.mark.parametrize("shard", range(_SHARDS))
def test_a_nearly_right_file_is_read_or_refused_with_a_place(
    shard: int, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    each = _LONG if pytestconfig.getoption("--long") else _EACH

    found = run(_SEED, range(shard * each, (shard + 1) * each))

    if pytestconfig.getoption("--long"):
        record_property("counted", f"\n{found}")
    assert not found.findings, "\n".join(map(str, found.findings))


@pytest.mark.parametrize("path", _FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_once_was_a_finding_is_none_now(path: Path) -> None:
    with watching():
        found = outcome(_FOUND[path], Random(0))

    assert found.what in {"read", "refused"}, f"{found.wrong}\n{found.trace}"


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_are_read(kind: str) -> None:
    found = [outcome(each, Random(0)) for each in seeds()[kind]]

    assert not [each for each in found if each.what == "finding"]
    assert sum(each.what == "read" for each in found) * 3 >= len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_is_the_same_each_time_and_another_for_each_number(kind: str) -> None:
    cases = [case_of(_SEED, number, kind)[0] for number in range(50)]

    assert cases == [case_of(_SEED, number, kind)[0] for number in range(50)]
    assert len(set(cases)) > 40
    assert sum(each in seeds()[kind] for each in cases) < 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_of_its_own(kind: str) -> None:
    more = f"write {kind} in its tests and fixtures: the fuzzer takes its words from there"
    assert len(words(kind)) > 20, more
    assert len(phrases(kind)) > 20, more


def test_what_a_reader_must_not_do_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("no such rule")

    monkeypatch.setattr("parsers.iptables.read.parse", fail)
    case = Case("iptables-save", (("rules.v4", "*filter\nCOMMIT\n"),))

    assert outcome(case, Random(0)).wrong.startswith("KeyError in ")


def test_what_takes_too_long_is_ended_and_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object) -> None:
        while True:
            pass

    monkeypatch.setattr("parsers.iptables.read.parse", wait)
    monkeypatch.setattr("tests.fuzz.watch.READING", 0)
    case = Case("iptables-save", (("rules.v4", "*filter\nCOMMIT\n"),))

    with watching():
        assert outcome(case, Random(0)).wrong.startswith("TooSlow in ")


PLACES = [
    ("\n", Span("/fuzz/rules.v4", 1, 1, 1, 1), "an error of no line or several: ''"),
    ("x", Span("/fuzz/rules.v4", 9, 1, 9, 1), "an error in no line of the file: x"),
    ("x", Span("/fuzz/rules.v4", 1, 9, 1, 9), "an error in no column of its line: x"),
    ("x", Span("/elsewhere", 1, 1, 1, 1), "an error in no file of the case: x"),
    ("x", Span("/fuzz/rules.v4", 1, 8, 1, 8), ""),
]


@pytest.mark.parametrize(("message", "span", "wrong"), PLACES)
def test_an_error_without_a_place_is_a_finding(
    message: str, span: Span, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise InputError(message.strip(), span)

    monkeypatch.setattr("parsers.iptables.read.parse", fail)
    case = Case("iptables-save", (("rules.v4", "*filter\nCOMMIT\n"),))

    assert outcome(case, Random(0)).wrong == wrong


def test_no_case_is_large() -> None:
    case, _ = case_of(20261129, 1243602)

    assert case.kind == "ip -j"
    assert all(len(text) <= MOST for _, text in case.files)

"""The same meaning in every format is judged alike.

A case is a folder of fixtures/meaning with the file `packets`: a sentence, and packets with what
becomes of them, which people wrote down. `fixtures/<dialect>/meaning/<case>.<ending>` says it in a
format's own words, and the `index.yaml` beside it which cases those words do not reach.
"""

from collections.abc import Iterator

import pytest

from flowmodel import fields
from flowmodel.packet import Packet
from flowmodel.record import replace
from fwlint.names import Names
from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from parsers import read_exports
from tests.parsers.contract.subjects import (
    CASES,
    MEANING,
    Subject,
    each_subject,
    index,
    said_in,
)

_SAID = {"accept": "accept", "drop": "drop", "reject": "drop", "unknown": "possible"}


def _packets(case: str, hook: str) -> Iterator[tuple[str, str, Packet]]:
    """The lines of a case: expected verdict, line, and the packet between `wan` and `lan`."""
    for line in (MEANING / case / "packets").read_text(encoding="utf-8").splitlines():
        verdict, _, text = line.partition(" ")
        if verdict == "#":
            continue
        packet = parse_expression(text.removeprefix("reply "))
        direction = fields.REPLY if text.startswith("reply ") else fields.ORIGINAL
        out = "lan" if hook == "forward" else ""
        yield verdict, line, replace(packet, in_name="wan", out_name=out, ct_dir=direction)


@pytest.mark.parametrize("case", CASES)
@each_subject
def test_what_is_meant_is_what_is_judged(subject: Subject, case: str) -> None:
    told, paths = index(subject), said_in(subject, case)
    if case in told.cannot_say:
        assert paths == [], f"{case} is said, and there is a reason why it cannot be"
        assert told.cannot_say[case]
        return
    assert paths, (
        f"{subject.folder}/meaning/{case}.* says what {MEANING}/{case}/packets means, or"
        " `cannot-say` in the index.yaml there has the reason why nothing can"
    )
    rulesets = read_exports([str(path) for path in paths])
    names = Names(rulesets)
    expected, lines, packets = zip(*_packets(case, told.hook), strict=True)

    answers = traced(rulesets, told.hook, [names.of(packet) for packet in packets])

    found = [_SAID[answer.verdict] for answer in answers]
    wrong = [
        f"{line}: {is_} by {answer.text}"
        for line, should, is_, answer in zip(lines, expected, found, answers, strict=True)
        if should != is_
    ]
    assert wrong == []
    for is_, answer in zip(found, answers, strict=True):
        assert (is_ == "possible") == bool(answer.unread), "what is possible has its reason"


@each_subject
def test_there_are_only_known_cases(subject: Subject) -> None:
    assert index(subject)
    folder = subject.index_file.parent
    found = {path.stem for path in folder.iterdir() if path != subject.index_file}

    assert found <= set(CASES)
    assert index(subject).cannot_say.keys() <= set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_a_sentence_and_packets_of_which_some_are_dropped(case: str) -> None:
    first, *_ = (MEANING / case / "packets").read_text(encoding="utf-8").splitlines()
    verdicts = [verdict for verdict, _, _ in _packets(case, "forward")]

    assert first.startswith("# ")
    assert set(verdicts) <= set(_SAID.values())
    assert "drop" in verdicts

"""Rule sets that would take for ever: what is summarized, and what ends undecided."""

from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import process_time
from unittest.mock import patch

import pytest

from flowmodel.fields import TCP
from flowmodel.record import replace
from flowmodel.values import single
from linter.engine import budget
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device import walk
from linter.engine.device.ask import Answer, ask, plain
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place
from linter.engine.device.mentions import names_in
from linter.engine.device.openings import openings
from linter.engine.device.program import everything, program
from linter.engine.device.replay import replayed
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Space
from linter.engine.sets.witness import example
from parsers import read_exports


def _twice(folder: Path, levels: int, condition: str, last: str, room: int = 1 << 20) -> Firewall:
    """Chains of which each calls the next one twice, by conditions with `{}` for a number."""
    numbers = count()
    calls = [
        f"-A c{level} {condition.format(next(numbers))} -j c{level + 1}"
        for level in range(levels)
        for _ in range(2)
    ]
    chains = [f":c{level} - [0:0]" for level in range(levels + 1)]
    policies = [f":{name} DROP [0:0]" for name in ("INPUT", "FORWARD", "OUTPUT")]
    lines = ["*filter", *policies, *chains, "-A INPUT -j c0", *calls, last, "COMMIT"]
    path = folder / "twice.rules"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rulesets = read_exports([str(path)])
    space = Space(4, names_in(rulesets), room)
    return Firewall(rulesets, Matcher(space), program(everything))


def _asked(firewall: Firewall) -> Answer:
    packets = firewall.space.within(firewall.space.fields["proto"], single(TCP))
    return ask(firewall, Place("input"), [plain(packets, firewall.space)])


_OPEN = "-A c{} -p tcp -m tcp --dport 443 -j ACCEPT"


@pytest.mark.parametrize("levels", [1, 3, 6])
@pytest.mark.parametrize(
    "condition", ["-m string --string a{} --algo bm", "-p tcp -m tcp --sport {}:60000", ""]
)
def test_a_summary_of_a_chain_changes_no_answer(
    tmp_path: Path, levels: int, condition: str
) -> None:
    firewall = _twice(tmp_path, levels, condition, _OPEN.format(levels))
    with patch.object(walk, "VISITS", 0):
        summarized = _asked(firewall)
    with patch.object(walk, "VISITS", 1 << 30):
        walked = _asked(firewall)

    for one, other in (
        (summarized.connections.opening, walked.connections.opening),
        (summarized.connections.later, walked.connections.later),
    ):
        assert (one.certain, one.possible) == (other.certain, other.possible)
    by_rule = [
        {opening.rule: opening.packets for opening in openings(answer, firewall.space.true)}
        for answer in (summarized, walked)
    ]
    assert by_rule[0] == by_rule[1]


def test_chains_that_call_each_other_twice_take_no_longer_than_they_are(tmp_path: Path) -> None:
    firewall = _twice(tmp_path, 60, "-p tcp -m tcp --sport {}", _OPEN.format(60))

    # Without summaries this is 2^60 visits.
    assert _asked(firewall).connections.opening.possible == firewall.space.false


@pytest.mark.parametrize(
    ("condition", "last"),
    [
        ("-m statistic --mode random --probability 0.5", _OPEN.format(40)),
        ("", "-A c40 -m limit --limit 1/sec -j MARK --set-xmark 0x1/0x1"),
    ],
    ids=["dice", "marks"],
)
def test_what_cannot_be_summarized_ends_with_the_budget(
    tmp_path: Path, condition: str, last: str
) -> None:
    # On a busy machine, a smaller space was full before the time was over.
    firewall = _twice(tmp_path, 40, condition, last, room=1 << 23)
    firewall = replace(firewall, budget=Budget(0.2))

    with (
        patch.object(budget, "LEAST", 0.1),
        pytest.raises(TooComplexError, match=r"^more than 0\.1 s of work$"),
    ):
        _asked(firewall)


def test_a_replay_at_many_interfaces_ends_with_the_budget(tmp_path: Path) -> None:
    condition = "-i eth{} -p tcp -m tcp --sport 9"
    answer = _asked(_twice(tmp_path, 9, condition, _OPEN.format(9)))
    packet = example(answer.space, answer.space.true)

    whole = replayed(answer, packet, "opening")
    with patch.object(Budget, "is_spent", new=True):
        cut_short = replayed(answer, packet, "opening")

    assert len(whole.outcomes) > 9
    assert whole.is_complete
    assert cut_short.outcomes == []
    assert not cut_short.is_complete


def _spent(left: Budget) -> float:
    """How much processor time a question gets before it is given up."""
    begin = process_time()
    with pytest.raises(TooComplexError), left.question():
        deque(iter(left.spend, object()), maxlen=0)
    return process_time() - begin


def test_a_question_may_use_half_of_what_is_left_and_always_a_little() -> None:
    with patch.object(budget, "LEAST", 0.02):
        left = Budget(0.4)

        used = [_spent(left) for _ in range(6)]

    assert 0.2 <= used[0] < 0.3
    assert 0.1 <= used[1] < 0.2
    assert used[5] >= 0.02


def test_after_many_questions_there_is_none_any_more() -> None:
    with patch.object(budget, "LEAST", 0.02), patch.object(budget, "_AFTER", 0.1):
        left = Budget(0.1)

        for _ in range(9):
            with suppress(TooComplexError):
                _spent(left)

        with (
            pytest.raises(TooComplexError, match=r"^more than 0\.2 s of work in all$"),
            left.question(),
        ):
            pass


def test_a_question_within_another_has_no_time_of_its_own() -> None:
    left = Budget(0.2)

    with left.question():
        _ask_nothing(left)
        begin = process_time()
        with pytest.raises(TooComplexError, match=r"^more than 0\.3 s of work$"):
            deque(iter(left.spend, object()), maxlen=0)

    assert process_time() - begin >= 0.29


def _ask_nothing(left: Budget) -> None:
    with left.question():
        pass

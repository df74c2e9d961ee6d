"""A fleet's answers as text, data and a page: all of them say the same, and obey no file."""

import json
from collections import Counter

import pytest

from linter.report.fleet import data, page, text
from linter.report.fleet.found import Kind
from linter.report.fleet.overview import Overview, overview
from tests.linter.report.fleet.samples import DATABASE, SILENT, run, told
from tests.linter.report.proof.seen import Seen

HOSTILE = "<script>\x1b[2J\n::error::x"
EVIL = Kind("FW306", "no-default-deny", HOSTILE)
BEFORE = run(told("net/a"), told("net/gone", SILENT), told("web/b", SILENT), inputs=["net/c"])
NOW = run(
    told("net/a", size=b"2", policy="shop"),
    told("net/new"),
    told("web/b", EVIL, level="warning", certainty="possible", identity="evil"),
    inputs=["net/c"],
    failed=[f"web/{HOSTILE}"],
    left_out=["FW401"],
    version="2",
)
ANSWERS = overview(NOW, BEFORE)


_TEXT = """\
3 of 5 inputs have findings: 2 errors, 1 warning (1 of them only possible). \
1 input could not be evaluated.
Some checks were left out: FW401.
The files are of several versions of fwlint (1, 2): what one of them calls otherwise is new and \
gone here.

Could not be evaluated
  web/<script>␛[2J␊::error::x: the table has no COMMIT (a.rules:1)

Since the run before
  1 new, 1 changed, 1 not checked before, 1 gone, 1 not checked any more, 0 unchanged.
  Not in the run before: 2 inputs (web/<script>␛[2J␊::error::x, net/new).
  Not in this run, so that nothing is known of them: 1 input (net/gone).

New: 1 finding
  warning   1 finding on 1 input  FW306 no-default-deny: <script>␛[2J␊::error::x
            web/b

Changed: 1 finding
  error     1 finding on 1 input  FW215 marked-port-open: \
-A INPUT -p tcp --dport 5432 -j ACCEPT
            net/a

"""


def test_the_text_says_what_was_found_and_what_became_of_it() -> None:
    assert text.render(ANSWERS).startswith(_TEXT)


def test_long_lists_end_with_how_much_is_left() -> None:
    kinds = [Kind("FW306", "no-default-deny", f"rule {number}") for number in range(23)]
    shown = text.render(overview(run(*(told("a", kind) for kind in kinds)), None))

    assert "  … and 3 more (-o json has all of them)\n" in shown
    found = json.loads(data.render(overview(run(*(told("a", kind) for kind in kinds)), None)))
    assert len(found["by_rule"]) == 23


def test_a_version_is_one_line() -> None:
    shown = text.render(overview(run(version="1\n::error::x"), run(version="2")))

    assert "versions of fwlint (1␊::error::x, 2): " in shown


def test_without_a_rule_the_first_finding_stands_for_all_and_says_so() -> None:
    shown = text.render(overview(run(told("a", Kind("FW401", "ipv6-unfiltered", ""))), None))

    assert "FW401 ipv6-unfiltered: the first of them: ipv6-unfiltered here\n" in shown


def test_packets_that_cannot_be_compared_are_told() -> None:
    unsure = run(told("a", size=b""))

    assert "  1 unchanged (1 of them could be worse: their packets cannot be compared).\n" in (
        text.render(overview(unsure, unsure))
    )


def test_data_has_every_answer() -> None:
    found = json.loads(data.render(ANSWERS))

    assert found["summary"] == {
        "inputs": 5,
        "inputs_with_findings": 3,
        "inputs_not_evaluated": 1,
        "critical": 0,
        "error": 2,
        "warning": 1,
        "info": 0,
        "possible": 1,
        "settled": 0,
    }
    assert [(each["check"], each["inputs"]["number"]) for each in found["by_check"]] == [
        ("FW215", 2),
        ("FW306", 1),
    ]
    assert [(each["owner"], each["findings"]) for each in found["by_owner"]] == [
        ("net", 2),
        ("web", 1),
    ]
    assert [each["policy"] for each in found["by_policy"]] == ["", "shop"]
    assert found["by_rule"][0]["rule"] == DATABASE.rule
    assert found["trend"]["new"]["findings"] == 1
    assert found["trend"]["inputs_missing"] == {"number": 1, "named": ["net/gone"]}
    assert data.render(ANSWERS).isascii()


def test_what_is_not_compared_has_no_trend() -> None:
    assert json.loads(data.render(overview(NOW, None)))["trend"] is None
    assert "run before" not in page.render(overview(NOW, None))


@pytest.mark.parametrize("answers", [ANSWERS, overview(run(), None), overview(NOW, None)])
def test_the_page_is_whole_and_fetches_nothing(answers: Overview) -> None:
    shown = page.render(answers)
    seen = Seen(shown)

    assert seen.open == []
    assert seen.tags["script"] == 0
    assert [each for each, count in Counter(seen.of("id")).items() if count > 1] == []
    goals = {each.removeprefix("#") for each in seen.of("href")}
    assert (goals | set(seen.of("aria-labelledby"))) - set(seen.of("id")) == set()
    assert "\x1b" not in shown
    assert "\n::error" not in shown


def test_the_page_has_what_the_text_has() -> None:
    shown = page.render(ANSWERS)

    for each in ("By check", "By rule", "By owner", "By policy", "Since the run before"):
        assert f">{each}</h2>" in shown
    assert "&lt;script&gt;" in shown
    assert "Not everything could be evaluated" in shown
    assert "<title>5 inputs: firewall fleet</title>" in shown

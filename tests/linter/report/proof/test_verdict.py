"""What the report comes to: never better than what was asked and proved."""

import pytest

from flowmodel.finding import Agreed, Finding, Report
from flowmodel.opened import Section
from flowmodel.proved import Judged, Proved, Result
from flowmodel.record import replace
from flowmodel.site import Need
from linter.report.proof.tones import on_device, whole
from linter.report.proof.verdict import verdict
from tests.linter.report.samples import ACCEPTED, REPORT, STOOD, UNREADABLE, at

FLOW = STOOD.requirements[0]


def _report(result: Result = "works", *findings: Finding, need: Need = "must") -> Report:
    proved = Proved(replace(FLOW, need=need), (Judged("edge", 4, result),), result)
    return Report(findings, proved=(proved,), site=STOOD, exports=1, rules=1, requirements=1)


def _of(level: str) -> Finding:
    return replace(at(1, 1, 1), level=level)


VERDICTS = {
    "all is proved": (_report(), "good"),
    "a note": (_report("works", _of("info")), "good"),
    "a warning": (_report("works", _of("warning")), "unsure"),
    "an error": (_report("works", _of("error")), "bad"),
    "a blocked flow": (_report("blocked"), "bad"),
    "a possible flow": (_report("possible"), "unsure"),
    "a flow that is not judged": (_report("not judged"), "unsure"),
    "a forbidden flow that is closed": (_report("blocked", need="never"), "good"),
    "a forbidden flow that is open": (_report("works", need="never"), "bad"),
    "a forbidden flow that is possible": (_report("possible", need="never"), "unsure"),
    "an input that was not read": (replace(_report(), failures=(UNREADABLE,)), "bad"),
    "a check that was left out": (replace(_report(), left_out=("FW203",)), "unsure"),
    "exports alone, clean": (Report((), exports=1, rules=1), "good"),
    "exports alone, with a fault": (Report((_of("critical"),), exports=1), "bad"),
    "exports alone, with a warning": (Report((ACCEPTED,), exports=1), "unsure"),
    "exports alone, with a family that they do not speak of": (
        Report((), exports=1, opened=(Section("edge", "", "input", "", notes=("IPv4: no",)),)),
        "unsure",
    ),
    "nothing was read": (Report((), failures=(UNREADABLE,)), "bad"),
    "everything at once": (REPORT, "bad"),
}


@pytest.mark.parametrize(("report", "tone"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_is_as_good_as_what_was_proved(report: Report, tone: str) -> None:
    found = verdict(report)

    assert found.tone == tone
    assert found.reasons
    assert sum(tile.number for tile in found.flows) == len(report.proved)


@pytest.mark.parametrize("report", [_report(), Report((), exports=1)], ids=["site", "exports"])
def test_what_is_accepted_is_said_beside_a_good_verdict(report: Report) -> None:
    agreed = Agreed("base.json", "2027-03-01", 1, is_over=False)
    found = verdict(replace(report, accepted=(ACCEPTED,), baseline=agreed))

    assert (found.tone, found.headline.partition(", ")[2]) == ("good", "but for what is accepted")
    assert found.reasons[-1].endswith("1 finding is accepted.")


def test_families_that_agree_are_one_cell_and_others_are_two() -> None:
    agreed = Proved(FLOW, (Judged("edge", 4, "works"), Judged("edge", 6, "works")), "works")
    differ = Proved(FLOW, (Judged("edge", 4, "works"), Judged("edge", 6, "blocked")), "blocked")

    assert [tuple(cell) for cell in on_device(agreed, "edge")] == [("good", "proved", "IPv4, IPv6")]
    assert [tuple(cell) for cell in on_device(differ, "edge")] == [
        ("bad", "blocked", "IPv6"),
        ("good", "proved", "IPv4"),
    ]
    assert on_device(differ, "core") == ()
    assert whole(differ).text == "blocked"

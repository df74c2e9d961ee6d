"""What cannot be read, or is wrong in the site file, as findings: FW307, FW313, FW5xx, FW9xx."""

from flowmodel.finding import Finding
from flowmodel.ruleset import Gap, RuleSet
from flowmodel.site import Problem, Site
from flowmodel.source import InputError, Span
from linter.checks.evaluation import evaluate, unread
from linter.checks.subject import Failure

_GAPS = frozenset({"FW307", "FW313", "FW901", "FW902", "FW903"})


def of_rulesets(rulesets: dict[str, tuple[RuleSet, ...]]) -> list[Finding]:
    site = Site("shop", {}, (), (), ())
    return evaluate(site, rulesets, asked=_GAPS.__contains__).findings


def _span(line: int) -> Span:
    return Span("edge.rules", line, 1, line, 9)


def _ruleset(*gaps: Gap) -> RuleSet:
    return RuleSet("edge.rules", "iptables-save", (), frozenset({4}), gaps)


def test_equal_remarks_about_matches_are_one_finding_with_its_places() -> None:
    gaps = [
        Gap("FW902", "owner is outside the model", _span(line), "-m owner") for line in range(9)
    ]

    (finding,) = of_rulesets({"edge": (_ruleset(*gaps),)})

    assert (finding.check, finding.level, finding.device) == ("FW902", "info", "edge")
    assert finding.span == _span(0)
    assert finding.extent == "9 places: lines 0-8"
    assert [related.span.line for related in finding.related] == [1, 2, 3]


def test_each_line_that_was_not_understood_is_a_finding_of_its_own() -> None:
    gaps = [Gap("FW901", "not understood", _span(line), "-A X --new") for line in (3, 7)]

    findings = of_rulesets({"edge": (_ruleset(*gaps),)})

    assert [(each.level, each.span.line, each.extent) for each in findings] == [
        ("warning", 3, ""),
        ("warning", 7, ""),
    ]


def test_each_rule_that_is_lost_is_a_finding_of_its_own() -> None:
    message = "the rule is not loaded: there is no alias bad_hosts"
    gaps = [Gap("FW307", message, _span(line), "bad_hosts") for line in (3, 7)]

    findings = of_rulesets({"edge": (_ruleset(*gaps),)})

    assert [(each.check, each.level, each.span.line) for each in findings] == [
        ("FW307", "error", 3),
        ("FW307", "error", 7),
    ]


def test_a_rule_that_is_loaded_otherwise_for_both_families_is_one_finding() -> None:
    gap = Gap("FW313", "all of TCP, without the port", _span(3), "8443")

    (finding,) = of_rulesets({"edge": (_ruleset(gap, gap), _ruleset(gap))})

    assert (finding.check, finding.level, finding.extent) == ("FW313", "warning", "")


def test_the_same_remark_on_two_devices_is_two_findings() -> None:
    gap = Gap("FW903", "no COMMIT", _span(4), "")

    findings = of_rulesets({"edge": (_ruleset(gap),), "core": (_ruleset(gap),)})

    assert [(each.check, each.level, each.device) for each in findings] == [
        ("FW903", "error", "edge"),
        ("FW903", "error", "core"),
    ]


def test_no_gap_is_no_finding() -> None:
    assert of_rulesets({"edge": (_ruleset(),)}) == []


def test_a_gap_of_several_lines_is_shown_by_its_text() -> None:
    lines = [Span("config.xml", first, 3, last, 9) for first, last in ((3, 12), (20, 29), (31, 31))]
    gaps = [Gap("FW902", "schedules are outside the model", span, "rule X") for span in lines]

    (finding,) = of_rulesets({"edge": (_ruleset(*gaps),)})

    assert finding.title == "rule X"
    assert [related.title for related in finding.related] == ["rule X", ""]


def test_a_problem_has_the_level_of_its_check() -> None:
    problem = Problem("FW504", "25 is fixed", _span(2), "remove it")
    site = Site("shop", {}, (), (), (), problems=(problem,))
    (finding,) = evaluate(site, {}).findings

    assert (finding.level, finding.message, finding.remedy) == ("error", "25 is fixed", "remove it")


def test_an_unreadable_input_is_an_error() -> None:
    (finding,) = unread([Failure(InputError("expected a rule", _span(8), "xx"), "edge")])

    assert (finding.check, finding.level, finding.span) == ("FW904", "error", _span(8))


def test_the_part_that_matters_of_what_a_remark_is_about_is_shown_too() -> None:
    gap = Gap("FW307", "there is no alias `a`", _span(3), "pass in from a", _span(5))

    (finding,) = of_rulesets({"edge": (_ruleset(gap),)})

    assert finding.span == _span(3)
    assert [(each.span, each.label) for each in finding.related] == [(_span(5), "this part")]

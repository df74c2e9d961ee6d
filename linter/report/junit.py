"""JUnit's XML: findings and proved flows as tests, for what shows tests of a pipeline.

The elements are those that Jenkins and GitLab read (junit-10.xsd of Jenkins' xunit plugin).
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from flowmodel.finding import LEVELS, Finding, Report, Settings, Waived
from flowmodel.proved import Proved
from flowmodel.record import NamedTuple
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.many import TEXT, Lists, Part, Total
from linter.report.placing import from_here, placed
from linter.report.summary import summary, summed, words_of
from linter.report.visible import as_text, visible
from linter.report.words import evidence

_FINDINGS: Final = "fwlint.findings"
_FLOWS: Final = "fwlint.flows"
_END: Final = "</testsuites>\n"


class _Case(NamedTuple):
    """One test: passed where it has no outcome."""

    group: str
    name: str
    file: str = ""
    outcome: str = ""
    """`failure`, `error` or `skipped`."""
    message: str = ""
    text: str = ""
    """What a failure or an error says; of a test that passed, its output."""


def render(report: Report, options: Options) -> str:
    """A suite with a test for each finding, each waiver, and each flow that must or must not work.

    What is below the threshold passes, and says what was found; what was waived or not judged is
    skipped; and what could not be evaluated is an error. No run is without a test.
    """
    cases = _named(_cases(report, options)) or [_Case(_FINDINGS, "no findings")]
    counted = _counted(cases)
    text = "".join((*_head(counted), *_suite("fwlint", cases, summary(report)), _END))
    return _in_ascii(text)


def part(report: Report, options: Options) -> Part:
    """A suite of the input's name, and how many tests of each outcome it has."""
    cases = _named(_cases(report, options)) or [_Case(_FINDINGS, "no findings")]
    numbers = " ".join(map(str, _counted(cases).values()))
    lines = _suite(visible(report.input), cases, summary(report))
    return (("counts", numbers), (TEXT, _in_ascii("".join(lines))))


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """The suites of all inputs, and one about settings where a file of them had a say."""
    told = list(_settings(total.settings, options))
    if not (told or total.numbers.inputs):
        told = [_Case(_FINDINGS, "no findings")]
    counted = _counted(told)
    for line in lists.of("counts"):
        counted = {
            key: number + int(more)
            for (key, number), more in zip(counted.items(), line.split(), strict=True)
        }
    yield from _head(counted)
    yield from lists.of(TEXT)
    if told:
        words = summed(total.numbers, total.baseline, total.settings, total.share)
        yield _in_ascii("".join(_suite("fwlint", told, words)))
    yield _END


def _counted(cases: Sequence[_Case]) -> dict[str, int]:
    return {
        "tests": len(cases),
        "failures": sum(case.outcome == "failure" for case in cases),
        "errors": sum(case.outcome == "error" for case in cases),
        "skipped": sum(case.outcome == "skipped" for case in cases),
    }


def _attributes(counted: Mapping[str, int]) -> str:
    return "".join(f' {key}="{number}"' for key, number in counted.items())


def _head(counted: Mapping[str, int]) -> tuple[str, ...]:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration, f'<testsuites name="fwlint"{_attributes(counted)}>\n'


def _suite(name: str, cases: Sequence[_Case], told: str) -> Iterator[str]:
    yield f'  <testsuite name="{escape(name)}"{_attributes(_counted(cases))}>\n'
    yield from (f"{line}\n" for case in cases for line in _element(case))
    yield f"    <system-out>{escape(told)}</system-out>\n"
    yield "  </testsuite>\n"


def _in_ascii(text: str) -> str:
    """The text as JSON is: standard output need not be UTF-8, whatever the first line says."""
    return as_text(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _cases(report: Report, options: Options) -> Iterator[_Case]:
    failing = LEVELS[LEVELS.index(options.fail_on) :] if options.fail_on in LEVELS else ()
    for failure in report.failures:
        yield _case(failure, report, options, "error")
    for finding in report.findings:
        yield _case(finding, report, options, "failure" if finding.level in failing else "")
    for waived in report.waived:
        yield _skipped(waived, report, options)
    yield from _settings(report.settings, options)
    told = {finding.flow for finding in report.findings}
    told |= {waived.finding.flow for waived in report.waived}
    for each in report.proved:
        yield _flow(each, is_told=each.requirement.name in told)


def _settings(settings: Settings | None, options: Options) -> Iterator[_Case]:
    if settings is not None and words_of(settings):
        shown = visible(from_here(settings.path, options.directory))
        yield _Case("fwlint", "settings", shown, "skipped", words_of(settings))


def _case(finding: Finding, report: Report, options: Options, outcome: str) -> _Case:
    at = placed(finding, report, options.directory)
    path = at.place.span.path
    about = " on ".join(part for part in (finding.flow, finding.device) if part)
    possible = "possibly: " if finding.certainty == "possible" else ""
    message = visible(f"{possible}{finding.message}")
    return _Case(
        _FINDINGS,
        visible(f"{finding.check} {name(finding.check)}" + (f": {about}" if about else "")),
        visible(from_here(path, options.directory)),
        outcome,
        message,
        "\n".join((visible(f"{finding.level}: {message}"), *evidence(finding, at, report))),
    )


def _skipped(waived: Waived, report: Report, options: Options) -> _Case:
    case = _case(waived.finding, report, options, "skipped")
    return case._replace(message=visible(f"waived until {waived.until}: {waived.because}"))


def _flow(proved: Proved, *, is_told: bool) -> _Case:
    """The test of a flow. One that is not as it should be does not fail twice."""
    flow = proved.requirement
    words = "must never work" if flow.need == "never" else f"{flow.need} work"
    case = _Case(_FLOWS, visible(f"{flow.name} {words}"))
    if proved.result == ("blocked" if flow.need == "never" else "works"):
        return case
    why = ["what was found is a test of its own"] if is_told else []
    told = "; ".join([*why, *map(visible, proved.because)])
    message = f"{proved.result}: {told}" if told else proved.result
    return case._replace(outcome="skipped", message=message)


def _named(cases: Iterator[_Case]) -> list[_Case]:
    """The tests, each with a name of its own: a reader takes those of one name for one test."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for case in cases:
        number = seen[case[:2]] = seen.get(case[:2], 0) + 1
        found.append(case if number == 1 else case._replace(name=f"{case.name} ({number})"))
    return found


def _element(case: _Case) -> Iterator[str]:
    file = f' file="{escape(case.file)}"' if case.file else ""
    head = f'    <testcase classname="{case.group}" name="{escape(case.name)}"{file}'
    if not (case.outcome or case.text):
        yield f"{head}/>"
        return
    yield f"{head}>"
    if case.outcome == "skipped":
        yield f'      <skipped message="{escape(case.message)}"/>'
    elif case.outcome:
        opening = f'<{case.outcome} message="{escape(case.message)}" type="fwlint">'
        yield f"      {opening}{escape(case.text)}</{case.outcome}>"
    else:
        yield f"      <system-out>{escape(case.text)}</system-out>"
    yield "    </testcase>"

"""The last line of a report: how many findings there are, in how much."""

from flowmodel.finding import LEVELS, Report
from linter.report.visible import visible

_PLURALS = {"critical": "critical", "error": "errors", "warning": "warnings", "info": "notes"}
_SINGULARS = {"critical": "critical", "error": "error", "warning": "warning", "info": "note"}


def counts(report: Report) -> dict[str, int]:
    """How many findings each level has, the worst level first."""
    numbers = dict.fromkeys(reversed(LEVELS), 0)
    for finding in report.findings:
        numbers[finding.level] += 1
    return {str(level): number for level, number in numbers.items()}


def summary(report: Report) -> str:
    """One sentence for people; what was waived or could not be evaluated is never left out."""
    unread = len({failure.span.path for failure in report.failures})
    failed = f"{_counted(unread, 'input')} could not be evaluated."
    if report.failures and not (report.exports or report.findings):
        return " ".join((f"Nothing was checked: {failed}", *_told(report)))
    found = [
        f"{number} {(_SINGULARS if number == 1 else _PLURALS)[level]}"
        for level, number in counts(report).items()
        if number
    ]
    possible = sum(finding.certainty == "possible" for finding in report.findings)
    if possible:
        found[-1] += f" ({possible} of them only possible)"
    headline = f"Found {_listed(found)}" if found else "No findings"
    scope = [
        _counted(report.exports, "export"),
        _counted(report.rules, "rule"),
        _counted(report.requirements, "flow"),
    ]
    text = f"{headline} in {_listed(scope)}; {len(report.waived)} waived{_accepted(report)}."
    more = [failed] if report.failures else []
    more += _told(report)
    return " ".join((text, *more))


def _accepted(report: Report) -> str:
    if report.baseline is None:
        return ""
    if report.baseline.is_over:
        return f", none accepted by the baseline, which ended on {report.baseline.expires}"
    return f", {len(report.accepted)} accepted by the baseline"


def _told(report: Report) -> list[str]:
    words = settings_words(report)
    return [f"{words[0].upper()}{words[1:]}."] if words else []


def settings_words(report: Report) -> str:
    """What a file of settings had a say in: a report that looks clean tells why."""
    settings = report.settings
    if settings is None or not settings.words:
        return ""
    return visible(f"settings in {settings.path}: {settings.words}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]

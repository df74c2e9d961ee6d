"""The last line of a report: how many findings there are, in how much."""

from typing import TYPE_CHECKING

from flowmodel.finding import Agreed, Report, Settings
from linter.report.tally import Tally, tally
from linter.report.visible import visible

if TYPE_CHECKING:
    from linter.report.share import Share


_PLURALS = {"critical": "critical", "error": "errors", "warning": "warnings", "info": "notes"}
_SINGULARS = {"critical": "critical", "error": "error", "warning": "warning", "info": "note"}


def counts(report: Report) -> dict[str, int]:
    """How many findings each level has, the worst level first."""
    return tally(report).counts


def summary(report: Report) -> str:
    """One sentence for people; what was waived or could not be evaluated is never left out."""
    return summed(tally(report), report.baseline, report.settings)


def summed(
    numbers: Tally,
    baseline: Agreed | None,
    settings: Settings | None,
    share: "Share | None" = None,
) -> str:
    """The same of the numbers alone, and how many inputs have findings where there are several."""
    ends = told(settings)
    if share is not None:
        from linter.report.share import sentence

        ends = [*sentence(share), *ends]
    failed = f"{counted(numbers.unread, 'input')} could not be evaluated."
    of_inputs = []
    if numbers.inputs > 1:
        have = "has" if numbers.with_findings == 1 else "have"
        of_inputs = [f"{numbers.with_findings:,} of {numbers.inputs:,} inputs {have} findings."]
    if numbers.failures and not (numbers.exports or numbers.findings):
        return " ".join((f"Nothing was checked: {failed}", *ends))
    found = levels_in_words(numbers)
    if numbers.possible:
        found[-1] += f" ({numbers.possible:,} of them only possible)"
    headline = f"Found {_listed(found)}" if found else "No findings"
    scope = [
        counted(numbers.exports, "export"),
        counted(numbers.rules, "rule"),
        counted(numbers.requirements, "flow"),
    ]
    accepted = _accepted(numbers, baseline)
    text = f"{headline} in {_listed(scope)}; {numbers.waived} waived{accepted}."
    more = [failed] if numbers.failures else []
    return " ".join((text, *of_inputs, *more, *ends))


def levels_in_words(numbers: Tally) -> list[str]:
    """`2 errors`, `1 warning`: the levels of which there are findings, the worst first."""
    return [
        f"{number:,} {(_SINGULARS if number == 1 else _PLURALS)[level]}"
        for level, number in numbers.counts.items()
        if number
    ]


def _accepted(numbers: Tally, baseline: Agreed | None) -> str:
    if baseline is None:
        return ""
    if baseline.is_over:
        return f", none accepted by the baseline, which ended on {baseline.expires}"
    return f", {numbers.accepted} accepted by the baseline"


def told(settings: Settings | None) -> list[str]:
    """What a file of settings had a say in, as a sentence; none where it had none."""
    words = words_of(settings)
    return [f"{words[0].upper()}{words[1:]}."] if words else []


def settings_words(report: Report) -> str:
    """What a file of settings had a say in: a report that looks clean tells why."""
    return words_of(report.settings)


def words_of(settings: Settings | None) -> str:
    """What a file of settings had a say in; empty where it had none."""
    if settings is None or not settings.words:
        return ""
    return visible(f"settings in {settings.path}: {settings.words}")


def counted(number: int, noun: str) -> str:
    """`1 input`, `1,200 inputs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]

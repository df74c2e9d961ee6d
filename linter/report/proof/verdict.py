"""The verdict: what a reader should know who reads nothing else."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from flowmodel.finding import LEVELS, Report
from flowmodel.record import NamedTuple
from linter.report.proof.tones import Tone, whole
from linter.report.summary import counts, summary

_TONES: Final[tuple[Tone, ...]] = ("good", "bad", "unsure", "none")
_WORDS: Final[dict[Tone, str]] = {
    "good": "proved",
    "bad": "violated",
    "unsure": "possible",
    "none": "not checked",
}
_GRAVE: Final = LEVELS[LEVELS.index("error") :]


class Tile(NamedTuple):
    """A number with what it counts."""

    number: int
    label: str
    tone: Tone


class Verdict(NamedTuple):
    """The answer in a headline, the reasons in sentences, and the numbers behind them."""

    tone: Tone
    headline: str
    reasons: tuple[str, ...]
    flows: tuple[Tile, ...]
    """The flows by what is proved of them; all of them together are all flows that were asked."""
    findings: tuple[Tile, ...]
    summary: str


def verdict(report: Report) -> Verdict:
    """What the report comes to; good only if everything was asked, and all of it is proved."""
    tones = Counter(whole(each).tone for each in report.proved)
    flows = tuple(Tile(tones[tone], _WORDS[tone], tone) for tone in _TONES)
    by_level = counts(report)
    grave = sum(by_level[level] for level in _GRAVE)
    reasons = tuple(_reasons(report, tones, grave))
    tone, headline = _headline(report, tones, grave, is_complete=not reasons)
    levels: dict[str, Tone] = {"critical": "bad", "error": "bad", "warning": "unsure"}
    findings = (
        *(Tile(n, level, levels.get(level, "none")) for level, n in by_level.items()),
        Tile(len(report.settled), "accepted", "none"),
    )
    return Verdict(tone, headline, reasons or _all(report), flows, findings, summary(report))


def _headline(
    report: Report, tones: Counter[Tone], grave: int, *, is_complete: bool
) -> tuple[Tone, str]:
    if report.failures:
        return "bad", "Not everything could be evaluated"
    beyond = ", but for what is accepted" if report.settled else ""
    if not (report.site.used or report.proved):
        if grave:
            return "bad", "The exports have faults"
        if is_complete:
            what = "the exports" if report.exports else "it"
            return "good", f"No fault was found in {what}{beyond}"
        return "unsure", "Some of it should be looked at"
    if grave or tones["bad"]:
        return "bad", "The firewalls do not match the policies"
    if is_complete:
        return "good", f"The firewalls match the policies{beyond}"
    return "unsure", "No grave fault is known, but not everything is proved"


def _reasons(report: Report, tones: Counter[Tone], grave: int) -> Iterator[str]:
    """Everything for which the verdict is not good, the worst first."""
    if report.failures:
        yield f"{_counted(len(report.failures), 'input')} could not be evaluated"
    if tones["bad"]:
        yield f"{tones['bad']} of {_counted(len(report.proved), 'flow')} surely not as required"
    if grave:
        yield f"{_counted(grave, 'finding')} of level error or critical"
    if tones["unsure"]:
        reason = "where exports do not tell everything"
        yield f"{_counted(tones['unsure'], 'flow')} only possibly as required, {reason}"
    if tones["none"]:
        yield f"{_counted(tones['none'], 'flow')} that no export tells enough of"
    if unknown := sum(bool(section.notes) for section in report.opened):
        yield f"{_counted(unknown, 'part')} of the openings of which not all is known"
    warnings = sum(each.level == "warning" for each in report.findings)
    if warnings:
        yield _counted(warnings, "warning")
    if report.left_out:
        yield f"{_counted(len(report.left_out), 'check')} left out when this was run"


def _all(report: Report) -> tuple[str, ...]:
    number = len(report.settled)
    accepted = f"{_counted(number, 'finding')} {'is' if number == 1 else 'are'} accepted."
    clean = "No finding of level warning or higher." + (f" {accepted}" if number else "")
    if not report.proved:
        return (clean,)
    asked = _counted(len(report.proved), "flow")
    proved = f"{asked} that must, should or must never work: proved for all packets."
    return (f"{proved} {clean}",)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""The baseline of a run on many inputs: what each is judged with, and what is told at the end.

What only all inputs together can say is no input's: a share leaves it to the merge, which tells it
from what the shares say.
"""

import os
from argparse import Namespace
from collections.abc import Iterable
from typing import Final

from flowmodel.baseline import Terms, Unneeded
from flowmodel.finding import Agreed, Report
from flowmodel.record import NamedTuple, replace
from flowmodel.source import Span
from fwlint.selection import selection
from linter.checks import catalogue
from linter.checks.accepted import unneeded
from linter.checks.site.baselines import ended, no_longer_there
from linter.commands.check import baseline_of
from linter.commands.fleet.inputs import Several, exports_of
from linter.commands.fleet.portions import Divided, divided
from linter.commands.fleet.work import Job
from linter.report.placing import from_here
from linter.report.tally import NOTHING, Tally, tally

_TELLS: Final = "FW510"


class Agreement(NamedTuple):
    """A baseline, and which of its entries are of which input."""

    divided: Divided
    terms: Terms

    def judging(self, inputs: Several) -> Several:
        """The inputs, each with its portion."""
        portions = self.divided.portions
        units = (each._replace(portion=portions[each.name]) for each in inputs.units)
        return inputs._replace(units=tuple(units))

    def unneeded(self, numbers: Iterable[int]) -> Unneeded:
        """The entries of these numbers that can be called gone."""
        its = self.divided.baseline
        gone = [its.entries[each] for each in self.divided.known.intersection(numbers)]
        return _placed(self.terms.ends.path, unneeded(its, gone))


def agreement(arguments: Namespace, inputs: Several, job: Job) -> Agreement | None:
    """The baseline that was asked for; raises InputError for one of something else."""
    baseline = baseline_of(arguments)
    if baseline is None:
        return None
    from linter.commands.baseline_file import refuse_another

    refuse_another(baseline, exports_of((), "", has_ipv6=True), arguments)
    asks = selection(job.select, job.ignore).asks
    its = divided(
        baseline,
        {each.name for each in inputs.units},
        [each for each in arguments.paths if os.path.isdir(each)],  # noqa: PTH112
        asks,
    )
    agreed = Agreed(
        baseline.path,
        baseline.expires.isoformat(),
        len(baseline.entries),
        baseline.is_over(job.today),
    )
    # Who merges does so anywhere: what is told of the file itself has its path from here.
    seen = from_here(baseline.path, os.getcwd())  # noqa: PTH109
    terms = Terms(
        agreed,
        baseline.source.sha256,
        _in(seen, baseline.span),
        _placed(seen, unneeded(baseline, its.strays)),
        asks(_TELLS),
    )
    return Agreement(its, terms)


def together(every: Iterable[Unneeded]) -> Unneeded:
    """All the entries that any of these has."""
    several = sorted((each for each in every if each.numbers), key=lambda each: each.numbers)
    numbers = sorted({number for each in several for number in each.numbers})
    return replace(several[0], numbers=tuple(numbers)) if several else Unneeded()


def report_on(terms: Terms, unneeded: Unneeded, found: Tally) -> Report | None:
    """What is told of the baseline itself, behind all inputs; None for nothing.

    `found` is what all inputs come to. If one could not be evaluated, the entries of no input are
    not called unneeded: they can be of what nobody could read.
    """
    if not terms.tells:
        return None
    check = catalogue.load(_TELLS)
    findings = [ended(check, terms.agreed.expires, terms.ends)] if terms.agreed.is_over else []
    its = unneeded if found.failures else together((unneeded, terms.strays))
    if its.numbers:
        findings.append(no_longer_there(check, its, terms.agreed.entries))
    return (
        Report(tuple(findings), input=terms.ends.path, baseline=terms.agreed) if findings else None
    )


def numbers_of(report: Report | None) -> Tally:
    """The numbers of what is told of the baseline: it is no input."""
    return replace(tally(report), inputs=0, with_findings=0) if report else NOTHING


def _placed(path: str, its: Unneeded) -> Unneeded:
    return replace(its, span=_in(path, its.span)) if its.span else its


def _in(path: str, span: Span) -> Span:
    """The place in the file, which has this path."""
    return replace(span, path=path)

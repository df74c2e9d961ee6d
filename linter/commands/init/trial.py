"""What `fwlint check` says of a site file before it is written."""

import policies
from flowfiles.reach import Edited
from flowmodel.finding import LEVELS, Finding
from flowmodel.memory import set_aside
from flowmodel.record import NamedTuple
from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.checks.provable import unprovable
from linter.checks.subject import Failure
from linter.commands.init.exports import Named
from linter.commands.progress import progress
from linter.engine.site.attachment import attached

_SHOWN = 20


class Trial(NamedTuple):
    """The exit status of `fwlint check`, and what makes it so."""

    status: int
    found: tuple[Finding, ...] = ()
    """The findings at level error and above."""
    warnings: int = 0
    """How many findings are below that, and more than notes."""
    failures: tuple[Failure, ...] = ()
    """What has to be filled in before all is evaluated."""
    undecided: tuple[Failure, ...] = ()
    """What is not evaluated, whatever is filled in."""

    @property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """What has to be filled in, by device."""
        found: dict[str, list[str]] = {}
        for each in self.failures:
            if each.device:
                found.setdefault(each.device, []).append(each.error.message)
        return {device: tuple(several) for device, several in found.items()}

    @property
    def notes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What has to be said at the head of the file."""
        if self.failures:
            what = "Until what is MISSING below is filled in, it exits with 2, and says:"
            return ((what, tuple(each.error.message for each in self.failures)),)
        if self.undecided:
            what = "Today it exits with 2, as not all of it can be decided, which says:"
            return ((what, tuple(each.error.message for each in self.undecided)),)
        if self.found:
            lines = [_line(each) for each in self.found[:_SHOWN]]
            more = len(self.found) - _SHOWN
            lines += [f"and {more} more"] if more > 0 else []
            what = "Today it exits with 1, as no site file can make up for this in the exports:"
            return ((what, tuple(lines)),)
        return ()


def _line(finding: Finding) -> str:
    place = f"{finding.span.path}:{finding.span.line}"
    return f"{finding.check} {finding.level}: {finding.message} ({place})"


def tried(text: str, named: Named, include: list[str], seconds: float) -> Trial:
    """What `fwlint check` says of the text; raises InputErrors where that is no site file."""
    reach = Edited(named.reach, ((named.target, text.encode()),))
    site = policies.load_site(named.target, reach=reach)
    reading = read(site, include, reach)
    placed, rulesets, misplaced = attached(site, reading.rulesets)
    failures = (*reading.failures, *(Failure(*each) for each in misplaced))
    failures = failures or tuple(unprovable(placed))
    with set_aside(), progress("checking"):
        outcome = evaluate(placed, rulesets, failures, lambda _: True, reading.rulesets, seconds)
    failing = LEVELS[LEVELS.index("error") :]
    found = tuple(each for each in outcome.findings if each.level in failing)
    status = 2 if outcome.failed else int(bool(found))
    warnings = sum(each.level == "warning" for each in outcome.findings)
    undecided = tuple(each for each in outcome.failed if each not in failures)
    return Trial(status, found, warnings, failures, undecided)

"""An accepted finding has run past its end date, or no longer exists.

**Reports.** A waiver (an entry under `accept:` in the site file) is past its date `until`, matches no finding any more, or names a check that does not exist.
If it only matches no finding any more, the level is info.
The same is told of a baseline (`fwlint check --baseline FILE`): that it has ended, so that all its findings count again, and, at level info, that some of them are no longer there.
Of many inputs this is told once, behind all of them; a share leaves it to `fwlint merge`.

**Why it matters.** A waiver is a decision for a limited time.
One that outlives its reason may hide the next finding.

**Example.** A waiver for an opening that is closed by now:

```yaml
- {finding: undeclared-opening, device: edge, service: 8080/tcp, because: old portal, until: 2099-12-31}
```

**How to fix.** Fix what the waiver accepted, give it a new date and reason, or remove it.
`fwlint baseline --prune` takes out of a baseline what is no longer there, and `fwlint baseline` makes a new one.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.site import Waiver
from linter.checks import catalogue
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.site.baselines import ended, no_longer_there
from linter.checks.site.problems import problems
from linter.checks.subject import Subject
from linter.checks.waivers import unused


def run(subject: Subject) -> Iterator[Finding]:
    """The acceptances that have run past their day, and those that fit nothing that was found.

    Where not everything could be evaluated, one may fit what is missing, and none is called unused.
    """
    yield from problems(CHECK, subject)
    baseline = subject.accepted.baseline
    if baseline is not None and subject.accepted.is_over:
        yield ended(CHECK, baseline.expires.isoformat(), baseline.span)
    if subject.failures:
        return
    yield from map(_unused, unused(subject.site.waivers, subject.found))
    if baseline is not None and subject.accepted.gone:
        from linter.checks.accepted import unneeded

        its = unneeded(baseline, subject.accepted.gone)
        yield no_longer_there(CHECK, its, len(baseline.entries))


def _unused(waiver: Waiver) -> Finding:
    is_known = bool(catalogue.find(waiver.finding))
    if is_known:
        message = f"the waiver for {waiver.finding} no longer matches any finding"
        remedy = "remove it"
    else:
        message = f"the waiver is for {waiver.finding!r}, which is not a check"
        remedy = "use the id or name of a check; `fwlint checks` lists all checks"
    return CHECK.finding(
        message,
        at(waiver.span, f"because: {waiver.because}"),
        level="info" if is_known else "warning",
        device=waiver.device,
        flow=waiver.flow,
        remedy=remedy,
        key=(waiver.finding, waiver.device, waiver.flow, waiver.because),
    )


CHECK = Check("FW510", "stale-acceptance", "warning", __doc__, run, is_last=True)

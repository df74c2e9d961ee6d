"""What the checks find in what was read, as a report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from flowmodel.finding import LEVELS, Agreed, Finding, Report
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site
from flowmodel.source import Source, Span
from flowmodel.used import CheckedFile
from fwlint.errors import UndecidedError
from fwlint.loading import Loaded, listed
from fwlint.selection import Selection, selection
from linter.checks import catalogue
from linter.checks.evaluation import Outcome, evaluate
from linter.checks.provable import unprovable
from linter.checks.subject import Failure, day_here
from linter.engine.budget import SECONDS
from linter.engine.site.attachment import attached

if TYPE_CHECKING:
    from flowmodel.baseline import Baseline, Entry


_TELLS_OPENINGS = "FW215"
"""The check about what is open: whoever leaves it out does not want the table either."""
_TELLS_ACCEPTED = "FW510"
"""The check about what is accepted, which exports alone need for their baseline."""


class Checked(NamedTuple):
    """The report, and what could not be evaluated as it came: the report has it as findings."""

    report: Report
    failed: tuple[Failure, ...]
    gone: "tuple[Entry, ...]" = ()
    """The entries of the baseline whose findings are no longer there, if all was evaluated."""


def check(
    loaded: Loaded,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    waivers: bool = True,
    work_limit: float = SECONDS,
) -> Report:
    """The findings, and what became of each flow: see docs/api.md.

    Raises UndecidedError where something could not be evaluated: it has the rest of the report.
    """
    shown = selection(listed(select), listed(ignore))
    found = checked(loaded, shown, waivers=waivers, work_limit=work_limit).report
    if found.failures:
        raise UndecidedError(
            tuple(f"{each.span}: {each.message}" for each in found.failures), found
        )
    return found


def checked(
    loaded: Loaded,
    shown: Selection,
    *,
    waivers: bool = True,
    work_limit: float = SECONDS,
    baseline: "Baseline | None" = None,
    opens: bool = True,
) -> Checked:
    """The report on what was read, as far as it is to be shown.

    `opens`: whether to tell all that is open, where exports are checked by themselves.
    """
    if loaded.kind == "exports":
        outcome = _of_exports(loaded, shown, work_limit, baseline, opens=opens)
    else:
        outcome = _of_site(loaded, shown, work_limit, baseline, waivers=waivers)
    gone = () if outcome.failed else outcome.accepted.gone
    return Checked(_report(loaded, outcome, shown), outcome.failed, gone)


def _of_site(
    loaded: Loaded,
    shown: Selection,
    work_limit: float,
    baseline: "Baseline | None",
    *,
    waivers: bool,
) -> Outcome:
    site, rulesets, misplaced = attached(loaded.site, loaded.rulesets)
    failures = (*loaded.failures, *(Failure(*each) for each in misplaced))
    return evaluate(
        site if waivers else replace(site, waivers=()),
        rulesets,
        failures or tuple(unprovable(site)),
        shown.asks,
        loaded.rulesets,
        work_limit,
        loaded.today,
        baseline=baseline,
    )


def _of_exports(
    loaded: Loaded,
    shown: Selection,
    work_limit: float,
    baseline: "Baseline | None",
    *,
    opens: bool,
) -> Outcome:
    """What can be said of exports alone, without a site."""
    is_told = baseline is not None and not baseline.is_portion
    alone = (*catalogue.ALONE, _TELLS_ACCEPTED) if is_told else catalogue.ALONE
    return evaluate(
        loaded.site,
        loaded.rulesets,
        loaded.failures,
        lambda check: check in alone and shown.asks(check),
        seconds=work_limit,
        opens=opens and shown.asks(_TELLS_OPENINGS),
        today=loaded.today,
        baseline=baseline,
    )


def _report(loaded: Loaded, outcome: Outcome, shown: Selection) -> Report:
    exports = [ruleset for each in loaded.rulesets.values() for ruleset in each]
    read = [device for device in loaded.site.devices if device.name in loaded.rulesets]
    return Report(
        findings=tuple(sorted(filter(shown.has, outcome.findings), key=_order)),
        waived=tuple(sorted(outcome.waived, key=lambda each: _order(each.finding))),
        failures=tuple(outcome.failures),
        sources=_sources(loaded.site, exports, outcome.accepted.baseline),
        exports=sum(len(device.exports) for device in read),
        rules=_rule_count(exports),
        proved=outcome.proved,
        opened=outcome.opened,
        requirements=sum(not flow.inactive_because for flow in loaded.site.requirements),
        site=loaded.site,
        checked=tuple(_files(loaded.rulesets)),
        left_out=tuple(
            shown.left_out(catalogue.ALONE if loaded.kind == "exports" else catalogue.IDS)
        ),
        day=(loaded.today or day_here()).isoformat(),
        accepted=tuple(sorted(filter(shown.has, outcome.accepted.findings), key=_order)),
        baseline=_agreed(outcome),
    )


def _agreed(outcome: Outcome) -> Agreed | None:
    baseline = outcome.accepted.baseline
    if baseline is None:
        return None
    path, entries = baseline.path, len(baseline.entries)
    return Agreed(path, baseline.expires.isoformat(), entries, outcome.accepted.is_over)


def _order(finding: Finding) -> tuple[int, Span, str, str]:
    return -LEVELS.index(finding.level), finding.span, finding.check, finding.message


def _sources(
    site: Site, exports: Sequence[RuleSet], baseline: "Baseline | None"
) -> dict[str, Source]:
    every = [*site.sources, *(source for export in exports for source in export.sources)]
    every += [baseline.source] if baseline else []
    return {source.path: source for source in every}


def _files(rulesets: Mapping[str, Sequence[RuleSet]]) -> Iterator[CheckedFile]:
    """The files of each device, each once; firewalls of one export share them."""
    for device, exports in rulesets.items():
        files = {id(source): source for each in exports for source in each.sources}
        yield from (CheckedFile(device, source) for source in files.values())


def _rule_count(exports: Sequence[RuleSet]) -> int:
    """How many rules there are; firewalls of one export can share their chains."""
    chains = {
        chain for export in exports for table in export.tables for chain in table.chains.values()
    }
    return sum(len(chain.rules) for chain in chains)

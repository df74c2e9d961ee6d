"""`fwlint check`: reads a site and its exports, runs the checks, writes the report."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import parsers
import policies
from flowfiles.reach import TYPED, Reach, Typed, Within, tree_of
from flowmodel.finding import LEVELS, Finding, Report
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, tells_networks
from flowmodel.site import Device, Site
from flowmodel.source import InputError, InputErrors, Source, Span
from linter.checks import catalogue
from linter.checks.evaluation import Outcome, evaluate, unread
from linter.checks.provable import unprovable
from linter.checks.subject import Failure
from linter.commands.bare import given, site_of
from linter.commands.memory import set_aside
from linter.commands.output import (
    FAULT,
    Target,
    UsageError,
    complain,
    complain_in_lines,
    complain_of,
    folders,
    read_once,
    targets,
    write,
)
from linter.commands.selection import Selection, selection
from linter.engine.site.attachment import attached
from linter.report import Options, render
from linter.report.style import wants_color
from parsers.shared.context import Place

_DEFAULT_SITE = "site.yaml"
_TELLS_OPENINGS = "FW215"
"""The check about what is open: whoever leaves it out does not want the table either."""
_OF_A_ROLE = ("option", "parameter", "bind", "address", "interface")


class Reading(NamedTuple):
    """What the exports of a site say; a device with an unreadable export is not judged at all."""

    rulesets: dict[str, tuple[RuleSet, ...]]
    failures: tuple[Failure, ...]
    exports: int
    """How many files and folders that was."""


def run(arguments: Namespace) -> int:
    """Checks, writes every output, and returns the exit status."""
    outputs = targets(arguments.output)
    if arguments.fix or arguments.fix_to:
        from linter.commands.fixing import refuse

        refuse(arguments)
    shown = selection(arguments.select, arguments.ignore)
    made = _report(arguments, shown)
    _write(made, outputs, arguments)
    return status(made, arguments.fail_on)


def _report(arguments: Namespace, shown: Selection) -> Report:
    reach = Typed(folders(arguments.allow_outside))
    if arguments.each:
        return _of_many(arguments, reach, shown)
    if arguments.paths and not (arguments.policy or arguments.role):
        found = given(arguments.paths, reach)
        if found.is_exports:
            return _of_exports(arguments, site_of(arguments), found.reach, shown)
        reach = found.reach
    try:
        site = _site(arguments, reach)
    except (InputError, InputErrors) as raised:
        errors = raised.errors if isinstance(raised, InputErrors) else (raised,)
        complain_of(errors)
        return Report((), failures=tuple(unread(map(Failure, errors))))
    reading = read(site, arguments.include_dir, _reach_of_exports(arguments))
    if not reading.rulesets and not reading.failures:
        raise UsageError("nothing to check: no device in the site file has an export")
    if arguments.policy and any(
        map(tells_networks, (each for its in reading.rulesets.values() for each in its))
    ):
        raise UsageError(
            f"{arguments.paths[0]} is the export of a network firewall; use a site file, "
            "which says where the product's machines are"
        )
    unplaced = site
    site, rulesets, misplaced = attached(site, reading.rulesets)
    failures = (*reading.failures, *(Failure(*each) for each in misplaced))
    failures = failures or tuple(unprovable(site))
    site = replace(site, waivers=()) if arguments.no_waivers else site
    with set_aside():
        outcome = evaluate(
            site,
            rulesets,
            failures,
            shown.asks,
            reading.rulesets,
            arguments.work_limit,
            arguments.date,
        )
    complain_of_failures(outcome.failed)
    made = report(site, reading, outcome, shown)
    if not arguments.fix:
        return made
    from linter.commands.fixing import Run, with_fixes

    around = _reach_of_exports(arguments)
    again = Run(unplaced, around, reading.rulesets, read_device, is_site=True)
    return with_fixes(made, arguments, again)


def _of_many(arguments: Namespace, reach: Typed, shown: Selection) -> Report:
    """What can be said of many devices, each by itself."""
    from linter.commands.apart import apart

    if arguments.policy or arguments.role:
        raise UsageError("--each checks exports by themselves, without --policy and --role")
    site, passed_over = apart(arguments, reach)
    for path in passed_over:
        complain(f"{path}: no export that stands by itself; passed over")
    if not site.devices:
        return Report(())
    return _of_exports(arguments, site, reach, shown)


def _of_exports(arguments: Namespace, site: Site, reach: Typed, shown: Selection) -> Report:
    """What can be said of exports alone, without a site."""
    _refuse_options(arguments, _OF_A_ROLE)
    reading = read(site, arguments.include_dir, reach)

    def asked(check: str) -> bool:
        return check in catalogue.ALONE and shown.asks(check)

    with set_aside():
        outcome = evaluate(
            site,
            reading.rulesets,
            reading.failures,
            asked,
            seconds=arguments.work_limit,
            opens=shown.asks(_TELLS_OPENINGS),
            today=arguments.date,
        )
    complain_of_failures(outcome.failed)
    made = report(site, reading, outcome, shown)
    if not arguments.fix:
        return made
    from linter.commands.fixing import Run, with_fixes

    again = Run(site, reach, reading.rulesets, read_device, is_site=False)
    return with_fixes(made, arguments, again)


def _refuse_options(arguments: Namespace, names: Sequence[str]) -> None:
    """Raises UsageError for options about the role of a machine, where none is given."""
    if any(getattr(arguments, name) for name in names):
        listed = ", ".join(f"--{name}" for name in names)
        raise UsageError(f"{listed} require --policy and --role")


def complain_of_failures(failed: Iterable[Failure]) -> None:
    """Says on standard error what could not be evaluated, and where the program itself failed."""
    for failure in failed:
        if failure.traceback:
            complain_in_lines(failure.traceback.rstrip())
        complain_of((failure.error,))
        if failure.traceback:
            complain(FAULT)


def _site(arguments: Namespace, reach: Typed) -> Site:
    if arguments.policy or arguments.role:
        if not (arguments.policy and arguments.role and arguments.paths):
            raise UsageError("use --policy and --role together, with at least one export")
        read_once([*arguments.paths, arguments.policy])
        _check_pairs(arguments)
        return _machine(arguments)
    _refuse_options(arguments, _OF_A_ROLE)
    if arguments.format or arguments.ipv6 != "yes":
        raise UsageError("--format and --ipv6 are for exports; a site file says it itself")
    if not arguments.paths and not Path(_DEFAULT_SITE).exists():
        raise UsageError(
            f"nothing to check: there is no {_DEFAULT_SITE} here; name a site file, or exports"
        )
    path = arguments.paths[0] if arguments.paths else _DEFAULT_SITE
    its_reach = reach if arguments.paths else _reach_of_site(arguments)
    return policies.load_site(path, arguments.date, reach=its_reach)


def _machine(arguments: Namespace) -> Site:
    """The site of one machine; what is wrong with an argument has no line to be shown."""
    try:
        return policies.quick_site(
            arguments.policy,
            ",".join(arguments.role),
            arguments.paths,
            options=arguments.option,
            parameters=arguments.parameter,
            bind_names=arguments.bind,
            addresses=arguments.address,
            interfaces=arguments.interface,
            has_ipv6=arguments.ipv6 == "yes",
            format_name=arguments.format,
        )
    except InputErrors as raised:
        if any(error.span.path != policies.COMMAND_LINE for error in raised.errors):
            raise
        raise UsageError(*(error.message for error in raised.errors)) from None


def _check_pairs(arguments: Namespace) -> None:
    """Raises UsageError for what is no pair, and for an answer that another one would replace."""
    for option, adds_up in (
        ("option", False),
        ("parameter", False),
        ("bind", True),
        ("interface", True),
    ):
        names: list[str] = []
        for pair in getattr(arguments, option):
            name, equals, value = pair.partition("=")
            if not (name and equals and value):
                raise UsageError(f"--{option} {pair}: expected NAME=VALUE")
            if name in names and not adds_up:
                raise UsageError(f"--{option} {name} is given twice; it can have one value only")
            names.append(name)


def _reach_of_site(arguments: Namespace) -> Typed | Within:
    """What may be the site file: whatever is typed, else what this tree has of the name."""
    allowed = folders(arguments.allow_outside)
    return Typed(allowed) if arguments.paths else Within((tree_of(_DEFAULT_SITE), *allowed))


def _reach_of_exports(arguments: Namespace) -> Typed | Within:
    """What may be an export: whatever is typed, or what is in the tree of the site."""
    if arguments.policy:
        return Typed(folders(arguments.allow_outside))
    path = arguments.paths[0] if arguments.paths else _DEFAULT_SITE
    return _reach_of_site(arguments).below(path)


def read(site: Site, include: Sequence[str] = (), reach: Reach = TYPED) -> Reading:
    """The rule sets of each device; one that cannot be read does not hide the others.

    Exports are in the reach, and may include files from the folders `include` too.
    """
    rulesets: dict[str, tuple[RuleSet, ...]] = {}
    failures: list[Failure] = []
    for device in site.devices:
        if not device.exports:
            continue
        try:
            rulesets[device.name] = read_device(device, include, reach)
        except InputError as error:
            failures.append(Failure(error, device.name))
        except InputErrors as several:
            failures += [Failure(error, device.name) for error in several.errors]
        except OSError as error:
            place = Span(str(error.filename or device.exports[0]), 1, 1, 1, 1)
            failures.append(
                Failure(InputError(f"cannot be read: {error.strerror}", place), device.name)
            )
    count = sum(len(device.exports) for device in site.devices if device.name in rulesets)
    return Reading(rulesets, tuple(failures), count)


def read_device(device: Device, include: Sequence[str], reach: Reach) -> tuple[RuleSet, ...]:
    """The rule sets of one device's exports; raises InputError(s), OSError."""
    return parsers.read_exports(
        device.exports,
        device.format,
        (*device.includes, *include),
        Place(groups=device.groups, acl=device.acl),
        reach,
    )


def report(site: Site, reading: Reading, outcome: Outcome, shown: Selection) -> Report:
    """The report on what was found, as far as it is to be shown."""
    exports = [ruleset for each in reading.rulesets.values() for ruleset in each]
    return Report(
        findings=tuple(sorted(filter(shown.has, outcome.findings), key=_order)),
        waived=tuple(sorted(outcome.waived, key=lambda each: _order(each.finding))),
        failures=tuple(outcome.failures),
        sources=_sources(site, exports),
        exports=reading.exports,
        rules=_rule_count(exports),
        proved=outcome.proved,
        opened=outcome.opened,
        requirements=sum(not flow.inactive_because for flow in site.requirements),
    )


def _order(finding: Finding) -> tuple[int, Span, str, str]:
    return -LEVELS.index(finding.level), finding.span, finding.check, finding.message


def _sources(site: Site, exports: Sequence[RuleSet]) -> dict[str, Source]:
    every = [*site.sources, *(source for export in exports for source in export.sources)]
    return {source.path: source for source in every}


def _rule_count(exports: Sequence[RuleSet]) -> int:
    """How many rules there are; firewalls of one export can share their chains."""
    chains = {
        chain for export in exports for table in export.tables for chain in table.chains.values()
    }
    return sum(len(chain.rules) for chain in chains)


def status(report: Report, threshold: str) -> int:
    """2 if an input could not be evaluated, 1 if a finding reaches the threshold, else 0."""
    if report.failures:
        return 2
    failing = LEVELS[LEVELS.index(threshold) :] if threshold in LEVELS else ()
    return int(any(finding.level in failing for finding in report.findings))


def _write(report: Report, outputs: Sequence[Target], arguments: Namespace) -> None:
    # Files first: standard output may be a pipe that closes early.
    for target in sorted(outputs, key=lambda target: not target.path):
        if target.path or not arguments.quiet:
            write(target, render(target.format, report, _options(arguments, target.path)))


def _options(arguments: Namespace, path: str) -> Options:
    is_terminal = sys.stdout.isatty()
    return Options(
        color=not path and wants_color(arguments.color, os.environ, is_terminal=is_terminal),
        trace=arguments.trace,
        include_waived=arguments.sarif_include_waived,
        category=arguments.sarif_category,
        directory=str(Path.cwd()),
        fail_on=arguments.fail_on,
        remark=lambda text: complain(f"fwlint check: {text}"),
    )

"""`fwlint open`: what is open on a device, from where, and by which rule."""

from argparse import Namespace

import policies
from flowfiles.reach import Typed
from flowmodel.source import InputErrors
from linter.checks.evaluation import evaluate
from linter.commands.bare import given, site_of
from linter.commands.check import complain_of_failures, read
from linter.commands.config import with_marks
from linter.commands.memory import set_aside
from linter.commands.output import UsageError, complain, folders, say
from linter.report.open_data import as_json_document
from linter.report.open_markdown import as_markdown
from linter.report.open_table import in_lines

_RENDER = {"text": in_lines, "json": as_json_document, "markdown": as_markdown}


def run(arguments: Namespace) -> int:
    """Prints the table. The status: 2 where an export could not be read, or not be decided."""
    reach = Typed(folders(arguments.allow_outside))
    found = given(arguments.paths, reach)
    reach = found.reach
    if found.is_exports:
        site = site_of(Namespace(**{**vars(arguments), "format": ""}))
        reading = read(site, arguments.include_dir, reach)
    else:
        if arguments.ipv6 != "yes":
            raise UsageError("--ipv6 is for exports; a site file says it itself")
        path = arguments.paths[0]
        site = policies.load_site(path, reach=reach)
        reading = read(site, arguments.include_dir, reach.below(path))
    site = with_marks(site, arguments)
    if not reading.rulesets:
        if reading.failures:
            raise InputErrors(tuple(each.error for each in reading.failures))
        raise UsageError("nothing to list: no device in the site file has an export")
    with set_aside():
        outcome = evaluate(
            site,
            reading.rulesets,
            reading.failures,
            lambda _: False,
            seconds=arguments.work_limit,
            opens=True,
        )
    complain_of_failures(outcome.failed)
    if arguments.settings and arguments.settings.words:
        complain(f"fwlint: settings in {arguments.settings.path}: {arguments.settings.words}")
    say(_RENDER[arguments.format](outcome.opened))
    return 2 if outcome.failures else 0

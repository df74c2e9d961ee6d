"""`fwlint open`: what is open on a device, from where, and by which rule."""

from argparse import Namespace
from collections.abc import Iterator

from flowfiles.reach import Typed
from flowmodel.memory import set_aside
from flowmodel.source import InputError, InputErrors
from fwlint.errors import UsageError
from fwlint.loading import Loaded, given, load_site, loaded, site_of
from linter.checks.evaluation import evaluate
from linter.commands.check import complain_of_failures
from linter.commands.config import with_marks
from linter.commands.output import complain, complain_of, folders, say
from linter.commands.progress import progress, reading
from linter.report.open_data import as_json_document
from linter.report.open_markdown import as_markdown
from linter.report.open_table import in_lines

_RENDER = {"text": in_lines, "json": as_json_document, "markdown": as_markdown}


def run(arguments: Namespace) -> int:
    """Prints the table. The status: 2 where an export could not be read, or not be decided.

    An export that is cut off is one that could not be read.
    """
    with reading(arguments.paths):
        read = _loaded(arguments)
    if not read.rulesets:
        if read.failures:
            raise InputErrors(tuple(each.error for each in read.failures))
        raise UsageError("nothing to list: no device in the site file has an export")
    with set_aside(), progress("checking"):
        outcome = evaluate(
            with_marks(read.site, arguments),
            read.rulesets,
            read.failures,
            lambda _: False,
            seconds=arguments.work_limit,
            opens=True,
        )
    complain_of_failures(outcome.failed)
    if arguments.settings and arguments.settings.words:
        complain(f"fwlint: settings in {arguments.settings.path}: {arguments.settings.words}")
    cut = tuple(_left_out(read, "FW903"))
    complain_of((*cut, *_left_out(read, "FW901")))
    say(_RENDER[arguments.format](outcome.opened))
    return 2 if outcome.failures or cut else 0


def _left_out(read: Loaded, check: str) -> Iterator[InputError]:
    """What of the exports is not there, or is not understood: no line of the table may have it."""
    several = [each for its in read.rulesets.values() for each in its]
    gaps = {gap: each for each in several for gap in each.gaps if gap.check == check}
    for gap, ruleset in gaps.items():
        source = next((each for each in ruleset.sources if each.path == gap.span.path), None)
        yield InputError(gap.message, gap.span, source.lines[gap.span.line - 1] if source else "")


def _loaded(arguments: Namespace) -> Loaded:
    paths, include = arguments.paths, arguments.include_dir
    is_exports, reach = given(paths, Typed(folders(arguments.allow_outside)))
    if is_exports:
        site = site_of(paths, has_ipv6=arguments.ipv6 == "yes")
        return loaded(paths, "exports", site, reach, include)
    if arguments.ipv6 != "yes":
        raise UsageError("--ipv6 is for exports; a site file says it itself")
    return load_site(paths[0], reach, include)

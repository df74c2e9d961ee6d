"""`fwlint merge`: the reports on the shares of a run as the report of one run."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack

from flowfiles.reach import TYPED
from fwlint.errors import UsageError
from linter.commands.check import status_of
from linter.commands.fleet.arguments import MERGED
from linter.commands.fleet.merging.merged import Merged
from linter.commands.fleet.merging.reading import read_parts
from linter.commands.fleet.run import tell_beside
from linter.commands.output import Target, complain, refuse_read, targets, write
from linter.commands.progress import reading
from linter.report import Options
from linter.report.many import part_behind, whole
from linter.report.summary import summed


def run(arguments: Namespace) -> int:
    """Writes every output, and returns the exit status of the one run."""
    with ExitStack() as stack:
        asked = targets(arguments.output, MERGED, MERGED[0]) if arguments.output else ()
        refuse_read(asked, arguments.parts)
        with reading(arguments.parts):
            parts = read_parts(arguments.parts, TYPED, stack)
        outputs = asked or _only(parts)
        _refuse_others(parts, outputs)
        # Files first: standard output may be a pipe that closes early.
        for target in sorted(outputs, key=lambda each: not each.path):
            its, options = parts[target.format], _options(parts[target.format])
            if told := its.of_baseline:
                its.add_behind(part_behind(target.format, told, options))
            write(target, whole(target.format, its.total, its, options))
        merged = next(iter(parts.values()))
    total = merged.total
    if not total.numbers.failures:
        tell_beside(merged.beside)
    if all(target.path for target in outputs):
        complain(f"fwlint: {summed(total.numbers, total.baseline, total.settings)}")
    return status_of(total.numbers, arguments.fail_on or merged.first.run["fail_on"])


def _only(parts: dict[str, Merged]) -> tuple[Target, ...]:
    """The output where nobody says which; raises UsageError where that could be several."""
    if len(parts) > 1:
        raise UsageError(f"the parts are {' and '.join(parts)}: say with -o where each goes")
    return targets([*parts])


def _refuse_others(parts: dict[str, Merged], outputs: Sequence[Target]) -> None:
    """Raises UsageError for an output without parts, and for parts without an output."""
    for target in outputs:
        if target.format not in parts:
            raise UsageError(
                f"-o {target.format} needs parts of that format (check -o {target.format}); these "
                f"are {' and '.join(parts)}"
            )
    for name in parts:
        if name not in {target.format for target in outputs}:
            raise UsageError(f"there are parts as {name}, and no -o {name} says where they go")


def _options(merged: Merged) -> Options:
    run = merged.first.run
    return Options(
        trace=run["trace"],
        include_waived=run["include_waived"],
        category=run["category"],
        fail_on=run["fail_on"],
        remark=lambda text: complain(f"fwlint merge: {text}"),
    )

"""The command line: which command was asked for, and the exit status.

0: evaluated, and clean at the threshold. 1: findings at or above it. 2: could not evaluate.
Nothing is imported before it is needed: a pre-commit hook starts this program all day long.
"""

import sys

import linter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from parsers.shared.context import Place

# What a shell reports for a program that SIGPIPE ended: 128 + 13.
_PIPE_CLOSED = 141
# The same for SIGINT.
_INTERRUPTED = 130


def main(argv: "Sequence[str] | None" = None) -> int:
    """The exit status of one run with these arguments, or with those of the process."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from linter.commands.output import open_closed

        open_closed()
    try:
        return _main(arguments)
    except KeyboardInterrupt:
        # A person has had enough, and knows where.
        return _INTERRUPTED
    except OSError as error:
        return _unwritten(error)


def _unwritten(error: OSError) -> int:
    from linter.commands.output import close_quietly, complain

    close_quietly(sys.stdout)
    try:
        if not isinstance(error, BrokenPipeError):
            complain(f"fwlint: {error.filename or 'output'}: {error.strerror}")
    except OSError:
        # Then the status alone tells it.
        pass
    close_quietly(sys.stderr)
    return _PIPE_CLOSED if isinstance(error, BrokenPipeError) else 2


def _main(arguments: "Sequence[str]") -> int:
    if arguments == ["--version"]:
        print(linter.version(), flush=True)
        return 0
    from linter.commands.arguments import parsed
    from linter.commands.output import forgive_encoding

    forgive_encoding()
    try:
        return _run(parsed(arguments))
    except SystemExit as stop:
        # argparse has said what there is to say: the help (0), or what is wrong (2).
        sys.stdout.flush()
        return stop.code if isinstance(stop.code, int) else 2


def _run(arguments: "Namespace") -> int:
    from flowmodel.source import InputError, InputErrors
    from fwlint.errors import UsageError
    from linter.commands.output import FAULT, complain, complain_in_lines, complain_of

    try:
        status = _command(arguments)
        sys.stdout.flush()
    except UsageError as error:
        complain_in_lines(f"fwlint {arguments.command}: {error}")
    except InputError as error:
        complain_of((error,))
    except InputErrors as several:
        complain_of(several.errors)
    except OSError:
        raise
    except Exception as crash:  # noqa: BLE001 - Python's own status for a crash, 1, would look like findings
        complain_in_lines(_crash(crash))
        complain(FAULT)
    else:
        return status
    return 2


def _crash(crash: Exception) -> str:
    """Where it happened; not what the exception says, which can be anything in a file."""
    from traceback import format_tb

    return "".join(["Traceback (most recent call last):\n", *format_tb(crash.__traceback__)]) + (
        type(crash).__name__
    )


def _place(arguments: "Namespace") -> "Place":
    from parsers.shared.context import Place

    groups = tuple(each.strip() for each in arguments.groups.split(",") if each.strip())
    return Place(arguments.at, groups, arguments.acl)


def _command(arguments: "Namespace") -> int:
    match arguments.command:
        case "check":
            from linter.commands import check, config

            return check.run(config.applied(arguments))
        case "baseline":
            from linter.commands import baseline, config

            return baseline.run(config.applied(arguments))
        case "trace":
            from linter.commands.trace import run_trace

            return run_trace(
                exports=arguments.exports,
                hook=arguments.hook,
                packets=arguments.packets or "",
                output_format=arguments.format,
                folders=arguments.include_dir,
                place=_place(arguments),
                allowed=arguments.allow_outside,
                addresses=arguments.address,
            )
        case "diff":
            from linter.commands import diff

            return diff.run(arguments)
        case "open":
            from linter.commands import config, openings

            return openings.run(config.applied(arguments))
        case "fleet":
            from linter.commands import overview

            return overview.run(arguments)
        case "merge":
            from linter.commands import merge

            return merge.run(arguments)
        case "init":
            from linter.commands.init.run import run

            return run(arguments)
        case "policy":
            return _policy(arguments)
        case "explain":
            from linter.commands import explain

            return explain.run(arguments)
        case "checks":
            from linter.commands import checks

            return checks.run(arguments.format)
        case _:
            return _told(arguments)


def _told(arguments: "Namespace") -> int:
    match arguments.command:
        case "export-help":
            from linter.commands import recipes

            return recipes.run(arguments.format)
        case "completion":
            from linter.commands import completion

            return completion.run(arguments.shell)
        case _:
            from linter.commands import manual

            return manual.run()


def _policy(arguments: "Namespace") -> int:
    from linter.commands import policy

    match arguments.action:
        case "list":
            return policy.list_policies(arguments.format)
        case "show":
            return policy.show(arguments.name, arguments.format, arguments.section)
        case "check":
            return policy.check(arguments.paths, only_policies=arguments.only_policies)
        case "new":
            from linter.commands import drafting

            return drafting.new(arguments)
        case "import":
            from linter.commands import drafting

            return drafting.import_services(arguments)
        case "draft":
            from linter.commands import drafting

            return drafting.draft(arguments)
        case _:
            return policy.schema()

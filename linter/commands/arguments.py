"""The arguments of every command."""

import argparse
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, NoReturn

import linter
from flowmodel.finding import LEVELS
from linter.report import FORMATS
from linter.report.visible import as_text, visible

_EPILOG = """\
exit status:
  0  evaluated, and no finding at or above the threshold (check --fail-on)
  1  findings at or above it
  2  could not evaluate: wrong usage, unreadable input, nothing to check
"""


class ArgumentParser(argparse.ArgumentParser):
    """A parser that shows what it was given as every other message does."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and exit with 2."""
        super().error(visible(message))

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(as_text(message), file)


def parser() -> ArgumentParser:
    """The parser of the whole command line; the name of the command ends up in `command`."""
    top = ArgumentParser(
        prog="fwlint",
        description="Proves whether firewall exports agree with the port documents of products.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"fwlint {linter.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_trace(commands)
    _add_policy(commands)
    _add_explain(commands)
    commands.add_parser("checks", help="list every finding that fwlint can make")
    return top


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="check the exports of a site against its policies",
        usage="fwlint check [SITE] [options]\n"
        "       fwlint check --policy NAME --role ROLE EXPORT... [options]",
        description="Without a site and without a policy, the site is ./site.yaml.",
    )
    check.add_argument("paths", nargs="*", metavar="SITE | EXPORT", help="a site, or exports")
    _add_machine(check.add_argument_group("one machine, without a site"))
    _add_includes(check)
    _add_choice(check.add_argument_group("findings"))
    _add_output(check.add_argument_group("output"))


def _add_machine(group: Any) -> None:
    group.add_argument("--policy", metavar="NAME", help="the product: a policy's name or path")
    group.add_argument("--role", metavar="ROLE", help="what the machine is to it; several: a,b")
    for name, metavar, text in (
        ("--option", "NAME=yes|no", "answer a question of the policy"),
        ("--parameter", "NAME=PORT", "a port that was changed"),
        ("--bind", "NAME=ADDRESS", "where a role or peer is; several addresses: a,b"),
    ):
        group.add_argument(name, action="append", default=[], metavar=metavar, help=text)
    group.add_argument("--format", default="", metavar="NAME", help="the format of the exports")


def _add_includes(command: ArgumentParser) -> None:
    command.add_argument(
        "--include-dir",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder beside their own from which exports may include files; repeat for several",
    )
    command.add_argument(
        "--allow-outside",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder outside the site's own tree whose files may be named too; repeatable",
    )


def _add_choice(group: Any) -> None:
    group.add_argument(
        "--fail-on",
        choices=[*LEVELS, "never"],
        default="error",
        help="the lowest level that makes the exit status 1 (default: error)",
    )
    for name, text in (("--select", "show these only"), ("--ignore", "do not show these")):
        group.add_argument(
            name,
            action="append",
            default=[],
            metavar="IDS",
            help=f"{text}: beginnings of ids with commas, such as FW1,FW201",
        )
    group.add_argument("--no-waivers", action="store_true", help="show accepted findings too")


def _add_output(group: Any) -> None:
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:PATH]",
        help=f"{', '.join(FORMATS)}; repeat for several at once (default: full)",
    )
    group.add_argument("--trace", action="store_true", help="show the rules each packet passes")
    group.add_argument("-q", "--quiet", action="store_true", help="nothing to standard output")
    group.add_argument("--color", choices=["auto", "always", "never"], default="auto")
    group.add_argument(
        "--sarif-include-waived",
        action="store_true",
        help="accepted findings as suppressed results, which GitHub shows as open",
    )
    group.add_argument(
        "--sarif-category", default="", metavar="TEXT", help="tells runs for one commit apart"
    )


def parsed(arguments: Sequence[str]) -> Namespace:
    """The arguments by name; exits as argparse does where they are wrong.

    argparse does not take `EXPORT --hook input PACKET`: a list of words must stand in one place.
    """
    every = parser()
    found, rest = every.parse_known_args(arguments)
    if rest and (found.command != "trace" or any(word.startswith("-") for word in rest)):
        every.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        found.exports += rest
    return found


def _add_trace(commands: Any) -> None:
    trace = commands.add_parser(
        "trace",
        help="show which rules one packet passes, and what becomes of it",
        description="The packet is an expression such as 'tcp 198.51.100.7:1024 > 192.0.2.1:443'.",
    )
    trace.add_argument(
        "exports", nargs="+", metavar="EXPORT", help="the exports, and behind them the packet"
    )
    _add_includes(trace)
    trace.add_argument("--hook", choices=["input", "forward", "output"], default="input")
    trace.add_argument(
        "--packets", metavar="FILE", help="one packet a line, as JSON; - is standard input"
    )
    trace.add_argument("--format", choices=["text", "json"], default="text")
    place = trace.add_argument_group("which firewall, where the exports hold many (AWS)")
    place.add_argument("--at", default="", metavar="ENI", help="a network interface or address")
    place.add_argument("--groups", default="", metavar="IDS", help="security groups, with commas")
    place.add_argument("--acl", default="", metavar="ID", help="the subnet's network ACL")


def _add_policy(commands: Any) -> None:
    policy = commands.add_parser("policy", help="list, show and check product policies")
    actions = policy.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list the product policies that come with fwlint")
    show = actions.add_parser("show", help="print a policy")
    show.add_argument("name", metavar="NAME")
    check = actions.add_parser("check", help="check policy files themselves")
    check.add_argument("paths", nargs="+", metavar="FILE")
    actions.add_parser("schema", help="print the JSON Schema of policies and sites")


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="print the documentation of a finding")
    which = explain.add_mutually_exclusive_group(required=True)
    which.add_argument("check", nargs="?", metavar="ID | NAME")
    which.add_argument("--all", action="store_true", help="print the documentation of all of them")

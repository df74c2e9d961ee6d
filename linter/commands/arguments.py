"""The arguments of every command."""

import argparse
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import linter
from flowmodel.finding import LEVELS
from linter.commands.argument_parser import ArgumentParser
from linter.commands.baseline_arguments import (
    add_baseline,
    add_baseline_choice,
    add_settings,
)
from linter.commands.fleet.arguments import add_fleet, add_many, add_merge
from linter.engine.budget import SECONDS
from linter.report import FORMATS

if TYPE_CHECKING:
    from datetime import date

_EPILOG = """\
exit status:
  0  success; no finding at or above the threshold (see check --fail-on)
  1  at least one finding at or above the threshold
  2  not evaluated: wrong usage, unreadable input, or nothing to check
"""


def parser(asked: str = "") -> ArgumentParser:
    """The parser of the command line; the name of the command ends up in `command`.

    It has all commands, or the asked one alone: the others are one part in 80 of a small check.
    """
    top = ArgumentParser(
        prog="fwlint",
        description="Proves whether firewall exports match the port documents of products.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=linter.version())
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    adders: dict[str, Callable[[Any], None]] = {
        "check": _add_check,
        "baseline": lambda commands: add_baseline(commands, _add_inputs, _day),
        "trace": _add_trace,
        "diff": _add_diff,
        "open": _add_open,
        "fleet": add_fleet,
        "merge": add_merge,
        "init": _add_init,
        "policy": _add_policy,
    }
    for add in [adders[asked]] if asked in adders else [*adders.values(), _add_lookups]:
        add(commands)
    return top


def _add_init(commands: Any) -> None:
    from linter.commands.init.arguments import add_init

    add_init(commands)


def _add_policy(commands: Any) -> None:
    from linter.commands.policy_arguments import add_policy

    add_policy(commands)


def _add_lookups(commands: Any) -> None:
    from linter.commands.lookup_arguments import add_lookups

    add_lookups(commands)


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="check a site's firewall exports against product policies",
        usage="fwlint check [SITE] [options]\n"
        "       fwlint check --policy NAME --role ROLE EXPORT... [options]\n"
        "       fwlint check SITE... FOLDER... EXPORT... [options]",
        description="Checks the exports that a site file lists, those of a single machine, or "
        "those of many sites and devices. Without arguments, the site file is that of the "
        "settings, or ./site.yaml.",
    )
    _add_inputs(check)
    findings = check.add_argument_group("which findings count")
    findings.add_argument(
        "--fail-on",
        choices=[*LEVELS, "never"],
        default="error",
        help="lowest level that makes the exit status 1 (default: error)",
    )
    findings.add_argument(
        "--no-waivers", action="store_true", help="also show findings that the site waives"
    )
    add_baseline_choice(findings)
    _add_output(check.add_argument_group("output"))
    add_many(check.add_argument_group("many inputs"))


def _add_inputs(command: ArgumentParser) -> None:
    """What is checked, by which checks."""
    command.add_argument("paths", nargs="*", metavar="SITE | EXPORT", help="site files, or exports")
    command.add_argument(
        "--each",
        action="store_true",
        help="files of many devices: those of one name are one; what is no export is passed over",
    )
    _add_machine(command.add_argument_group("checking one machine without a site file"))
    _add_includes(command)
    _add_choice(command.add_argument_group("findings"))
    add_settings(command)


def _add_machine(group: Any) -> None:
    group.add_argument(
        "--policy", metavar="NAME", help="name of the product policy, or path of a policy file"
    )
    group.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ROLE",
        help="role of the machine in the product; separate several with commas",
    )
    group.add_argument(
        "--ipv6",
        choices=["yes", "no"],
        default="yes",
        help="no: IPv6 is switched off on the machine (default: yes)",
    )
    for name, metavar, text in (
        ("--option", "NAME=ANSWER", "answer an option of the policy, such as `public=yes`"),
        ("--parameter", "NAME=PORT", "port to use instead of the policy's default"),
        ("--bind", "NAME=ADDRESS", "address of a role or peer; separate several with commas"),
        ("--address", "ADDRESS", "address of the machine; separate several with commas"),
        ("--interface", "NAME=NETWORK", "internet, or the addresses behind an interface"),
    ):
        group.add_argument(name, action="append", default=[], metavar=metavar, help=text)
    group.add_argument(
        "--format",
        default="",
        metavar="NAME",
        help="format of the exports (default: detected from their content)",
    )


def _add_includes(command: ArgumentParser) -> None:
    command.add_argument(
        "--include-dir",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder from which exports may also include files; repeatable",
    )
    command.add_argument(
        "--allow-outside",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder outside the site's own tree whose files may be named too; repeatable",
    )


def _add_choice(group: Any) -> None:
    for name, text in (
        ("--select", "show only these checks"),
        ("--ignore", "hide these checks"),
    ):
        group.add_argument(
            name,
            action="append",
            default=[],
            metavar="IDS",
            help=f"{text}: comma-separated ids or id prefixes, such as FW1,FW201",
        )
    _add_work_limit(group)
    group.add_argument(
        "--date",
        type=_day,
        metavar="YYYY-MM-DD",
        help="day for which the ends of rules and waivers are judged (default: today)",
    )


def _day(text: str) -> "date":
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-05-31") from None


def _add_work_limit(group: Any) -> None:
    group.add_argument(
        "--work-limit",
        type=float,
        default=SECONDS,
        metavar="SECONDS",
        help="processor time for rules that are hard to follow; what takes longer is reported as "
        f"undecided (default: {SECONDS:g}, and more for many rules)",
    )


def _add_output(group: Any) -> None:
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:PATH]",
        help=f"{', '.join(FORMATS)} (default: full); repeatable; only one may omit PATH",
    )
    group.add_argument(
        "--fix",
        choices=["print", "apply"],
        default="",
        metavar="apply",
        help="show edits that are proved to mend findings and to change nothing else; "
        "--fix=apply also writes copies of the edited files into a new folder (--fix-to)",
    )
    group.add_argument(
        "--fix-to", default="", metavar="DIR", help="the folder to make for --fix=apply"
    )
    group.add_argument(
        "--trace", action="store_true", help="show the rules that each example packet passes"
    )
    group.add_argument(
        "--openings",
        choices=["yes", "no"],
        default="",
        help="whether to tell all that is open, of exports that are checked by themselves "
        "(default: no for many inputs and with --each, else yes)",
    )
    group.add_argument(
        "-q", "--quiet", action="store_true", help="print nothing to standard output"
    )
    group.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default="auto",
        help="color the output (default: auto, on a terminal)",
    )
    group.add_argument(
        "--sarif-include-waived",
        action="store_true",
        help="write waived findings as suppressed results (GitHub shows them as open)",
    )
    group.add_argument(
        "--sarif-category",
        default="",
        metavar="TEXT",
        help="name of this run, to tell several runs for one commit apart",
    )


def parsed(arguments: Sequence[str]) -> Namespace:
    """The arguments by name; exits as argparse does where they are wrong.

    argparse does not take `EXPORT --hook input PACKET`: a list of words must stand in one place.
    """
    top = parser(arguments[0] if arguments else "")
    # argparse would take the file behind a bare option for its value.
    arguments = ["--fix=print" if word == "--fix" else word for word in arguments]
    found, rest = top.parse_known_args(arguments)
    if rest and (found.command != "trace" or any(word.startswith("-") for word in rest)):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        found.exports += rest
    return found


def _add_trace(commands: Any) -> None:
    trace = commands.add_parser(
        "trace",
        help="show the rules that a packet passes, and the verdict",
        usage="fwlint trace EXPORT... PACKET [options]\n"
        "       fwlint trace EXPORT... --packets FILE [options]",
        description="Shows the rules that a packet passes, and the verdict. The packet is an "
        "expression such as 'tcp 198.51.100.7:1024 > 192.0.2.1:443'.",
    )
    trace.add_argument(
        "exports", nargs="+", metavar="EXPORT", help="the exports of one device; then the packet"
    )
    _add_includes(trace)
    trace.add_argument(
        "--hook",
        choices=["input", "forward", "output"],
        help="path of the packet through the device (default: wherever its address leads, behind "
        "translation)",
    )
    trace.add_argument(
        "--address",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="one of the device's own addresses; repeatable, and no other address of that family "
        "is then its own",
    )
    trace.add_argument(
        "--packets",
        metavar="FILE",
        help="read packets from FILE, one JSON object per line; - is standard input",
    )
    trace.add_argument(
        "--format", choices=["text", "json"], default="text", help="output format (default: text)"
    )
    place = trace.add_argument_group("choosing a firewall, if the exports contain several (AWS)")
    place.add_argument(
        "--at", default="", metavar="ENI", help="id or address of the network interface"
    )
    place.add_argument(
        "--groups", default="", metavar="IDS", help="comma-separated security groups"
    )
    place.add_argument("--acl", default="", metavar="ID", help="network ACL of the subnet, or none")


def _add_diff(commands: Any) -> None:
    diff = commands.add_parser(
        "diff",
        help="show which connections a change of rules opens and closes",
        usage="fwlint diff OLD NEW [options]\n       fwlint diff --git OLD..NEW PATH [options]",
        description="Proves which packets two exports of one device treat differently: which "
        "connections the new one opens and closes, with an example packet and the rules that "
        "decide it on both sides.",
    )
    diff.add_argument(
        "paths", nargs="+", metavar="PATH", help="two exports, folders of exports or site files"
    )
    diff.add_argument(
        "--git",
        default="",
        metavar="OLD..NEW",
        help="compare the one PATH at two revisions of its Git repository",
    )
    _add_includes(diff)
    diff.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="an interface that has another name in the new export; may be repeated",
    )
    diff.add_argument(
        "--fail-on-opened",
        action="store_true",
        help="exit with 1 if the change opens connections, surely or possibly, or sends them "
        "elsewhere",
    )
    diff.add_argument(
        "--format",
        choices=["text", "json", "markdown"],
        default="text",
        help="output format (default: text)",
    )
    _add_work_limit(diff)


def _add_open(commands: Any) -> None:
    opened = commands.add_parser(
        "open",
        help="list what is open on a device, from where, and by which rule",
        usage="fwlint open EXPORT... [options]\n       fwlint open SITE [options]",
        description="Lists which services the exports of one device, or of each device of a site, "
        "let in and through, from where, and by which rules.",
    )
    opened.add_argument(
        "paths", nargs="+", metavar="EXPORT | SITE", help="the exports of one device, or a site"
    )
    _add_includes(opened)
    opened.add_argument(
        "--ipv6",
        choices=["yes", "no"],
        default="yes",
        help="no: IPv6 is switched off on the device (default: yes)",
    )
    opened.add_argument(
        "--format",
        choices=["text", "json", "markdown"],
        default="text",
        help="output format (default: text)",
    )
    add_settings(opened)
    _add_work_limit(opened)

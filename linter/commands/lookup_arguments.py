"""The arguments of the commands that only tell something: of checks, exports, and fwlint itself."""

from typing import Any, Final

SHELLS: Final = ("bash", "zsh", "fish", "tcsh")
"""The shells that completion is written for."""


def add_lookups(commands: Any) -> None:
    """Add the commands."""
    _add_explain(commands)
    checks = commands.add_parser("checks", help="list all checks")
    add_format(checks)
    recipes = commands.add_parser(
        "export-help",
        help="print the commands that make an export",
        description="Prints the commands, or the pages of a web interface, that make the exports "
        "of a format; without one, those of all formats.",
    )
    recipes.add_argument(
        "format",
        nargs="?",
        default="",
        metavar="FORMAT",
        help="a format or a firewall, such as nftables or pfsense",
    )
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands in a shell",
        description="Prints a script for a shell: with it, the tab key completes commands, "
        "options, ids of checks and names of policies.",
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    commands.add_parser(
        "man", help="print the manual page", description="Prints the manual page, for man -l -."
    )


def add_format(command: Any) -> None:
    """Add the option for text or JSON."""
    command.add_argument(
        "--format", choices=["text", "json"], default="text", help="output format (default: text)"
    )


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="print the documentation of a check")
    which = explain.add_mutually_exclusive_group(required=True)
    which.add_argument("check", nargs="?", metavar="ID | NAME", help="the check, as in FW203")
    which.add_argument("--all", action="store_true", help="print the documentation of all checks")
    add_format(explain)

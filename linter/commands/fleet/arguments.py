"""The arguments of `fwlint fleet`."""

from typing import Any, Final

from flowmodel.finding import LEVELS

FORMATS: Final = ("text", "json", "html")
"""What a fleet's answers are written in."""


def add_fleet(commands: Any) -> None:
    """Add the command."""
    fleet = commands.add_parser(
        "fleet",
        help="group the findings of many inputs, and compare them with the run before",
        usage="fwlint fleet REPORT... [--before OLD] [options]",
        description="Groups the findings of a run of many inputs by check, by rule, by owner and "
        "by policy, and says which are new and which are gone since another run. The reports are "
        "those of `fwlint check ... -o json`.",
    )
    fleet.add_argument(
        "reports",
        nargs="+",
        metavar="REPORT",
        help="the report of a run as JSON, or several, each of other inputs",
    )
    fleet.add_argument(
        "--before",
        action="append",
        default=[],
        metavar="OLD",
        help="a report of the run before; repeatable if that has several",
    )
    fleet.add_argument(
        "--fail-on-new",
        choices=LEVELS,
        default="",
        metavar="LEVEL",
        help="exit with 1 if a finding of this level or above was not there before, or is another "
        "one now, and with 2 if an input could not be evaluated",
    )
    fleet.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:PATH]",
        help=f"{', '.join(FORMATS)} (default: text); repeatable; only one may omit PATH",
    )

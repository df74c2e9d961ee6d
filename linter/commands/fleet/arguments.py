"""The arguments of `fwlint fleet` and `fwlint merge`, and which share `--shard` means."""

import argparse
import re
from typing import Any, Final

from flowmodel.finding import LEVELS
from flowmodel.record import NamedTuple

FORMATS: Final = ("text", "json", "html")
"""What a fleet's answers are written in."""
MERGED: Final = ("json", "sarif", "html")
"""What shares can be merged of."""
_MOST: Final = 10_000
_MOST_JOBS: Final = 1024


class Shard(NamedTuple):
    """Which of how many shares."""

    number: int
    of: int


def shard(text: str) -> Shard:
    """What the argument `I/N` says; raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{1,5})/(\d{1,5})", text, re.ASCII)
    number, of = map(int, found.groups()) if found else (0, 0)
    if not 0 < number <= of <= _MOST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no share such as 2/8: I/N, with I from 1 to N, and N up to {_MOST}"
        )
    return Shard(number, of)


def add_many(group: Any) -> None:
    """Add what `fwlint check` has for many inputs."""
    group.add_argument(
        "--jobs",
        type=_count,
        default=0,
        metavar="N",
        help="how many processes check many inputs (default: one for each core, and none beside "
        "this one for a few small inputs); 1: this process alone",
    )
    group.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="have many inputs checked on a Dask cluster, such as tcp://192.0.2.1:8786; local: on "
        "one that is begun here, of --jobs processes (needs fwlint[dask])",
    )
    group.add_argument(
        "--cache",
        default="",
        metavar="DIR",
        help="a folder that keeps the results of many inputs: what has not changed is not checked "
        "again; whoever can write there can say what is found",
    )
    group.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="check share I of N of many inputs; `fwlint merge` makes one report of all shares",
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_JOBS}")
    return int(text)


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


def add_merge(commands: Any) -> None:
    """Add the command."""
    merge = commands.add_parser(
        "merge",
        help="make one report of those of all shares (check --shard)",
        usage="fwlint merge PART... [options]",
        description="Writes what one run over all inputs would have written, of what "
        "`fwlint check ... --shard I/N` wrote for each share, as JSON, SARIF or HTML. The exit "
        "status is that of the one run.",
    )
    merge.add_argument(
        "parts",
        nargs="+",
        metavar="PART",
        help="what each share wrote, in any order; of several formats, all shares of each",
    )
    merge.add_argument(
        "--fail-on",
        choices=[*LEVELS, "never"],
        default="",
        help="lowest level that makes the exit status 1 (default: that of the shares)",
    )
    merge.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[:PATH]",
        help=f"{', '.join(MERGED)} (default: the format of the parts); repeatable; only one may "
        "omit PATH",
    )

"""The arguments about settings and baselines."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

DAYS: Final = 90
"""How long a baseline counts where nobody says it: a quarter, in which the worst can be mended."""


def add_settings(command: Any) -> None:
    """Add what chooses the file of settings, and what stands where it says nothing."""
    group = command.add_argument_group("settings")
    group.add_argument(
        "--config",
        default="",
        metavar="FILE",
        help="file of settings (default: fwlint.toml, or [tool.fwlint] in pyproject.toml, here or "
        "in a folder above, up to the root of the repository)",
    )
    group.add_argument("--no-config", action="store_true", help="read no file of settings")
    command.set_defaults(
        settings=None,
        site="",
        tree="",
        marked=(),
        unmarked=(),
        outputs=(),
        reach_of_baseline=None,
    )


def add_baseline_choice(group: Any) -> None:
    """Add what chooses the baseline of a check."""
    group.add_argument(
        "--baseline",
        default="",
        metavar="FILE",
        help="report only what is not in this baseline, or is worse than there (see fwlint "
        "baseline)",
    )
    group.add_argument(
        "--no-baseline", action="store_true", help="use no baseline, whatever the settings say"
    )


def add_baseline(
    commands: Any, add_inputs: "Callable[[Any], None]", day: "Callable[[str], date]"
) -> None:
    """Add `fwlint baseline`, which takes what `fwlint check` does."""
    baseline = commands.add_parser(
        "baseline",
        help="accept the findings of today, so that a check reports what is new",
        usage="fwlint baseline [SITE] -o FILE [options]\n"
        "       fwlint baseline EXPORT... -o FILE [options]\n"
        "       fwlint baseline [SITE] -o FILE --prune [options]",
        description="Writes all findings of today into a file for fwlint check --baseline, which "
        "then reports what is new or worse. Takes the same sites and exports.",
    )
    add_inputs(baseline)
    group = baseline.add_argument_group("baseline")
    group.add_argument(
        "-o",
        dest="file",
        default="",
        metavar="FILE",
        help="the file to write (default: the baseline of the settings); an older baseline of the "
        "same site is replaced",
    )
    group.add_argument(
        "--expires",
        type=day,
        metavar="YYYY-MM-DD",
        help=f"last day on which it counts (default: {DAYS} days from today)",
    )
    group.add_argument(
        "--prune",
        action="store_true",
        help="accept nothing new: only take out of the file what is no longer there, and narrow "
        "what has become less",
    )
    baseline.set_defaults(no_baseline=False, no_waivers=False, fix="", baseline="", quiet=False)

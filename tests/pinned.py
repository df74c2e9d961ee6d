"""The checks whose findings the goldens of whole runs show.

A check that is added later has cases of its own in fixtures/checks, and moves no other golden.
"""

from typing import Final

REQUIRED: Final = tuple(f"FW{number}" for number in range(101, 114))
EXPOSURE: Final = tuple(f"FW{number}" for number in range(201, 215))
RULE_BASE: Final = ("FW307", "FW313", "FW401")
SITE: Final = tuple(f"FW{number}" for number in range(501, 511))
INPUT: Final = tuple(f"FW{number}" for number in range(901, 905))
_LEFT_OUT: Final = ("FW301", "FW302")
_SHOWN: Final = (*REQUIRED, *EXPOSURE, *RULE_BASE, *SITE, *INPUT)
KNOWN: Final = (*_SHOWN, *_LEFT_OUT)
"""All checks that there are for a whole run whose output tells which ones it left out."""
SELECTED: Final = ("--select", ",".join(_SHOWN))


def pinned(arguments: list[str]) -> list[str]:
    """The arguments of fwlint, with these checks selected where `check` selects none."""
    if arguments[:1] != ["check"] or "--select" in arguments:
        return arguments
    return [*arguments, *SELECTED]

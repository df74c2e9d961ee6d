"""When a match of the extension `time` ends for good (iptables-extensions(8), time)."""

import re
from datetime import date
from typing import Final

_STOP: Final = r"--datestop[\s=]+\"?([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?(?![0-9-])"


def last_day(text: str) -> str:
    """The last day on which a packet can match; empty where that is no day."""
    stop = re.search(_STOP, text)
    if stop is None:
        return ""
    try:
        return date(int(stop[1]), int(stop[2] or 1), int(stop[3] or 1)).isoformat()
    except ValueError:
        return ""

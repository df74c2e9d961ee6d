"""When a test of the time of a packet ends for good (nft(8), META EXPRESSIONS: time)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_TEST: Final = re.compile(
    r"(?:meta )?time\s*(==|<=|<(?!=)|lt |le |eq |)\s*([{\"\d].*)", re.ASCII | re.DOTALL
)
_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:\s+(\d\d:\d\d)(:\d\d)?)?|(?<![\d:-])(\d{9,11})\b", re.ASCII
)


def last_day(text: str) -> str:
    """The last day on which a packet can pass the test; empty where that is no day."""
    test = _TEST.fullmatch(text)
    if test is None:
        return ""
    try:
        moments = [_moment(*each) for each in _MOMENT.findall(test[2])]
    except (ValueError, OverflowError, OSError):
        return ""
    if not moments:
        return ""
    is_before = test[1].strip() in ("<", "lt")
    return (max(moments) - timedelta(seconds=is_before)).date().isoformat()


def _moment(day: str, minute: str, second: str, seconds: str) -> datetime:
    if seconds:
        return datetime.fromtimestamp(int(seconds), UTC)
    return datetime.fromisoformat(f"{day} {minute or '00:00'}{second or ':00'}+00:00")

"""The text of a rule without what differs where the rule does not: counters, handles, comments."""

import re
from typing import Final

LONGEST: Final = 1000
"""Characters of a line that a report has (`json_data.place_of`)."""
_QUOTED: Final = r'"(?>(?:[^"\\]|\\.)*)"'
_DIFFERENT: Final = (
    (re.compile(r"^\s*\[\d+:\d+\]"), ""),  # iptables-save -c
    (re.compile(r"\[\d+:\d+\]\s*$"), ""),  # the same of a chain's policy
    (re.compile(r"(?:^|\s)-c \d+ \d+(?=\s|$)"), ""),  # iptables -S -v
    (re.compile(rf"-m comment --comment (?:{_QUOTED}|\S+)"), ""),
    (re.compile(r"\bcounter packets \d+ bytes \d+"), "counter"),  # nft
    (re.compile(rf"\bcomment {_QUOTED}"), ""),
    (re.compile(r"# handle \d+\s*$"), ""),  # nft -a
)


def normal(text: str) -> str:
    """The text by which rules of several devices are one; it is for people, not to be loaded."""
    for pattern, instead in _DIFFERENT:
        text = pattern.sub(instead, text)
    shown = " ".join(text.split())
    return f"{shown} …" if len(text) >= LONGEST else shown

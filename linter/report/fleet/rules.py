"""The text of a rule without what differs where the rule does not: counters, handles, comments."""

import re
from functools import lru_cache
from typing import Final

from linter.checks.lasting import lasting
from linter.report.json_data import TEXT_LIMIT

_QUOTED: Final = r'"(?>(?:[^"\\]|\\.)*)"'
_DIFFERENT: Final = (
    re.compile(r"^\s*\[\d+:\d+\]"),  # iptables-save -c
    re.compile(r"\[\d+:\d+\]\s*$"),  # the same of a chain's policy
    re.compile(rf"-m comment --comment (?:{_QUOTED}|\S+)"),
    re.compile(rf"\bcomment {_QUOTED}"),
    re.compile(r"# handle \d+\s*$"),  # nft -a
)


@lru_cache(1000)
def normal(text: str) -> str:
    """The text by which rules of several devices are one; it is for people, not to be loaded."""
    shown = lasting(text)
    for pattern in _DIFFERENT:
        shown = pattern.sub("", shown)
    shown = " ".join(shown.split())
    return f"{shown} …" if len(text) >= TEXT_LIMIT else shown

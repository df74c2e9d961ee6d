"""Texts of rules without what changes by itself while a rule stays the same."""

import re
from typing import Final

# What a rule has counted: nft (statements `counter`, `quota`, `last`), and the options of iptables
# that set counters (`iptables -S -v`). iptables-save has them before the rule, where no text is.
_COUNTED: Final = (
    ("counter packets", r"\bcounter packets \d+ bytes \d+", "counter"),
    ('"counter"', r'("counter": ?\{)[^{}]*\}', r"\1}"),
    ("quota", r"(\bquota (?:over |until )?\d+ \w+) used \d+ \w+", r"\1"),
    ("last used", r"\blast used (?:never|(?:\d+(?:ms|[wdhms]))+)", "last"),
    ("-c", r"(?<!\S)(?:-c|--set-counters) \d+ \d+ ?", ""),
)
"""Each with what is in every text that has it: most have none."""


def lasting(text: str) -> str:
    """The text without counters: it names a rule in every run."""
    for sign, pattern, instead in _COUNTED:
        if sign in text:
            text = re.sub(pattern, instead, text)
    return text

"""Texts of rules without what changes by itself while a rule stays the same."""

import re
from typing import Final

# What a rule has counted: nft (statements `counter`, `quota`, `last`), and the options of iptables
# that set counters (`iptables -S -v`). iptables-save has them before the rule, where no text is.
_COUNTED: Final = (
    (re.compile(r"\bcounter packets \d+ bytes \d+"), "counter"),
    (re.compile(r'("counter": ?\{)[^{}]*\}'), r"\1}"),
    (re.compile(r"(\bquota (?:over |until )?\d+ \w+) used \d+ \w+"), r"\1"),
    (re.compile(r"\blast used (?:never|(?:\d+(?:ms|[wdhms]))+)"), "last"),
    (re.compile(r"(?<!\S)(?:-c|--set-counters) \d+ \d+ ?"), ""),
)


def lasting(text: str) -> str:
    """The text without counters: it names a rule in every run."""
    for pattern, instead in _COUNTED:
        text = pattern.sub(instead, text)
    return text

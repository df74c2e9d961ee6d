"""Sets whose elements may be missing: `nft -t list ruleset` prints none, and a script may add some.

Such a listing looks like one of empty sets. It is taken for one if no set has an element, and some
rule would be pointless if that were true: it lets something pass, or asks a map. A rule that drops
what is in an empty set is common where programs ban addresses, and counts as it stands.
"""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.ruleset import Gap
from parsers.nftables.state import State
from parsers.nftables.unused import names_in

_QUOTED: Final = re.compile(r'"[^"\n]*"')
# A verdict ends a rule; what is called so in a comment, a set's or a chain's name is none.
_DROPS: Final = re.compile(
    r"(?<!\S)(?<!jump )(?<!goto )(?:drop|reject(?:\s+with\s+[\w\s-]+?)?)(?:\s+comment)?\s*\Z"
)
_ASKS_FOR_MORE: Final = re.compile(r"!=|\bv?map\b")


def mark_untold(state: State) -> Iterator[Gap]:
    """Mark the sets and maps of which nobody knows what is in them: a remark for each."""
    sets = [each for table in state.tables.values() for each in table.sets.values()]
    if any(each.elements for each in sets) or not any(_pointless(state)):
        return
    for each in sets:
        each.is_untold = not each.is_dynamic
        if each.is_untold:
            kind = "map" if each.is_map else "set"
            message = (
                "no set in the export has elements, as if `nft -t` had listed them: what is in "
                f"the {kind} `{each.name}` counts as unknown"
            )
            yield Gap("FW902", message, each.span, each.name)


def _pointless(state: State) -> Iterator[bool]:
    """For each rule that asks sets which no rule fills: whether empty ones make it pointless."""
    for table in state.tables.values():
        given = {name for name, each in table.sets.items() if not each.is_dynamic}
        for chain in table.chains.values() if given else ():
            for rule in chain.rules:
                if "@" in rule.text and given & names_in(rule.text):
                    said = _QUOTED.sub("", rule.text)
                    yield not _DROPS.search(said) or bool(_ASKS_FOR_MORE.search(said))

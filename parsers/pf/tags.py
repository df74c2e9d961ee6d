"""pf's tags, and what the translations leave for the filter, as bits of the packet's mark."""

from collections.abc import Sequence

from linter.model.verdict import Effect, SetMark
from parsers.pf.rules import PfRule, Translation

PASSED = 1
"""The bit that `rdr pass` sets: the filter is not asked."""
TRANSLATED = {"in": 2, "out": 4}
"""The bits of packets that a translation has changed at that side."""
_FIRST = 8
"""The lowest bit of the tag's number; the number is 0 where there is no tag."""


def keeping(bits: int, value: int) -> SetMark:
    """The effect that gives those bits of the mark the value, and leaves the others alone."""
    return SetMark("mark", 0xFFFFFFFF & ~bits, value)


class Tags:
    """The tags of a configuration: a packet has one or none (pf.conf(5), "tag")."""

    def __init__(self, rules: Sequence[PfRule], moved: Sequence[Translation]) -> None:
        names = [name for rule in rules for name in (rule.tag, rule.tagged)]
        names += [name for each in moved for name in (each.tag, each.tagged)]
        known = dict.fromkeys(name.removeprefix("!") for name in names if name)
        self._numbers = {name: number for number, name in enumerate(known, 1)}
        self.mask = _FIRST * ((1 << len(self._numbers).bit_length()) - 1)
        self._last = {
            side: max(
                (
                    index
                    for index, rule in enumerate(rules)
                    if rule.tag
                    and rule.direction in (side, "any")
                    and not rule.is_disabled
                    and (rule.action == "match" or not rule.quick)
                ),
                default=-1,
            )
            for side in ("in", "out")
        }

    def value(self, name: str) -> int:
        """The bits of the mark that stand for the tag."""
        return self._numbers[name] * _FIRST

    def effects(self, name: str) -> tuple[Effect, ...]:
        """What a rule with the tag does to the packet."""
        return (keeping(self.mask, self.value(name)),) if name else ()

    def changes_behind(self, index: int, side: str) -> bool:
        """Whether a rule behind the one of the index changes tags, and evaluation goes on."""
        return self._last[side] > index

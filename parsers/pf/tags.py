"""pf's tags, and what the translations leave for the filter, as bits of the packet's mark."""

from collections.abc import Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES
from flowmodel.values import is_subset, single
from flowmodel.verdict import Effect, SetMark
from parsers.pf.rules import PfRule, Translation

WITHOUT = SetMark("mark", 0, 0)
"""What is true of a packet that arrives: it has no tag."""
PASSED = 1
"""The bit that `rdr pass` sets: the filter is not asked."""
TRANSLATED = {"in": 2, "out": 4}
"""The bits of packets that a translation has changed at that side."""
EVERYONE = Addresses(single((1 << 32) - 1))
"""The limited broadcast, 255.255.255.255, which is not forwarded (RFC 1812, 5.3.5.1)."""
DELIVERED = 1 << 31
"""The bit of packets that are for the device itself, as a rule about its own addresses says."""
SIDES = {"rdr": ("in",), "nat": ("out",), "binat": ("in", "out")}
"""The sides at which each kind of translation changes packets."""
_FIRST = 8
"""The lowest bit of the tag's number; the number is 0 where there is no tag."""


class Tags:
    """The tags of a configuration: a packet has one or none (pf.conf(5), "tag")."""

    def __init__(
        self, rules: Sequence[PfRule], moved: Sequence[Translation], own: Addresses
    ) -> None:
        self._itself = own | EVERYONE
        names = [rule.tag for rule in rules] + [each.tag for each in moved]
        known = dict.fromkeys(name for name in names if name)
        self._numbers = {name: number for number, name in enumerate(known, 1)}
        self.mask = _FIRST * ((1 << len(self._numbers).bit_length()) - 1)
        self._used = self.mask
        for each in moved:
            if each.target is not None:
                for side in SIDES[each.kind]:
                    self._used |= TRANSLATED[side] | (PASSED if each.passes else 0)
        if any(map(self.is_for_itself, rules)):
            self._used |= DELIVERED
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

        self._matched: dict[tuple[int, str], int] = {}
        for index, rule in enumerate(rules):
            if rule.tagged and not rule.quick and rule.action != "match" and not rule.is_disabled:
                for side in ("in", "out"):
                    self._remember(rule, index, side)

    def _remember(self, rule: PfRule, index: int, side: str) -> None:
        """Find a bit for whether the rule has matched, if that cannot be seen any more later."""
        bit = 1 << max(self._used & ~DELIVERED, self.mask, _FIRST // 2).bit_length()
        if rule.direction in (side, "any") and self._last[side] >= index and bit < DELIVERED:
            self._matched[index, side] = bit
            self._used |= bit

    def matched(self, index: int, side: str) -> int:
        """The bit that says that a rule has matched, before tags changed; 0 if it has none."""
        return self._matched.get((index, side), 0)

    def value(self, name: str) -> int:
        """The bits of the mark that stand for the tag; -1 for one that no packet gets."""
        return self._numbers[name] * _FIRST if name in self._numbers else -1

    @property
    def delivers(self) -> bool:
        """Whether a rule says of packets that they are for the device itself."""
        return bool(self._used & DELIVERED)

    @property
    def any(self) -> bool:
        """Whether any bit of the mark is used."""
        return self._used > 0

    def keeping(self, bits: int, value: int) -> SetMark:
        """The effect that gives those bits of the mark the value, and leaves the others."""
        return SetMark("mark", self._used & ~bits, value)

    def is_for_itself(self, rule: PfRule) -> bool:
        """Whether what a rule passes is for the device alone, or for everyone in a network."""
        end = rule.destination
        if rule.action != "pass" or rule.direction == "out" or rule.is_disabled or end.negated:
            return False
        if not (end.is_own if end.unread else end.addresses):
            return False
        return all(is_subset(end.addresses.of(each), self._itself.of(each)) for each in FAMILIES)

    def effects(self, name: str) -> tuple[Effect, ...]:
        """What a rule with the tag does to the packet."""
        if name not in self._numbers:
            return ()
        return (self.keeping(self.mask, self.value(name)),)

    def changes_from(self, index: int, side: str) -> bool:
        """Whether the rule of the index or one behind changes tags, and evaluation goes on."""
        return self._last[side] >= index

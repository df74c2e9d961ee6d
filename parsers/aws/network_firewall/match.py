"""Conditions about packets as Network Firewall sees them, each made once for equal values."""

from collections.abc import Callable, Hashable
from typing import Final

from flowmodel import fields
from flowmodel.addresses import Addresses
from flowmodel.fields import IN_STATELESS, NumberField
from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Not,
    Test,
    Unread,
    Volatile,
)
from flowmodel.record import NamedTuple
from flowmodel.values import Values, complement, full, intersection, single, union

ANY_PROTOCOL: Final = full(8)
ANY_PORT: Final = full(16)


class View(NamedTuple):
    """Of which packet the fields are that a match asks for."""

    src: NumberField
    dst: NumberField
    sport: NumberField
    dport: NumberField
    suffix: str
    """What tells apart the unread texts about another packet than the one that is judged."""


PACKET: Final = View("src", "dst", "sport", "dport", "")
OTHER_WAY: Final = View("dst", "src", "dport", "sport", " (for packets of the other direction)")
FIRST: Final = View(
    "orig_src", "orig_dst", "orig_sport", "orig_dport", " (for an earlier packet of the connection)"
)
REPLY: Final = View("orig_dst", "orig_src", "orig_dport", "orig_sport", FIRST.suffix)


class Conditions:
    """Makes conditions; equal ones are one object, as flowmodel.match wants it.

    `is_mixed`: some connections pass by the stateful engine, which may meet their later packets.
    """

    def __init__(self, *, is_mixed: bool = False) -> None:
        self.is_mixed = is_mixed
        self._made: dict[Hashable, Condition] = {}

    def _once(self, key: Hashable, make: Callable[[], Condition]) -> Condition:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def test(self, field: NumberField, values: Values) -> Condition:
        """The field has one of the values."""
        return self._once((field, values), lambda: Test(field, values))

    def masked(self, field: NumberField, mask: int, value: int) -> Condition:
        """The bits of the field under the mask have a value."""
        return self._once((field, mask, value), lambda: Masked(field, mask, value))

    def unread(self, text: str) -> Condition:
        """What only the packet's contents, or the surroundings, tell."""
        return self._once(("unread", text), lambda: Unread(text))

    def volatile(self, text: str) -> Condition:
        """What other packets, or other rules, have left behind."""
        return Volatile(text)

    def any(self, *ways: Match) -> Match:
        """At least one of the matches holds."""
        if () in ways or not ways:
            return ()
        known = tuple(dict.fromkeys(ways))
        if len(known) == 1:
            return known[0]
        parts = tuple(way[0] if len(way) == 1 else self.all(way) for way in known)
        return (self._once(("any", parts), lambda: Any(parts)),)

    def all(self, match: Match) -> Condition:
        """All conditions of the match hold."""
        return self._once(("all", match), lambda: All(match))

    def no(self, condition: Condition) -> Condition:
        """The condition does not hold."""
        return self._once(("not", condition), lambda: Not(condition))

    def family(self, family: fields.Family) -> Condition:
        """The packet is of an address family."""
        return self._once(("family", family), lambda: IsFamily(family))

    def addresses(self, field: NumberField, found: Addresses) -> Match:
        """The field has one of the addresses; an empty set never holds."""
        ways: list[Match] = []
        for family, values in ((4, found.v4), (6, found.v6)):
            bits = 32 if family == 4 else 128
            if values:
                is_family = self.family(4 if family == 4 else 6)
                test = () if values == full(bits) else (self.test(field, values),)
                ways.append((is_family, *test))
        if not ways:
            return (self._once("never", lambda: Any(())),)
        if found.v4 == full(32) and found.v6 == full(128):
            return ()
        return self.any(*ways)

    def protocols(self, values: Values) -> Match:
        """The packet is of one of the protocols."""
        return () if values == ANY_PROTOCOL else (self.test("proto", values),)

    def ports(
        self, view: View, protocols: Values, ported: Values, ports: tuple[Values, Values], why: str
    ) -> Match:
        """The packet is of one of the protocols, and of those that have ports, has such ports.

        `why` is the unread text for those that have none: whether a rule with ports matches them.
        """
        source, destination = ports
        if source == ANY_PORT and destination == ANY_PORT:
            return self.protocols(protocols)
        tests = []
        if source != ANY_PORT:
            tests.append(self.test(view.sport, source))
        if destination != ANY_PORT:
            tests.append(self.test(view.dport, destination))
        return self.only_for(protocols, ported, tuple(tests), why + view.suffix)

    def only_for(self, protocols: Values, meant: Values, tests: Match, why: str) -> Match:
        """The tests hold for packets of the meant protocols; of others, nobody knows."""
        inside = intersection(protocols, meant)
        outside = intersection(protocols, complement(meant, 8))
        ways: list[Match] = []
        if inside:
            ways.append((self.test("proto", inside), *tests))
        if outside:
            ways.append((self.test("proto", outside), self.unread(why)))
        return self.any(*ways)

    # What connection tracking knows of the packet.

    def state(self, *states: int) -> Condition:
        """The packet's state is one of these."""
        return self.test("state", union(span for one in states for span in single(one)))

    def inspected(self) -> Match:
        """The stateful engine saw the connection's first packet: no stateless rule marked it."""
        return (self.masked("stateless", IN_STATELESS, 0),) if self.is_mixed else ()

    def past_the_engine(self) -> Condition:
        """The connection's first packet passed by the stateful engine."""
        return self.masked("stateless", IN_STATELESS, IN_STATELESS)

    def is_protocol(self, protocol: int) -> Condition:
        """The packet is of a protocol."""
        return self.test("proto", single(protocol))

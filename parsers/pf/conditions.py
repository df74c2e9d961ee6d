"""What pf's rules test, as the model's conditions: one object for equal tests."""

from collections.abc import Hashable, Iterable

from flowmodel.fields import (
    ESTABLISHED,
    ICMP,
    ICMPV6,
    IN_STATELESS,
    ORIGINAL,
    OUT_STATELESS,
    RELATED,
    REPLY,
    TCP,
    Family,
    NameField,
    NumberField,
)
from flowmodel.match import (
    NEVER,
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Name,
    Not,
    Test,
    Unread,
)
from flowmodel.values import EMPTY, Values, complement, contains, full, single
from parsers.pf.rules import Endpoint, Flags, Ports, Protocol

_ESTABLISHED = Test("state", single(ESTABLISHED))
_IS_TCP = single(TCP)
_WORDS = {
    "src": "sources",
    "dst": "destinations",
    "sport": "source ports",
    "dport": "destination ports",
}
Side = NameField
"""The interface that a rule asks for: `in` where packets arrive, `out` where they leave."""


def _ways() -> dict[Side, Condition]:
    """At which side a connection's packet has a state, by where its first packet was let through.

    A packet of the opening direction that arrives, or an answer that leaves, belongs to the state
    that was made on arrival; the other two to the one made on leaving (pf.c, pf_find_state: the
    key's addresses are ordered by the packet's direction).
    """
    original, reply = (Test("ct_dir", single(way)) for way in (ORIGINAL, REPLY))
    arrived = Masked("stateless", IN_STATELESS, 0)
    left = Masked("stateless", OUT_STATELESS, 0)
    return {
        "in": Any((All((original, arrived)), All((reply, left)))),
        "out": Any((All((original, left)), All((reply, arrived)))),
    }


class Conditions:
    """Makes conditions, each once.

    `moves` are the ends of packets that translations change.
    """

    def __init__(self, *, some_stateless: bool, moves: frozenset[str] = frozenset()) -> None:
        self._made: dict[Hashable, tuple[Condition, ...]] = {}
        self._kept: list[object] = []
        self._some_stateless = some_stateless
        self._moves = moves
        self._changed: frozenset[str] = frozenset()
        self.families: dict[Family, Condition] = {4: IsFamily(4), 6: IsFamily(6)}

    def enter(self, side: Side, *, is_behind: bool) -> None:
        """Say for which rules conditions are made from here on: of a side, and of a stage there.

        An unknown thing about an address has another answer behind a translation that changes it;
        the source is changed on leaving only.
        """
        changed: set[str] = set()
        if "src" in self._moves and is_behind and side == "out":
            changed |= {"src", "sport"}
        if "dst" in self._moves and (is_behind or side == "out"):
            changed |= {"dst", "dport"}
        self._changed = frozenset(changed)

    def test(self, field: NumberField, values: Values) -> Condition:
        """The field has one of the values."""
        key = (field, values)
        if key not in self._made:
            self._made[key] = (Test(field, values),)
        return self._made[key][0]

    def unread(self, text: str) -> Condition:
        """What the model knows nothing of."""
        if text not in self._made:
            self._made[text] = (Unread(text),)
        return self._made[text][0]

    def interface(self, on: tuple[str, ...], side: Side, *, not_on: bool) -> Match:
        """The packet comes in or goes out by one of the interfaces, or by none of them.

        A name with `*` at its end stands for all names that begin so.
        """
        if not on:
            return ()
        key = (on, side, not_on)
        if key not in self._made:
            names = frozenset(name for name in on if not name.endswith("*"))
            prefixes = tuple(name[:-1] for name in on if name.endswith("*"))
            test = Name(side, names, prefixes)
            self._made[key] = (Not(test) if not_on else test,)
        return self._made[key]

    def protocol(self, protocol: Protocol, family: Family) -> Match:
        """The packet is of the protocol and of its ICMP types."""
        key = (id(protocol), family)
        if key not in self._made:
            self._kept.append(protocol)
            self._made[key] = tuple(self._protocol(protocol, family))
        return self._made[key]

    def _protocol(self, protocol: Protocol, family: Family) -> Iterable[Condition]:
        values = protocol.v4 if family == 4 else protocol.v6
        types = protocol.icmp4 if family == 4 else protocol.icmp6
        if not values or not types:
            yield NEVER
            return
        if values != full(8):
            yield self.test("proto", values)
        if types != full(8):
            assert values == single(ICMP if family == 4 else ICMPV6)
            yield self.test("icmp_type", types)

    def endpoint(self, endpoint: Endpoint, field: NumberField, family: Family) -> Match:
        """The address is one that the endpoint means; NEVER alone if it has none of the family."""
        key = (id(endpoint), field, family, field in self._changed)
        if key not in self._made:
            self._kept.append(endpoint)
            self._made[key] = self._endpoint(endpoint, field, family)
        return self._made[key]

    def _endpoint(self, endpoint: Endpoint, field: NumberField, family: Family) -> Match:
        width = 32 if family == 4 else 128
        known = endpoint.addresses.of(family)
        within = endpoint.within.of(family) if endpoint.unread else EMPTY
        if not within or known == full(width):
            if endpoint.negated:
                known = complement(known, width)
            if known == full(width):
                return ()
            return (self.test(field, known) if known else NEVER,)
        unread = self._about(field, endpoint.unread)
        some: Condition = unread[0] if len(unread) == 1 else Any(unread)
        if within != full(width):
            some = All((self.test(field, within), some))
        if known:
            some = Any((self.test(field, known), some))
        return (Not(some) if endpoint.negated else some,)

    def _about(self, field: NumberField, things: tuple[str, ...]) -> tuple[Condition, ...]:
        words = _WORDS[field] + (", translated" if field in self._changed else "")
        return tuple(self.unread(f"{words}: {thing}") for thing in things)

    def ports(self, ports: Ports, field: NumberField) -> Match:
        """The port is one of them."""
        key = (id(ports), field, field in self._changed)
        if key not in self._made:
            self._kept.append(ports)
            self._made[key] = self._ports(ports, field)
        return self._made[key]

    def _ports(self, ports: Ports, field: NumberField) -> Match:
        if ports.values == full(16):
            return ()
        known = (self.test(field, ports.values),) if ports.values else ()
        several = known + self._about(field, ports.unread)
        return several if len(several) == 1 else (Any(several) if several else NEVER,)

    def flags(self, flags: Flags | None, protocol: Protocol, family: Family) -> Match:
        """The flags are as they must be, or the packet is none of TCP."""
        values = protocol.v4 if family == 4 else protocol.v6
        if flags is None or not contains(values, TCP):
            return ()
        key = (flags, values == _IS_TCP)
        if key not in self._made:
            test: Condition = Masked("tcp_flags", flags.mask, flags.value)
            if values != _IS_TCP:
                test = Any((Not(self.test("proto", _IS_TCP)), test))
            self._made[key] = (test,)
        return self._made[key]

    def marked(self, mask: int, value: int) -> Condition:
        """Those bits of the mark are such."""
        key = ("mark", mask, value)
        if key not in self._made:
            self._made[key] = (Masked("mark", mask, value),)
        return self._made[key][0]

    def tagged(self, tagged: str, mask: int, value: int) -> Condition:
        """The packet has the tag, or with `!` before it has not.

        Later packets of a connection have the tag that its state keeps, which the model does not;
        they are only asked where a rule keeps no state.
        """
        test: Condition = self.marked(mask, value) if value >= 0 else NEVER
        if self._some_stateless:
            later = All((_ESTABLISHED, self.unread(f"tag {tagged.lstrip('!')} of a connection")))
            test = Any((All((Not(_ESTABLISHED), test)), later))
        return Not(test) if tagged.startswith("!") else test

    def known(self, side: Side) -> Match:
        """The packets for which pf asks no rules: those of a connection that has a state.

        ICMP errors about a known connection belong to it (pf.c, pf_test_state_icmp).
        """
        key = ("known", side)
        if key not in self._made:
            errors = Any(
                (
                    All((self.families[4], self.test("proto", single(ICMP)))),
                    All((self.families[6], self.test("proto", single(ICMPV6)))),
                )
            )
            related = All((Test("state", single(RELATED)), errors))
            established: Condition = _ESTABLISHED
            if self._some_stateless:
                established = All((_ESTABLISHED, _ways()[side]))
            self._made[key] = (Any((established, related)),)
        return self._made[key]

"""Hypothesis strategies for what rules of nft test, each with hints at its edges (nft(8))."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import Family
from tests.oracles.kernel.cases import Hint
from tests.oracles.kernel.constants import value_hint
from tests.oracles.kernel.matches import MatchText
from tests.oracles.kernel.nft.items import (
    ANY_PORT_KEY,
    TRANSPORT_KEY,
    TRANSPORTS,
    Item,
    Key,
    address_key,
    hint_of,
    interface_key,
    port_key,
    rows_hint,
)


@dataclass(frozen=True, slots=True)
class NftSet:
    """A named set: its declaration, its keys, and the hint that a packet is in it."""

    name: str
    declaration: str
    keys: tuple[Key, ...]
    hint: Hint


@dataclass(frozen=True, slots=True)
class NftPlace:
    """Where a rule stands: the packets' family, the table's, and the hook of its base chain."""

    family: Family
    table: str
    hook: str
    sets: tuple[NftSet, ...] = ()

    @property
    def header(self) -> Family:
        """The family whose addresses rules here may name."""
        if self.table == "inet":
            return self.family
        return 4 if self.table == "ip" else 6


_STATES: Final = (
    "ct state new",
    "ct state established,related",
    "ct state { established, related }",
    "ct state != new",
    "ct state { new, untracked }",
    "ct state invalid",
    "ct state ! invalid",
    "ct state & (new | untracked) != 0",
    "ct state == established",
    "ct state != { invalid, untracked }",
    "ct state new,related",
    "ct direction original",
    "ct direction != reply",
    "ct direction reply",
    "ct status dnat",
    "ct status != snat",
    "ct status snat,dnat",
    "ct status & dnat == 0",
    "ct status seen-reply",
    "ct status assured,confirmed",
    "ct status ! expected",
    "ct mark 0x5",
    "ct mark & 0x3 == 0x1",
    "ct mark != 0",
    "ct mark { 0, 5 }",
    "ct protocol tcp",
)
_MARKS: Final = (
    "meta mark 0x1",
    "mark != 0x1",
    "meta mark { 0, 2-5 }",
    "meta mark & 0x3 == 0x2",
    "meta mark and 0xf0 != 0x10",
    "meta mark & 0x1 != 0",
    "meta mark > 1",
    "meta mark <= 0x12",
    "meta mark 0-4",
    "meta mark and 0x2 == 2",
)
# Outside the model, or open without a protocol.
_UNREAD: Final = (
    "limit rate 1/hour burst 3 packets",
    "limit rate over 2/hour",
    "limit rate 100 bytes/second",
    "numgen inc mod 2 0",
    "numgen random mod 10 < 5",
    "numgen inc mod 3 != 1",
    "quota 2000 bytes",
    "quota over 1000 bytes",
    "meta length 20-100",
    "meta length != 60",
    "meta cpu 0",
    "meta random > 0x80000000",
    "@th,64,32 0x0",
    "@th,0,8 & 0xf0 == 0",
    "@nh,0,8 0x45",
    "th dport 22",
    "th sport != 1024-65535",
    "th dport { 22, 80-443 }",
    "fib daddr type unicast",
    "fib daddr type { local, broadcast }",
    "fib saddr type != local",
    "meta priority 0",
    "meta hour 00:00-12:00",
    "ct packets > 1",
    "ct expiration > 5s",
    'ct helper "ftp"',
    "jhash meta mark mod 2 0",
    "meta rtclassid 0",
    "meta protocol vlan",
    "@dynamic",
    "@timed",
    "@later",
)


def one(draw: st.DrawFn, choices: Sequence[str]) -> str:
    """One of the texts."""
    return draw(st.sampled_from(choices))


def disjoint(draw: st.DrawFn, items: Sequence[Item], most: int) -> list[Item]:
    """Some of the items, none of which meets another."""
    found: list[Item] = []
    for item in draw(st.lists(st.sampled_from(items), min_size=1, max_size=most)):
        if not any(item is other or item.meets(other) for other in found):
            found.append(item)
    return found


def tested(draw: st.DrawFn, key: Key, sets: Sequence[NftSet]) -> MatchText:
    """The property is, or is not, a value, in a range, in a set, or in one of the named sets."""
    is_negated = draw(st.integers(0, 3)) == 0
    sign = "!= " if is_negated else one(draw, ("", "", "== "))
    fitting = [each for each in sets if [own.text for own in each.keys] == [key.text]]
    kind = draw(st.integers(0, 5))
    if fitting and kind < 2:
        named = draw(st.sampled_from(fitting))
        return signed(f"{key.text} {sign}@{named.name}", named.hint, is_negated=is_negated)
    if kind < 4:
        items = disjoint(draw, key.items, 4)
        text = "{ " + ", ".join(item.text for item in items) + " }"
    else:
        items = [draw(st.sampled_from(key.items))]
        text = items[0].text
    return signed(f"{key.text} {sign}{text}", hint_of(key, items), is_negated=is_negated)


def signed(text: str, hint: Hint, *, is_negated: bool) -> MatchText:
    """The test as written, with the hint or its negation."""
    return MatchText(text, (hint.negated() if is_negated else hint,))


def compared(draw: st.DrawFn, key: Key, masks: Sequence[str], width: int) -> MatchText:
    """An order, or bits under a mask."""
    edges = sorted({value for item in key.items for value in item.inside if isinstance(value, int)})
    limit = draw(st.sampled_from(edges[1:-1]))
    sign = one(draw, ("<", ">", "<=", ">=", "==", "!=", "<", ">"))
    mask = one(draw, ("", *masks))
    bits = int(mask, 0) if mask else (1 << width) - 1
    limit &= bits
    if sign in ("<", ">") and limit == (0 if sign == "<" else (1 << width) - 1):
        sign = "=="
    operate: dict[str, Callable[[int], bool]] = {
        "<": lambda value: value < limit,
        ">": lambda value: value > limit,
        "<=": lambda value: value <= limit,
        ">=": lambda value: value >= limit,
        "==": lambda value: value == limit,
        "!=": lambda value: value != limit,
    }
    near = [value for edge in (*edges, limit) for value in (edge - 1, edge, edge + 1)]
    wanted = [value for value in near if key.has(value)]
    shown = _written(key, limit)
    left = f"{key.text} & {_written(key, bits)}" if mask else key.text
    hint = value_hint(key.field, wanted, lambda value: operate[sign](value & bits), key.also)
    return MatchText(f"{left} {sign} {shown}", (hint,))


def _written(key: Key, number: int) -> str:
    from ipaddress import IPv4Address, IPv6Address

    if key.kind == "ipv4_addr":
        return str(IPv4Address(number))
    if key.kind == "ipv6_addr":
        return str(IPv6Address(number))
    return hex(number) if number > 255 else str(number)


def concatenated(draw: st.DrawFn, keys: Sequence[Key]) -> tuple[list[list[Item]], Hint]:
    """Rows of items, none of which meets another, and the hint that a packet is in one."""
    rows: list[list[Item]] = []
    for _ in range(draw(st.integers(1, 4))):
        row = [
            draw(st.sampled_from([item for item in key.items if "*" not in item.text]))
            for key in keys
        ]
        meets = (all(a.meets(b) for a, b in zip(row, other, strict=True)) for other in rows)
        if not any(meets):
            rows.append(row)
    return rows, rows_hint(keys, rows)


def concatenation_keys(draw: st.DrawFn, place: NftPlace, transport: str) -> tuple[Key, ...]:
    """Properties that stand together in concatenations; `transport` is what the rule asks for."""
    source, target = (address_key(place.header, side) for side in ("src", "dst"))
    choices: list[tuple[Key, ...]] = [(source, target)]
    if not transport or transport in TRANSPORTS:
        ported = port_key(transport or one(draw, ("tcp", "udp")), "dport")
        choices += [(source, ported), (source, target, ported), (target, ported)]
    if not transport:
        choices += [
            (TRANSPORT_KEY, ANY_PORT_KEY),
            (source, TRANSPORT_KEY, ANY_PORT_KEY),
            (TRANSPORT_KEY, target, ANY_PORT_KEY),
        ]
    return draw(st.sampled_from(choices))


def _concatenation(draw: st.DrawFn, place: NftPlace, transport: str) -> MatchText:
    is_negated = draw(st.integers(0, 4)) == 0
    sign = "!= " if is_negated else ""
    fitting = [
        each
        for each in place.sets
        if len(each.keys) > 1
        and (
            not transport or all(key.text.startswith((f"{transport} ", "ip")) for key in each.keys)
        )
    ]
    choice = draw(st.sampled_from([*fitting, None]))
    if choice is not None:
        text = " . ".join(key.text for key in choice.keys)
        return signed(f"{text} {sign}@{choice.name}", choice.hint, is_negated=is_negated)
    keys = concatenation_keys(draw, place, transport)
    rows, hint = concatenated(draw, keys)
    text = ", ".join(" . ".join(item.text for item in row) for row in rows)
    left = " . ".join(key.text for key in keys)
    return signed(f"{left} {sign}{{ {text} }}", hint, is_negated=is_negated)


def _address(draw: st.DrawFn, place: NftPlace, _transport: str) -> MatchText:
    key = address_key(place.header, one(draw, ("src", "dst")))
    if draw(st.integers(0, 4)) == 0:
        masks = ("0xff", "0xff0000ff", "0xfffffffe") if place.header == 4 else ("0xff", "0xffff")
        return compared(draw, key, masks, 32 if place.header == 4 else 128)
    return tested(draw, key, place.sets)


def _interface(draw: st.DrawFn, place: NftPlace, _transport: str) -> MatchText:
    words = {
        "prerouting": ("iifname",),
        "input": ("iifname",),
        "forward": ("iifname", "oifname"),
        "output": ("oifname",),
        "postrouting": ("oifname",),
    }[place.hook]
    word = one(draw, words)
    if draw(st.integers(0, 4)) == 0:
        key = interface_key(word)
        item = draw(
            st.sampled_from([item for item in key.items if "*" not in item.text and item.inside])
        )
        sign = one(draw, ("", "!= "))
        hint = hint_of(key, [item])
        return signed(f"{word.removesuffix('name')} {sign}{item.text}", hint, is_negated=bool(sign))
    return tested(draw, interface_key(one(draw, (word, f"meta {word}"))), ())


def _packet_type(draw: st.DrawFn, _place: NftPlace, _transport: str) -> MatchText:
    names = ("unicast", "broadcast", "multicast")
    wanted = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
    text = wanted.copy().pop() if len(wanted) == 1 else "{ " + ", ".join(sorted(wanted)) + " }"
    sign = one(draw, ("", "", "!= "))
    hint = value_hint("pkt_type", range(3), lambda number: names[number] in wanted)
    return signed(f"meta pkttype {sign}{text}", hint, is_negated=bool(sign))


def _family(draw: st.DrawFn, place: NftPlace, _transport: str) -> MatchText:
    """What is true or false of all packets that are asked about."""
    # nft 1.0.6 does not list a `meta protocol` beside a header, be it of the other family's.
    own, other = ("ip", "ip6") if place.family == 4 else ("ip6", "ip")
    texts = [f"meta nfproto ipv{place.family}"]
    texts += [f"meta protocol {own}", f"meta protocol != {other}", "meta protocol { ip, ip6 }"]
    return MatchText(one(draw, texts))


def _state(draw: st.DrawFn, _place: NftPlace, _transport: str) -> MatchText:
    return MatchText(one(draw, _STATES))


def _mark(draw: st.DrawFn, _place: NftPlace, _transport: str) -> MatchText:
    return MatchText(one(draw, _MARKS))


def _original(draw: st.DrawFn, place: NftPlace, _transport: str) -> MatchText:
    key = address_key(place.header, one(draw, ("src", "dst")))
    match = tested(draw, key, ())
    return MatchText(f"ct original {match.text}", match.hints)


_OTHERS: Final = (
    *(_address,) * 4,
    *(_concatenation,) * 3,
    *(_interface,) * 2,
    *(_state,) * 2,
    _mark,
    _packet_type,
    _original,
)


def foreign_match(draw: st.DrawFn, place: NftPlace) -> MatchText:
    """A test of the other family's header, which no packet passes that is asked about."""
    if place.family == 4:
        texts = ("ip6 saddr ::/0", "ip6 daddr != { 2001:db8::9, fd00::/9 }", "icmpv6 type != 1")
    else:
        texts = ("ip saddr != 10.0.0.9", "ip daddr 0.0.0.0/1", "icmp type { 0, 8 }")
    return MatchText(one(draw, (*texts, f"meta nfproto ipv{10 - place.family}")))


def other_match(draw: st.DrawFn, place: NftPlace, transport: str) -> MatchText:
    """A test of anything but the protocol; `transport` is what the rule already asks for."""
    kinds = [*_OTHERS, _family] if place.table == "inet" else list(_OTHERS)
    return draw(st.sampled_from(kinds))(draw, place, transport)


def unread_match(draw: st.DrawFn, place: NftPlace) -> MatchText:
    """A test that nobody can decide from the export."""
    # The router has no address of its own here. Elsewhere, what comes to input is for one, and what
    # leaves by output is from one.
    own = {"input": "fib daddr", "output": "fib saddr"}.get(place.hook, "never")
    texts = [each for each in _UNREAD if own not in each]
    texts.append("ip ttl > 10" if place.header == 4 else "ip6 hoplimit > 10")
    texts.append("ip dscp 1" if place.header == 4 else "ip6 dscp != 1")
    if place.hook in ("output", "postrouting"):
        texts += ["meta skuid 0", "meta skgid != 1-1000"]
    text = one(draw, texts)
    if text.startswith("@") and text[1:] in ("dynamic", "timed", "later"):
        key = address_key(place.header, one(draw, ("src", "dst")))
        name = text[1:]
        if name == "later":
            return MatchText(f"add @dynamic{place.header} {{ {key.text} }}")
        return MatchText(f"{key.text} {one(draw, ('', '!= '))}@{name}{place.header}")
    return MatchText(text)

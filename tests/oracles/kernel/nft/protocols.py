"""Hypothesis strategies for tests of the protocol, and of what only it has (nft(8))."""

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import TCP
from tests.oracles.kernel.constants import FLAGS, value_hint
from tests.oracles.kernel.matches import MatchText
from tests.oracles.kernel.nft.items import (
    ANY_PORT_KEY,
    TRANSPORT_KEY,
    TRANSPORTS,
    Key,
    hint_of,
    icmp_keys,
    port_key,
    protocol_key,
)
from tests.oracles.kernel.nft.matches import (
    NftPlace,
    compared,
    concatenated,
    disjoint,
    one,
    signed,
    tested,
)

_FLAG_NAMES: Final = dict(
    zip(
        ("fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"),
        (1 << n for n in range(8)),
        strict=True,
    )
)


def _ports(draw: st.DrawFn, place: NftPlace) -> tuple[str, MatchText]:
    transport = one(draw, ("tcp", "tcp", "udp", "udp", *TRANSPORTS))
    key = port_key(transport, one(draw, ("dport", "dport", "sport")))
    if draw(st.integers(0, 4)) == 0:
        return transport, compared(draw, key, ("0xff00", "0xf", "0xfffe", "0x0f0f"), 16)
    return transport, tested(draw, key, place.sets)


def _original_ports(draw: st.DrawFn, _place: NftPlace) -> tuple[str, MatchText]:
    """The ports that a connection began with, behind its protocol."""
    transport = one(draw, ("tcp", "udp"))
    key = port_key(transport, one(draw, ("sport", "dport")))
    items = [draw(st.sampled_from([item for item in key.items if item.text.isdigit()]))]
    word = {"sport": "proto-src", "dport": "proto-dst"}[key.field]
    text = f"meta l4proto {transport} ct original {word} {items[0].text}"
    return transport, MatchText(text, (hint_of(key, items),))


def _any_ports(draw: st.DrawFn, _place: NftPlace) -> tuple[str, MatchText]:
    """Ports where the protocol is tested before, or by the raw place of their bytes."""
    items = disjoint(draw, TRANSPORT_KEY.items, 2)
    protos = (
        "{ " + ", ".join(item.text for item in items) + " }" if len(items) > 1 else items[0].text
    )
    raw = one(draw, ("th sport", "th dport", "@th,16,16", "@th,0,16"))
    field = "sport" if raw in ("th sport", "@th,0,16") else "dport"
    values = [item for item in ANY_PORT_KEY.items if not raw.startswith("@") or item.text.isdigit()]
    key = Key(raw, "inet_service", field, tuple(values))
    match = tested(draw, key, ()) if raw.startswith("th") else _raw(draw, key)
    hints = (hint_of(TRANSPORT_KEY, items), *match.hints)
    transport = items[0].text if len(items) == 1 else "none"
    return transport, MatchText(f"meta l4proto {protos} {match.text}", hints)


def _raw(draw: st.DrawFn, key: Key) -> MatchText:
    item = draw(st.sampled_from(key.items))
    sign = one(draw, ("", "!= "))
    return signed(f"{key.text} {sign}{item.text}", hint_of(key, [item]), is_negated=bool(sign))


def _flags(draw: st.DrawFn) -> str:
    return ",".join(
        draw(st.lists(st.sampled_from(list(_FLAG_NAMES)), min_size=1, max_size=4, unique=True))
    )


def _bits(names: str) -> int:
    return sum(_FLAG_NAMES[word] for word in names.split(","))


def _tcp_flags(draw: st.DrawFn, _place: NftPlace) -> tuple[str, MatchText]:
    """All spellings: a comma list is a test of bits, a set a lookup (nft(8), BITMASK TYPE)."""
    flags, mask = _flags(draw), _flags(draw)
    wanted, bits = _bits(flags), _bits(mask)
    low, high = sorted((wanted, bits))
    ored = " | ".join(mask.split(","))
    within = ",".join(name for name in flags.split(",") if name in mask.split(","))
    inner = _bits(within) if within else 0
    spelt = " | ".join(within.split(",")) if within else "0x0"
    several = "{ " + ", ".join(flags.split(",")) + " }"
    found: list[tuple[str, Callable[[int], bool]]] = [
        (f"tcp flags {flags}", lambda value: bool(value & wanted)),
        (f"tcp flags ! {flags}", lambda value: not value & wanted),
        (f"tcp flags == {' | '.join(flags.split(','))}", lambda value: value == wanted),
        (f"tcp flags != {' | '.join(flags.split(','))}", lambda value: value != wanted),
        (f"tcp flags {several}", lambda value: value in [_FLAG_NAMES[n] for n in flags.split(",")]),
        (
            f"tcp flags != {several}",
            lambda value: value not in [_FLAG_NAMES[n] for n in flags.split(",")],
        ),
        (f"tcp flags & ({ored}) == {spelt}", lambda value: value & bits == inner),
        (f"tcp flags & ({ored}) != {spelt}", lambda value: value & bits != inner),
        (f"tcp flags & ({ored}) == 0x0", lambda value: value & bits == 0),
        (f"tcp flags & {hex(bits)} != 0", lambda value: value & bits != 0),
        (f"tcp flags {low}-{high}", lambda value: low <= value <= high),
        (f"tcp flags != {hex(low)}-{hex(high)}", lambda value: not low <= value <= high),
        (f"tcp flags & 0x7 {low & 7}-7", lambda value: value & 7 >= low & 7),
        (f"tcp flags {low} / 3", lambda value: value >> 5 == low >> 5),
    ]
    if within and "," in mask:
        # nft 1.0.6 reads a mask of one flag as the beginning of a list.
        found += [
            (f"tcp flags {within} / {mask}", lambda value: value & bits == inner),
            (f"tcp flags != {within} / {mask}", lambda value: value & bits != inner),
        ]
    text, holds = draw(st.sampled_from(found))
    values = (
        *FLAGS,
        wanted,
        bits,
        inner,
        wanted ^ 0x10,
        inner ^ 2,
        1 << 7,
        low - 1,
        high + 1 & 0xFF,
    )
    return "tcp", MatchText(text, (value_hint("tcp_flags", values, holds, (("proto", TCP),)),))


def _icmp(draw: st.DrawFn, place: NftPlace) -> tuple[str, MatchText]:
    kind, code = icmp_keys(place.header)
    transport = kind.text.split()[0]
    choice = draw(st.integers(0, 3))
    if choice == 0:
        rows, hint = concatenated(draw, (kind, code))
        text = ", ".join(" . ".join(item.text for item in row) for row in rows)
        return transport, MatchText(f"{kind.text} . {code.text} {{ {text} }}", (hint,))
    return transport, tested(draw, code if choice == 1 else kind, ())


def _protocol(draw: st.DrawFn, place: NftPlace) -> tuple[str, MatchText]:
    own = "ip protocol" if place.header == 4 else "meta l4proto"
    return "other", tested(draw, protocol_key(place.header, one(draw, ("meta l4proto", own))), ())


def protocol_match(draw: st.DrawFn, place: NftPlace) -> tuple[str, MatchText]:
    """The protocol that a rule asks for, and a test of it and of what belongs to it; or none."""
    kind = draw(st.integers(0, 15))
    if kind < 4:
        return "", MatchText("")
    makers = (*(_ports,) * 4, *(_any_ports,) * 2, *(_tcp_flags,) * 3, *(_icmp,) * 2)
    return draw(st.sampled_from((*makers, _protocol, _original_ports)))(draw, place)

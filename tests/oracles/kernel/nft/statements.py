"""Hypothesis strategies for what rules of nft do: verdicts, maps of them, marks, translations."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from tests.oracles.kernel.cases import Hint
from tests.oracles.kernel.matches import MatchText
from tests.oracles.kernel.nft.items import (
    ANY_PORT_KEY,
    TRANSPORT_KEY,
    Item,
    Key,
    address_key,
    hint_of,
    interface_key,
    interval,
    port_key,
    rows_hint,
)
from tests.oracles.kernel.nft.matches import NftPlace, concatenated, disjoint

_VERDICTS: Final = (
    *("accept",) * 6,
    *("drop",) * 4,
    *("return",) * 2,
    "continue",
    "counter accept",
    "counter packets 5 bytes 300 drop",
    'log prefix "a { b" level info',
    'log group 1 accept comment "x; y"',
    "counter",
)
_CHANGES: Final = (
    "meta mark set 0x1",
    "meta mark set meta mark or 0x2",
    "meta mark set meta mark and 0xf0",
    "meta mark set meta mark xor 0x3",
    "meta mark set meta mark & 0xffffff00 | 0x12",
    "ct mark set meta mark",
    "meta mark set ct mark",
    "ct mark set 0x5",
    "ct mark set ct mark or 0x1",
    "meta mark set meta mark map { 0 : 1, 1 : 2, 2 : 0 }",
    "meta mark set tcp dport map { 22 : 1, 80-443 : 2 }",
    "meta mark set 0x2 accept",
    "accept",
    "drop",
    "return",
)
_STATE_MAPS: Final = (
    "ct state vmap { new : %s, established : accept, related : accept }",
    "ct state vmap { invalid : %s, untracked : drop, established : accept }",
    "ct state vmap { established : %s, related : %s, new : return }",
    "ct state . meta mark vmap { new . 0 : %s, new . 1 : accept }",
    "meta mark vmap { 0 : %s, 1 : drop, 2-5 : accept }",
    "tcp flags & (fin | syn | rst | ack) vmap { syn : %s, ack : accept, fin | ack : drop }",
)


# Statements that change none of the fields under test, and are for packets of one protocol or of
# all; the judge needs the header of IP as it is.
_SILENT: Final = (
    "reset tcp option sack-perm",
    "tcp option maxseg size set 1000",
    "meta priority set 1:2",
    "meta nftrace set 0",
)


def verdict(draw: st.DrawFn, place: NftPlace, transport: str, *, is_plain: bool) -> str:
    """A verdict of its own, with statements before it; `is_plain` where the rule has no match."""
    if draw(st.integers(0, 11)) or place.hook in ("prerouting", "postrouting"):
        word = draw(st.sampled_from(_VERDICTS))
        if draw(st.integers(0, 7)):
            return word
        return f"{draw(st.sampled_from(_SILENT))} {word}"
    kinds = ["reject"]
    if transport == "tcp" or is_plain:
        kinds += ["reject with tcp reset"]
    if place.table == "inet":
        kinds += ["reject with icmpx admin-prohibited"]
        own = "icmp host-unreachable" if place.header == 4 else "icmpv6 no-route"
        kinds += [f"reject with {own}"] * 2
        if is_plain:
            kinds += ["reject with icmp port-unreachable", "reject with icmpv6 admin-prohibited"]
    elif place.table == "ip":
        kinds += ["reject with icmp host-unreachable", "reject with icmp type port-unreachable"]
    else:
        kinds += ["reject with icmpv6 no-route"]
    return draw(st.sampled_from(kinds))


def change(draw: st.DrawFn) -> str:
    """A statement that later rules notice."""
    return draw(st.sampled_from(_CHANGES))


def verdict_map(
    draw: st.DrawFn, place: NftPlace, transport: str, call: str, name: str
) -> tuple[str, MatchText]:
    """The declaration of a named map, if it is one, and the rule that looks up verdicts.

    With a `call`, that is what one of the elements does, and the hint is about this element.
    """
    if transport in ("", "tcp") and draw(st.integers(0, 3)) == 0:
        text = draw(st.sampled_from(_STATE_MAPS))
        if not (transport and "tcp" not in text) or "tcp" in text:
            first = call or draw(st.sampled_from(("accept", "drop", "return", "continue")))
            return "", MatchText(text.replace("%s", first))
    keys = _map_keys(draw, place, transport)
    if len(keys) == 1:
        rows = [[item] for item in disjoint(draw, keys[0].items, 4)]
    else:
        rows, _ = concatenated(draw, keys)
    decisions = [draw(st.sampled_from(("accept", "drop", "return", "continue"))) for _ in rows]
    chosen = draw(st.integers(0, len(rows) - 1))
    if call:
        decisions[chosen] = call
    elements = [
        f"{' . '.join(item.text for item in row)} : {decision}"
        for row, decision in zip(rows, decisions, strict=True)
    ]
    has_rest = draw(st.integers(0, 3)) == 0
    if has_rest:
        elements.append(f"* : {draw(st.sampled_from(('accept', 'drop', 'return')))}")
    hint = _hint(keys, [rows[chosen]] if call else rows)
    left = " . ".join(key.text for key in keys)
    body = ", ".join(elements)
    kinds = {key.kind for key in keys}
    if draw(st.integers(0, 2)) == 0 and "ifname" not in kinds:
        kind = " . ".join(key.kind for key in keys)
        declared = (
            f"map {name} {{ type {kind} : verdict; flags interval; elements = {{ {body} }}; }}"
        )
        return declared, MatchText(f"{left} vmap @{name}", (hint,))
    return "", MatchText(f"{left} vmap {{ {body} }}", (hint,))


def _hint(keys: Sequence[Key], rows: Sequence[Sequence[Item]]) -> Hint:
    if len(keys) == 1:
        return hint_of(keys[0], [row[0] for row in rows])
    return rows_hint(keys, rows)


def _map_keys(draw: st.DrawFn, place: NftPlace, transport: str) -> tuple[Key, ...]:
    source, target = (address_key(place.header, side) for side in ("src", "dst"))
    choices: list[tuple[Key, ...]] = [(source,), (target,), (source, target)]
    if place.hook in ("prerouting", "input", "forward"):
        choices.append((interface_key("iifname"),))
    if transport in ("", "tcp", "udp"):
        ported = port_key(transport or draw(st.sampled_from(("tcp", "udp"))), "dport")
        choices += [(ported,), (ported,), (source, ported)]
    if not transport:
        choices += [
            (TRANSPORT_KEY,),
            (TRANSPORT_KEY, ANY_PORT_KEY),
            (source, TRANSPORT_KEY, ANY_PORT_KEY),
        ]
    return draw(st.sampled_from(choices))


def translation(draw: st.DrawFn, place: NftPlace, transport: str) -> MatchText:
    """A statement of a nat chain, with the test that its map is; `transport` is the rule's."""
    first, second = (
        ("10.0.0.9", "192.0.2.200") if place.header == 4 else ("2001:db8::9", "fd00:1::7")
    )
    is_source = place.hook in ("postrouting", "input")
    word = "snat" if is_source else "dnat"
    header = ("ip " if place.header == 4 else "ip6 ") if place.table == "inet" else ""
    address = draw(st.sampled_from((first, second)))
    bracketed = address if place.header == 4 else f"[{address}]"
    ported = transport in ("tcp", "udp")
    choices = [f"{word} {header}to {address}", "accept", "return"]
    if ported:
        port = draw(st.sampled_from(("80", "22", "1000-2000")))
        choices += [f"{word} {header}to {bracketed}:{port}"] * 2
    if place.header == 4:
        choices.append(f"{word} {header}to 10.0.0.5-10.0.0.20")
    if place.hook == "postrouting":
        choices += ["masquerade", "masquerade random"]
        choices += ["masquerade to :1000-2000"] if ported else []
    if not is_source and place.hook == "prerouting":
        choices += ["redirect to :80"] if ported else ["redirect"]
    side = "dst" if draw(st.booleans()) else "src"
    key = address_key(place.header, side)
    items = disjoint(draw, key.items, 3)
    elements = ", ".join(
        f"{item.text} : {first if number % 2 else second}" for number, item in enumerate(items)
    )
    mapped = f"{word} {header}to {key.text} map {{ {elements} }}"
    port_map = f"{word} {header}to {transport} dport map {{ 22 : {first}, 80 : {second} }}"
    text = draw(st.sampled_from([*choices, mapped, *([port_map] if ported else [])]))
    hints: tuple[Hint, ...] = ()
    if text is mapped:
        hints = (hint_of(key, items),)
    elif text is port_map:
        hints = (hint_of(port_key(transport, "dport"), [interval(22, 22), interval(80, 80)]),)
    return MatchText(text, hints)

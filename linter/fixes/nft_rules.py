"""Boxes of packets as rules of nftables: each match in nft's own language, and as JSON has it.

The forms are those of nft(8) and libnftables-json(5).
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from flowmodel.affected import PacketBox
from flowmodel.record import NamedTuple
from flowmodel.values import full
from linter.fixes.boxes import (
    FEW,
    MOST,
    NAMES,
    bare,
    has_ports,
    is_icmp,
    is_plain_name,
    prefixes,
    protocols,
    ranges,
)
from linter.fixes.drafts import Kept, Wanted, permitting

_LONGEST = 128
"""Bytes of a comment (NFTNL_UDATA_COMMENT_MAXLEN in libnftnl)."""


class Match(NamedTuple):
    """One condition of a rule."""

    text: str
    data: dict[str, Any]


class Made(NamedTuple):
    """A rule that accepts what fulfils all of its conditions."""

    matches: tuple[Match, ...]
    comment: str

    @property
    def text(self) -> str:
        """In nft's own language."""
        words = [each.text for each in self.matches]
        end = f' comment "{self.comment}"' if self.comment else ""
        return " ".join((*words, "accept")) + end

    def data(self, family: str, table: str, chain: str) -> dict[str, Any]:
        """As an object of `nft -j list ruleset`, without a handle."""
        told: dict[str, Any] = {"family": family, "table": table, "chain": chain}
        if self.comment:
            told["comment"] = self.comment
        told["expr"] = [*(each.data for each in self.matches), {"accept": None}]
        return {"rule": told}


def accepting(all_wanted: Sequence[Wanted]) -> Iterator[tuple[Made, ...]]:
    """Rules that accept the packets as they look; then only those that were translated."""
    yield from permitting(all_wanted, (_nothing, _translated, _sent_to), _accepting)


def _accepting(wanted: Wanted, box: PacketBox, more: Sequence[Match]) -> list[Made]:
    comment = wanted.comment[:_LONGEST]
    made = [Made((*each, *more), comment) for each in _rules(box, wanted.table.name)]
    return made if all(each.matches or each.comment for each in made) else []


class Narrowed(NamedTuple):
    """Conditions that stand in a rule instead of those that it has for some fields."""

    matches: tuple[Match, ...]
    fields: frozenset[str]
    """`src`, `dst` and `service`."""
    comment: str


def narrowing(all_kept: Sequence[Kept], table: str) -> tuple[Narrowed, ...]:
    """The conditions of each rule that stands for one; none where these are no few rules."""
    found = [
        Narrowed(each, kept.fields, kept.comment[:_LONGEST])
        for kept in all_kept
        for each in _rules(kept.box, table)
    ]
    is_small = all(each.matches for each in found) and len(found) <= FEW
    return tuple(found) if is_small else ()


def _nothing(_: Sequence[PacketBox]) -> tuple[Match, ...] | None:
    return ()


def _translated(_: Sequence[PacketBox]) -> tuple[Match, ...] | None:
    """That a rule has changed the destination."""
    status = {"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"}
    return (Match("ct status dnat", {"match": status}),)


def _sent_to(boxes: Sequence[PacketBox]) -> tuple[Match, ...] | None:
    """The same, and to which address and port packets were sent; None where these are several."""
    box, ends = boxes[0], {(box.destinations, box.destination_ports) for box in boxes}
    if len(ends) != 1:
        return None
    to, ports = prefixes(box.destinations, box.family), ranges(box.destination_ports, "-")
    keys = ((f"{_ip(box)} daddr", to), ("proto-dst", ports))
    told = [
        _match(f"ct original {key}", {"ct": {"key": key, "dir": "original"}}, values)
        for key, values in keys
        if values
    ]
    return (*(_translated(boxes) or ()), *told)


def _match(words: str, left: dict[str, Any], values: Sequence[str]) -> Match:
    # nft lists a single address without the length of its prefix.
    told = [bare(each) for each in values]
    text = told[0] if len(told) == 1 else f"{{ {', '.join(told)} }}"
    data = [_value(each) for each in told]
    right = data[0] if len(data) == 1 else {"set": data}
    return Match(f"{words} {text}", {"match": {"op": "==", "left": left, "right": right}})


def _value(text: str) -> Any:
    """One value as JSON has it: a number, a range of numbers, a prefix, or a name."""
    if "/" in text:
        network = ip_network(text)
        return {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}
    first, sign, last = text.partition("-")
    if first.isdigit():
        return {"range": [int(first), int(last)]} if sign else int(first)
    return text


def _payload(protocol: str, field: str, values: Sequence[str]) -> Match:
    left = {"payload": {"protocol": protocol, "field": field}}
    return _match(f"{protocol} {field}", left, values)


def _meta(key: str, value: str) -> Match:
    return _match(f"meta {key}", {"meta": {"key": key}}, [value])


def _name(key: str, name: str) -> Match:
    data = {"op": "==", "left": {"meta": {"key": key}}, "right": name}
    return Match(f'{key} "{name}"', {"match": data})


def _ip(box: PacketBox) -> str:
    return "ip" if box.family == 4 else "ip6"


def _rules(box: PacketBox, table: str) -> Iterator[tuple[Match, ...]]:
    """Matches that together fit the packets of a box; nothing where they would be too many."""
    numbers = protocols(box)
    names = box.in_name, box.out_name
    sources, to = (prefixes(each, box.family) for each in (box.sources, box.destinations))
    if numbers is None or not all(map(is_plain_name, names)) or len(sources) + len(to) > 2 * MOST:
        return
    sides = zip(("iifname", "oifname"), names, strict=True)
    found = [_name(side, name) for side, name in sides if name]
    if table.startswith("inet") and not sources and not to:
        found.append(_meta("nfproto", f"ipv{box.family}"))
    ends = (("saddr", sources), ("daddr", to))
    found += (_payload(_ip(box), end, values) for end, values in ends if values)
    for service in [part for proto in numbers for part in _service(box, proto)] or [()]:
        yield (*found, *service)


def _service(box: PacketBox, proto: int) -> Iterator[tuple[Match, ...]]:
    name = NAMES.get(proto, str(proto))
    ports = (("sport", box.source_ports), ("dport", box.destination_ports))
    told = [(end, ranges(values, "-")) for end, values in ports]
    if has_ports(proto) and any(values for _, values in told):
        head = name if proto in NAMES else "th"
        first = () if proto in NAMES else (_meta("l4proto", name),)
        yield (*first, *(_payload(head, end, each) for end, each in told if each))
    elif is_icmp(proto):
        yield _types(box, "icmp" if proto == 1 else "icmpv6")
    else:
        yield (_meta("l4proto", name),)


def _types(box: PacketBox, name: str) -> tuple[Match, ...]:
    told = [
        _payload(name, what, tuple(str(a) if a == b else f"{a}-{b}" for a, b in values))
        for what, values in (("type", box.icmp_types), ("code", box.icmp_codes))
        if values and values != full(8)
    ]
    return tuple(told) or (_meta("l4proto", "icmp" if name == "icmp" else "ipv6-icmp"),)

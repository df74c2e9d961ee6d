"""Hypothesis strategies for ipsets as `ipset save` writes them, and for matches against them.

Source: ipset(8), SET TYPES; iptables-extensions(8), set.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import ICMP, ICMPV6, TCP, UDP, Family
from tests.oracles.kernel.cases import Assignment, Hint
from tests.oracles.kernel.constants import BLOCKS, Block, prefix

# Dimensions: a(ddress), n(etwork), p(ort), i(nterface).
_TYPES: Final[dict[str, str]] = {
    "hash:ip": "a",
    "hash:net": "n",
    "hash:ip,port": "ap",
    "hash:net,port": "np",
    "hash:ip,port,ip": "apa",
    "hash:ip,port,net": "apn",
    "hash:net,iface": "ni",
    "bitmap:port": "p",
    "bitmap:ip": "a",
}
_BITMAPS: Final = {
    "bitmap:port": "range 0-1024",
    "bitmap:ip": "range 10.0.0.0-10.0.255.255",
}
_HOSTS: Final[dict[Family, tuple[Block, ...]]] = {
    4: tuple(prefix(f"{text}/32") for text in ("10.0.0.9", "10.0.0.0", "10.0.0.255", "192.0.2.1")),
    6: tuple(prefix(f"{text}/128") for text in ("2001:db8::9", "2001:db8::", "fd00:1::7")),
}
_PORTS: Final = (
    ("22", ((TCP, 22),), ((UDP, 22), (TCP, 23))),
    ("tcp:80", ((TCP, 80),), ((UDP, 80), (TCP, 81))),
    ("udp:53", ((UDP, 53),), ((TCP, 53), (UDP, 54))),
    ("udp:1000-1010", ((UDP, 1000), (UDP, 1010)), ((UDP, 999), (UDP, 1011))),
    ("sctp:132", ((132, 132),), ((132, 133), (TCP, 132))),
)
_ECHO: Final[dict[Family, tuple[str, Assignment, Assignment]]] = {
    4: (
        "icmp:8/0",
        (("proto", ICMP), ("icmp_type", 8), ("icmp_code", 0)),
        (("proto", ICMP), ("icmp_type", 8), ("icmp_code", 1)),
    ),
    6: (
        "icmpv6:128/0",
        (("proto", ICMPV6), ("icmp_type", 128), ("icmp_code", 0)),
        (("proto", ICMPV6), ("icmp_type", 129), ("icmp_code", 0)),
    ),
}


@dataclass(frozen=True, slots=True)
class SetText:
    """One set: its commands, its dimensions, and per element what its parts stand for."""

    name: str
    text: str
    dimensions: str
    elements: tuple[tuple["Part", ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension of an element: values for a field still to be chosen by direction."""

    kind: str
    inside: tuple[object, ...]
    outside: tuple[object, ...]
    text: str = ""


def _address(draw: st.DrawFn, family: Family, kind: str, type_name: str) -> Part:
    if kind == "n":
        blocks = [b for b in BLOCKS[family] if b.text.split("/")[1].isdigit()]
    else:
        blocks = [b for b in _HOSTS[family] if type_name != "bitmap:ip" or b.text[:3] == "10."]
    block: Block = draw(st.sampled_from(blocks))
    text = block.text.removesuffix("/32").removesuffix("/128")
    return Part(kind, tuple(block.inside), tuple(block.outside), text)


def _port(draw: st.DrawFn, family: Family, *, is_bitmap: bool) -> Part:
    if is_bitmap:
        port = draw(st.sampled_from((0, 22, 80, 443, 1024)))
        beside = [(proto, port + 1) for proto in (TCP, UDP)]
        return Part("p", ((TCP, port), (UDP, port)), (*beside, (132, port)), str(port))
    if draw(st.integers(0, 4)) == 0:
        text, hit, miss = _ECHO[family]
        return Part("p", (hit,), (miss,), text)
    text, hits, misses = draw(st.sampled_from(_PORTS))
    return Part("p", hits, misses, text)


def _part(draw: st.DrawFn, family: Family, kind: str, type_name: str) -> Part:
    if kind == "p":
        return _port(draw, family, is_bitmap=type_name == "bitmap:port")
    if kind == "i":
        name = draw(st.sampled_from(("eth0", "eth1", "wan")))
        return Part("i", (name,), ("eth10", "eth0" if name != "eth0" else "wan"), name)
    return _address(draw, family, kind, type_name)


@st.composite
def set_texts(draw: st.DrawFn, family: Family) -> tuple[SetText, ...]:
    """Two sets of random types with a few elements, and sometimes a list of both."""
    names = [name for name in _TYPES if family == 4 or name != "bitmap:ip"]
    found = [
        _set_text(draw, family, f"s{number}", draw(st.sampled_from(names))) for number in range(2)
    ]
    if draw(st.integers(0, 3)) == 0:
        both = "create both list:set size 8\nadd both s0\nadd both s1\n"
        widest = max(found, key=lambda each: len(each.dimensions))
        elements = tuple(element for each in found for element in each.elements)
        found.append(SetText("both", both, widest.dimensions, elements))
    return tuple(found)


def _set_text(draw: st.DrawFn, family: Family, name: str, type_name: str) -> SetText:
    dimensions = _TYPES[type_name]
    if type_name in _BITMAPS:
        options = _BITMAPS[type_name]
    else:
        options = f"family {'inet' if family == 4 else 'inet6'} hashsize 1024 maxelem 65536"
    timeout = draw(st.integers(0, 7)) == 0
    lines = [f"create {name} {type_name} {options}{' timeout 600' if timeout else ''}"]
    elements: dict[str, tuple[Part, ...]] = {}
    for _ in range(draw(st.integers(0, 4))):
        parts = tuple(_part(draw, family, kind, type_name) for kind in dimensions)
        text = ",".join(part.text for part in parts)
        if text in elements:
            continue
        elements[text] = parts
        # ipset(8), nomatch: only where a dimension is a network.
        is_hole = "n" in dimensions and draw(st.integers(0, 3)) == 0
        lines.append(
            f"add {name} {text}{' timeout 500' if timeout else ''}{' nomatch' if is_hole else ''}"
        )
    return SetText(name, "\n".join([*lines, ""]), dimensions, tuple(elements.values()))


def match_set(draw: st.DrawFn, wanted: SetText, *, is_negated: bool) -> tuple[str, Hint]:
    """The options of a match against the set, and its hint."""
    flags = [draw(st.sampled_from(("src", "dst"))) for _ in wanted.dimensions]
    if len(flags) > 1 and draw(st.integers(0, 9)) == 0:
        flags.pop()
    extra = " --return-nomatch" if draw(st.integers(0, 9)) == 0 else ""
    bang = "! " if is_negated else ""
    text = f"-m set {bang}--match-set {wanted.name} {','.join(flags)}{extra}"
    inside: list[Assignment] = []
    outside: list[Assignment] = []
    for element in wanted.elements:
        pairs = list(zip(element, flags, strict=False))
        whole = tuple(item for part, flag in pairs for item in _fields(part, part.inside[0], flag))
        inside.append(whole)
        for part, flag in pairs:
            inside += [(*whole, *_fields(part, value, flag)) for value in part.inside[1:]]
            outside += [(*whole, *_fields(part, value, flag)) for value in part.outside]
    hint = Hint(tuple(inside), tuple(outside))
    return text, hint.negated() if is_negated else hint


def _fields(part: Part, value: object, flag: str) -> Assignment:
    """What the value means for a packet, by the direction in which the dimension is read."""
    if part.kind == "i":
        return (("in_name" if flag == "src" else "out_name", str(value)),)
    if part.kind == "p":
        assert isinstance(value, tuple)
        if isinstance(value[0], tuple):
            return value
        return (("proto", value[0]), ("sport" if flag == "src" else "dport", value[1]))
    assert isinstance(value, int)
    return ((flag, value),)

"""Hypothesis strategies for the matches of iptables and ip6tables, each with hints at its edges.

Sources: iptables(8), iptables-extensions(8). Values that both tools refuse are not drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import DCCP, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE, Family
from tests.oracles.kernel.cases import Hint
from tests.oracles.kernel.constants import (
    BLOCKS,
    FLAGS,
    INTERFACE_PATTERNS,
    MULTIPORTS,
    PORTS,
    RANGES,
    interface_hint,
    port_hint,
    value_hint,
)
from tests.oracles.kernel.namespace import INTERFACES
from tests.oracles.kernel.oracle import JudgedHook
from tests.oracles.kernel.sets import SetText, match_set


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands, as far as the tools care; `chain` is the base chain it hangs from."""

    family: Family
    hook: JudgedHook
    table: str
    chain: str
    sets: tuple[SetText, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchText:
    """Options of one match, and its hints."""

    text: str
    hints: tuple[Hint, ...] = ()


Draw = Callable[[st.SearchStrategy[object]], object]

_PROTOCOLS: Final[dict[Family, dict[str, int]]] = {
    4: {"gre": 47, "esp": 50, "ospf": 89, "ah": 51, "132": 132, "253": 253, "igmp": 2},
    6: {"gre": 47, "esp": 50, "ospf": 89, "132": 132, "253": 253},
}
_ICMP: Final[dict[Family, tuple[tuple[str, tuple[tuple[int, int], ...]], ...]]] = {
    4: (
        ("8", ((8, 0), (8, 1))),
        ("echo-request", ((8, 0), (8, 3))),
        ("8/0", ((8, 0),)),
        ("0", ((0, 0),)),
        ("3", ((3, 0), (3, 1), (3, 15))),
        ("3/1", ((3, 1),)),
        ("fragmentation-needed", ((3, 4),)),
        ("11/0", ((11, 0),)),
        ("timestamp-request", ((13, 0),)),
        ("any", ((8, 0), (0, 0), (42, 7))),
    ),
    6: (
        ("128", ((128, 0), (128, 1))),
        ("echo-request", ((128, 0),)),
        ("echo-reply", ((129, 0),)),
        ("1", ((1, 0), (1, 4))),
        ("1/4", ((1, 4),)),
        ("packet-too-big", ((2, 0),)),
        ("neighbour-solicitation", ((135, 0),)),
        ("router-advertisement", ((134, 0),)),
        ("130", ((130, 0),)),
        ("139/1", ((139, 1),)),
    ),
}
_FLAG_TESTS: Final = (
    ("--syn", 0x17, 0x02),
    ("--tcp-flags FIN,SYN,RST,ACK SYN", 0x17, 0x02),
    ("--tcp-flags SYN,RST SYN,RST", 0x06, 0x06),
    ("--tcp-flags ALL NONE", 0x3F, 0x00),
    ("--tcp-flags ALL FIN,PSH,URG", 0x3F, 0x29),
    ("--tcp-flags ALL ALL", 0x3F, 0x3F),
    ("--tcp-flags ACK ACK", 0x10, 0x10),
    ("--tcp-flags SYN,ACK SYN,ACK", 0x12, 0x12),
    ("--tcp-flags RST,FIN NONE", 0x05, 0x00),
    ("--tcp-flags NONE NONE", 0x00, 0x00),
)
_STATES: Final = (
    "NEW",
    "ESTABLISHED",
    "RELATED,ESTABLISHED",
    "INVALID",
    "UNTRACKED",
    "INVALID,NEW",
    "NEW,UNTRACKED",
    "RELATED",
)
_CT_STATES: Final = (*_STATES, "DNAT", "SNAT", "NEW,DNAT", "INVALID,SNAT")
_MARKS: Final = ("0x1", "0x1/0x1", "0x10/0xf0", "0x0/0xff", "0x2/0x3", "0x5")
_TYPES: Final = ("LOCAL", "UNICAST", "BROADCAST", "MULTICAST", "LOCAL,BROADCAST", "BLACKHOLE")

# Matches outside the model, with what each is allowed in: a memory, a die, or another property.
_UNREAD: Final = (
    "-m limit --limit 1/hour --limit-burst 3",
    "-m statistic --mode nth --every 2 --packet 0",
    "-m statistic --mode random --probability 0.5",
    "-m statistic --mode random ! --probability 0.5",
    "-m hashlimit --hashlimit-upto 1/hour --hashlimit-name h --hashlimit-mode srcip",
    "-m recent --name r --set",
    "-m recent --name r --rcheck",
    "-m recent --name r --update --seconds 60 --hitcount 2",
    "-m string --algo bm --string x",
    "-m string --algo bm ! --string x",
    "-m time --timestart 00:00 --timestop 12:00",
    "-m u32 --u32 0&0xf=5",
    "-m length --length 20:100",
    "-m length ! --length 60",
    "-m quota --quota 2000",
    "-m connlimit --connlimit-above 2",
    "-m dscp --dscp 0x01",
    "-m cpu --cpu 0",
)
_UNREAD_TTL: Final[dict[Family, str]] = {4: "-m ttl --ttl-gt 10", 6: "-m hl --hl-gt 10"}


def _negation(draw: st.DrawFn, odds: int = 4) -> bool:
    return draw(st.integers(1, odds)) == 1


def _signed(text: str, hint: Hint, *, is_negated: bool) -> MatchText:
    return MatchText(f"! {text}" if is_negated else text, (hint.negated() if is_negated else hint,))


def _address(draw: st.DrawFn, place: Place) -> MatchText:
    block = draw(st.sampled_from(BLOCKS[place.family]))
    option, field = draw(
        st.sampled_from((("-s", "src"), ("-d", "dst"), ("--source", "src"), ("--dst", "dst")))
    )
    return _signed(f"{option} {block.text}", block.hint(field), is_negated=_negation(draw))


def _range(draw: st.DrawFn, place: Place) -> MatchText:
    block = draw(st.sampled_from(RANGES[place.family]))
    side = draw(st.sampled_from(("src", "dst")))
    match = _signed(f"--{side}-range {block.text}", block.hint(side), is_negated=_negation(draw))
    return MatchText(f"-m iprange {match.text}", match.hints)


def _interface(draw: st.DrawFn, place: Place) -> MatchText:
    has_in = place.chain in ("PREROUTING", "INPUT", "FORWARD")
    has_out = place.chain in ("FORWARD", "OUTPUT", "POSTROUTING")
    if has_in and has_out:
        has_in = draw(st.booleans())
    options = ("-i", "--in-interface") if has_in else ("-o", "--out-interface")
    option = draw(st.sampled_from(options))
    field = "in_name" if has_in else "out_name"
    pattern = draw(st.sampled_from(tuple(INTERFACE_PATTERNS)))
    hint = interface_hint(field, pattern, INTERFACES)
    # iptables-legacy-save prints nothing for `! -i +`, so its export says the opposite.
    is_negated = pattern != "+" and _negation(draw)
    return _signed(f"{option} {pattern}", hint, is_negated=is_negated)


def _state(draw: st.DrawFn, place: Place) -> MatchText:
    if draw(st.booleans()):
        bang = "! " if _negation(draw) else ""
        return MatchText(f"-m state {bang}--state {draw(st.sampled_from(_STATES))}")
    parts = ["-m conntrack"]
    kind = draw(st.sampled_from(("state", "state", "state", "proto", "status", "dir", "orig")))
    bang = "! " if _negation(draw) else ""
    if kind == "state":
        return MatchText(f"-m conntrack {bang}--ctstate {draw(st.sampled_from(_CT_STATES))}")
    if kind == "proto":
        proto = draw(st.sampled_from(("tcp", "udp", "17")))
        hint = value_hint("proto", (TCP, UDP), lambda number: (number == TCP) == (proto == "tcp"))
        return MatchText(f"-m conntrack {bang}--ctproto {proto}", (hint,))
    if kind == "status":
        status = draw(st.sampled_from(("NONE", "SEEN_REPLY", "ASSURED", "CONFIRMED", "EXPECTED")))
        return MatchText(f"-m conntrack {bang}--ctstatus {status}")
    if kind == "dir":
        way = draw(st.sampled_from(("ORIGINAL", "REPLY")))
        return MatchText(f"-m conntrack --ctstate ESTABLISHED,RELATED --ctdir {way}")
    return _original(draw, place, parts, bang)


def _original(draw: st.DrawFn, place: Place, parts: list[str], bang: str) -> MatchText:
    # Of a mask with holes, both tools keep nothing here: the rule is then about the one address.
    prefixes = [block for block in BLOCKS[place.family] if block.text.split("/")[1].isdigit()]
    block = draw(st.sampled_from(prefixes))
    field = draw(st.sampled_from(("src", "dst", "sport", "dport")))
    if field in ("src", "dst"):
        hint = block.hint(field)
        parts.append(f"{bang}--ctorig{field} {block.text}")
    else:
        proto, number = draw(st.sampled_from((("tcp", TCP), ("udp", UDP))))
        ports = draw(st.sampled_from(("22", "80", "80:443")))
        hint = port_hint(number, field, ports)
        parts += [f"--ctproto {proto}", f"{bang}--ctorig{field[0]}{field[1:]} {ports}"]
        parts[-1] = parts[-1].replace("ctorigsport", "ctorigsrcport")
        parts[-1] = parts[-1].replace("ctorigdport", "ctorigdstport")
    return MatchText(" ".join(parts), (hint.negated() if bang else hint,))


def _set(draw: st.DrawFn, place: Place) -> MatchText:
    text, hint = match_set(draw, draw(st.sampled_from(place.sets)), is_negated=_negation(draw))
    return MatchText(text, (hint,))


def _mark(draw: st.DrawFn, _: Place) -> MatchText:
    bang = "! " if _negation(draw) else ""
    return MatchText(f"-m mark {bang}--mark {draw(st.sampled_from(_MARKS))}")


def _address_type(draw: st.DrawFn, place: Place) -> MatchText:
    # The router has no address of its own here. Elsewhere, what comes to INPUT is for one, and what
    # leaves by OUTPUT is from one.
    sides = {"input": ("src",), "output": ("dst",)}.get(place.hook, ("src", "dst"))
    side = draw(st.sampled_from(sides))
    bang = "! " if _negation(draw) else ""
    return MatchText(f"-m addrtype {bang}--{side}-type {draw(st.sampled_from(_TYPES))}")


def _packet_type(draw: st.DrawFn, _: Place) -> MatchText:
    names = ("unicast", "broadcast", "multicast")
    wanted = draw(st.sampled_from(names))
    hint = value_hint("pkt_type", range(3), lambda number: names[number] == wanted)
    match = _signed(f"--pkt-type {wanted}", hint, is_negated=_negation(draw))
    return MatchText(f"-m pkttype {match.text}", match.hints)


def _comment(draw: st.DrawFn, _: Place) -> MatchText:
    texts = (
        "plain",
        '"two words"',
        '"-j ACCEPT"',
        '"it\'s \\"quoted\\" \\\\ here"',
        '"-A INPUT # x"',
    )
    return MatchText(f"-m comment --comment {draw(st.sampled_from(texts))}")


_OTHERS: Final[tuple[Callable[[st.DrawFn, Place], MatchText], ...]] = (
    _address,
    _address,
    _address,
    _range,
    _interface,
    _interface,
    _state,
    _state,
    _comment,
    _packet_type,
    _mark,
    _set,
    _set,
)


def _ports(draw: st.DrawFn, proto: str, number: int, module: str) -> MatchText:
    option, field = draw(
        st.sampled_from(
            (
                ("--dport", "dport"),
                ("--dport", "dport"),
                ("--sport", "sport"),
                ("--destination-port", "dport"),
                ("--source-port", "sport"),
            )
        )
    )
    ports = draw(st.sampled_from(PORTS))
    hint = port_hint(number, field, ports)
    # iptables-nft 1.8.9 loads `! --sport 0:65535`, and both print it, as a test of the protocol.
    is_negated = ports != "0:65535" and _negation(draw)
    match = _signed(f"{option} {ports}", hint, is_negated=is_negated)
    return MatchText(f"-p {proto} -m {module} {match.text}", match.hints)


def _multiport(draw: st.DrawFn, proto: str, number: int) -> MatchText:
    option, field = draw(
        st.sampled_from((("--dports", "dport"), ("--sports", "sport"), ("--ports", "")))
    )
    ports = draw(st.sampled_from(MULTIPORTS))
    hint = port_hint(number, field or draw(st.sampled_from(("sport", "dport"))), ports)
    match = _signed(f"{option} {ports}", hint, is_negated=_negation(draw))
    return MatchText(f"-p {proto} -m multiport {match.text}", match.hints)


def _tcp_flags(draw: st.DrawFn) -> MatchText:
    text, mask, wanted = draw(st.sampled_from(_FLAG_TESTS))
    hint = value_hint("tcp_flags", FLAGS, lambda value: value & mask == wanted, (("proto", TCP),))
    # As with all ports: iptables-nft 1.8.9 takes `! --tcp-flags NONE NONE` for no test at all.
    match = _signed(text, hint, is_negated=mask != 0 and _negation(draw))
    return MatchText(f"-p tcp -m tcp {match.text}", match.hints)


def _icmp(draw: st.DrawFn, family: Family) -> MatchText:
    proto, module, option, number = (
        ("icmp", "icmp", "--icmp-type", ICMP)
        if family == 4
        else ("ipv6-icmp", "icmp6", "--icmpv6-type", ICMPV6)
    )
    text, inside = draw(st.sampled_from(_ICMP[family]))
    others = [pair for _, pairs in _ICMP[family] for pair in pairs if pair not in inside]
    named = [
        tuple((("proto", number), ("icmp_type", kind), ("icmp_code", code)) for kind, code in pairs)
        for pairs in (inside, others)
    ]
    hint = Hint(named[0], named[1] if text != "any" else ())
    match = _signed(f"{option} {text}", hint, is_negated=_negation(draw))
    return MatchText(f"-p {proto} -m {module} {match.text}", match.hints)


def _protocol(draw: st.DrawFn, family: Family) -> MatchText:
    names = {"tcp": TCP, "udp": UDP, "6": TCP, **_PROTOCOLS[family]}
    name = draw(st.sampled_from(tuple(names)))
    wanted = names[name]
    hint = value_hint("proto", dict.fromkeys(names.values()), lambda number: number == wanted)
    option = draw(st.sampled_from(("-p", "--protocol")))
    return _signed(f"{option} {name}", hint, is_negated=_negation(draw))


def protocol_match(draw: st.DrawFn, family: Family) -> MatchText:
    """A test of the protocol and of what belongs to it, or none."""
    kind = draw(st.integers(0, 15))
    if kind < 4:
        return MatchText("")
    if kind < 8:
        name, number = draw(st.sampled_from((("tcp", TCP), ("udp", UDP))))
        return _ports(draw, name, number, name)
    if kind < 10:
        protos = (("tcp", TCP), ("udp", UDP), ("sctp", SCTP), ("dccp", DCCP), ("udplite", UDPLITE))
        return _multiport(draw, *draw(st.sampled_from(protos)))
    if kind < 11:
        name, number = draw(st.sampled_from((("sctp", SCTP), ("dccp", DCCP))))
        return _ports(draw, name, number, name)
    if kind < 13:
        return _tcp_flags(draw)
    return _icmp(draw, family) if kind < 15 else _protocol(draw, family)


def other_match(draw: st.DrawFn, place: Place) -> MatchText:
    """A test of anything but the protocol."""
    kinds = [kind for kind in _OTHERS if place.sets or kind is not _set]
    return draw(st.sampled_from(kinds))(draw, place)


def unread_match(draw: st.DrawFn, place: Place) -> MatchText:
    """A test that nobody can decide from the export, such as which addresses are the device's."""
    # ip6tables asks the routing table, in which here every address is R's own.
    if place.family == 4 and draw(st.integers(0, 4)) == 0:
        return _address_type(draw, place)
    texts = [*_UNREAD, _UNREAD_TTL[place.family]]
    if place.chain in ("OUTPUT", "POSTROUTING"):
        texts += ["-m owner --uid-owner 0", "-m owner ! --uid-owner 1-1000"]
    else:
        texts.append("-m mac --mac-source 02:00:00:00:00:02")
    return MatchText(draw(st.sampled_from(texts)))

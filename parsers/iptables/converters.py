"""What the options of the match extensions ask of a packet.

Every converter gets the option without its negation. Where a comment names a file without more, it
is one of Linux's net/netfilter.
"""

from collections.abc import Callable

from flowmodel import fields
from flowmodel.fields import Family, NameField, NumberField
from flowmodel.match import NEVER, Masked, Match, Name, Not, Test, Unread, Volatile
from flowmodel.values import Interval, single, union
from parsers.iptables.conditions import either, in_set, negate, one, under_mask
from parsers.iptables.options import Answer, Asked
from parsers.shared import names, values
from parsers.shared.digits import is_decimal
from parsers.shared.values import MalformedError

Converter = Callable[[Asked], Match]

TRACKED = ((fields.NEW, fields.RELATED),)
"""The states of packets that have a conntrack entry."""
WITHOUT_PORTS = " (of a protocol without ports)"
"""What stands behind the text of a test of ports, for the packets that have none."""
_EVERY_ADDRESS = {4: (1 << 32) - 1, 6: (1 << 128) - 1}
_WITH_PORTS = union((number, number) for number in fields.TRACKED_PORTS)


def unread(asked: Asked) -> Match:
    """The option's text, unread."""
    return (Unread(asked.text),)


def hardware_address(asked: Asked) -> Match:
    """The option's text with the address in one spelling, unread: the model has no such field."""
    from netaddr import EUI, AddrFormatError, mac_unix_expanded

    try:
        address = EUI(asked.value, version=48, dialect=mac_unix_expanded)
    except AddrFormatError:
        raise MalformedError(f"`{asked.value}` is no hardware address", asked.value) from None
    return (Unread(f"-m mac --mac-source {address}"),)


def volatile(asked: Asked) -> Match:
    """The option's text, which may answer differently at each visit."""
    return (Volatile(asked.text),)


def never(asked: Asked) -> Match:
    """Of fragments, which no packet of the model is (fragments.py)."""
    if asked.family == 6:
        raise MalformedError("`-f` is for IPv4 only: ip6tables has `-m frag`", "-f")
    return (NEVER,)


def nothing(_asked: Asked) -> Match:
    """No condition."""
    return ()


def prefix(field: NumberField) -> Converter:
    """Addresses: prefixes, other masks, lists; names stay unread."""

    def convert(asked: Asked) -> Match:
        every = _EVERY_ADDRESS[asked.family]
        ranges: list[Interval] = []
        others: list[Match] = []
        try:
            for text in asked.value.split(","):
                value, mask = values.masked_address(text, asked.family)
                holes = every ^ mask
                if not holes:
                    ranges.append((value, value))
                elif holes & (holes + 1):
                    others.append((Masked(field, mask, value),))
                else:
                    ranges.append((value, value | holes))
        except values.HostnameError:
            return unread(asked)
        if others or len(ranges) > 1:
            return either(in_set(field, union(ranges), asked.family), *others)
        return (Test(field, tuple(ranges)),) if ranges != [(0, every)] else ()

    return convert


def address_range(field: NumberField) -> Converter:
    """A range of addresses; a reversed one loads and never matches (xt_iprange.c)."""

    def convert(asked: Asked) -> Match:
        first, last = values.address_range(asked.value, asked.family)
        return in_set(field, ((first, last),) if first <= last else (), asked.family)

    return convert


def protocol(asked: Asked) -> Match:
    """`-p`; 0 is every protocol (iptables(8), -p)."""
    try:
        value = values.protocol(asked.value)
    except values.UnknownNameError:
        return unread(asked)
    return in_set("proto", single(value), asked.family) if value else ()


def interface(field: NameField) -> Converter:
    """An interface, `eth+` every one that begins with `eth`, `+` all, also none (x_tables.h)."""

    def convert(asked: Asked) -> Match:
        name = asked.value
        # IFNAMSIZ is 16 with the zero at the end.
        if not name or len(name.encode(errors="surrogateescape")) > 15:
            raise MalformedError(f"`{name}` is no interface: 1 to 15 bytes are meant", name)
        if name == "+":
            return ()
        if name.endswith("+"):
            return (Name(field, frozenset(), (name[:-1],)),)
        return (Name(field, frozenset({name})),)

    return convert


def ports(*ports_of: NumberField) -> Converter:
    """A port, a range or a list, of any of the fields: `--ports` is source or destination."""

    def convert(asked: Asked) -> Match:
        texts = asked.value.split(",")
        if "" in texts:
            raise MalformedError(f"a port is missing in `{asked.value}`", asked.value)
        try:
            found = union(values.port_range(text) for text in texts)
        except values.UnknownNameError:
            return unread(asked)
        return either(*(in_set(field, found, asked.family) for field in ports_of))

    return convert


def one_port(field: NumberField) -> Converter:
    """A port or a range; a list is refused."""

    def convert(asked: Asked) -> Match:
        try:
            return in_set(field, (values.port_range(asked.value),), asked.family)
        except values.UnknownNameError:
            return unread(asked)

    return convert


def port_list(*ports_of: NumberField) -> Converter:
    """The list of multiport: up to 15 slots, a range takes two (iptables-extensions(8))."""
    convert = ports(*ports_of)

    def convert_list(asked: Asked) -> Match:
        slots = sum(2 if ":" in text else 1 for text in asked.value.split(","))
        if slots > 15:
            raise MalformedError(
                f"{slots} ports in one `-m multiport`: 15 is the most", asked.value
            )
        return convert(asked)

    return convert_list


def tcp_flags(asked: Asked) -> Match:
    """`--tcp-flags mask set`: of the flags in the mask, exactly those are set (xt_tcpudp.c)."""
    mask, wanted = (_flags(text) for text in asked.values)
    return under_mask("tcp_flags", mask, wanted)


def syn(_asked: Asked) -> Match:
    """`--syn` is `--tcp-flags FIN,SYN,RST,ACK SYN` (iptables-extensions(8), tcp)."""
    return (Masked("tcp_flags", fields.FIN | fields.SYN | fields.RST | fields.ACK, fields.SYN),)


def _flags(text: str) -> int:
    found = 0
    for name in text.split(","):
        if name.upper() not in names.TCP_FLAGS:
            raise MalformedError(f"`{name}` is no TCP flag", text)
        found |= names.TCP_FLAGS[name.upper()]
    return found


def icmp(known: dict[str, names.IcmpName]) -> Converter:
    """An ICMP type with or without a code, by number or name."""

    def convert(asked: Asked) -> Match:
        text = asked.value.lower()
        if text in known:
            kind, first, last = known[text]
        elif is_decimal(text[:1]):
            kind_text, slash, code = text.partition("/")
            kind = values.number(kind_text, 255, "ICMP type")
            first, last = 0, 255
            if slash:
                first = last = values.number(code, 255, "ICMP code")
        else:
            raise MalformedError(f"`{asked.value}` is no ICMP type", asked.value)
        # xt_tcpudp.c/ip_tables.c, icmp_type_code_match: 255 is `any`, of IPv4 only.
        if kind == 255 and asked.family == 4:
            return ()
        return in_set("icmp_type", single(kind), asked.family) + in_set(
            "icmp_code", ((first, last),), asked.family
        )

    return convert


def state(asked: Asked) -> Match:
    """Connection states and, for packets with an entry, NAT done to the connection.

    xt_conntrack.c, conntrack_mt: SNAT and DNAT are bits of the entry's status, or-ed to the states.
    """
    states: list[Interval] = []
    either_of: list[Match] = []
    for name in asked.value.split(","):
        if name.lower() in fields.STATES:
            states.append((fields.STATES[name.lower()],) * 2)
        elif name.upper() in {"SNAT", "DNAT"} and asked.option == "--ctstate":
            bit = fields.SNAT if name.upper() == "SNAT" else fields.DNAT
            either_of.append((Test("state", TRACKED), Masked("ct_status", bit, bit)))
        else:
            raise MalformedError(f"`{name}` is no connection state", asked.value)
    if states:
        either_of.insert(0, (Test("state", union(states)),))
    return either(*either_of)


_STATUS = {
    "EXPECTED": fields.EXPECTED,
    "SEEN_REPLY": fields.SEEN_REPLY,
    "ASSURED": fields.ASSURED,
    "CONFIRMED": fields.CONFIRMED,
}


def conntrack_status(asked: Asked) -> Match:
    """Any of the bits of the entry's status; NONE is no bit at all, so alone it never matches."""
    bits_of = []
    for name in asked.value.split(","):
        if name.upper() in _STATUS:
            bits_of.append(_STATUS[name.upper()])
        elif name.upper() != "NONE":
            raise MalformedError(f"`{name}` is no conntrack status", asked.value)
    return either(*((Masked("ct_status", bit, bit),) for bit in bits_of))


def conntrack_direction(asked: Asked) -> Match:
    """The direction that the packet has in its connection."""
    directions = {"ORIGINAL": fields.ORIGINAL, "REPLY": fields.REPLY}
    if asked.value.upper() not in directions:
        raise MalformedError(f"`{asked.value}` is no direction: ORIGINAL or REPLY", asked.value)
    return (Test("ct_dir", single(directions[asked.value.upper()])),)


def original_protocol(asked: Asked) -> Match:
    """The protocol of the connection; 0 is compared like any other number."""
    try:
        return (Test("orig_proto", single(values.protocol(asked.value))),)
    except values.UnknownNameError:
        return unread(asked)


def original_port(field: NumberField) -> Converter:
    """A port of the connection's first packet, before NAT.

    xt_conntrack.c compares the raw 16 bits, which hold something else for protocols without ports.
    """
    convert_port = one_port(field)

    def convert(asked: Asked) -> Match:
        has_ports = Test("orig_proto", _WITH_PORTS)
        other = Unread(f"{asked.text}{WITHOUT_PORTS}")
        return either((has_ports, *convert_port(asked)), (one(negate((has_ports,), 4)), other))

    return convert


def conntrack(answers: list[Answer]) -> Match:
    """What the options of `-m conntrack` mean together.

    xt_conntrack.c, conntrack_mt: for a packet without an entry (INVALID, UNTRACKED) the state alone
    decides, and without `--ctstate` it does not match, also where other options are negated.
    """
    states: Match = ()
    others: Match = ()
    has_state = False
    for answer in answers:
        family: Family = answer.asked.family
        match = negate(answer.match, family) if answer.is_negated else answer.match
        if answer.asked.option == "--ctstate":
            states, has_state = match, True
        else:
            others += match
    tracked = Test("state", TRACKED)
    if not has_state:
        return (tracked, *others)
    if not others:
        return states
    return states + either(negate((tracked,), 4), others)


def mark(asked: Asked) -> Match:
    """The packet's mark under a mask (xt_mark.c)."""
    value, mask = values.mark(asked.value)
    return under_mask("mark", mask, value)


def connection_mark(asked: Asked) -> Match:
    """The connection's mark under a mask."""
    value, mask = values.mark(asked.value)
    return under_mask("ct_mark", mask, value)


def connmark(answers: list[Answer]) -> Match:
    """A packet without an entry never matches, negated or not (xt_connmark.c, connmark_mt)."""
    match: Match = (Test("state", TRACKED),)
    for answer in answers:
        match += negate(answer.match, answer.asked.family) if answer.is_negated else answer.match
    return match


def packet_type(asked: Asked) -> Match:
    """Whether the frame was for this machine, for all or for a group (xt_pkttype.c)."""
    if asked.value.lower() not in names.PACKET_TYPES:
        return unread(asked)
    return (Test("pkt_type", single(names.PACKET_TYPES[asked.value.lower()])),)


def bridge_port(field: NameField) -> Converter:
    """The bridge port the frame came or leaves by; `+` is any, but not none (xt_physdev.c)."""
    convert_name = interface(field)

    def convert(asked: Asked) -> Match:
        return convert_name(asked) or is_bridged(field)(asked)

    return convert


def is_bridged(field: NameField) -> Converter:
    """There is a bridge port."""

    def convert(_asked: Asked) -> Match:
        return (Not(Name(field, frozenset({""}))),)

    return convert


def only_family(family: Family) -> Converter:
    """`-4` or `-6`: in the other family's table iptables-restore leaves the rule out."""
    return lambda asked: () if asked.family == family else (NEVER,)

"""The properties of packets that nft can ask for, and where the model has them.

This is the table behind docs/formats.md: a key that is missing here is refused.
"""

import re
from typing import Final

from flowmodel.fields import NameField, NumberField
from flowmodel.record import NamedTuple
from parsers.nftables.headers import CT, HEADERS, META, TYPES
from parsers.nftables.values import BITS, RefusedError


class Selector(NamedTuple):
    """What a key asks for.

    `field` is empty where the model does not have it: the test stays unread. `depends` are the
    protocols that nft tests for by itself before it looks: nft(8), PAYLOAD EXPRESSIONS, and what
    the kernel itself asks for.
    """

    key: str
    kind: str
    field: str
    depends: tuple[str, ...] = ()
    is_volatile: bool = False
    presence: str = ""
    """What must be there, or the rule ends: neither the test nor its negation holds without it."""

    @property
    def bits(self) -> int:
        """The width of the value; 0 for texts."""
        return BITS.get(self.kind, 0)


_READ: Final[dict[str, tuple[str, str]]] = {
    "ip saddr": ("ipv4", "src"),
    "ip daddr": ("ipv4", "dst"),
    "ip protocol": ("proto", "proto"),
    "ip6 saddr": ("ipv6", "src"),
    "ip6 daddr": ("ipv6", "dst"),
    "ip6 nexthdr": ("proto", "nexthdr"),
    "icmp type": ("icmp_type", "icmp_type"),
    "icmp code": ("icmp_code", "icmp_code"),
    "icmpv6 type": ("icmpv6_type", "icmp_type"),
    "icmpv6 code": ("icmpv6_code", "icmp_code"),
    "tcp flags": ("tcp_flags", "tcp_flags"),
    "th sport": ("port", "th_sport"),
    "th dport": ("port", "th_dport"),
    "raw_th_0_16": ("port", "th_sport"),
    "raw_th_16_16": ("port", "th_dport"),
    "meta l4proto": ("proto", "proto"),
    "meta nfproto": ("nfproto", "nfproto"),
    "meta protocol": ("ethertype", "ethertype"),
    "meta mark": ("mark", "mark"),
    "meta iif": ("ifname", "in"),
    "meta iifname": ("ifname", "in"),
    "meta oif": ("ifname", "out"),
    "meta oifname": ("ifname", "out"),
    "meta pkttype": ("pkttype", "pkt_type"),
    "ct state": ("ct_state", "state"),
    "ct status": ("ct_status", "ct_status"),
    "ct direction": ("ct_dir", "ct_dir"),
    "ct mark": ("mark", "ct_mark"),
    "ct l3proto": ("nfproto", "nfproto"),
    "ct protocol": ("proto", "orig_proto"),
    "ct original protocol": ("proto", "orig_proto"),
    "ct original ip saddr": ("ipv4", "orig_src"),
    "ct original ip daddr": ("ipv4", "orig_dst"),
    "ct original ip6 saddr": ("ipv6", "orig_src"),
    "ct original ip6 daddr": ("ipv6", "orig_dst"),
    "ct original proto-src": ("port", "ct_sport"),
    "ct original proto-dst": ("port", "ct_dport"),
    "fib daddr type": ("addrtype", "dst_type"),
    "fib saddr type": ("addrtype", "src_type"),
    **{
        f"{header} {port}": ("port", port)
        for header in ("tcp", "udp", "sctp", "dccp", "udplite")
        for port in ("sport", "dport")
    },
}
"""The keys that the model has, with kind and field."""

# Where the kernel ends the rule (NFT_BREAK) because what is asked for is not there: nft_meta.c,
# nft_socket.c, nft_ct.c, nft_rt.c, nft_xfrm.c, nft_exthdr.c, nft_inner.c; and nft tests for frames
# of Ethernet before it looks into one (src/payload.c, payload_gen_dependency).
_PRESENCE: Final = (
    (re.compile(r"meta (skuid|skgid|cgroup)|socket .*"), "the packet belongs to a socket"),
    (
        re.compile(r"(ether|vlan) .*"),
        "the packet comes in a frame of Ethernet (meta iiftype ether)",
    ),
    (re.compile(r"raw_ll_.*"), "the packet comes in a frame"),
    (re.compile(r"meta i(iftype|ifkind|ifgroup)"), "there is an interface it came by"),
    (re.compile(r"meta o(iftype|ifkind|ifgroup)"), "there is an interface it leaves by"),
    (re.compile(r"meta (ibr|obr)\w+"), "the interface is of a bridge"),
    (re.compile(r"meta rtclassid|rt (ip6? )?(classid|nexthop|ipsec)"), "the packet has a route"),
    (re.compile(r"ct helper"), "the connection has a helper"),
    (re.compile(r"ipsec .*"), "the packet is of IPsec"),
    (re.compile(r"(tcp|ip) option \S+ \S+|sctp chunk \S+ \S+|mh .*"), "{key} is there"),
    (re.compile(r"(vxlan|geneve|gretap|gre) \w+ \w+"), "there is a packet in the packet"),
)
# src/parser_bison.y, meta_key_unqualified.
_BARE_META: Final = re.compile(
    r"[io]if(?:name|type|kind|group)?|[io]br(?:name)?|[io]br(?:idgename|iport)|mark|sk[ug]id|nftrace|rtclassid"
    r"|pkttype|cpu|cgroup|ipsec|secpath|time|day|hour"
)
_ROUTE: Final = re.compile(r"rt (?:ip6? )?(?:classid|nexthop|mtu|ipsec)")
_VOLATILE: Final = re.compile(
    r"numgen random|numgen inc|meta random|ct (\w+ )?(bytes|packets|avgpkt|expiration)|"
    r"ct (id|timeout)|meta cpu"
)
# Which protocols have ports at the place where `th sport` and `th dport` look.
NUMBER_FIELDS: Final[dict[str, NumberField]] = {
    "src": "src",
    "dst": "dst",
    "proto": "proto",
    "sport": "sport",
    "dport": "dport",
    "icmp_type": "icmp_type",
    "icmp_code": "icmp_code",
    "tcp_flags": "tcp_flags",
    "state": "state",
    "ct_dir": "ct_dir",
    "ct_status": "ct_status",
    "mark": "mark",
    "ct_mark": "ct_mark",
    "src_type": "src_type",
    "dst_type": "dst_type",
    "pkt_type": "pkt_type",
    "orig_src": "orig_src",
    "orig_dst": "orig_dst",
    "orig_proto": "orig_proto",
    "orig_sport": "orig_sport",
    "orig_dport": "orig_dport",
    "ct_sport": "orig_sport",
    "ct_dport": "orig_dport",
    "th_sport": "sport",
    "th_dport": "dport",
}
NAME_FIELDS: Final[dict[str, NameField]] = {"in": "in", "out": "out"}


def keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every header with its fields, `meta` and `ct` among them, and the kind of each field."""
    known = {header: names.split() for header, (names, _) in HEADERS.items()}
    known |= {"meta": META, "ct": CT}
    return [
        (header, [(name, _READ.get(f"{header} {name}", ("text", ""))[0]) for name in names])
        for header, names in known.items()
    ]


_cache: dict[tuple[str, str], Selector] = {}


def selector(key: str, family: str) -> Selector:
    """What a key means in a table of this family; raises RefusedError for an unknown key."""
    known = _cache.get((key, family))
    if known is None:
        known = _cache[key, family] = _selector(_full(key), family)
    return known


def _full(key: str) -> str:
    """The key with `meta` in front of the bare ones, and older spellings made new."""
    if _BARE_META.fullmatch(key):
        key = f"meta {key}"
    return {
        "meta ibridgename": "meta ibrname",
        "meta obridgename": "meta obrname",
        "meta secpath": "meta ipsec",
    }.get(key, key)


def _selector(key: str, family: str) -> Selector:
    key = _ct_family(key, family)
    depends = _depends(key)
    kind, field = _READ.get(key, ("text", ""))
    if key.startswith("raw_"):
        kind, field = _raw(key, family, kind, field)
    if field in ("ethertype", "nfproto") and family in ("bridge", "arp"):
        kind, field = "text", ""
    parts = (key, *map(_full, hashed(key)))
    presence = " and ".join(dict.fromkeys(text for part in parts if (text := _presence(part))))
    is_volatile = any(map(_VOLATILE.match, parts))
    return Selector(key, kind, field, depends, is_volatile, presence)


def _presence(key: str) -> str:
    found = next((text for what, text in _PRESENCE if what.fullmatch(key)), "")
    return found.format(key=key)


def _ct_family(key: str, family: str) -> str:
    """`ct original saddr` with the family that the table says: the older spelling leaves it out."""
    match = re.fullmatch(r"ct (original|reply) ([sd]addr)", key)
    if not match:
        return key
    if family not in ("ip", "ip6"):
        raise RefusedError(f"`{key}` does not say of which family: write `ip {match[2]}`", key)
    return f"ct {match[1]} {family} {match[2]}"


def _depends(key: str) -> tuple[str, ...]:
    """The protocols that nft tests for before the key; raises RefusedError for an unknown key."""
    if _ROUTE.fullmatch(key):
        return {"ip": ("ip",), "ip6": ("ip6",)}.get(key.split()[1], ())
    header, _, name = key.rpartition(" ")
    if header == "meta":
        known = META
    elif header == "ct":
        known = CT
    elif header in HEADERS and not key.startswith(("tcp option", "ip option")):
        known = HEADERS[header][0].split()
    else:
        return _other_depends(key)
    if name not in known:
        raise RefusedError(f"`{header}` has no `{name}`", key)
    if header == "ct" and name != "state":
        return ("entry",)
    if key == "ct state" or header == "meta":
        return ()
    types = (TYPES[key],) if key in TYPES else ()
    return (*HEADERS[header][1], *types)


_OPTIONS: Final = {"tcp option": "tcp", "dccp option": "dccp", "sctp chunk": "sctp"}
_EXISTS: Final = re.compile(r"(?:tcp|dccp) option \S+|sctp chunk \S+")
_HASHED: Final = re.compile(r"jhash (.+?) mod [0-9].*")


def option_protocol(key: str) -> str:
    """The only protocol that can have the option or chunk whose presence is asked for, or none."""
    found = _EXISTS.fullmatch(key)
    return _OPTIONS[" ".join(key.split()[:2])] if found else ""


def hashed(key: str) -> list[str]:
    """The properties that a hash is made of; none for a key that is no hash."""
    found = _HASHED.fullmatch(key)
    return properties(found[1]) if found else []


def _hashed(key: str) -> tuple[str, ...]:
    """The protocols of everything that a hash is made of (src/evaluate.c, expr_evaluate_hash)."""
    names: list[str] = []
    for one in hashed(key):
        names += [each for each in _depends(_full(one)) if each not in names]
    return tuple(names)


_MOST_WORDS: Final = 5
_LONGER: Final = re.compile(
    r"ct (?:original|reply) (?:(?:ip6? )?[sd]addr|proto-(?:src|dst)|protocol|l3proto|bytes|packets)"
    r"|rt ip6? nexthop|ipsec (?:in|out) (?:ip6? )?(?:[sd]addr|reqid|spi)"
    r"|socket (?:transparent|mark|wildcard)|osf (?:name|version)|tcp option \S+ \S+"
    r"|(?:vxlan|geneve|gretap|gre) (?:ether|ip6?|tcp|udp) \w+|raw_[lnti]h_[0-9]+_[0-9]+"
)


_OTHER: Final = re.compile(
    r"(?:numgen|jhash|symhash|fib|rt|ipsec|osf|socket|exthdr|tcp option|ip option|sctp chunk"
    r"|dccp option|vxlan|geneve|gretap|gre) .*|raw_\w+"
)


def is_property(words: str) -> bool:
    """Whether words may name a property of packets, as the example of a type does (`typeof`)."""
    bare = words.partition(" & ")[0]
    return _is_property(_full(bare)) or bool(_OTHER.fullmatch(bare))


def _is_property(key: str) -> bool:
    header, _, name = key.rpartition(" ")
    known = {"meta": META, "ct": CT}.get(header)
    if known is None and header in HEADERS:
        known = HEADERS[header][0].split()
    return name in known if known is not None else bool(_LONGER.fullmatch(key))


def properties(text: str) -> list[str]:
    """The properties of packets that words name, such as those of an element that a rule adds."""
    found: list[str] = []
    words = text.replace("{", " ").replace("}", " ").split()
    at = 0
    while at < len(words):
        for count in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            key = " ".join(words[at : at + count])
            if _is_property(_full(key)):
                found.append(key)
                at += count
                break
        else:
            at += 1
    return found


def _other_depends(key: str) -> tuple[str, ...]:
    if key.startswith("ct "):
        net = {"ip": ("ip",), "ip6": ("ip6",)}.get(key.split(" ")[2], ())
        return ("entry", *net)
    if key.startswith("jhash "):
        return _hashed(key)
    if key.startswith("osf "):
        # net/netfilter/nft_osf.c, nft_osf_eval: only the first packet of a connection tells.
        return ("only tcp", "syn")
    for start, protocol in _OPTIONS.items():
        if key.startswith(start):
            # Whether one is there can be asked of any packet: nft_exthdr.c, NFT_EXTHDR_F_PRESENT.
            return () if _EXISTS.fullmatch(key) else (f"only {protocol}",)
    if key.startswith("ip option"):
        return ("ip",)
    if key.startswith("exthdr"):
        return ("ip6",)
    if key.startswith(("gre ", "gretap ")):
        return ("gre",)
    if key.startswith(("vxlan ", "geneve ")):
        return ("udp",)
    return ()


# Where the fields stand in the headers (RFC 791, 8200): (base, offset, length) in bits.
_PLACES: Final = {
    "ip": {
        "raw_nh_96_32": ("ipv4", "src"),
        "raw_nh_128_32": ("ipv4", "dst"),
        "raw_nh_72_8": ("proto", "proto"),
    },
    "ip6": {"raw_nh_64_128": ("ipv6", "src"), "raw_nh_192_128": ("ipv6", "dst")},
}


def _raw(key: str, family: str, kind: str, field: str) -> tuple[str, str]:
    """Kind and field of `@nh,96,32` and its like, where the table's family fixes the header."""
    return _PLACES.get(family, {}).get(key, (kind, field))

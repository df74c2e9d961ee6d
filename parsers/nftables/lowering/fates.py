"""What each statement does to a packet's fate: nothing, what the model has, or anything at all.

The source of each is the `eval` function of its module in net/netfilter (nft_*.c, nf_dup_netdev.c).
"""

import re
from typing import Final, Literal

from parsers.shared.digits import is_decimal
from parsers.shared.values import decimal

Fate = Literal["harmless", "modelled", "possible"]

STATEMENTS: Final[dict[str, Fate]] = {
    **dict.fromkeys(
        ("accept", "drop", "continue", "return", "jump", "goto", "reject", "vmap", "notrack"),
        "modelled",
    ),
    **dict.fromkeys(("dnat", "snat", "masquerade", "redirect"), "modelled"),
    # Whether the rest of the rule holds depends on a memory: a test that nobody can answer.
    **dict.fromkeys(("limit", "quota", "ct count", "add", "update", "set", "meter"), "modelled"),
    "log": "harmless",
    "counter": "harmless",
    "last": "harmless",
    "comment": "harmless",
    # A copy goes elsewhere, and the packet on to the next statement.
    "dup": "harmless",
    # nft_dynset.c: whether there was such an element or not.
    "delete": "harmless",
    # nft_exthdr.c, nft_exthdr_tcp_strip_eval: no rule of the model asks for options. A packet with
    # one that reaches beyond the header is dropped.
    "reset": "harmless",
    "queue": "possible",
    "synproxy": "possible",
    "tproxy": "possible",
    "fwd": "possible",
    "flow": "possible",
    "xt": "possible",
}
"""By the first words; what a rule sets has a table of its own."""

# nft(8), EXTENSION HEADER EXPRESSIONS; another name is no option, and nft takes a number for it.
_OPTIONS: Final = (
    "eol|nop|maxseg|mss|window|sack-perm|sack-permitted|sack[0-3]?|timestamp|echo|fastopen|md5sig|mptcp"
    r"|[0-9]+"
)
_KEYS: Final[tuple[tuple[str, Fate], ...]] = (
    (r"(?:meta|ct) mark", "modelled"),
    (r"meta (?:priority|nftrace|secmark)", "harmless"),
    # They are about later packets and other connections; an expectation makes those RELATED.
    (r"ct (?:helper|timeout|expectation|event|label|secmark)", "harmless"),
    (r"ip (?:dscp|ecn|tos|id)|ip6 (?:dscp|ecn|flowlabel)", "harmless"),
    # Who a frame is for has been seen before any hook (net/ethernet/eth.c, eth_type_trans).
    (r"ether [sd]addr|vlan (?:pcp|dei)", "harmless"),
    (rf"tcp option (?:{_OPTIONS}) (?:kind|length|count|size|left|right|tsval|tsecr)", "harmless"),
)
_SETS: Final = tuple((re.compile(keys), fate) for keys, fate in _KEYS)
_NUMBER: Final = "0[xX][0-9a-fA-F]+|[0-9]+"
_EVENT: Final = "new|related|destroy|reply|assured|protoinfo|helper|mark|seqadj|secmark|label"
# nft(8), DATA TYPES and CONNTRACK STATEMENT; src/ct.c, src/proto.c, src/meta.c.
_VALUES: Final = tuple(
    (re.compile(keys), re.compile(rf"{values}|{_NUMBER}"))
    for keys, values in (
        ("meta priority", "none|root|[0-9a-fA-F]*:[0-9a-fA-F]*"),
        ("ct event", rf"(?:{_EVENT})(?:\s*[,|]\s*(?:{_EVENT}))*"),
        (r"ip6? (?:dscp|tos)", r"cs[0-7]|af[1-4][1-3]|ef|be|df|va|lephb"),
        (r"ip6? ecn", r"not-ect|ect[01]|ce"),
        (r"ether [sd]addr", r"(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}"),
        (r"tcp option .*", _OPTIONS),
        (r"meta nftrace|ip id|ip6 flowlabel|vlan (?:pcp|dei)", "exists|missing"),
    )
)
_HOPS: Final = re.compile(r"ip ttl|ip6 hoplimit")


def is_option(name: str) -> bool:
    """Whether nft knows the option of TCP."""
    return re.fullmatch(_OPTIONS, name) is not None


def is_value(key: str, value: str) -> bool:
    """Whether a rule can set the key to the value."""
    found = next((each for keys, each in _VALUES if keys.fullmatch(key)), None)
    return found is None or found.fullmatch(value.strip('"')) is not None


def of_set(key: str, value: str) -> Fate:
    """The fate of packets of which a rule sets the key to the value.

    With one hop left, or none, a packet is not forwarded (net/ipv4/ip_forward.c).
    """
    if _HOPS.fullmatch(key):
        return "harmless" if is_decimal(value) and decimal(value) > 1 else "possible"
    return next((fate for keys, fate in _SETS if keys.fullmatch(key)), "possible")

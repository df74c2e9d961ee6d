"""What each statement does to a packet's fate: nothing, what the model has, or anything at all.

The source of each is the `eval` function of its module in net/netfilter (nft_*.c, nf_dup_netdev.c).
"""

import re
from typing import Final, Literal

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
    # nft_exthdr.c, nft_exthdr_tcp_strip_eval: no rule of the model asks for options.
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
    "eol|nop|maxseg|mss|window|sack-perm|sack-permitted|sack[0-3]?|timestamp|fastopen|md5sig|mptcp"
    r"|\d+"
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
_HOPS: Final = re.compile(r"ip ttl|ip6 hoplimit")


def of_set(key: str, value: str) -> Fate:
    """The fate of packets of which a rule sets the key to the value.

    With one hop left, or none, a packet is not forwarded (net/ipv4/ip_forward.c).
    """
    if _HOPS.fullmatch(key):
        return "harmless" if value.isdecimal() and decimal(value) > 1 else "possible"
    return next((fate for keys, fate in _SETS if keys.fullmatch(key)), "possible")

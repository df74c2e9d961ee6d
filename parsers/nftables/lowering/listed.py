"""Rules of iptables-nft, as nft lists them: often otherwise than nft itself would read them.

The words come from the translations of libxtables (1.8.9, extensions/*.c, `…_xlate`).
"""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.match import All, Any, Not, Volatile
from parsers.nftables.lowering.conditions import HAS_ENTRY
from parsers.nftables.lowering.pieces import HIDDEN, Piece
from parsers.nftables.lowering.texts import head
from parsers.nftables.quoted import LOG
from parsers.nftables.state import RawTable

_CHAINS: Final = frozenset(
    ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", "BROUTING"),
)
_COUNTED: Final = re.compile(r"(.*?)(?<!\S)(counter packets \d+ bytes \d+)(?!\S)(.*)", re.DOTALL)

_STATUS: Final = (
    r"(?:expected|seen-reply|assured|confirmed|snat|dnat|dying|fixed-timeout|tem|helper"
    r"|hw-offload|offload|0x|\d|\{|[&!=/]|and\b)"
)
_NEXT: Final = r"(?:counter|ct|meta|ip6?|tcp|udp|xt|fib|limit|[io]ifname|icmp|icmpv6)\b"
_ADDRESS: Final = r"[\da-fA-F:.]+"
# What is meant by words that nft cannot read, or would read otherwise, and words that go with them.
_MEANT: Final = tuple(
    (key, re.compile(pattern), words)
    for key, pattern, words in (
        # libxt_conntrack.c, status_xlate_print: NONE has no name.
        ("ct status", rf"\bct status(?: !=?)?(?! (?:!=? )?{_STATUS})", 'xt match "conntrack"'),
        # libxt_addrtype.c, addrtype_xlate_print: nor have NAT and XRESOLVE.
        ("fib ", rf"\bfib [sd]addr(?: \. [io]if)? type(?: !=)?(?= {_NEXT})", 'xt match "addrtype"'),
        # libxt_CONNMARK.c, xmark_tg_xlate: `and` is first, and binds otherwise than the words.
        (
            "ct mark set ct mark xor",
            r"(ct mark set ct mark) xor (\w+) and (\w+)",
            r"\1 and \3 xor \2",
        ),
        # libxt_DNAT.c: IPv6 addresses and ports.
        ("nat to [", rf" to \[({_ADDRESS})-({_ADDRESS})\]", r" to [\1]-[\2]"),
    )
)
# The words of the other family: libxt_TOS.c and libxt_ecn.c have one for both.
_OTHER: Final = {"ip": ("ip6 dscp", "ip dscp"), "ip6": ("ip ecn", "ip6 ecn")}
# What is listed for other things than it says: of states among which is SNAT or DNAT only that one,
# negated or not (libxt_conntrack.c, _conntrack3_mt_xlate); without their negation `! --ports`
# (libxt_multiport.c, __multiport_xlate_v1), `! --icmp-type any` (libipt_icmp.c, icmp_xlate) and
# `! --cluster-local-node` (libxt_cluster.c); all that -m ecn asks for as negated where one thing
# is, and flags as values then (libxt_ecn.c). `! --label` and `! --helper` hold without an entry
# (xt_connlabel.c, xt_helper.c).
_MISTOLD: Final = re.compile(
    r"ct status (?:!=? ?)?(?:snat|dnat)\b|\w+ sport \. \w+ dport(?! \.)|ip protocol icmp$"
    r"|jhash |tcp flags != (?:cwr|ecn)$|ip6? ecn != |ct label\b|ct helper != "
)
# Of two kinds of address only the source's is listed (libxt_addrtype.c, addrtype_mt_xlate_v1).
_SHORTENED: Final = re.compile(r"fib saddr(?: \. [io]if)? type\b")
_ENTRY: Final = re.compile(r"ct (?:original|reply|status|expiration|direction)\b")


def is_of_iptables(raw: RawTable) -> bool:
    """Whether it looks like a table of iptables-nft, ebtables-nft or arptables-nft."""
    bases = [chain.name for chain in raw.chains.values() if chain.base]
    return raw.is_named_of_iptables and _CHAINS.issuperset(bases)


def is_counted(text: str) -> bool:
    """Whether the rule counts, as every rule of iptables does."""
    return "counter packets " in text and bool(_COUNTED.fullmatch(text))


def forms(text: str, family: str) -> Iterator[str]:
    """A rule of iptables in words that mean what it does, and with less and less of them."""
    found = LOG.fullmatch(text) if "log prefix" in text else None
    if found is None or found[2].count('"') == 2:
        yield _meant(text, family)
        yield _hidden_test(text)
    # Or a text with quotation marks is one, with a statement behind it.
    yield _hidden_action(text)


def _meant(text: str, family: str) -> str:
    for key, pattern, words in _MEANT:
        if key in text:
            text = pattern.sub(words, text)
    other = _OTHER.get(family)
    return text.replace(*other) if other else text


def _hidden_test(text: str) -> str:
    """The rule with one hidden test in place of all that stands before its counter."""
    before, counter, behind = _parts(text)
    words = before.strip().replace('"', "'")
    return f'xt match "{words}" {counter}{behind}' if words else text


def _hidden_action(text: str) -> str:
    """The rule with a hidden test in place of its tests, and a hidden target behind its counter."""
    before, counter, behind = _parts(text)
    words = before.strip().replace('"', "'")
    test = f'xt match "{words}" ' if words else ""
    target = behind.strip().replace('"', "'")
    return f'{test}{counter} xt target "{target}"'


def _parts(text: str) -> tuple[str, str, str]:
    found = _COUNTED.fullmatch(text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def misread(text: str) -> Piece | None:
    """What stands for a test that is listed otherwise than iptables has loaded it."""
    if not _MISTOLD.match(text):
        return None
    return _possible(Piece(), text)


def unsettled(piece: Piece, text: str, *, has_state: bool) -> Piece:
    """The piece of a test that says less than iptables asks; `has_state` if the rule has states."""
    if _SHORTENED.match(text):
        return _possible(piece, text)
    if has_state and _ENTRY.match(text):
        # xt_conntrack.c, conntrack_mt: without an entry the state alone decides.
        without = All((Not(HAS_ENTRY), Volatile(f"{text}, without an entry")))
        return piece._replace(match=(Any((All(piece.match), without)),))
    return piece


def _possible(piece: Piece, text: str) -> Piece:
    remark = f"`{head(text)}` {HIDDEN}"
    return piece._replace(match=(*piece.match, Volatile(text)), remark=remark, is_lost=True)

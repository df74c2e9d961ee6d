"""Rules of iptables-nft, as nft lists them: often otherwise than nft itself would read them.

The words come from the translations of libxtables (1.8.9, extensions/*.c, `…_xlate`).
"""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.match import All, Any, Not, Volatile
from parsers.nftables.lowering.conditions import HAS_ENTRY, PROTOCOLS
from parsers.nftables.lowering.pieces import HIDDEN, Piece
from parsers.nftables.lowering.texts import head
from parsers.nftables.quoted import LOG, with_apostrophes
from parsers.nftables.state import RawTable

_CHAINS: Final = frozenset(
    ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", "BROUTING"),
)
_COUNTER: Final = re.compile(r"(?<!\S)counter packets (?:\x01|[0-9]+) bytes (?:\x01|[0-9]+)(?!\S)")
_TEXT: Final = re.compile(r'("[^"]*")')
# What no rule of iptables has in front of its counter, where it only tests. libxt_cluster.c prints
# `meta pkttype set host` there, and libxt_connlabel.c `ct label set 40`.
_OF_NFT: Final = re.compile(
    r"(?<![\w-])(?<!\bmeter )(?:accept|drop|return|continue|queue|jump|goto|reject|v?map|log"
    r"|notrack|masquerade|(?<!type )(?<!= )redirect|dup|fwd|flow|synproxy|tproxy|[sd]nat to|comment"
    r"|(?<!pkttype )(?<!label )set)(?![\w-])|@"
)
# The one statement that may stand behind it; some versions have nft's own comments.
_ACTION: Final = re.compile(
    r"(?:accept|drop|return|continue|reject|log(?!.* set )|queue|notrack|masquerade|redirect"
    r"|[sd]nat|dup|fwd|jump|goto|tproxy|synproxy|xt target|xt unknown|\ue000|meta (?:[\w-]+ )?set"
    r"|ct [\w-]+ set|ip6? dscp set|ip ttl set|ip6 hoplimit set|tcp option maxseg size set)(?![\w-])"
    r"(?!.* (?:accept|drop|return|continue|jump|goto|reject|notrack|vmap)(?![\w-]))"
)
_DECISION: Final = re.compile(r"(?:accept|drop|return|continue|jump|goto)(?![\w-])")
_JUDGED: Final = ("ip", "ip6")
"""Families whose tables are part of the answer: of others nothing depends on a rule."""

_STATUS: Final = (
    r"(?:expected|seen-reply|assured|confirmed|snat|dnat|dying|fixed-timeout|tem|helper"
    r"|hw-offload|offload|0x|[0-9]|\{|[&!=/]|and\b)"
)
_NEXT: Final = r"(?:counter|ct|meta|ip6?|tcp|udp|xt|fib|limit|[io]ifname|icmp|icmpv6)\b"
_ADDRESS: Final = r"[0-9a-fA-F:.]+"
# What is meant by words that nft cannot read, or would read otherwise, and words that go with them.
_MEANT: Final = tuple(
    (key, re.compile(pattern), words)
    for key, pattern, words in (
        # libxt_conntrack.c, status_xlate_print: NONE has no name.
        ("ct status", rf"\bct status(?: !=?)?(?! (?:!=? )?{_STATUS})", 'xt match "conntrack"'),
        # libxt_addrtype.c, addrtype_xlate_print: nor have NAT and XRESOLVE.
        ("fib ", rf"\bfib [sd]addr(?: \. [io]if)? type(?: !=)?(?= {_NEXT})", 'xt match "addrtype"'),
        # libxt_DNAT.c: IPv6 addresses and ports.
        ("nat to [", rf" to \[({_ADDRESS})-({_ADDRESS})\]", r" to [\1]-[\2]"),
    )
)
# The words of the other family: libxt_TOS.c and libxt_ecn.c have one for both.
_OTHER: Final = {"ip": ("ip6 dscp set ip6", "ip dscp set ip"), "ip6": ("ip ecn", "ip6 ecn")}
# libxt_CONNMARK.c, xmark_tg_xlate: `and` is first, and binds otherwise than the words.
_XOR: Final = re.compile(r"\b(ct mark set ct mark) xor (\w+) and (\w+)")
# What is listed for other things than it says: of states among which is SNAT or DNAT only that one,
# negated or not (libxt_conntrack.c, _conntrack3_mt_xlate); without their negation `! --ports`
# (libxt_multiport.c, __multiport_xlate_v1) and `! --cluster-local-node` (libxt_cluster.c); all that
# -m ecn asks for as negated where one thing is, and flags as values then (libxt_ecn.c). `! --label`
# and `! --helper` hold without an entry (xt_connlabel.c, xt_helper.c).
_MISTOLD: Final = re.compile(
    r"ct status (?:!=? ?)?(?:snat|dnat)\b|\w+ sport \. \w+ dport(?! \.).*\b0-65535\b"
    r"|jhash ct original |tcp flags != (?:cwr|ecn)$|ip6? ecn != |ct label and\b|ct helper != "
)
# xt_addrtype.c, match_type6: what the address looks like, where nft asks the routing table.
_MISTOLD_IN_IPV6: Final = re.compile(
    r"fib [sd]addr(?: \. [io]if)? type (?:!= )?(?!(?:!= )?(?:local|anycast|unreachable)\b)"
)
# Of two kinds of address only the source's is listed (libxt_addrtype.c, addrtype_mt_xlate_v1).
_SHORTENED: Final = re.compile(r"fib saddr(?: \. [io]if)? type\b")
# `! --icmp-type any` of `-p icmp` (libipt_icmp.c, icmp_xlate).
_ANY: Final = "ip protocol icmp"
BY_PORT: Final = re.compile(r"meter \S+ \{.*\btcp [sd]port\b")
"""What nft lists for ports of any protocol (libxt_hashlimit.c); of its own meters it has sizes."""
_ENTRY: Final = re.compile(r"ct (?:original|reply|status|expiration|direction)\b")


def is_of_iptables(raw: RawTable) -> bool:
    """Whether it looks like a table of iptables-nft, ebtables-nft or arptables-nft."""
    bases = [chain.name for chain in raw.chains.values() if chain.base]
    return raw.is_named_of_iptables and _CHAINS.issuperset(bases)


def is_listed(shape: str, family: str) -> bool:
    """Whether iptables may have made rules of a shape: they test, count, and do one thing.

    A shape is a rule without its literals (`shapes.LITERAL`): texts, numbers, sets and chains.
    """
    found = _COUNTER.search(shape)
    if not found or family not in _JUDGED:
        return bool(found)
    behind = shape[found.end() :].strip()
    return not _OF_NFT.search(shape, 0, found.start()) and (
        not behind or bool(_ACTION.match(behind))
    )


def doubtful(text: str) -> Iterator[str]:
    """A rule of nft that may be a part of a text of iptables: it is there, or it is not."""
    found = LOG.fullmatch(text)
    if found and found[2].count('"') == 2:
        yield text
    yield f"{_hidden('match', text)} {text}"
    yield with_apostrophes(text)


def reordered(text: str) -> str:
    """The rule with marks that `and` changes first, as libxt_CONNMARK.c means them."""
    return _XOR.sub(r"\1 and \3 xor \2", text)


def forms(text: str, family: str) -> Iterator[str]:
    """A rule that nft cannot read in words that it can, and with less and less of them."""
    found = _COUNTER.search(_TEXT.sub(lambda quoted: "?" * len(quoted[0]), text))
    if not found:
        return
    before, behind = _meant(text[: found.start()], family), _meant(text[found.end() :], family)
    counter = found[0]
    yield f"{before}{counter}{behind}"
    test = f"{_hidden('match', before)} " if before.strip() else ""
    # Nobody but nft itself could have meant a verdict that is not there.
    is_strange = behind.strip() and not _DECISION.match(behind.strip())
    if is_strange:
        yield f"{before}{counter} {_hidden('target', behind)}"
    if test:
        yield f"{test}{counter}{behind}"
    if test and is_strange:
        yield f"{test}{counter} {_hidden('target', behind)}"


def _meant(text: str, family: str) -> str:
    """The words with what nft cannot read replaced, outside of texts."""
    words = _TEXT.split(text)
    for at in range(0, len(words), 2):
        for key, pattern, meant in _MEANT:
            if key in words[at]:
                words[at] = pattern.sub(meant, words[at])
        if other := _OTHER.get(family):
            words[at] = words[at].replace(*other)
    return "".join(words)


def _hidden(kind: str, words: str) -> str:
    """A match or target of which nft only knows the name, with the words as its name."""
    name = words.strip().replace('"', "'")
    return f'xt {kind} "{name}"'


def misread(text: str, family: str) -> Piece | None:
    """What stands for a test that is listed otherwise than iptables has loaded it."""
    if not _MISTOLD.match(text) and not (family == "ip6" and _MISTOLD_IN_IPV6.match(text)):
        return None
    # Those of ports and flags are behind the protocol, which iptables asks for in any case.
    protocol = PROTOCOLS.get(text.split(None, 1)[0])
    return _possible(Piece((protocol,) if protocol else ()), text)


def unsettled(piece: Piece, text: str, shape: str) -> Piece:
    """The piece of a test that says less than iptables asks; `shape` has what else it asks."""
    if _SHORTENED.match(text) or (text == _ANY and "meta l4proto icmp " in shape):
        return _possible(piece, text)
    if "ct state" in shape and _ENTRY.match(text):
        # xt_conntrack.c, conntrack_mt: without an entry the state alone decides.
        without = All((Not(HAS_ENTRY), Volatile(f"{text}, without an entry")))
        return piece._replace(match=(Any((All(piece.match), without)),))
    return piece


def _possible(piece: Piece, text: str) -> Piece:
    remark = f"`{head(text)}` {HIDDEN}"
    match = (*piece.match, Volatile(text))
    return piece._replace(match=match, remark=remark, is_quiet=False, is_lost=True)

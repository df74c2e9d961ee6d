"""Which rules of nftables ask for IPv6 extension headers, by their text."""

import re
from collections.abc import Iterable
from typing import Final

from flowmodel.verdict import Verdict
from parsers.shared.added_headers import opens_if_added

_QUOTED: Final = re.compile(r'"[^"\n]*"')
_ASKS: Final = re.compile(r"nexthdr|exthdr|\b(?:rt|frag|hbh|dst|srh)\b")
# The first header behind IPv6's: net/netfilter/nft_payload.c, NFT_PAYLOAD_NETWORK_HEADER.
_NEXT: Final = re.compile(r"\bip6 nexthdr (!=)?")
_EXISTS: Final = re.compile(r"\bexthdr \w+ (exists|missing)\b")
# `rt` has routing keys too: nft(8), ROUTING EXPRESSIONS.
_FIELDS: Final = re.compile(
    r"\b(?:rt|frag|hbh|dst|srh) "
    r"(?:nexthdr|hdrlength|type|seg-left|reserved2?|frag-off|more-fragments|id|tag|flags|last-entry)\b"
)


def opens(text: str, verdicts: Iterable[Verdict]) -> bool:
    """Whether a sender who adds an extension header gets further by the rule."""
    if not _ASKS.search(text):
        return False
    text = _QUOTED.sub("", text)
    verdicts = list(verdicts)
    # Negated, packets without a header may meet the rule or not: it depends on their protocol.
    met = {False} if _FIELDS.search(text) else set()
    met |= {each == "missing" for each in _EXISTS.findall(text)}
    met |= {not each for each in _NEXT.findall(text)}
    return any(opens_if_added(verdicts, is_met_without=each) for each in met)

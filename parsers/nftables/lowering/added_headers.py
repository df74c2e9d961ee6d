"""Which rules of nftables ask for IPv6 extension headers, by their text."""

import re
from collections.abc import Iterator
from typing import Final

from parsers.nftables.headers import ABSENT, HEADERS

_FIELDS: Final = "|".join(
    f"{name} (?:{'|'.join(fields.split())})"
    for name, (fields, needs) in HEADERS.items()
    if needs is ABSENT
)
_ASKS: Final = rf"\b(ip6 nexthdr|exthdr (?:hbh|rt|frag|dst|srh)|{_FIELDS})(?![\w-])"
_EXISTENCE: Final = r" (?:== )?(exists|missing)\b"
# The numbers and names of extension headers are those in conditions.py; `ip` is a name of 0.
_TRANSPORT: Final = (
    r"(?!(?:0|43|44|51|60|ip|hopopt|ah|ipv6-(?:route|frag|opts))(?![\w-]))"
    r"(?:[a-z][\w-]*|[0-9]+)(?![\w/-])"
)
_ONLY_TRANSPORTS: Final = (
    rf" (?P<sign>[!=]= )?(?:{_TRANSPORT}|\{{ ?{_TRANSPORT}(?: ?, ?{_TRANSPORT})* ?\}})(?=$| (?!:))"
)
_QUOTED: Final = r'"[^"\n]*"'


def asks_for_headers(text: str) -> bool:
    """Whether a rule may ask for extension headers; most do not."""
    return "nexthdr" in text or "exthdr" in text or bool(re.search(_ASKS, text))


def met_without(text: str) -> frozenset[bool]:
    """Whether packets without an extension header meet what a rule asks of these: yes, no, both.

    Empty where it asks nothing of them.
    """
    return frozenset(_met_without(re.sub(_QUOTED, "", text)))


def _met_without(text: str) -> Iterator[bool]:
    for asked in re.finditer(_ASKS, text):
        rest = text[asked.end() :]
        if asked[1] == "ip6 nexthdr":
            # The first header behind IPv6's, which an added one is (RFC 8200, section 4).
            transports = re.match(_ONLY_TRANSPORTS, rest)
            yield from (True, False) if transports is None else (transports["sign"] != "!= ",)
        elif not asked[1].startswith("exthdr"):
            yield False
        elif existence := re.match(_EXISTENCE, rest):
            yield existence[1] == "missing"
        else:
            yield from (True, False)

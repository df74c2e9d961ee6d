"""Which rules of nftables ask for IPv6 extension headers, by their text."""

import re
from collections.abc import Iterator
from typing import Final

from parsers.nftables.headers import ABSENT, EXTENSIONS, HEADERS
from parsers.nftables.names import SYMBOLS

_FIELDS: Final = "|".join(
    f"{name} (?:{'|'.join(fields.split())})"
    for name, (fields, needs) in HEADERS.items()
    if needs is ABSENT
)
_ASKS: Final = rf"\b(ip6 nexthdr|exthdr (?:hbh|rt|frag|dst|srh)|{_FIELDS})(?![\w-])"
_EXISTENCE: Final = r" (?:(?:==|eq) )?(exists|missing)\b"
_NAMES: Final = "|".join(
    re.escape(name) for name, number in SYMBOLS["proto"].items() if number not in EXTENSIONS
)
_NUMBERS: Final = rf"(?!(?:{'|'.join(map(str, EXTENSIONS))})\b)[1-9][0-9]*"
_TRANSPORT: Final = rf"(?:{_NAMES}|{_NUMBERS})(?![\w./-])"
_ONLY_TRANSPORTS: Final = (
    r" (?:(?P<sign>[!=]=|eq|ne) )?"
    rf"(?:{_TRANSPORT}|\{{ ?{_TRANSPORT}(?: ?, ?{_TRANSPORT})* ?\}})(?=$| (?!:))"
)
_QUOTED: Final = r'"[^"\n]*"'


def asks_for_headers(text: str) -> bool:
    """Whether a rule, with single spaces, may ask for extension headers; most do not."""
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
            is_not = transports is not None and transports["sign"] in ("!=", "ne")
            yield from (True, False) if transports is None else (not is_not,)
        elif not asked[1].startswith("exthdr"):
            yield False
        elif existence := re.match(_EXISTENCE, rest):
            yield existence[1] == "missing"
        else:
            yield from (True, False)

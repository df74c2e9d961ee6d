"""How nft writes values: numbers, addresses, prefixes, ranges and names."""

import re
from collections.abc import Mapping
from socket import AF_INET6, inet_aton, inet_pton
from typing import Final

from flowmodel.source import Source, Span
from flowmodel.values import Interval
from parsers.nftables.names import SYMBOLS
from parsers.shared.digits import is_decimal
from parsers.shared.values import decimal

BITS: Final = {
    "ipv4": 32,
    "ipv6": 128,
    "port": 16,
    "proto": 8,
    "icmp_type": 8,
    "icmp_code": 8,
    "icmpv6_type": 8,
    "icmpv6_code": 8,
    "ct_state": 32,
    "ct_status": 32,
    "ct_dir": 8,
    "tcp_flags": 8,
    "pkttype": 8,
    "addrtype": 32,
    "nfproto": 8,
    "ethertype": 16,
    "mark": 32,
}
"""The kinds of values that are numbers, with their width; others are text."""

FLAGS: Final = frozenset({"tcp_flags", "ct_state", "ct_status"})
"""The kinds of values whose bits are asked for one by one."""

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,32}|[0-9]{1,39}")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_NAME = re.compile(r"[A-Za-z_][\w.\-/+]*")


class RefusedError(Exception):
    """What nft refuses in a rule: one sentence, and the words that it is about."""

    def __init__(self, message: str, fragment: str) -> None:
        super().__init__(message)
        self.message = message
        self.fragment = fragment
        self.place: tuple[Source, Span] | None = None
        """Where the words stand, if not in the rule itself."""


class ForeignError(Exception):
    """A value that only the machine knows that loads the rules: a host or service name."""


def number(text: str, bits: int, what: str) -> int:
    """The number as nft's scanner reads it: decimal, 0x… hexadecimal or 0… octal."""
    if _NUMBER.fullmatch(text):
        is_octal = text[0] == "0" and len(text) > 1 and is_decimal(text)
        try:
            value = int(text, 8 if is_octal else 0)
        except ValueError:
            raise RefusedError(f"`{text}` is no {what}", text) from None
        if value >> bits:
            raise RefusedError(f"`{text}` is too large: {what} has {bits} bits", text)
        return value
    raise RefusedError(f"`{text}` is no {what}", text)


def ipv4(text: str) -> int:
    """The IPv4 address as a number; raises ForeignError for what may be a host's name."""
    if _IPV4.fullmatch(text):
        try:
            return int.from_bytes(inet_aton(text))
        except OSError:
            raise RefusedError(f"`{text}` is no IPv4 address", text) from None
    if _NUMBER.fullmatch(text) and text[:2] in ("0x", "0X"):
        return number(text, 32, "IPv4 address")
    if _NAME.fullmatch(text):
        raise ForeignError(text)
    raise RefusedError(f"`{text}` is no IPv4 address", text)


def ipv6(text: str) -> int:
    """The IPv6 address as a number; raises ForeignError for what may be a host's name."""
    try:
        return int.from_bytes(inet_pton(AF_INET6, text.strip("[]")))
    except (OSError, ValueError):
        if _NAME.fullmatch(text) or _IPV4.fullmatch(text):
            # An IPv4 address is resolved as a host name here, and mapped.
            raise ForeignError(text) from None
        raise RefusedError(f"`{text}` is no IPv6 address", text) from None


def value(kind: str, text: str) -> int:
    """The number that a text stands for; raises RefusedError or ForeignError."""
    if kind == "ipv4":
        return ipv4(text)
    if kind == "ipv6":
        return ipv6(text)
    if text[:1] == '"':
        text = text[1:-1]
    symbols = SYMBOLS.get(kind, {})
    if is_decimal(text[:1]) and text not in symbols and kind in BITS:
        return number(text, BITS[kind], _WHAT.get(kind, kind.replace("_", " ")))
    symbol = symbols.get(text)
    if symbol is None and kind == "proto":
        symbol = symbols.get(text.lower())
    if symbol is not None:
        return symbol
    if kind in ("port", "proto", "mark") and _NAME.fullmatch(text):
        raise ForeignError(text)
    raise RefusedError(f"`{text}` is no {_WHAT.get(kind, kind.replace('_', ' '))}", text)


_WHAT: Final = {
    "port": "port",
    "proto": "protocol",
    "icmp_type": "ICMP type",
    "icmpv6_type": "ICMPv6 type",
    "icmp_code": "ICMP code",
    "icmpv6_code": "ICMPv6 code",
    "ct_state": "connection state",
    "ct_status": "connection status",
    "ct_dir": "direction of a connection",
    "tcp_flags": "TCP flag",
    "addrtype": "address type",
    "pkttype": "packet type",
}


def interval(kind: str, text: str) -> Interval:
    """Both ends of a value, a range or a prefix; raises RefusedError or ForeignError."""
    if kind not in FLAGS and "/" in text:
        # Of numbers, too: nft lists `meta mark & 0xf0000000 == 0` as `meta mark 0x00000000/4`.
        base, _, length = text.partition("/")
        if base.strip() not in SYMBOLS.get(kind, {}) and kind in BITS:
            bits = BITS[kind]
            if not is_decimal(length.strip()) or decimal(length) > bits:
                raise RefusedError(f"`{length}` is no prefix length: 0 to {bits} is meant", text)
            hosts = (1 << bits - int(length)) - 1
            network = value(kind, base.strip()) & ~hosts
            return network, network | hosts
    if found := span(kind, text):
        if found[0] > found[1]:
            raise RefusedError(f"the range `{text}` ends before it begins", text)
        return found
    single = _joined(kind, text)
    return single, single


def span(kind: str, text: str) -> Interval | None:
    """Both ends of a range, in whatever order; None where the text is none."""
    symbols = SYMBOLS.get(kind)
    if "-" in text and not (symbols and text in symbols):
        first, last = _ends(text, symbols or {})
        if first.strip() and last:
            return _joined(kind, first.strip()), _joined(kind, last.strip())
    return None


def _joined(kind: str, text: str) -> int:
    if "|" not in text or kind not in FLAGS:
        return value(kind, text)
    joined = 0
    for part in text.split("|"):
        joined |= value(kind, part.strip(" ()"))
    return joined


def _ends(text: str, symbols: Mapping[str, int]) -> tuple[str, str]:
    """The ends of a range; the last is empty where the text is one name with hyphens.

    nft lists `11-13` as `time-exceeded-timestamp-request`, which it cannot read itself.
    """
    first, _, last = text.partition("-")
    if first.strip() and (is_decimal(first[0]) or ":" in first or not symbols):
        return first, last
    words = text.split("-")
    for place in range(1, len(words)):
        first, last = ("-".join(part).strip() for part in (words[:place], words[place:]))
        if _is_known(first, symbols) and _is_known(last, symbols):
            return first, last
    return text, ""


def _is_known(text: str, symbols: Mapping[str, int]) -> bool:
    parts = (part.strip() for part in text.split("|"))
    return all(part in symbols or is_decimal(part) for part in parts)


def if_name(text: str) -> tuple[str, bool]:
    """An interface's name, and whether it is a prefix (`eth*`); a backslash saves the star."""
    if text[:1] == '"':
        text = text[1:-1]
    if text.endswith("\\*"):
        return text[:-2] + "*", False
    if text.endswith("*"):
        return text[:-1], True
    return text, False

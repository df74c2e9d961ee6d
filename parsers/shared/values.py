"""How iptables and ipset write addresses, masks, port ranges, numbers and marks."""

import re
import struct
from collections.abc import Sequence

from flowmodel.fields import Family
from flowmodel.values import Interval
from parsers.shared.digits import is_decimal
from parsers.shared.names import PROTOCOLS, SERVICES

# The usual ways to write an octet and a prefix length; looking them up also checks them.
_OCTET = {str(value): value for value in range(256)}
_MASK = {str(length): (1 << 32) - (1 << 32 - length) for length in range(33)} | {"": (1 << 32) - 1}
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}")
_NOT_A_HOST = re.compile(r"[0-9.]*|.*[^0-9A-Za-z.\-_].*|.*:.*", re.DOTALL)


class MalformedError(Exception):
    """What the tools refuse in a rule: one sentence, and the words of the line it is about."""

    def __init__(self, message: str, fragment: str) -> None:
        super().__init__(message)
        self.message = message
        self.fragment = fragment


def number(text: str, largest: int, what: str) -> int:
    """The number as strtoul(3) with base 0 reads it: decimal, 0x… hexadecimal or 0… octal."""
    if _NUMBER.fullmatch(text):
        is_octal = text[0] == "0" and is_decimal(text) and len(text) > 1
        try:
            value = int(text, 8 if is_octal else 0)
        except ValueError:
            value = largest + 1
        if value <= largest:
            return value
    raise MalformedError(f"`{text}` is no {what}: a number from 0 to {largest} is meant", text)


_DIGITS = 40
"""More than any field's number has. Python reads none of thousands (sys.set_int_max_str_digits)."""


def decimal(text: str) -> int:
    """The number that decimal digits are; 10**40 stands for all larger ones."""
    digits = text.strip().lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


class HostnameError(Exception):
    """The address is a name, which only the machine that loads the rules can resolve."""


def address(text: str, family: Family) -> int:
    """The address as a number; raises HostnameError for what may be a name."""
    if family == 4:
        parts = text.split(".")
        # xtables_numeric_to_ipaddr pads with zeros behind, so `10.1` is 10.1.0.0.
        if len(parts) <= 4 and all(is_decimal(part) for part in parts):
            octets = [number(part, 255, "part of an IPv4 address") for part in parts]
            return int.from_bytes(bytes(octets + [0] * (4 - len(octets))))
    elif ":" in text:
        from socket import AF_INET6, inet_pton

        try:
            return int.from_bytes(inet_pton(AF_INET6, text))
        except (OSError, ValueError):
            pass
    if _NOT_A_HOST.fullmatch(text):
        message = f"`{text}` is no IPv{family} address"
        if not text:
            message = f"an IPv{family} address is missing"
        raise MalformedError(message, text)
    raise HostnameError(text)


def masked_address(text: str, family: Family) -> tuple[int, int]:
    """The network address (host bits cleared) and the mask of `address[/length or mask]`."""
    if family == 4:
        host, _, length = text.partition("/")
        try:
            a, b, c, d = host.split(".")
            mask = _MASK[length]
            value = _OCTET[a] << 24 | _OCTET[b] << 16 | _OCTET[c] << 8 | _OCTET[d]
        except (KeyError, ValueError):
            pass
        else:
            return value & mask, mask
    bits = 32 if family == 4 else 128
    base, slash, mask_text = text.partition("/")
    if not slash:
        mask = (1 << bits) - 1
    elif is_decimal(mask_text):
        if len(mask_text) > 3 or int(mask_text) > bits:
            raise MalformedError(f"`{mask_text}` is no prefix length: 0 to {bits} is meant", text)
        mask = (1 << bits) - (1 << bits - int(mask_text))
    else:
        try:
            mask = address(mask_text, family)
        except (HostnameError, MalformedError):
            raise MalformedError(f"`{mask_text}` is no mask of IPv{family}", text) from None
    return address(base, family) & mask, mask


def plain_networks(texts: Sequence[str]) -> list[Interval]:
    """The first and last address of each `a.b.c.d[/length]`, host bits cleared.

    An empty list where one of the texts is of another form.
    """
    parts = [text.partition("/") for text in texts]
    hosts = [host for host, _, _ in parts]
    if {host.count(".") for host in hosts} != {3}:
        return []
    try:
        octets = bytes([_OCTET[each] for each in ".".join(hosts).split(".")])
        masks = [_MASK[length] for _, _, length in parts]
    except KeyError:
        return []
    numbers = struct.unpack(f">{len(hosts)}I", octets)
    every = _MASK[""]
    return [
        (value & mask, value | mask ^ every) for value, mask in zip(numbers, masks, strict=True)
    ]


def address_range(text: str, family: Family) -> Interval:
    """Both ends of `first-last`, or of one address; the first may be the larger one."""
    first, dash, last = text.partition("-")
    try:
        return address(first, family), address(last if dash else first, family)
    except HostnameError:
        raise MalformedError(f"`{text}` is no range of IPv{family} addresses", text) from None


class UnknownNameError(Exception):
    """A service or protocol name that each machine may understand in its own way."""


def port(text: str) -> int:
    """The port, by number or by a well-known name; raises UnknownNameError for other names."""
    if is_decimal(text) or text[:2] in {"0x", "0X"}:
        return number(text, 65535, "port")
    if text in SERVICES:
        return SERVICES[text]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+/._-]*", text):
        raise MalformedError(f"`{text}` is no port" if text else "a port is missing", text)
    raise UnknownNameError(text)


def port_range(text: str) -> Interval:
    """Both ends of `port` or `first:last`; an end left out is 0 or 65535 (libxt_tcp.c)."""
    first, colon, last = text.partition(":")
    if not colon:
        return (port(text),) * 2
    low, high = port(first) if first else 0, port(last) if last else 65535
    if low > high:
        raise MalformedError(f"the port range `{text}` ends before it begins", text)
    return low, high


def protocol(text: str) -> int:
    """The protocol's number, by number or name; 0 is every protocol."""
    if is_decimal(text[:1]):
        return number(text, 255, "protocol")
    name = text.lower()
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    if not re.fullmatch(r"[a-z][a-z0-9+/._-]*", name):
        raise MalformedError(f"`{text}` is no protocol", text)
    raise UnknownNameError(text)


def mark(text: str) -> tuple[int, int]:
    """Value and mask of `value[/mask]`; the mask is all ones where it is left out."""
    value, slash, mask = text.partition("/")
    return (
        number(value, 0xFFFFFFFF, "mark"),
        number(mask, 0xFFFFFFFF, "mask of a mark") if slash else 0xFFFFFFFF,
    )

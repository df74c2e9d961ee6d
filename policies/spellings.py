"""What people write for services and addresses, and what they mean: every hint is read as such."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from flowmodel.source import Span
from policies.addresses import parse_addresses
from policies.protocols import PROTOCOLS, has_ports, name_of
from policies.services import ANY, parse_service

_EVERYTHING: Final = ("all", "*", "any", "0-65535")
# IANA's registry of service names, as far as people write them for ports.
_SERVICES: Final = {
    "dns": "53/tcp+udp",
    "domain": "53/tcp+udp",
    "http": "80/tcp",
    "https": "443/tcp",
    "imap": "143/tcp",
    "imaps": "993/tcp",
    "ldap": "389/tcp",
    "ldaps": "636/tcp",
    "ntp": "123/udp",
    "ping": "8/icmp",
    "rdp": "3389/tcp",
    "smtp": "25/tcp",
    "snmp": "161/udp",
    "ssh": "22/tcp",
    "ssl": "443/tcp",
    "syslog": "514/udp",
    "tls": "443/tcp",
}
_LISTED: Final = re.compile(r"\s*[,;]\s*|\s+")
_PORTS: Final = re.compile(r"\$[a-z0-9_-]+|[0-9]+(?:-[0-9]+)?")
_NOWHERE: Final = Span("", 1, 1, 1, 1)


def service_meant(text: str) -> str:
    """The service that a text stands for, spelled as policies do; empty where nobody knows."""
    word = re.sub(r"\s*([/+-])\s*", r"\1", text.strip().lower())
    if word in _EVERYTHING or re.fullmatch(r"(any|all|\*)[/ ](any|all|\*)", word):
        return ANY
    if word in _SERVICES:
        return _SERVICES[word]
    several = re.split(r"[,;]\s*|\s+", word)
    if len(several) > 1 and all("/" in one for one in several):
        each = [one if _is_service(one) else service_meant(one) for one in several]
        return f"[{', '.join(each)}]" if all(each) else ""
    found = _put_together(word)
    return found if _is_service(found) else ""


def _put_together(word: str) -> str:
    """Ports and protocols in whatever order and with whatever between them."""
    word = re.sub(r"(?<=[0-9]):(?=[0-9])", "-", word)
    word = re.sub(r"(?<=[0-9])(?=[a-z])", " ", word) if "$" not in word else word
    by_number = re.fullmatch(r"([^/]+)/(6|17|132)", word)
    if by_number:
        return f"{by_number[1]}/{name_of(int(by_number[2]))}"
    ports: list[str] = []
    protocols: list[str] = []
    for token in re.split(r"[/:+,\s]+", word):
        if token in PROTOCOLS:
            protocols.append(token)
        elif token in _EVERYTHING:
            ports.append("1-65535")
        elif token in _SERVICES:
            protocols += _SERVICES[token].rpartition("/")[2].split("+")
        elif _PORTS.fullmatch(token):
            ports.append(token)
        else:
            return ""
    if len(protocols) == 1 and not has_ports(PROTOCOLS[protocols[0]]):
        every = ports in ([], ["1-65535"])
        return protocols[0] if every else f"{'/'.join(ports)}/{protocols[0]}"
    return f"{','.join(ports)}/{'+'.join(dict.fromkeys(protocols))}"


def _is_service(text: str) -> bool:
    try:
        parse_service(text, _NOWHERE)
    except ValueError:
        return False
    return True


def addresses_meant(text: str) -> str:
    """The addresses that a text stands for, spelled as sites do; empty where nobody knows."""
    several = _LISTED.split(text.strip())
    if len(several) > 1:
        return f"[{', '.join(several)}]" if all(map(_are_addresses, several)) else ""
    return next(filter(_are_addresses, _spellings(text.strip())), "")


def _spellings(text: str) -> Iterator[str]:
    if text.startswith("[") and "]" in text:
        yield text[1:].partition("]")[0]
    if match := re.match(r"[a-z]+://\[?([0-9a-fA-F.:]+?)\]?(:[0-9]+)?(/|$)", text):
        yield match[1]
    if match := re.fullmatch(r"([0-9.]+):[0-9]+", text):
        yield match[1]
    if match := re.fullmatch(r"(([0-9]+\.){3})([0-9]+)-([0-9]{1,3})", text):
        yield f"{match[1]}{match[3]}-{match[1]}{match[4]}"
    if match := re.fullmatch(r"((?:[0-9]+\.){1,3})[*x](\.[*x])*", text):
        yield _filled(match[1].rstrip("."), "")
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+){1,2})/([0-9]+)", text):
        yield _filled(match[1], match[2])
    if text.count("/") == 1 and ":" not in text:
        try:
            yield str(ipaddress.IPv4Network(text, strict=False))
        except ValueError:
            return


def _filled(numbers: str, length: str) -> str:
    parts = numbers.split(".")
    return f"{'.'.join(parts + ['0'] * (4 - len(parts)))}/{length or 8 * len(parts)}"


def _are_addresses(text: str) -> bool:
    try:
        parse_addresses(text)
    except ValueError:
        return False
    return True


def hinted(message: str, meant: str) -> str:
    """A message with what is meant instead of any other hint."""
    if not meant:
        return message
    shown = meant if meant.startswith("[") else f"`{meant}`"
    return f"{message.partition('; ')[0]}; write {shown}"

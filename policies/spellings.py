"""What people write for services and addresses, and what they mean: every hint is read as such."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from policies.addresses import parse_addresses
from policies.protocols import PROTOCOLS, has_ports, name_of
from policies.services import ANY, is_service

_EVERYTHING: Final = ("all", "*", "any")
# What people write for ports: most are service names of IANA's registry.
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
_EVERY_PORT: Final = r"(?:all|any|\*|0-65535)"
_PORT: Final = r"(?:\$[a-z0-9_-]+(?=[/:, ]|$)|[0-9]+(?:-[0-9]+)?)"
_PORTS: Final = rf"(?P<ports>{_EVERY_PORT}|{_PORT}(?:[, ]{_PORT})*)"
_PROTOCOL: Final = f"(?:{'|'.join(sorted(PROTOCOLS, key=len, reverse=True))})"
_SEVERAL: Final = rf"{_PROTOCOL}(?:[/+, ]{_PROTOCOL})*"
_BETWEEN: Final = r"(?:[/: ]|(?<=[0-9])(?=[a-z]))"
# All ports stand together: those at two sides of a protocol are of two services.
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"{_PORTS}{_BETWEEN}(?P<after>{_SEVERAL})",
        rf"(?P<before>{_SEVERAL}){_BETWEEN}{_PORTS}(?:{_BETWEEN}(?P<after>{_SEVERAL}))?",
    )
)


def service_meant(text: str) -> str:
    """The service that a text stands for, spelled as policies do; empty where nobody knows."""
    word = " ".join(re.sub(r"\s*([/+,:-])\s*", r"\1", text.strip().lower()).split())
    if word in _EVERYTHING or re.fullmatch(r"(any|all|\*)[/ ](any|all|\*)", word):
        return ANY
    if word in _SERVICES:
        return _SERVICES[word]
    if is_service(word):
        return word
    several = re.split(r"[,;]\s*|\s+", word)
    if len(several) > 1 and all("/" in one for one in several):
        each = [one if is_service(one) else service_meant(one) for one in several]
        return f"[{', '.join(each)}]" if all(each) else ""
    found = _put_together(word)
    return found if is_service(found) else ""


def _put_together(word: str) -> str:
    """Ports and protocols in whatever order and with whatever between them."""
    word = re.sub(r"(?<=[0-9]):(?=[0-9])", "-", word)
    if by_number := re.fullmatch(r"([^/]+)/(6|17|132)", word):
        return f"{by_number[1]}/{name_of(int(by_number[2]))}"
    if named := re.fullmatch(r"([a-z]+)[/:]([0-9,-]+)|([0-9,-]+)[/:]?([a-z]+)", word):
        protocol = _SERVICES.get(named[1] or named[4], "").rpartition("/")[2]
        if protocol and protocol != "icmp":
            return f"{named[2] or named[3]}/{protocol}"
    if typed := re.fullmatch(r"(icmp|icmpv6)[/: ]([0-9,-]+(?:/[0-9,-]+)?)", word):
        return f"{typed[2]}/{typed[1]}"
    found = next(filter(None, (form.fullmatch(word) for form in _FORMS)), None)
    if not found:
        return ""
    said = found.groupdict()
    several = f"{said.get('before') or ''} {said['after'] or ''}"
    protocols = tuple(dict.fromkeys(re.split(r"[/+, ]+", several.strip())))
    is_every = re.fullmatch(_EVERY_PORT, said["ports"])
    if len(protocols) == 1 and not has_ports(PROTOCOLS[protocols[0]]):
        return protocols[0] if is_every else ""
    ports = "1-65535" if is_every else said["ports"].replace(" ", ",")
    return f"{ports}/{'+'.join(protocols)}"


def addresses_meant(text: str) -> str:
    """The addresses that a text stands for, spelled as sites do; empty where nobody knows."""
    masked = re.fullmatch(r"([0-9.]+)\s+([0-9.]+)", text.strip())
    if masked and re.match(r"(255|0)\.", masked[2]):
        # Each of these two is all bits or none: a mask and a wildcard mean the contrary.
        is_either = re.fullmatch(r"(\d+)(\.\1){3}", masked[2])
        return "" if is_either else addresses_meant(f"{masked[1]}/{masked[2]}")
    several = _LISTED.split(text.strip())
    if len(several) > 1:
        return f"[{', '.join(several)}]" if all(map(_are_addresses, several)) else ""
    return next(filter(_are_addresses, _spellings(text.strip())), "")


def _spellings(text: str) -> Iterator[str]:
    if match := re.fullmatch(r"\[([^][]*)\](/[0-9]+|:[0-9]+)?", text):
        prefix = match[2] if match[2] and match[2].startswith("/") else ""
        yield f"{match[1]}{prefix}"
    if match := re.match(r"[a-z]+://\[?([0-9a-fA-F.:]+?)\]?(:[0-9]+)?(/|$)", text):
        yield match[1]
    if match := re.fullmatch(r"([0-9.]+):[0-9]+", text):
        yield match[1]
    if match := re.fullmatch(r"(([0-9]+\.){3})([0-9]+)-([0-9]{1,3})", text):
        yield f"{match[1]}{match[3]}-{match[1]}{match[4]}"
    if match := re.fullmatch(r"((?:[0-9]+\.){1,3})[*x](\.[*x])*", text):
        yield _filled(match[1].rstrip("."), "")
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+){1,2})/([0-9]+)", text)
    # Numbers short of the prefix are no beginning of it: `10.1/32` is 10.0.0.1 for some programs.
    if match and int(match[2]) <= 8 * len(match[1].split(".")):
        yield _filled(match[1], match[2])
    if text.count("/") == 1 and ":" not in text:
        try:
            # One with bits of a machine is that machine, or its network.
            yield str(ipaddress.IPv4Network(text))
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

"""Services, addresses and interfaces of what is open, as a person would write them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from flowmodel.addresses import Addresses
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, TCP, UDP, Family
from flowmodel.values import (
    Values,
    complement,
    difference,
    full,
    intersection,
    is_subset,
    size,
    union,
)
from linter.engine.sets.witness import protocol_name
from linter.engine.sets.words import addresses_in_words, ports_in_words
from linter.engine.site.exported import NOBODYS, PRIVATE

if TYPE_CHECKING:
    from linter.engine.sets.lines import Offer


ANY: Final = "any address"
INTERNET: Final = "the internet"
_MANY: Final = 8
_SHOWN: Final = 4
_PORTS: Final = 40
"""How many ranges of ports are named before the rest is counted."""
# What nobody on the internet has, though it is not private: IANA's registries of special-purpose
# addresses. Lists of such networks differ, and all of them mean the internet by what is left.
_SPECIAL: Final = Addresses(
    (
        (0xC0000000, 0xC00000FF),
        (0xC0000200, 0xC00002FF),
        (0xC0586300, 0xC05863FF),
        (0xC6120000, 0xC613FFFF),
        (0xC6336400, 0xC63364FF),
        (0xCB007100, 0xCB0071FF),
        (0xF0000000, 0xFFFFFFFF),
    ),
    (
        (0, (0x2000 << 112) - 1),
        (0x20010DB8 << 96, (0x20010DB9 << 96) - 1),
        (0x4000 << 112, (1 << 128) - 1),
    ),
)
# Deprecated since RFC 7526; RFC 3964 has filters for it, which firewalld loads.
_SIX_TO_FOUR: Final = Addresses((), ((0x2002 << 112, (0x2003 << 112) - 1),))
# What private networks have, in RFC 1918 and RFC 4193.
_INSIDE: Final = Addresses(
    ((0x0A000000, 0x0AFFFFFF), (0xAC100000, 0xAC1FFFFF), (0xC0A80000, 0xC0A8FFFF)),
    ((0xFC << 120, (0xFE << 120) - 1),),
)
# A packet from there comes from a neighbour that has no address yet (RFC 3927; RFC 1122, section
# 3.2.1.3).
_SLACK: Final[Mapping[Family, Values]] = {4: ((0, 0x00FFFFFF), (0xA9FE0000, 0xA9FEFFFF)), 6: ()}

# The types that connection tracking takes for the beginning of something: see device/conntrack.py.
_ASKING: Final[Mapping[int, Values]] = {
    ICMP: ((8, 8), (13, 13), (15, 15), (17, 17)),
    ICMPV6: ((128, 128), (139, 139)),
}
_TYPES: Final[Mapping[int, Mapping[int, str]]] = {
    # IANA, ICMP Parameters; RFC 4443, RFC 4861 and RFC 3810 for IPv6.
    ICMP: {
        0: "echo reply",
        3: "destination unreachable",
        5: "redirect",
        8: "echo request",
        9: "router advertisement",
        10: "router solicitation",
        11: "time exceeded",
        12: "parameter problem",
        13: "timestamp",
    },
    ICMPV6: {
        1: "destination unreachable",
        2: "packet too big",
        3: "time exceeded",
        4: "parameter problem",
        128: "echo request",
        129: "echo reply",
        130: "multicast listener query",
        131: "multicast listener report",
        132: "multicast listener done",
        133: "router solicitation",
        134: "router advertisement",
        135: "neighbour solicitation",
        136: "neighbour advertisement",
        137: "redirect",
        143: "multicast listener report",
    },
}


def services_in_words(offers: "Sequence[Offer]", source_ports: Values) -> str:
    """`tcp 80, 443; udp 53`, or `everything`."""
    from linter.engine.sets.lines import EVERYTHING

    if offers is EVERYTHING:
        return "everything" + _from_ports(source_ports)
    kinds: dict[Values, list[int]] = {}
    others: Values = ()
    icmp: list[Offer] = []
    for each in offers:
        named = [n for n in _numbers(each.protocols) if n in PORT_PROTOCOLS]
        messages = [n for n in _numbers(each.protocols) if n in (ICMP, ICMPV6)]
        if messages:
            icmp.append(each)
        for number in named:
            kinds.setdefault(each.ports, []).append(number)
        rest = union((n, n) for n in (*named, *messages))
        others = union(others + difference(each.protocols, rest))
    texts = []
    is_most = size(others) > 1 << 7
    for ports, numbers in sorted(kinds.items(), key=lambda item: min(item[1])):
        of_few = [n for n in numbers if n in (TCP, UDP)] if is_most else numbers
        if of_few:
            names = " and ".join(map(protocol_name, sorted(of_few)))
            texts.append(_ports(names, ports))
    texts += _icmp(icmp)
    if is_most:
        texts.append("every other protocol")
    elif size(others) > _MANY:
        texts.append(f"{size(others)} other protocols")
    else:
        texts += [protocol_name(number) for number in _numbers(others)]
    return "; ".join(texts) + _from_ports(source_ports)


def _ports(name: str, ports: Values) -> str:
    # Nobody asks about port 0.
    missing = difference(complement(ports, 16), ((0, 0),))
    if not missing:
        return f"all {name} ports"
    if size(missing) < size(ports) and len(missing) <= len(ports):
        return f"all {name} ports except {_listed_ports(missing)}"
    return f"{name} {_listed_ports(ports)}"


def _listed_ports(ports: Values) -> str:
    """All ports: a table that leaves some out is none."""
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ports]
    more = len(texts) - _PORTS
    shown = ", ".join(texts[:_PORTS])
    return f"{shown} and {more} more ranges" if more > 1 else ", ".join(texts)


def _from_ports(ports: Values) -> str:
    return "" if ports == full(16) else f" from source port {_listed_ports(ports)}"


def _numbers(values: Values) -> list[int]:
    return [number for first, last in values for number in range(first, last + 1)]


def _icmp(offers: "Iterable[Offer]") -> list[str]:
    named: dict[int, list[str]] = {}
    for each in offers:
        for proto in (n for n in _numbers(each.protocols) if n in (ICMP, ICMPV6)):
            named.setdefault(proto, []).extend(_messages(proto, each))
    texts = []
    for proto, several in named.items():
        words = list(dict.fromkeys(several))
        shown = ", ".join(words[:_SHOWN])
        more = len(words) - _SHOWN
        texts.append(
            f"{protocol_name(proto)} {shown}".strip()
            + (f" and {more} more type{'' if more == 1 else 's'}" if more > 0 else "")
        )
    return texts


def _messages(proto: int, offer: "Offer") -> list[str]:
    asking = _ASKING[proto]
    answers = difference(full(8), asking)
    codes = "" if offer.codes == full(8) else f" code {ports_in_words(offer.codes)}"
    codes = "" if offer.codes == ((0, 0),) else codes
    # Errors and answers: nobody can open anything with them.
    if not codes and offer.codes == full(8) and is_subset(asking, offer.types):
        return [""]
    named = offer.types
    words = []
    if is_subset(answers, offer.types):
        words = [f"errors and answers{codes}"]
        named = intersection(offer.types, asking)
    names = _TYPES[proto]
    return words + [names.get(number, f"type {number}") + codes for number in _numbers(named)]


_FEW: Final[dict[Family, int]] = {4: 1 << 8, 6: 1 << 72}
"""Networks of this size are somebody's; the internet's are larger."""


class Namer:
    """What addresses are called: networks of the exports by their names, and the internet."""

    def __init__(self, family: Family, networks: Mapping[str, Addresses]) -> None:
        self.family = family
        self.bits = 32 if family == 4 else 128
        self.titles = {
            values: name for name, addresses in networks.items() if (values := addresses.of(family))
        }
        private = union(PRIVATE.of(family) + NOBODYS.of(family))
        self.private = private
        self.public = complement(union(private + _SPECIAL.of(family)), self.bits)

    def addresses(self, values: Values, asked: Values) -> str:
        """Some of the addresses that were asked about, with others that nobody asked about."""
        shown = self._told(values, asked)
        if shown == full(self.bits):
            return ANY
        if self.is_internet(values):
            return INTERNET
        title = self.titles.get(shown) or self.titles.get(values)
        words = addresses_in_words(shown, self.family)
        return f"{words} ({title})" if title else words

    def _told(self, values: Values, asked: Values) -> Values:
        from linter.engine.sets.lines import told

        return told(values, asked, self.bits, _SLACK[self.family])

    def own(self, values: Values, asked: Values) -> str:
        """Some addresses of the machine; nothing where all of them are meant."""
        if self._told(values, asked) == full(self.bits):
            return ""
        if 2 * size(values) > size(asked) and size(asked) > 1 << (self.bits - 4):
            return self.addresses(values, asked)
        return addresses_in_words(values, self.family)

    def is_internet(self, values: Values) -> bool:
        """Whether these are all addresses that somebody on the internet has, and none inside."""
        has_private = difference(values, self.private) != values
        return is_subset(self.public, values) and not has_private

    def is_everywhere(self, values: Values) -> bool:
        """Whether these are all addresses that somebody has, on the internet and inside."""
        family = self.family
        somebodys = difference(self.public, _SIX_TO_FOUR.of(family)) + _INSIDE.of(family)
        return is_subset(union(somebodys), values)

    def has_strangers(self, values: Values) -> bool:
        """Whether more than a few of them are addresses on the internet."""
        public = intersection(values, self.public)
        return self.reaches_internet(values) or size(public) > _FEW[self.family]

    def reaches_internet(self, values: Values) -> bool:
        """Whether strangers are among them: most of the internet's addresses."""
        return 2 * size(difference(values, self.private)) > size(self.public)


OTHER: Final = "/other"


def interfaces_in_words(names: Sequence[str], every: Sequence[str]) -> str:
    """`eth0`, or `any interface but docker0`; empty where all are meant."""
    if len(names) == len(every) or not names:
        return ""
    rest = [name for name in every if name not in names]
    if OTHER in names:
        return f"any interface but {_listed(rest, every)}"
    return _listed(names, every)


def _listed(names: Sequence[str], every: Sequence[str]) -> str:
    begins = [name.removesuffix(OTHER) for name in names if name.endswith(OTHER)]
    whole = [
        begin
        for begin in begins
        if begin and all(name in names for name in every if name.startswith(begin))
    ]
    words = [
        name for name in names if not name.endswith(OTHER) and not name.startswith(tuple(whole))
    ]
    words += [f"{begin}*" if begin in whole else f"another {begin}*" for begin in begins if begin]
    words += ["any other interface"] if "" in begins else []
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)

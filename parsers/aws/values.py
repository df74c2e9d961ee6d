"""Addresses, protocols and ports as AWS writes them, as conditions: equal ones are one object."""

from collections.abc import Iterable
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, Literal

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, ICMP, ICMPV6, TCP, UDP, Family, NumberField
from flowmodel.match import NEVER, All, Any, Condition, IsFamily, Masked, Match, Test, Unread
from flowmodel.record import NamedTuple
from flowmodel.values import Values, single
from parsers.shared.digits import is_decimal

Side = Literal["src", "dst"]

# EC2 API Reference, IpPermission: names or numbers (network ACLs: numbers only).
PROTOCOLS: Final = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6}
_NAMES: Final = {number: name for name, number in PROTOCOLS.items()}
ALL: Final = "-1"

_FAMILY: Final[dict[Family, IsFamily]] = {family: IsFamily(family) for family in FAMILIES}


def shown(text: str) -> str:
    """The text as a title, which is one line: with escapes where something cannot be printed."""
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


class Network(NamedTuple):
    """An address range of one family, both ends inclusive."""

    family: Family
    first: int
    last: int


class Service(NamedTuple):
    """What a rule says of protocol and ports: its conditions, and the same in words."""

    conditions: Match
    words: str


def network(text: str) -> Network | None:
    """The network of a CIDR or of one address; none where it is neither.

    Bits of the host count as 0: EC2 API Reference, CreateNetworkAclEntry, CidrBlock.
    """
    host, slash, length = text.partition("/")
    is_v6 = ":" in host
    bits = 128 if is_v6 else 32
    try:
        address = int.from_bytes(inet_pton(AF_INET6 if is_v6 else AF_INET, host))
    except (OSError, ValueError):
        return None
    if slash and not (is_decimal(length) and len(length) < 4):
        return None
    rest = bits - int(length) if slash else 0
    if rest < 0:
        return None
    first = address >> rest << rest
    return Network(6 if is_v6 else 4, first, first | (1 << rest) - 1)


def addresses(networks: Iterable[Network]) -> Addresses:
    """The addresses of all the networks."""
    from flowmodel.values import union

    found: dict[Family, list[tuple[int, int]]] = {4: [], 6: []}
    for family, first, last in networks:
        found[family].append((first, last))
    return Addresses(union(found[4]), union(found[6]))


class Conditions:
    """Makes conditions; one object for equal ones."""

    def __init__(self) -> None:
        self._tests: dict[NumberField, dict[Values, Test]] = {}
        self._unread: dict[tuple[str, str], Unread] = {}
        self._agreeing: dict[Family, Match] = {}
        self._services: dict[tuple[object, ...], Service | None] = {}
        self._ends: dict[Side, dict[str, Match | None]] = {"src": {}, "dst": {}}

    def test(self, field: NumberField, values: Values) -> Test:
        """The test of a field."""
        known = self._tests.setdefault(field, {})
        found = known.get(values)
        if found is None:
            found = known[values] = Test(field, values)
        return found

    def unread(self, text: str, of: Literal["", "src", "dst"] = "") -> Unread:
        """What nobody knows; `of`: of an end that can be no address of the internet."""
        key = (text, of)
        if key not in self._unread:
            self._unread[key] = Unread(text, of)
        return self._unread[key]

    def agree(self, family: Family) -> Match:
        """The packets of a family both of whose ends may be in one subnet, wherever that is.

        VPC User Guide, "Subnet CIDR blocks": a subnet of IPv4 has a /16 at most, so that its
        addresses have the first 16 bits in common. Those of IPv6 are not compared: the set of all
        pairs with 44 equal bits is too large to be written down.
        """
        if family not in self._agreeing:
            each = (1 << 31 - number for number in range(16 if family == 4 else 0))
            same = (
                Any(
                    (
                        All((Masked("src", bit, bit), Masked("dst", bit, bit))),
                        All((Masked("src", bit, 0), Masked("dst", bit, 0))),
                    )
                )
                for bit in each
            )
            self._agreeing[family] = (_FAMILY[family], *same)
        return self._agreeing[family]

    def end(self, side: Side, text: str) -> Match | None:
        """The packets whose source or destination is in a CIDR; none where it is no CIDR."""
        known = self._ends[side]
        if text not in known:
            found = network(text)
            known[text] = self.within(side, found) if found else None
        return known[text]

    def within(self, side: Side, found: Network) -> Match:
        """The packets whose source or destination is in a network."""
        return self.family(side, found.family, ((found.first, found.last),))

    def family(self, side: Side, family: Family, values: Values) -> Match:
        """The packets of a family whose source or destination has one of the values."""
        bits = 32 if family == 4 else 128
        if values == ((0, (1 << bits) - 1),):
            return (_FAMILY[family],)
        return (_FAMILY[family], self.test(side, values))

    def either(self, side: Side, ends: Addresses) -> list[Match]:
        """The packets whose source or destination is one of the addresses: a match a family."""
        return [self.family(side, each, ends.of(each)) for each in FAMILIES if ends.of(each)]

    def service(self, protocol: object, first: object, last: object) -> Service | None:
        """What a protocol and two numbers say: ports, or type and code; none where it is strange.

        EC2 API Reference, IpPermission: any other protocol is for all ports, whatever is written.
        Numbers that are missing for TCP, UDP or ICMP are unread: AWS gives no meaning to that.
        """
        key = (protocol, first, last)
        try:
            if key not in self._services:
                self._services[key] = self._service(protocol, first, last)
            return self._services[key]
        except TypeError:
            # A list or an object is no key of anything.
            return None

    def _service(self, protocol: object, first: object, last: object) -> Service | None:
        if type(protocol) is not str or not all(
            type(n) in (int, type(None)) for n in (first, last)
        ):
            return None
        if protocol == ALL:
            return Service((), "all traffic")
        number = PROTOCOLS.get(protocol)
        if number is None:
            if not (is_decimal(protocol) and len(protocol) <= 3):
                return None
            number = int(protocol)
            if number > 255:
                return None
        proto = self.test("proto", single(number))
        name = _NAMES.get(number, f"protocol {number}")
        assert first is None or isinstance(first, int)
        assert last is None or isinstance(last, int)
        if number in (TCP, UDP):
            return self._ports(proto, name, first, last)
        if number in (ICMP, ICMPV6):
            return self._icmp(proto, name, first, last)
        return Service((proto,), name)

    def _ports(self, proto: Condition, name: str, first: int | None, last: int | None) -> Service:
        if first is None or last is None or not 0 <= first <= last <= 0xFFFF:
            words = f"{name} {_words(first, last, '-') or 'without ports'}"
            return Service((proto, self.unread(f"which ports AWS takes for {words}")), words)
        if (first, last) == (0, 0xFFFF):
            return Service((proto,), f"{name} all ports")
        ports = _words(first, last, "-")
        return Service((proto, self.test("dport", ((first, last),))), f"{name} {ports}")

    def _icmp(self, proto: Condition, name: str, kind: int | None, code: int | None) -> Service:
        if (kind, code) == (-1, -1):
            return Service((proto,), f"{name} all types")
        # IpPermission, ToPort: all types have all codes; of a type of -1 with one code AWS says
        # nothing.
        if kind is None or code is None or not (0 <= kind <= 255 and -1 <= code <= 255):
            words = f"{name} {_words(kind, code, '/') or 'without types'}"
            return Service((proto, self.unread(f"which types AWS takes for {words}")), words)
        types = self.test("icmp_type", single(kind))
        if code == -1:
            return Service((proto, types), f"{name} type {kind}")
        codes = self.test("icmp_code", single(code))
        return Service((proto, types, codes), f"{name} type {kind} code {code}")


def _words(first: int | None, last: int | None, between: str) -> str:
    """One number or two, as far as they are there."""
    return between.join(str(each) for each in dict.fromkeys((first, last)) if each is not None)


NOBODY: Final[Match] = (NEVER,)

"""Services as policies write them: `443/tcp`, `137-139/udp`, `$p/tcp+udp`, `8/0/icmp`, `any`."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from flowmodel.record import dataclass
from flowmodel.site import Service
from flowmodel.source import Span
from flowmodel.values import EMPTY, Interval, Values, full, union
from policies.protocols import PROTOCOLS, TYPED, has_ports, name_of, number_of

ANY: Final = "any"
"""Every port of every protocol."""

_TYPE: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,6}")
_PARAMETER: Final = re.compile(r"\$([a-z0-9][a-z0-9_-]*)")
_PORTS: Final = re.compile(r"[$0-9][a-z0-9_$, -]*")
_DERIVED: Final = re.compile(r"\$([a-z0-9][a-z0-9_-]*)(?:\s*\+\s*([1-9][0-9]{0,4}))?")


@dataclass(frozen=True, slots=True)
class Ports:
    """A set of ports, and how the policy or site wrote it.

    The numbers can be out of range; `are_ports` tells.
    """

    text: str
    values: Values

    @property
    def are_ports(self) -> bool:
        """Whether all numbers are from 1 to 65535, and there is one."""
        return bool(self.values) and self.values[0][0] >= 1 and self.values[-1][1] <= 65535

    def plus(self, number: int) -> "Ports":
        """Every port so much higher."""
        values = tuple((first + number, last + number) for first, last in self.values)
        return Ports(ports_text(values), values)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A service before its parameters have values: protocols, and numbers or `$names`."""

    text: str
    protocols: tuple[str, ...]
    atoms: tuple[str | Ports, ...]
    span: Span
    types: Values = full(8)
    codes: Values = full(8)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its protocols."""
        if self.text == ANY:
            return tuple(range(256))
        return tuple(number for name in self.protocols if (number := number_of(name)) is not None)

    @property
    def is_typed(self) -> bool:
        """Whether it is about some messages of ICMP or ICMPv6 only."""
        return (self.types, self.codes) != (full(8), full(8))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that it uses."""
        return tuple(atom for atom in self.atoms if isinstance(atom, str))

    def ports(self, values: Mapping[str, Ports]) -> Ports:
        """Its ports at these values of the parameters."""
        parts = [values[atom] if isinstance(atom, str) else atom for atom in self.atoms]
        text = ",".join(part.text for part in parts)
        return Ports(text, union(interval for part in parts for interval in part.values))

    def services(self, values: Mapping[str, Ports]) -> tuple[Service, ...]:
        """One service a protocol, at these values of the parameters."""
        if not self.atoms:
            return tuple(
                Service(
                    number,
                    full(16),
                    self.text if self.is_typed or self.text == ANY else name_of(number),
                    self.types,
                    self.codes,
                )
                for number in self.numbers
            )
        ports = self.ports(values)
        return tuple(
            Service(number, ports.values, f"{ports.text}/{name_of(number)}")
            for number in self.numbers
        )


def parse_ports(text: str) -> Ports:
    """The ports that `443`, `80,443` or `10000-20000` names; raises ValueError for people.

    A number past 65535 is read, for the site can be told what it leads to; see `are_ports`.
    """
    intervals = [_interval(part.strip(), text) for part in text.split(",")]
    return Ports(",".join(part.strip() for part in text.split(",")), union(intervals))


def _interval(part: str, text: str) -> Interval:
    first, dash, last = part.partition("-")
    numbers = (first.strip(), last.strip() if dash else first.strip())
    for number in numbers:
        if re.fullmatch(r"0[0-9]+", number):
            raise ValueError(f"port `{number}` has a leading zero")
        if not _NUMBER.fullmatch(number):
            hint = ""
            if ":" in text:
                hint = "; write a range with a hyphen, as in `22-53`"
            elif part in ("any", "all", "*"):
                hint = "; all ports are `1-65535`, and everything is `any`"
            raise ValueError(f"`{part}` is not a port number{hint}")
    low, high = int(numbers[0]), int(numbers[1])
    if low > high:
        raise ValueError(f"port range `{part}` ends before it starts")
    return low, high


def parse_service(text: str, span: Span) -> Pattern:
    """The service that a text names; raises ValueError with a message for people."""
    head, slash, tail = text.partition("/")
    if text == ANY:
        return Pattern(text, (text,), (), span)
    if not slash:
        number = number_of(text)
        if number is not None and not has_ports(number):
            return Pattern(text, (text,), (), span)
        if number is not None and text not in PROTOCOLS:
            raise ValueError(f"`{text}` is {name_of(number)}; write ports and its name")
        if number is not None:
            raise ValueError(f"`{text}` needs a port, as in `443/{text}`")
        if _PORTS.fullmatch(text) and is_service(f"{text}/tcp"):
            raise ValueError(f"`{text}` has no protocol; write `{text}/tcp` or `{text}/tcp+udp`")
        raise ValueError(f"`{text}` is not a service; write ports and a protocol, as in `443/tcp`")
    if number_of(head) in TYPED:
        raise ValueError(f"the type comes first{_turned(tail, head)}")
    *numbers, last = text.split("/")
    if number_of(last) in TYPED:
        return _messages(text, numbers, last, span)
    if head in PROTOCOLS or head.replace("+", "") == "tcpudp":
        raise ValueError(f"the port comes first{_turned(tail, head)}")
    protocols = tuple(part.strip() for part in tail.split("+"))
    for name in protocols:
        _check_protocol(name)
    if len(set(protocols)) < len(protocols):
        raise ValueError(f"`{tail}` names a protocol twice")
    return Pattern(text, protocols, _atoms(head), span)


def _turned(numbers: str, protocol: str) -> str:
    """The end of a message about the other order, if that is a service."""
    if is_service(text := f"{numbers}/{protocol}"):
        return f"; write `{text}`"
    return f"; write it as in `{'8' if number_of(protocol) in TYPED else '443'}/{protocol}`"


def is_service(text: str) -> bool:
    """Whether a text names a service."""
    try:
        parse_service(text, Span("", 1, 1, 1, 1))
    except ValueError:
        return False
    return True


def ported(text: str, span: Span) -> tuple[Service, ...]:
    """The services that a text names, some ports of each; raises ValueError for people."""
    pattern = parse_service(text, span)
    if pattern.names:
        raise ValueError(f"`{text}` is not a service; write ports and a protocol, as in `443/tcp`")
    services = pattern.services({})
    if any(each.ports and each.ports[-1][1] > 65535 for each in services):
        raise ValueError(f"`{text}` has ports past 65535")
    if any(not has_ports(each.proto) or each.ports == full(16) for each in services):
        raise ValueError(f"`{text}` has no ports; write them, as in 8080/tcp")
    return services


def _messages(text: str, numbers: list[str], protocol: str, span: Span) -> Pattern:
    """The ICMP messages of a type, and perhaps of a code: `8/icmp`, `3/4/icmp`."""
    if len(numbers) > 2:
        raise ValueError(f"`{text}` must be a type, perhaps a code, and `{protocol}`: `3/4/icmp`")
    types, codes = parse_types("/".join(numbers))
    return Pattern(text, (protocol,), (), span, types, codes)


def parse_types(text: str) -> tuple[Values, Values]:
    """The ICMP types and codes of `8`, `3/4` or `1,3-4/0`; raises ValueError for people."""
    types, slash, codes = text.partition("/")
    return _values(types, "type"), _values(codes, "code") if slash else full(8)


def _values(text: str, what: str) -> Values:
    """The ICMP types or codes (RFC 792, RFC 4443: one byte each) of `8` or `1,3-4`."""
    found: list[Interval] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        ends = (first, last if dash else first)
        if not all(_TYPE.fullmatch(end) and int(end) <= 255 for end in ends):
            raise ValueError(f"`{part.strip()}` is not an ICMP {what} (0 to 255)")
        if int(ends[0]) > int(ends[1]):
            raise ValueError(f"the {what}s `{part.strip()}` end before they start")
        found.append((int(ends[0]), int(ends[1])))
    return union(found)


def _check_protocol(name: str) -> None:
    number = number_of(name)
    if number is None:
        from policies.schema import did_you_mean

        raise ValueError(f"unknown protocol `{name}`{did_you_mean(name, PROTOCOLS)}")
    if not has_ports(number):
        raise ValueError(f"`{name}` has no ports; write it on its own")


def _atoms(text: str) -> tuple[str | Ports, ...]:
    atoms: list[str | Ports] = []
    for part in text.split(","):
        named = _PARAMETER.fullmatch(part.strip())
        if named:
            atoms.append(named[1])
            continue
        ports = parse_ports(part)
        if not ports.are_ports:
            raise ValueError(f"`{part.strip()}` is not a valid port (1 to 65535)")
        atoms.append(ports)
    return tuple(atoms)


def parse_derived(text: str) -> tuple[str, int]:
    """The parameter and the number of `$name + number`; raises ValueError for people."""
    match = _DERIVED.fullmatch(text)
    if not match:
        raise ValueError(f"`{text}` must have the form `$name` or `$name + number`")
    return match[1], int(match[2] or 0)


def ports_text(values: Values) -> str:
    """Ports as policies write them: `22,80-81`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in values)


def covers(services: Iterable[Service]) -> dict[int, Values]:
    """The ports of services by protocol; of ICMP the types and codes, see `messages`."""
    found: dict[int, Values] = {}
    for service in services:
        is_typed = service.proto in TYPED
        its = messages(service.types, service.codes) if is_typed else service.ports
        found[service.proto] = union(found.get(service.proto, EMPTY) + its)
    return found


def messages(types: Values, codes: Values) -> Values:
    """ICMP messages as numbers of 16 bits: the type, then the code."""
    if codes == full(8):
        return union((first << 8, last << 8 | 255) for first, last in types)
    return union(
        (one << 8 | low, one << 8 | high)
        for first, last in types
        for one in range(first, last + 1)
        for low, high in codes
    )


def service_text(number: int, values: Values) -> str:
    """Ports, or the messages of ICMP, with their protocol: `22,80-81/tcp`, `8/icmp`, `esp`."""
    name = name_of(number)
    if number in TYPED:
        types = union((first >> 8, last >> 8) for first, last in values)
        return name if values == full(16) else f"{ports_text(types)}/{name}"
    return f"{ports_text(values)}/{name}" if has_ports(number) else name

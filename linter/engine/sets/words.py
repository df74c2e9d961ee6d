"""Sets of packets, addresses and ports in words."""

from collections.abc import Iterator
from itertools import islice

from flowmodel.addresses import address_in_words
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, TCP, UDP, Family
from flowmodel.values import (
    Values,
    complement,
    contains,
    difference,
    full,
    is_subset,
    size,
    union,
)
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.witness import NAMES, protocol_name

SHOWN = 4
"""How many prefixes or port ranges are named before the rest is counted."""
_LIMIT = 256
_MANY, _MOST = 8, 200
"""From how many protocols on they are not named, and from how many on they are all."""


def packets_in_words(space: Space, packets: PacketSet) -> str:
    """What a set holds: services, sources and destinations; "parts of" where they are not free.

    Example: `tcp 2222 from 10.10.0.0/16 to 192.0.2.10`.
    """
    kinds = packets
    packets = _told(space, packets)
    source = projected(space, packets, "src", _LIMIT)
    destination = projected(space, packets, "dst", _LIMIT)
    services, product = _services(space, packets, kinds)
    whole = False
    # What cannot be told is only the beginning of a list.
    if space.is_told(source) and space.is_told(destination):
        box = (
            product
            & space.within(space.fields["src"], source)
            & space.within(space.fields["dst"], destination)
        )
        whole = minus(packets, box) == space.false and minus(box, packets) == space.false
    shown = ", ".join(services[:SHOWN]) + (
        f" and {len(services) - SHOWN} more" if len(services) > SHOWN else ""
    )
    told = filled(space, destination)
    # Nothing is sent "to the internet" because it is sent to every address.
    everywhere = told == full(len(space.fields["dst"]))
    to = addresses_in_words(told, space.family) if everywhere else _titled(space, destination, told)
    text = f"{shown} from {_titled(space, source, source)} to {to}"
    return text if whole else f"part of {text}"


def _titled(space: Space, addresses: Values, told: Values) -> str:
    """A long list of addresses by its name, also where a few of them are missing; or as told."""
    for each in (addresses, told):
        if each in space.titles:
            return space.titles[each]
    if len(addresses) > SHOWN:
        for known, title in space.titles.items():
            missing = difference(known, addresses)
            if is_subset(addresses, known) and len(missing) <= SHOWN:
                return f"{title} except {addresses_in_words(missing, space.family)}"
    return addresses_in_words(told, space.family)


def filled(space: Space, addresses: Values) -> Values:
    """The destinations with those between them that nobody can be reached at by a firewall.

    A network is told as one, whichever address in it is the firewall's own.
    """
    last = (1 << len(space.fields["dst"])) - 1
    for each in space.aside:
        more = union((*addresses, each))
        is_between = len(more) < len(addresses)
        is_end = each[1] == last and len(more) == len(addresses)
        if is_between or is_end:
            addresses = more
    return addresses


def _services(space: Space, packets: PacketSet, kinds: PacketSet) -> tuple[list[str], PacketSet]:
    """The services in words, TCP and UDP first, and all packets of these services.

    `kinds` are the packets with the types of ICMP.
    """
    protocols = projected(space, packets, "proto", _LIMIT)
    is_many = size(protocols) > _MANY
    named = (TCP, UDP) if is_many else (TCP, UDP, *sorted(set(NAMES) - {TCP, UDP}))
    services: list[str] = []
    product = space.false
    whole = 0
    for proto in (number for number in named if contains(protocols, number)):
        is_proto = space.within(space.fields["proto"], ((proto, proto),))
        ports = projected(space, packets & is_proto, "dport", _LIMIT)
        kind = _kind(space, kinds & is_proto) if proto in (ICMP, ICMPV6) else ""
        services.append(service_in_words(proto, ports) + kind)
        product = product | (is_proto & space.within(space.fields["dport"], ports))
        whole += ports == full(16)
    others = difference(protocols, union((proto, proto) for proto in named))
    product = product | space.within(space.fields["proto"], others)
    if is_many:
        every = size(others) > _MOST and whole == len(named)
        return ["every service"] if every else [*services, "other protocols"], product
    services += [protocol_name(n) for low, high in others for n in range(low, high + 1)]
    return services, product


def _told(space: Space, packets: PacketSet) -> PacketSet:
    """The set without what the words of a service or an address leave out."""
    cube = space.cube("sport", "tcp_flags", "icmp_type", "icmp_code", "state", "ct_dir")
    return packets.exists(cube)


def service_in_words(proto: int, ports: Values) -> str:
    """`tcp 80, 443`, or the protocol alone where ports mean nothing or all are meant."""
    name = protocol_name(proto)
    if proto not in PORT_PROTOCOLS:
        return name
    if ports == full(16):
        return f"all {name} ports"
    if len(ports) > SHOWN and size(complement(ports, 16)) < size(ports):
        return f"all {name} ports except {ports_in_words(complement(ports, 16))}"
    return f"{name} {ports_in_words(ports)}"


def _kind(space: Space, packets: PacketSet) -> str:
    """` type 3 code 4`; empty where all messages are meant."""
    types, codes = (projected(space, packets, each, _LIMIT) for each in ("icmp_type", "icmp_code"))
    return "".join(
        f" {name} {ports_in_words(values)}"
        for name, values in (("type", types), ("code", codes))
        if values != full(8)
    )


def ports_in_words(ports: Values) -> str:
    """`80, 443, 8000-8080`."""
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ports]
    return _shortened(texts, "range")


def addresses_in_words(addresses: Values, family: Family) -> str:
    """Prefixes and ranges; "any address except …" where that is shorter."""
    width = 32 if family == 4 else 128
    if addresses == full(width):
        return "any address"
    missing = complement(addresses, width)
    if len(missing) <= len(addresses) and size(addresses) > 1 << (width - 1):
        return f"any address except {_ranges(missing, family)}"
    return _ranges(addresses, family)


def _ranges(addresses: Values, family: Family) -> str:
    texts: list[str] = []
    for first, last in addresses[: SHOWN + 1]:
        texts.extend(_range(first, last, family))
    more = len(addresses) - min(len(addresses), SHOWN + 1)
    return _shortened(texts, "range", more)


def _range(first: int, last: int, family: Family) -> list[str]:
    low, high = address_in_words(first, family), address_in_words(last, family)
    prefixes = list(islice(_prefixes(first, last), 3))
    if len(prefixes) > 2:
        return [f"{low}-{high}"]
    width = 32 if family == 4 else 128
    return [
        address_in_words(start, family) + (f"/{width - host_bits}" if host_bits else "")
        for start, host_bits in prefixes
    ]


def _prefixes(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The prefixes that make up a range: lowest address and number of host bits of each."""
    while first <= last:
        host_bits = (last - first + 1).bit_length() - 1
        if first:
            host_bits = min(host_bits, (first & -first).bit_length() - 1)
        yield first, host_bits
        first += 1 << host_bits


def _shortened(texts: list[str], kind: str, more: int = 0) -> str:
    hidden = len(texts) - min(len(texts), SHOWN) + more
    shown = ", ".join(texts[:SHOWN])
    more_words = f"{hidden} more {kind}{'' if hidden == 1 else 's'}"
    return f"{shown} and {more_words}" if hidden else shown

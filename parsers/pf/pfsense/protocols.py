"""Protocols and ICMP types of pfSense's rules: filter.inc, filter_generate_user_rule."""

from flowmodel.fields import ICMP, ICMPV6, Family
from flowmodel.values import single, union
from parsers.pf.pfsense.options import TCP_UDP
from parsers.pf.rules import ANY_PROTOCOL, Protocol
from parsers.pf.values import icmp_type, protocol


def is_type(name: str, families: frozenset[Family]) -> bool:
    """Whether pf knows the ICMP type in all the families of a rule."""
    return name in {"", "any"} or all(icmp_type(name, each) is not None for each in families)


def protocol_of(name: str, types: str) -> Protocol:
    """What a rule with the protocol and its ICMP types is about; any for one that is not known."""
    if name == "tcp/udp":
        return TCP_UDP
    if name == "icmp":
        if not types or types == "any":
            return Protocol(single(ICMP), single(ICMPV6))
        named = types.split(",")
        four = [found for each in named if (found := icmp_type(each, 4)) is not None]
        six = [found for each in named if (found := icmp_type(each, 6)) is not None]
        return Protocol(
            single(ICMP),
            single(ICMPV6),
            union((each, each) for each in four),
            union((each, each) for each in six),
        )
    number = protocol(name)
    if name == "any" or number is None:
        return ANY_PROTOCOL
    return Protocol(single(number), single(number))

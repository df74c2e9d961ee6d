"""What security groups and network ACLs never filter: AWS's own services, and a machine's loopback.

VPC User Guide, "Control traffic to your AWS resources using security groups" and "Network ACL
basics": both name the same services. They answer and never begin, so nothing more is let in.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import ESTABLISHED
from flowmodel.match import All, Any, Condition, IsFamily, Masked, Match, Name
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Rule
from flowmodel.values import single
from flowmodel.verdict import ACCEPT
from parsers.aws.made import rule
from parsers.aws.networks import Networks, Vpc
from parsers.aws.values import PROTOCOLS, Conditions, Side, addresses, network
from parsers.shared.node import Node

_DNS: Final = 53
# The addresses are from the EC2 User Guide ("Instance metadata", "Amazon Time Sync Service",
# "Windows license activation"), the ECS Developer Guide ("Task metadata endpoint") and the VPC
# User Guide ("Amazon DNS"; DHCP is asked for at the addresses of RFC 2131 and RFC 8415).
_SERVICES: Final = (
    ("udp", _DNS, ("169.254.169.253", "fd00:ec2::253")),
    ("tcp", _DNS, ("169.254.169.253", "fd00:ec2::253")),
    ("tcp", 80, ("169.254.169.254", "fd00:ec2::254", "169.254.170.2")),
    ("udp", 123, ("169.254.169.123", "fd00:ec2::123")),
    ("tcp", 1688, ("169.254.169.250", "169.254.169.251", "fd00:ec2::250", "fd00:ec2::251")),
    ("udp", 67, ("255.255.255.255",)),
    ("udp", 547, ("ff02::1:2",)),
)
_TITLE: Final = "DNS, DHCP, metadata, clock and license activation of AWS are not filtered"
# The last one is the router's on every link (VPC User Guide, "Subnet CIDR blocks").
_ELSE: Final = ("169.254.0.0/16", "fd00:ec2::/32", "fe80:ec2::1")


class Unfiltered(NamedTuple):
    """Packets that are let through before any rule, and why."""

    match: Match
    title: str


class Services:
    """The rules about what is not filtered, worked out once for each VPC."""

    def __init__(self, networks: Networks, conditions: Conditions) -> None:
        self._networks = networks
        self._conditions = conditions
        self._found: dict[tuple[str, bool], tuple[Unfiltered, ...]] = {}
        self._rules: dict[tuple[str, bool], list[Rule]] = {}
        self._loopback: dict[bool, Match] = {
            False: (Name("in", frozenset(("lo",))),),
            True: (Name("out", frozenset(("lo",))),),
        }

    def loopback(self, node: Node, *, is_egress: bool) -> Rule:
        """The rule for what a machine says to itself."""
        title = "what a machine says to itself stays there"
        return _given(node, Unfiltered(self._loopback[is_egress], title))

    def rules(self, node: Node, name: str, *, is_egress: bool) -> list[Rule]:
        """What leaves a machine, or the answers to it, the loopback's own packets first.

        The rules stand where the VPC of this name does; where that is not in the export, at the
        node.
        """
        key = (name, is_egress)
        vpc = self._networks.vpcs.get(name)
        if key not in self._found:
            reserved = self._networks.reserved(name)
            self._found[key] = tuple(self._services(vpc, reserved, is_answer=not is_egress))
        if vpc is None or key not in self._rules:
            place = vpc.node if vpc else node
            self._rules[key] = [
                self.loopback(place, is_egress=is_egress),
                *(_given(place, each) for each in self._found[key]),
            ]
        return list(self._rules[key])

    def _services(
        self, vpc: Vpc | None, reserved: Addresses, *, is_answer: bool
    ) -> Iterator[Unfiltered]:
        side: Side = "src" if is_answer else "dst"
        known: Match = (self._conditions.test("state", single(ESTABLISHED)),) if is_answer else ()
        certain: list[Condition] = []
        resolver: list[Condition] = []
        for protocol, port, texts in _SERVICES:
            ports = self._conditions.test("sport" if is_answer else "dport", single(port))
            service = (self._conditions.test("proto", single(PROTOCOLS[protocol])), ports)
            ends = _all(texts)
            if port == _DNS and vpc is not None:
                # VPC User Guide, "Amazon DNS": the first range of the VPC, plus two.
                ends |= Addresses(v4=single(vpc.base + 2))
            elif port == _DNS:
                # A range has 16 addresses at least, so that its base ends in four zeros.
                resolver.append(All((IsFamily(4), *service, Masked(side, 0xF, 2))))
            certain += [All((*end, *service)) for end in self._conditions.either(side, ends)]
        yield Unfiltered((*known, Any(tuple(certain))), _TITLE)
        if resolver:
            unread = self._conditions.unread(
                "whether this is the resolver of the VPC, which is not in the export"
            )
            yield Unfiltered((*known, Any(tuple(resolver)), unread), _TITLE)
        rest = self._conditions.unread("whether AWS filters what goes to its own addresses")
        own = tuple(All(end) for end in self._conditions.either(side, _all(_ELSE) | reserved))
        yield Unfiltered((*known, Any(own), rest), "what goes to AWS's own addresses")


def _given(node: Node, found: Unfiltered) -> Rule:
    return rule(node, found.match, ACCEPT, found.title, is_given=True)


def _all(texts: Iterable[str]) -> Addresses:
    return addresses(filter(None, map(network, texts)))

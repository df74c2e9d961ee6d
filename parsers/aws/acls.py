"""Network ACLs: a list of entries for each way, in the order of their numbers, without a memory."""

from collections.abc import Iterable
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import ICMP, ICMPV6
from flowmodel.match import All, Any, Match
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Gap, Rule
from flowmodel.values import single
from flowmodel.verdict import ACCEPT, DROP, Verdict
from parsers.aws import shapes
from parsers.aws.account import Account
from parsers.aws.values import (
    ALL,
    PROTOCOLS,
    Conditions,
    Service,
    Side,
    addresses,
    network,
    shown,
)
from parsers.shared.node import Node

_ACTIONS: Final[dict[str, Verdict]] = {"allow": ACCEPT, "deny": DROP}
_LAST: Final = 32767
"""From here on a number is shown as `*` (VPC User Guide, "Network ACL rules")."""


class Acl(NamedTuple):
    """A network ACL: its entries as rules, inbound and outbound, and what is not known of it."""

    id: str
    node: Node
    inbound: tuple[Rule, ...]
    outbound: tuple[Rule, ...]
    senders: Addresses
    """Whom it lets in with anything at all, or may."""
    gaps: tuple[Gap, ...]


class Acls:
    """The network ACLs of the exports, and which subnets they are for."""

    def __init__(self, account: Account, conditions: Conditions) -> None:
        self._conditions = conditions
        itself, other = (conditions.test("proto", single(n)) for n in (ICMPV6, ICMP))
        unread = conditions.unread("whether an entry of ICMPv6 for a network of IPv4 is of ICMP")
        either: Match = (Any((itself, All((other, unread)))),)
        self._either = Service(either, "icmpv6 all types")
        self._nodes: dict[str, Node] = {}
        self._of_subnet: dict[str, str] = {}
        self._made: dict[str, Acl] = {}
        for node in account.of("NetworkAcls"):
            name = node.name("NetworkAclId")
            known = self._nodes.setdefault(name, node)
            if known is not node and known != node:
                raise node.error(f"{name} is also in {known.span}, with other contents")
            for association in node.nodes("Associations"):
                subnet = association.name("SubnetId")
                before = self._of_subnet.setdefault(subnet, name)
                if before != name:
                    message = f"{subnet} has {before} too, in {self._nodes[before].span}"
                    raise association.error(message, "SubnetId")

    def at(self, subnet: str) -> str:
        """The id of the ACL of a subnet; empty where no export tells it."""
        return self._of_subnet.get(subnet, "")

    def subnets_of(self, name: str) -> list[str]:
        """The subnets that an ACL is for, as far as the exports tell."""
        return [subnet for subnet, acl in self._of_subnet.items() if acl == name]

    def get(self, name: str) -> Acl | None:
        """An ACL; none where it, or what it says, is not in the exports."""
        if name not in self._nodes or self._nodes[name].get("Entries") is None:
            return None
        if name not in self._made:
            self._made[name] = self._acl(name, self._nodes[name])
        return self._made[name]

    def _acl(self, name: str, node: Node) -> Acl:
        ways: dict[bool, dict[int, Node]] = {False: {}, True: {}}
        for entry in node.nodes("Entries"):
            number, is_egress = entry.number("RuleNumber"), entry.get("Egress")
            if number is None or type(is_egress) is not bool:
                raise entry.error("an entry has a `RuleNumber`, and `Egress` true or false")
            if number in ways[is_egress]:
                raise entry.error(f"the number {number} is here twice", "RuleNumber")
            ways[is_egress][number] = entry
        made = [
            tuple(
                self._rule(name, number, ways[is_egress][number])
                for number in sorted(ways[is_egress])
            )
            for is_egress in (False, True)
        ]
        senders = _senders(ways[False][number] for number in sorted(ways[False]))
        return Acl(name, node, made[0], made[1], senders, tuple(shapes.unknown(node, shapes.ACL)))

    def _rule(self, name: str, number: int, entry: Node) -> Rule:
        action = entry.text("RuleAction")
        if action not in _ACTIONS:
            raise entry.error("an entry allows or denies", "RuleAction")
        side: Side = "dst" if entry["Egress"] else "src"
        key = "Ipv6CidrBlock" if entry.get("Ipv6CidrBlock") else "CidrBlock"
        if entry.get("Ipv6CidrBlock") and entry.get("CidrBlock"):
            raise entry.error("an entry has one network: `CidrBlock` or `Ipv6CidrBlock`")
        end = self._conditions.end(side, entry.text(key))
        if end is None:
            raise entry.error(f"`{entry.text(key)}` is no network", key)
        service = self._service(entry, is_v6=key == "Ipv6CidrBlock")
        way, between = ("outbound", "to") if entry["Egress"] else ("inbound", "from")
        which = "*" if number >= _LAST else str(number)
        title = f"{name} {way} rule {which} {action} {service.words} {between} {entry.text(key)}"
        match: Match = (*end, *service.conditions)
        made = Rule(match, _ACTIONS[action], entry.file.source, *entry.lines, (), -1, shown(title))
        # The last entry is the service's own: it cannot be changed or removed.
        return made._replace(is_automatic=number >= _LAST)

    def _service(self, entry: Node, *, is_v6: bool) -> Service:
        """What an entry's protocol, ports and types say.

        EC2 API Reference, NetworkAclEntry and CreateNetworkAclEntry: ports count for TCP and UDP
        only, types for ICMP, and those of ICMPv6 in entries for IPv6. One of ICMPv6 for a network
        of IPv4 is for all types and codes: whether for those of ICMP itself, is not said.
        """
        protocol = entry.text("Protocol")
        number = PROTOCOLS.get(protocol, protocol)
        first = last = None
        if str(number) in ("6", "17"):
            ports = entry.node("PortRange")
            first, last = (ports.number("From"), ports.number("To")) if ports else (None, None)
        elif str(number) == "58" and not is_v6:
            return self._either
        elif str(number) in ("1", "58"):
            types = entry.node("IcmpTypeCode")
            first, last = (types.number("Type"), types.number("Code")) if types else (None, None)
        service = self._conditions.service(protocol, first, last)
        if service is None:
            raise entry.error("this is no protocol of AWS", "Protocol")
        return service


def _senders(entries: Iterable[Node]) -> Addresses:
    """Whom entries let in with anything: all that one allows, and none before denies as a whole."""
    found = denied = Addresses()
    for entry in entries:
        end = network(entry.text("Ipv6CidrBlock") or entry.text("CidrBlock"))
        its = addresses([end] if end else [])
        if entry.text("RuleAction") == "allow":
            found |= its - denied
        elif entry.text("Protocol") == ALL:
            denied |= its
    return found

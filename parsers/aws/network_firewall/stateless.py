"""Network Firewall's stateless rules: one packet at a time, by priority.

Network Firewall Developer Guide, "How AWS Network Firewall filters network traffic" and "Stateless
rule groups"; API Reference, MatchAttributes and TCPFlagField.
"""

from collections.abc import Sequence
from typing import Final, Literal

from flowmodel import fields
from flowmodel.addresses import Addresses
from flowmodel.fields import TCP, UDP
from flowmodel.match import Match
from flowmodel.record import NamedTuple
from flowmodel.values import Values, single, union
from parsers.aws.network_firewall.match import (
    ANY_PORT,
    ANY_PROTOCOL,
    OTHER_WAY,
    Conditions,
    View,
)
from parsers.aws.network_firewall.rules import Place, place_of
from parsers.aws.suricata.sets import ANY_ADDRESS
from parsers.aws.values import addresses, network
from parsers.shared.node import Node

Forwarding = Literal["pass", "drop", "forward"]
_ACTIONS: Final[dict[str, Forwarding]] = {
    "aws:pass": "pass",
    "aws:drop": "drop",
    "aws:forward_to_sfe": "forward",
}
_FLAGS: Final = {word.upper(): flag for word, flag in fields.FLAGS.items()}
_WITH_PORTS: Final = union((single(TCP)[0], single(UDP)[0]))


class StatelessRule(NamedTuple):
    """One rule; any list that is empty stands for everything."""

    action: Forwarding
    sources: Addresses
    destinations: Addresses
    source_ports: Values
    destination_ports: Values
    protocols: Values
    flags: tuple[tuple[int, int], ...]
    """Masks and values of the TCP flags, one of which has to fit."""
    place: Place
    title: str
    unread: str = ""
    """What decides beyond the packet: what a group does that is not in the export."""

    def match(self, view: View, conditions: Conditions) -> Match:
        """The conditions for packets of a view."""
        return (
            *conditions.addresses(view.src, self.sources),
            *conditions.addresses(view.dst, self.destinations),
            *self._ports(view, conditions),
            *self._flags(view, conditions),
            *((conditions.unread(self.unread + view.suffix),) if self.unread else ()),
        )

    def _ports(self, view: View, conditions: Conditions) -> Match:
        # MatchAttributes: ports are only used for TCP and UDP.
        why = f"whether ports in a stateless rule matter to other protocols ({self.title})"
        ports = self.source_ports, self.destination_ports
        return conditions.ports(view, self.protocols, _WITH_PORTS, ports, why)

    def _flags(self, view: View, conditions: Conditions) -> Match:
        # MatchAttributes: flags are only used for TCP.
        if not self.flags:
            return ()
        if view is OTHER_WAY:
            return (conditions.unread(f"flags of TCP{view.suffix}: {self.title}"),)
        fitting = conditions.any(
            *((conditions.masked("tcp_flags", mask, value),) for mask, value in self.flags)
        )
        why = f"whether flags in a stateless rule matter to other protocols ({self.title})"
        return conditions.only_for(self.protocols, single(TCP), fitting, why)


def stateless_rules(group: Node, name: str) -> list[StatelessRule]:
    """The rules of a group in the order of their priorities; raises InputError."""
    source = group.node("RulesSource")
    inside = source.node("StatelessRulesAndCustomActions") if source is not None else None
    if inside is None:
        raise group.error("a stateless rule group has `StatelessRulesAndCustomActions`")
    custom = custom_actions(inside, "CustomActions")
    found: dict[int, StatelessRule] = {}
    for node in inside.nodes("StatelessRules"):
        priority = node.number("Priority")
        definition = node.node("RuleDefinition")
        if priority is None or definition is None:
            raise node.error("a stateless rule has a `Priority` and a `RuleDefinition`")
        if priority in found:
            raise node.error(f"another rule of the group has priority {priority} too", "Priority")
        action = standard_action(definition, "Actions", custom)
        found[priority] = _rule(node, definition, action, f"stateless {name} rule {priority}")
    return [found[priority] for priority in sorted(found)]


def missing_group(name: str, place: Place) -> list[StatelessRule]:
    """What stands for a group that is not in the export: it may do anything with any packet."""
    found = []
    for action in _ACTIONS.values():
        text = f"whether the rule group {name}, which is not in the export, has rules to {action}"
        title = f"stateless {name}: may {action} (the rule group is not in the export)"
        rule = StatelessRule(
            action, ANY_ADDRESS, ANY_ADDRESS, ANY_PORT, ANY_PORT, ANY_PROTOCOL, (), place, title
        )
        found.append(rule._replace(unread=text))
    return found


def custom_actions(node: Node, key: str) -> frozenset[str]:
    """The names of actions that only publish metrics."""
    return frozenset(each.text("ActionName") for each in node.nodes(key))


def standard_action(node: Node, key: str, custom: frozenset[str]) -> Forwarding:
    """The one of the actions that decides; raises InputError for more, fewer and unknown ones."""
    words = node.texts(key)
    for word in words:
        if word not in _ACTIONS and word not in custom:
            raise node.error(f"`{word}` is no stateless action", key)
    standard = [word for word in words if word in _ACTIONS]
    if len(standard) != 1:
        raise node.error("one of aws:pass, aws:drop and aws:forward_to_sfe is needed", key)
    return _ACTIONS[standard[0]]


def _rule(node: Node, definition: Node, action: Forwarding, name: str) -> StatelessRule:
    match = definition.node("MatchAttributes") or Node()
    sources, from_words = _addresses(match, "Sources")
    destinations, to_words = _addresses(match, "Destinations")
    source_ports, from_ports = _ports(match, "SourcePorts")
    destination_ports, to_ports = _ports(match, "DestinationPorts")
    protocols, protocol_words = _protocols(match)
    words = [action, protocol_words, "from", from_words + from_ports, "to", to_words + to_ports]
    flags = tuple(map(_flag, match.nodes("TCPFlags")))
    if flags:
        words.append("with flags")
    return StatelessRule(
        action,
        sources,
        destinations,
        source_ports,
        destination_ports,
        protocols,
        flags,
        place_of(node),
        f"{name}: {' '.join(words)}",
    )


def _addresses(match: Node, key: str) -> tuple[Addresses, str]:
    nodes = match.nodes(key)
    if not nodes:
        return ANY_ADDRESS, "any"
    networks = []
    for node in nodes:
        found = network(node.text("AddressDefinition"))
        if found is None:
            raise node.error("this is no network", "AddressDefinition")
        networks.append(found)
    return addresses(networks), _list([node.text("AddressDefinition") for node in nodes])


def _ports(match: Node, key: str) -> tuple[Values, str]:
    spans, words = [], []
    for node in match.nodes(key):
        first, last = node.number("FromPort"), node.number("ToPort")
        if first is None or last is None or not 0 <= first <= last <= 0xFFFF:
            raise node.error("`FromPort` to `ToPort` is no range of ports")
        spans.append((first, last))
        words.append(str(first) if first == last else f"{first}-{last}")
    return (union(spans), ":" + _list(words)) if spans else (ANY_PORT, "")


def _protocols(match: Node) -> tuple[Values, str]:
    numbers = match.get("Protocols")
    if not numbers:
        return ANY_PROTOCOL, "any protocol"
    if type(numbers) is not list or not all(type(n) is int and 0 <= n <= 255 for n in numbers):
        raise match.error("`Protocols` is a list of numbers from 0 to 255", "Protocols")
    names = {fields.ICMP: "icmp", TCP: "tcp", UDP: "udp", fields.ICMPV6: "icmpv6"}
    words = _list([names.get(number, f"protocol {number}") for number in numbers])
    return union((number, number) for number in numbers), words


def _flag(node: Node) -> tuple[int, int]:
    value, mask = _bits(node, "Flags"), _bits(node, "Masks")
    if not node.texts("Masks"):
        mask = 0xFF
    if value & ~mask:
        raise node.error("flags that the mask leaves out cannot be asked for", "Flags")
    return mask, value


def _bits(node: Node, key: str) -> int:
    bits = 0
    for word in node.texts(key):
        if word not in _FLAGS:
            raise node.error(f"`{word}` is no flag of TCP", key)
        bits |= _FLAGS[word]
    return bits


def _list(words: Sequence[str]) -> str:
    """The first words of a list, for titles."""
    shown = ", ".join(words[:3])
    return shown if len(words) <= 3 else f"{shown} and {len(words) - 3} more"

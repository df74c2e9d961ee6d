"""What the variables and references in Network Firewall's rules stand for.

Network Firewall Developer Guide, "Limitations and caveats for stateful rules": a group's variables
come first, then the policy's; the policy's EXTERNAL_NET is always all but its HOME_NET, and a
group that has only a HOME_NET of its own keeps it.
"""

from collections.abc import Callable
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.record import NamedTuple
from parsers.aws.suricata.sets import Partly, Unresolved, addresses, ports
from parsers.aws.suricata.signature import Atom, Group, Item, RuleError, address, port
from parsers.shared.node import Node

_HOME: Final = "HOME_NET"
_POLICY_HOME: Final = "HOME_NET of the policy"
"""What no rule can name: a group may have a HOME_NET of its own."""
_EXTERNAL: Final = "EXTERNAL_NET"

Lists = Callable[[str], Addresses | None]
"""The addresses of a prefix list by its id; None where the export does not hold it."""


class Variables(NamedTuple):
    """The names that the rules of one group may use."""

    address_sets: dict[str, Item]
    port_sets: dict[str, Item]
    references: dict[str, str]
    """The resources that IP set references are about, by name."""
    contexts: frozenset[str]
    home: Addresses | Unresolved
    """The policy's HOME_NET."""
    lists: Lists

    def address(self, name: str) -> Item | Addresses | Unresolved:
        """What `$NAME` or `@NAME` stands for, in the place of an address."""
        sign, key = name[0], name[1:]
        if sign == "@":
            return self._reference(key)
        if key in self.address_sets:
            return self.address_sets[key]
        if key in (_HOME, _POLICY_HOME):
            return self.home
        if key == _EXTERNAL:
            if isinstance(self.home, Unresolved):
                return Unresolved(f"all but HOME_NET: {self.home.reason}")
            return Atom(f"${_POLICY_HOME}", is_negated=True, at=0)
        if key in self.contexts:
            return Unresolved("a set of resources that a context store resolves")
        return Unresolved("no variable of the rule group")

    def port(self, name: str) -> Item | Unresolved:
        """What `$NAME` stands for, in the place of a port."""
        return self.port_sets.get(name[1:], Unresolved("no variable of the rule group"))

    def _reference(self, key: str) -> Addresses | Unresolved:
        resource = self.references.get(key)
        if resource is None:
            return Unresolved("no IP set reference of the rule group")
        found = self.lists(resource.rpartition("/")[2]) if ":prefix-list/" in resource else None
        return Unresolved(f"{resource} is not in the export") if found is None else found


def variables(group: Node, home: Addresses | Unresolved, lists: Lists) -> Variables:
    """The variables of a rule group; raises InputError for what cannot be in one."""
    rule_variables = group.node("RuleVariables") or Node()
    reference_sets = group.node("ReferenceSets") or Node()
    references = reference_sets.node("IPSetReferences") or Node()
    return Variables(
        {name: address_set(each) for name, each in _members(rule_variables, "IPSets")},
        {name: _definition(each, port, _check_port) for name, each in _ports(rule_variables)},
        {name: each.text("ReferenceArn") for name, each in _nodes(references)},
        frozenset(name for name, _ in _members(rule_variables, "ContextSets")),
        home,
        lists,
    )


def policy_home(policy: Node, default: Addresses | Unresolved) -> Addresses | Unresolved:
    """The policy's HOME_NET: what its variables say, or else the VPC's addresses."""
    sets = policy.node("PolicyVariables") or Node()
    own = dict(_members(sets, "RuleVariables")).get(_HOME)
    if own is None:
        return default
    found = addresses(address_set(own), lambda _: Unresolved("a variable in a policy's variable"))
    return Unresolved(found.reason) if isinstance(found, Partly) else found


def address_set(node: Node) -> Item:
    """The definition of an IP set as a group."""
    return _definition(node, address, _check_address)


def _members(node: Node, key: str) -> list[tuple[str, Node]]:
    inside = node.node(key)
    return [] if inside is None else _nodes(inside)


def _ports(node: Node) -> list[tuple[str, Node]]:
    return [(name, each) for name, each in _members(node, "PortSets") if each.get("Definition")]


def _nodes(node: Node) -> list[tuple[str, Node]]:
    found = []
    for name in node:
        inside = node.node(name)
        if inside is None:
            raise node.error(f"`{name}` is no object", name)
        found.append((name, inside))
    return found


def _definition(node: Node, read: Callable[[str], Item], check: Callable[[Item], object]) -> Item:
    items = []
    for text in node.texts("Definition"):
        try:
            item = read(text)
            check(item)
        except RuleError as wrong:
            raise node.error(wrong.message, "Definition") from None
        items.append(item)
    if not items:
        raise node.error("an empty set is nothing that AWS takes", "Definition")
    return Group(tuple(items), is_negated=False, at=0)


def _check_address(item: Item) -> None:
    addresses(item, lambda _: Unresolved(""))


def _check_port(item: Item) -> None:
    ports(item, lambda _: Unresolved(""))

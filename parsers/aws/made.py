"""Rules and chains that no object of the export is, at the object that they are about."""

from typing import Final

from flowmodel.match import Match
from flowmodel.ruleset import FILTER, Base, Chain, Hook, Rule, Traffic
from flowmodel.verdict import Accept, Drop, Verdict
from parsers.aws.values import shown
from parsers.shared.node import Node

_NAMES: Final = ("NetworkInterfaceId", "NetworkAclId", "GroupId")
"""The keys that name an element; by this line a chain of it is shown."""

# Groups judge at the machine; network ACLs judge what enters and leaves its subnet.
_TRAFFIC: Final[dict[Hook, frozenset[Traffic]]] = {
    "prerouting": frozenset({"input", "forward"}),
    "input": frozenset({"input"}),
    "forward": frozenset({"forward"}),
    "output": frozenset({"output"}),
    "postrouting": frozenset({"forward", "output"}),
}


def rule(node: Node, match: Match, verdict: Verdict, title: str, *, is_given: bool = False) -> Rule:
    """A rule about an object."""
    return Rule(match, verdict, node.file.source, *node.lines, (), -1, shown(title), is_given)


def base_chain(
    name: str,
    rules: list[Rule],
    node: Node,
    hook: Hook,
    policy: Accept | Drop,
    *,
    is_given: bool = False,
) -> Chain:
    """A base chain of an object, which is shown by its name."""
    key = next((key for key in _NAMES if key in node), "")
    base = Base(hook, FILTER, "filter", _TRAFFIC[hook], is_given=is_given)
    return Chain(name, tuple(rules), node.member(key), policy, base)

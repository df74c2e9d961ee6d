"""Rules and chains that no object of the export is, at the object that they are about."""

from typing import Final

from flowmodel.match import Match
from flowmodel.ruleset import FILTER, Base, Chain, Hook, Rule, Traffic
from flowmodel.source import Span
from flowmodel.verdict import Accept, Drop, Verdict
from parsers.aws.values import shown
from parsers.shared.node import Node

_NAMES: Final = ("NetworkInterfaceId", "NetworkAclId", "GroupId")
"""The keys that name an element."""

# Groups judge at the machine; network ACLs judge what enters and leaves its subnet.
_TRAFFIC: Final[dict[Hook, frozenset[Traffic]]] = {
    "prerouting": frozenset({"input", "forward"}),
    "input": frozenset({"input"}),
    "forward": frozenset({"forward"}),
    "output": frozenset({"output"}),
    "postrouting": frozenset({"forward", "output"}),
}


_BASES: Final[dict[tuple[Hook, bool], Base]] = {
    (hook, is_given): Base(hook, FILTER, "filter", judged, is_given=is_given)
    for hook, judged in _TRAFFIC.items()
    for is_given in (False, True)
}


def rule(node: Node, match: Match, verdict: Verdict, title: str, *, is_given: bool = False) -> Rule:
    """A rule about an object."""
    return Rule(match, verdict, node.file.source, *node.lines, (), -1, shown(title), is_given)


def automatic(node: Node, match: Match, verdict: Verdict, title: str) -> Rule:
    """A rule of the service's own, which nobody has written."""
    return rule(node, match, verdict, title)._replace(is_automatic=True)


def base_chain(
    name: str,
    rules: list[Rule],
    place: Span,
    hook: Hook,
    policy: Accept | Drop,
    *,
    is_given: bool = False,
) -> Chain:
    """A base chain that stands at a place."""
    return Chain(name, tuple(rules), place, policy, _BASES[hook, is_given])


def named(node: Node) -> Span:
    """Where the name of an object stands, by which its base chains are shown."""
    return node.member(next((key for key in _NAMES if key in node), ""))

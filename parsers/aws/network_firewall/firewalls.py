"""The rule sets of an account's network firewalls: one for each firewall, or for each policy."""

from collections.abc import Iterator
from typing import Final

from flowmodel.fields import FAMILIES
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Gap, RuleSet, Table
from flowmodel.verdict import DROP, Unknown
from parsers.aws.account import FIREWALL, FIREWALL_POLICY, RULE_GROUP, Account
from parsers.aws.network_firewall import shapes
from parsers.aws.network_firewall.engine import FORWARDING, chains
from parsers.aws.network_firewall.home import home_of
from parsers.aws.network_firewall.match import Conditions
from parsers.aws.network_firewall.policy import Group, PolicyReader
from parsers.aws.network_firewall.rules import place_of
from parsers.aws.prefix_lists import PrefixLists
from parsers.aws.shapes import Shape
from parsers.shared.context import Context
from parsers.shared.node import Node

_NEXT_GENERATION: Final = "this is of a Next Generation policy, which fwlint does not read"
_PROXY: Final = (
    "ProxySettings",
    "VpcEndpoint",
    "NatGatewayCreateMappings",
    "TransparentFilteringNatScope",
)

_SETTLED: Final = (
    (
        "ConfigurationSyncStateSummary",
        "IN_SYNC",
        "the firewall has not taken over this configuration: it may do otherwise",
    ),
    ("Status", "READY", "the firewall is not ready in all zones: it may stop what it lets pass"),
)


class _Firewall(NamedTuple):
    """A firewall; where the export has none, a policy stands for the firewalls that use it."""

    name: str
    policy: str
    """The ARN of its policy."""
    vpc: str
    node: Node


def rulesets(account: Account, context: Context) -> tuple[RuleSet, ...]:
    """One rule set for each firewall, or for each policy where no firewall is in the export.

    The place in the context may be the name of one of them. Raises InputError.
    """
    reader = _Reader(account)
    asked = context.place
    if asked.groups or asked.acl:
        return ()
    found = [each for each in reader.firewalls() if asked.at in ("", each.name)]
    made = [reader.ruleset(each) for each in found]
    if not reader.policies and not reader.has_firewalls:
        reader.refuse()
    return tuple(made)


class _Reader:
    """The firewalls, policies and rule groups of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._gaps: list[Gap] = []
        self._lists = PrefixLists(account)
        self._gaps += self._lists.gaps
        self._groups = {arn: group for arn, group in self._read_groups() if arn}
        self.policies = dict(self._bodies(FIREWALL_POLICY, "FirewallPolicy", shapes.POLICY))
        self.has_firewalls = bool(account.of(FIREWALL))
        self._unused()

    def _unused(self) -> None:
        """Remark on what is in the export and judges no packet."""
        used = {
            reference.text("ResourceArn")
            for policy in self.policies.values()
            for key in ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences")
            for reference in policy.nodes(key)
        }
        for arn, group in self._groups.items():
            if arn not in used:
                self._remark(f"no policy of the export has the rule group {group.name}", group.node)
        bodies = [node.node("Firewall") or node for node in self._account.of(FIREWALL)]
        policies = {body.text("FirewallPolicyArn") for body in bodies}
        for arn, node in self.policies.items():
            if self.has_firewalls and arn not in policies:
                self._remark(f"no firewall of the export has the policy {arn}", node)

    def _remark(self, message: str, node: Node) -> None:
        self._gaps.append(Gap("FW902", f"{message}: it judges no packet", node.span, message))

    def _bodies(self, kind: str, key: str, shape: Shape) -> Iterator[tuple[str, Node]]:
        """The objects of a kind that the responses hold, or that stand alone, by their ARNs."""
        seen: dict[str, Node] = {}
        for node in self._account.of(kind):
            self._refuse_next_generation(node)
            about = node.node(f"{key}Response") or Node()
            body = node.node(key)
            if body is None and (about or not node.keys() & shape.known):
                continue
            response = shapes.RESPONSES[f"Describe{key}"]
            self._gaps += shapes.unknown(node, shape if body is None else response)
            body = node if body is None else body
            if kind == RULE_GROUP:
                self._check_type(about, body)
            arn = about.text(f"{key}Arn")
            if arn in seen and seen[arn] != body:
                raise node.error(f"{arn} is here twice, with other contents")
            if arn not in seen or not arn:
                seen[arn] = body
                yield arn, body

    def _refuse_next_generation(self, node: Node) -> None:
        for key in ("FirewallRuleGroup", "IpsRuleGroup"):
            if node.get(key):
                raise node.error(_NEXT_GENERATION, key)
        for key in ("FirewallPolicyV2", "FirewallPolicyV2Response"):
            if key in node:
                raise node.error(_NEXT_GENERATION, key)
        about = node.node("RuleGroupResponse")
        if about is not None and about.get("Type") in ("FIREWALL", "IPS"):
            raise about.error(_NEXT_GENERATION, "Type")

    def _check_type(self, about: Node, group: Node) -> None:
        """Remark a type that is not that of the rules (API Reference, RuleGroupResponse)."""
        rules = group.node("RulesSource") or Node()
        kind = "STATEFUL" if rules.get("StatelessRulesAndCustomActions") is None else "STATELESS"
        if about.text("Type") not in ("", kind):
            message = f"the rules of this group are {kind}, and `Type` says something else"
            self._gaps.append(Gap("FW901", message, about.place("Type"), "Type"))

    def _read_groups(self) -> Iterator[tuple[str, Group]]:
        for arn, body in self._bodies(RULE_GROUP, "RuleGroup", shapes.RULE_GROUP):
            if not arn:
                message = "no policy can refer to a rule group without its `RuleGroupResponse`"
                self._gaps.append(Gap("FW901", message, body.span, "RuleGroup"))
            yield arn, Group(body, arn.rpartition("/")[2])

    def firewalls(self) -> list[_Firewall]:
        """All firewalls, in the order of the exports."""
        found: dict[str, _Firewall] = {}
        for node in self._account.of(FIREWALL):
            body = node.node("Firewall")
            if body is None and "FirewallPolicyArn" not in node:
                continue
            self._gaps += shapes.unknown(
                node, shapes.FIREWALL if body is None else shapes.FIREWALL_RESPONSE
            )
            body = node if body is None else body
            for key in _PROXY:
                if body.get(key):
                    message = "a firewall in proxy mode is nothing that fwlint reads"
                    raise body.error(message, key)
            self._check_status(node)
            policy, name = body.text("FirewallPolicyArn"), body.text("FirewallName")
            if name in found and found[name].node != body:
                raise body.error(f"the firewall {name} is here twice, with other contents")
            found.setdefault(name, _Firewall(name, policy, body.text("VpcId"), body))
        if found:
            return list(found.values())
        return [
            _Firewall(arn.rpartition("/")[2], arn, "", node) for arn, node in self.policies.items()
        ]

    def _check_status(self, node: Node) -> None:
        """API Reference, FirewallStatus: whether the firewall does what its configuration says."""
        status = node.node("FirewallStatus") or Node()
        for key, settled, message in _SETTLED:
            if status.text(key, settled) != settled:
                self._gaps.append(Gap("FW313", message, status.place(key), status.text(key)))

    def ruleset(self, firewall: _Firewall) -> RuleSet:
        """The rule set of one firewall."""
        policy = self.policies.get(firewall.policy)
        gaps = [*self._account.gaps, *self._gaps]
        if policy is None:
            message = (
                f"the policy {firewall.policy} is not in the export: what the firewall does is"
                " unknown (add describe-firewall-policy)"
            )
            gaps.append(Gap("FW307", message, firewall.node.span, firewall.policy))
            found = self._unknown(firewall, message)
        else:
            home = home_of(self._account, firewall.vpc)
            reader = PolicyReader(policy, self._groups, home, self._lists.whole)
            read = reader.policy()
            gaps += reader.gaps
            found = chains(read, Conditions(is_mixed=read.is_mixed))
        name = f"network firewall {firewall.name}".strip()
        return RuleSet(
            path=firewall.node.file.source.path,
            format="aws",
            tables=(Table(name, frozenset(FAMILIES), found),),
            families=frozenset(FAMILIES),
            gaps=tuple(gaps),
            sources=self._account.sources,
            place=firewall.name,
        )

    def _unknown(self, firewall: _Firewall, message: str) -> dict[str, Chain]:
        rule = place_of(firewall.node).rule((), Unknown(message), message)
        return {"policy": Chain("policy", (rule,), firewall.node.span, DROP, FORWARDING)}

    def refuse(self) -> None:
        """Say that there is no policy, without which nothing is judged: an error if alone."""
        kind, message = RULE_GROUP, "rule groups alone judge no packet"
        if not self._account.of(kind):
            kind, message = FIREWALL_POLICY, "this holds no policy"
        message += ": add describe-firewall-policy"
        node = self._account.of(kind)[0]
        if not self._account.elements.keys() - {kind}:
            raise node.error(message)
        self._account.gaps.append(Gap("FW901", message, node.span, kind))

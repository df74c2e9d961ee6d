"""The firewall of each network interface: its security groups, and the ACL of its subnet."""

from collections.abc import Iterator
from typing import Final

from flowmodel.fields import ESTABLISHED, FAMILIES, RELATED
from flowmodel.match import Match
from flowmodel.ruleset import Chain, Gap, Hook, Rule, RuleSet, Table
from flowmodel.source import Span
from flowmodel.verdict import ACCEPT, DROP, Jump
from parsers.aws.account import Account
from parsers.aws.acls import Acls
from parsers.aws.groups import Chains, groups
from parsers.aws.interfaces import Interfaces
from parsers.aws.made import base_chain, named, rule
from parsers.aws.networks import Networks
from parsers.aws.peers import Peers
from parsers.aws.prefix_lists import PrefixLists
from parsers.aws.services import Services
from parsers.aws.spots import NO_ACL, Spot, Spots
from parsers.aws.values import Conditions
from parsers.aws.walls import Walls
from parsers.shared.context import Place
from parsers.shared.node import Node

_AROUND: Final[tuple[Hook, ...]] = ("prerouting", "postrouting")
"""The hooks of the ACL around a subnet."""


class Machines:
    """Makes the rule sets of an account's network interfaces."""

    def __init__(self, account: Account) -> None:
        self._sources = account.sources
        self._conditions = Conditions()
        # One for all machines: what is worked out about it is kept by its identity.
        self._answers: Match = (self._conditions.test("state", ((ESTABLISHED, RELATED),)),)
        lists = PrefixLists(account)
        self._networks = Networks(account, lists)
        interfaces = Interfaces(account)
        known = groups(account, interfaces)
        self._services = Services(self._networks, self._conditions)
        acls = Acls(account, self._conditions)
        self._names = names = {group.id: group.name for group in known.values()}
        vpcs = {group.id: group.vpc for group in known.values()}
        peers = Peers(lists, interfaces, self._networks, self._conditions, names, vpcs)
        self._chains = Chains(known, interfaces, peers, self._conditions)
        self._walls = Walls(
            acls,
            self._networks,
            self._services,
            interfaces,
            self._chains,
            self._conditions,
        )
        self._spots = Spots(interfaces, known, acls, self._networks)
        self._known = tuple(self._networks.known(interfaces).items())
        self._gaps = (
            *account.gaps,
            *self._networks.gaps,
            *interfaces.gaps,
            *lists.gaps,
            *self._walls.untold,
            *(_cut(kind, each) for kind, pages in account.truncated.items() for each in pages),
        )

    def rulesets(self, place: Place) -> Iterator[RuleSet]:
        """The rule set of each interface that the place means; raises InputError for none.

        It can be asked for once: what the exports say of a group goes when its rules are made.
        """
        for spot in self._spots.of(place, self._sources[0]):
            yield self._ruleset(spot)

    def _ruleset(self, spot: Spot) -> RuleSet:
        gaps = [*self._gaps, *spot.gaps]
        vpc = self._networks.vpcs.get(spot.vpc)
        subnet = self._networks.subnets.get(spot.subnet)
        gaps += vpc.gaps if vpc else ()
        gaps += subnet.gaps if subnet else ()
        chains: list[Chain] = []
        if spot.acl != NO_ACL and not spot.is_local:
            gaps += self._walls.gaps(spot)
            for hook in _AROUND:
                chains += self._walls.chains(spot, hook)
        place = named(spot.node)
        for is_egress in (False, True):
            chains += self._own(spot, place, gaps, is_egress=is_egress)
        chains.append(self._forward(spot, place))
        by_name = {chain.name: chain for chain in chains}
        return RuleSet(
            path=spot.node.file.source.path,
            format="aws",
            tables=(Table("aws", frozenset(FAMILIES), by_name),),
            families=frozenset(FAMILIES),
            gaps=tuple(dict.fromkeys(gaps)),
            sources=self._sources,
            place=spot.name,
            own=spot.own,
            machine=spot.machine,
            networks=self._known,
        )

    def _own(self, spot: Spot, place: Span, gaps: list[Gap], *, is_egress: bool) -> list[Chain]:
        """The chains of an interface's groups, the last one the base chain that asks them all."""
        way = "egress" if is_egress else "ingress"
        rules = self._before(spot, is_egress=is_egress)
        whose = self._title(spot)
        chains: list[Chain] = []
        groups = () if spot.is_local else spot.groups
        for name in groups:
            if name not in self._names:
                if not is_egress:
                    gaps.append(_missing_group(spot, name))
                title = f"{name}, which is not in the export"
                unread = self._conditions.unread(f"whether {name} has a rule for this ({way})")
                rules.append(rule(spot.node, (unread,), ACCEPT, title))
                continue
            built = self._chains.of(name, spot.vpc, is_egress=is_egress)
            gaps += built.gaps
            chains.append(built.chain)
            its_name = self._names[name]
            words = f"{name} ({its_name})" if its_name else name
            title = f"{whose}: {words} {way}"
            rules.append(rule(spot.node, (), Jump(built.chain.name), title))
        hook: Hook = "output" if is_egress else "input"
        if not groups:
            # NAT gateways and endpoints of load balancers have interfaces without groups.
            what = "what stops packets where there is no security group"
            title = "an interface without security groups"
            if spot.is_local:
                title = "a local network interface, which has no security groups"
            elif not spot.has_groups:
                what = f"what the security groups of {spot.name} stop"
                title = "an interface whose security groups are not in the export"
            rules.append(rule(spot.node, (self._conditions.unread(what),), DROP, title))
            name = f"no security group ({way})"
            return [base_chain(name, rules, place, hook, ACCEPT)]
        # VPC User Guide, "Security group rules": what no rule permits is not let through.
        return [*chains, base_chain(f"the security groups ({way})", rules, place, hook, DROP)]

    def _before(self, spot: Spot, *, is_egress: bool) -> list[Rule]:
        """The rules before those of the groups."""
        vpc = self._networks.vpcs.get(spot.vpc)
        if is_egress:
            rules = self._services.rules(spot.node, spot.vpc, is_egress=True)
        else:
            # Answers of services pass anyhow, as all answers do.
            rules = [self._services.loopback(spot.node, is_egress=False)]
        # EC2 User Guide, "Security group connection tracking": answers pass whatever rules say.
        title = "security groups let pass what belongs to a known connection"
        rules.append(rule(spot.node, self._answers, ACCEPT, title))
        if spot.is_shut and not is_egress:
            what = "it comes by an internet gateway, from which nothing is let in"
            rules += self._walls.outside(spot.node, vpc, "src", what)
        return rules

    def _title(self, spot: Spot) -> str:
        subnet = self._networks.subnets.get(spot.subnet)
        if subnet is None or subnet.is_public is None:
            return spot.name or "the interface"
        kind = "public" if subnet.is_public else "private"
        return f"{spot.name} in the {kind} subnet {subnet.id}"

    def _forward(self, spot: Spot, place: Span) -> Chain:
        unread = self._conditions.unread("what becomes of packets that a machine forwards")
        title = "forwarded packets are not in the model"
        only = rule(spot.node, (unread,), DROP, title, is_given=True)
        return base_chain("forwarding", [only], place, "forward", ACCEPT, is_given=True)


def _missing_group(spot: Spot, name: str) -> Gap:
    title = spot.names.get(name, "")
    words = f"{name} ({title})" if title else name
    message = f"the group {words} of {spot.name} is not in the export: its rules count as unknown"
    its = next((each for each in spot.node.nodes("Groups") if each.get("GroupId") == name), None)
    return Gap("FW307", message, its.member("GroupId") if its else spot.node.span, name)


def _cut(kind: str, node: Node) -> Gap:
    message = f"the list of {kind} has more pages (NextToken): what they hold counts as unknown"
    return Gap("FW903", message, node.member("NextToken"), kind)

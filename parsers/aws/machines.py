"""The firewall of each network interface: its security groups, and the ACL of its subnet."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from linter.model.addresses import Addresses
from linter.model.fields import ESTABLISHED, FAMILIES, RELATED
from linter.model.match import Match
from linter.model.ruleset import FILTER, Base, Chain, Gap, Hook, Rule, RuleSet, Table
from linter.model.source import InputError
from linter.model.values import complement
from linter.model.verdict import ACCEPT, DROP, Accept, Drop, Jump, Verdict
from parsers.aws.account import Account
from parsers.aws.acls import Acls
from parsers.aws.groups import Chains, groups
from parsers.aws.interfaces import Interface, Interfaces
from parsers.aws.networks import Networks, Subnet, Vpc
from parsers.aws.node import Node
from parsers.aws.peers import Peers
from parsers.aws.services import Services
from parsers.aws.values import Conditions, Side, addresses, network, shown
from parsers.context import Place
from parsers.reading import start_of

NO_ACL: Final = "none"
"""The name that stands for no network ACL, for questions about the groups alone."""


_NAMES: Final = ("NetworkInterfaceId", "NetworkAclId", "GroupId")
"""The keys that name an element; by this line a chain of it is shown."""


class _Spot(NamedTuple):
    """A network interface, or the place of one that is not in the exports."""

    name: str
    node: Node
    groups: tuple[str, ...]
    names: dict[str, str]
    own: Addresses
    subnet: str
    vpc: str
    acl: str
    is_shut: bool
    """Whether nothing from an internet gateway comes to it (DenyAllIgwTraffic)."""
    gaps: tuple[Gap, ...]


class Machines:
    """Makes the rule sets of an account's network interfaces."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._conditions = Conditions()
        self._interfaces = Interfaces(account)
        self._networks = Networks(account)
        self._groups = groups(account)
        self._acls = Acls(account, self._conditions)
        self._services = Services(self._conditions)
        names = {group.id: group.name for group in self._groups.values()}
        self._peers = Peers(account, self._interfaces, self._networks, self._conditions, names)
        self._chains = Chains(self._groups, self._peers, self._conditions)
        self._freed: dict[tuple[str, bool], list[Rule]] = {}
        self._walls: dict[tuple[str, str, str, Hook], Chain] = {}
        self._gaps = (
            *account.gaps,
            *self._networks.gaps,
            *self._peers.gaps,
            *(_cut(kind, node) for kind, node in account.truncated.items()),
        )

    def rulesets(self, place: Place) -> Iterator[RuleSet]:
        """The rule set of each interface that the place means; raises InputError for none."""
        for spot in self._spots(place):
            yield self._ruleset(spot)

    def _spots(self, place: Place) -> list[_Spot]:
        if place.acl not in ("", NO_ACL) and self._acls.get(place.acl) is None:
            raise self._error(f"there is no network ACL {place.acl} in the exports")
        for group in place.groups:
            if group not in self._groups:
                raise self._error(f"there is no security group {group} in the exports")
        if place.at:
            found = self._interfaces.at(place.at)
            if len(found) > 1:
                some = ", ".join(each.id for each in found)
                raise self._error(f"several interfaces have {place.at}: name one of {some}")
            if not found and not place.groups:
                raise self._error(
                    f"no network interface in the exports is {place.at} or has it as its address: "
                    "name its groups instead, or add describe-network-interfaces"
                )
            return [self._spot(found[0], place)] if found else [self._named(place)]
        if place.groups:
            return [self._named(place)]
        if not self._interfaces.all:
            raise self._error(
                "no network interface is in the exports: add describe-network-interfaces, or name "
                "the groups and the ACL that are meant"
            )
        return [self._spot(each, place) for each in self._interfaces.all]

    def _error(self, message: str) -> InputError:
        return InputError(message, start_of(self._account.sources[0].path))

    def _spot(self, found: Interface, place: Place) -> _Spot:
        return _Spot(
            found.id,
            found.node,
            place.groups or found.groups,
            found.names,
            found.own,
            found.subnet,
            found.vpc,
            place.acl or self._acls.at(found.subnet),
            found.node.flag("DenyAllIgwTraffic"),
            tuple(found.gaps),
        )

    def _named(self, place: Place) -> _Spot:
        """The place that groups and an ACL describe."""
        first = self._groups[place.groups[0]]
        at = network(place.at) if place.at else None
        own = addresses([at]) if at else Addresses()
        return _Spot(
            name=place.at,
            node=first.node,
            groups=place.groups,
            names={},
            own=own,
            subnet="",
            vpc=first.vpc,
            acl=place.acl,
            is_shut=False,
            gaps=(),
        )

    def _ruleset(self, spot: _Spot) -> RuleSet:
        gaps = [*self._gaps, *spot.gaps]
        vpc = self._networks.vpcs.get(spot.vpc)
        subnet = self._networks.subnets.get(spot.subnet)
        for known in (vpc, subnet):
            gaps += known.gaps if known is not None else ()
        chains: dict[str, Chain] = {}
        if spot.acl != NO_ACL:
            gaps += self._acl_gaps(spot)
            for hook in ("prerouting", "postrouting"):
                wall = self._wall(spot, subnet, vpc, hook)
                chains[wall.name] = wall
        for is_egress in (False, True):
            own = self._own(spot, vpc, chains, gaps, is_egress=is_egress)
            chains[own.name] = own
        forward = self._forward(spot)
        chains[forward.name] = forward
        return RuleSet(
            path=spot.node.file.source.path,
            format="aws",
            tables=(Table("aws", frozenset(FAMILIES), chains),),
            families=frozenset(FAMILIES),
            gaps=tuple(dict.fromkeys(gaps)),
            sources=self._account.sources,
            place=spot.name,
            own=spot.own,
        )

    def _own(
        self,
        spot: _Spot,
        vpc: Vpc | None,
        chains: dict[str, Chain],
        gaps: list[Gap],
        *,
        is_egress: bool,
    ) -> Chain:
        """The chain of an interface's groups; those of the single groups are added to `chains`."""
        way = "egress" if is_egress else "ingress"
        test = self._conditions.test("state", ((ESTABLISHED, RELATED),))
        rules = self._free(spot.node, vpc, is_egress=is_egress)
        if not is_egress:
            # Answers pass anyhow; what is left is the loopback.
            del rules[1:]
        # EC2 User Guide, "Security group connection tracking": answers pass whatever rules say.
        title = "security groups let pass what belongs to a known connection"
        rules.append(_rule(spot.node, (test,), ACCEPT, title))
        if spot.is_shut and not is_egress:
            what = "it comes by an internet gateway, from which nothing is let in"
            rules += self._outside(spot.node, vpc, "src", what)
        for name in spot.groups:
            if name not in self._groups:
                gaps.append(_missing_group(spot, name))
                title = f"{name}, which is not in the export"
                unread = self._conditions.unread(f"whether {name} has a rule for this ({way})")
                rules.append(_rule(spot.node, (unread,), ACCEPT, title))
                continue
            built = self._chains.of(name, is_egress=is_egress)
            gaps += built.gaps
            chains[built.chain.name] = built.chain
            title = f"{self._title(spot)}: {built.chain.name}"
            rules.append(_rule(spot.node, (), Jump(built.chain.name), title))
        name = f"the security groups ({way})"
        return _base(name, rules, spot.node, "output" if is_egress else "input", DROP)

    def _free(self, node: Node, vpc: Vpc | None, *, is_egress: bool) -> list[Rule]:
        """The rules for what is never filtered; they stand where the VPC does, if that is known."""
        key = (vpc.id if vpc else "", is_egress)
        if vpc is None or key not in self._freed:
            free = self._services.leaving(vpc) if is_egress else self._services.arriving(vpc)
            place = vpc.node if vpc is not None else node
            rules = (_rule(place, each.match, ACCEPT, each.title) for each in free)
            self._freed[key] = [rule._replace(is_given=True) for rule in rules]
        return list(self._freed[key])

    def _title(self, spot: _Spot) -> str:
        subnet = self._networks.subnets.get(spot.subnet)
        if subnet is None or subnet.is_public is None:
            return spot.name
        kind = "public" if subnet.is_public else "private"
        return f"{spot.name} in the {kind} subnet {subnet.id}"

    def _acl_gaps(self, spot: _Spot) -> Sequence[Gap]:
        acl = self._acls.get(spot.acl)
        if acl is not None:
            return acl.gaps
        where = spot.subnet or "the subnet"
        message = (
            f"the network ACL of {where} is not in the export: whether it lets pass what the "
            "groups do counts as unknown (add describe-network-acls, or name it)"
        )
        return [Gap("FW307", message, spot.node.member("SubnetId"), spot.name)]

    def _wall(self, spot: _Spot, subnet: Subnet | None, vpc: Vpc | None, hook: Hook) -> Chain:
        """The chain of a subnet's ACL of one way."""
        key = (spot.acl, spot.subnet, spot.vpc, hook)
        if key not in self._walls:
            self._walls[key] = self._make_wall(spot, subnet, vpc, hook)
        return self._walls[key]

    def _make_wall(self, spot: _Spot, subnet: Subnet | None, vpc: Vpc | None, hook: Hook) -> Chain:
        acl = self._acls.get(spot.acl)
        node = acl.node if acl else spot.node
        is_out = hook == "postrouting"
        side: Side = "dst" if is_out else "src"
        rules = self._free(node, vpc, is_egress=is_out)
        rules += self._within(spot, subnet, node, side)
        if any(each is not None and each.is_blocked for each in (vpc, subnet)):
            # VPC User Guide, "Block public access to VPCs and subnets": exclusions are elsewhere.
            rules += self._outside(node, vpc, side, "VPC Block Public Access stops it")
        way = "outbound" if is_out else "inbound"
        if acl is None:
            unread = self._conditions.unread(
                f"whether the network ACL of {spot.subnet or 'the subnet'}, which is not in the "
                f"export, denies it ({way})"
            )
            rules.append(_rule(node, (unread,), DROP, "a network ACL that is not in the export"))
            return _base(f"an unknown network ACL ({way})", rules, node, hook, ACCEPT)
        rules += acl.outbound if is_out else acl.inbound
        return _base(f"{acl.id} ({way})", rules, node, hook, DROP)

    def _within(self, spot: _Spot, subnet: Subnet | None, node: Node, side: Side) -> Iterator[Rule]:
        # VPC User Guide, "Network ACL basics": what stays within a subnet is not judged.
        if subnet is None and spot.acl == "":
            return
        if subnet is None:
            where = spot.subnet or "one subnet"
            unread = self._conditions.unread(f"whether both ends are in {where}")
            yield _rule(node, (unread,), ACCEPT, "what stays within a subnet is not judged")
            return
        for match in self._conditions.either(side, subnet.addresses):
            yield _rule(node, match, ACCEPT, f"what stays within {subnet.id} is not judged")

    def _outside(self, node: Node, vpc: Vpc | None, side: Side, what: str) -> Iterator[Rule]:
        """Rules for what may come from, or go to, the internet, and is dropped then."""
        unread = self._conditions.unread(f"whether {what}")
        inside = vpc.addresses if vpc is not None else Addresses()
        outside = Addresses(complement(inside.v4, 32), complement(inside.v6, 128))
        for match in self._conditions.either(side, outside):
            yield _rule(node, (*match, unread), DROP, what)

    def _forward(self, spot: _Spot) -> Chain:
        unread = self._conditions.unread("what becomes of packets that a machine forwards")
        rule = _rule(spot.node, (unread,), DROP, "forwarded packets are not in the model")
        return _base("forwarding", [rule], spot.node, "forward", ACCEPT)


def _base(name: str, rules: list[Rule], node: Node, hook: Hook, policy: Accept | Drop) -> Chain:
    key = next((key for key in _NAMES if key in node), "")
    return Chain(name, tuple(rules), node.member(key), Base(hook, FILTER, policy))


def _rule(node: Node, match: Match, verdict: Verdict, title: str) -> Rule:
    first, last = node.file.line_column(node.first), node.file.line_column(node.last)
    return Rule(match, verdict, node.file.source, *first, *last, (), -1, shown(title))


def _missing_group(spot: _Spot, name: str) -> Gap:
    title = spot.names.get(name, "")
    words = f"{name} ({title})" if title else name
    message = f"the group {words} of {spot.name} is not in the export: its rules count as unknown"
    its = [each for each in spot.node.nodes("Groups") if each.get("GroupId") == name]
    return Gap("FW307", message, its[0].member("GroupId") if its else spot.node.span, name)


def _cut(kind: str, node: Node) -> Gap:
    message = f"the list of {kind} has more pages (NextToken): what they hold counts as unknown"
    return Gap("FW903", message, node.member("NextToken"), kind)

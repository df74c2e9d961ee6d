"""The security groups of an account, whichever of two commands printed their rules."""

from collections.abc import Iterator
from typing import Final

from flowmodel.fields import FAMILIES
from flowmodel.match import IsFamily, Match
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Gap, Rule
from flowmodel.verdict import ACCEPT, RETURN
from parsers.aws import shapes
from parsers.aws.accelerators import ACCELERATOR
from parsers.aws.account import Account
from parsers.aws.interfaces import Interface, Interfaces
from parsers.aws.peers import Peer, Peers, Reference
from parsers.aws.values import Conditions, Service, Side, shown
from parsers.shared.node import Node

_ENDS: Final = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)
_UNTOLD: Final = "an account that the export does not tell"
_RULE_ENDS: Final = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo")

# User Guide for Network Load Balancers, "Update the security groups for your Network Load
# Balancer"; Global Accelerator Developer Guide, "Preserve client IP addresses"; EC2 User Guide,
# "Security groups for EC2 Instance Connect Endpoint". Of these, the first alone asks its groups.
BALANCER: Final = "network_load_balancer"
"""What `InterfaceType` says of an interface of a Network Load Balancer."""
_ANYBODY: Final[tuple[Match, ...]] = tuple((IsFamily(family),) for family in FAMILIES)
_KEEPING: Final[dict[str, tuple[Match, ...]]] = {
    ACCELERATOR: _ANYBODY,
    # EC2 User Guide, "Considerations" of these endpoints: they keep addresses of IPv4 only.
    "ec2_instance_connect_endpoint": _ANYBODY[:1],
}
"""Whose addresses interfaces of a type may keep, who ask no group."""
Clients = dict[str, tuple[Match, ...]]
"""By group, or by subnet: whose addresses packets may have that what has it passes on."""


class Group(NamedTuple):
    """A security group as the exports have it."""

    id: str
    name: str
    vpc: str
    owner: str
    node: Node
    """Where it stands: itself, or the first of its rules."""
    is_described: bool
    """Whether describe-security-groups has it; else only its rules are known."""
    rules: list[Node]
    """Its rules as describe-security-group-rules prints them."""
    is_cut: bool
    """Whether that command's output says that there is more."""


class Built(NamedTuple):
    """A group's chain of one way, and what is not known of it."""

    chain: Chain
    gaps: tuple[Gap, ...]


class Given(NamedTuple):
    """A rule as an export has it."""

    node: Node
    service: Service
    holder: Node
    """Where the other end is: the rule itself, or its reference to a group."""
    end_key: str
    id: str = ""

    @property
    def end(self) -> str:
        """The id or the network of the other end."""
        return self.holder.text(self.end_key)

    @property
    def key(self) -> tuple[object, ...]:
        """What the rule says, whichever command printed it."""
        return self.service.conditions, self.end


def groups(account: Account, interfaces: Interfaces) -> dict[str, Group]:
    """The security groups of the exports, by id; raises InputError for contradictions.

    Of a group that has its rules alone here, its interfaces tell the VPC.
    """
    rules: dict[str, list[Node]] = {}
    for rule in _once(account.of("SecurityGroupRules"), "SecurityGroupRuleId"):
        rules.setdefault(rule.name("GroupId"), []).append(rule)
    is_cut = "SecurityGroupRules" in account.truncated
    found: dict[str, Group] = {}
    for node in _once(account.of("SecurityGroups"), "GroupId"):
        name = node.text("GroupId")
        owner, vpc = node.text("OwnerId"), node.text("VpcId")
        its = rules.pop(name, [])
        found[name] = Group(name, node.text("GroupName"), vpc, owner, node, True, its, is_cut)  # noqa: FBT003
    for name, its in rules.items():
        owner = its[0].text("GroupOwnerId")
        vpc = interfaces.vpc_of(name)
        found[name] = Group(name, "", vpc, owner, its[0], False, its, is_cut)  # noqa: FBT003
    return found


def _once(nodes: list[Node], key: str) -> Iterator[Node]:
    """The elements, each once, though it may be in several files."""
    seen: dict[str, Node] = {}
    for node in nodes:
        name = node.name(key)
        known = seen.setdefault(name, node)
        if known is node:
            yield node
        elif known != node:
            raise node.error(f"{name} is also in {known.span}, with other contents")


class Chains:
    """The chains of groups, each made when it is asked for.

    A group that is in one VPC only is taken from the known ones when it has both: what an export
    says of all groups takes more memory than their rules.
    """

    def __init__(
        self,
        known: dict[str, Group],
        interfaces: Interfaces,
        peers: Peers,
        conditions: Conditions,
    ) -> None:
        self._groups = known
        self._peers = peers
        self._conditions = conditions
        self._built: dict[tuple[str, str, bool], Built] = {}
        self._clients: Clients = {}
        self.balanced: Clients = {}
        """The same by subnet, of what load balancers pass on in there."""
        self.endpoints: Clients = {}
        """The same, of what endpoints do."""
        # Before any group goes.
        for each in interfaces.all:
            kind = str(each.node.get("InterfaceType"))
            matches = tuple(self._let_in(each)) if kind == BALANCER else _KEEPING.get(kind, ())
            for name in each.groups if matches else ():
                _add(self._clients, name, matches)
            if kind != ACCELERATOR and matches:
                _add(self.balanced if kind == BALANCER else self.endpoints, each.subnet, matches)

    def _let_in(self, balancer: Interface) -> Iterator[Match]:
        """Whom the groups of a load balancer let in, by whichever rule: without any, everyone."""
        if not balancer.groups:
            yield from _ANYBODY
        for name in balancer.groups:
            if name not in self._groups:
                yield from _ANYBODY
                continue
            group = self._groups[name]
            yield from _Builder(group, self._peers, self._conditions, {}, is_egress=False).ends()

    def of(self, name: str, vpc: str, *, is_egress: bool) -> Built:
        """The chain of a group that is in the exports, at the interfaces of a VPC.

        VPC User Guide, "Associate security groups with multiple VPCs": who a rule names depends on
        where it is asked. Without a VPC it is that of the group.
        """
        key = (name, vpc, is_egress)
        if key not in self._built:
            group = self._groups[name]
            home = group._replace(vpc=vpc or group.vpc)
            clients = {} if is_egress else self._clients
            builder = _Builder(home, self._peers, self._conditions, clients, is_egress=is_egress)
            self._built[key] = builder.build()
            if (name, vpc, not is_egress) in self._built and self._peers.is_in_one_vpc(name):
                del self._groups[name]
        return self._built[key]


def _add(clients: Clients, key: str, matches: tuple[Match, ...]) -> None:
    clients[key] = tuple(dict.fromkeys((*clients.get(key, ()), *matches)))


class _Builder:
    """One way of one group."""

    def __init__(
        self,
        group: Group,
        peers: Peers,
        conditions: Conditions,
        clients: Clients,
        *,
        is_egress: bool,
    ) -> None:
        self._group = group
        self._is_egress = is_egress
        self._side: Side = "dst" if is_egress else "src"
        self._way = "egress" if is_egress else "ingress"
        self._permissions = "IpPermissionsEgress" if is_egress else "IpPermissions"
        name = f"{group.id} ({group.name})" if group.name else group.id
        self._title_start = f"{name} {self._way}"
        self._between = "to" if is_egress else "from"
        self._peers = peers
        self._conditions = conditions
        self._clients = clients
        self._gaps: list[Gap] = []

    def ends(self) -> Iterator[Match]:
        """Everyone whom a rule of the group names, for whatever it is."""
        group = self._group
        is_told = group.is_described and group.node.get(self._permissions) is not None
        is_short = not is_told and (group.is_cut or not group.rules)
        if is_short or (is_told and any(self._strange())):
            yield from _ANYBODY
        for given in (*(self._described() if is_told else ()), *self._listed()):
            yield from self._peer(given).matches

    def build(self) -> Built:
        group = self._group
        listed = list(self._listed())
        is_told = group.is_described and group.node.get(self._permissions) is not None
        if group.is_described and not self._is_egress:
            # Both ways are always asked for, and the shape has both.
            self._gaps += shapes.unknown(group.node, shapes.GROUP)
        if is_told:
            given = list(self._described())
            rules = self._both(given, listed) if listed else self._rules(given)
        else:
            rules = self._rules(listed)
        found = list(rules)
        if is_told:
            found += self._strange()
        if not is_told and (group.is_cut or not group.rules):
            found.append(self._beyond())
        chain = Chain(f"{group.id} {self._way}", tuple(found), group.node.span, RETURN)
        return Built(chain, tuple(dict.fromkeys(self._gaps)))

    def _beyond(self) -> Rule:
        """The rules that the group may have and that no export shows."""
        group = self._group
        what = f"whether {group.id} has rules beyond those exported ({self._way})"
        if group.is_described:
            message = f"`{self._permissions}` is missing: which rules the group has is unknown"
            self._gaps.append(Gap("FW901", message, group.node.span, self._permissions))
        unread = self._conditions.unread(what)
        return Rule((unread,), ACCEPT, group.node.file.source, *group.node.lines, (), -1, what)

    def _strange(self) -> Iterator[Rule]:
        """What permissions may permit in keys that are not known here: any other end."""
        group = self._group
        for permission in group.node.nodes(self._permissions):
            if permission.keys() <= shapes.PERMISSION.known:
                continue
            for key in sorted(permission.keys() - shapes.PERMISSION.known):
                if permission.get(key) in (None, "", [], {}):
                    continue
                service = self._service(permission)
                line = permission.member(key).line
                what = f"whom `{key}` of {group.id} in line {line} permits ({self._way})"
                match = (*service.conditions, self._conditions.unread(what))
                source = permission.file.source
                yield Rule(match, ACCEPT, source, *permission.lines, (), -1, shown(what))

    def _described(self) -> Iterator[Given]:
        """The rules in describe-security-groups."""
        for permission in self._group.node.nodes(self._permissions):
            service = self._service(permission)
            for ends, inside in _ENDS:
                for node in permission.nodes(ends) if permission.get(ends) != [] else ():
                    yield Given(node, service, node, inside)

    def _listed(self) -> Iterator[Given]:
        """The rules in describe-security-group-rules."""
        for node in self._group.rules:
            if type(node.get("IsEgress")) is not bool:
                raise node.error("`IsEgress` is neither true nor false", "IsEgress")
            if node["IsEgress"] != self._is_egress:
                continue
            self._gaps += shapes.unknown(node, shapes.GROUP_RULE)
            ends = [key for key in _RULE_ENDS if node.get(key) is not None]
            if len(ends) != 1:
                raise node.error("a rule has one end: a network, a prefix list or a group")
            pair = node.node("ReferencedGroupInfo")
            service, name = self._service(node), node.text("SecurityGroupRuleId")
            if pair is not None:
                yield Given(node, service, pair, "GroupId", name)
            else:
                yield Given(node, service, node, ends[0], name)

    def _service(self, node: Node) -> Service:
        protocol, first, last = node.get("IpProtocol"), node.get("FromPort"), node.get("ToPort")
        if protocol in ("icmpv6", "58") and first is None and last is None:
            # IpPermission, IpProtocol: without a range all types and codes of ICMPv6 are meant.
            first = last = -1
        service = self._conditions.service(protocol, first, last)
        if service is None:
            raise node.error("these are no protocol and ports of AWS", "IpProtocol")
        return service

    def _both(self, given: list[Given], listed: list[Given]) -> Iterator[Rule]:
        """The rules where both commands were asked: those that only one has are in doubt."""
        ids = {each.key: each.id for each in listed}
        known = {each.key for each in given}
        for each in given:
            if each.key in ids:
                yield from self._rules([each._replace(id=ids[each.key])])
            else:
                yield from self._rules([each], is_doubtful=not self._group.is_cut)
        yield from self._rules([each for each in listed if each.key not in known], is_doubtful=True)

    def _rules(self, given: list[Given], *, is_doubtful: bool = False) -> Iterator[Rule]:
        for each in given:
            node = each.node
            peer = self._peer(each)
            title = self._title(each, peer)
            if peer.gap:
                place = each.holder.member(each.end_key)
                self._gaps.append(Gap("FW307", peer.gap, place, title))
            conditions = each.service.conditions
            if is_doubtful:
                message = "describe-security-groups and describe-security-group-rules differ here"
                self._gaps.append(Gap("FW901", message, each.holder.member(each.end_key), title))
                doubt = self._conditions.unread(f"whether there is a rule: {title}")
                conditions = (*conditions, doubt)
            source = node.file.source
            for match in (*peer.matches, *self._through(each, peer)):
                yield Rule((*match, *conditions), ACCEPT, source, *node.lines, (), -1, title)

    def _peer(self, given: Given) -> Peer:
        end, holder = given.end, given.holder
        if given.end_key == "GroupId":
            if not end:
                raise holder.error("a group is referred to by its `GroupId`")
            # EC2 always says it; without it a group is this account's only if it is here.
            own = self._group.owner if self._peers.is_here(end) else _UNTOLD
            owner = holder.text("UserId") or own
            is_peer = holder.get("VpcPeeringConnectionId") or holder.get("PeeringStatus")
            reference = Reference(
                end,
                owner,
                holder.text("VpcId"),
                holder.text("PeeringStatus"),
                holder.text("VpcPeeringConnectionId"),
                self._group.vpc,
                bool(is_peer) or owner != self._group.owner,
            )
            return self._peers.of_group(self._side, reference)
        if given.end_key == "PrefixListId":
            return self._peers.of_list(self._side, end)
        found = self._peers.of_network(self._side, end)
        if found is None:
            raise holder.error(f"`{end}` is no network", given.end_key)
        return found

    def _through(self, given: Given, peer: Peer) -> Iterator[Match]:
        """The clients of a load balancer that has the group which a rule names."""
        if given.end_key == "GroupId" and given.end in self._clients:
            unread = self._conditions.unread(
                f"whether it comes by what has {peer.words} and keeps the addresses of its clients"
            )
            yield from ((*match, unread) for match in self._clients[given.end])

    def _title(self, given: Given, peer: Peer) -> str:
        text = f"{self._title_start} {given.service.words} {self._between} {peer.words}"
        description = given.node.text("Description")
        if description:
            text += f' "{description}"'
        return shown(f"{text} ({given.id})" if given.id else text)

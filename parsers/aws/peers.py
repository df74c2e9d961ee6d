"""Who is at the other end of a rule: networks, prefix lists, members of security groups."""

from collections.abc import Iterator
from typing import Final

from flowmodel.addresses import MULTICAST, Addresses
from flowmodel.fields import Family
from flowmodel.match import All, Any, Condition, IsFamily, Match, Not
from flowmodel.record import NamedTuple
from parsers.aws.interfaces import Interfaces
from parsers.aws.members import Members
from parsers.aws.networks import Networks
from parsers.aws.prefix_lists import PrefixLists
from parsers.aws.values import NOBODY, Conditions, Side

_FAMILIES: Final[dict[str, Family]] = {"IPv4": 4, "IPv6": 6}
_WORDS: Final = {"src": "source", "dst": "destination"}


class Peer(NamedTuple):
    """The other end: a match for each rule that it takes, in words, and what is not known."""

    matches: tuple[Match, ...]
    words: str
    gap: str = ""
    """What FW307 says where the export does not have it."""


class Reference(NamedTuple):
    """A security group that a rule names, and the one whose rule it is."""

    group: str
    owner: str
    vpc: str
    peering: str
    """The state of the peering connection; empty where there is none."""
    connection: str
    """That connection, where the rule tells it."""
    home: str
    """The VPC of the group that has the rule."""
    is_far: bool
    """Whether the group is another account's, or behind a peering connection."""


class Peers:
    """Everyone whom rules can name."""

    def __init__(
        self,
        lists: PrefixLists,
        interfaces: Interfaces,
        networks: Networks,
        conditions: Conditions,
        names: dict[str, str],
        vpcs: dict[str, str],
    ) -> None:
        self._interfaces = interfaces
        self._networks = networks
        self._conditions = conditions
        self._names = names
        """The names of security groups, by id."""
        self._vpcs = vpcs
        self._members = Members(interfaces, networks)
        self._lists = lists
        # VPC Transit Gateways Guide, "Multicast routing": no rule names a group as source of it.
        # One for all, so that rules which say the same can be seen to do so.
        to = Any(tuple(All(each) for each in conditions.either("dst", MULTICAST)))
        unread = conditions.unread("whether a group can be the source of multicast")
        self._unless_multicast: Condition = Any((Not(to), unread))
        self._made: dict[tuple[object, ...], Peer] = {}

    def of_network(self, side: Side, text: str) -> Peer | None:
        """Whoever is in a network; none where that is no CIDR."""
        end = self._conditions.end(side, text)
        return Peer((end,), text) if end is not None else None

    def of_list(self, side: Side, name: str) -> Peer:
        """Whoever a prefix list names."""
        key = (side, name)
        if key not in self._made:
            self._made[key] = self._of_list(side, name)
        return self._made[key]

    def _of_list(self, side: Side, name: str) -> Peer:
        title = self._lists.text(name, "PrefixListName")
        words = f"{name} ({title})" if title else name
        known = self._lists.entries(name)
        certain = tuple(self._conditions.either(side, known)) if known is not None else ()
        if self._lists.whole(name) is not None:
            return Peer(certain or (NOBODY,), words)
        unread = self._conditions.unread(f"whether the {_WORDS[side]} is in {words}")
        family = _FAMILIES.get(self._lists.text(name, "AddressFamily"))
        limit: Match = (IsFamily(family),) if family else ()
        doubt = self._lists.doubt(name, words)
        why = doubt or f"the entries of {words} are not all in the export"
        gap = f"{why}: whether a rule that names it matches counts as unknown"
        gap += "" if doubt else " (add get-managed-prefix-list-entries)"
        return Peer((*certain, (*limit, unread)), words, gap)

    def is_in_one_vpc(self, group: str) -> bool:
        """Whether no interface has the group in another VPC than the others."""
        return len({each.vpc for each in self._interfaces.with_group(group)}) < 2

    def is_here(self, group: str) -> bool:
        """Whether a security group is among those of the exports, or of their interfaces."""
        return group in self._names or bool(self._interfaces.with_group(group))

    def of_group(self, side: Side, reference: Reference) -> Peer:
        """The private addresses of the interfaces that have a security group."""
        key = (side, reference)
        if key not in self._made:
            self._made[key] = self._of_group(side, reference)
        return self._made[key]

    def _of_group(self, side: Side, asked: Reference) -> Peer:
        name = self._names.get(asked.group, "")
        words = f"{asked.group} ({name})" if name else asked.group
        found = self._members.of(asked.group, asked.owner, self._vpc_of(asked), asked.home)
        certain = tuple(self._conditions.either(side, found.certain))
        if side == "src":
            certain = tuple((*match, self._unless_multicast) for match in certain)
        doubt = self._doubt(asked)
        what = f"whether the {_WORDS[side]} has {words}"
        if doubt:
            what = f"whether {words} counts here: {doubt}"
        # Only private addresses of its members' VPC stand for a group.
        unread = self._conditions.unread(what, side)
        beyond = tuple((*match, unread) for match in self._conditions.either(side, found.possible))
        far = tuple(self._far(side, words, found.far))
        if doubt:
            certain = tuple((*match, unread) for match in certain)
            return Peer((*certain, *beyond, *far) or (NOBODY,), words)
        gap = ""
        if beyond:
            gap = (
                f"the network interfaces that have {words} are not all in the export: whether a "
                "rule that names it matches counts as unknown (add describe-network-interfaces)"
            )
        elif not (certain or far) and asked.group not in self._names:
            gap = f"{words} is in no export and no interface has it: the rule matches nothing"
        return Peer((*certain, *beyond, *far) or (NOBODY,), words, gap)

    def _far(self, side: Side, words: str, members: Addresses) -> Iterator[Match]:
        """The members of a group in other VPCs that it is associated with.

        Transit Gateways Guide, "Security group referencing": whether a gateway lets rules name
        groups across VPCs is a setting of it, and off by default.
        """
        what = f"whether {words} counts here for its members in other VPCs"
        unread = self._conditions.unread(what, side)
        return ((*match, unread) for match in self._conditions.either(side, members))

    def _vpc_of(self, asked: Reference) -> str:
        """The VPC of a group; empty where neither the rule nor an export tells it.

        EC2 API Reference, UserIdGroupPair: a reference into another VPC has its `VpcId`.
        """
        members = self._interfaces.with_group(asked.group)
        if not asked.vpc and any(each.vpc == asked.home for each in members):
            return asked.home
        own = self._vpcs.get(asked.group) or self._interfaces.vpc_of(asked.group)
        return asked.vpc or own or ("" if asked.is_far else asked.home)

    def _doubt(self, asked: Reference) -> str:
        """Why the members of a group may not count, though their addresses are known."""
        vpc = self._vpc_of(asked)
        is_behind = bool((vpc and vpc != asked.home) or asked.peering)
        if is_behind and asked.peering != "active":
            # VPC Peering Guide, "Update your security groups": the connection has to be active.
            # Through a transit gateway it depends on settings of the gateway.
            state = asked.peering or "not told"
            return f"the state of the peering connection to {vpc or 'its VPC'} is {state}"
        if not self._networks.is_peered(asked.home, asked.connection):
            return f"no route in {asked.home} leads to {asked.connection}"
        for each in dict.fromkeys((asked.home, vpc or asked.home)):
            if self._networks.is_diverted(each):
                # The same page: behind an appliance a group is not known.
                return f"routes in {each or 'a VPC'} lead through an appliance"
        return ""

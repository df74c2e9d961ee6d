"""Who is at the other end of a rule: networks, prefix lists, members of security groups."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final, NamedTuple

from linter.model.addresses import Addresses
from linter.model.fields import Family
from linter.model.match import IsFamily, Match
from linter.model.ruleset import Gap
from linter.model.values import union
from parsers.aws import shapes
from parsers.aws.account import ENTRIES, Account
from parsers.aws.interfaces import Interfaces
from parsers.aws.networks import Networks
from parsers.aws.node import Node
from parsers.aws.values import NOBODY, Conditions, Side, addresses, network

_LIST_ID: Final = re.compile(r"pl-[0-9a-z]+")
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
    home: str
    """The VPC of the group that has the rule."""


class Peers:
    """Everyone whom rules can name."""

    def __init__(
        self,
        account: Account,
        interfaces: Interfaces,
        networks: Networks,
        conditions: Conditions,
        names: dict[str, str],
        vpcs: dict[str, str],
    ) -> None:
        self.gaps: list[Gap] = []
        self._interfaces = interfaces
        self._networks = networks
        self._conditions = conditions
        self._names = names
        """The names of security groups, by id."""
        self._vpcs = vpcs
        self._lists: dict[str, Node] = {}
        self._entries: dict[str, Addresses] = {}
        self._cut: dict[str, bool] = {}
        """Whether the last page of a list's entries says that another one follows."""
        self._made: dict[tuple[object, ...], Peer] = {}
        for node in account.of("PrefixLists"):
            self._prefix_list(node)
        for node in account.of(ENTRIES):
            self._take_entries(node)

    def _prefix_list(self, node: Node) -> None:
        self.gaps += shapes.unknown(node, shapes.PREFIX_LIST)
        name = node.name("PrefixListId")
        self._lists[name] = node
        if "Cidrs" in node:
            self._entries[name] = _addresses([(node, "Cidrs", t) for t in node.texts("Cidrs")])

    def _take_entries(self, node: Node) -> None:
        self.gaps += shapes.unknown(node, shapes.ENTRIES)
        name = _id_of(node)
        if not name:
            message = (
                "which prefix list these entries are of is nowhere in them: "
                "give the file the list's id as its name (pl-0123.json)"
            )
            self.gaps.append(Gap("FW901", message, node.key_place("Entries"), "Entries"))
            return
        each = [(entry, "Cidr", entry.text("Cidr")) for entry in node.nodes("Entries")]
        self._entries[name] = self._entries.get(name, Addresses()) | _addresses(each)
        self._cut[name] = bool(node.get("NextToken"))

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
        node = self._lists.get(name)
        title = node.text("PrefixListName") if node is not None else ""
        words = f"{name} ({title})" if title else name
        known = self._entries.get(name)
        certain = tuple(self._conditions.either(side, known)) if known is not None else ()
        if known is not None and not self._cut.get(name):
            return Peer(certain or (NOBODY,), words)
        unread = self._conditions.unread(f"whether the {_WORDS[side]} is in {words}")
        family = _FAMILIES.get(node.text("AddressFamily")) if node is not None else None
        limit: Match = (IsFamily(family),) if family else ()
        gap = (
            f"the entries of {words} are not all in the export: whether a rule that names it "
            "matches counts as unknown (add get-managed-prefix-list-entries)"
        )
        return Peer((*certain, (*limit, unread)), words, gap)

    def of_group(self, side: Side, reference: Reference) -> Peer:
        """The private addresses of the interfaces that have a security group."""
        key = (side, reference)
        if key not in self._made:
            self._made[key] = self._of_group(side, reference)
        return self._made[key]

    def _of_group(self, side: Side, asked: Reference) -> Peer:
        name = self._names.get(asked.group, "")
        words = f"{asked.group} ({name})" if name else asked.group
        members = self._interfaces.with_group(asked.group)
        # One union: very many interfaces can have a group.
        own = Addresses(
            union(each for member in members for each in member.own.v4),
            union(each for member in members for each in member.own.v6),
        )
        certain = tuple(self._conditions.either(side, own))
        is_known = bool(members) or self._is_covered(asked)
        is_known &= self._interfaces.is_whole and asked.owner in self._interfaces.owners
        doubt = self._doubt(asked)
        if doubt:
            unread = self._conditions.unread(f"whether {words} counts here: {doubt}")
            found = tuple((*match, unread) for match in certain) if is_known else ((unread,),)
            return Peer(found or (NOBODY,), words)
        if is_known:
            gap = f"{words} is in no export and no interface has it: the rule matches nothing"
            is_there = bool(members) or asked.group in self._names
            return Peer(certain or (NOBODY,), words, "" if is_there else gap)
        unread = self._conditions.unread(f"whether the {_WORDS[side]} has {words}")
        gap = (
            f"the network interfaces that have {words} are not all in the export: whether a rule "
            "that names it matches counts as unknown (add describe-network-interfaces)"
        )
        return Peer((*certain, (unread,)), words, gap)

    def _is_covered(self, asked: Reference) -> bool:
        """Whether interfaces of the group's VPC were exported at all."""
        vpc = self._vpc_of(asked) or asked.home
        return not vpc or vpc in self._interfaces.vpcs

    def _vpc_of(self, asked: Reference) -> str:
        """The VPC of a group; empty where neither the rule nor an export tells it."""
        return asked.vpc or self._vpcs.get(asked.group, "")

    def _doubt(self, asked: Reference) -> str:
        """Why the members of a group may not count, though their addresses are known."""
        vpc = self._vpc_of(asked)
        if vpc and vpc != asked.home and asked.peering != "active":
            # VPC Peering Guide, "Update your security groups": the connection has to be active.
            # Through a transit gateway it depends on settings of the gateway.
            state = asked.peering or "not told"
            return f"the state of the peering connection to {vpc} is {state}"
        if self._networks.is_diverted(asked.home):
            # The same page: behind an appliance a group is not known.
            return f"routes in {asked.home or 'a VPC'} lead through an appliance"
        return ""


def _id_of(node: Node) -> str:
    """The prefix list of a response with entries: the file's name says it, or a key added to it."""
    if node.get("PrefixListId"):
        return node.text("PrefixListId")
    name = _LIST_ID.search(PurePath(node.file.source.path).name)
    return name[0] if name else ""


def _addresses(texts: Iterable[tuple[Node, str, str]]) -> Addresses:
    found = []
    for node, key, text in texts:
        each = network(text)
        if each is None:
            raise node.error(f"`{text}` is no network", key)
        found.append(each)
    return addresses(found)

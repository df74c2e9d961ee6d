"""What stands around a subnet: its network ACL, and what an ACL does not judge."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.match import Match
from flowmodel.ruleset import Chain, Gap, Hook, Rule
from flowmodel.values import Values, complement
from flowmodel.verdict import ACCEPT, DROP
from parsers.aws.accelerators import Accelerators
from parsers.aws.acls import Acl, Acls
from parsers.aws.classic import Classic
from parsers.aws.groups import Chains
from parsers.aws.interfaces import Interfaces
from parsers.aws.made import automatic, base_chain, named, rule
from parsers.aws.networks import Networks, Vpc
from parsers.aws.relays import Relays
from parsers.aws.services import Services
from parsers.aws.spots import Spot
from parsers.aws.transit import Transit
from parsers.aws.values import Conditions, Side
from parsers.shared.node import Node

_WITHIN: Final = "what stays within a subnet is not judged"


class Walls:
    """The chains of network ACLs, one for each way and subnet."""

    def __init__(
        self,
        acls: Acls,
        networks: Networks,
        services: Services,
        interfaces: Interfaces,
        chains: Chains,
        conditions: Conditions,
    ) -> None:
        self._acls = acls
        self._networks = networks
        self._services = services
        self._accelerators = Accelerators(interfaces, conditions)
        self._classic = Classic(interfaces, conditions)
        self._relays = Relays(chains, interfaces, conditions)
        self._transit = Transit(interfaces, conditions)
        self._conditions = conditions
        self._made: dict[tuple[object, ...], list[Chain]] = {}
        self.untold = self._transit.gaps
        """What the exports do not tell of what is at a subnet."""

    def gaps(self, spot: Spot) -> Sequence[Gap]:
        """What is not known of the ACL of an interface's subnet."""
        acl = self._acls.get(spot.acl)
        if acl is not None:
            return acl.gaps
        where = spot.subnet or "the subnet"
        message = (
            f"the network ACL of {where} is not in the export: whether it lets pass what the "
            "groups do counts as unknown (add describe-network-acls, or name it)"
        )
        return [Gap("FW307", message, spot.node.member("SubnetId"), spot.name)]

    def chains(self, spot: Spot, hook: Hook) -> list[Chain]:
        """The chains of the ACL of an interface's subnet, inbound (prerouting) or outbound."""
        is_told = spot.subnet in self._networks.subnets
        near = () if is_told else tuple(_blocks(spot, family) for family in FAMILIES)
        key = (spot.acl, spot.subnet, spot.vpc, hook, near)
        if key not in self._made:
            self._made[key] = self._chains(spot, hook)
        return self._made[key]

    def _chains(self, spot: Spot, hook: Hook) -> list[Chain]:
        vpc = self._networks.vpcs.get(spot.vpc)
        subnet = self._networks.subnets.get(spot.subnet)
        acl = self._acls.get(spot.acl)
        node = acl.node if acl else spot.node
        is_out = hook == "postrouting"
        side: Side = "dst" if is_out else "src"
        rules = self._services.rules(node, spot.vpc, is_egress=is_out)
        others = self._classic.others(spot.subnet) if is_out else ()
        for match in self._conditions.either(side, subnet.addresses) if subnet else ():
            # VPC User Guide, "Network ACL basics": rules are for what enters and leaves.
            rules.append(_beside(node, (*match, *others)))
        within = [] if subnet else list(self._within(spot, acl))
        rules += within
        if any(each is not None and each.is_blocked for each in (vpc, subnet)):
            # VPC User Guide, "Block public access to VPCs and subnets": exclusions are elsewhere.
            rules += self.outside(node, vpc, side, "VPC Block Public Access stops it")
        if self._networks.is_inspected(spot.vpc, spot.subnet):
            rules += self.outside(node, vpc, side, "the Automated Internet Firewall stops it")
        way = "outbound" if is_out else "inbound"
        if acl is None:
            unread = self._conditions.unread(
                f"whether the network ACL of {spot.subnet or 'the subnet'}, which is not in the "
                f"export, denies it ({way})"
            )
            rules.append(rule(node, (unread,), DROP, "a network ACL that is not in the export"))
            name = f"an unknown network ACL ({way})"
            return [base_chain(name, rules, named(node), hook, ACCEPT, is_given=True)]
        asked: list[Chain] = []
        subnets = [spot.subnet] if spot.subnet else self._acls.subnets_of(acl.id)
        if not is_out:
            rules += self._accelerators.rules(node, subnets, self._outside(vpc, side))
            rules += self._relays.rules(acl, subnets)
        if self._transit.is_at(subnets):
            first, asked = self._transit.around(acl, self._outside(vpc, side), is_out=is_out)
            rules += first
        entries = acl.outbound if is_out else acl.inbound
        rules += entries if subnet or within else self._unless_within(spot, acl, entries)
        return [*asked, base_chain(f"{acl.id} ({way})", rules, named(node), hook, DROP)]

    def _within(self, spot: Spot, acl: Acl | None) -> Iterator[Rule]:
        """The rules for what stays within a subnet, where all that it can be in are known.

        Whichever it is: the interface's own address is in no other one.
        """
        subnets = self._networks.subnets_of(spot.vpc)
        used = self._acls.subnets_of(acl.id) if acl else []
        if spot.subnet or spot.own or not {each.id for each in subnets}.issuperset(used):
            # The interface, or the ACL, is in a subnet that is not in the export.
            return
        node = acl.node if acl else spot.node
        for subnet in subnets:
            for family in FAMILIES:
                if its := subnet.addresses.of(family):
                    from_ = self._conditions.family("src", family, its)
                    to = self._conditions.family("dst", family, its)
                    yield _beside(node, (*from_, *to))

    def _unless_within(self, spot: Spot, acl: Acl, entries: Sequence[Rule]) -> Iterator[Rule]:
        """The entries, where nobody knows in which subnet the interface is.

        What an entry allows passes anyhow: only what is denied depends on it.
        """
        where = spot.subnet or "one subnet"
        unread = self._conditions.unread(f"whether both ends are in {where}")
        near = [(*match, unread) for match in self._near(spot)]
        for entry in entries:
            if entry.verdict == DROP:
                for match in near:
                    yield _beside(acl.node, (*entry.match, *match))
            yield entry
        for match in near:
            yield _beside(acl.node, match)

    def _near(self, spot: Spot) -> Iterator[Match]:
        """The packets whose ends may be in one subnet: it is in a range of the VPC.

        VPC User Guide, "Subnet CIDR blocks": a subnet has a /16 at most, and a /44 of IPv6.
        """
        vpc = self._networks.vpcs.get(spot.vpc)
        for family in FAMILIES:
            ranges = vpc.addresses.of(family) if vpc else ()
            if blocks := _blocks(spot, family):
                ranges = blocks
            elif vpc is None:
                yield self._conditions.agree(family)
            for each in ranges:
                from_ = self._conditions.family("src", family, (each,))
                yield (*from_, *self._conditions.family("dst", family, (each,)))

    def outside(self, node: Node, vpc: Vpc | None, side: Side, what: str) -> Iterator[Rule]:
        """Rules for what may come from, or go to, the internet, and is dropped then."""
        unread = self._conditions.unread(f"whether {what}")
        for match in self._outside(vpc, side):
            yield automatic(node, (*match, unread), DROP, what)

    def _outside(self, vpc: Vpc | None, side: Side) -> list[Match]:
        """What has an end out of the VPC, or out of whichever it is."""
        inside = vpc.addresses if vpc is not None else Addresses()
        outside = Addresses(complement(inside.v4, 32), complement(inside.v6, 128))
        return self._conditions.either(side, outside)


def _blocks(spot: Spot, family: Family) -> Values:
    """The blocks, as large as a subnet may be, that an interface's own addresses are in."""
    rest = 16 if family == 4 else 84
    firsts = dict.fromkeys(first >> rest << rest for first, _ in spot.own.of(family))
    return tuple((first, first + (1 << rest) - 1) for first in firsts)


def _beside(node: Node, match: Match) -> Rule:
    """What the service lets pass by itself, though it may be no packet of that kind."""
    return automatic(node, match, ACCEPT, _WITHIN)

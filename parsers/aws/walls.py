"""What stands around a subnet: its network ACL, and what an ACL does not judge."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.ruleset import Chain, Gap, Hook, Rule
from flowmodel.values import complement
from flowmodel.verdict import ACCEPT, DROP
from parsers.aws.acls import Acl, Acls
from parsers.aws.made import base_chain, rule
from parsers.aws.networks import Networks, Vpc
from parsers.aws.node import Node
from parsers.aws.services import Services
from parsers.aws.spots import Spot
from parsers.aws.values import Conditions, Side

_WITHIN: Final = "what stays within a subnet is not judged"


class Walls:
    """The chains of network ACLs, one for each way and subnet."""

    def __init__(
        self, acls: Acls, networks: Networks, services: Services, conditions: Conditions
    ) -> None:
        self._acls = acls
        self._networks = networks
        self._services = services
        self._conditions = conditions
        self._made: dict[tuple[str, str, str, Hook], Chain] = {}

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

    def chain(self, spot: Spot, hook: Hook) -> Chain:
        """The chain of the ACL of an interface's subnet, inbound (prerouting) or outbound."""
        key = (spot.acl, spot.subnet, spot.vpc, hook)
        if key not in self._made:
            self._made[key] = self._chain(spot, hook)
        return self._made[key]

    def _chain(self, spot: Spot, hook: Hook) -> Chain:
        vpc = self._networks.vpcs.get(spot.vpc)
        subnet = self._networks.subnets.get(spot.subnet)
        acl = self._acls.get(spot.acl)
        node = acl.node if acl else spot.node
        is_out = hook == "postrouting"
        side: Side = "dst" if is_out else "src"
        rules = self._services.rules(node, vpc, is_egress=is_out)
        for match in self._conditions.either(side, subnet.addresses) if subnet else ():
            # VPC User Guide, "Network ACL basics": rules are for what enters and leaves.
            rules.append(rule(node, match, ACCEPT, _WITHIN))
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
            return base_chain(name, rules, node, hook, ACCEPT, is_given=True)
        entries = acl.outbound if is_out else acl.inbound
        rules += entries if subnet else self._unless_within(spot, acl, entries)
        return base_chain(f"{acl.id} ({way})", rules, node, hook, DROP)

    def _unless_within(self, spot: Spot, acl: Acl, entries: Sequence[Rule]) -> Iterator[Rule]:
        """The entries, where nobody knows which packets stay within the subnet.

        What an entry allows passes anyhow: only what is denied depends on it.
        """
        where = spot.subnet or "one subnet"
        unread = self._conditions.unread(f"whether both ends are in {where}")
        for entry in entries:
            if entry.verdict == DROP:
                yield rule(acl.node, (*entry.match, unread), ACCEPT, _WITHIN)
            yield entry
        yield rule(acl.node, (unread,), ACCEPT, _WITHIN)

    def outside(self, node: Node, vpc: Vpc | None, side: Side, what: str) -> Iterator[Rule]:
        """Rules for what may come from, or go to, the internet, and is dropped then."""
        unread = self._conditions.unread(f"whether {what}")
        inside = vpc.addresses if vpc is not None else Addresses()
        outside = Addresses(complement(inside.v4, 32), complement(inside.v6, 128))
        for match in self._conditions.either(side, outside):
            yield rule(node, (*match, unread), DROP, what)

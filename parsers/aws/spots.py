"""Which network interfaces are meant: those of the exports, or one that groups and ACL describe."""

from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Gap
from flowmodel.source import InputError, Source
from parsers.aws.acls import Acls
from parsers.aws.groups import Group
from parsers.aws.interfaces import Interface, Interfaces
from parsers.aws.networks import Networks
from parsers.aws.values import addresses, network
from parsers.shared.context import Place
from parsers.shared.node import Node
from parsers.shared.reading import start_of

NO_ACL: Final = "none"
"""The name that stands for no network ACL, for questions about the groups alone."""


class Spot(NamedTuple):
    """A network interface, or the place of one that is not in the exports."""

    name: str
    node: Node
    groups: tuple[str, ...]
    names: dict[str, str]
    """The names of its groups, as far as it tells them itself."""
    own: Addresses
    subnet: str
    vpc: str
    acl: str
    machine: str = ""
    """The instance that it belongs to, where an export tells that."""
    has_groups: bool = True
    """Whether its groups are known, be they none."""
    is_local: bool = False
    """Whether it is a local network interface, at which nothing of the VPC judges."""
    is_shut: bool = False
    """Whether nothing from an internet gateway comes to it (DenyAllIgwTraffic)."""
    gaps: tuple[Gap, ...] = ()


class Spots:
    """Finds the interfaces that a place means."""

    def __init__(
        self, interfaces: Interfaces, groups: dict[str, Group], acls: Acls, networks: Networks
    ) -> None:
        self._interfaces = interfaces
        self._groups = groups
        self._acls = acls
        self._networks = networks

    def of(self, place: Place, source: Source) -> list[Spot]:
        """The interfaces that are meant; raises InputError where that is none, or unclear."""

        def error(message: str) -> InputError:
            return InputError(message, start_of(source.path))

        if place.acl not in ("", NO_ACL) and self._acls.get(place.acl) is None:
            raise error(f"there is no network ACL {place.acl} in the exports")
        for group in place.groups:
            if group not in self._groups:
                raise error(f"there is no security group {group} in the exports")
        if place.at:
            found = self._interfaces.at(place.at)
            if len(found) > 1:
                some = ", ".join(each.id for each in found)
                raise found[1].node.error(f"several interfaces have {place.at}: name one of {some}")
            if not found and not place.groups:
                raise error(
                    f"no network interface in the exports is {place.at} or has it as its address: "
                    "name its groups instead, or add describe-network-interfaces"
                )
            return [self._known(found[0], place)] if found else [self._described(place)]
        if place.groups:
            return [self._described(place)]
        if not self._interfaces.all:
            raise error(
                "no network interface is in the exports: add describe-network-interfaces, or name "
                "the groups and the ACL that are meant"
            )
        return [self._known(each, place) for each in self._interfaces.all]

    def _known(self, found: Interface, place: Place) -> Spot:
        return Spot(
            found.id,
            found.node,
            place.groups or found.groups,
            found.names,
            found.own,
            found.subnet,
            found.vpc,
            place.acl or self._acls.at(found.subnet),
            found.machine,
            found.has_groups or bool(place.groups),
            bool(found.machine) and self._networks.is_local(found.subnet, found.index),
            found.node.flag("DenyAllIgwTraffic"),
            found.gaps,
        )

    def _described(self, place: Place) -> Spot:
        """The place that groups and an ACL describe; its address may tell its subnet."""
        first = self._groups[place.groups[0]]
        at = network(place.at) if place.at else None
        own = addresses([at]) if at else Addresses()
        subnet = self._networks.around(first.vpc, own)
        return Spot(place.at, first.node, place.groups, {}, own, subnet, first.vpc, place.acl)

"""Where devices stand, as far as exports and a person tell it: networks, interfaces, machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from flowmodel.addresses import MACHINE_LIMIT, ON_LINK, Addresses, together
from flowmodel.fields import FAMILIES
from flowmodel.opened import Row, Section
from flowmodel.record import dataclass, field, replace
from flowmodel.ruleset import Link, RuleSet, tells_networks, traffic_of
from linter.checks.open.words import OTHER
from linter.drafts.model import RESERVED, Device, Interface, Kind, Network, Role
from linter.engine.device.mentions import names_in
from policies.drafts.skeleton import name_for

INTERNET: Final = "internet"
_SIDES: Final = 2
_TECHNICAL: Final = 2
# Bridges and links that tools make for their own containers, machines and tunnels.
_MADE: Final = (
    *("docker", "br-", "virbr", "vnet", "veth", "cni", "cali", "flannel", "lxc", "lxd", "incus"),
    *("podman", "nerdctl", "kube", "weave", "fwbr", "fwpr", "fwln", "tailscale"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """The exports of one device: how the site file names them, what they say, what is open."""

    name: str
    exports: tuple[str, ...]
    rulesets: tuple[RuleSet, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """What a person says is behind an interface."""

    addresses: Addresses = Addresses()
    is_internet: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of devices and machines."""

    behind: Mapping[tuple[str, str], Behind] = field(default_factory=dict)
    """By device and interface."""
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles of policies that a machine has, by the name of its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The networks, roles and devices of a site."""

    networks: tuple[Network, ...] = ()
    roles: tuple[Role, ...] = ()
    devices: tuple[Device, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    """The role at each place of an account's export, by device and place: `cloud/eni-0a1b`."""


def standing(several: Sequence[Read], answers: Answers) -> Standing:
    """Where these devices stand."""
    found = _Found(answers)
    for read in several:
        found.add(read)
    return Standing(
        tuple(found.networks), tuple(found.roles), tuple(found.devices), dict(found.places)
    )


def kind_of(read: Read) -> tuple[Kind, str]:
    """What a device is, and why it is taken for that where its exports do not tell it."""
    if any(each.place for each in read.rulesets):
        is_between = all(traffic_of(each) == {"forward"} for each in read.rulesets)
        return ("between" if is_between else "account"), ""
    if any(map(tells_networks, read.rulesets)):
        return "between", ""
    through = [each for each in read.sections if each.traffic == "forward"]
    passed = next((each for each in through if any(map(_is_passed_on, each.rows))), None)
    # A tool with zones lets a machine's one interface pass packets to itself.
    has_sides = len(_real(read.rulesets)) >= _SIDES
    if has_sides and not passed and not (through and all(each.is_decided for each in through)):
        return "between", "its rules name several networks, and what passes could not be decided"
    if passed is None or not has_sides:
        return "machine", "no rule of it lets packets pass from one named network to another"
    return "between", f"its rules let packets pass {passed.title[0].lower()}{passed.title[1:]}"


def _is_passed_on(row: Row) -> bool:
    """Whether a rule lets packets pass from one network to another, and not for containers.

    What a machine sends on that came to an address of its own it may do for a container.
    """
    sides = (row.incoming, row.outgoing)
    is_back = row.incoming == row.outgoing and len(row.incoming) == 1
    if row.sent_on or is_back or row.by[0].kind != "rule":
        return False
    is_named = any(side and any(map(is_real, side)) for side in sides)
    return is_named and not any(side and not any(map(is_real, side)) for side in sides)


def _real(rulesets: Sequence[RuleSet]) -> set[str]:
    """The interfaces to networks, as far as links or rules name them."""
    linked = {link.names[0] for each in rulesets for link in each.links}
    return set(filter(is_real, linked or names_in(rulesets)))


def is_real(name: str) -> bool:
    """Whether a name is that of an interface to a network, and of one alone."""
    return not (name.endswith(OTHER) or name in ("lo", "lo0") or name.startswith(_MADE))


class _Found:
    """Collects what is told of each device; names are given once."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.networks: list[Network] = []
        self.roles: list[Role] = []
        self.devices: list[Device] = []
        self.places: dict[str, str] = {}

    def add(self, read: Read) -> None:
        kind, why = kind_of(read)
        spoken = {family for each in read.rulesets for family in each.families}
        device = Device(
            read.name,
            read.exports,
            kind,
            why,
            is_told=_are_told(read.rulesets, kind)
            and not any(device == read.name for device, _ in self.answers.behind),
            silent=tuple(family for family in FAMILIES if family not in spoken),
        )
        if kind == "account":
            self._account(read)
        else:
            known = self._interfaces(read, is_between=kind == "between")
            device = replace(device, interfaces=tuple(known))
        if kind == "machine":
            device = replace(device, role=self._machine(read))
        self.devices.append(device)

    def _interfaces(self, read: Read, *, is_between: bool) -> Iterator[Interface]:
        links = [link for each in read.rulesets for link in each.links]
        named = {name for link in links for name in link.names}
        for link in links:
            yield self._interface(read.name, link.names, link, is_between=is_between)
        said = [name for device, name in self.answers.behind if device == read.name]
        more = [] if links else [name for name in names_in(read.rulesets) if is_real(name)]
        for name in dict.fromkeys((*more, *said)):
            if name not in named:
                yield self._interface(read.name, (name,), None, is_between=is_between)

    def _interface(
        self, device: str, names: tuple[str, ...], link: Link | None, *, is_between: bool
    ) -> Interface:
        said = next(
            (self.answers.behind[device, n] for n in names if (device, n) in self.answers.behind),
            None,
        )
        inside = link.addresses if link and not link.is_outside else Addresses()
        inside = said.addresses if said else inside
        is_outside = said.is_internet if said else bool(link and link.is_outside)
        its = Interface(names, addresses=inside, is_outside=is_outside)
        if not inside or not (is_between or said):
            return its
        called = ", ".join(names[1:])
        told = f"behind {names[0]}{f' ({called})' if called else ''} of {device}"
        # A config.xml has a name for the rules, that of the system, and perhaps one for people.
        network = self._network(
            names[-1] if len(names) > _TECHNICAL else names[0], inside, told, is_role=is_between
        )
        return replace(its, networks=(network,))

    def _network(self, name: str, addresses: Addresses, told: str, *, is_role: bool) -> str:
        """The name of the network with the addresses.

        Behind a firewall between networks it is a role too: what is open to it has to be allowed.
        """
        same = next((each.name for each in self.networks if each.addresses == addresses), "")
        if same:
            return same
        name = self._unique(name_for(name, "network"))
        self.networks.append(Network(name, addresses, told))
        if is_role:
            self.roles.append(Role(name, network=name))
        return name

    def _machine(self, read: Read) -> str:
        """The name of the role of the machine itself."""
        own = together(each.local for each in read.rulesets) - ON_LINK
        is_known = any(each.foreign for each in read.rulesets)
        name = self._unique(read.name)
        machines = (own,) if own and is_known else ()
        taken = self.answers.roles.get(name, ())
        self.roles.append(Role(name, machines, told="", taken=taken))
        return name

    def _account(self, read: Read) -> None:
        """The machines of an account, or its networks where they are too many to be listed."""
        known: dict[str, Addresses] = {}
        for each in read.rulesets:
            for name, addresses in each.networks:
                known[name] = known.get(name, Addresses()) | addresses
        for name, addresses in known.items():
            if not any(each.addresses == addresses for each in self.networks):
                told = f"in {read.name}"
                self.networks.append(Network(self._unique(name_for(name)), addresses, told))
        own: dict[str, list[RuleSet]] = {}
        for each in read.rulesets:
            if each.own:
                own.setdefault(each.machine or each.place, []).append(each)
        if len(own) > MACHINE_LIMIT:
            self._one_for_all(read, own)
            return
        for machine, its in own.items():
            name = self._unique(name_for(machine))
            addresses = together(each.own for each in its)
            taken = self.answers.roles.get(name, ())
            self.roles.append(Role(name, (addresses,), taken=taken))
            self.places |= {f"{read.name}/{each.place}": name for each in its}

    def _one_for_all(self, read: Read, own: Mapping[str, Iterable[RuleSet]]) -> None:
        every = together(each.own for its in own.values() for each in its)
        name = self._unique(read.name)
        told = f"{len(own)} machines: name those apart that need rules of their own"
        self.roles.append(Role(name, (every,), told=told))

    def _unique(self, name: str) -> str:
        taken = {*RESERVED, *(n.name for n in self.networks), *(r.name for r in self.roles)}
        number, found = 1, name
        while found in taken:
            number += 1
            found = f"{name}-{number}"
        return found


def _are_told(rulesets: Sequence[RuleSet], kind: Kind) -> bool:
    """Whether the exports tell by themselves what is behind a device's interfaces."""
    links = [link for each in rulesets for link in each.links]
    return (kind == "between" and any(map(tells_networks, rulesets))) or any(
        link.is_outside for link in links
    )

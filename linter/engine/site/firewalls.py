"""The firewalls of a site, each made ready once for one address family."""

from collections.abc import Mapping
from itertools import chain

from flowmodel.addresses import Addresses, together
from flowmodel.fields import Family
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, Site
from flowmodel.values import Values, full, is_subset, size, union
from linter.engine.budget import Budget
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import forwards, interface_names, listed, translation_targets
from linter.engine.device.program import Joins, everything, near, program
from linter.engine.packet.routing import Around, Own, leads_of
from linter.engine.sets.longlists import Lists
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Space
from linter.engine.site.exported import every_address, unprotected

LOOPBACK = Addresses(((0x7F000001, 0x7F000001),), ((1, 1),))


class Firewalls:
    """The rule sets of a site's devices in one space of so many nodes."""

    def __init__(
        self,
        site: Site,
        rulesets: Mapping[str, tuple[RuleSet, ...]],
        family: Family,
        room: int,
        budget: Budget,
        lists: Lists | None = None,
        joins: Joins | None = None,
    ) -> None:
        self.site = site
        self.family = family
        self.rulesets = {
            name: tuple(each for each in found if family in each.families)
            for name, found in rulesets.items()
        }
        self._targets = {
            name: translation_targets(found, family) for name, found in self.rulesets.items()
        }
        if lists is not None:
            lists.expect(listed(chain.from_iterable(self.rulesets.values())))
        shorter = None if any(self._targets.values()) else lists
        self.space = Space(family, interface_names(self.rulesets, site), room, shorter)
        routers = (each.local for each in site.devices if not each.is_machine)
        self.space.aside = Own(together(routers)).here(family)
        self.matcher = Matcher(self.space, budget.spend)
        self._budget = budget
        self._joins = joins or Joins()
        self._made: dict[tuple[str, str], Firewall] = {}
        self._forwards: dict[str, list[tuple[Values, Values]]] = {}

    def of(self, device: Device, beside: Values) -> Firewall | None:
        """The device's rule sets made ready; None where it has none for this family.

        `beside` are addresses that packets are asked about beside those of the site's flows.
        """
        name = device.name
        if device.key not in self._made:
            found = self.rulesets.get(name, ())
            if not found:
                return None
            # Sound: a rule is left out only if both its ends exclude every address that packets of
            # any question can have, as they were sent or behind a translation, here or before.
            targets = (interval for values in self._targets.values() for interval in values)
            asked = union((*self._close(), *beside, *targets, *LOOPBACK.of(self.family)))
            relevance = everything if self.is_unaddressed(device) else near(asked)
            self._made[device.key] = Firewall(
                found,
                self.matcher,
                program(relevance, self._joins),
                translates=bool(self._targets[name]),
                around=Around(
                    self._own(device),
                    device.foreign.of(self.family),
                    leads_of(found, self.family),
                ),
                here=Own(device.local).here(self.family),
                name=name,
                span=device.span,
                budget=self._budget,
            )
        return self._made[device.key]

    def is_unaddressed(self, device: Device) -> bool:
        """Whether a machine has rules for the family, and maybe nobody knows its addresses there.

        It may be the one of its role's machines that the site binds none of.
        """
        family, found = self.family, self.rulesets.get(device.name, ())
        told = (device.local, device.foreign)
        return (
            bool(device.roles and found)
            and (family == 4 or device.ipv6)
            and not any(each.of(family) for each in told)
            and not all(each.of(family) for each in device.machines or (device.own,))
            and not any(ruleset.own for ruleset in found)
        )

    def forwards(self, name: str) -> list[tuple[Values, Values]]:
        """For each rule of a device that sends packets elsewhere: from where at most, and where."""
        if name not in self._forwards:
            self._forwards[name] = forwards(self.rulesets.get(name, ()), self.family)
        return self._forwards[name]

    def kept(self, device: Device) -> Values:
        """What stays at the device if it is not translated.

        Its own addresses, as far as they are told, and the single addresses and prefixes that its
        rules send elsewhere.
        """
        return union(device.local.of(self.family) + self.forwarded(device))

    def forwarded(self, device: Device) -> Values:
        """The single addresses and prefixes that the device's rules send elsewhere."""
        every = full(len(self.space.fields["dst"]))
        found = [sent for sent, _ in self.forwards(device.name) if sent != every]
        return union(interval for sent_to in found for interval in sent_to)

    def _own(self, device: Device) -> Values:
        """The addresses that surely are a machine's own; of one that has them all, nobody knows."""
        own = (device.own | device.local).of(self.family)
        loopback = LOOPBACK.of(self.family)
        if device.own.of(self.family) == full(len(self.space.fields["src"])):
            return loopback
        return union(own + loopback)

    def _close(self) -> Values:
        """Addresses of which every packet of every question has one, at one end at least."""
        roles = [
            each
            for role in (*self.site.roles, *unprotected(self.site))
            for each in (role.addresses, role.public, role.beside, role.perhaps)
        ]
        close = union(i for addresses in roles for i in addresses.of(self.family))
        pairs = [pair for requirement in self.site.requirements for pair in requirement.ends]
        for ends in pairs:
            sides = [every_address(end).addresses | end.public for end in ends]
            values = [addresses.of(self.family) for addresses in sides]
            if not any(is_subset(each, close) for each in values):
                close = union(close + min(values, key=size))
        return close

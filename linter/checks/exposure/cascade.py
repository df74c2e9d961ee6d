"""Openings towards the product's machines, each with the first reason for which it is too broad.

One rule can be wrong in many ways, and who reads a report wants the way that says most: that the
administrators' port is open from the internet, not that some sources are too many. So each packet
of an opening is claimed once, by the first reason that holds for it, and what is left over goes on
to the next. The last reason takes whatever goes to a machine of the product, so that nothing that
the policies do not ask for passes in silence.
"""

from collections.abc import Callable, Iterator
from functools import cache

from flowmodel.fields import Family
from flowmodel.record import dataclass, field, replace
from flowmodel.site import End, Requirement
from flowmodel.values import Values, overlaps
from linter.checks.exposure.claims import Claim, Reason, Standing, claimed
from linter.checks.exposure.crossings import Crossing, crossings_in
from linter.checks.exposure.policies import Policies
from linter.checks.exposure.translated import arriving, as_translated
from linter.checks.exposure.weights import Weights
from linter.checks.subject import Subject
from linter.engine.budget import Budget
from linter.engine.device.openings import Opening, openings
from linter.engine.sets.space import PacketSet, minus


def inward(subject: Subject) -> Iterator[Claim]:
    """All claims on what is open towards the machines, in the order of crossings and rules.

    Raises TooComplexError where the openings are too many.
    """
    for family in subject.families:
        yield from subject.once(_inward, family)


def _inward(subject: Subject, family: Family) -> list[Claim]:
    found = crossings_in(subject, family)

    @cache
    def standing() -> list[Standing]:
        return list(_standing(found[0].policies))

    with subject.claims.question():
        return [
            claim
            for crossing in found
            for claim in _Cascade(crossing, standing, subject.claims).claims()
        ]


def _standing(policies: Policies) -> Iterator[Standing]:
    """The reasons that the policies alone give, the most telling ones first."""
    # Here, for each of these modules asks this one what all of them leave of an opening.
    from linter.checks.exposure import (
        fw202_source_too_broad,
        fw203_admin_port_from_internet,
        fw204_internal_port_exposed,
        fw209_other_protocol_open,
        fw211_wrong_address_of_the_role,
        fw213_left_over_opening,
        fw214_old_port_still_open,
    )

    yield from fw203_admin_port_from_internet.reasons(policies)
    yield from fw213_left_over_opening.reasons(policies)
    yield from fw202_source_too_broad.reasons(policies)
    yield from fw211_wrong_address_of_the_role.reasons(policies)
    yield from fw204_internal_port_exposed.reasons(policies)
    yield from fw214_old_port_still_open.reasons(policies)
    yield from fw209_other_protocol_open.reasons(policies)


@dataclass(frozen=True, slots=True)
class _Cascade:
    """The reasons at one crossing."""

    crossing: Crossing
    standing: Callable[[], list[Standing]]
    """The reasons that the policies alone give, which are worked out for the first opening."""
    budget: Budget
    fitting: dict[Values, list[Standing]] = field(default_factory=dict)
    arriving: dict[str, PacketSet] = field(default_factory=dict)
    here: dict[int, Reason] = field(default_factory=dict)
    """The standing reasons at this crossing: they are the same for every opening."""

    def claims(self) -> Iterator[Claim]:
        """The claims on every opening, in the order of the rules."""
        yield from self._between_networks()
        weights = Weights(self.crossing.policies, self.crossing.answered)
        for opening in openings(self.crossing.answered.answer, self._excess()):
            self.budget.spend()
            yield from weights.weighed(self._claims(opening), opening.packets)

    def _between_networks(self) -> Iterator[Claim]:
        """What permits everything between networks of which no role says what is in them."""
        from linter.checks.exposure.fw201_permits_everything import reasons

        crossing = self.crossing
        asked = crossing.union(crossing.question.networks) & crossing.possible
        excess = minus(asked, crossing.permitted | crossing.forbidden)
        for opening in openings(crossing.answered.answer, excess):
            for reason in reasons(crossing, opening):
                yield claimed(reason, crossing, opening)

    def _excess(self) -> PacketSet:
        """The packets towards the machines that pass, and that nobody permits or forbids.

        What is forbidden is FW212, whatever else might be said of it.
        """
        crossing = self.crossing
        asked = crossing.union(crossing.question.inward)
        unpermitted = crossing.elsewhere.unpermitted
        # What may not be sent to a public address looks no better behind the translation.
        permitted = minus(crossing.permitted, unpermitted)
        permitted |= minus(as_translated(crossing.answered, permitted), unpermitted)
        direct = minus(crossing.possible & asked, permitted)
        return minus(direct | self._forwarded(), crossing.forbidden)

    def _claims(self, opening: Opening) -> Iterator[Claim]:
        """The claims of the reasons, each on what those before it left over."""
        empty = self.crossing.policies.space.false
        rest = opening.packets
        for reason in self._reasons(opening):
            # Nothing is taken from the rest that is not claimed: what a check has no words for
            # reaches FW205.
            found = rest & reason.packets
            if reason.only_with is not None and found & reason.only_with == empty:
                continue
            if found != empty:
                rest = minus(rest, found)
                yield Claim(reason, self.crossing, found, opening.rule)
            if rest == empty:
                return

    def _reasons(self, opening: Opening) -> Iterator[Reason]:
        """All reasons for which this opening may be too broad, the most telling ones first."""
        from linter.checks.exposure import (
            fw201_permits_everything,
            fw205_undeclared_opening,
            fw206_port_range_too_broad,
        )

        yield from fw201_permits_everything.reasons(self.crossing, opening)
        for standing in self._fitting(opening.ports):
            yield self._here(standing)
        for reason in fw206_port_range_too_broad.reasons(self.crossing, opening):
            yield self._at_its_own(reason)
        yield from fw205_undeclared_opening.reasons(self.crossing)

    def _fitting(self, ports: Values) -> list[Standing]:
        """The standing reasons that a rule for these ports can give."""
        if ports not in self.fitting:
            self.fitting[ports] = [each for each in self.standing() if overlaps(each.ports, ports)]
        return self.fitting[ports]

    def _here(self, standing: Standing) -> Reason:
        if id(standing) not in self.here:
            self.here[id(standing)] = self._worked_out(standing)
        return self.here[id(standing)]

    def _worked_out(self, standing: Standing) -> Reason:
        """The reason, with what a device here sends on to the port of its flow."""
        reason = self._at_its_own(standing.reason)
        if not standing.is_anywhere or reason.requirement is None:
            return reason
        return replace(reason, packets=reason.packets | self._arriving(reason.requirement))

    def _at_its_own(self, reason: Reason) -> Reason:
        """The reason, without what a translation sends from the machine that it names to others."""
        flow = reason.requirement
        gone = self.crossing.elsewhere.gone(end for _, end in (flow.ends if flow else ()))
        return replace(reason, packets=minus(reason.packets, gone))

    def _arriving(self, flow: Requirement) -> PacketSet:
        """The packets from the internet that a translation sends to a flow's machine and port."""
        policies = self.crossing.policies
        if flow.name not in self.arriving:
            ends = {id(end): end for _, end in flow.ends}.values()
            found = policies.space.union(
                arriving(self.crossing.answered, end, flow.services) for end in ends
            )
            self.arriving[flow.name] = found & policies.internet()
        return self.arriving[flow.name]

    def _forwarded(self) -> PacketSet:
        """What a translation here sends to a role, though it was sent to none of its addresses.

        A flow that is permitted to the role is so to any address, with the port that it has.
        """
        policies, answered = self.crossing.policies, self.crossing.answered
        space = policies.space
        parts = self.crossing.question.forwarded
        if not parts:
            return space.false
        roles: list[End] = list({id(p.destination): p.destination for p in parts}.values())
        if answered.question.crossing.device.is_machine:
            # It may hand on what comes to it to any other one; about routers, each way asks.
            roles = list(policies.site.roles)
        found = self.crossing.union(parts) & space.union(arriving(answered, r) for r in roles)
        permitted = space.union(
            policies.from_end(source)
            & policies.services(flow.services)
            & arriving(answered, end, flow.services)
            for flow in policies.active
            for source, end in flow.ends
        )
        # Who may connect to the internet may not to a machine here by its public address.
        named = space.union(
            policies.from_end(source) & policies.sent_to(end, flow.services)
            for flow in policies.active
            for source, end in flow.ends
            if end.kind != "internet"
        )
        named = minus(named, self.crossing.elsewhere.unpermitted)
        return minus(found & self.crossing.possible, permitted | named)

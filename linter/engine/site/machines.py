"""Which machines of an export with many (AWS) a site speaks of: each becomes a device."""

from collections.abc import Iterator, Sequence

from flowmodel.addresses import Addresses, together
from flowmodel.fields import FAMILIES
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, End, Site
from flowmodel.source import InputError
from flowmodel.values import size

_FEW = 64
"""An end with more addresses is a network, of which not every machine takes part in a flow."""


def machines_of(
    device: Device, found: tuple[RuleSet, ...], site: Site
) -> Iterator[tuple[Device, tuple[RuleSet, ...]]]:
    """One device for each place that has a role's address, or is at a machine that has one.

    And one for each place of another end of a flow, which is asked about that flow alone.
    Raises InputError where a role is at none of them, or an end at two.
    """
    here = [role for role in site.roles if not device.roles or role.name in device.roles]
    names = {ruleset.place: _names(ruleset, here) for ruleset in found}
    _check_one_has_each([ruleset for ruleset in found if names[ruleset.place]], device, here)
    _check_all_are_there(device, [each for each in found if names[each.place]], here)
    of_machine: dict[str, tuple[str, ...]] = {}
    for ruleset in found:
        its = (*of_machine.get(ruleset.machine, ()), *names[ruleset.place])
        of_machine[ruleset.machine] = tuple(dict.fromkeys(its))
    ends = () if device.roles else tuple(_ends(site))
    asked = together(end.addresses for end in ends)
    others: list[RuleSet] = []
    taken = False
    for ruleset in found:
        roles = names[ruleset.place] or (of_machine[ruleset.machine] if ruleset.machine else ())
        if not roles:
            if not asked & ruleset.own:
                continue
            others.append(ruleset)
        taken = True
        its_name = f"{device.name}/{ruleset.place}"
        yield replace(device, name=its_name, roles=roles, own=ruleset.own), (ruleset,)
    _check_one_has_each(others, device, [end for end in ends if _is_few(end.addresses)])
    if not taken:
        message = f"no network interface in the exports of `{device.name}` has a role's address"
        raise InputError(message, device.span)


def _names(ruleset: RuleSet, roles: Sequence[End]) -> tuple[str, ...]:
    return tuple(role.name for role in roles if role.addresses & ruleset.own)


def _ends(site: Site) -> Iterator[End]:
    """The ends of flows that are at machines: few addresses, and whatever must not be reached."""
    for flow in site.requirements:
        if flow.inactive_because:
            continue
        for source, destination in flow.ends:
            for end in (source, destination):
                is_forbidden = flow.need == "never" and end is destination
                if end.kind in ("role", "peer") and (is_forbidden or _is_few(end.addresses)):
                    yield end


def _is_few(addresses: Addresses) -> bool:
    return all(size(addresses.of(family)) <= _FEW for family in FAMILIES)


def _check_one_has_each(taken: Sequence[RuleSet], device: Device, ends: Sequence[End]) -> None:
    """Raises InputError where two places have an address of an end: they are in two VPCs."""
    for end in ends:
        rest = end.addresses
        for ruleset in taken:
            its = end.addresses & ruleset.own
            if its != (rest & ruleset.own):
                twin = next(each.place for each in taken if each.own & its)
                message = (
                    f"{twin} and {ruleset.place} in the exports of `{device.name}` share an "
                    f"address of {end.name}: export only the VPC that you mean"
                )
                raise InputError(message, device.span)
            rest = rest - ruleset.own


def _check_all_are_there(device: Device, taken: Sequence[RuleSet], roles: Sequence[End]) -> None:
    """Raises InputError where the exports have no place for a role that must be there."""
    own = together(ruleset.own for ruleset in taken)
    for role in roles:
        if role.addresses - own and (device.roles or len(roles) == 1):
            message = (
                f"no network interface in the exports of `{device.name}` has the address of "
                f"{role.name}: bind it to the private address, or name `groups:` and `acl:`"
            )
            raise InputError(message, device.span)

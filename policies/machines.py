"""The machines behind the names of roles: a role may have several, each with its own firewall."""

from collections.abc import Iterator, Sequence
from itertools import product, starmap
from operator import or_

from flowmodel.addresses import MACHINE_LIMIT, Addresses, machines, together
from flowmodel.record import replace
from flowmodel.site import End, of_role
from flowmodel.values import size
from policies.addresses import NOWHERE


def machines_of(roles: Sequence[End]) -> tuple[Addresses, ...]:
    """The addresses of each machine at which a firewall may stand that has all these roles.

    One where a role tells it. Of roles that have none in common it is a machine of each, and nobody
    says which of them go together. Nothing where they are too many to be told apart.
    """
    by_name: dict[str, list[End]] = {}
    for role in roles:
        by_name.setdefault(role.name, []).append(role)
    told = together(e.addresses for e in map(_alone, by_name.values()) if e is not None)
    open_ = [
        ends
        for ends in by_name.values()
        if _alone(ends) is None and not any(end.addresses & told for end in ends)
    ]
    if not open_:
        return (told,) if told else ()
    found = of_role(open_[0])
    for ends in open_[1:]:
        others = of_role(ends)
        common = tuple(
            one | together(each for each in others if each & one)
            for one in found
            if any(each & one for each in others)
        )
        is_few = len(found) * len(others) <= MACHINE_LIMIT
        found = common or (tuple(starmap(or_, product(found, others))) if is_few else ())
    return tuple(told | one for one in found)


def _alone(ends: Sequence[End]) -> End | None:
    """The one machine of a role; None where it has several."""
    return ends[0] if len(ends) == 1 and ends[0].is_one_machine else None


def machines_at(roles: Sequence[End], addresses: Addresses) -> tuple[Addresses, ...]:
    """The machines that have these addresses: one, or one for each that it may have besides.

    In a family in which nobody says which address of the roles it has, it may have any of them. A
    role that is bound machine by machine says it. Of a role none of whose addresses is among these
    (`db.outside`, where one of `db.inside` says which machine it is), it is any machine; of one
    with too many of them none, so that FW113 tells them.
    """
    said = {role.name for role in roles if role.addresses & addresses}
    found = _machines_at([role for role in roles if role.name in said], addresses)
    others = machines_of([role for role in roles if role.name not in said])
    if not others or len(found) * len(others) > MACHINE_LIMIT:
        return found
    return tuple(starmap(or_, product(found, others)))


def _machines_at(roles: Sequence[End], addresses: Addresses) -> tuple[Addresses, ...]:
    """The same for roles that have some of the addresses."""
    mine = [role for role in roles if role.is_one_machine and role.addresses & addresses]
    own = together((addresses, *(role.addresses for role in mine)))
    told = {role.name for role in mine}
    others = together(role.addresses for role in roles if role.name not in told)
    open_ = Addresses(() if own.v4 else others.v4, () if own.v6 else others.v6)
    found = tuple(own | each for each in machines(open_))
    # Where there are fewer of them than machines, it may have none.
    is_short = size(open_.v4) + size(open_.v6) < max(size(others.v4), size(others.v6))
    return (own, *found) if is_short or not found else found


def pairs_apart(end: End) -> Iterator[tuple[End, End]]:
    """The pairs of a role's machines with each other; a machine is no peer of itself.

    Past 64 machines the one pair of the role with itself stands for them.
    """
    both = end.addresses
    if end.is_machine:
        return
    if both and not machines(both):
        yield end, end
    for family in (Addresses(v4=both.v4), Addresses(v6=both.v6)):
        for one in machines(both) and machines(family):
            yield from _apart(end, one, family - one)


def _apart(end: End, one: Addresses, others: Addresses) -> Iterator[tuple[End, End]]:
    if others:
        inside = replace(end, public=NOWHERE)
        yield (
            replace(inside, addresses=one, wide=one),
            replace(inside, addresses=others, wide=others),
        )

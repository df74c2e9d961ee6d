"""The machines behind the names of roles: a role may have several, each with its own firewall."""

from collections.abc import Iterator, Sequence

from flowmodel.addresses import Addresses, machines, together
from flowmodel.record import replace
from flowmodel.site import End
from flowmodel.values import size
from policies.addresses import NOWHERE


def is_one_machine(end: End) -> bool:
    """Whether the end has at most one address of each family."""
    return _is_one(end.addresses)


def _is_one(addresses: Addresses) -> bool:
    return size(addresses.v4) <= 1 and size(addresses.v6) <= 1


def machines_of(roles: Sequence[End]) -> tuple[Addresses, ...]:
    """The addresses of each machine at which a firewall may stand that has all these roles.

    One where a role tells it; nothing where the machines are too many, or the roles have none in
    common, so that they are not told apart.
    """
    by_name: dict[str, Addresses] = {}
    for role in roles:
        by_name[role.name] = by_name.get(role.name, NOWHERE) | role.addresses
    told = together(each for each in by_name.values() if _is_one(each))
    open_ = [each for each in by_name.values() if not _is_one(each) and not each & told]
    if not open_:
        return (told,) if told else ()
    common = open_[0]
    for addresses in open_[1:]:
        common = common & addresses
    return tuple(told | machine for machine in machines(common))


def machines_at(roles: Sequence[End], addresses: Addresses) -> tuple[Addresses, ...]:
    """The machines that have these addresses: one, or one for each that it may have besides.

    In a family in which nobody says which address of the roles it has, it may have any of them. A
    role that is bound machine by machine says it.
    """
    mine = [role for role in roles if is_one_machine(role) and role.addresses & addresses]
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

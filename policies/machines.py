"""The machines behind the names of roles: a role may have several, each with its own firewall."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from flowmodel.addresses import Addresses, together
from flowmodel.record import replace
from flowmodel.site import End
from flowmodel.values import Values, difference, size
from policies.addresses import NOWHERE

_MANY: Final = 64
"""Past so many machines a role is a network, whose machines are not told apart."""


def is_one_machine(end: End) -> bool:
    """Whether the end has at most one address of each family."""
    return size(end.addresses.v4) <= 1 and size(end.addresses.v6) <= 1


def machines_of(roles: Sequence[End]) -> tuple[Addresses, ...]:
    """The addresses of each machine at which a firewall may stand that has all these roles.

    One where a role tells it; nothing where the machines are too many, or the roles have none in
    common, so that they are not told apart.
    """
    told = together(role.addresses for role in roles if is_one_machine(role))
    open_ = [r.addresses for r in roles if not is_one_machine(r) and not r.addresses & told]
    if not open_:
        return (told,) if told else ()
    common = open_[0]
    for addresses in open_[1:]:
        common = common & addresses
    if size(common.v4) + size(common.v6) > _MANY:
        return ()
    return tuple(told | machine for machine in _each(common))


def pairs_apart(end: End) -> Iterator[tuple[End, End]]:
    """The pairs of a role's machines with each other; a machine is no peer of itself.

    Past 64 machines the one pair of the role with itself stands for them.
    """
    both = end.addresses
    if size(both.v4) + size(both.v6) > _MANY:
        yield end, end
        return
    for one in _singles(both.v4):
        yield from _apart(end, Addresses(v4=one), Addresses(v4=difference(both.v4, one)))
    for one in _singles(both.v6):
        yield from _apart(end, Addresses(v6=one), Addresses(v6=difference(both.v6, one)))


def _each(several: Addresses) -> Iterator[Addresses]:
    """One machine for each address of a family, the first of both families together, and so on."""
    for v4, v6 in zip_longest(_singles(several.v4), _singles(several.v6), fillvalue=()):
        yield Addresses(v4, v6)


def _singles(values: Values) -> Iterator[Values]:
    for first, last in values:
        for value in range(first, last + 1):
            yield ((value, value),)


def _apart(end: End, one: Addresses, others: Addresses) -> Iterator[tuple[End, End]]:
    if others:
        inside = replace(end, public=NOWHERE)
        yield (
            replace(inside, addresses=one, wide=one),
            replace(inside, addresses=others, wide=others),
        )

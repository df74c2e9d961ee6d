"""Mistakes of the kinds that people make, planted into a site that is right."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from tests.oracles.site import mistakes_closed, mistakes_open
from tests.oracles.site.changes import Planted
from tests.oracles.site.plan import Plan


def plant(random: Random, plan: Plan, kinds: list[str]) -> Plan:
    """The plan with one mistake of one of the kinds, or as it is where none fits."""
    for kind in sorted(kinds, key=lambda kind: random.random() * (1 if kind in RARE else 2)):
        choices = list(KINDS[kind](random, plan))
        if choices:
            return plan.with_firewall(*random.choice(choices))
    return plan


KINDS: Final[dict[str, Callable[[Random, Plan], Iterator[Planted]]]] = {
    one.__name__: one
    for one in (
        mistakes_closed.missing_accept,
        mistakes_closed.wrong_port,
        mistakes_closed.few_client_ports,
        mistakes_closed.other_protocol,
        mistakes_closed.machine_for_group,
        mistakes_closed.dropped_before,
        mistakes_closed.mesh_forgotten,
        mistakes_closed.closed_replies,
        mistakes_closed.wrong_public,
        mistakes_closed.wrong_inside,
        mistakes_closed.wrong_inside_port,
        mistakes_closed.inside_port_outside,
        mistakes_closed.swapped_forwards,
        mistakes_closed.one_machine_twice,
        mistakes_open.opened_port,
        mistakes_open.trusted_source_port,
        mistakes_open.open_protocol,
        mistakes_open.out_of_date,
        mistakes_open.everybody,
        mistakes_open.wide_range,
        mistakes_open.wide_target,
        mistakes_open.trusted_interface,
        mistakes_open.policy_accept,
        mistakes_open.ipv6_open,
        mistakes_open.forbidden_open,
        mistakes_open.public_from_inside,
        mistakes_closed.neighbours_dropped,
        mistakes_closed.ipv6_disabled,
        mistakes_closed.mtu_errors_dropped,
    )
}
"""The kinds of mistakes by name."""
OPENING: Final = frozenset(
    name for name, one in KINDS.items() if one.__module__ == mistakes_open.__name__
)
"""Kinds that open what nobody asked for."""
RARE: Final = frozenset(
    {
        "wrong_public",
        "wrong_inside",
        "wrong_inside_port",
        "inside_port_outside",
        "swapped_forwards",
        "one_machine_twice",
        "public_from_inside",
        "mesh_forgotten",
        "forbidden_open",
        "other_protocol",
        "out_of_date",
        "machine_for_group",
    }
)
"""Kinds that few sites can have; those that can, have them more often."""
CONSTRUCTED: Final = frozenset(
    {
        "few_client_ports",
        "other_protocol",
        "trusted_source_port",
        "open_protocol",
        "out_of_date",
        "machine_for_group",
    }
)
"""Kinds that other formats are not asked about."""

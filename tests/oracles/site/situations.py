"""What some sites have besides a policy, its rules and a mistake; each kind by its feature.

`formats.py` has them in the formats that can say them. pfSense: what routers lead astray, and whom
they trust, but no redirect to whatever address it has. AWS: whom machines trust, as security groups
translate nothing. What machines translate themselves is said in Linux's formats alone.
"""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.oracles.site import apart, private, translating
from tests.oracles.site.plan import Flow, Plan
from tests.oracles.site.site_files import APART
from tests.oracles.site.topology import Topology

EVERYWHERE: Final = "everywhere"
"""With this beside the features, all sites have those of the kinds that they can have."""
_SHARE: Final = 0.12
_WANT: Final[dict[str, Callable[[Random, Topology, tuple[Flow, ...]], tuple[Flow, ...]]]] = {
    "private_senders": private.forbidden_outside,
    "told_apart": apart.to_one_machine,
}
_CHANGE: Final[dict[str, Callable[[Random, Plan], Plan]]] = {
    "redirects": translating.redirected,
    "handed_on": translating.handed_on,
    "split_publics": translating.split,
    "led_astray": translating.led_astray,
    "private_senders": private.trusted,
}
KINDS: Final = tuple(dict.fromkeys((*_WANT, *_CHANGE)))


def chosen(seed: int, features: frozenset[str]) -> tuple[str, ...]:
    """The kinds that the site of a seed has."""
    share = 1 if EVERYWHERE in features else _SHARE
    return tuple(k for k in KINDS if k in features and Random(f"{seed} has {k}").random() < share)


def with_flows(
    seed: int, kinds: tuple[str, ...], site: Topology, flows: tuple[Flow, ...]
) -> tuple[Flow, ...]:
    """The flows, with those that belong to the kinds."""
    for kind in kinds:
        if kind in _WANT:
            flows = _WANT[kind](Random(f"{seed} wants {kind}"), site, flows)
    return flows


def written(seed: int, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """How the site file says what belongs to the kinds."""
    ways = APART if "told_apart" in kinds else ()
    return tuple(one for one in ways if Random(f"{seed}{one}").random() < 0.5)


def changed(seed: int, kinds: tuple[str, ...], plan: Plan) -> Plan:
    """The plan, with what the kinds change of its firewalls."""
    for kind in kinds:
        if kind in _CHANGE:
            plan = _CHANGE[kind](Random(f"{seed} changes {kind}"), plan)
    return plan

"""Which devices filter one address family and not the other."""

from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.match import IsFamily
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet
from flowmodel.site import Device
from flowmodel.verdict import Denial, Drop
from linter.checks.rulebase.tools import is_for_networks, is_networks_rule
from linter.checks.subject import Subject


@dataclass(frozen=True, slots=True)
class Unfiltered:
    """A device that filters IPv4 alone, the first chain that does, and what is told of IPv6."""

    device: Device
    filters: Chain
    is_told: bool
    """Whether some export of the device speaks about IPv6 at all."""


def unfiltered(subject: Subject) -> list[Unfiltered]:
    """The devices whose exports filter IPv4 alone, and which have IPv6."""
    return subject.once(_unfiltered)


def _unfiltered(subject: Subject) -> list[Unfiltered]:
    devices: list[Unfiltered] = []
    for device in subject.site.devices:
        found = subject.rulesets.get(device.name, ())
        first = next(_filters(found, 4), None)
        if first is None or not device.ipv6 or next(_filters(found, 6), None) is not None:
            continue
        is_told = any(6 in ruleset.families for ruleset in found)
        devices.append(Unfiltered(device, first, is_told))
    return devices


def _filters(rulesets: tuple[RuleSet, ...], family: Family) -> Iterator[Chain]:
    """The base chains that drop packets of a family, whoever's they are.

    What tools such as Docker drop about networks of their own filters nothing for anybody else.
    """
    for ruleset in rulesets:
        for table in ruleset.tables:
            if family not in table.families:
                continue
            drops = any(
                isinstance(rule.verdict, Denial)
                and not _is_of_another(rule, family)
                and not is_for_networks(table, chain)
                for chain in table.chains.values()
                for rule in chain.rules
            )
            for chain in table.chains.values():
                if _is_filter(chain) and (drops or _drops_by_default(chain)):
                    yield chain


def _is_of_another(rule: Rule, family: Family) -> bool:
    """Whether the rule tests for the other family, in a table that sees both."""
    return any(isinstance(each, IsFamily) and each.family != family for each in rule.match)


def _is_filter(chain: Chain) -> bool:
    base = chain.base
    return base is not None and base.judges in ({"input"}, {"forward"})


def _drops_by_default(chain: Chain) -> bool:
    """Whether the default policy drops; Docker sets it for what is forwarded."""
    is_tools = chain.rules and all(map(is_networks_rule, chain.rules))
    is_forward = chain.base is not None and chain.base.judges == {"forward"}
    return isinstance(chain.end, Drop) and not (is_forward and is_tools)

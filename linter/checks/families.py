"""IPv4 is filtered and IPv6 is not: FW401."""

from collections.abc import Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.finding import Finding
from flowmodel.match import IsFamily
from flowmodel.ruleset import Chain, Rule, RuleSet
from flowmodel.site import Site
from flowmodel.verdict import Drop, Reject


def check(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> Iterator[Finding]:
    """One finding for each device whose exports filter IPv4 alone."""
    for device in site.devices:
        found = rulesets.get(device.name, ())
        first = next(_filters(found, 4), None)
        if first is None or not device.ipv6 or next(_filters(found, 6), None) is not None:
            continue
        told = any(6 in ruleset.families for ruleset in found)
        what = "rule" if told else "export"
        reason = "the exports say nothing about IPv6; give the device's IPv6 export too"
        yield Finding(
            check="FW401",
            level="error",
            certainty="certain" if told else "possible",
            message=f"IPv4 is filtered on {device.name}, and no {what} filters IPv6",
            span=first.span,
            label="this filters IPv4",
            device=device.name,
            remedy="filter IPv6 as well, or say `ipv6: no` where the device has it switched off",
            reasons=() if told else (reason,),
            key=("FW401", device.name),
        )


def _filters(rulesets: tuple[RuleSet, ...], family: Family) -> Iterator[Chain]:
    """The base chains that drop packets of a family."""
    for ruleset in rulesets:
        for table in ruleset.tables:
            if family not in table.families:
                continue
            drops = any(
                isinstance(rule.verdict, Drop | Reject) and not _is_of_another(rule, family)
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
    return isinstance(chain.end, Drop)

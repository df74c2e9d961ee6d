"""A plan in the words that all formats have: what some take together, in single rules.

A finding is about one rule, so a site gives the same findings in two formats only where both have
the same rules: each from one prefix to one prefix, in one family, and no two alike.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from itertools import product
from typing import Final

from tests.oracles.site.plan import (
    INTERNET,
    Address,
    Chain,
    Family,
    Firewall,
    Forward,
    Plan,
    Prefix,
    Router,
    Rule,
    SourceNat,
)
from tests.oracles.site.routes import crossings

PORT_ZERO: Final = tuple(
    Rule("drop", proto=proto, family=family, ports=ports, from_ports=None if ports else (0, 0))
    for family in (4, 6)
    for ports in (None, (0, 0))
    for proto in ("tcp", "udp")
)
"""What pfSense drops by itself: filter.inc, filter_rules_generate, "port 0"."""
CARP: Final = 112
"""What pfSense never translates: filter.inc, filter_nat_rules_generate, "no rdr proto carp"."""
ALL_PORTS: Final = (1, 65535)
"""Of these pfSense makes no condition: filter.inc, filter_generate_port."""

Gate = IPv4Interface | IPv6Interface


def plain(plan: Plan) -> Plan:
    """The plan with single rules; each router drops by rules what pfSense drops by itself."""
    firewalls = tuple(_plain(one, plan) for one in plan.firewalls)
    return replace(plan, firewalls=firewalls)


def gates(plan: Plan, router: Router) -> dict[str, list[Gate]]:
    """The addresses of a router's interfaces: those that the built site has."""
    taken = {a for m in plan.machines for a in m.every} | {one.address for one in plan.publics}
    link = 0
    found: dict[str, list[Gate]] = {}
    for each in plan.routers:
        for name, network in each.interfaces:
            if network == INTERNET:
                link += 1
                own = [ip_interface(f"198.18.{link}.2/30"), ip_interface(f"2a01:fff:{link}::2/64")]
            else:
                own = [_free(prefix, taken) for prefix in _prefixes(network, plan)]
                taken |= {one.ip for one in own}
            if each == router:
                found[name] = own
    return found


def _prefixes(network: str, plan: Plan) -> tuple[Prefix, ...]:
    return next(one.prefixes for one in plan.networks if one.name == network)


def _free(prefix: Prefix, taken: set[Address]) -> Gate:
    address = next(prefix[step] for step in range(1, 100) if prefix[step] not in taken)
    return ip_interface(f"{address}/{prefix.prefixlen}")


def _plain(firewall: Firewall, plan: Plan) -> Firewall:
    router = next((one for one in plan.routers if one.name == firewall.device), None)
    own = PORT_ZERO if router else ()
    forward = firewall.forward
    if router:
        forward = replace(forward, rules=tuple(_without_outs(forward.rules, plan, router)))
    forward = replace(forward, rules=(*own, *forward.rules))
    return replace(
        firewall,
        dialect="iptables",
        untranslated=(CARP,) if router else (),
        forwards=tuple(_forwards(firewall, router)) if router else firewall.forwards,
        source_nats=tuple(_source_nats(firewall, plan, router)) if router else firewall.source_nats,
        input=_single(firewall.input, firewall.families),
        output=_single(firewall.output, firewall.families),
        forward=_single(forward, firewall.families),
    )


def _single(chain: Chain, families: tuple[Family, ...]) -> Chain:
    rules = (each for rule in chain.rules for each in _split(rule, families))
    return replace(chain, rules=tuple(dict.fromkeys(rules)))


def _split(rule: Rule, families: tuple[Family, ...]) -> Iterator[Rule]:
    rule = replace(rule, ports=None if rule.ports == ALL_PORTS else rule.ports)
    if rule.translated:  # nothing is translated in IPv6
        families = (4,)
    for family in families:
        if rule.family in (None, family):
            sources, targets = (_of(one, family) for one in (rule.sources, rule.targets))
            for source, target in product(sources, targets):
                yield replace(rule, sources=source, targets=target, family=family, flow="")


def _of(prefixes: tuple[Prefix, ...], family: Family) -> list[tuple[Prefix, ...]]:
    return [(one,) for one in prefixes if one.version == family] if prefixes else [()]


def _forwards(firewall: Firewall, router: Router) -> Iterator[Forward]:
    for one in firewall.forwards:
        for name, _ in router.interfaces:
            if one.in_name in ("", name):
                yield replace(one, in_name=name)


def _source_nats(firewall: Firewall, plan: Plan, router: Router) -> Iterator[SourceNat]:
    """Each by one interface, and to an address: which one is masked as, not all formats hide."""
    own = gates(plan, router)
    for one in firewall.source_nats:
        for name, _ in router.interfaces:
            to = next((each.ip for each in own[name] if isinstance(each, IPv4Interface)), None)
            if one.out_name in ("", name) and to:
                for source, target in product(_of(one.sources, 4), _of(one.targets, 4)):
                    yield SourceNat(source, target, name, one.to or to)


def _without_outs(rules: tuple[Rule, ...], plan: Plan, router: Router) -> Iterator[Rule]:
    """The rules; those that ask for the way out do not where routes leave no other way."""
    done: set[Rule] = set()
    for index, rule in enumerate(rules):
        alike = [one for one in rules if replace(one, out_name=rule.out_name) == rule]
        if not rule.out_name or outs(rule, rules[:index], plan, router) - {
            one.out_name for one in alike
        }:
            yield rule
        elif not done & {*alike}:
            done |= {*alike}
            yield replace(rule, out_name="")


def outs(rule: Rule, before: tuple[Rule, ...], plan: Plan, router: Router) -> set[str]:
    """The interfaces by which packets of a rule, that none before it drops, may leave."""
    all_places = [INTERNET, *(one.name for one in plan.networks)]
    if rule.targets:
        ends = {plan.network_of(one[0]) for one in rule.targets}
    else:
        dropped = [p for one in before if one == Rule("drop", targets=one.targets)
                   for p in one.targets]  # fmt: skip
        ends = {
            name
            for name in all_places
            if name == INTERNET or not {*_prefixes(name, plan)} <= {*dropped}
        }
    return {
        hop.far
        for start in all_places
        for end in ends
        for hop in crossings(plan, start, end)
        if hop.router == router and rule.in_name in ("", hop.near)
    }

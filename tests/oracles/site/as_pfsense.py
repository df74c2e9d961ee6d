"""A planned router as the `config.xml` of a pfSense, where its rules can be said there."""

from ipaddress import IPv4Interface
from itertools import pairwise
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import add, entry, written
from tests.oracles.site.changes import chain_of
from tests.oracles.site.plain import PORT_ZERO, gates
from tests.oracles.site.plan import (
    INTERNET,
    Address,
    Chain,
    Firewall,
    Forward,
    Network,
    Plan,
    Prefix,
    Router,
    Rule,
    SourceNat,
)
from tests.oracles.site.routes import Hop, way

VERSION = "24.0"


def unsaid(firewall: Firewall, plan: Plan) -> str:
    """Why pfSense cannot say the rules of a plain firewall; empty where it can."""
    drops = False
    for rule in firewall.forward.rules:
        if rule.out_name:
            return "a rule that asks for the way out, which routes leave open"
        if rule.translated and drops:
            return "what is let in because it was translated, behind a drop"
        if rule.translated and any(nat.targets for nat in firewall.source_nats):
            # `rdr pass` asks no rule, not even that about port 0, which source NAT then changes.
            return "what is let in because it was translated, and its source is too"
        drops |= rule.verdict == "drop" and rule not in PORT_ZERO
    tests = {
        "the firewall of a machine": bool(firewall.machine),
        "replies that no rule lets through": not chain_of(firewall).established,
        "IPv6 that it does not filter": firewall.families == (4,) and firewall.ipv6,
        # pfSense has rules that block it, where a site says that there is none (FW506).
        "IPv6 that is switched off": not firewall.ipv6 and any(map(_has_ipv6, plan.networks)),
        "neighbour discovery that it drops": 6 in firewall.families and not firewall.neighbours,
        # A port forward of pfSense has one target (filter.inc, filter_generate_port_forwards).
        "a redirect to whatever address it has": any(one.is_redirect for one in firewall.forwards),
        "rules about packets for itself": (firewall.input, firewall.output)
        != (Chain(), Chain(policy="accept")),
    }
    return next((reason for reason, holds in tests.items() if holds), "")


def _has_ipv6(network: Network) -> bool:
    return any(one.version == 6 for one in network.prefixes)


def exports(firewall: Firewall, plan: Plan) -> dict[str, str]:
    """The one file of the export."""
    router = next(one for one in plan.routers if one.name == firewall.device)
    return {"xml": written(_config(firewall, plan, router))}


def _config(firewall: Firewall, plan: Plan, router: Router) -> Element:
    root = Element("pfsense")
    add(root, "version", VERSION)
    add(root, "system/hostname", router.name)
    if firewall.ipv6:
        add(root, "system/ipv6allow")
    add(root, "system/no_apipa_block")
    add(root, "system/disablenatreflection", "yes")
    add(root, "system/webgui/noantilockout")
    ids = {name: f"opt{number - 1}" for number, (name, _) in enumerate(router.interfaces)}
    ids |= dict(zip(ids, ("wan", "lan"), strict=False))
    _interfaces(root, firewall, plan, router, ids)
    _rules(root, firewall, ids)
    _translations(root, firewall, ids)
    return root


def _interfaces(
    root: Element, firewall: Firewall, plan: Plan, router: Router, ids: dict[str, str]
) -> None:
    own = gates(plan, router)
    beyond = _gateways(plan, router)
    for name, id_ in ids.items():
        values = {"enable": "", "if": name, "descr": name.upper()}
        for one in own[name]:
            if isinstance(one, IPv4Interface):
                values |= {"ipaddr": f"{one.ip}", "subnet": f"{one.network.prefixlen}"}
            elif firewall.ipv6:
                values |= {"ipaddrv6": f"{one.ip}", "subnetv6": f"{one.network.prefixlen}"}
        for far in beyond.get(name, ()):
            end, family = ("v6", "inet6") if far.version == 6 else ("", "inet")
            values[f"gateway{end}"] = f"GW{end}_{id_}".upper()
            gateway = {"interface": id_, "name": values[f"gateway{end}"], "gateway": f"{far}"}
            entry(root, "gateways/gateway_item", {**gateway, "ipprotocol": family})
        entry(root, f"interfaces/{id_}", values)
    for public in dict.fromkeys(p for p in plan.publics if p.router == router.name):
        vip = {"mode": "ipalias", "interface": ids[public.uplink], "type": "single"}
        if f"{public.address}" not in {one.text for one in root.iterfind("virtualip/vip/subnet")}:
            entry(
                root, "virtualip/vip", {**vip, "subnet": f"{public.address}", "subnet_bits": "32"}
            )


def _gateways(plan: Plan, router: Router) -> dict[str, list[Address]]:
    """The next routers towards the internet, by the interface that they are behind."""
    own = gates(plan, router)
    found = {name: [one.ip - 1 for one in own[name]] for name in router.uplinks}
    for _, network in router.interfaces if not found else ():
        hops = way(plan, network, INTERNET)
        for here, beyond in pairwise(hops):
            if here.router == router:
                found[here.far] = _addresses(plan, beyond)
    for name, network in router.interfaces if not found else ():
        # Nobody's way leads over it; what it sends itself goes over another one there.
        if hops := way(plan, network, INTERNET):
            return {name: _addresses(plan, hops[0])}
    return found


def _addresses(plan: Plan, hop: Hop) -> list[Address]:
    return [one.ip for one in gates(plan, hop.router)[hop.near]]


def _rules(root: Element, firewall: Firewall, ids: dict[str, str]) -> None:
    """Floating rules, which are quick and stand in one order for all interfaces."""
    add(root, "filter")
    if firewall.neighbours and 6 in firewall.families:
        made = _rule(root, Rule("accept", family=6), ids, to="(self)")
        add(made, "protocol", "icmp")
    _rule(root, Rule("drop"), ids, to="(self)")
    for rule in firewall.forward.rules:
        if rule not in PORT_ZERO and not rule.translated:
            _rule(root, rule, ids)
    if firewall.forward.policy == "accept":
        _rule(root, Rule("accept"), ids)


def _rule(root: Element, rule: Rule, ids: dict[str, str], to: str = "") -> Element:
    made = add(root, "filter/rule")
    values = {
        "type": "pass" if rule.verdict == "accept" else "block",
        "floating": "yes",
        "quick": "yes",
        "direction": "in",
        "interface": ids[rule.in_name] if rule.in_name else "any",
        "ipprotocol": {4: "inet", 6: "inet6", None: "inet46"}[rule.family],
    }
    values |= {"protocol": rule.proto} if rule.proto else {}
    for name, text in values.items():
        add(made, name, text)
    _end(made, "source", rule.sources, rule.from_ports)
    if to:
        add(made, "destination/network", to)
    else:
        _end(made, "destination", rule.targets, rule.ports)
    return made


def _end(
    made: Element, end: str, prefixes: tuple[Prefix, ...], ports: tuple[int, int] | None
) -> None:
    if prefixes:
        add(made, f"{end}/address", _short(prefixes[0]))
    else:
        add(made, f"{end}/any")
    if ports:
        add(
            made, f"{end}/port", f"{ports[0]}" if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"
        )


def _short(prefix: Prefix) -> str:
    alone = prefix.prefixlen == prefix.max_prefixlen
    return str(prefix.network_address) if alone else str(prefix)


def _translations(root: Element, firewall: Firewall, ids: dict[str, str]) -> None:
    add(root, "nat/outbound/mode", "advanced")
    passes = any(rule.translated for rule in firewall.forward.rules)
    both = [one for one in firewall.forwards if _is_both_ways(one, firewall)]
    for forward in both:
        made = entry(
            root, "nat/onetoone", {"interface": ids[forward.in_name], "ipprotocol": "inet"}
        )
        add(made, "external", f"{forward.public}")
        add(made, "source/address", f"{forward.inside}")
        add(made, "destination/any")
    for forward in firewall.forwards:
        if forward not in both or passes:
            _forward(root, forward, ids, passes=passes)
    for nat in firewall.source_nats:
        _outbound(root, nat, ids)


def _is_both_ways(forward: Forward, firewall: Firewall) -> bool:
    return not forward.proto and any(
        nat.to == forward.public and nat.out_name == forward.in_name for nat in firewall.source_nats
    )


def _forward(root: Element, forward: Forward, ids: dict[str, str], *, passes: bool) -> None:
    values = {"interface": ids[forward.in_name], "ipprotocol": "inet"}
    made = entry(root, "nat/rule", {**values, "protocol": forward.proto or "any"})
    add(made, "source/any")
    add(made, "destination/address", f"{forward.public}")
    if forward.proto:
        add(made, "destination/port", f"{forward.port}")
        add(made, "local-port", f"{forward.inside_port or forward.port}")
    add(made, "target", f"{forward.inside}")
    if passes:
        add(made, "associated-rule-id", "pass")


def _outbound(root: Element, nat: SourceNat, ids: dict[str, str]) -> None:
    made = entry(root, "nat/outbound/rule", {"interface": ids[nat.out_name], "ipprotocol": "inet"})
    add(made, "source/network", f"{nat.sources[0]}" if nat.sources else "any")
    if nat.targets:
        add(made, "destination/network", f"{nat.targets[0]}")
    else:
        add(made, "destination/any")
    add(made, "target", f"{nat.to}")
    add(made, "target_subnet", "32")

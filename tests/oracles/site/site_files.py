"""A plan as the files that fwlint reads; the forms of policies and site files stand here alone.

What is written is JSON, which YAML reads too: nothing depends on how text is quoted.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.oracles.site import as_iptables, as_nft
from tests.oracles.site.constructs import BASE, KINDS, VERSIONS
from tests.oracles.site.plan import End, Firewall, Flow, Machine, Plan, Prefix, Proto, Public

APART: Final = ("one_by_one", "all_addresses", "untold_host")
"""Ways to write which machine of a role is meant."""
WRITING: Final = ("named_uplinks", "paired_publics", "public_repeats")
"""Features that are only ways to write the site file: each holds for half of the sites."""
_WORDS: Final[dict[Proto, tuple[str, ...]]] = {
    "echo": ("8/icmp", "128/icmpv6"),
    "vrrp": ("proto 112",),
}


def write(plan: Plan, folder: Path) -> Path:
    """Write all files into the folder; the path of the site file."""
    for firewall in plan.firewalls:
        for name, text in exports(firewall).items():
            (folder / f"{firewall.device}.{name}").write_text(text)
    (folder / "policy.yaml").write_text(_dumped(policy(plan)))
    if of_base := _of(plan, BASE):
        (folder / "base.yaml").write_text(_dumped(_base(plan, of_base)))
    path = folder / "site.yaml"
    path.write_text(_dumped(site(plan)))
    return path


def exports(firewall: Firewall) -> dict[str, str]:
    """The files of one export by the end of their names."""
    if firewall.written:
        return dict(firewall.written)
    if firewall.dialect == "iptables":
        return as_iptables.exports(firewall)
    return as_nft.exports(firewall)


def _dumped(what: dict[str, Any]) -> str:
    return json.dumps(what, indent=1) + "\n"


def policy(plan: Plan) -> dict[str, Any]:
    """The policy: everything but what the site allows by itself."""
    flows, of_base = _of(plan, "p"), _of(plan, BASE)
    bind = {_their(end): end.name.split("+") for flow in of_base for end in _ends(flow)}
    requires = {"requires": {BASE: {"bind": bind}}} if of_base else {}
    return requires | {
        "fwlint": "policy/1",
        "name": "p",
        "title": "Planned",
        "roles": {role: role for role in plan.roles},
        "peers": {peer.name: peer.name for peer in plan.peers},
        "versions": list(VERSIONS),
        "options": {name: {"question": "Is it?", "default": "no"} for name, _ in plan.options}
        | {"kind": {"question": "Which is it?", "choices": list(KINDS), "default": KINDS[0]}},
        "sections": [{"title": "All", "flows": [_flow(flow, plan, "") for flow in flows]}],
    }


def _base(plan: Plan, flows: list[Flow]) -> dict[str, Any]:
    """The policy that the other one builds on, with names of its own."""
    names = {_their(end): end.name for flow in flows for end in _ends(flow)}
    roles = {own for own, name in names.items() if name.split("+")[0] in plan.roles}
    return {
        "fwlint": "policy/1",
        "name": BASE,
        "title": "Built on",
        "roles": {own: own for own in sorted(roles)},
        "peers": {own: own for own in sorted(names.keys() - roles)},
        "sections": [{"title": "All", "flows": [_flow(flow, plan, "") for flow in flows]}],
    }


def _of(plan: Plan, policy: str) -> list[Flow]:
    return [flow for flow in plan.flows if flow.full_name.startswith(f"{policy}.")]


def _ends(flow: Flow) -> tuple[End, End]:
    return flow.source, flow.target


def _their(end: End) -> str:
    return f"its-{end.name.replace('+', '-')}"


def _flow(flow: Flow, plan: Plan, prefix: str) -> dict[str, Any]:
    # Who names a public address names its public port too.
    public = plan.public(flow.to_public, flow.target.name) if flow.to_public else None
    ports = dict(public.ports) if public else {}
    moved = (replace(s, port=ports.get(s.port, s.port)) for s in flow.services)
    services = [text for one in moved for text in _WORDS.get(one.proto, (str(one),))]
    ends = _end(flow.source, plan, prefix), _end(flow.target, plan, prefix)
    if flow.policy == BASE:
        ends = _their(flow.source), _their(flow.target)
    to = str(flow.to_public) if flow.to_public else ends[1]
    sides = {"between": ends} if flow.is_either else {"from": ends[0], "to": to}
    written: dict[str, Any] = {
        "id": flow.name,
        **sides,
        "any_of" if flow.any_of else "service": services,
        "need": flow.need,
    }
    if flow.group:
        written["group"] = [str(one) for one in flow.group]
    if flow.then:
        written["then"] = [str(one) for one in flow.then]
    if flow.part_of:
        written["alternative"] = flow.part_of
    if flow.client_ports:
        spans = (f"{a}" if a == b else f"{a}-{b}" for a, b in flow.client_ports)
        written["sport"] = ",".join(spans)
    for condition in flow.conditions:
        if condition.question == "version":
            written |= {"since": condition.answers[0], "until": condition.answers[-1]}
        else:
            key = "when" if condition.is_wanted else "unless"
            written[key] = [f"{condition.question}={'|'.join(condition.answers)}"]
    if flow.option:
        written["when"] = [*written.get("when", []), flow.option]
    return written


def _end(end: End, plan: Plan, prefix: str) -> str:
    return f"{prefix}{end.name}" if end.name in plan.roles else end.name


def site(plan: Plan) -> dict[str, Any]:
    """The site file."""
    allowed = [flow for flow in plan.flows if flow.full_name.startswith("site.")]
    written: dict[str, Any] = {
        "fwlint": "site/1",
        "name": f"planned-{plan.seed}",
        "networks": {n.name: [str(p) for p in n.prefixes] for n in plan.networks},
        "devices": {one.device: _device(one, plan) for one in plan.firewalls},
        "policies": ["policy.yaml", *(["base.yaml"] if _of(plan, BASE) else [])],
        "use": {
            "p": {
                "options": _answers(plan),
                "bind": {role: bound(role, plan) for role in plan.roles}
                | {peer.name: _bound_peer(peer) for peer in plan.peers},
            }
        },
    }
    rows = [_flow(flow, plan, "p.") for flow in allowed]
    return written | ({"allow": rows} if rows else {})


def _answers(plan: Plan) -> dict[str, str]:
    """What the site answers, without what is the default anyway."""
    told = {name: answer for name, answer in plan.answers if answer != KINDS[0]}
    return told | {name: "yes" if answer else "no" for name, answer in plan.options}


def _device(firewall: Firewall, plan: Plan) -> dict[str, Any]:
    written: dict[str, Any] = {"config": [f"{firewall.device}.{e}" for e in exports(firewall)]}
    if firewall.machine:
        written["host"] = host(firewall.machine, plan)
    else:
        router = next(one for one in plan.routers if one.name == firewall.device)
        written["interfaces"] = dict(router.interfaces)
    return written | ({} if firewall.ipv6 else {"ipv6": "no"})


def host(machine: str, plan: Plan) -> Any:
    """Which machine a device is: the role, and the address where others have the role too."""
    it = plan.machine(machine)
    if all(sum(role in one.roles for one in plan.machines) == 1 for role in it.roles):
        roles = [f"p.{role}" for role in it.roles]
        return roles if len(roles) > 1 else roles[0]
    if "untold_host" in plan.features:
        return f"p.{it.roles[0]}"
    every = [str(one) for one in it.addresses]
    told = every if "all_addresses" in plan.features else every[0]
    return {"role": f"p.{it.roles[0]}", "address": told}


def bound(role: str, plan: Plan) -> Any:
    """The addresses of a role, with the public ones; in pairs, the machines one by one."""
    machines = [one for one in plan.machines if role in one.roles]
    if role in plan.wide:
        return machines[0].network
    has_public = any(one.role == role for one in plan.publics)
    if "paired_publics" in plan.features and len(machines) > 1 and has_public:
        return [_bound_machines([one], role, plan) for one in machines]
    if "one_by_one" in plan.features and len(machines) > 1 and not has_public:
        return [[str(address) for address in one.addresses] for one in machines]
    return _bound_machines(machines, role, plan)


def _bound_machines(machines: list[Machine], role: str, plan: Plan) -> Any:
    own = [str(address) for one in machines for address in one.addresses]
    names = {one.name for one in machines}
    behind = [one for one in plan.publics if one.role == role and one.machine in names]
    public: list[Any] = [_public(one, plan) for one in behind]
    if public and "public_repeats" in plan.features:
        public += [address for address in own if ":" in address]
    return {"address": own, "public": public} if public else own


def _public(public: Public, plan: Plan) -> Any:
    """The address; with its ports that are others outside, and its uplink, where that is said."""
    told: dict[str, Any] = {}
    if public.ports:
        told["ports"] = {str(there): here for here, there in public.ports}
    if "named_uplinks" in plan.features:
        several = sum(public.uplink in one.uplinks for one in plan.routers if one.is_told) > 1
        place = {"device": public.router, "interface": public.uplink}
        told["via"] = place if several else public.uplink
    return {"address": str(public.address), **told} if told else str(public.address)


def _bound_peer(peer: End) -> Any:
    if peer.is_internet:
        return "internet"
    return [_prefix(one) for one in peer.prefixes]


def _prefix(one: Prefix) -> str:
    return str(one.network_address) if one.prefixlen == one.max_prefixlen else str(one)

"""What tools put into rule bases on purpose, known by the names that they use.

Sources: the names of chains in each tool's own code (moby: libnetwork/iptables; libvirt:
virnetworkfirewall; netavark, CNI plugins, kube-proxy, Calico, Cilium, Flannel, ufw, firewalld,
fail2ban, tailscale, crowdsec, LXD, Proxmox).
"""

from collections.abc import Iterator
from typing import Final

from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Lead
from linter.engine.device.mentions import asked_names

_NETWORKS: Final = (
    "DOCKER",
    "NETAVARK",
    "CNI-",
    "KUBE-",
    "cali-",
    "CILIUM_",
    "OLD_CILIUM_",
    "FLANNEL",
    "WEAVE",
    "LIBVIRT_",
    "guest_",
    "lxd_",
    "ts-",
)
"""Of tools that look after networks of their own: of containers, machines or tunnels."""
_CHAINS: Final = (
    *_NETWORKS,
    "f2b-",
    "f2b_",
    "fail2ban-",
    "CROWDSEC",
    "crowdsec-",
    "ufw-",
    "ufw6-",
    "PVEFW-",
)
_LEFT_TO_USERS: Final = frozenset({"DOCKER-USER"})
"""What a tool keeps for rules that people write: Docker's documentation, "Add iptables policies
before Docker's rules"."""
_PUBLISHING: Final = ("DOCKER", "NETAVARK", "CNI-", "KUBE-")
_NETWORK_TABLES: Final = frozenset(
    {
        "kube-proxy",
        "libvirt_network",
        "docker-bridges",
        "netavark",
        "lxd",
        "incus",
        "ts-filter",
    }
)
_TABLES: Final = _NETWORK_TABLES | {"f2b-table", "firewalld", "crowdsec", "crowdsec6"}
_FIREWALLD: Final = ("IN_", "FWD_", "FWDI_", "FWDO_", "OUT_", "PRE_", "POST_")
_FIREWALLD_CHAINS: Final = frozenset(
    f"{chain}_{part}"
    for chain in ("INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING")
    for part in (
        "direct",
        "ZONES",
        "ZONES_SOURCE",
        "IN_ZONES",
        "OUT_ZONES",
        "POLICIES_pre",
        "POLICIES_post",
    )
)
_INTERFACES: Final = (
    "docker",
    "br-",
    "veth",
    "virbr",
    "podman",
    "cni",
    "flannel",
    "cali",
    "cilium",
    "lxcbr",
    "lxdbr",
    "tailscale",
    "weave",
)


def is_tools_chain(name: str) -> bool:
    """Whether a tool keeps the chain: what is in it, and whether, is not written by hand."""
    lowered = name.removeprefix("filter_").removeprefix("nat_").removeprefix("mangle_")
    return (
        name.startswith(_CHAINS) or lowered.startswith(_FIREWALLD) or lowered in _FIREWALLD_CHAINS
    )


def is_tools_table(name: str) -> bool:
    """Whether a tool keeps the whole table: nftables has its family before the name."""
    return _bare(name) in _TABLES


def publishes(table: Table, chain: Chain) -> bool:
    """Whether a tool keeps a chain in which it publishes ports of containers."""
    return chain.name.startswith(_PUBLISHING) or _bare(table.name) in ("netavark", "kube-proxy")


def is_networks_table(table: Table) -> bool:
    """Whether a tool keeps the whole table for networks of its own."""
    return _bare(table.name) in _NETWORK_TABLES


def is_for_networks(table: Table, chain: Chain) -> bool:
    """Whether a tool keeps the chain for networks of its own, and not for the machine's user."""
    is_left = chain.name in _LEFT_TO_USERS
    return is_networks_table(table) or (chain.name.startswith(_NETWORKS) and not is_left)


def is_clusters(table: Table, chain: Chain) -> bool:
    """Whether kube-proxy keeps the chain, for addresses that only a cluster has."""
    return chain.name.startswith("KUBE-") or _bare(table.name) == "kube-proxy"


def is_networks_rule(rule: Rule) -> bool:
    """Whether a rule of a base chain is about a tool's networks, or asks a chain of such a tool."""
    is_asking = isinstance(rule.verdict, Lead) and rule.verdict.chain.startswith(_NETWORKS)
    return is_asking or any(map(is_tools_interface, _interfaces(rule)))


def is_by_hand(chain: Chain, rule: Rule) -> bool:
    """Whether a rule is not what some tool puts there for its own networks."""
    if _is_kept(chain.name):
        return False
    if isinstance(rule.verdict, Lead) and _is_kept(rule.verdict.chain):
        return False
    return not any(map(is_tools_interface, _interfaces(rule)))


def rules_by_hand(table: Table, base: Chain) -> Iterator[tuple[Chain, Rule]]:
    """The rules that are reached from a base chain, and that no tool put there."""
    if is_networks_table(table):
        return
    waiting, seen = [base], {base.name}
    while waiting:
        chain = waiting.pop()
        for rule in chain.rules:
            if not is_by_hand(chain, rule):
                continue
            if isinstance(rule.verdict, Lead):
                if rule.verdict.chain not in seen:
                    seen.add(rule.verdict.chain)
                    waiting.append(table.chains[rule.verdict.chain])
            else:
                yield chain, rule


def _bare(table: str) -> str:
    """The table's name without the family before it."""
    return table.rpartition(" ")[2]


def _is_kept(chain: str) -> bool:
    return is_tools_chain(chain) and chain not in _LEFT_TO_USERS


def _interfaces(rule: Rule) -> Iterator[str]:
    for asked in asked_names(rule.match):
        yield from (*asked.names, *asked.prefixes)


def is_tools_interface(name: str) -> bool:
    """Whether a tool makes interfaces of such a name."""
    return name.startswith(_INTERFACES)

"""What tools put into rule bases on purpose, known by the names that they use.

Sources: the names of chains in each tool's own code (moby: libnetwork/iptables; libvirt:
virnetworkfirewall; netavark, CNI plugins, kube-proxy, Calico, Cilium, Flannel, ufw, firewalld,
fail2ban, tailscale, crowdsec, shorewall, csf, LXD).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.match import All, Any, Condition, Name, Not
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Goto, Jump

_CHAINS: Final = (
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
    "f2b-",
    "f2b_",
    "fail2ban-",
    "CROWDSEC",
    "crowdsec-",
    "ufw-",
    "ufw6-",
)
_PUBLISHING: Final = ("DOCKER", "NETAVARK", "CNI-", "KUBE-")
_TABLES: Final = frozenset(
    {
        "kube-proxy",
        "f2b-table",
        "libvirt_network",
        "docker-bridges",
        "netavark",
        "firewalld",
        "lxd",
        "incus",
        "crowdsec",
        "crowdsec6",
        "ts-filter",
    }
)
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
    """Whether a tool keeps the whole table."""
    return name in _TABLES


def publishes(table: Table, chain: Chain) -> bool:
    """Whether a tool keeps a chain in which it publishes ports of containers."""
    return chain.name.startswith(_PUBLISHING) or table.name in ("netavark", "kube-proxy")


def is_by_hand(chain: Chain, rule: Rule) -> bool:
    """Whether a rule is not what some tool puts there for its own networks."""
    if is_tools_chain(chain.name):
        return False
    if isinstance(rule.verdict, Jump | Goto) and is_tools_chain(rule.verdict.chain):
        return False
    return not any(map(_is_tools_interface, _names(rule.match)))


def rules_by_hand(table: Table, base: Chain) -> Iterator[tuple[Chain, Rule]]:
    """The rules that are reached from a base chain, and that no tool put there."""
    if is_tools_table(table.name):
        return
    waiting, seen = [base], {base.name}
    while waiting:
        chain = waiting.pop()
        for rule in chain.rules:
            if not is_by_hand(chain, rule):
                continue
            if isinstance(rule.verdict, Jump | Goto):
                if rule.verdict.chain not in seen:
                    seen.add(rule.verdict.chain)
                    waiting.append(table.chains[rule.verdict.chain])
            else:
                yield chain, rule


def _is_tools_interface(name: str) -> bool:
    return name.startswith(_INTERFACES)


def _names(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        match condition:
            case Name(_, names, prefixes):
                yield from names
                yield from prefixes
            case Not(inner):
                yield from _names((inner,))
            case All(several) | Any(several):
                yield from _names(several)
            case _:
                pass

"""What a namespace filters by: exports as they are loaded, and what can be let through."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tests.oracles.namespaces import run
from tests.oracles.site.plan import Firewall
from tests.oracles.site.site_files import exports

_LOADERS: Final = {
    "ipset": ("ipset", "restore", "-exist"),
    "json": ("nft", "-j", "-f", "-"),
    "nft": ("nft", "-f", "-"),
    "v4": ("iptables-restore",),
    "v6": ("ip6tables-restore",),
}


def load(firewall: Firewall) -> None:
    """Load the export into the namespace that the process is in."""
    for name, text in exports(firewall).items():
        run(*_LOADERS[name], text=text)


def load_instead(firewall: Firewall) -> None:
    """Load another export into the namespace that the process is in, and nothing else."""
    run("nft", "flush", "ruleset")
    load(firewall)


def keep_what_comes(firewall: Firewall) -> None:
    """Let the filters accept all, and translate only what a machine itself sends."""
    if any(not one.is_sent for one in firewall.forwards):
        sent = tuple(one for one in firewall.forwards if one.is_sent)
        load_instead(replace(firewall, forwards=sent))
    everything()


def everything() -> None:
    """Let the filters of the namespace that the process is in accept all; translations stay."""
    for chain in _filters():
        run("nft", f"flush chain {chain}; add chain {chain} {{ policy accept; }}")


def discover() -> None:
    """Let the filters of the namespace that the process is in accept neighbour discovery first."""
    for chain in _filters():
        if not chain.startswith("ip "):
            neighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"
            run("nft", f"insert rule {chain} {neighbours} accept")


def _filters() -> Iterator[str]:
    """The chains that filter, of the namespace that the process is in."""
    for one in json.loads(run("nft", "-j", "list", "chains"))["nftables"]:
        chain = one.get("chain", {})
        if chain.get("type") in ("filter", "route"):
            yield f"{chain['family']} {chain['table']} {chain['name']}"

"""Proofs that a change changes nothing, by judges that are not fwlint."""

from collections.abc import Callable
from typing import Literal

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import aws, inspection, kernel, pf

Proof = Literal["same", "differs", "unknown", "unasked"]

_PROOFS: dict[str, Callable[[Export, Change], Proof]] = {
    **dict.fromkeys(("iptables", "ip6tables", "ipset", "nftables", "nft-json"), kernel.proof),
    **dict.fromkeys(("pfsense", "opnsense"), pf.proof),
    "aws": aws.proof,
    "network-firewall": inspection.proof,
}


def proof(kind: str, export: Export, change: Change) -> Proof:
    """Whether somebody else says that the export means the same with the change.

    `unknown`: nobody can say it. `unasked`: it is for the kernel to say, and there is none here.
    """
    ask = _PROOFS.get(kind)
    return ask(export, change) if ask else "unknown"

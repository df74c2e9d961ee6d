"""Proofs that a change changes nothing, by judges that are not fwlint."""

from collections.abc import Callable

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import aws, bytecode, inspection, ipset, pf
from tests.lost.proofs.kernel import Proof

_PROOFS: dict[str, Callable[[Export, Change], Proof]] = {
    **dict.fromkeys(("iptables", "ip6tables"), ipset.rules_proof),
    **dict.fromkeys(("nftables", "nft-json"), bytecode.proof),
    "ipset": ipset.proof,
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

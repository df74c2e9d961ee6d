"""Helpers of connection tracking: which the kernel has itself, and for which protocol."""

from parsers.nftables.values import RefusedError
from parsers.shared.names import PROTOCOLS, helper_protocols


def strange_helper(name: str, protocol: str) -> str:
    """What is to say of a helper that the kernel does not have itself, or nothing.

    Raises RefusedError for a protocol that has none (parser_bison.y, ct_l4protoname).
    """
    if protocol not in ("tcp", "udp"):
        raise RefusedError(f"`{protocol}` is no protocol of a connection helper", "")
    if PROTOCOLS[protocol] in helper_protocols(name):
        return ""
    return (
        f"`{name}` is no connection helper of the kernel's own for `{protocol}`: "
        "without it, nothing is loaded"
    )

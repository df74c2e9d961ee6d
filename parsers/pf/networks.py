"""Address blocks that pfSense's system rules are about."""

from parsers.pf.rules import Endpoint
from parsers.pf.values import Network, of_text

PRIVATE = tuple(
    (text, Endpoint(of_text(text)))
    for text in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""What "block private networks" blocks, one rule each."""

BOGONS = of_text(
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
"""IPv4 networks that nobody is given (RFC 6890), but for the private ones.

The device has a list of its own, which it renews: what of these is on it only the device knows.
"""

BOGONS_V6 = of_text(
    "::/3",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
)
"""IPv6 networks outside of what is given away, 2000::/3, and those set apart within it."""


def is_private(found: Network) -> bool:
    """Whether the network begins in private address space (util.inc, is_private_ip)."""
    family, value, _ = found
    return family == 4 and any(
        low <= value <= high for _, endpoint in PRIVATE for low, high in endpoint.addresses.v4
    )

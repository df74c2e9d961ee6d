"""What random sites are made of, and what of it holds today."""

from typing import Final

from tests.oracles.site.mistakes import KINDS

SITES: Final = (
    "ipv6",
    "dual",
    "nft",
    "hosts",
    "host_output",
    "roles_of_many",
    "mesh",
    "publics",
    "publics_of_many",
    "shared_public",
    "one_to_one",
    "hairpin",
    "public_networks",
    "public_repeats",
    "translated_filter",
    "hidden_addresses",
    "roles_together",
    "peers_on_machines",
    "side_uplinks",
    "branches",
    "two_uplinks",
    "no_router",
    "outward",
    "never",
    "any_of",
    "options",
    "icmp",
)
ALL: Final = frozenset(SITES) | frozenset(KINDS)
OFF: Final[dict[str, str]] = {}
"""Features that the default test leaves out, each with the reason."""
DEFAULT: Final = ALL - frozenset(OFF)

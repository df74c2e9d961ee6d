"""What random sites are made of, and what of it holds today.

The default test uses all but what is OFF; the long run uses all that fwlint can read. To switch a
feature on, delete its line in OFF.
"""

from typing import Final

from tests.oracles.site.mistakes import KINDS

SITES: Final = {
    "ipv6": "sites without IPv4",
    "dual": "both families, and machines that have only one",
    "nft": "half of the devices have nftables; the others have iptables",
    "hosts": "machines with a firewall of their own",
    "host_output": "such machines that filter what they send",
    "hosts_of_many": "such machines whose role others have too",
    "open_by_own_address": "openings to machines that have public addresses too",
    "roles_of_many": "roles of up to four machines",
    "roles_together": "two roles on one machine",
    "peers_on_machines": "administrators who sit at a machine of a role",
    "mesh": "flows inside a role",
    "publics": "machines with private addresses that have public ones, by port forwards",
    "publics_of_many": "each machine of a role has its own public address",
    "paired_publics": "the site file says which address has which public one",
    "public_repeats": "`public` has the own IPv6 addresses too",
    "named_uplinks": "the site file says by which uplink a public address comes",
    "shared_public": "two roles behind one public address, by different ports",
    "one_to_one": "all ports of a public address lead to a machine, and back",
    "hairpin": "a public address that machines inside must use",
    "translated_filter": "one rule lets in all that was translated",
    "public_networks": "networks that need no translation",
    "hidden_addresses": "a second family that the site file does not know of",
    "mapped_ports": "public ports that are others inside",
    "role_networks": "a role bound to a whole network, the router's address included",
    "branches": "up to three routers, in line or branching",
    "side_uplinks": "inner routers that lead to the internet too",
    "detours": "routers side by side between two networks",
    "two_uplinks": "two interfaces of one router that lead to the internet",
    "no_router": "networks without a firewall between them",
    "outward": "flows to the internet",
    "never": "forbidden flows",
    "any_of": "flows that need one of two services",
    "options": "flows that an option switches on",
    "icmp": "flows that need ICMP",
    "between": "flows that either side may open",
    "sport": "flows whose clients have ports of their own",
    "protocols": "flows of protocols without ports, and of echo requests alone",
    "alternatives": "sets of flows of which one is enough",
    "answers": "flows that depend on one of several answers, or on the product's version",
    "then": "flows over which two sides agree on further ports",
    "groups": "flows to multicast groups inside a network",
    "requires": "a policy that builds on another one",
    "redirects": "machines that have a service at another port, by rules of their own",
    "handed_on": "machines that hand connections on to others of their role",
    "split_publics": "ports of a machine's public address that lead to others of its role",
    "led_astray": "required flows that somebody's translation leads to another machine",
    "private_senders": "senders and targets behind uplinks that have private addresses",
    "told_apart": "flows to one machine of a role, and machines bound and named one by one",
    "narrow_links": "links that take smaller packets than the ends' own, and big data over them",
}
OFF: Final[dict[str, str]] = {}
"""Features that fail today, and so are left out of the default test, each with what is wrong."""
ALL: Final = frozenset(SITES) | frozenset(KINDS)
DEFAULT: Final = ALL - frozenset(OFF)

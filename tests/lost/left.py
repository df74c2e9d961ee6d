"""Silent changes that are known and not mended yet: patterns of what a fault says, with why."""

import re

LEFT = {
    r"(?:word|line) in kernel\.nft .*'meta' > ''": "`nfproto` and `l4proto` without `meta`: nft"
    " refuses them, the reader takes them",
    r"/(?:SecurityGroups|NetworkAcls)/\*/VpcId": "accounts without machines: nobody else says it",
    r"in kernel\.strategies \d+ at 'add s": "an entry within another entry of a set: the kernel"
    " lists both",
    r"pfsense/branch/config\.xml at '/filter/rule/ipprotocol'": "IPv6 of a network that has IPv4"
    " only: the second reading writes a rule that matches nothing",
    r"/Alias/aliases/alias/content'": "an alias that matters for the other family only: the second"
    " reading does not read the odd word",
}


def is_left(fault: str) -> bool:
    """Whether a fault is one of those."""
    return any(re.search(pattern, fault) for pattern in LEFT)

"""Silent changes that are known and not mended yet: patterns of what a fault says, with why."""

import re

LEFT = {
    r"(?:word|line) in kernel\.nft .*'meta' > ''": "`nfproto` and `l4proto` without `meta`: nft"
    " refuses them, the reader takes them",
    r"in kernel\.nft .*'reset tcp option ": "options of TCP by any name: nft refuses those that it"
    " does not know, the reader takes the statement for one outside the model",
    r"in nftables/.* > '(ruleset|ftp) \1'$": "a word that stands twice in `flush ruleset` or in the"
    " type of a helper: nft refuses it",
    r"at 'add map .*: ';' > ''": "the `;` before a brace on one line: older nft want it",
    r"double line in kernel\.nft .* at '(?:set|map) ": "a set that is declared twice with its"
    " elements: the kernel refuses intervals that are there already, the reader takes them",
    r"/ct helper/protocol': '\"tcp\"' > 'null'": "a helper without a protocol: nft refuses it, no"
    " rule of the fixture says its name",
    r"/mangle/value': '1:2' > ''": "the class of a packet (`meta priority`) without a value",
    r"'--return-nomatch' > ''": "an option about entries with `nomatch`, of which the set has none:"
    " the kernel only says that it is another rule",
    r"nftables/.* at '.*masquerade fully-random'": "how a port is chosen, which is open"
    " anyhow: the kernel only says that it is another rule",
    r"in kernel\.strategies \d+ at 'add s": "an entry within another entry of a set: the kernel"
    " lists both",
}


def is_left(fault: str) -> bool:
    """Whether a fault is one of those."""
    return any(re.search(pattern, fault) for pattern in LEFT)

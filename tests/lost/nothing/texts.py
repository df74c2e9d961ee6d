"""What says nothing about packets in iptables-save, ipset save and nft."""

from tests.lost.nothing.place import Nothing

_QUOTED = r'(?:"(?:[^"\\]|\\.)*"|\S+)'
IPTABLES = (
    Nothing(r"^#.*\n?", "a comment (iptables-restore.c: lines that begin with # are skipped)"),
    Nothing(rf"(?:-m comment )?--comment {_QUOTED}", "a comment"),
    Nothing(r"\[\d+:\d+\]", "counters, which are restored with -c only (iptables-restore(8))"),
    Nothing(rf"--log-(?:prefix|level) {_QUOTED}", "how a packet is written down"),
    Nothing(r"--log-(?:tcp|ip|macdecode|uid)\S*", "how a packet is written down"),
    Nothing(rf"--nflog-\S+ {_QUOTED}", "how a packet is written down"),
    Nothing(r"--reject-with \S+", "which answer the sender gets"),
    Nothing(r"--random(?:-fully)?|--persistent", "which of several ports or addresses is taken"),
    Nothing(
        r"--(?:ttl|hl)-set \d+|--set-tos \S+|--set-dscp\S* \S+", "a field that no rule asks for"
    ),
    Nothing(r"--clamp-mss-to-pmtu|--set-mss \d+", "the largest segment, which no rule asks for"),
    Nothing(r"-m \S+", "a module that is loaded twice tests twice the same", "double"),
    Nothing(
        rf"-p \S+ (?:-m comment --comment {_QUOTED} )?"
        r"(?P<said>-m (?:tcp|udp|dccp|sctp|icmp6?)(?= ))",
        "iptables loads the module of a protocol by itself (iptables-extensions(8))",
        "delete",
    ),
    Nothing(
        r"(?<=\n):[A-Z]+ (?:ACCEPT|DROP)(?: \[\d+:\d+\])?\n",
        "the policy of a chain that is set twice to the same",
        "double",
    ),
    Nothing(r"\n\s*\n", "an empty line"),
    Nothing(
        r"-j SET .*(?P<said>--exist)",
        "whether an entry that is there begins anew: what is in a set that rules write is open",
        "delete",
    ),
    Nothing(
        r"-m (?:rt|frag|hbh|dst|srh)(?P<said>(?: ! --[\w-]+ [\w:,.]+| --[\w-]+ [\w:,.]+)+)",
        "a header that no packet of the model has: the rule matches none, whatever it asks of it",
    ),
    Nothing(
        r"-m rpfilter .*(?P<said>--validmark)",
        "which routes are asked, where marks choose them: the model has one answer for all",
        "delete",
    ),
    Nothing(
        r"-p (?:dccp|sctp|udplite) .*?(?P<said>--(?:s|d|source-|destination-)port 0?:65535)",
        "all ports there are (xt_dccp.c, dccp_mt; xt_sctp.c, sctp_mt)",
        "delete",
    ),
)
IPSET = (
    *IPTABLES,
    Nothing(r"(?:hashsize|maxelem|bucketsize|initval|size) \S+", "sizes of a hash (ipset(8))"),
    Nothing(rf"comment {_QUOTED}", "a comment"),
    Nothing(r"^create.* (comment|counters|skbinfo|forceadd)", "what else an entry may hold"),
    Nothing(r"(?:packets|bytes) \d+", "counters"),
    Nothing(r"timeout (\d+)", "when an entry goes: at the time of the export it is there"),
    Nothing(
        r"^add .*\n", "an entry that is there (ipset -exist; save prints none twice)", "double"
    ),
    Nothing(r"range (\S+)", "which entries there can be; others are refused"),
)
NFT = (
    Nothing(r"#.*", "a comment"),
    Nothing(rf"comment {_QUOTED}", "a comment"),
    Nothing(rf"^[ \t]*comment {_QUOTED};?\n", "a comment", "delete"),
    Nothing(r"(?:packets|bytes) \d+", "counters"),
    Nothing(
        r";(?=[ \t]*\})",
        "the end before a brace on one line: older nft want it (1.0.6), newer do not",
        "delete",
    ),
    Nothing(r";$", "the end of a line ends a statement too (parser_bison.y)", "delete"),
    Nothing(r";", "an empty statement (parser_bison.y, stmt_separator)", "double"),
    Nothing(r"\bcounter\b", "a counter, which only counts", "double delete"),
    Nothing(
        r"\bcontinue$",
        "a rule without a verdict goes on, too (nft(8), VERDICT STATEMENT)",
        "delete double",
    ),
    Nothing(
        r"\bct state (==)(?= [a-z]+(?: |$))",
        "a packet has one state: equal to a bit is what the test of the bit asks",
        "delete",
    ),
    Nothing(r"meta priority set (\S+)", "where a packet waits in a queue (tc(8))"),
    Nothing(r"meta nftrace set (\S+)", "whether `nft monitor trace` tells of the packet (nft(8))"),
    Nothing(r"^\s*table (ip) \w", "the family of a table that says none (nft(8))", "delete"),
    Nothing(
        r"\bct (?:original|reply) (ip6?) [sd]addr",
        "the older spelling, in a table that says the family (nft(8), CONNTRACK EXPRESSIONS)",
        "delete",
    ),
    Nothing(
        rf"\blog(?: (?:prefix|level|group|snaplen|flags|queue-threshold) {_QUOTED})*",
        "how a packet is written down",
    ),
    Nothing(r"^\s*size \d+;?\n?", "how many entries a set can have"),
    Nothing(r"\bsize (\d+);", "how many entries a set can have"),
    Nothing(r"\bsize \d+;", "how many entries a set can have"),
    Nothing(r"(?:timeout|expires|gc-interval) (\w+)", "when an entry goes: it is there"),
    Nothing(r"^[ \t]*(?:timeout|gc-interval) \w+;?\n", "when an entry goes: it is there", "delete"),
    Nothing(
        r"^[ \t]*flags (?:timeout|interval);?\n",
        "what entries there can be: nft refuses others",
        "delete",
    ),
    Nothing(
        r"^[ \t]*auto-merge;?\n|\bauto-merge\b",
        "whether entries that touch become one: without it nft refuses those that overlap",
        "delete",
    ),
    Nothing(
        r"^[ \t]*(?:set|map) .*\}\n",
        "nft adds what is there already without a change (nft(8)); 1.0.6 dies of `*` among them",
        "double",
    ),
    Nothing(
        r"\b(?:masquerade|redirect|snat|dnat)\b.*?(?P<said>"
        r"(?:fully-random|random|persistent)(?:,\s*(?:fully-random|random|persistent))*)",
        "which of several ports or addresses is taken",
        "delete",
    ),
    Nothing(
        r"\b[ds]nat (to)(?= [\d\[])", "it may be left out (parser_bison.y, nat_stmt_args)", "delete"
    ),
    Nothing(
        r'^[ \t]*log prefix "[^"]*" \\\n', "how a packet is written down, in a line that goes on"
    ),
    Nothing(r"maxseg size set (\d+)", "the largest segment, which no rule asks for"),
    Nothing(r"^(?:list|reset|get|monitor|describe).*\n", "a command that only prints (nft(8))"),
    Nothing(
        r"(?P<said>^table (\w+ \S+) \{.*\}\n)(?=(?:.*\n)*delete table \2)",
        "a table that the file deletes again: it may have been there before",
    ),
)
NFT_JSON = (
    Nothing(r'\{"metainfo": \{[^}]*\}\}(?:, )?', "about nft itself"),
    Nothing(r'"offset": (0)\b', "no offset is 0 (parser_json.c, json_parse_numgen_expr)", "empty"),
    Nothing(
        r'(?:, )?"offset": 0\b', "no offset is 0 (parser_json.c, json_parse_numgen_expr)", "delete"
    ),
    Nothing(
        r'"(?:masquerade|redirect)": (\{"flags": "[^"]*"\})',
        "which of several ports is taken",
        "empty",
    ),
    Nothing("/(?:masquerade|redirect|snat|dnat)/flags$", "which of several ports is taken"),
    Nothing(r'(?:, )?\{"counter": (?:\{[^}]*\}|"[^"]*")\}(?:, )?', "a counter", "delete double"),
    Nothing(
        r'(?:, )?\{"log": (?:null|\{(?:[^"}]|"[^"]*")*\})\}(?:, )?', "how a packet is written down"
    ),
    Nothing(
        r'(?:, )?\{"mangle": \{"key": \{"meta": \{"key": "priority"\}\}, "value": "[^"]*"\}\}'
        "(?:, )?",
        "where a packet waits in a queue (tc(8))",
    ),
    Nothing(
        r'(?:, )?\{"mangle": \{"key": \{"meta": \{"key": "nftrace"\}\}, "value": [01]\}\}(?:, )?',
        "whether `nft monitor trace` tells of the packet (nft(8))",
    ),
    Nothing(
        r'"flags": \["saddr", ("mark", )"iif"\]',
        "which routes are asked, where marks choose them: the model has one answer for all",
        "delete",
    ),
    Nothing(
        r"/(?:set|map)/flags(?:/\*)?$", "what entries there can be: nft refuses others", "delete"
    ),
    Nothing(
        r'(?:, )?\{"continue": null\}(?:, )?',
        "a rule without a verdict goes on, too (nft(8), VERDICT STATEMENT)",
        "delete",
    ),
    Nothing(
        r"/mangle/value(?:/[|&]/\*)+$",
        "bits that are set or cleared twice (nft takes more than two operands from 1.1.0 on)",
        "double",
    ),
    Nothing(r'"burst": (5)\b', "the kernel's own choice (nft_limit.c)"),
    Nothing(r'(?:, )?"burst": 5\b(?:, )?', "the kernel's own choice (nft_limit.c)", "delete"),
    Nothing(r'(?:, )?"policy": "accept"', "the policy of a chain that says none (nft(8))"),
    Nothing(r"/match/left/&(?:/\*)+$", "a bit that stands twice is one bit", "double"),
    Nothing("/metainfo", "about nft itself"),
    Nothing("/(?:handle|index)$", "the number by which nft deletes a rule"),
    Nothing("/comment$", "a comment"),
    Nothing("/counter(?:$|/)", "counters"),
    Nothing("/log(?:$|/)", "how a packet is written down"),
    Nothing(
        "/(?:size|gc-interval)$", "how many entries a set can have, and when they are looked at"
    ),
    Nothing("/(?:timeout|expires)$", "when an entry goes: at the time of the export it is there"),
    Nothing(
        "/(?:accept|drop|continue|return|notrack)$",
        "libnftables looks at the key only (parser_json.c, json_parse_verdict_expr)",
    ),
    Nothing("/reject(?:$|/)", "which answer the sender gets"),
    Nothing(
        r"^/nftables/\*$", "nft adds what is there already without a change (nft(8))", "double"
    ),
    Nothing(r"/rule/expr/\*$", "a test that stands twice lets the same packets through", "double"),
    Nothing(
        r"/(?:elem|set|right|flags)/\*$", "an entry that stands twice is in the set once", "double"
    ),
    Nothing(
        r'"tcp option": \{"name": "maxseg", "field": "size"\}\}, "value": (\d+)',
        "the largest segment, which no rule asks for",
    ),
)

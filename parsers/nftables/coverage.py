"""Which statements and expressions of nft(8) are read: the tables in docs/formats.md.

Every state is found by reading an example, so that the tables cannot say anything else than what
happens. `python -m parsers.nftables.coverage` prints them.
"""

from typing import Final

from flowmodel.record import NamedTuple
from flowmodel.source import InputError, Source
from parsers.nftables.read import parse
from parsers.nftables.selectors import keys
from parsers.shared.context import Context

_TABLE: Final = """\
table {family} t {{
  counter c {{ }}
  quota q {{ 1 mbytes }}
  limit l {{ rate 1/second; }}
  synproxy y {{ mss 1460; wscale 7; }}
  ct helper ftp {{ type "ftp" protocol tcp; }}
  ct timeout agressive {{ protocol tcp; }}
  ct expectation e {{ protocol tcp; dport 9876; timeout 2m; size 12; }}
  flowtable f {{ hook ingress priority 0; devices = {{ lo }}; }}
  set s {{ type ipv4_addr; elements = {{ 192.0.2.1 }}; }}
  set d {{ type ipv4_addr; flags dynamic,timeout; size 9; }}
  set x {{ type ipv4_addr; flags timeout; elements = {{ 192.0.2.1 timeout 1h }}; }}
  map m {{ type inet_service : verdict; elements = {{ 22 : accept }}; }}
  chain other {{ }}
  chain k {{ type {kind}; {rule}
  }}
}}
"""
_FILTER: Final = "filter hook prerouting priority 0"
_DESTINATION: Final = "nat hook prerouting priority -100"
_SOURCE: Final = "nat hook postrouting priority 100"
_SAMPLES: Final = {
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "ct_state": "new",
    "ct_status": "dnat",
    "tcp_flags": "syn",
    "nfproto": "ipv4",
    "ethertype": "ip",
    "ifname": "eth0",
}


class Row(NamedTuple):
    """A part of the language: the heading of nft(8) it belongs to, and an example."""

    heading: str
    example: str
    kind: str = _FILTER
    family: str = "inet"


STATEMENTS: Final = (
    *(
        Row("VERDICT STATEMENT", rule)
        for rule in ("accept", "drop", "continue", "return", "jump other", "goto other")
    ),
    Row("VERDICT STATEMENT", "jump { drop; }"),
    Row("PAYLOAD STATEMENT", "ip dscp set cs1"),
    Row("PAYLOAD STATEMENT", "ip daddr set 192.0.2.1"),
    Row("EXTENSION HEADER STATEMENT", "tcp option maxseg size set rt mtu"),
    Row("EXTENSION HEADER STATEMENT", "reset tcp option sack-perm"),
    Row("LOG STATEMENT", 'log prefix "in: " level info flags all'),
    Row("REJECT STATEMENT", "reject with icmpx admin-prohibited"),
    Row("COUNTER STATEMENT", "counter packets 1 bytes 60"),
    Row("COUNTER STATEMENT", 'counter name "c"'),
    Row("CONNTRACK STATEMENT", "ct mark set meta mark"),
    Row("CONNTRACK STATEMENT", 'ct helper set "ftp"'),
    Row("CONNTRACK STATEMENT", 'ct timeout set "agressive"'),
    Row("CONNTRACK STATEMENT", 'ct expectation set "e"'),
    Row("CONNTRACK STATEMENT", "ct event set new,related"),
    Row("CONNTRACK STATEMENT", "ct label set 5"),
    Row("CONNTRACK STATEMENT", "ct zone set 1"),
    Row("NOTRACK STATEMENT", "notrack"),
    Row("META STATEMENT", "meta mark set 0x1"),
    Row("META STATEMENT", "meta mark set meta mark and 0xff or 0x100"),
    Row("META STATEMENT", "meta mark set tcp dport map { 22 : 1 }"),
    Row("META STATEMENT", "meta mark set jhash ip saddr mod 2"),
    Row("META STATEMENT", "meta priority set 1:2"),
    Row("META STATEMENT", "meta pkttype set host"),
    Row("META STATEMENT", "meta nftrace set 1"),
    Row("LIMIT STATEMENT", "limit rate over 10/second burst 5 packets"),
    Row("LIMIT STATEMENT", 'limit name "l"'),
    Row("NAT STATEMENTS", "snat ip to 192.0.2.1-192.0.2.9", _SOURCE),
    Row("NAT STATEMENTS", "dnat ip to 192.0.2.1", _DESTINATION),
    Row("NAT STATEMENTS", "tcp dport 80 dnat ip to 192.0.2.1:8080", _DESTINATION),
    Row("NAT STATEMENTS", "dnat ip to tcp dport map { 80 : 192.0.2.1 }", _DESTINATION),
    Row("NAT STATEMENTS", "dnat ip prefix to 192.0.2.0/24", _DESTINATION),
    Row("NAT STATEMENTS", "dnat ip to numgen inc mod 1 map { 0 : 192.0.2.1 }", _DESTINATION),
    Row("NAT STATEMENTS", "masquerade random", _SOURCE),
    Row("NAT STATEMENTS", "tcp dport 22 redirect to :2222", _DESTINATION),
    Row("TPROXY STATEMENT", "tcp dport 80 tproxy to :50080"),
    Row("SYNPROXY STATEMENT", "tcp dport 80 synproxy mss 1460 wscale 7"),
    Row("SYNPROXY STATEMENT", 'tcp dport 80 synproxy name "y"'),
    Row("FLOW STATEMENT", "flow add @f"),
    Row("QUEUE STATEMENT", "queue num 1-3 bypass,fanout"),
    Row("DUP STATEMENT", "dup to 192.0.2.1", family="ip"),
    Row("FWD STATEMENT", "fwd to eth0", "filter hook ingress device eth1 priority 0", "netdev"),
    Row("SET STATEMENT", "add @d { ip saddr timeout 1m }"),
    Row("SET STATEMENT", "delete @d { ip saddr }"),
    Row("SET STATEMENT", "meter n { ip saddr limit rate 1/second }"),
    Row("MAP STATEMENT", "meta mark set ip saddr map { 192.0.2.1 : 1 }"),
    Row("VMAP STATEMENT", "tcp dport vmap { 22 : accept, * : drop }"),
    Row("VMAP STATEMENT", "tcp dport vmap @m"),
    Row("XT STATEMENT", 'xt match "recent"'),
    Row("XT STATEMENT", 'xt target "TPROXY"'),
    Row("STATEFUL OBJECTS", "ct count over 10"),
    Row("STATEFUL OBJECTS", "quota over 1 mbytes"),
    Row("STATEFUL OBJECTS", 'quota name "q"'),
    Row("STATEFUL OBJECTS", "last"),
)
EXPRESSIONS: Final = (
    Row("SETS", "ip saddr { 192.0.2.1, 192.0.2.64/26, 192.0.2.9-192.0.2.12 }"),
    Row("SETS", "ip saddr @s"),
    Row("SETS", "ip saddr @x"),
    Row("SETS", "ip saddr @d"),
    Row("SETS", "ip saddr . tcp dport { 192.0.2.0/24 . 22, 192.0.2.1 . 80-90 }"),
    Row("SETS", "iifname . ip saddr { eth0 . 192.0.2.1 }"),
    Row("BITMASK TYPE", "tcp flags syn"),
    Row("BITMASK TYPE", "tcp flags & (fin|syn) == syn"),
    Row("BITMASK TYPE", "tcp flags syn / fin,syn,rst,ack"),
    Row("BITMASK TYPE", "tcp flags { syn, ack }"),
    Row("BITMASK TYPE", "ip saddr & 0.0.0.255 < 10"),
    Row("BITMASK TYPE", "tcp dport & 0xff00 == 0x0100"),
    Row("BITMASK TYPE", "ct mark & 0xff == 0x10"),
    Row("BITMASK TYPE", "ct status == dnat"),
    Row("META EXPRESSIONS", 'iifname "eth*"'),
    Row("SOCKET EXPRESSION", "socket transparent 1"),
    Row("SOCKET EXPRESSION", "socket mark 1"),
    Row("SOCKET EXPRESSION", "socket wildcard 0"),
    Row("SOCKET EXPRESSION", 'socket cgroupv2 level 1 "user.slice"'),
    Row("OSF EXPRESSION", 'osf ttl skip name "Linux"'),
    Row("OSF EXPRESSION", 'osf version "Linux:3.0"'),
    Row("FIB EXPRESSIONS", "fib daddr type local"),
    Row("FIB EXPRESSIONS", "fib saddr type unicast"),
    Row("FIB EXPRESSIONS", "fib daddr . iif type local"),
    Row("FIB EXPRESSIONS", "fib saddr . iif oif missing"),
    Row("FIB EXPRESSIONS", 'fib daddr oifname "eth0"'),
    Row("ROUTING EXPRESSIONS", "rt classid 10"),
    Row("ROUTING EXPRESSIONS", "rt ip nexthop 192.0.2.1"),
    Row("ROUTING EXPRESSIONS", "rt mtu 1500"),
    Row("ROUTING EXPRESSIONS", "rt ipsec exists"),
    Row("IPSEC EXPRESSIONS", "ipsec in reqid 1"),
    Row("IPSEC EXPRESSIONS", "ipsec out ip saddr 192.0.2.1"),
    Row("NUMGEN EXPRESSION", "numgen inc mod 2 0"),
    Row("HASH EXPRESSIONS", "jhash ip saddr . ip daddr mod 2 0"),
    Row("HASH EXPRESSIONS", "symhash mod 2 0"),
    Row("PAYLOAD EXPRESSIONS", "vxlan ip saddr 192.0.2.1"),
    Row("PAYLOAD EXPRESSIONS", "gre ip saddr 192.0.2.1"),
    Row("RAW PAYLOAD EXPRESSION", "meta l4proto tcp @th,16,16 22"),
    Row("RAW PAYLOAD EXPRESSION", "@th,16,16 22"),
    Row("RAW PAYLOAD EXPRESSION", "@nh,96,32 0xc0000201", family="ip"),
    Row("RAW PAYLOAD EXPRESSION", "@ll,0,48 1"),
    Row("EXTENSION HEADER EXPRESSIONS", "exthdr frag exists"),
    Row("EXTENSION HEADER EXPRESSIONS", "tcp option maxseg size 1360"),
    Row("EXTENSION HEADER EXPRESSIONS", "ip option rr exists"),
    Row("EXTENSION HEADER EXPRESSIONS", "dccp option 40 exists"),
    Row("SCTP HEADER EXPRESSION", "sctp chunk init exists"),
    Row("CONNTRACK EXPRESSIONS", "ct original ip saddr 192.0.2.1"),
    Row("CONNTRACK EXPRESSIONS", "ct original ip6 daddr 2001:db8::1"),
    Row("CONNTRACK EXPRESSIONS", "ct original proto-dst 22"),
    Row("CONNTRACK EXPRESSIONS", "ct reply ip saddr 192.0.2.1"),
    Row("CONNTRACK EXPRESSIONS", "ct original bytes > 1000"),
)
FAMILIES: Final = ("ip", "ip6", "inet", "netdev", "bridge", "arp")


def state(row: Row) -> str:
    """`read`, `unread` (it stands as an unknown, with its text), or `refused`."""
    text = _TABLE.format(family=row.family, kind=row.kind, rule=row.example)
    try:
        found = parse(Source("example", text.split("\n")), Context())
    except InputError as error:
        return f"refused: {error.message}"
    remarks = [gap.message for gap in found.gaps]
    return f"unread: {remarks[0]}" if remarks else "read"


def headers() -> list[tuple[str, list[str], list[str]]]:
    """For each header, `meta` and `ct`: the fields that are read, and those that stay unread."""
    found: list[tuple[str, list[str], list[str]]] = []
    for header, fields in keys():
        groups: dict[bool, list[str]] = {True: [], False: []}
        for name, kind in fields:
            family = "arp" if header.startswith("arp") else "inet"
            hook = "filter hook input priority 0" if family == "arp" else _FILTER
            rule = f"{header} {name} {_SAMPLES.get(kind, '1')}"
            is_read = family != "arp" and state(Row("", rule, hook, family)) == "read"
            groups[is_read].append(name)
        found.append((header, groups[True], groups[False]))
    return found


def section() -> str:
    """The part of docs/formats.md about nftables."""
    lines = [
        "| header | read | unread |",
        "|---|---|---|",
        *(
            f"| `{header}` | {_names(read)} | {_names(unread)} |"
            for header, read, unread in headers()
        ),
        "",
    ]
    for title, rows in (("expressions", EXPRESSIONS), ("statements", STATEMENTS)):
        lines += [f"| nft(8) | {title} | state |", "|---|---|---|"]
        for row in rows:
            example = row.example.replace("|", "\\|")
            lines.append(f"| {row.heading.capitalize()} | `{example}` | {state(row)} |")
        lines.append("")
    return "\n".join(lines)


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(section(), end="")

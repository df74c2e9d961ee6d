"""Rules of every kind that nft takes: each is read, or what of it is not read is said."""

import pytest

from linter.model.match import All, Any, Condition, Not, Unread, Volatile
from linter.model.verdict import Unknown
from tests.parsers_nft.samples import export, nft_accepts

OBJECTS = """\
  counter c1 { }
  counter c2 { }
  quota q1 { 100 mbytes }
  limit l1 { rate 10/second; }
  synproxy s1 { mss 1460; wscale 7; }
  ct helper h1 { type "ftp" protocol tcp; }
  set s1 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.1 }; }
  set s2 { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 22 }; }
  set dyn { type ipv4_addr; flags dynamic,timeout; timeout 1m; size 100; }
  map dynmap { type ipv4_addr : inet_service; flags dynamic; size 100; }
  map nat1 { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 10.0.0.2 }; }
  map m1 { type inet_service : verdict; elements = { 22 : accept, 80 : jump other }; }
  chain other { }
"""
FILTER = """\
ip saddr 10.0.0.1
ip saddr != 10.0.0.0/8
ip saddr 10.0.0.1-10.0.0.9
ip saddr { 10.0.0.1, 10.1.0.0/16, 10.9.0.1-10.9.0.7 }
ip saddr != { 10.0.0.1, 10.1.0.0/16 }
ip saddr & 0.0.0.255 == 9
ip saddr & 0.0.0.255 < 10
ip saddr & 255.255.255.0 { 10.0.0.0, 10.0.1.0 }
ip saddr . ip daddr { 10.0.0.1 . 10.0.0.2, 10.0.1.0/24 . 10.0.0.5-10.0.0.9 }
ip protocol tcp
ip protocol { tcp, udp, 50 }
ip protocol != icmp
ip ttl < 5
ip ttl 64-128
ip dscp cs1
ip dscp != { af11, ef }
ip ecn ce
ip length 100-200
ip id 22
ip frag-off & 0x1fff != 0x0
ip hdrlength 5
ip version 4
ip checksum 0x1234
ip option rr exists
ip option lsrr type 1
ip6 saddr ::1
ip6 saddr fe80::/10
ip6 saddr != { 2001:db8::/32, ::1 }
ip6 saddr 2001:db8::1-2001:db8::9
ip6 nexthdr icmpv6
ip6 nexthdr { tcp, udp }
ip6 nexthdr != tcp
ip6 hoplimit > 250
ip6 flowlabel 22
ip6 length 233
ip6 dscp cs3
ip6 version 6
exthdr frag exists
exthdr hbh missing
frag more-fragments 1
frag nexthdr tcp
hbh nexthdr 6
rt type 0
rt seg-left 1
rt ip nexthop 10.0.0.1
rt ip6 nexthop fe80::1
rt classid 10
rt ipsec exists
mh type 1
dst nexthdr 6
srh last-entry 0
tcp dport 22
tcp dport ssh
tcp dport != 22
tcp dport { 22, 80-90, https }
tcp dport != { 22, 80 }
tcp dport 1-1023
tcp dport > 1023
tcp dport <= 1023
tcp dport & 0xff00 == 0x0100
tcp sport 1024-65535 tcp dport 22
tcp flags syn
tcp flags == syn
tcp flags != syn
tcp flags syn,ack
tcp flags { syn, ack }
tcp flags & (fin|syn|rst|ack) == syn
tcp flags & (fin | syn) == (fin | syn)
tcp flags & syn != 0
tcp flags & (syn | ack) == syn | ack
tcp flags ! syn,rst
tcp flags syn / fin,syn,rst,ack
tcp flags != syn / syn,ack
tcp flags & (fin|syn|rst|ack) vmap { syn : accept, syn|ack : drop }
tcp sequence 22
tcp ackseq 5
tcp window 100-200
tcp doff 8
tcp urgptr 0
tcp checksum 22
tcp option maxseg size 1360
tcp option maxseg exists
tcp option sack-perm missing
tcp option timestamp tsval 1
tcp option sack0 left 1
tcp option window exists
tcp option maxseg size set 1360
tcp flags syn tcp option maxseg size set rt mtu
udp dport 53
udp dport domain
udp length 8-80
udp checksum 1
udplite dport 22
sctp dport 22
sctp vtag 5
sctp chunk init exists
sctp chunk data flags 1
dccp dport 22
dccp type request
dccp type { request, response }
esp spi 100
ah spi 100
ah hdrlength 11
comp cpi 5
th dport 53
th dport != 53
th sport { 53, 123 }
meta l4proto { tcp, udp } th dport 53
meta l4proto { tcp, udp } th dport != { 53, 853 }
meta l4proto . th dport { tcp . 22, udp . 53 }
@th,16,16 53
@nh,96,32 0x0a000001
@ll,0,48 0x112233445566
@th,0,8 & 0x0f == 5
icmp type echo-request
icmp type { echo-reply, 3, time-exceeded }
icmp type != redirect
icmp code 3
icmp code port-unreachable
icmp type 3 icmp code frag-needed
icmp id 5
icmp sequence 22
icmp mtu 1280
icmpv6 type nd-neighbor-solicit
icmpv6 type { echo-request, 133-137 }
icmpv6 code 4
icmpv6 code addr-unreachable
icmpv6 id 1
icmpv6 mtu 1280
icmpv6 max-delay 5
igmp type membership-query
ct state new
ct state new,established
ct state { new, established, related }
ct state != invalid
ct state ! established,related
ct state & (established|related) != 0
ct state new | established
ct state vmap { established : accept, related : accept, invalid : drop }
ct direction original
ct direction != reply
ct status dnat
ct status snat,dnat
ct status & dnat == dnat
ct status != expected
ct mark 0x1
ct mark & 0xff == 0x10
ct mark != { 1, 2 }
ct mark and 0x1 == 0x1
ct expiration 30s
ct expiration 30s-1h
ct helper "ftp"
ct label 5
ct l3proto ipv4
ct protocol tcp
ct original ip saddr 10.0.0.1
ct original ip daddr { 10.0.0.1, 10.0.1.0/24 }
ct original ip6 saddr ::1
ct original protocol tcp
ct reply ip saddr 10.0.0.1
ct bytes > 100000
ct original bytes > 100
ct packets 1-10
ct avgpkt > 100
ct zone 5
ct original zone 5
ct id 12345
ct count 10
ct count over 100
ct mark set 0x1
ct mark set meta mark
ct mark set meta mark and 0xff
ct mark set ct mark or 0x1
ct label set 5
ct event set new,related,destroy
ct event set new
ct zone set 5
ct original zone set 5
meta mark set 1 accept
meta mark set ct mark
meta mark set meta mark & 0xffffff00 | 0x1
meta mark set ct mark & 0xff
meta mark set ip saddr map { 10.0.0.1 : 1, 10.0.0.2 : 2 }
meta mark set tcp dport map { 22 : 1, 80-90 : 2 } accept
meta mark set numgen inc mod 2
meta mark set jhash ip saddr mod 4 seed 0xdeadbeef
meta mark set symhash mod 2
mark set 0x5
meta priority set 1:2
meta pkttype set host
meta nftrace set 1
nftrace set 1
ip dscp set cs1
ip6 dscp set cs1
ip ttl set 64
ip daddr set 10.0.0.1
tcp dport set 8080
udp checksum set 0
meta length 100-200
meta length > 1000
meta protocol ip
meta protocol { ip, ip6 }
meta nfproto ipv4
meta nfproto { ipv4, ipv6 }
meta nfproto != ipv6
meta l4proto tcp
meta l4proto { tcp, udp, 50 }
meta l4proto != { icmp, ipv6-icmp }
meta priority 0
meta priority 1:2
meta mark 0x1
meta mark & 0xf0 == 0x10
meta mark & 0x3 == { 1, 2 }
mark 5
meta mark xor 0x1 == 0x3
iif lo
iif != lo
iif { lo }
iifname "eth0"
iifname eth*
iifname "eth*"
iifname { "eth0", "wl*" }
iifname != { eth0, eth1 }
oif lo
oifname "docker0"
oifname != "br-*"
iiftype ether
iifgroup 0
meta iifkind "veth"
meta oifkind "vlan"
meta skuid 1000
meta skuid { root, 1001-1005 }
meta skgid 1000
skuid root
meta cgroup 1
meta cpu 0
meta random 0-1000
meta pkttype broadcast
meta pkttype { broadcast, multicast }
pkttype host
meta rtclassid 5
meta ipsec exists
meta secpath exists
meta time "2023-01-01 12:00:00"
meta day "Saturday"
meta day { "Saturday", "Sunday" }
meta hour "08:00"-"18:00"
meta hour >= "08:00"
meta sdif lo
meta sdifname "vrf0"
socket transparent 1
socket transparent 1 socket wildcard 0
socket mark 5
osf name "Linux"
osf ttl skip name "Linux"
fib daddr type local
fib daddr type { local, broadcast, multicast }
fib daddr type != local
fib daddr . iif type local
fib saddr . iif oif missing
fib saddr . iif oif exists
fib saddr . mark . iif oif 0
fib saddr oif lo
fib daddr oifname "eth0"
fib saddr type unicast
fib daddr . mark type vmap { blackhole : drop, unreachable : drop }
numgen inc mod 2 0
numgen random mod 10 < 3
numgen inc mod 2 vmap { 0 : accept, 1 : drop }
jhash ip saddr . ip daddr mod 2 0
jhash ip saddr mod 2 vmap { 0 : accept, 1 : continue }
symhash mod 2 vmap { 0 : accept, 1 : drop }
ipsec in reqid 1
ipsec out ip saddr 10.0.0.1
ipsec in spi 5
accept
drop
return
continue
jump other
goto other
jump { ip saddr 10.0.0.1 drop; tcp dport 22 accept; }
counter
counter packets 5 bytes 100
counter name "c1"
counter name tcp dport map { 22 : "c1", 80 : "c2" }
counter name c1 accept
quota 100 mbytes
quota over 25 mbytes used 5 kbytes drop
quota name "q1" drop
limit rate 10/second
limit rate over 10/minute burst 5 packets
limit rate 400/hour
limit rate 1 mbytes/second
limit rate over 1023 bytes/second burst 10 kbytes drop
limit name "l1"
log
log prefix "foo: "
log prefix "foo" level debug
log group 5 snaplen 100 queue-threshold 10
log level audit
log flags all
log flags tcp sequence,options
log flags ip options
log flags skuid
log flags ether
log prefix "a b c " level warn flags tcp options accept
reject
reject with tcp reset
reject with icmp type host-unreachable
reject with icmp port-unreachable
reject with icmpv6 type admin-prohibited
reject with icmpx type port-unreachable
reject with icmpx admin-prohibited
ip protocol tcp reject with tcp reset
queue
queue num 1
queue num 1-3 fanout
queue num 0-3 bypass,fanout
queue to 1
queue flags bypass to 1-3
queue to tcp dport map { 22 : 1, 80 : 2 }
notrack
synproxy
synproxy mss 1460 wscale 7
synproxy mss 1460 wscale 7 timestamp sack-perm
synproxy name "s1"
ct helper set "h1"
add @dyn { ip saddr }
add @dyn { ip saddr timeout 10s } accept
update @dyn { ip saddr limit rate over 10/second } drop
update @dyn { ip saddr ct count over 5 } drop
add @dyn { ip saddr counter }
delete @dyn { ip saddr }
add @dynmap { ip saddr : tcp dport }
meter m1 { ip saddr limit rate 10/second } accept
meter m2 size 65535 { ip saddr timeout 5s limit rate 10/second }
ip saddr @s1
ip saddr != @s1
ip saddr . tcp dport @s2
ip saddr @s1 tcp dport vmap @m1
tcp dport vmap { 22 : accept, 80-90 : jump other, * : drop }
ip saddr . tcp dport vmap { 10.0.0.1 . 22 : accept, 10.0.0.2 . 80 : goto other }
ip saddr vmap { 10.0.0.0/8 : jump other, 192.168.0.0/16 : accept }
iifname vmap { "eth0" : accept, "wl*" : jump other }
iifname . tcp dport { "eth0" . 22, "eth1" . 80 }
iifname . ip saddr . tcp dport vmap { "eth0" . 10.0.0.1 . 22 : accept }
meta mark vmap { 1 : jump other, 2 : drop }
meta mark 0x1 meta mark set 0x2 tcp dport 22 accept
ip saddr 10.0.0.1 meta mark set 0x2 ct mark set meta mark
ip dscp vmap { cs1 : accept, cs2 : drop }
ct state established,related counter packets 10 bytes 20 accept comment "ok"
tcp dport 22 accept comment "it's { ssh } # not"
tcp dport {22,80} accept
tcp dport { 22 , 80 ,443 } accept
tcp dport 0x16 accept
ether saddr 00:11:22:33:44:55
ether saddr { 00:11:22:33:44:55, 00:11:22:33:44:66 }
ether type ip
vlan id 5
meta l4proto tcp tproxy to :50080 accept
tcp dport 22 ip saddr 10.0.0.1 tcp sport 5
ip saddr 10.0.0.1 ip daddr 10.0.0.2 udp sport 5 udp dport 6
tcp option maxseg size 0-500
reset tcp option sack-perm
"""
DESTINATION = """\
dnat ip to 10.0.0.1
tcp dport 80 dnat ip to 10.0.0.1-10.0.0.5:8000-8080
dnat ip to ip saddr map { 10.0.0.1 : 10.0.1.1, 10.0.0.2 : 10.0.1.2 }
dnat ip addr . port to ip saddr . tcp dport map { 10.0.0.1 . 80 : 10.0.1.1 . 8080 }
dnat ip to ip saddr . tcp dport map { 10.0.0.1 . 80 : 10.0.1.1 . 8080 }
dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
dnat ip prefix to 10.0.0.0/24
dnat ip prefix to ip daddr map { 192.168.1.0/24 : 10.0.1.0/24 }
dnat ip6 to fe80::1
tcp dport 80 dnat ip6 to [2001:db8::1]:80
dnat ip to ip saddr map @nat1
redirect
tcp dport 22 redirect to :2222
tcp dport 22 redirect to 2222
udp dport 53 redirect to :53 random
tcp dport 22 redirect to :2000-3000
"""
SOURCE = """\
snat ip to 10.0.0.1-10.0.0.9
snat ip to 10.0.0.1 fully-random,persistent
snat ip to ip saddr map { 10.0.0.1 : 192.0.2.1, 10.0.1.0/24 : 192.0.2.2 }
snat ip prefix to ip saddr map { 10.141.11.0/24 : 192.168.2.0/24 }
snat ip to ip saddr . tcp sport map { 10.0.0.1 . 80 : 192.0.2.1 . 100 }
snat ip6 to 2001:db8::1
masquerade
masquerade random
masquerade fully-random
masquerade persistent
tcp dport 80 masquerade to :1024-65535
udp dport 80 masquerade to :1024-65535 random
ip saddr 10.0.0.0/8 masquerade
meta nfproto ipv4 masquerade
"""
KINDS = {
    "filter hook prerouting priority 0": FILTER,
    "nat hook prerouting priority -100": DESTINATION,
    "nat hook postrouting priority 100": SOURCE,
}
RULES = [(kind, rule) for kind, rules in KINDS.items() for rule in rules.splitlines()]


def content(kind: str, *rules: str) -> str:
    """A table with a chain for each rule."""
    chains = [
        f"  chain c{number} {{\n    type {kind};\n    {rule}\n  }}"
        for number, rule in enumerate(rules)
    ]
    return "\n".join(["table inet t {", OBJECTS, *chains, "}", ""])


@pytest.mark.parametrize(("kind", "rules"), KINDS.items(), ids=lambda value: value.split("\n")[0])
@pytest.mark.usefixtures("nft")
def test_nft_takes_these_rules(kind: str, rules: str) -> None:
    assert nft_accepts(content(kind, *rules.splitlines()))


@pytest.mark.parametrize(("kind", "rule"), RULES, ids=[rule for _, rule in RULES])
def test_a_rule_is_read_or_said_to_be_unread(kind: str, rule: str) -> None:
    ruleset = export(content(kind, rule))
    chains = ruleset.tables[0].chains
    rules = [each for name, chain in chains.items() if name != "other" for each in chain.rules]
    is_open = any(
        isinstance(each.verdict, Unknown) or any(map(_is_open, each.match)) for each in rules
    )

    assert rules
    assert is_open == bool(ruleset.gaps) or rule.startswith(SILENT)


# A packet without the option or the header goes on: what follows is unread, and nothing follows.
SILENT = (
    "tcp option maxseg size set",
    "tcp flags syn tcp option",
    "ct zone set",
    "ct original zone",
)


def _is_open(condition: Condition) -> bool:
    match condition:
        case Unread() | Volatile():
            return True
        case Not(inner):
            return _is_open(inner)
        case All(inners) | Any(inners):
            return any(map(_is_open, inners))
        case _:
            return False

"""What sets contain, and what `-m set` asks of a packet."""

import pytest

from flowmodel.source import InputError, Source
from parsers.ipset.read import parse_sets
from parsers.iptables.read import parse
from parsers.shared.context import Context
from tests.parsers.iptables.samples import caret, rule, rules, show


def asked(kind: str, flags: str, *entries: str) -> str:
    """What a match on a set of these entries asks."""
    sets = "\n".join([f"create s {kind}", *(f"add s {entry}" for entry in entries)])
    return show(rule(f"-A INPUT -m set --match-set s {flags} -j DROP", sets=sets).match)


ELEMENTS = [
    ("hash:ip", "src", ["192.0.2.1", "192.0.2.2"], "src=c0000201-c0000202"),
    ("hash:ip", "dst", ["192.0.2.1"], "dst=c0000201"),
    ("hash:ip", "src", [], "any()"),
    ("hash:ip netmask 24", "src", ["192.0.2.0"], "src=c0000200-c00002ff"),
    ("hash:ip", "src", ["192.0.2.1-192.0.2.4"], "src=c0000201-c0000204"),
    ("hash:net", "src", ["10.0.0.0/8"], "src=a000000-affffff"),
    ("hash:net", "src", ["10.0.0.0/8", "0.0.0.0/0"], "src=0-ffffffff"),
    ("hash:ip,port", "src,dst", ["192.0.2.1,tcp:80"], "src.proto.dport=c0000201 6 50"),
    ("hash:ip,port", "dst,src", ["192.0.2.1,80-81"], "dst.proto.sport=c0000201 6 50-51"),
    (
        "hash:ip,port",
        "src,dst",
        ["192.0.2.1,icmp:echo-request"],
        "src.proto.icmp_type.icmp_code=c0000201 1 8 0",
    ),
    ("hash:ip,port", "src,dst", ["192.0.2.1,gre:0"], "src.proto=c0000201 2f"),
    # Too few directions never match, too many do no harm.
    ("hash:ip,port", "src", ["192.0.2.1,tcp:80"], "any()"),
    ("hash:ip", "src,dst", ["192.0.2.1"], "src=c0000201"),
    (
        "hash:ip,port,net",
        "src,dst,dst",
        ["192.0.2.1,udp:5,10.0.0.0/8"],
        "src.proto.dport.dst=c0000201 11 5 a000000-affffff",
    ),
    (
        "hash:net,net",
        "src,dst",
        ["10.0.0.0/8,192.0.2.0/24"],
        "src.dst=a000000-affffff c0000200-c00002ff",
    ),
    # One address in both prefixes, which these two have not in common.
    ("hash:net,net", "src,src", ["10.0.0.0/8,192.0.2.0/24"], "any()"),
    ("hash:net,iface", "src,src", ["10.0.0.0/8,eth0"], "src=a000000-affffff; in=eth0"),
    ("hash:net,iface", "dst,dst", ["10.0.0.0/8,eth+"], "dst=a000000-affffff; out=eth+"),
    ("hash:net,iface", "src,src", ["10.0.0.0/8,eth wildcard"], "src=a000000-affffff; in=^eth"),
    (
        "hash:net,iface",
        "src,src",
        ["10.0.0.0/8,physdev:eth0"],
        "?-m set --match-set s src,src",
    ),
    ("hash:ip,mark", "src,src", ["192.0.2.1,0x63"], "src.mark=c0000201 63"),
    (
        "hash:ip,mark markmask 0xff",
        "src,src",
        ["192.0.2.1,0x63"],
        "src=c0000201; mark&ff=63",
    ),
    # ip_set_hash_ipmark.c, hash_ipmark4_uadt: the mark of an element is cut as well.
    (
        "hash:ip,mark markmask 0xf0",
        "src,src",
        ["192.0.2.1,0x63"],
        "src=c0000201; mark&f0=60",
    ),
    # ip_set_hash_netnet.c, hash_netnet4_kadt: so are the packet's addresses.
    (
        "hash:net,net netmask 24",
        "src,dst",
        ["192.0.2.1,10.0.0.0/8"],
        "?-m set --match-set s src,dst",
    ),
    ("bitmap:ip range 10.0.0.0-10.0.0.255", "src", ["10.0.0.1"], "src=a000001"),
    ("bitmap:port range 0-9", "dst", ["9"], "proto.dport=6 9/11 9"),
    ("hash:mac", "src", ["00:53:00:00:00:01"], "?-m set --match-set s src"),
    (
        "bitmap:ip,mac range 10.0.0.0/24",
        "src,src",
        ["10.0.0.1", "10.0.0.2,00:53:00:00:00:01"],
        "src=a000001-a000002; ?-m set --match-set s src,src",
    ),
    ("hash:ip bitmask 255.0.255.0", "src", ["10.0.1.0"], "?-m set --match-set s src"),
]


@pytest.mark.parametrize(("kind", "flags", "entries", "expected"), ELEMENTS)
def test_types_of_sets(kind: str, flags: str, entries: list[str], expected: str) -> None:
    assert asked(kind, flags, *entries) == expected


NESTED = [
    "10.0.0.0/8",
    "10.0.0.0/24 nomatch",
    "10.0.0.8/29",
    "10.0.0.9 nomatch",
]


def test_the_longest_prefix_decides_whether_it_is_a_match() -> None:
    assert asked("hash:net", "src", *NESTED) == "src=a000008,a00000a-a00000f,a000100-affffff"


def test_return_nomatch_asks_for_what_nomatch_takes_out() -> None:
    asked_for = asked("hash:net", "src --return-nomatch", *NESTED)

    assert asked_for == "src=a000000-a000007,a000009,a000010-a0000ff"


def test_nomatch_of_one_port_leaves_the_others() -> None:
    asked_for = asked("hash:net,port", "src,dst", "10.0.0.0/8,tcp:80", "10.0.0.0/24,tcp:80 nomatch")

    assert asked_for == (
        "src.proto.dport=a000000-affffff 6 50; not(src.proto.dport=a000000-a0000ff 6 50)"
    )


def test_an_entry_with_a_timeout_matches_possibly() -> None:
    entries = ("192.0.2.1 timeout 0", '192.0.2.9 timeout 60 comment "a nomatch timeout 0"')

    assert asked("hash:ip timeout 60 comment", "src", *entries) == (
        "any(src=c0000201; all(src=c0000209; ?an entry of the set s (src) has not timed out))"
    )


def test_a_list_of_sets_is_their_union() -> None:
    sets = (
        "create a hash:ip\nadd a 192.0.2.1\ncreate b bitmap:port range 0-9\nadd b 9\n"
        "create s list:set size 8\nadd s a\nadd s b"
    )
    match = rule("-A INPUT -m set ! --match-set s src -j DROP", sets=sets).match

    assert show(match) == "not(any(src=c0000201; proto.sport=6 9/11 9))"


OPTIONS = [
    ("! --match-set hosts src", "src=0-c0000200,c0000203-ffffffff"),
    ("--match-set hosts src ! --update-counters", "src=c0000201-c0000202"),
    (
        "--match-set hosts src --packets-gt 5",
        "src=c0000201-c0000202; ~-m set --match-set hosts src --packets-gt 5",
    ),
    (
        "! --match-set hosts src --packets-gt 5",
        "~-m set --match-set hosts src --packets-gt 5 (negated)",
    ),
    ("--match-set nobody src", "?-m set --match-set nobody src (set nobody is not in the exports)"),
    (
        "! --match-set nobody src",
        "not(?-m set --match-set nobody src (set nobody is not in the exports))",
    ),
]


@pytest.mark.parametrize(("text", "expected"), OPTIONS)
def test_options_of_the_match(text: str, expected: str) -> None:
    assert show(rule(f"-A INPUT -m set {text} -j DROP").match) == expected


def test_a_set_that_rules_write_is_not_what_it_was_when_it_was_exported() -> None:
    sets = parse_sets(Source("sets", ["create s hash:ip", "add s 192.0.2.1"]))
    lines = ["*filter", "-A INPUT -m set --match-set s src -j DROP", "COMMIT"]
    found = parse(Source("rules", lines), Context(sets, frozenset({"s"})))

    assert show(rules(found)[0].match) == "~-m set --match-set s src (rules write to the set s)"


ERRORS = [
    (
        "add t 192.0.2.1",
        "sets:2:5: the set t is not created above",
        "    ^",
    ),
    (
        "add s 192.0.2.1,tcp:80",
        "sets:2:7: `192.0.2.1,tcp:80` is no element of a set of type hash:ip",
        "      ^^^^^^^^^^^^^^^^",
    ),
    ("add s host.example.net", "sets:2:7: `host.example.net` is no address", "      " + "^" * 16),
    ("create s hash:ip", "sets:2:8: the set s is created a second time", "       ^"),
    ("create t frob:ip", "sets:2:10: `frob:ip` is no type of set", "         ^^^^^^^"),
    ("flush s", "sets:2:1: `flush` is no line of `ipset save`", "^^^^^"),
]


@pytest.mark.parametrize(("line", "message", "carets"), ERRORS)
def test_what_ipset_does_not_print_is_an_error_with_its_place(
    line: str, message: str, carets: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_sets(Source("sets", ["create s hash:ip", line]))

    assert caret(caught.value) == f"{message}\n{line}\n{carets}"


WRONG = {
    "create s hash:net famly inet": "`famly` is no option of ipset here",
    "create s hash:net family ineqt": "`ineqt` is no family: inet or inet6 is meant",
    "create s hash:net family": "`family` needs a value",
    "create s hash:ip netmsk 24": "`netmsk` is no option of ipset here",
    "create s hash:ip netmask": "`netmask` needs a value",
    "create s hash:ip netmask 33": "`33` is no prefix length: a number from 0 to 32 is meant",
    "create s hash:ip hashsize many": "`many` is no number for `hashsize`: a number from 0 to "
    "4294967295 is meant",
    "create s hash:ip timeout 5 timeout 6": "`timeout` stands twice",
    "create s hash:net\nadd s 10.0.0.0/8 nomach": "`nomach` is no option of ipset here",
    "create s hash:ip\nadd s 10.0.0.1 nomatch": "`nomatch` is no option of ipset here",
    "create s hash:net\nadd s 10.0.0.0/8 wildcard": "`wildcard` is no option of ipset here",
    "create s hash:net\nadd s 10.0.0.0/8 timeout": "`timeout` needs a value",
    "create s hash:net\nadd s 10.0.0.0/8 timeout soon": "`soon` is no number of seconds: a number "
    "from 0 to 4294967295 is meant",
    "create s hash:net comment\nadd s 10.0.0.0/8 comment": "`comment` needs a value",
}


@pytest.mark.parametrize("port", ["icmp:8/", "icmp:8", "icmp:any", "icmp:/0", "icmp6:128/0"])
def test_a_type_of_icmp_that_ipset_cannot_parse_is_an_error(port: str) -> None:
    head = "create s hash:ip,port family inet\nadd s 192.0.2.1,"
    assert parse_sets(Source("sets", f"{head}icmp:8/0".split("\n")))
    with pytest.raises(InputError):
        parse_sets(Source("sets", f"{head}{port}".split("\n")))


@pytest.mark.parametrize("name", ["", "a" * 16])
def test_a_name_that_no_interface_can_have_is_an_error(name: str) -> None:
    head = "create s hash:net,iface family inet\nadd s 192.0.2.0/24,"
    assert parse_sets(Source("sets", f"{head}{'a' * 15}".split("\n")))
    with pytest.raises(InputError):
        parse_sets(Source("sets", f"{head}{name}".split("\n")))


@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_an_option_that_ipset_does_not_have_is_an_error(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_sets(Source("sets", text.split("\n")))

    assert caught.value.message == message


KNOWN = [
    "create s hash:net family inet6 hashsize 1024 maxelem 65536 counters comment timeout 600",
    "create s hash:net bucketsize 12 initval 0x1 skbinfo forceadd",
    'create s hash:net comment counters\nadd s 10.0.0.0/8 packets 1 bytes 60 comment "a nomatch"',
    "create s list:set size 8\ncreate t hash:ip\nadd s t before u",
    "create s bitmap:ip range 10.0.0.0/24 netmask 28",
    "create s hash:net,iface\nadd s 10.0.0.0/8,eth wildcard nomatch",
    "create s hash:ip skbinfo\nadd s 10.0.0.1 skbmark 0x1/0xff skbprio 1:2 skbqueue 3",
]


@pytest.mark.parametrize("text", KNOWN)
def test_an_option_of_ipset_is_read(text: str) -> None:
    assert "s" in parse_sets(Source("sets", text.split("\n")))


def test_a_range_of_masked_addresses_reaches_to_the_ends_of_their_networks() -> None:
    assert asked("hash:ip netmask 24", "src", "192.0.2.5-192.0.3.9") == "src=c0000200-c00003ff"


def test_ranges_of_networks_do_not_multiply() -> None:
    text = "create s hash:net,net family inet6\n" + "".join(
        f"add s ::{n}-ffff::fffe,::{n}-ffff::fffe\n" for n in range(1, 100)
    )
    (entry, *_) = found = parse_sets(Source("sets", text.split("\n")))["s"].entries

    assert len(found) == 99
    assert len(entry.cells) == 2


def test_networks_of_a_range_are_told_apart_for_nomatch() -> None:
    kept = asked("hash:net", "src", "10.0.0.0-10.0.0.5", "10.0.0.4 nomatch")

    assert kept == "src=a000000-a000003,a000005"


def test_too_many_networks_of_ranges_are_unread() -> None:
    wide = "0.0.0.1-255.255.255.254"
    found = asked(
        "hash:net,port,net",
        "src,dst,dst",
        *(f"{wide},{n},{wide}" for n in range(1, 9)),
        "10.0.0.1,1,10.0.0.1 nomatch",
    )

    assert found == "?-m set --match-set s src,dst,dst (of more than 20,000 networks)"

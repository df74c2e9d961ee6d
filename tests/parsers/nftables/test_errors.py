"""What nft refuses is an error with its place, and never a rule with a part less."""

import json

import pytest

from flowmodel.source import InputError
from tests.parsers.nftables.samples import NAT, caret, export, nft_accepts, show, text

NOT = "`!` can only be asked of flags; `!=` is for other values"
RULES = [
    ("tcp dport 70000 accept", "`70000` is too large: port has 16 bits"),
    ("tcp dport 90-80 accept", "the range `90-80` ends before it begins"),
    ("tcp dport foo:bar accept", "`:` is not expected here"),
    ("ip saddr 192.0.2.256 drop", "`192.0.2.256` is no IPv4 address"),
    ("ip saddr 192.0.2.0/33 drop", "`33` is no prefix length: 0 to 32 is meant"),
    ("ip saddr 2001:db8::1 drop", "`2001:db8::1` is no IPv4 address"),
    ("ip6 saddr 2001:db8:::1 drop", "`2001:db8:::1` is no IPv6 address"),
    ("ip nonsense 5 drop", "`ip` has no `nonsense`"),
    ("meta nonsense 5 drop", "`meta` has no `nonsense`"),
    # meta_key_qualified in nft's parser_bison.y: these need `meta` before them.
    ("nfproto ipv6 drop", "`nfproto` is not expected here"),
    ("l4proto tcp drop", "`l4proto` is not expected here"),
    ("protocol ip drop", "`protocol` is not expected here"),
    ("priority 1:1 drop", "`priority` is not expected here"),
    ("ct nonsense 5 drop", "`ct` has no `nonsense`"),
    ("ct state newer drop", "`newer` is no connection state"),
    ("tcp flags sin drop", "`sin` is no TCP flag"),
    ("icmp type pong drop", "`pong` is no ICMP type"),
    ("fib daddr type lokal drop", "`lokal` is no address type"),
    ("ip saddr 192.0.2.1 ip6 daddr ::1 drop", "conflicting protocols: ip and ip6"),
    ("tcp dport 22 udp sport 53 drop", "conflicting protocols: udp and another one"),
    ("ip saddr ! 192.0.2.1 drop", NOT),
    ("tcp dport ! 22-23 drop", NOT),
    ("meta mark ! 0x1 drop", NOT),
    ("meta mark and 0x1 ! 0x1 drop", NOT),
    ("fib saddr type ! local drop", NOT),
    ("ip saddr . tcp dport ! 192.0.2.1 . 22 drop", NOT),
    ("tcp flags & (rst) ! rst drop", "`!` cannot be asked of bits that are picked with `&`"),
    ("ct state & 3 ! 1 drop", "`!` cannot be asked of bits that are picked with `&`"),
    ("tcp flags ! 1-3 drop", "`!` cannot be asked of a range or a mask"),
    ("tcp flags < 1-3 drop", "`<` cannot be asked of a range or a mask"),
    ("tcp flags & 1-3 == 1 drop", "a range cannot stand here"),
    ("tcp flags 3-1 drop", "the range ends before it begins"),
    ("tcp flags 4 - 2 drop", "the range ends before it begins"),
    ("tcp flags 1-3,8 drop", "a range cannot stand here"),
    ("ct state ! new / new,established drop", "`!` cannot be asked of a range or a mask"),
    ("tcp flags >= syn / syn,ack drop", "`>=` cannot be asked of a range or a mask"),
    ("ip saddr . tcp dport < 192.0.2.1 . 22 drop", "`<` cannot be asked of several values"),
    ("jump nowhere", "the table has no chain `nowhere`"),
    ("jump c", "`c` is a base chain: nothing may jump there"),
    ("ip saddr @nowhere drop", "the table has no set `nowhere`"),
    ("ip saddr @services drop", "the set `services` has keys of 2 parts, not 1"),
    ("ip6 saddr @s drop", "the set `s` has keys of type ipv4, and `ip6 saddr` is ipv6"),
    ("tcp dport vmap @s", "the table has no map `s`"),
    ("tcp dport vmap { 22 : allow }", "`allow` is no verdict"),
    ("tcp dport { , 22 } drop", "there is no element before the first comma"),
    ("tcp dport vmap { , 22 : drop }", "there is no element before the first comma"),
    ("tcp dport vmap { 22 }", "the element `22` of a map has no value"),
    ("ip saddr vmap { 10.0.0.0/8 : drop, 10.1.0.0/16 : accept }", None),
    ("accept drop", "a statement behind the verdict has no effect"),
    ("counter packets 1.5 bytes 0", "`1.5` is no count"),
    ("frobnicate", "`frobnicate` is not expected here"),
    ("tcp dport", "the rule ends too early"),
    ("ip saddr $nobody drop", "no variable `nobody` is defined"),
    ('log prefix "x', "this quotation mark is never closed"),
]


@pytest.mark.parametrize(
    ("rule", "expected"), [each for each in RULES if each[1]], ids=[rule for rule, m in RULES if m]
)
def test_a_rule_is_refused_with_its_reason(rule: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        export(text(rule))

    assert raised.value.message == expected
    assert raised.value.span.line >= 10


# What a jump leads to is for the kernel to refuse, which is not asked.
@pytest.mark.parametrize("rule", [rule for rule, _ in RULES if rule != "jump c"])
@pytest.mark.usefixtures("nft")
def test_nft_refuses_it_too(rule: str) -> None:
    assert not nft_accepts(text(rule))


CARETS = [
    (
        "tcp dport 22 ip saddr 192.0.2.256 drop",
        (
            "10:27: `192.0.2.256` is no IPv4 address\n"
            "    tcp dport 22 ip saddr 192.0.2.256 drop\n"
            "                          ^^^^^^^^^^^"
        ),
    ),
    (
        "tcp dport { 22, 80-70 } drop",
        (
            "10:21: the range `80-70` ends before it begins\n"
            "    tcp dport { 22, 80-70 } drop\n"
            "                    ^^^^^"
        ),
    ),
    (
        "tcp dport 22 acept",
        "10:18: `acept` is not expected here\n    tcp dport 22 acept\n                 ^^^^^",
    ),
]


@pytest.mark.parametrize(("rule", "expected"), CARETS, ids=[rule for rule, _ in CARETS])
def test_the_words_that_are_wrong_are_shown(rule: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        export(text(rule))

    assert caret(raised.value) == expected


FILES = {
    "table inet t {": "1:1: the file ends before this block is closed",
    "table inet t {\n chain c {\n  tcp dport { 22,": (
        "3:13: the file ends before this brace is closed"
    ),
    "table inet t { }\n}": "2:1: this brace closes nothing",
    "table inte t { }": "1:1: `table [family] name` is meant",
    "table ip t { chian c { }; }": "1:14: `chian` is not expected in a table",
    "nonsense": "1:1: there is no table `ip nonsense`",
    "add rule ip t c accept": "1:1: there is no table `ip t`",
    "table ip t { chain c { type filter hook inputt priority 0; }; }": (
        "1:41: the family ip has no hook `inputt`"
    ),
    "table ip t { chain c { type filter hook input priority lots; }; }": (
        "1:56: `lots` is no priority"
    ),
    "table ip t { chain c { type filter hook input priority + 10; }; }": (
        "1:56: `+ 10` is no priority"
    ),
    "table ip t { chain c { type filter hook input priority filter 10; }; }": (
        "1:56: `filter 10` is no priority"
    ),
    "table ip t { chain c { type filter hook input priority 0; policy reject; }; }": (
        "1:66: `reject` is no policy of a chain"
    ),
    "table ip t { chain c { type nat hook prerouting priority -200; }; }": (
        "1:58: a chain of type nat has a priority above -200"
    ),
    "table ip t { chain c { type filter hook input priority 2147483648; }; }": (
        "1:56: a priority is a number of 32 bits"
    ),
    "table ip t { chain c { type nat hook forward priority 0; }; }": (
        "1:29: a chain of type nat has no place at the hook forward"
    ),
    "table ip t { set s { elements = { 1.1.1.1 }; }; }": "1:14: the set `s` has no type",
    "table ip t { set s { type ipv4_addr; flags fast; }; }": "1:44: `fast` is no flag of a set",
    (
        "table ip t { set s { type ipv4_addr; flags interval;\n"
        "elements = { 10.0.0.0/8, 10.1.0.0/16 }; }; }"
    ): ("2:26: `10.1.0.0/16` overlaps another element, and nothing merges them"),
    "table ip t { chain a { jump b; }; chain b { jump a; };\n"
    "chain c { type filter hook input priority 0; jump a; }; }": (
        "1:45: the chain `a` is reached from itself"
    ),
    "define a = 1\ndefine a = 2": "2:1: the variable `a` is already defined",
    '{"nftables": [': "1:14: this is no JSON: expecting value",
    '{"nftables": [{"rule": {}}]}': "1:15: this object has no 'family'",
    '{"nftables": 5}': "1:14: `[` is expected",
    '{"tables": []}': '1:10: an object with the key "nftables" is expected',
    '{"nftables": [{"table": {"family": "inet", "name": "t"}}': (
        "1:56: the file ends before the list is closed"
    ),
}


@pytest.mark.parametrize(("content", "expected"), FILES.items(), ids=FILES.keys())
def test_a_file_is_refused_with_the_place(content: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        export(content)

    error = raised.value
    assert f"{error.span.line}:{error.span.column}: {error.message}" == expected


def test_a_port_to_translate_to_needs_a_protocol() -> None:
    with pytest.raises(InputError) as raised:
        export(text("dnat to 192.0.2.1:80", "ip", NAT))

    assert raised.value.message == "a port needs a test of the protocol in front of it"


def _file(rule: str) -> str:
    return text(rule)


HOSTILE = {
    "doubling": "define a0 = 1\n"
    + "".join(f"define a{n + 1} = {{ $a{n}, $a{n} }}\n" for n in range(60)),
    "many uses": "define a = {"
    + "1," * 100_000
    + "}\n"
    + "".join(f"define b{n} = $a\n" for n in range(2_000)),
    "small doubling": "define a0 = 1\n"
    + "".join(f"define a{n + 1} = {{ $a{n}, $a{n} }}\n" for n in range(21))
    + _file("tcp dport $a21 accept"),
    "ampersands": _file("ip saddr " + "&" * 60_000 + " 1 accept"),
    "masks": _file("meta mark " + "& 1 " * 15_000 + "== 1 accept"),
    "empty braces": _file("tcp dport " + "{}" * 30_000 + " accept"),
    "words": _file("meta mark set " + "a " * 3_000),
    "a long key": _file("ip saddr . " * 6_000 + "ip daddr { 1.1.1.1 }"),
    "ports of ports": _file("dnat to " + ": tcp " * 10_000),
    "a name and no table": "table ip " + "a" * 60_000 + "!",
    "chains in chains": _file("jump { " * 500 + "accept;" + " }" * 500),
    "parentheses": _file(f"tcp dport & {'(' * 3000}1{')' * 3000} == 1"),
    "operators": _file("meta mark & " + "| ".join(["1 "] * 3000) + "== 1"),
    "long way": (
        "table ip t {\n"
        + "".join(f"chain c{n} {{ jump c{n + 1}; }};\n" for n in range(100))
        + "chain c100 { }\nchain c { type filter hook input priority 0; jump c0; }\n}"
    ),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_would_take_for_ever_is_refused(content: str) -> None:
    with pytest.raises(InputError):
        export(content)


def test_a_shift_beyond_the_field_is_unread() -> None:
    found = export(text("meta mark >> 4000000000 == 1 drop"))

    assert [gap.check for gap in found.gaps] == ["FW902"]


def test_deeply_nested_json_is_refused() -> None:
    deep = "[" * 100_000

    with pytest.raises(InputError):
        export(f'{{"nftables": [{deep}')


def test_json_of_a_newer_nft_is_not_understood_but_not_lost() -> None:
    table = {"family": "inet", "table": "t"}
    objects: list[dict[str, object]] = [
        {"table": {"family": "inet", "name": "t"}},
        {"chain": {**table, "name": "c"}},
        {"rule": {**table, "chain": "c", "expr": [{"teleport": {"to": "mars"}}, {"accept": None}]}},
    ]
    found = export(json.dumps({"nftables": objects}))
    rules = found.tables[0].chains["c"].rules

    assert [type(rule.verdict).__name__ for rule in rules] == ["Unknown", "Accept"]
    assert all("teleport" in show(rule.match) for rule in rules)
    assert [gap.check for gap in found.gaps] == ["FW901"]

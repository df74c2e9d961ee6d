"""What iptables refuses to load is an error with its place, and never a rule with a part less."""

import pytest

from flowmodel.source import InputError, Source
from parsers.iptables.read import parse
from parsers.shared.context import Context
from tests.parsers.iptables.samples import caret, export

ERRORS = [
    (
        "-A INPUT -p tcp -m tcp --dport 10:5 -j ACCEPT",
        "rules:3:32: the port range `10:5` ends before it begins",
        "                               ^^^^",
    ),
    (
        "-A INPUT -p tcp --dport 70000 -j ACCEPT",
        "rules:3:25: `70000` is no port: a number from 0 to 65535 is meant",
        "                        ^^^^^",
    ),
    (
        "-A INPUT -p tcp --dport 22,80 -j ACCEPT",
        "rules:3:25: `22,80` is no port",
        "                        ^^^^^",
    ),
    (
        "-A INPUT -p tcp -m multiport --dports 22,,80 -j ACCEPT",
        "rules:3:39: a port is missing in `22,,80`",
        "                                      ^^^^^^",
    ),
    (
        "-A INPUT -p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14:15,16 -j ACCEPT",
        "rules:3:38: 16 ports in one `-m multiport`: 15 is the most",
        "                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -m mac --mac-source 02:00:5e:00:53 -j DROP",
        "rules:3:30: `02:00:5e:00:53` is no hardware address",
        "                             ^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -m tcp --dport 22 -j ACCEPT",
        "rules:3:10: `-m tcp` needs `-p tcp` in the same rule; iptables refuses it without",
        "         ^^^^^^",
    ),
    (
        "-A INPUT ! -p tcp -m tcp -j ACCEPT",
        "rules:3:19: `-m tcp` needs `-p tcp` in the same rule; iptables refuses it without",
        "                  ^^^^^^",
    ),
    (
        "-A INPUT --dport 22 -j ACCEPT",
        "rules:3:10: `--dport` is no option of iptables",
        "         ^^^^^^^^^^",
    ),
    (
        "-A INPUT ! -p all -j ACCEPT",
        "rules:3:12: `! -p all` can never match; iptables refuses it",
        "           ^^^^^^",
    ),
    (
        "-A INPUT -s 192.0.2.1/33 -j ACCEPT",
        "rules:3:13: `33` is no prefix length: 0 to 32 is meant",
        "            ^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -s 192.0.2.256 -j ACCEPT",
        "rules:3:21: `256` is no part of an IPv4 address: a number from 0 to 255 is meant",
        "                    ^^^",
    ),
    (
        "-A INPUT -s 192.0.2.1 -s 192.0.2.2 -j ACCEPT",
        "rules:3:23: `-s` stands twice in one rule",
        "                      ^^^^^^^^^^^^",
    ),
    (
        "-A INPUT ! -s 192.0.2.1,192.0.2.2 -j ACCEPT",
        "rules:3:12: `!` stands before several addresses; iptables refuses that",
        "           ^^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -i averyveryverylongname -j ACCEPT",
        "rules:3:13: `averyveryverylongname` is no interface: 1 to 15 bytes are meant",
        "            ^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -p icmp -m icmp --icmp-type frob -j ACCEPT",
        "rules:3:38: `frob` is no ICMP type",
        "                                     ^^^^",
    ),
    (
        "-A INPUT -m conntrack --ctstate NEW,FROB -j ACCEPT",
        "rules:3:33: `FROB` is no connection state",
        "                                ^^^^^^^^",
    ),
    (
        "-A INPUT -m state --state SNAT -j ACCEPT",
        "rules:3:27: `SNAT` is no connection state",
        "                          ^^^^",
    ),
    (
        "-A INPUT -m mark -j ACCEPT",
        "rules:3:10: `-m mark` says nothing; iptables refuses it without an option",
        "         ^^^^^^^",
    ),
    (
        "-A INPUT -p icmp -m icmp -j ACCEPT",
        "rules:3:18: `-m icmp` says nothing; iptables refuses it without an option",
        "                 ^^^^^^^",
    ),
    (
        "-A INPUT -m mark --mark 0x1ffffffff -j ACCEPT",
        "rules:3:25: `0x1ffffffff` is no mark: a number from 0 to 4294967295 is meant",
        "                        ^^^^^^^^^^^",
    ),
    (
        "-A INPUT -m mark --mark 1 --mark 2 -j ACCEPT",
        "rules:3:27: `--mark` stands twice in one `-m mark`",
        "                          ^^^^^^^^",
    ),
    (
        "-A INPUT -p tcp --tcp-flags SYN,FROB SYN -j ACCEPT",
        "rules:3:29: `FROB` is no TCP flag",
        "                            ^^^^^^^^",
    ),
    (
        '-A INPUT -m comment --comment "never closed -j ACCEPT',
        "rules:3:31: a quotation mark is never closed",
        "                              ^^^^^^^^^^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT frob -j ACCEPT",
        "rules:3:10: `frob` belongs to no option",
        "         ^^^^",
    ),
    ("-A INPUT -j", "rules:3:10: the rule ends too early", "         ^^"),
    (
        "-A INPUT -j DROP -j ACCEPT",
        "rules:3:18: the rule has two targets",
        "                 ^^^^^^^^^",
    ),
    (
        "-A INPUT -j FROB",
        "rules:3:10: there is no chain or target FROB in the table filter",
        "         ^^^^^^^",
    ),
    (
        "-A INPUT -g FROB",
        "rules:3:13: there is no chain FROB in this table",
        "            ^^^^",
    ),
    (
        "-A FROB -j DROP",
        "rules:3:4: there is no chain FROB in the table filter",
        "   ^^^^",
    ),
    (
        "-A X -j INPUT",
        "rules:3:9: INPUT is a built-in chain, which no rule can jump to",
        "        ^^^^^",
    ),
    (
        "-A INPUT -g Y",
        "rules:3:13: there is no chain Y in this table",
        "            ^",
    ),
    (
        "-A INPUT -o eth0",
        "rules:3:10: `-o` cannot stand in the chain INPUT",
        "         ^^",
    ),
    (
        "-A OUTPUT ! -i eth0 -j DROP",
        "rules:3:13: `-i` cannot stand in the chain OUTPUT",
        "            ^^",
    ),
    (
        "-A INPUT -j REJECT --reject-with zz",
        "rules:3:20: `zz` is no answer to a packet",
        "                   ^^^^^^^^^^^^^^^^",
    ),
    (
        "-A INPUT -p udp -j REJECT --reject-with tcp-reset",
        ("rules:3:27: an answer of TCP needs `-p tcp` in the same rule; the kernel refuses it"),
        "                          ^^^^^^^^^^^^^",
    ),
    ("-A INPUT -m ", "rules:3:10: the rule ends too early", "         ^^"),
    (":X - [0:0]", "rules:3:2: the chain X is declared a second time", " ^"),
    (
        ":DROP - [0:0]",
        "rules:3:2: no chain can be called DROP, as a target is: iptables refuses it",
        " ^^^^",
    ),
    (
        "-A INPUT -j DNAT --to-destination 192.0.2.1",
        "rules:3:10: the kernel takes `-j DNAT` in the table nat only",
        "         ^^^^^^^",
    ),
    (
        "-A INPUT -m set --match-set hosts src,frob -j DROP",
        "rules:3:35: `src,frob` is not made of up to six of src and dst",
        "                                  ^^^^^^^^",
    ),
    (
        "-D INPUT -j DROP",
        "rules:3:1: `-D` is no order of an export",
        "^^",
    ),
    (
        "-I INPUT 5 -j DROP",
        "rules:3:10: the chain INPUT has no place 5",
        "         ^",
    ),
    (
        ":INPUT FROB [0:0]",
        "rules:3:8: the chain INPUT cannot have the default policy FROB: ACCEPT or DROP",
        "       ^^^^",
    ),
    (
        ":Y DROP [0:0]",
        "rules:3:4: the chain Y cannot have the default policy DROP: `-`, as it is not built in",
        "   ^^^^",
    ),
    (
        ":INPUT",
        "rules:3:1: a chain is declared as `:NAME POLICY [packets:bytes]`",
        "^^^^^^",
    ),
    (
        "*filter",
        "rules:1:1: the table has no COMMIT before line 3: the export is incomplete",
        "^^^^^^^",
    ),
]


@pytest.mark.parametrize(("line", "message", "carets"), ERRORS)
def test_what_iptables_refuses_is_an_error_with_its_place(
    line: str, message: str, carets: str
) -> None:
    with pytest.raises(InputError) as caught:
        export(line)

    assert caret(caught.value) == f"{message}\n{line}\n{carets}"


@pytest.mark.parametrize(
    "lines",
    [("-A INPUT -j DROP", "-F"), (":X - [0:0]", "-A X -j DROP", "-A INPUT -j X", "--flush")],
)
def test_a_flush_of_all_chains_behind_rules_means_two_things(lines: tuple[str, ...]) -> None:
    # `-A INPUT -j ACCEPT`, `-F`: iptables-legacy-restore 1.8.9 leaves no rule, iptables-nft-restore
    # leaves it open.
    with pytest.raises(InputError) as caught:
        parse(Source("rules", ["*filter", ":INPUT DROP", *lines, "COMMIT"]), Context())

    assert caught.value.message == (
        "`-F` behind rules: iptables-legacy forgets them, iptables-nft does not"
    )
    assert caught.value.text == lines[-1]


@pytest.mark.parametrize("lines", [("-F", "-A INPUT -j DROP"), ("-A INPUT -j DROP", "-F INPUT")])
def test_a_flush_in_front_of_rules_or_of_a_chain_is_read(lines: tuple[str, ...]) -> None:
    parse(Source("rules", ["*filter", ":INPUT DROP", *lines, "COMMIT"]), Context())


@pytest.mark.parametrize("rule", ["-A INPUT -f -j DROP", "-A INPUT ! -f -j ACCEPT"])
def test_ip6tables_has_no_option_for_fragments(rule: str) -> None:
    lines = ["# Generated by ip6tables-save v1.8.9", "*filter", ":INPUT DROP", rule, "COMMIT"]

    with pytest.raises(InputError) as caught:
        parse(Source("rules", lines), Context())

    assert caught.value.message == "`-f` is for IPv4 only: ip6tables has `-m frag`"


def test_the_table_nat_takes_no_drop() -> None:
    with pytest.raises(InputError) as caught:
        export("-A PREROUTING -j DROP", table="nat")

    assert caret(caught.value) == (
        "rules:3:15: the table nat is not for filtering: iptables refuses to load DROP in it\n"
        "-A PREROUTING -j DROP\n"
        "              ^^^^^^^"
    )


def test_there_is_no_sixth_table() -> None:
    with pytest.raises(InputError) as caught:
        export(table="frob")

    assert caret(caught.value) == (
        "rules:1:1: there is no table frob: the tables are raw, mangle, nat, filter, security\n"
        "*frob\n"
        "^^^^^"
    )


def test_a_long_circle_is_shown_whole() -> None:
    with pytest.raises(InputError) as caught:
        export(":Y - [0:0]", "-A INPUT -j X", "-A X -p tcp -j Y", "-A Y -g X")

    assert caught.value.message == (
        "the chains jump in a circle, X -> Y -> X, and a built-in chain leads there: "
        "the kernel refuses that"
    )


def test_a_circle_that_nothing_leads_to_is_read() -> None:
    found = export(":Y - [0:0]", "-A X -j Y", "-A Y -g X")

    assert {"X", "Y"} <= set(found.tables[0].chains)


@pytest.mark.parametrize(
    "lines",
    [("-A Y -j DROP", ":Y - [0:0]"), ("-A INPUT -j Y", "-N Y"), ("-A X -g Y", ":Y - [0:0]")],
)
def test_a_chain_is_declared_before_a_rule_is_about_it(lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        export(*lines)

    assert caught.value.message == "the chain Y is declared below, in line 4"

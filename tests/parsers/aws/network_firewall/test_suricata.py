"""The language of Suricata's rules: its form, its sets, and what its options test."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.values import Values, complement, full
from parsers.aws.suricata.options import Meaning, meaning
from parsers.aws.suricata.sets import Partly, Unresolved, addresses, ports
from parsers.aws.suricata.signature import (
    Atom,
    Group,
    Item,
    Option,
    RuleError,
    address,
    parse,
    port,
    statements,
)
from parsers.aws.values import network

HOME = Addresses(((0x0A000000, 0x0AFFFFFF),))
EVERYTHING = Addresses(full(32), full(128))


def v4(*networks: str) -> Addresses:
    found = [network(each) for each in networks]
    assert all(found)
    return Addresses(tuple((each.first, each.last) for each in found if each))


def all_but(inside: Addresses) -> Addresses:
    return Addresses(complement(inside.v4, 32), complement(inside.v6, 128))


DOCUMENTATION = Addresses((), ((0x20010DB8 << 96, (0x20010DB9 << 96) - 1),))
OTHER_FAMILY = "whether exceptions of one address family leave those of the other"


def left_by(inside: Addresses) -> Partly:
    """What exceptions of IPv4 leave: the rest of it, and perhaps IPv6."""
    surely = Addresses(complement(inside.v4, 32))
    return Partly(surely, Addresses((), full(128)), OTHER_FAMILY)


def named(name: str) -> Item | Addresses | Unresolved:
    known: dict[str, Item | Addresses] = {
        "$HOME_NET": HOME,
        "$EXTERNAL_NET": Atom("$HOME_NET", is_negated=True, at=0),
        "$LOOP": Group((Atom("$LOOP", is_negated=False, at=0),), is_negated=False, at=0),
        "$WEB": port("[80,443]"),
    }
    return known.get(name, Unresolved("no variable"))


def test_a_rule_has_an_action_a_header_and_options() -> None:
    rule = parse(
        '  drop tcp $HOME_NET 1024: <> [10.0.0.1,!10.0.0.2] any (msg:"a\\; b"; sid:7;) ', 100
    )

    assert (rule.action, rule.protocol, rule.is_both) == ("drop", "tcp", True)
    assert Atom("$HOME_NET", is_negated=False, at=111) == rule.source
    assert Atom("1024:", is_negated=False, at=121) == rule.source_port
    one = Atom("10.0.0.1", is_negated=False, at=131)
    other = Atom("10.0.0.2", is_negated=True, at=140)
    assert Group((one, other), is_negated=False, at=130) == rule.destination
    assert (Option("msg", '"a\\; b"', 156), Option("sid", "7", 169)) == rule.options
    assert (rule.first, rule.last) == (102, 175)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        pytest.param("", "an action is expected", 0, id="nothing"),
        pytest.param("drop", "a protocol is expected", 4, id="an action alone"),
        pytest.param("drop tcp any -> any 80 (sid:1;)", "a port is expected", 13, id="no port"),
        pytest.param(
            "drop tcp any any <- any any (sid:1;)", "`->` or `<>` is expected", 17, id="arrow back"
        ),
        pytest.param("drop tcp any any -> any any", "`(` is expected", 27, id="no options"),
        pytest.param("drop tcp any any -> any any ()", "an option is expected", 29, id="no option"),
        pytest.param("drop tcp any any -> any any (sid:1)", "`;` is expected", 35, id="no end"),
        pytest.param("drop tcp any any -> any any (sid:1;", "`)` is expected", 35, id="no bracket"),
        pytest.param(
            "drop tcp any any -> any any (sid:1;) x",
            "the end of the rule is expected",
            37,
            id="more behind it",
        ),
        pytest.param(
            "drop tcp [any, any any -> any any (sid:1;)", "`]` is expected", 19, id="list"
        ),
        pytest.param(
            f"drop tcp {'[' * 20}any{']' * 20} any -> any any (sid:1;)",
            "groups are nested too deeply",
            25,
            id="a group too deep",
        ),
        pytest.param(
            f'drop tcp any any -> any any (msg:"{"x" * 70_000}"; sid:1;)',
            "a rule of more than 65536 characters",
            0,
            id="a rule too long",
        ),
    ],
)
def test_what_is_no_rule_is_refused_at_its_place(text: str, message: str, at: int) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)

    assert (message, at) == (caught.value.message, caught.value.at)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pass tcp any any -> any any (sid:1;)\t", id="a tab behind it"),
        pytest.param("PASS TCP ANY ANY -> ANY ANY (sid:1;)", id="capitals"),
        pytest.param("pass ip ! 1.1.1.1 any -> [1.1.1.1 , 2.2.2.2] [80: 82] (sid:1;)", id="spaces"),
        pytest.param('pass ip any any -> any any (msg:"[[[[[[[[[[[[[[[[[[[["; sid:1;)', id="text"),
        pytest.param('pass ip any any -> any any (msg:"(a)"; pcre:"/x{3,}/i"; sid:1;)', id="signs"),
        pytest.param("pass ip any any -> any any \\\n  (sid:1;)", id="a line that goes on"),
    ],
)
def test_rules_may_be_written_in_many_ways(text: str) -> None:
    assert parse(text).action == "pass"


def test_lines_may_end_as_those_of_windows() -> None:
    text = "pass ip any any \\\r\n -> any any (sid:1;)\r\npass b\r\n"

    first, second = (line for line, _ in statements(text))

    assert parse(first).action == "pass"
    assert second == "pass b\r"


def test_a_text_has_a_rule_on_each_line_but_for_comments() -> None:
    text = "# one\npass a\n\n  # two\n drop b \\\n c\n"

    assert list(statements(text)) == [("pass a", 6), (" drop b \\\n c", 22)]


# The examples of Suricata's User Guide, "Rules Format", and the like.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any", EVERYTHING),
        ("1.1.1.1", v4("1.1.1.1")),
        ("10.0.0.0/24", v4("10.0.0.0/24")),
        ("10.0.0.9/24", v4("10.0.0.0/24")),
        ("10.0.0.0/255.255.255.0", v4("10.0.0.0/24")),
        ("10.0.0.4-10.0.0.7", v4("10.0.0.4/30")),
        ("! 1.1.1.1", left_by(v4("1.1.1.1"))),
        ("![1.1.1.0, 1.1.1.1]", left_by(v4("1.1.1.0/31"))),
        ("$HOME_NET", HOME),
        ("!$HOME_NET", left_by(HOME)),
        ("$EXTERNAL_NET", left_by(HOME)),
        ("!$EXTERNAL_NET", HOME),
        ("[$EXTERNAL_NET, !$HOME_NET]", left_by(HOME)),
        ("[10.0.0.0/24, !10.0.0.128/25]", v4("10.0.0.0/25")),
        ("[!10.0.0.0/8]", left_by(HOME)),
        ("[10.0.0.0/24, ![10.0.0.128/25, 10.0.0.64/26]]", v4("10.0.0.0/26")),
        ("[[10.0.0.0/25], [10.0.0.128/25]]", v4("10.0.0.0/24")),
        ("2001:db8::/32", DOCUMENTATION),
        ("![10.0.0.0/8, 2001:db8::/32]", all_but(HOME | DOCUMENTATION)),
        ("[any, !10.0.0.0/8]", all_but(HOME)),
        (
            "[10.0.0.0/8, !2001:db8::/32]",
            Partly(HOME, Addresses((), all_but(DOCUMENTATION).v6), OTHER_FAMILY),
        ),
    ],
)
def test_addresses_are(text: str, expected: Addresses | Partly) -> None:
    assert expected == addresses(address(text), named)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any", full(16)),
        ("80", ((80, 80),)),
        ("[80, 81, 82]", ((80, 82),)),
        ("[80: 82]", ((80, 82),)),
        ("[1024: ]", ((1024, 65535),)),
        (":80", ((0, 80),)),
        ("!80", ((0, 79), (81, 65535))),
        ("[80:100,!99]", ((80, 98), (100, 100))),
        ("[1:80,![2,4]]", ((1, 1), (3, 3), (5, 80))),
        ("[22,$WEB]", ((22, 22), (80, 80), (443, 443))),
    ],
)
def test_ports_are(text: str, expected: Values) -> None:
    assert expected == ports(port(text), named)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$NOBODY", "no variable"),
        ("[10.0.0.1, @LIST]", "no variable"),
        ("$LOOP", "$LOOP is defined by itself"),
        ("!any", "nothing is left of it"),
        ("[10.0.0.1, !10.0.0.0/8]", "nothing is left of it"),
        ("[10.0.0.0/8, ![10.1.0.0/16, !10.1.1.0/24]]", "exceptions in exceptions"),
        ("[$EXTERNAL_NET, 10.0.0.5]", "exceptions in exceptions"),
    ],
)
def test_sets_that_nobody_knows_say_why(text: str, reason: str) -> None:
    assert Unresolved(reason) == addresses(address(text), named)


def test_a_group_has_not_any_number_of_parts() -> None:
    one = Atom("10.0.0.1", is_negated=False, at=0)
    many = Group((one,) * 100_001, is_negated=False, at=0)

    assert addresses(many, named) == Unresolved("more than 100000 parts")


def test_variables_in_variables_come_to_an_end() -> None:
    def deeper(name: str) -> Item:
        one = Atom(f"{name}x", is_negated=False, at=0)
        return Group((one, one), is_negated=False, at=0)

    assert Unresolved("variables in variables without end") == addresses(address("$A"), deeper)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.256", "`10.0.0.256` is no address"),
        ("10.0.0.0/33", "`10.0.0.0/33` is no address"),
        ("10.0.0.0/0.0.0.255", "`10.0.0.0/0.0.0.255` is no address"),
        ("10.0.0.9-10.0.0.1", "`10.0.0.9-10.0.0.1` is no range of addresses"),
        ("10.0.0.9-::1", "`10.0.0.9-::1` is no range of addresses"),
        ("example.com", "`example.com` is no address"),
        ("[10.0.0.1,", "`]` is expected"),
    ],
)
def test_what_is_no_address_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        addresses(address(text), named)

    assert message == caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("65536", "`65536` is no port"),
        ("90:80", "`90:80` is no port"),
        ("999999999999", "`999999999999` is no port"),
        ("http", "a port is expected"),
        ("-1", "a port is expected"),
    ],
)
def test_what_is_no_port_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        ports(port(text), named)

    assert message == caught.value.message


def options(text: str) -> Meaning:
    return meaning(parse(f"pass ip any any -> any any ({text} sid:1;)").options)


@pytest.mark.parametrize(
    "text",
    [
        'msg:"web"; rev:3; gid:1; classtype:misc-activity; reference:url,example.com;',
        "metadata:a b, c d; target:src_ip; noalert; priority:7;",
        "flowbits:set,web; flowbits:noalert; xbits:unset,x,track ip_src; hostbits:toggle,y;",
        "flow:stateless;",
    ],
)
def test_options_that_test_nothing_leave_the_rule_to_its_header(text: str) -> None:
    found = options(text)

    assert (
        found.unread,
        found.volatile,
        found.direction,
        found.established,
    ) == ("", "", "", None)


@pytest.mark.parametrize(
    ("text", "direction", "established"),
    [
        ("flow:to_server;", "to_server", None),
        ("flow:from_client, established;", "to_server", True),
        ("flow: from_server,not_established ;", "to_client", False),
        ("flow:to_client;", "to_client", None),
        ("flow:established; flow:to_server;", "to_server", True),
    ],
)
def test_flow_is_read(text: str, direction: str, *, established: bool | None) -> None:
    found = options(text)

    assert (direction, established, True) == (found.direction, found.established, found.has_flow)


@pytest.mark.parametrize(
    ("text", "unread", "volatile", "keywords"),
    [
        ('content:"a"; nocase;', 'content:"a"; nocase', "", ("content", "nocase")),
        ('tls.sni; content:"b";', 'tls.sni; content:"b"', "", ("tls.sni", "content")),
        ("flow:to_server,only_stream;", "flow:only_stream", "", ("flow",)),
        ("flowbits:isset,web;", "", "flowbits:isset,web", ("flowbits",)),
        ("threshold:type limit, count 1;", "", "threshold:type limit, count 1", ("threshold",)),
        ("flags:S; ttl:1; itype:8;", "flags:S; ttl:1; itype:8", "", ("flags", "ttl", "itype")),
        ("requires:version >= 8;", "requires:version >= 8", "", ("requires",)),
        ("invented:by me;", "invented:by me", "", ("invented",)),
    ],
)
def test_what_tests_more_than_the_header_is_kept_as_its_text(
    text: str, unread: str, volatile: str, keywords: tuple[str, ...]
) -> None:
    found = options(text)

    assert (unread, volatile, keywords) == (found.unread, found.volatile, found.keywords)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flow:sideways;", "`sideways` is nothing that `flow` knows"),
        ("flow:to_server,to_client;", "these words of `flow` exclude each other"),
        ("flow:established,not_established;", "these words of `flow` exclude each other"),
        ("priority:high;", "a priority is a number"),
    ],
)
def test_settings_that_suricata_refuses_are_refused(text: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        options(text)

    assert message == caught.value.message

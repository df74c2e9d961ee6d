"""Headlines: which port of which machine, to whom and where, the same for both families."""

from pathlib import Path

import pytest

from linter.checks.words import is_or_are, listed, ports_words
from tests.linter.checks.samples import EXPOSURE, HOST, KEEP, KEEP_IN, Asking, policy, rules, site

found = Asking(*EXPOSURE, "FW102")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c"), "a, b and c"),
        (("a", "b", "a"), "a and b"),
        (("a", "b", "c", "d", "e"), "a, b and 3 more"),
    ],
)
def test_many_names_are_counted(words: tuple[str, ...], expected: str) -> None:
    assert listed(words) == expected


_ALL = ((0, 65535),)


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ({6: ((443, 443),)}, "443/tcp is"),
        ({6: ((80, 80), (443, 443))}, "80, 443/tcp are"),
        ({6: ((80, 90),)}, "80-90/tcp are"),
        ({6: ((53, 53),), 17: ((53, 53),)}, "53/tcp and 53/udp are"),
        ({6: _ALL}, "every tcp port is"),
        ({6: ((0, 21), (23, 79), (81, 65535))}, "every tcp port except 22, 80 is"),
        ({1: _ALL}, "icmp is"),
        ({47: _ALL}, "protocol 47 is"),
        (dict.fromkeys(range(256), _ALL), "every service is"),
        ({**dict.fromkeys(range(256), _ALL), 6: ((1, 9),)}, "many services are"),
    ],
)
def test_ports_are_told_by_protocol_with_a_verb(
    ports: dict[int, tuple[tuple[int, int], ...]], expected: str
) -> None:
    assert f"{ports_words(ports)} {is_or_are(ports)}" == expected


_BOTH = "edge: {config: edge.nft, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
_NETWORKS = '{office: [10.1.0.0/16, "2001:db8:1::/64"], dmz: [192.0.2.0/24, "2001:db8:2::/64"]}'
_NFT = """\
table inet filter {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip daddr 192.0.2.10 ip saddr 10.1.0.0/16 tcp dport 443 accept
    {rule}
  }}
}}
"""


def test_a_rule_for_both_families_has_one_headline(tmp_path: Path) -> None:
    bind = '{web: [192.0.2.10, "2001:db8:2::10"], users: 10.1.0.0/16}'
    rule = "ip6 saddr 2001:db8:1::/64 tcp dport 8080 accept"
    text = site(_BOTH, networks=_NETWORKS, bind=bind)

    wide = _NFT.format(rule="iifname { lan0, wan0 } tcp dport 8080 accept")
    (both,) = found(tmp_path, policy(), text, {"edge.nft": wide})
    (one,) = found(tmp_path, policy(), text, {"edge.nft": _NFT.format(rule=rule)})

    assert [each.family for each in both.destinations] == [4, 6]
    assert both.message == (
        "8080/tcp on web is open to the internet and office through edge; no policy asks for it"
    )
    assert one.message == "8080/tcp on web is open to office through edge; no policy asks for it"


def test_a_fix_for_a_family_that_the_flow_does_not_have_says_to_close_it(tmp_path: Path) -> None:
    bind = '{web: [192.0.2.10, "2001:db8:2::10"], users: 10.1.0.0/16}'
    rule = "ip6 daddr 2001:db8:2::10 tcp dport 443 accept"

    text = site(_BOTH, networks=_NETWORKS, bind=bind)
    (finding,) = found(tmp_path, policy(), text, {"edge.nft": _NFT.format(rule=rule)})

    assert finding.check == "FW202"
    assert finding.remedy == "close it over IPv6: shop.https does not use that here"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "8080/tcp on web is open to the internet and 2 networks; no policy asks for it"),
        ("-s 10.1.0.0/16 ", "8080/tcp on web is open to office; no policy asks for it"),
        (
            "-s 203.0.113.9/32 ",
            "8080/tcp on web is open to 203.0.113.9 (internet); no policy asks for it",
        ),
        (
            "-s 172.16.0.0/12 ",
            "8080/tcp on web is open to 172.16.0.0/12; no policy asks for it",
        ),
    ],
    ids=["everybody", "a network", "one address of the internet", "what nobody there can have"],
)
def test_who_may_come_in_is_named(tmp_path: Path, source: str, expected: str) -> None:
    https = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT"
    rule = f"-A INPUT {source}-p tcp -m tcp --dport 8080 -j ACCEPT"
    (finding,) = found(tmp_path, policy(), site(HOST), {"web.rules": rules(KEEP_IN, https, rule)})

    assert finding.message == expected


def test_the_ports_that_are_blocked_are_named(tmp_path: Path) -> None:
    text = policy("id: dns, service: [53/tcp, 53/udp]")
    rule = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 53 -j ACCEPT"
    (finding,) = found(tmp_path, text, site(), {"edge.rules": rules(KEEP, rule)})

    assert finding.message == (
        "53/udp of required flow shop.dns (53/tcp, 53/udp) from users to web is blocked on edge"
    )

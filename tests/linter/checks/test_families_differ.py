"""FW402: ports that everybody reaches over one address family alone."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account
from tests.linter.checks.bare import findings
from tests.linter.checks.samples import rules

_NFT = """\
table inet filter {{
  set bans {{ type ipv4_addr; elements = {{ 8.8.8.7, 198.51.100.1 }}; }}
  chain input {{
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    {}
  }}
}}
"""
_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_OVER_6 = ["tcp 5432 over IPv6"]


def _nft(*statements: str) -> str:
    return _NFT.format("\n    ".join(statements))


def _said(folder: Path, **exports: str) -> list[str]:
    found = findings(folder, "FW402", **exports)
    return [each.message.partition("everybody on ")[2].partition(", and")[0] for each in found]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (("tcp dport 22 accept",), []),
        (("tcp dport 22 accept", "meta nfproto ipv6 tcp dport 5432 accept"), _OVER_6),
        (("tcp dport 22 accept", "meta nfproto ipv4 tcp dport 5432 drop", "tcp dport 5432 accept"),
         _OVER_6),
        (("tcp dport 22 accept", "ip saddr 10.0.0.0/8 tcp dport 5432 accept",
          "meta nfproto ipv6 tcp dport 5432 accept"), _OVER_6),
        (("tcp dport 22 accept", "meta nfproto ipv4 udp dport 53 accept"), []),
        (("tcp dport 22 accept", "udp dport 123 accept", "meta nfproto ipv4 udp dport 53 accept"),
         ["udp 53 over IPv4"]),
        (("meta nfproto ipv6 tcp dport 5432 accept",), []),
        (("tcp dport 22 accept", "ip6 daddr fe80::/10 tcp dport 5432 accept"), []),
        (("tcp dport 22 accept", "ip6 daddr ff02::fb tcp dport 5432 accept"), []),
        (("tcp dport 22 accept", "ip6 saddr 2001:db8::/32 tcp dport 5432 accept"), []),
        (("ip saddr @bans drop", "tcp dport 22 accept"), []),
        (("tcp dport 22 accept", 'iifname "virbr0" meta nfproto ipv4 tcp dport 53 accept'), []),
        (("tcp dport 22 accept", 'iifname "eth0" meta nfproto ipv6 tcp dport 5432 accept'),
         _OVER_6),
        (("tcp dport 22 accept", "meta nfproto ipv6 meta skuid 7 tcp dport 5432 accept"), []),
        (("tcp dport 22 accept", "meta nfproto ipv6 accept"), []),
        (("tcp dport { 22, 5432 } accept", "meta nfproto ipv6 tcp dport 5432 accept"), []),
    ],
    ids=[
        "the same ports",
        "one more over IPv6",
        "one less over IPv4",
        "over IPv4 for some",
        "no other port of the protocol is open over IPv6",
        "one more over IPv4",
        "IPv4 is closed",
        "for link-local addresses",
        "for multicast",
        "from some addresses",
        "a list of bans",
        "at an interface of a tool",
        "at one interface",
        "it is not certain",
        "everything is open",
        "both in two rules",
    ],
)  # fmt: skip
def test_one_table_for_both(
    statements: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert _said(tmp_path, **{"web.nft": _nft(*statements)}) == expected


@pytest.mark.parametrize(
    ("four", "six", "expected"),
    [
        ((_SSH,), (_SSH,), []),
        ((_SSH,), (_SSH, _SSH.replace("22", "5432")), _OVER_6),
        ((_SSH,), (), []),
    ],
)
def test_a_file_for_each(
    four: tuple[str, ...], six: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    exports = {"rules.v4": rules(*four), "rules.v6": rules(*six)}

    assert _said(tmp_path, **exports) == expected


def test_one_family_alone_is_another_check(tmp_path: Path) -> None:
    assert _said(tmp_path, **{"rules.v4": rules(_SSH)}) == []


def test_a_port_that_is_forwarded_is_open_elsewhere(tmp_path: Path) -> None:
    nat = """\
table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    tcp dport 8080 dnat to 192.168.1.10:80
  }
}
"""
    text = nat + _nft("ct status dnat accept", "tcp dport 22 accept")

    assert _said(tmp_path, **{"web.nft": text}) == []


def test_a_machine_with_one_family_alone(tmp_path: Path) -> None:
    everybody = {**AWS_HTTPS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

    assert _said(tmp_path, **{"web.json": account([everybody], [])}) == []


def test_the_finding_shows_the_rule_and_a_packet(tmp_path: Path) -> None:
    text = _nft("tcp dport 22 accept", "meta nfproto ipv6 tcp dport 5432 accept")

    (finding,) = findings(tmp_path, "FW402", **{"web.nft": text})

    assert (finding.span.line, finding.label) == (7, "opens it over IPv6")
    assert finding.witness.endswith("]:5432")


def test_each_file_may_name_interfaces_that_the_other_does_not(tmp_path: Path) -> None:
    v4 = rules("-A INPUT -i eth0 -p tcp -m tcp --dport 5432 -j ACCEPT", _SSH)
    v6 = rules(_SSH, "-A INPUT -i eth1 -p tcp -m tcp --dport 5432 -j ACCEPT")

    assert _said(tmp_path, **{"host.rules": v4, "host.rules6": v6}) == [
        "tcp 5432 over IPv4",
        "tcp 5432 over IPv6",
    ]

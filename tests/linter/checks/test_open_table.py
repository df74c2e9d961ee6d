"""The table of what is open, in rules of iptables and nftables and the lines that people read."""

from pathlib import Path

import pytest

from fwlint.loading import read, site_of
from linter.checks.evaluation import evaluate
from linter.report.open_table import cells_of

_HEAD = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
"""


def lines_of(folder: Path, *, ipv6: str = "no", **exports: str) -> list[str]:
    """The rows of the exports of one device, each in one line."""
    for name, text in exports.items():
        (folder / name).write_text(text, encoding="utf-8")
    paths = [str(folder / name) for name in exports]
    site = site_of(paths, has_ipv6=ipv6 == "yes")
    reading = read(site)
    assert not reading.failures
    outcome = evaluate(site, reading.rulesets, asked=lambda _: False, opens=True)
    assert not outcome.failed
    found = []
    for section in outcome.opened:
        assert section.is_decided
        for row in section.rows:
            title = "" if section.traffic == "input" else f"{section.title}: "
            lines = ",".join(str(by.span.line if by.span else 0) for by in row.by)
            found.append(f"{title}{' | '.join(filter(None, cells_of(row)))} @{lines}")
    return found


def _ruled(*rules: str) -> str:
    return _HEAD + "\n".join(rules) + "\nCOMMIT\n"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], []),
        (["-A INPUT -i lo -j ACCEPT"], []),
        (
            # A first packet may have more flags than SYN: a client asks for ECN, or somebody tries.
            ["-A INPUT -p tcp --dport 41 ! --tcp-flags ALL SYN -j ACCEPT"],
            ["tcp 41 | from any address | IPv4 @5"],
        ),
        (
            [
                "-A INPUT -p tcp --dport 41 --tcp-flags ALL SYN -j DROP",
                "-A INPUT -p tcp --dport 41 -j ACCEPT",
            ],
            ["tcp 41 | from any address | IPv4 @6"],
        ),
        (["-A INPUT -p tcp --dport 41 ! --syn -j ACCEPT"], []),
        (
            # Whoever is on the link may send a frame for all to one machine; TCP takes none.
            ["-A INPUT -m pkttype --pkt-type broadcast -j ACCEPT"],
            [
                "everything | from any address | to 255.255.255.255 | IPv4 @5",
                "all udp ports; icmp; every other protocol | from any address | IPv4, possible @5",
            ],
        ),
        (
            [
                "-A INPUT -m pkttype --pkt-type unicast -j DROP",
                "-A INPUT -d 192.0.2.1 -p udp --dport 53 -j ACCEPT",
                "-A INPUT -p tcp --dport 53 -j ACCEPT",
            ],
            ["udp 53 | from any address | to 192.0.2.1 | IPv4, possible @6"],
        ),
        (
            [
                "-A INPUT -m pkttype ! --pkt-type unicast -j DROP",
                "-A INPUT -p udp --dport 53 -j ACCEPT",
            ],
            ["udp 53 | from any address | IPv4 @6"],
        ),
        (
            [
                "-A INPUT -p tcp --dport 41 --syn -j DROP",
                "-A INPUT -p tcp --dport 41 -j ACCEPT",
            ],
            [],
        ),
        (["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"], []),
        (
            ["-A INPUT -p tcp --dport 80 -j ACCEPT", "-A INPUT -p tcp --dport 81:90 -j ACCEPT"],
            ["tcp 80-90 | from any address | IPv4 @6,5"],
        ),
        (
            # Two rules that overlap are one line, and the one for fewer is not told again.
            ["-A INPUT -p tcp --dport 80 -j ACCEPT", "-A INPUT -s 10.0.0.0/8 -p tcp -j ACCEPT"],
            [
                "tcp 80 | from any address | IPv4 @5",
                "all tcp ports | from 10.0.0.0/8 | IPv4 @6",
            ],
        ),
        (
            ["-A INPUT -j ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT"],
            ["everything | from any address | IPv4 @5"],
        ),
        (
            ["-A INPUT -p tcp --dport 22 -j DROP", "-A INPUT -p tcp -j ACCEPT"],
            ["all tcp ports except 22 | from any address | IPv4 @6"],
        ),
        (
            ["-A INPUT -s 10.0.0.0/9 -p udp --dport 53 -j ACCEPT",
             "-A INPUT -s 10.128.0.0/9 -p udp --dport 53 -j ACCEPT"],
            ["udp 53 | from 10.0.0.0/8 | IPv4 @5,6"],
        ),
        (
            ["-A INPUT -s 10.0.0.0/8 -j DROP", "-A INPUT -s 172.16.0.0/12 -j DROP",
             "-A INPUT -s 192.168.0.0/16 -j DROP", "-A INPUT -p tcp --dport 443 -j ACCEPT"],
            [
                ("tcp 443 | from any address except 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 "
                "| IPv4 @8")
            ],
        ),
        (
            ["-A INPUT -p tcp --dport 22 -m limit --limit 3/min -j ACCEPT"],
            ["tcp 22 | from any address | IPv4, possible @5"],
        ),
        (
            ["-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT"],
            ["tcp 22 | from any address by eth0 | IPv4 @5"],
        ),
        (
            ["-A INPUT -d 192.0.2.1 -p tcp --dport 22 -j ACCEPT"],
            ["tcp 22 | from any address | to 192.0.2.1 | IPv4 @5"],
        ),
        (
            ["-A FORWARD -i lan0 -o wan0 -j ACCEPT"],
            [
                ("Through it, from lan0 to wan0: everything | from any address | to any address "
                "| IPv4 @5")
            ],
        ),
        (
            # The interfaces of one line have all combinations.
            ["-A FORWARD -i lan0 -j ACCEPT", "-A FORWARD -o lan0 -p tcp --dport 80 -j ACCEPT"],
            [
                "Through it, from lan0: everything | from any address | to any address | IPv4 @5",
                ("Through it, from any interface but lan0 to lan0: tcp 80 | from any address "
                "| to any address | IPv4 @6"),
            ],
        ),
    ],
)  # fmt: skip
def test_a_line_is_what_a_person_would_write(
    tmp_path: Path, rules: list[str], expected: list[str]
) -> None:
    assert lines_of(tmp_path, **{"host.rules": _ruled(*rules)}) == expected


_RECENT = "-A INPUT -p tcp --dport {} -m recent --name n{} --rcheck -j ACCEPT"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["-A INPUT -p tcp --dport 80 -j ACCEPT"], ()),
        ([_RECENT.format(22, 1)], ("-m recent --name n1 --rcheck",)),
        (
            ["-A INPUT -p udp --dport 500 -m geoip --src-cc DE -j ACCEPT", _RECENT.format(22, 1)],
            ("-m geoip --src-cc DE", "-m recent --name n1 --rcheck"),
        ),
        (
            [_RECENT.format(f"{1000 * n}:{1000 * n + 99 - n}", n) for n in range(1, 21)],
            (
                *(f"-m recent --name n{n} --rcheck" for n in range(1, 13)),
                "what else 8 more rules depend on",
            ),
        ),
    ],
)
def test_a_line_tells_what_each_of_its_rules_depends_on(
    tmp_path: Path, rules: list[str], expected: tuple[str, ...]
) -> None:
    (tmp_path / "host.rules").write_text(_ruled(*rules), encoding="utf-8")
    site = site_of([str(tmp_path / "host.rules")], has_ipv6=False)
    outcome = evaluate(site, read(site).rulesets, asked=lambda _: False, opens=True)

    (row,) = (row for section in outcome.opened for row in section.rows)
    assert row.reasons == expected


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        (
            "",
            [
                "all tcp ports | from any address by eth1 | IPv4 @6",
                "tcp 443 | from any address by eth0 or eth1 | IPv4 @5,6",
            ],
        ),
        (
            " -m string --string x --algo bm",
            [
                "tcp 443 | from any address by eth0 | IPv4 @5",
                "all tcp ports | from any address by eth1 | IPv4, possible @6",
            ],
        ),
    ],
    ids=["sure", "unread"],
)
def test_the_flags_of_the_packet_asked_about_are_those_that_pass_at_its_interface(
    tmp_path: Path, also: str, expected: list[str]
) -> None:
    """By eth0 SYN alone passes, by eth1 nothing without PSH."""
    rules = _ruled(
        "-A INPUT -i eth0 -p tcp --dport 443 -j ACCEPT",
        f"-A INPUT -i eth1 -p tcp -m tcp --tcp-flags PSH PSH{also} -j ACCEPT",
    )

    assert lines_of(tmp_path, **{"host.rules": rules}) == expected


def test_both_families_are_side_by_side(tmp_path: Path) -> None:
    rules = _ruled("-A INPUT -p tcp --dport 80 -j ACCEPT")
    only = _ruled("-A INPUT -p tcp --dport 80 -j ACCEPT", "-A INPUT -p tcp --dport 81 -j ACCEPT")

    both = lines_of(tmp_path, ipv6="yes", **{"rules.v4": rules, "rules.v6": rules})
    assert both == ["tcp 80 | from any address | IPv4 and IPv6 @5,5"]
    assert lines_of(tmp_path, ipv6="yes", **{"rules.v4": rules, "rules.v6": only}) == [
        "tcp 80 | from any address | IPv4 @5",
        "tcp 80-81 | from any address | IPv6 @5,6",
    ]


def test_what_nobody_filters_is_everything(tmp_path: Path) -> None:
    nothing = _HEAD.replace("DROP", "ACCEPT") + "COMMIT\n"

    assert lines_of(tmp_path, **{"host.rules": nothing}) == [
        "everything | from any address | IPv4 @2",
        "Through it: everything | from any address | to any address | IPv4, possible @3",
    ]


def test_a_list_of_bans_is_one_line(tmp_path: Path) -> None:
    bans = [f"-A INPUT -s 192.0.2.{number} -j DROP" for number in range(1, 200, 2)]
    rules = _ruled(*bans, "-A INPUT -p tcp --dport 443 -j ACCEPT")

    (line,) = lines_of(tmp_path, **{"host.rules": rules})
    assert line.startswith("tcp 443 | from any address except 192.0.2.1, 192.0.2.3, ")


_NAT = """*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp --dport 8022 {}-j DNAT --to-destination 10.0.0.7:22
COMMIT
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (
            "",
            [
                (
                    "Through it: tcp 8022 | from any address | to its own addresses "
                    "-> 10.0.0.7:22, also sent there directly | IPv4 @12"
                )
            ],
        ),
        (
            # What is sent there directly passes from every port.
            "--sport 1024: ",
            [
                "Through it: tcp 22 | from any address | to 10.0.0.7 | IPv4 @12",
                (
                    "Through it: tcp 8022 from source port 1024-65535 | from any address "
                    "| to its own addresses -> 10.0.0.7:22 | IPv4 @12"
                ),
            ],
        ),
    ],
)
def test_what_is_sent_on_is_one_line_with_what_is_sent_there_if_they_are_alike(
    tmp_path: Path, condition: str, expected: list[str]
) -> None:
    rules = _NAT.format(condition) + _ruled("-A FORWARD -d 10.0.0.7 -p tcp --dport 22 -j ACCEPT")

    assert lines_of(tmp_path, **{"host.rules": rules}) == expected


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("rules.v6", "LOCAL", ["udp 161 | from any address by eth0 | IPv6, possible @5"]),
        (
            "rules.v6",
            "UNICAST",
            ["udp 161 | from any address except ::ffff:0:0/96 by eth0 | IPv6 @5"],
        ),
        ("rules.v6", "MULTICAST", []),
        ("rules.v4", "LOCAL", []),
    ],
)
def test_ipv6_refuses_no_sender_for_what_its_address_is(
    name: str, kind: str, expected: list[str], tmp_path: Path
) -> None:
    rule = f"-A INPUT -i eth0 -p udp --dport 161 -m addrtype --src-type {kind} -j ACCEPT"

    assert lines_of(tmp_path, ipv6="yes", **{name: _ruled(rule)}) == expected


@pytest.mark.parametrize(
    ("before", "behind", "expected"),
    [
        ("tcp dport 80 redirect to :8080", "tcp dport 8080 drop", "8080"),
        ("tcp dport 80 redirect to :8080", "meta l4proto tcp redirect to :9090", "8080"),
        ("tcp dport 80 redirect to :8080", "tcp dport 8080 redirect to :9090", "8080"),
        ("tcp dport 80 accept", "tcp dport 80 redirect to :8080", "8080"),
        ("tcp dport 80 accept", "tcp dport 80 redirect to :9090", "9090"),
        ("tcp dport 80 accept", "tcp dport 80 drop", ""),
    ],
)
def test_of_several_nat_chains_of_a_hook_the_first_that_translates_decides(
    before: str, behind: str, expected: str, tmp_path: Path
) -> None:
    nat = "".join(
        f"table ip {name} {{\n  chain c {{\n    type nat hook prerouting priority {number}\n"
        f"    {rule}\n  }}\n}}\n"
        for name, number, rule in (("first", -100, before), ("second", -90, behind))
    )
    told = (
        "table ip filter {\n  chain c {\n    type filter hook input priority 0; policy drop;\n"
        "    ct original proto-dst 80 tcp dport { 8080, 9090 } accept\n  }\n}\n"
    )

    lines = lines_of(tmp_path, **{"host.nft": nat + told})

    here = [line for line in lines if not line.startswith("Through it")]
    sent = "tcp 80 | from any address | to its own addresses -> the machine itself port "
    assert here == ([f"{sent}{expected} | IPv4 @16"] if expected else [])


_ADDRESSES = """[
  {"ifname": "lo", "flags": ["LOOPBACK", "UP"],
   "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
  {"ifname": "eth0", "flags": ["UP"],
   "addr_info": [{"family": "inet", "local": "10.1.0.1", "prefixlen": 24}]}
]"""


def test_what_is_sent_to_the_loopback_address_gets_there(tmp_path: Path) -> None:
    """The kernel lets it only with `route_localnet`: docs/limits.md."""
    sent = "-A PREROUTING -p tcp --dport 81 -j DNAT --to 127.0.0.1:80"
    chains = (f":{each} ACCEPT [0:0]" for each in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"))
    nat = "\n".join(("*nat", *chains, sent, "COMMIT", ""))
    rules = nat + _ruled("-A INPUT -p tcp --dport 80 -j ACCEPT")

    exports = {"host.rules": rules, "host.addr.json": _ADDRESSES}
    assert "tcp 81 | from any address | to any address -> 127.0.0.1:80 | IPv4 @12" in lines_of(
        tmp_path, **exports
    )

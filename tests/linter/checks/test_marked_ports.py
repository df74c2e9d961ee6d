"""FW215 and FW201 of exports alone: what strangers reach, and how bad that is."""

from pathlib import Path

import pytest

from linter.checks.open.marked import MARKED, Marked
from linter.engine.sets.witness import protocol_name
from linter.engine.sets.words import ports_in_words
from tests import ROOT
from tests.linter.checks.bare import findings

_HEAD = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
"""
_NAT = """*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING {}
COMMIT
"""
_REDIS = "-A INPUT {} -p tcp --dport 6379 -j ACCEPT"


def _said(folder: Path, *rules: str, nat: str = "", before: str = "") -> list[str]:
    before = _NAT.format(nat) if nat else before
    text = before + _HEAD + "\n".join(rules) + "\nCOMMIT\n"
    found = findings(folder, "FW201", "FW215", ipv6="no", **{"host.rules": text})
    return [
        f"{each.level}{' possible' if each.certainty == 'possible' else ''}: "
        f"{each.message.partition(' open ')[0].removesuffix(' is').removesuffix(' are')}"
        for each in found
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (_REDIS.format(""), ["error: tcp 6379 (Redis)"]),
        (_REDIS.format("-s 10.0.0.0/8"), []),
        (_REDIS.format("-s 198.51.100.0/28"), []),
        (_REDIS.format("-s 198.51.0.0/16"), ["warning: tcp 6379 (Redis)"]),
        (_REDIS.format("! -s 10.0.0.0/8"), ["error: tcp 6379 (Redis)"]),
        (_REDIS.format("-i eth0"), ["warning possible: tcp 6379 (Redis)"]),
        (_REDIS.format("! -i docker0"), ["error: tcp 6379 (Redis)"]),
        (_REDIS.format("-m limit --limit 3/min"), ["error possible: tcp 6379 (Redis)"]),
        (_REDIS.format("-i lo"), []),
        ("-A INPUT -p tcp --dport 80 -j ACCEPT", []),
        ("-A INPUT -p udp --dport 6379 -j ACCEPT", []),
        ("-A INPUT -p tcp --dport 22 -j ACCEPT", ["warning: tcp 22 (SSH)"]),
        (
            "-A INPUT -p tcp --dport 5432:6379 -j ACCEPT",
            [
                (
                    "error: tcp 5432 (PostgreSQL), tcp 5900-5909 (VNC), tcp 5984 (CouchDB), "
                    "tcp 5985-5986 (WinRM), 2 more"
                )
            ],
        ),
        ("-A INPUT -j ACCEPT", ["critical: everything"]),
        ("-A INPUT -s 10.0.0.0/8 -j ACCEPT", []),
        ("-A INPUT -i eth0 -j ACCEPT", ["info possible: everything"]),
        ("-A FORWARD -i lan0 -j ACCEPT", []),
        ("-A FORWARD -j ACCEPT", ["critical: everything"]),
        ("-A FORWARD -o eth0 -j ACCEPT", ["warning possible: everything"]),
        ("-A FORWARD ! -i eth0 -o eth0 -j ACCEPT", ["warning possible: everything"]),
        (
            "-A FORWARD -o eth0 -p tcp --dport 22:23 -j ACCEPT",
            ["warning possible: tcp 23 (Telnet)", "info possible: tcp 22 (SSH)"],
        ),
        ("-A INPUT -m recent --name a -j ACCEPT", ["error possible: everything"]),
        ("-A FORWARD -d 203.0.113.9 -j ACCEPT", ["error: everything"]),
        ("-A FORWARD -d 203.0.113.9 -p tcp --dport 3306 -j ACCEPT", ["error: tcp 3306 (MySQL)"]),
        ("-A FORWARD -d 10.0.0.9 -p tcp --dport 3306 -j ACCEPT", []),
    ],
)
def test_strangers_are_told_from_others(tmp_path: Path, rule: str, expected: list[str]) -> None:
    assert _said(tmp_path, rule) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("-o eth0 -j ACCEPT", "-o eth1 -j RETURN"), ["critical: everything"]),
        (("-i eth1 -j DROP", "-o eth0 -j ACCEPT"), ["warning possible: everything"]),
        (("-i eth1 ! -o eth1 -j DROP", "-o eth0 -j ACCEPT"), ["warning possible: everything"]),
        (("-o eth0 -j ACCEPT", "-o eth1 -j ACCEPT"), ["critical: everything"]),
        (("-i eth0 -o eth1 -j ACCEPT", "-o eth0 -j ACCEPT"), ["critical: everything"]),
    ],
)
def test_who_comes_by_an_interface_that_no_rule_names_is_not_known(
    tmp_path: Path, rules: tuple[str, ...], expected: list[str]
) -> None:
    """A machine with one interface forwards nothing by it that its neighbours could not send."""
    assert _said(tmp_path, *(f"-A FORWARD {rule}" for rule in rules)) == expected


def test_one_rule_is_told_once_whatever_strangers_are_left_to_it(tmp_path: Path) -> None:
    drop = "-A INPUT -i eth0 -s 198.51.100.0/24 -j DROP"
    ssh, redis = (f"-A INPUT -p tcp --dport {port} -j ACCEPT" for port in (22, 6379))

    assert _said(tmp_path, drop, ssh, redis) == [
        "warning: tcp 22 (SSH)",
        "error: tcp 6379 (Redis)",
    ]


def test_everything_but_networks_that_nobody_has_is_everything(tmp_path: Path) -> None:
    """RFC 3964 has filters for 6to4, as firewalld loads them."""
    drop = "-A FORWARD -d 2002::/24 -j DROP"
    inside = "-A FORWARD -d fc00::/7 -j DROP"
    rule = "-A FORWARD -j ACCEPT"

    def said(*rules: str) -> list[str]:
        text = _HEAD + "\n".join(rules) + "\nCOMMIT\n"
        found = findings(tmp_path, "FW201", "FW215", **{"host.ip6tables": text})
        return [f"{each.check} {each.level}" for each in found]

    assert said(drop, rule) == ["FW201 critical"]
    assert said(inside, rule) == ["FW215 error"]


@pytest.mark.parametrize(
    ("to", "expected"),
    [("10.0.0.7:3389", ["error: tcp 3389 (RDP)"]), ("10.0.0.7:8080", [])],
)
def test_a_port_forward_counts_by_its_target(tmp_path: Path, to: str, expected: list[str]) -> None:
    nat = f"-p tcp --dport 8022 -j DNAT --to-destination {to}"
    rule = "-A FORWARD -d 10.0.0.7 -m conntrack --ctstate DNAT -j ACCEPT"

    assert _said(tmp_path, rule, nat=nat) == expected


@pytest.mark.parametrize(
    ("chain", "to", "expected"),
    [
        ("KUBE-SEP-A", "-d 10.96.0.1/32", ["warning possible: tcp 6443 (Kubernetes API)"]),
        ("KUBE-SEP-A", "-d 203.0.113.9/32", ["error: tcp 6443 (Kubernetes API)"]),
        ("KUBE-SEP-A", "-m addrtype --dst-type LOCAL", ["error: tcp 6443 (Kubernetes API)"]),
        ("api", "-d 10.96.0.1/32", ["error: tcp 6443 (Kubernetes API)"]),
    ],
    ids=["a cluster's address", "a public address", "a port of the node", "not of a cluster"],
)
def test_strangers_may_not_know_the_way_to_an_address_of_a_cluster(
    tmp_path: Path, chain: str, to: str, expected: list[str]
) -> None:
    sent = f"-A {chain} -p tcp -j DNAT --to-destination 10.0.0.7:6443"
    nat = f"{to} -p tcp --dport 443 -j {chain}\n{sent}"
    text = _NAT.format(nat).replace(":POSTROUTING", f":{chain} - [0:0]\n:POSTROUTING")
    rule = "-A FORWARD -d 10.0.0.7 -m conntrack --ctstate DNAT -j ACCEPT"

    assert _said(tmp_path, rule, before=text) == expected


def test_what_a_deny_in_front_takes_away_is_not_open(tmp_path: Path) -> None:
    drop, accept = "-A INPUT -p tcp --dport 6379 -j DROP", "-A INPUT -p tcp -j ACCEPT"
    found = _said(tmp_path, drop, accept)

    assert [each.partition(":")[0] for each in found] == ["error", "warning"]
    assert "Redis" not in " ".join(found)
    assert _said(tmp_path, accept)[0].startswith("error: tcp 23 (Telnet), ")


def _row(one: Marked) -> str:
    service = f"{protocol_name(one.proto)} {ports_in_words(one.ports)}"
    return f"| {service} | {one.mark.name} | {one.mark.kind} | {one.mark.source} |"


def test_the_manual_lists_the_marked_services_with_their_sources() -> None:
    manual = (ROOT / "docs/open.md").read_text(encoding="utf-8")
    listed = [line for line in manual.splitlines() if line.startswith(("| tcp", "| udp"))]

    assert listed == list(map(_row, MARKED))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("-p tcp -j ACCEPT", "-p udp -j ACCEPT"), ["critical: everything"]),
        (
            ("-p tcp --dport 23 -j DROP", "-p tcp -j ACCEPT", "-p udp -j ACCEPT"),
            [
                (
                    "error: udp 69 (TFTP), tcp 111 (rpcbind), udp 111 (rpcbind), "
                    "tcp 135 (Windows RPC), 29 more"
                ),
                "warning: tcp 22 (SSH)",
            ],
        ),
        (("-p udp -j ACCEPT",), []),
        (("-p tcp --dport 22 -j ACCEPT",), []),
        ((), []),
    ],
)
def test_a_default_policy_does_not_hide_what_rules_permit(
    tmp_path: Path, rules: tuple[str, ...], expected: list[str]
) -> None:
    """`ufw default allow incoming` permits all TCP and UDP by rules, and the rest by the policy.

    What the default opens by itself is told by FW306.
    """
    head = _HEAD.replace(":INPUT DROP", ":INPUT ACCEPT")
    text = head + "\n".join(f"-A INPUT {rule}" for rule in rules) + "\nCOMMIT\n"
    found = findings(tmp_path, "FW201", "FW215", ipv6="no", **{"host.rules": text})

    assert [
        f"{each.level}: {each.message.partition(' is ')[0].partition(' are ')[0]}" for each in found
    ] == expected


_EARLY = """\
table inet early {{
  chain early {{
    type filter hook prerouting priority raw; policy accept;
    {}
  }}
}}
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
  }}
{}}}
"""
_FORWARD = """\
  chain forward {
    type filter hook forward priority filter; policy drop;
    tcp dport 3306 accept
  }
"""


@pytest.mark.parametrize(
    ("rule", "forward", "expected"),
    [
        ("tcp dport 80 drop", "", []),
        ("ip saddr 203.0.113.0/24 tcp dport 3306 drop", "", ["warning possible"]),
        ("ip saddr 203.0.113.0/24 tcp dport 3306 drop", _FORWARD, ["error certain"]),
    ],
    ids=["most is left", "a part of one service is left", "a rule for what is forwarded"],
)
def test_whether_a_machine_forwards_is_not_known_where_no_chain_is_for_it(
    rule: str, forward: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW201", "FW215", ipv6="no", web=_EARLY.format(rule, forward))

    assert [f"{each.level} {each.certainty}" for each in found] == expected

"""Beginnings of options in rules that people write for iptables-restore, as it takes them."""

import os
import shutil
import subprocess

import pytest

from flowmodel.source import InputError
from tests.parsers.iptables.samples import export, rule, show

# Table, the rule, and the same rule with its options written out; seen with iptables 1.8.9.
TAKEN = (
    ("nat", "-j DNAT --to 192.0.2.1", "-j DNAT --to-destination 192.0.2.1"),
    ("nat", "-p tcp -j REDIRECT --to 80", "-p tcp -j REDIRECT --to-ports 80"),
    ("filter", "-p tcp --dp 22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"),
    ("filter", "-p tcp --dpor=22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"),
    ("filter", "-p tcp --dest 192.0.2.1 -j ACCEPT", "-d 192.0.2.1/32 -p tcp -j ACCEPT"),
    ("filter", "-p tcp --source-p 22 -j ACCEPT", "-p tcp -m tcp --sport 22 -j ACCEPT"),
    ("filter", "--pro tcp --ju ACCEPT", "-p tcp -j ACCEPT"),
    ("filter", "--ma state --st NEW -j ACCEPT", "-m state --state NEW -j ACCEPT"),
    (
        "filter",
        "-p tcp -m multiport --dport 22,23 -j ACCEPT",
        "-p tcp -m multiport --dports 22,23 -j ACCEPT",
    ),
    (
        "filter",
        "-p tcp -m multiport --destination-port 22,23 -j ACCEPT",
        "-p tcp -m multiport --dports 22,23 -j ACCEPT",
    ),
    (
        "filter",
        "-p tcp -m conntrack --ctstate NEW --dpo 5 -j ACCEPT",
        "-p tcp -m conntrack --ctstate NEW -m tcp --dport 5 -j ACCEPT",
    ),
    (
        "nat",
        "-p tcp -j DNAT --dpo 5 --to 192.0.2.1",
        "-p tcp -m tcp --dport 5 -j DNAT --to-destination 192.0.2.1",
    ),
    ("filter", "-j REJECT --rej icmp-port-unreachable", "-j REJECT"),
    ("mangle", "-j MARK --set-x 5", "-j MARK --set-xmark 0x5/0xffffffff"),
    ("mangle", "-j CONNMARK --save", "-j CONNMARK --save-mark"),
    # Whole names are never beginnings of others.
    ("filter", "--src 192.0.2.1 -j ACCEPT", "-s 192.0.2.1/32 -j ACCEPT"),
    ("nat", "-j MASQUERADE --random", "-j MASQUERADE --random"),
)
REFUSED = (
    ("nat", "-j DNAT --t 192.0.2.1", "`--t` may be `--table` or `--to-destination`"),
    (
        "filter",
        "-m conntrack --ctst NEW -j ACCEPT",
        "`--ctst` may be `--ctstate` or `--ctstatus`",
    ),
    ("filter", "--in eth0 -j ACCEPT", "`--in` may be `--insert` or `-i`"),
    ("filter", "-p tcp -m tcp --dest 22 -j ACCEPT", "`--dest` may be `-d` or `--dport`"),
    ("mangle", "-j MARK --set 5", "`--set` may be `--set-mark` or `--set-xmark` or `-c`"),
)


@pytest.mark.parametrize(("table", "short", "long"), TAKEN)
def test_the_beginning_of_one_option_is_read_as_the_option(
    table: str, short: str, long: str
) -> None:
    found, meant = rule(f"-A X {short}", table), rule(f"-A X {long}", table)

    assert sorted(show(found.match).split("; ")) == sorted(show(meant.match).split("; "))
    assert (repr(found.verdict), repr(found.effects)) == (repr(meant.verdict), repr(meant.effects))


@pytest.mark.parametrize(("table", "text", "message"), REFUSED)
def test_the_beginning_of_several_options_is_refused(table: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as found:
        export(f"-A X {text}", table=table)

    assert found.value.message == f"{message}: iptables refuses it"


def test_beside_an_extension_that_nobody_knows_the_rule_stays_possible() -> None:
    gaps = export("-A X -m frob --frob 1 --dpo 22 -j ACCEPT").gaps

    assert gaps[-1].message == "`-m frob --frob 1 --dpo 22` is outside the model"


@pytest.mark.kernel
@pytest.mark.skipif(
    os.name != "posix"
    or os.geteuid() != 0
    or not all(map(shutil.which, ("unshare", "iptables-legacy-restore"))),
    reason="needs root on Linux, unshare and iptables-legacy",
)
@pytest.mark.parametrize(
    ("table", "text", "is_taken"),
    [
        *((table, text, True) for table, text, _ in TAKEN),
        *((table, text, False) for table, text, _ in REFUSED),
    ],
)
def test_iptables_says_the_same_of_beginnings(table: str, text: str, *, is_taken: bool) -> None:
    done = subprocess.run(
        ["unshare", "-n", "iptables-legacy-restore", "--test"],
        input=f"*{table}\n:X - [0:0]\n-A X {text}\nCOMMIT\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode == 0) is is_taken, done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "-m policy --dir in --pol ipsec --proto esp",
            "?-m policy --dir in --pol ipsec --proto esp",
        ),
        (
            "-m policy --dir in --pol ipsec --strict --proto esp -m comment --comment x -p tcp",
            "proto=6; ?-m policy --dir in --pol ipsec --strict --proto esp",
        ),
        ("-m comment --comment x --proto esp", "proto=32"),
    ],
)
def test_an_option_of_an_extension_is_not_a_beginning(text: str, expected: str) -> None:
    assert show(rule(f"-A X {text} -j ACCEPT").match) == expected

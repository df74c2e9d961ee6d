"""FW306: where the default permits."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account, entry
from tests.linter.checks.bare import findings, said
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP, Asking, chains, lines, policy, rules, site

_MASQUERADE = "-A POSTROUTING -o wan0 -j MASQUERADE"


def _nft(policy: str, *statements: str, hook: str = "input", more: str = "") -> str:
    inside = "\n".join(f"    {each}" for each in statements)
    return (
        f"table inet filter {{\n  chain {hook} {{\n"
        f"    type filter hook {hook} priority filter; policy {policy};\n{inside}\n  }}\n{more}}}\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rules(), []),
        (rules(input="ACCEPT"), ["error INPUT"]),
        (rules("-A INPUT -j DROP", input="ACCEPT"), []),
        (rules("-A INPUT -j REJECT", input="ACCEPT"), []),
        (rules(*chains("last"), "-A INPUT -j last", "-A last -j DROP", input="ACCEPT"), []),
        (rules("-A INPUT -i lo -j ACCEPT", "-A INPUT ! -i lo -j DROP", input="ACCEPT"), []),
        (rules("-A INPUT -p tcp -m tcp --dport 23 -j DROP", input="ACCEPT"), ["error INPUT"]),
        (rules("-A INPUT -i wan0 -j DROP", input="ACCEPT"), ["warning (possible) INPUT"]),
        (
            rules("-A INPUT -m geoip ! --source-country DE -j DROP", input="ACCEPT"),
            ["warning (possible) INPUT"],
        ),
        (
            rules("-A INPUT -p tcp -j DROP", "-A INPUT -p udp -j DROP", input="ACCEPT"),
            ["info INPUT"],
        ),
        (rules("-A INPUT -m state --state NEW -j DROP", input="ACCEPT"), []),
        (rules("-A INPUT -j ACCEPT"), []),
        (rules(output="ACCEPT"), []),
        (_nft("drop"), []),
        (_nft("accept"), ["error input"]),
        (_nft("accept", "drop"), []),
        (_nft("accept", "meta nfproto ipv4 drop"), ["error input"]),
        (_nft("accept", "drop", hook="forward"), ["warning (possible) -"]),
        (_nft("drop", "tcp dport 25 accept", hook="output"), ["warning (possible) -"]),
        (_nft("drop") + _nft("drop", hook="output").replace("inet filter", "inet second"), []),
        (_nft("accept") + _nft("drop").replace("inet filter", "inet second"), []),
        (config(PF_HTTPS), []),
        (account([AWS_HTTPS], [entry(100, (0, 65535), is_egress=False)]), []),
    ],
    ids=[
        "the policy drops",
        "the policy accepts",
        "a last rule drops",
        "a last rule rejects",
        "a last rule of a chain drops",
        "all but loopback is dropped",
        "one port is dropped",
        "one interface is dropped",
        "an unread condition drops",
        "two protocols are dropped",
        "all new packets are dropped",
        "a rule permits everything",
        "what is sent",
        "nft: the policy drops",
        "nft: the policy accepts",
        "nft: a last rule drops",
        "nft: IPv4 alone is dropped",
        "nft: no chain for input",
        "nft: a chain for output alone",
        "nft: one for output beside it",
        "nft: the second table drops",
        "pf denies whatever no rule passes",
        "AWS denies whatever no rule allows",
    ],
)
def test_the_default_of_what_comes_in_denies(
    text: str, expected: list[str], tmp_path: Path
) -> None:
    actual = findings(tmp_path, "FW306", export=text)

    assert [
        f"{each.level}{' (possible)' * (each.certainty == 'possible')} {each.key[2] or '-'}"
        for each in actual
    ] == expected


@pytest.mark.parametrize(
    ("forward", "nat", "expected"),
    [
        ((), "", []),
        ((), _MASQUERADE, ["error"]),
        ((KEEP,), "", ["error"]),
        ((KEEP, "-A FORWARD -j DROP"), _MASQUERADE, []),
        ((":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER"), "", ["info"]),
        (("-A FORWARD -o docker0 -j DROP",), "", ["info"]),
        ((), "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", []),
        ((), "-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -j MASQUERADE", []),
        (
            (),
            "-A PREROUTING -i wan0 -p tcp --dport 80 -j DNAT --to-destination 10.1.0.9",
            ["error"],
        ),
    ],
    ids=[
        "an empty chain",
        "it translates for others",
        "it has rules of its own",
        "and the last one denies",
        "only a chain of Docker's",
        "only rules about Docker's bridge",
        "only Docker translates",
        "a container that calls itself",
        "a port is forwarded",
    ],
)
def test_the_default_of_what_is_forwarded_counts_where_the_device_forwards(
    forward: tuple[str, ...], nat: str, expected: list[str], tmp_path: Path
) -> None:
    actual = findings(tmp_path, "FW306", export=rules(*forward, nat=nat, forward="ACCEPT"))

    assert [each.level for each in actual if each.key[2] == "FORWARD"] == expected
    assert [each for each in actual if each.key[2] != "FORWARD"] == []


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (rules("-A FORWARD -i lan0 -o wan0 -j ACCEPT"), ["warning possible"]),
        (rules(), ["warning possible"]),
        (rules(":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER"), []),
        (rules("-A FORWARD -o docker0 -j ACCEPT"), []),
        (rules(forward="ACCEPT"), []),
    ],
    ids=["rules", "a policy", "Docker's policy", "Docker's rules", "nothing"],
)
def test_an_empty_chain_counts_where_the_other_family_has_another(
    first: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"rules.v4": first, "rules.v6": rules(forward="ACCEPT")}
    actual = findings(tmp_path, "FW306", **exports)

    assert [f"{each.level} {each.certainty}" for each in actual] == expected
    assert {Path(each.span.path).name for each in actual} <= {"rules.v6"}


def test_the_chain_is_named_and_what_remains(tmp_path: Path) -> None:
    text = rules("-A INPUT -p tcp -m tcp --dport 23 -j DROP", input="ACCEPT")

    (only,) = findings(tmp_path, "FW306", web=text)

    assert only.message == "INPUT on web lets everything pass that no rule drops"
    assert only.extent == (
        "tcp 0-22, 24-65535, all udp ports, other protocols from any address to any address"
    )


def test_one_chain_for_both_families_is_one_finding(tmp_path: Path) -> None:
    assert len(findings(tmp_path, "FW306", web=_nft("accept"))) == 1
    assert said(tmp_path, "FW306", ipv6="no", web=_nft("accept", "meta nfproto ipv4 drop")) == []


def test_what_another_check_says_of_the_same_default_is_not_repeated(tmp_path: Path) -> None:
    exports = {"edge.rules": rules(KEEP, forward="ACCEPT")}

    both = Asking("FW201", "FW306")(tmp_path, policy(), site(), exports)
    alone = Asking("FW306")(tmp_path, policy(), site(), exports)

    assert [each.check for each in both] == ["FW201"]
    assert lines(alone, tmp_path) == [
        "edge.rules:3: FW306 error: FORWARD on edge lets everything pass that no rule drops"
    ]


def test_a_switch_that_turns_all_filtering_off_leaves_a_default_that_permits(
    tmp_path: Path,
) -> None:
    text = config(PF_HTTPS).replace("<system>", "<system><disablefilter/>")

    found = findings(tmp_path, "FW306", ipv6="no", edge=text)

    assert [(each.level, each.extent) for each in found] == [
        ("error", "every service from any address to any address")
    ] * len(found)
    assert found


_HOOKED = "table {} t {{ chain c {{ type filter hook {} priority 0; policy accept; }} }}\n"


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        (_nft("drop"), False),
        ("table inet t {\n}\n", True),
        ("table inet t {\n  chain c {\n    drop\n  }\n}\n", True),
        ("#!/usr/sbin/nft -f\nflush ruleset\n", True),
        ('{"nftables": [{"metainfo": {"json_schema_version": 1}}]}', True),
        (_nft("drop").replace("{\n", "{\n  flags dormant\n", 1), True),
        (_HOOKED.format("bridge", "input"), True),
        (_HOOKED.format("netdev", "ingress device eth0"), True),
        ("*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n", True),
        (account([AWS_HTTPS], [entry(100, (0, 65535), is_egress=False)]), False),
    ],
    ids=[
        *("no-op: a filter", "an empty table", "a chain that no packet sees", "no table", "JSON"),
        *("dormant", "frames alone", "a device's frames alone", "NAT alone", "no-op: AWS"),
    ],
)
def test_where_nothing_filters_at_all_that_is_said(
    text: str, is_said: bool, tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW306", export=text)

    said_of = [(each.level, each.certainty, each.message.partition(" on ")[0]) for each in found]
    expected = ("warning", "possible", "no chain filters packets to the device itself")
    assert said_of == ([expected] if is_said else [])

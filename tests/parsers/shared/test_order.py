"""Base chains of one hook and priority, whose order no file says."""

from itertools import permutations
from pathlib import Path
from time import process_time

import pytest

from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from parsers import read_exports
from tests.parsers.nftables.samples import export, show

PACKET = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:80 in eth0 state new")
CHAIN = "table ip {} {{ chain c {{ type {} hook {} priority {}; policy {}; {}; }}; }}\n"


def told(*chains: str) -> tuple[str, int]:
    """What becomes of the packet, whichever chain stands first, and how many remarks there are."""
    found = {_told("".join(texts)) for texts in permutations(chains)}
    (one,) = found
    return one


def _told(content: str) -> tuple[str, int]:
    found = export(content)
    (answer,) = traced([found], "input", [PACKET])
    return answer.verdict, sum("the same hook and priority" in gap.message for gap in found.gaps)


def at_input(name: str, rules: str, policy: str = "accept", priority: str = "0") -> str:
    return CHAIN.format(name, "filter", "input", priority, policy, rules)


def at_prerouting(name: str, kind: str, rules: str, policy: str = "accept") -> str:
    return CHAIN.format(name, kind, "prerouting", "-100", policy, rules)


MARKS = at_input("a", "meta mark set 1")
CALLS = "table ip a { chain u { meta mark set 1; };" + MARKS[12:].replace(
    "meta mark set 1", "jump u"
)
REDIRECTS = at_prerouting("a", "nat", "tcp dport 80 redirect to :8080")
MANGLES = at_input("a", "tcp dport 80 tcp dport set 22")
LETS_IN = at_input("f", "tcp dport 8080 accept", "drop", "5")


@pytest.mark.parametrize(
    "chains",
    [
        (MARKS, at_input("b", "meta mark 1 accept", "drop")),
        (MARKS, at_input("b", "meta mark != 1 accept", "drop")),
        (MARKS, at_input("b", "meta mark & 0x3 == 1 accept", "drop")),
        (MARKS, at_input("b", "meta mark vmap { 1 : accept }", "drop")),
        (MARKS, at_input("b", "ct mark set meta mark; ct mark 1 accept", "drop")),
        (
            MARKS,
            at_input("b", "meta mark set 2"),
            at_input("later", "meta mark 1 accept", "drop", "5"),
        ),
        (
            CALLS,
            at_input("b", "meta mark 1 accept", "drop"),
        ),
        (REDIRECTS, at_prerouting("b", "nat", "tcp dport 80 redirect to :443"), LETS_IN),
        (REDIRECTS, at_prerouting("b", "nat", "tcp dport 80 drop"), LETS_IN),
        (REDIRECTS, at_prerouting("b", "nat", "tcp dport 22 accept", "drop"), LETS_IN),
        (REDIRECTS, at_prerouting("b", "filter", "tcp dport 8080 accept", "drop"), LETS_IN),
        # What changes a packet beyond the model may make the other chain's rules miss it.
        (MANGLES, at_input("b", "tcp dport 80 drop")),
        (MANGLES, at_input("b", "tcp dport 443 accept", "drop")),
        (
            at_prerouting("a", "filter", "tcp dport 80 tproxy to :50080"),
            at_prerouting("b", "filter", "tcp dport 80 drop"),
        ),
    ],
)
def test_what_depends_on_the_order_is_possible_and_remarked(chains: tuple[str, ...]) -> None:
    verdict, remarks = told(*chains)

    assert (verdict, remarks > 0) == ("unknown", True)


@pytest.mark.parametrize(
    ("chains", "verdict"),
    [
        ((MARKS, at_input("b", "tcp dport 80 accept", "drop")), "accept"),
        (
            (
                at_input("a", "meta mark set meta mark | 1"),
                at_input("b", "meta mark & 0x2 == 0 accept", "drop"),
            ),
            "accept",
        ),
        ((REDIRECTS, at_prerouting("b", "nat", "tcp dport 80 accept"), LETS_IN), "accept"),
        ((REDIRECTS, at_prerouting("b", "nat", "tcp dport 22 drop; accept"), LETS_IN), "accept"),
        ((MARKS, at_input("b", "meta mark 1 accept", "drop", "1")), "accept"),
        ((MARKS, at_input("b", "meta mark 1 accept", "drop", "-1")), "drop"),
        (
            (
                at_input("a", "meta mark set meta mark | 1"),
                at_input("b", "meta mark set meta mark | 2"),
                at_input("later", "meta mark & 0x3 == 0x3 accept", "drop", "5"),
            ),
            "accept",
        ),
        ((REDIRECTS, at_prerouting("b", "nat", "tcp dport 443 redirect to :1"), LETS_IN), "accept"),
        ((REDIRECTS, at_prerouting("b", "nat", "tcp dport 443 drop"), LETS_IN), "accept"),
        ((REDIRECTS, at_prerouting("b", "nat", "accept"), LETS_IN), "accept"),
        (
            (REDIRECTS, at_prerouting("b", "nat", "tcp dport 80 redirect to :8080"), LETS_IN),
            "accept",
        ),
        ((REDIRECTS, at_prerouting("b", "filter", "ip saddr 10.0.0.1 drop"), LETS_IN), "accept"),
        ((at_input("a", "tcp dport 80 drop"), at_input("b", "accept", "drop")), "drop"),
        (
            (at_input("a", "tcp dport 22 tcp dport set 8"), at_input("b", "tcp dport 80 drop")),
            "drop",
        ),
    ],
)
def test_what_does_not_is_certain(chains: tuple[str, ...], verdict: str) -> None:
    assert told(*chains) == (verdict, 0)


@pytest.mark.parametrize(
    ("kind", "rules"), [("filter", "meta mark set 1"), ("nat", "tcp dport 80 redirect to :81")]
)
def test_of_very_many_chains_each_may_meet_each(kind: str, rules: str) -> None:
    chains = (at_prerouting(f"t{number}", kind, rules) for number in range(3_000))
    asks = at_prerouting("b", kind, "meta mark 1 tcp dport 80 drop")

    begin = process_time()
    found = export("".join((*chains, asks)))

    assert process_time() - begin < 10
    assert len(found.gaps) == 1
    assert show(found.tables[-1].chains["c"].rules[0].match) != show(
        export(asks).tables[0].chains["c"].rules[0].match
    )


MANGLE = """\
# Generated by iptables-save v1.8.9
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -j MARK --set-xmark {mark}/0xffffffff
COMMIT
"""


@pytest.mark.parametrize(
    ("mark", "asked", "verdict"), [("0x1", "meta mark", "unknown"), ("0x0", "tcp dport", "accept")]
)
def test_the_chains_of_both_iptables_and_nft_have_no_order(
    mark: str, asked: str, verdict: str, tmp_path: Path
) -> None:
    native = at_input("b", f"{asked} {{ 1, 80 }} accept", "drop", "mangle")
    for name, text in (("legacy.rules", MANGLE.format(mark=mark)), ("b.nft", native)):
        (tmp_path / name).write_text(text)

    found = read_exports([str(tmp_path / "legacy.rules"), str(tmp_path / "b.nft")])
    (answer,) = traced(found, "input", [PACKET])

    gaps = [gap for each in found for gap in each.gaps if "priority" in gap.message]
    assert (answer.verdict, len(gaps)) == (verdict, verdict == "unknown")


PLACES = """\
table ip t {{
  chain p {{ type {kind} hook prerouting priority {first}; {rules}; }}
  chain f {{ type filter hook prerouting priority {second}; policy drop; {asks} accept; }}
}}
"""
TRANSLATES = ("nat", "tcp dport 80 redirect to :8080", "tcp dport 8080")
COUNTS = ("filter", "ct mark set 5", "ct mark 5")


@pytest.mark.parametrize(
    ("case", "first", "second", "verdict"),
    [
        # All chains for translations run at -100, since Linux 4.18.
        (TRANSLATES, "300", "0", "accept"),
        (TRANSLATES, "-150", "-120", "drop"),
        (TRANSLATES, "-100", "-99", "accept"),
        (TRANSLATES, "0", "-100", "unknown"),
        # What is not tracked yet has no mark of a connection that could be written.
        (COUNTS, "-300", "0", "unknown"),
        (COUNTS, "-200", "0", "unknown"),
        (COUNTS, "-199", "0", "accept"),
        # Nobody knows whether connection tracking runs before a chain of its priority.
        (("filter", "ct state new drop", "tcp dport 80"), "-200", "0", "unknown"),
        (("filter", "notrack", "ct state untracked"), "-200", "0", "unknown"),
        (("filter", "notrack", "ct state untracked"), "-201", "0", "accept"),
    ],
)
def test_the_kernel_has_places_of_its_own(
    case: tuple[str, str, str], first: str, second: str, verdict: str, tmp_path: Path
) -> None:
    kind, rules, asks = case
    path = tmp_path / "host.nft"
    path.write_text(PLACES.format(kind=kind, rules=rules, asks=asks, first=first, second=second))

    (answer,) = traced(read_exports([str(path)]), "input", [PACKET])

    assert answer.verdict == verdict


@pytest.mark.parametrize(("table", "verdict"), [("raw", "unknown"), ("mangle", "accept")])
def test_iptables_too(table: str, verdict: str, tmp_path: Path) -> None:
    text = (
        f"*{table}\n:PREROUTING ACCEPT\n-A PREROUTING -j CONNMARK --set-mark 5\nCOMMIT\n"
        "*filter\n:INPUT DROP\n-A INPUT -m connmark --mark 5 -j ACCEPT\nCOMMIT\n"
    ).replace("*mangle\n", "*mangle\n:INPUT ACCEPT\n")
    (tmp_path / "host.rules").write_text(f"# Generated by iptables-save v1.8.9\n{text}")

    (answer,) = traced(read_exports([str(tmp_path / "host.rules")]), "input", [PACKET])

    assert answer.verdict == verdict

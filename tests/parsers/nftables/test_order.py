"""Base chains of one hook and priority, whose order no file says."""

from itertools import permutations

import pytest

from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

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
    return answer.verdict, len(found.gaps)


def at_input(name: str, rules: str, policy: str = "accept", priority: str = "0") -> str:
    return CHAIN.format(name, "filter", "input", priority, policy, rules)


def at_prerouting(name: str, kind: str, rules: str, policy: str = "accept") -> str:
    return CHAIN.format(name, kind, "prerouting", "-100", policy, rules)


MARKS = at_input("a", "meta mark set 1")
CALLS = "table ip a { chain u { meta mark set 1; };" + MARKS[12:].replace(
    "meta mark set 1", "jump u"
)
REDIRECTS = at_prerouting("a", "nat", "tcp dport 80 redirect to :8080")
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
        ((REDIRECTS, at_prerouting("b", "filter", "ip saddr 10.0.0.1 drop"), LETS_IN), "accept"),
        ((at_input("a", "tcp dport 80 drop"), at_input("b", "accept", "drop")), "drop"),
    ],
)
def test_what_does_not_is_certain(chains: tuple[str, ...], verdict: str) -> None:
    assert told(*chains) == (verdict, 0)

"""A listing by `nft -t` has no elements: what is in its sets is unknown, and not nothing."""

import json
import subprocess

import pytest

from flowmodel.fields import TCP
from flowmodel.packet import Packet
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

_PACKET = Packet(4, 0xC0000207, 0xC6336401, TCP, 40000, 22, in_name="eth0")
_BOTH = {"accept", "drop"}


def content(*rules: str, policy: str = "drop", more: str = "", family: str = "inet") -> str:
    """A table with empty sets and maps, and these rules."""
    return "\n".join(
        [
            f"table {family} t {{",
            "set hosts { type ipv4_addr; flags interval; }",
            "set ports { type inet_service; }",
            "set both { type ipv4_addr . inet_service; }",
            "set names { type ifname; }",
            "set seen { type ipv4_addr; flags dynamic; size 9; }",
            "map verdicts { type inet_service : verdict; }",
            "map marks { type inet_service : mark; }",
            more,
            f"chain c {{ type filter hook input priority 0; policy {policy};",
            *rules,
            "}",
            "}",
            "",
        ]
    )


def possible(text: str) -> set[str]:
    return set(traced((export(text),), "input", [_PACKET])[0].possible)


UNKNOWN = {
    "an allowed port": content("tcp dport @ports accept"),
    "an allowed address": content("ip saddr @hosts accept"),
    "both": content("ip saddr . tcp dport @both accept"),
    "an interface": content("iifname @names accept"),
    "all others": content("ip saddr != @hosts drop", policy="accept"),
    "a map of verdicts": content("tcp dport vmap @verdicts"),
    "a map of marks": content(
        "meta mark set tcp dport map @marks", "meta mark 5 drop", policy="accept"
    ),
    "a jump": content("ip saddr @hosts jump other", more="chain other { accept; }"),
    "behind one that lets pass": content(
        "ip saddr @hosts drop", "tcp dport @ports counter", policy="accept"
    ),
    "a comment that speaks of dropping": content('tcp dport @ports accept comment "do not drop"'),
    "a prefix that does": content('tcp dport @ports log prefix "drop " accept'),
    "a set that is called so": content(
        "tcp dport @drop accept", more="set drop { type inet_service; }"
    ),
    "a chain that is called so": content(
        "tcp dport @ports jump no-drop", more="chain no-drop { accept; }"
    ),
    "in IPv4": content("tcp dport @ports accept", family="ip"),
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_in_a_set_is_unknown_if_no_set_has_elements(text: str) -> None:
    assert possible(text) == _BOTH
    assert any("as if `nft -t` had listed them" in gap.message for gap in export(text).gaps)


KNOWN = {
    # An element says that the listing has them.
    "another set has elements": (
        content("tcp dport @ports accept", more="set u { type mark; elements = { 1 } }"),
        "drop",
    ),
    "an anonymous set and no other": (content("tcp dport { 22 } accept"), "accept"),
    # Programs ban addresses: that nobody is banned is usual.
    "only a ban": (content("ip saddr @hosts drop", policy="accept"), "accept"),
    "a ban with a comment": (
        content('ip saddr @hosts drop comment "x != y"', policy="accept"),
        "accept",
    ),
    "a ban that answers": (
        content("ip saddr @hosts reject with icmp port-unreachable", policy="accept"),
        "accept",
    ),
    "a ban that counts and logs": (
        content(
            'ip saddr @hosts log prefix "accept " counter packets 0 bytes 0 drop', policy="accept"
        ),
        "accept",
    ),
    "only a refusal": (content("ip saddr @hosts reject", policy="accept"), "accept"),
    "sets that no rule asks": (content("tcp dport 22 accept"), "accept"),
}


@pytest.mark.parametrize(("text", "verdict"), KNOWN.values(), ids=KNOWN)
def test_an_empty_set_is_empty_where_nothing_speaks_against_it(text: str, verdict: str) -> None:
    assert possible(text) == {verdict}


@pytest.mark.parametrize("options", [["-t"], ["-t", "-j"]], ids=["text", "JSON"])
@pytest.mark.usefixtures("nft")
def test_the_listing_of_nft_itself_is_known_again(options: list[str]) -> None:
    whole = content("tcp dport @ports accept", more="").replace(
        "type inet_service; }", "type inet_service; elements = { 22 }; }", 1
    )
    listing = subprocess.run(
        ["unshare", "-r", "-n", "sh", "-c", f"nft -f - && nft {' '.join(options)} list ruleset"],
        input=whole,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "-j" in options:
        json.loads(listing)

    assert possible(whole) == {"accept"}
    assert possible(listing) == _BOTH

"""A match outside the model is remarked upon where a verdict can depend on it."""

from pathlib import Path

import pytest

import parsers

_DECIDES = {
    "drops": ("-m limit --limit 2/min -j DROP", "limit rate 2/minute drop"),
    "calls": ("-m limit --limit 2/min -j more", "limit rate 2/minute jump more"),
    "returns": ("-m limit --limit 2/min -j RETURN", "limit rate 2/minute return"),
    "marks": (
        "-m owner --uid-owner 7 -j CONNMARK --set-mark 1",
        "meta skuid 7 ct mark set 1",
    ),
    "logs and drops": ("-m limit --limit 2/min -j more", "limit rate 2/minute log drop"),
}
_DECIDES_NOTHING = {
    "logs": ("-m limit --limit 2/min -j LOG", 'limit rate 2/minute log prefix "x"'),
    "counts": ("-m owner --uid-owner 7", "meta skuid 7 counter"),
    "logs to a daemon": ("-m limit --limit 2/min -j NFLOG", "limit rate 2/minute log group 1"),
}


def _remarks(folder: Path, iptables: str, nftables: str) -> list[list[str]]:
    chains = ":INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:more - [0:0]"
    first = f"*filter\n{chains}\n-A INPUT -i lo -j ACCEPT\n-A OUTPUT {iptables}\nCOMMIT\n"
    hook = "type filter hook output priority filter; policy accept;"
    chain = f"chain out {{\n {hook}\n {nftables}\n }}"
    second = f"table inet filter {{\n chain more {{ }}\n {chain}\n}}\n"
    found: list[list[str]] = []
    for name, text in (("a.rules", first), ("b.nft", second)):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        rulesets = parsers.read_exports((str(path),), "", ())
        gaps = [gap for each in rulesets for gap in each.gaps]
        found.append([gap.check for gap in gaps if "outside the model" in gap.message])
    return found


@pytest.mark.parametrize(("iptables", "nftables"), _DECIDES.values(), ids=_DECIDES)
def test_a_match_that_may_decide_is_told(iptables: str, nftables: str, tmp_path: Path) -> None:
    assert _remarks(tmp_path, iptables, nftables) == [["FW902"], ["FW902"]]


@pytest.mark.parametrize(("iptables", "nftables"), _DECIDES_NOTHING.values(), ids=_DECIDES_NOTHING)
def test_a_match_that_decides_nothing_is_not(iptables: str, nftables: str, tmp_path: Path) -> None:
    assert _remarks(tmp_path, iptables, nftables) == [[], []]

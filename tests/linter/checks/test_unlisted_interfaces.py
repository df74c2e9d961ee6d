"""What is open by interfaces that nobody lists, beside one that leads to the internet."""

from pathlib import Path

import pytest

from tests.linter.checks import pf
from tests.linter.checks.samples import KEEP, Asking, policy, rules, site

found = Asking("FW201", "FW215")

_WAN = "-A FORWARD -i wan0 -j DROP"
_REDIS = "-A FORWARD -d 192.0.2.10/32 {}-p tcp -m tcp --dport 6379 -j ACCEPT"
_NFT = """
table ip edge {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname wan0 drop
    ip daddr 192.0.2.10 {}tcp dport 6379 accept
  }}
}}
"""
_PASS = """
<type>pass</type><floating>yes</floating><quick>yes</quick><direction>in</direction>
<interface>{}</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>
<source><any/></source><destination><address>192.0.2.10</address><port>6379</port></destination>
"""
_BLOCK = """
<type>block</type><floating>yes</floating><quick>yes</quick><direction>in</direction>
<interface>wan</interface><ipprotocol>inet</ipprotocol><source><any/></source>
<destination><any/></destination>
"""
_BY = {
    "any": ("", "", "any"),
    "listed": ("-i lan0 ", "iifname lan0 ", "lan"),
}


def _export(format_: str, by: str) -> tuple[str, str]:
    iptables, nft, pfsense = _BY[by]
    texts = {
        "rules": lambda: rules(KEEP, _WAN, _REDIS.format(iptables)),
        "nft": lambda: _NFT.format(nft),
        "xml": lambda: pf.config(_BLOCK, _PASS.format(pfsense)),
    }
    return f"edge.{format_}", texts[format_]()


@pytest.mark.parametrize("by", ["any", "listed"])
@pytest.mark.parametrize("format_", ["rules", "nft", "xml"])
def test_strangers_may_come_in_by_what_nobody_lists(format_: str, by: str, tmp_path: Path) -> None:
    name, export = _export(format_, by)
    places = "" if format_ == "xml" else ", interfaces: {wan0: internet, lan0: office, dmz0: dmz}"
    device = f"edge: {{config: {name}, ipv6: no{places}}}"

    actual = found(tmp_path, policy(), site(device), {name: export})

    why = ("whether there is an interface that neither the site nor an export lists",)
    told = [(each.check, each.certainty, each.reasons) for each in actual]
    assert told == ([("FW215", "possible", why)] if by == "any" else [])
    assert not any("/other" in f"{each.extent}" for each in actual)

"""A file of nft is known by its beginning."""

import pytest

from parsers.nftables.format import FORMAT

DETECT = FORMAT.detect

YES = [
    "#!/usr/sbin/nft -f\n",
    "#!/usr/bin/env -S nft -f\n",
    "# office\n\ntable inet filter {\n",
    "table ip filter\n{\n",
    "table filter {",
    "flush ruleset\n",
    "add rule ip filter input accept\n",
    "add table inet t\nadd chain inet t c\n",
    "define wan = eth0\n",
    'include "/etc/nftables.d/*.nft"\n',
    '{"nftables": [{"metainfo": {}}]}',
    '{\n  "nftables": [\n',
    "# Warning: table ip filter is managed by iptables-nft, do not touch!\ntable ip filter {\n",
]
NO = [
    "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
    "create hosts hash:ip family inet\nadd hosts 192.0.2.1\n",
    '{"SecurityGroups": []}',
    '<?xml version="1.0"?>\n<pfsense>\n',
    "The table shows the ruleset.\n",
    "",
]


@pytest.mark.parametrize("text", YES)
def test_this_is_nft(text: str) -> None:
    assert DETECT(text)


@pytest.mark.parametrize("text", NO)
def test_this_is_not_nft(text: str) -> None:
    assert not DETECT(text)


@pytest.mark.parametrize(
    "text", ["table ip " + "a" * 200_000 + "!", "table" + " " * 200_000, "define " + "a" * 200_000]
)
def test_a_long_line_is_looked_at_once(text: str) -> None:
    assert not FORMAT.detect(text)

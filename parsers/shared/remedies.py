"""How to get the exports that fwlint reads, as errors about other files say it."""

from typing import Final

IPTABLES: Final = "export the rules with `iptables-save` (and `ip6tables-save`)"
NFT: Final = "export all of it with `nft list ruleset`"
IP: Final = "export them with `ip -j addr` and `ip -j route`, beside the rules"
IPSET: Final = "export the sets with `ipset save`"
FIREWALLD: Final = "export what it loads with `nft list ruleset` (or `iptables-save`)"
PF: Final = "export the whole `config.xml` of pfSense or OPNsense"
AWS: Final = (
    "export what is in force with `aws ec2 describe-security-groups --output json` and the other "
    "commands in docs/formats.md"
)
SHELL: Final = "run it, and export what is in force then with `iptables-save` or `nft list ruleset`"
OTHER: Final = "supported are iptables, nftables, pfSense, OPNsense and AWS"

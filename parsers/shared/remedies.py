"""How to get the exports that fwlint reads, as errors about other files say it."""

from typing import Final

IPTABLES: Final = (
    "export the rules with `iptables-save` and `ip6tables-save` (see `fwlint export-help iptables`)"
)
NFT: Final = "export all of it with `nft list ruleset` (see `fwlint export-help nftables`)"
IP: Final = (
    "export them with `ip -j addr` and `ip -j route`, beside the rules (see `fwlint export-help "
    "ip`)"
)
IPSET: Final = "export the sets with `ipset save` (see `fwlint export-help ipset`)"
FIREWALLD: Final = (
    "export what it loads with `nft list ruleset` or `iptables-save` (see `fwlint export-help "
    "firewalld`)"
)
PF: Final = (
    "export the whole `config.xml` of pfSense or OPNsense (see `fwlint export-help config.xml`)"
)
AWS: Final = (
    "export what is in force with `aws ec2 describe-security-groups --output json` and the other "
    "commands of `fwlint export-help aws`"
)
SHELL: Final = (
    "run it, and export what is in force then with `iptables-save` or `nft list ruleset` (see "
    "`fwlint export-help`)"
)
OTHER: Final = (
    "supported are iptables, nftables, pfSense, OPNsense and AWS (see `fwlint export-help`)"
)

"""iptables-save and ip6tables-save."""

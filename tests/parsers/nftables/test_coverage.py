"""docs/formats.md says of every expression and statement of nft(8) what becomes of it."""

from parsers.nftables.coverage import EXPRESSIONS, STATEMENTS, headers, section
from tests import ROOT

DOCUMENT = ROOT / "docs" / "formats.md"

# The headings of nft(8) 1.0.6 and the header that each describes.
HEADERS = {
    "ETHERNET HEADER EXPRESSION": "ether",
    "VLAN HEADER EXPRESSION": "vlan",
    "ARP HEADER EXPRESSION": "arp",
    "IPV4 HEADER EXPRESSION": "ip",
    "ICMP HEADER EXPRESSION": "icmp",
    "IGMP HEADER EXPRESSION": "igmp",
    "IPV6 HEADER EXPRESSION": "ip6",
    "ICMPV6 HEADER EXPRESSION": "icmpv6",
    "TCP HEADER EXPRESSION": "tcp",
    "UDP HEADER EXPRESSION": "udp",
    "UDP-LITE HEADER EXPRESSION": "udplite",
    "SCTP HEADER EXPRESSION": "sctp",
    "DCCP HEADER EXPRESSION": "dccp",
    "AUTHENTICATION HEADER EXPRESSION": "ah",
    "ENCRYPTED SECURITY PAYLOAD HEADER EXPRESSION": "esp",
    "IPCOMP HEADER EXPRESSION": "comp",
}
OTHERS = """\
META EXPRESSIONS
SOCKET EXPRESSION
OSF EXPRESSION
FIB EXPRESSIONS
ROUTING EXPRESSIONS
IPSEC EXPRESSIONS
NUMGEN EXPRESSION
HASH EXPRESSIONS
RAW PAYLOAD EXPRESSION
EXTENSION HEADER EXPRESSIONS
CONNTRACK EXPRESSIONS
VERDICT STATEMENT
PAYLOAD STATEMENT
EXTENSION HEADER STATEMENT
LOG STATEMENT
REJECT STATEMENT
COUNTER STATEMENT
CONNTRACK STATEMENT
NOTRACK STATEMENT
META STATEMENT
LIMIT STATEMENT
NAT STATEMENTS
TPROXY STATEMENT
SYNPROXY STATEMENT
FLOW STATEMENT
QUEUE STATEMENT
DUP STATEMENT
FWD STATEMENT
SET STATEMENT
MAP STATEMENT
VMAP STATEMENT
XT STATEMENT
"""


def test_the_document_says_what_happens() -> None:
    assert section() in DOCUMENT.read_text(encoding="utf-8")


def test_every_heading_of_the_manual_has_a_row() -> None:
    rows = {row.heading for row in (*EXPRESSIONS, *STATEMENTS)}

    assert set(OTHERS.splitlines()) <= rows
    assert set(HEADERS.values()) <= {header for header, _, _ in headers()}


def test_nothing_in_the_tables_is_refused() -> None:
    assert "refused" not in section()

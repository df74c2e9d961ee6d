"""Pages of vendors: a flow for each row with a port, and every guess is marked."""

from pathlib import Path

import pytest

from tests.policies.drafts.samples import drafted, flow_lines

TITLES = """
| **Web box** | |
| ----- | ----- |
| **Incoming connections** | |
| TCP 80 | Pages |
| TCP/UDP 445 | Files |
| **Outgoing connections** | |
| TCP 25 | Mail |
| | **Note**: mail goes to several addresses. |
| TCP 22 | Shell |

| **File box** | |
| ----- | ----- |
| **Incoming connections** | |
| TCP 2049 | Files |
"""
LOST = """Ports of the product
Firewall requirements for a single box
Shop servers
Device | Port | Protocol | Direction | Usage | Configurable |
---|---|---|---|---|---|
TCP 443 | HTTPS | Incoming |
| Yes, during installation. | |
TCP 135 and 445 (initially) | WMI | Outgoing |
| Not configurable. You also need UDP port 1434 for the browser. | |
Shop clients
Device | Port | Protocol | Direction | Usage | Configurable |
---|---|---|---|---|---|
Tills | TCP 7766 | HTTPS | Outgoing and Incoming |
| Yes. |
Cache box | TCP 400n | TCP | Incoming |
| One more than the other. |
Cache box | TCP | TCP | Outgoing |
| |
"""
HTML = """# Ports

Open to everyone
----------------

<table>
<tr><th>Name</th><th>Node Type</th><th>Default</th><th>Notes</th></tr>
<tr>
  <td>SMTP</td>
  <td>mx</td>
  <td>25</td>
  <td>Mail</td>
</tr>
<tr>
  <td>VPN</td>
  <td>all</td>
  <td>80, 443, 53</td>
  <td>Gateways</td>
</tr>
</table>
"""
PAGES: dict[str, tuple[str, str, list[str]]] = {
    "titles in bold, and rows below them": (
        "md",
        TITLES,
        [
            "5: clients > web-box 80/tcp ?from,to",
            "6: clients > web-box 445/tcp+udp ?from,to",
            "8: web-box > servers 25/tcp ?from,to",
            "10: web-box > servers 22/tcp ?from,to",
            "15: clients > file-box 2049/tcp ?from,to",
        ],
    ),
    "cells that were lost, and rows over two lines": (
        "md",
        LOST,
        [
            "6: clients > shop-servers 443/tcp ?from,to",
            "8: shop-servers > servers 135,445/tcp ?from,to",
            "13: tills <> clients 7766/tcp ?between",
            "15: clients > cache-box 4000-4009/tcp ?from,service",
            "17: cache-box > servers 1-65535/tcp ?to,service",
        ],
    ),
    "HTML without protocols": (
        "md",
        HTML,
        [
            "9: clients > mx 25/tcp ?from,to,service",
            "15: clients > all 80,443/tcp 53/tcp+udp ?from,to,service",
        ],
    ),
    "all columns": (
        "md",
        (
            "|Port|Protocol|Source|Destination|Purpose|\n|-|-|-|-|-|\n"
            "|443|TCP|Users|Web|a|\n|5432|TCP|Web|DB|b|\n|8/0|ICMP|Any|Web|c|\n|-|ESP|Web|DB|d|"
        ),
        [
            "3: users > web 443/tcp",
            "4: web > db 5432/tcp",
            "5: any > web 8/0/icmp",
            "6: web > db esp",
        ],
    ),
    "who uses it, and the machine above": (
        "md",
        (
            "## Control box\n\n|Protocol|Direction|Port Range|Purpose|Used By|\n|-|-|-|-|-|\n"
            "|TCP|Inbound|6443|API|All|\n|TCP|Inbound|10250|a|Self, Worker|\n|TCP|Inbound|1|b|Self|"
        ),
        [
            "5: any > control-box 6443/tcp ?from,to",
            "6: worker,control-box > control-box 10250/tcp ?from,to",
            "7: control-box > self 1/tcp ?from,to",
        ],
    ),
    "columns for TCP and UDP, and both ends above": (
        "md",
        (
            "### Till `-->` Shop\n\n|Description|UDP|TCP|\n|-|-|-|\n"
            "|a|--|443 <sup>[Note 2](#n)</sup>|\n"
            "|b|53|53|\n\n### Till `<-->` Shop\n\n|Description|UDP|TCP|\n|-|-|-|\n|a|--|DYNAMIC|"
        ),
        [
            "5: till > shop 443/tcp ?from,to",
            "6: till > shop 53/tcp+udp ?from,to",
            "12: till <> shop 49152-65535/tcp ?between,service",
        ],
    ),
    "ticks": (
        "md",
        "|Port|TCP|UDP|Server|\n|-|-|-|-|\n|53|Yes|Yes|dns|\n|80|x| |web|\n|69|No|✓|boot|",
        [
            "3: clients > dns 53/tcp+udp ?from,to",
            "4: clients > web 80/tcp ?from,to",
            "5: clients > boot 69/udp ?from,to",
        ],
    ),
    "ticks that are none": (
        "md",
        (
            "|Port|TCP|UDP|Server|\n|-|-|-|-|\n|53|Yes|not used|dns|\n|80|✔️|optional|web|\n"
            "|69|•|-|boot|"
        ),
        [
            "3: clients > dns 53/tcp ?from,to,service",
            "4: clients > web 80/tcp ?from,to,service",
            "5: clients > boot 69/tcp ?from,to",
        ],
    ),
    "spans": (
        "html",
        (
            "<h1>Shop</h1><table><tr><th rowspan=2>Server<th colspan=2>Ports\n"
            "<tr><th>TCP<th>UDP\n<tr><td rowspan=2>web<td>80<td>\n<tr><td>443<td>443</table>"
        ),
        [
            "3: clients > web 80/tcp ?from,to",
            "4: clients > web 443/tcp+udp ?from,to",
        ],
    ),
    "a heading across the table": (
        "html",
        (
            "<table><tr><th>Port<th>Direction<th>Use\n<tr><td colspan=3>Database box\n"
            "<tr><td>5432/tcp<td>In<td>a</table>"
        ),
        ["3: clients > database-box 5432/tcp ?from,to"],
    ),
    "both ends in both directions": (
        "md",
        (
            "|Source|Destination|Port|Protocol|Direction|\n|-|-|-|-|-|\n|a1|b1|1|tcp|bidirectional|\n"
            "|a1|a1|2|tcp|bidirectional|\n|a1|b1|3|tcp|outbound|\n|a1|Internet|4|tcp|outbound|"
        ),
        ["3: a1 <> b1 1/tcp", "4: a1 > a1 2/tcp", "5: a1 > b1 3/tcp", "6: a1 > internet 4/tcp"],
    ),
    "both directions where a row cannot name both ends": (
        "md",
        (
            "|Source|Destination|Direction|Port|\n|-|-|-|-|\n|Any|Web|Bidirectional|1/tcp|\n"
            "|Internet|Web|Outbound and inbound|2/tcp|\n|Web|Web|Both|3/tcp|\n"
            "|Self|Web|Both|4/tcp|\n|Any|Web|Inbound|5/tcp|\n|All|All|Both|6/tcp|\n"
            "|Web|Any|Both|7/tcp|"
        ),
        [
            "3: any <> web 1/tcp ?between",
            "4: internet <> web 2/tcp ?between",
            "5: web > web 3/tcp",
            "6: web > self 4/tcp",
            "7: any > web 5/tcp",
            "8: any <> all 6/tcp ?between",
            "9: web <> any 7/tcp ?between",
        ],
    ),
    "both directions and one end": (
        "md",
        (
            "## Box\n\n|Direction|Destination|Port|\n|-|-|-|\n|Both|Relay|1/tcp|\n\n"
            "## Box\n\n|Direction|Source|Port|\n|-|-|-|\n|Both|Users|2/tcp|"
        ),
        ["5: box <> relay 1/tcp ?between", "11: users <> box 2/tcp ?between"],
    ),
    "both directions, a device and who uses it": (
        "md",
        (
            "|Device|Used by|Direction|Port|\n|-|-|-|-|\n|Web|Tills|Both|1/tcp|\n"
            "|Web|Self|Both|2/tcp|\n|Web|Self, Tills|Both|3/tcp|\n|Web|Tills|In|4/tcp|\n"
            "|Web|Any|Both|5/tcp|"
        ),
        [
            "3: web <> tills 1/tcp ?between",
            "4: web > self 2/tcp ?from",
            "5: web <> tills,web 3/tcp ?between",
            "6: tills > web 4/tcp ?from",
            "7: web <> any 5/tcp ?between",
        ],
    ),
    "both directions below a heading with both ends": (
        "md",
        "## A1 --> B1\n\n|Direction|Port|\n|-|-|\n|Both|1/tcp|\n|-|2/tcp|",
        ["5: a1 <> b1 1/tcp ?between", "6: a1 > b1 2/tcp ?from,to"],
    ),
    "one end and a direction": (
        "md",
        (
            "## Box\n\n|Direction|Destination|Port|\n|-|-|-|\n|Outbound|Mail relay|25/tcp|\n\n"
            "## Box\n\n|Direction|Source|Port|\n|-|-|-|\n|Inbound|Users|443/tcp|"
        ),
        ["5: box > mail-relay 25/tcp ?from", "11: users > box 443/tcp ?to"],
    ),
    "an end that is left out": (
        "md",
        "|Source|Destination|Port|\n|-|-|-|\n|a1|b1|1/tcp|\n| | |2/tcp|\n|c1|b1|3/tcp|",
        ["3: a1 > b1 1/tcp", "4: a1 > b1 2/tcp ?from,to", "5: c1 > b1 3/tcp"],
    ),
    "what must not be open": (
        "csv",
        "source,destination,protocol,port,intended\na1,b1,tcp,443,allow\na1,b1,tcp,23,deny\n",
        ["2: a1 > b1 443/tcp", "3: a1 > b1 23/tcp never"],
    ),
    "what is allowed, and what is not": (
        "md",
        "|Source|Destination|Port|Allowed?|\n|-|-|-|-|\n|a1|b1|1/tcp|Yes|\n|a1|c1|2/tcp|No|",
        ["3: a1 > b1 1/tcp", "4: a1 > c1 2/tcp never"],
    ),
    "rows that lost the cell that spans them": (
        "md",
        (
            "|From|To|Protocol|Port|Notes|\n|-|-|-|-|-|\n|a1|b1|TCP|1|x|\n|c1|TCP|2 to 3|x|\n"
            "|Section 4|\n|d1|e1|TCP|5|x|"
        ),
        ["3: a1 > b1 1/tcp", "4: a1 > c1 2-3/tcp ?from,to,service", "6: d1 > e1 5/tcp"],
    ),
    "addresses before ports, and any protocol": (
        "md",
        (
            "|Source|Destination|Port|Protocol|\n|-|-|-|-|\n|a1|b1|192.0.2.1:4000|TCP|\n"
            "|a1|b1|db.example.com:5432|TCP|\n|a1|b1|80|Any|"
        ),
        ["3: a1 > b1 4000/tcp", "4: a1 > b1 5432/tcp", "5: a1 > b1 80/tcp+udp ?service"],
    ),
    "CSV with titles, semicolons and lines in cells": (
        "csv",
        'Ports of the shop;;\n;;\nFrom;To;Port\n"Till,\nOffice";Web;"80/tcp\n443/tcp"\n',
        ["4: till,office > web 80/tcp 443/tcp"],
    ),
    "CSV without heads": (
        "csv",
        "web,443/tcp\ndb,5432/tcp\n",
        [
            "1: clients > server 443/tcp ?from,to",
            "2: clients > server 5432/tcp ?from,to",
        ],
    ),
    "a head that is a row": (
        "md",
        "## Box\n\n|TCP 443|Pages|\n|-|-|\n|TCP 22|Shell|",
        ["3: clients > box 443/tcp ?from,to", "5: clients > box 22/tcp ?from,to"],
    ),
    "protocols in the text": (
        "md",
        "|Use|Port|\n|-|-|\n|DNS (TCP and UDP)|8600|\n|API (UDP only)|8500|",
        [
            "3: clients > server 8600/tcp+udp ?from,to,service",
            "4: clients > server 8500/udp ?from,to,service",
        ],
    ),
    "other languages": (
        "md",
        "|Servicio|TCP/UDP|Puertos|\n|-|-|-|\n|SSH|TCP|22|\n|DHCP|UDP|67, 68|",
        ["3: clients > server 22/tcp ?from,to", "4: clients > server 67,68/udp ?from,to"],
    ),
    "a table of something else beside it": (
        "md",
        "|CPU|RAM|Agents|\n|-|-|-|\n|2|4 GB|0-225|\n|4|8 GB|226-450|\n\n|Port|\n|-|\n|443/tcp|",
        ["8: clients > server 443/tcp ?from,to"],
    ),
    "names of the page that are words of the language": (
        "md",
        (
            "|Source|Destination|Port|\n|-|-|-|\n|Clients|Self|1/tcp|\n|Servers|Internet|2/tcp|\n"
            "|Any|All|3/tcp|"
        ),
        ["3: clients > self 1/tcp", "4: servers > internet 2/tcp", "5: any > all 3/tcp"],
    ),
}


@pytest.mark.parametrize(("ending", "text", "lines"), PAGES.values(), ids=PAGES)
def test_each_row_of_a_page_is_a_flow(
    ending: str, text: str, lines: list[str], tmp_path: Path
) -> None:
    assert flow_lines(drafted(tmp_path, text, ending)) == lines


def test_the_text_of_a_row_that_goes_on_is_in_its_notes(tmp_path: Path) -> None:
    policy = drafted(tmp_path, LOST)

    assert [flow.notes for flow in policy.flows][:2] == [
        "Yes, during installation.",
        "Not configurable. You also need UDP port 1434 for the browser.",
    ]
    assert policy.not_covered == (
        "Line 9: the text names `UDP port 1434`",
        "Line 17: the row has no port, so its flow has all; write those that you know",
    )


def test_cells_stand_in_the_rows_as_the_page_has_them(tmp_path: Path) -> None:
    text = "|Port|Protocol|Node|Direction|Service|\n|-|-|-|-|-|\n|443|TCP|Web|In|HTTPS|"
    (row,) = drafted(tmp_path, text).rows.values()

    assert (row.line, row.device, row.direction) == (3, ("web",), "in")
    assert (row.protocol, row.port, row.app) == ("tcp", "443", "HTTPS")


BOTH = {
    "both ends": "|a1|b1|Both|1/tcp|",
    "a word": "|Any|b1|Both|1/tcp|",
    "the same": "|a1|a1|Both|1/tcp|",
    "itself": "|a1|Self|Both|1/tcp|",
    "one": "|a1||Both|1/tcp|",
    "nobody": "|||Both|1/tcp|",
}


@pytest.mark.parametrize("row", BOTH.values(), ids=BOTH)
def test_a_row_about_both_directions_says_so(row: str, tmp_path: Path) -> None:
    policy = drafted(tmp_path, f"|Source|Destination|Direction|Port|\n|-|-|-|-|\n{row}")

    assert [one.direction for one in policy.rows.values()] == ["in+out"]


def test_names_are_roles_if_they_listen_and_peers_if_not(tmp_path: Path) -> None:
    text = (
        "|Source|Destination|Port|\n|-|-|-|\n|Users|Web 1|1/tcp|\n|web-1|DB|2/tcp|\n||Web 1|3/tcp|"
    )
    policy = drafted(tmp_path, text)

    assert {name: role.title for name, role in policy.roles.items()} == {
        "web-1": "Web 1",
        "db": "DB",
    }
    assert list(policy.peers) == ["users"]


def test_who_is_not_named_does_not_become_a_name_of_the_page(tmp_path: Path) -> None:
    text = "|Node|Direction|Port|\n|-|-|-|\n|Clients|Out|1/tcp|\n|Web|In|2/tcp|"

    assert flow_lines(drafted(tmp_path, text)) == [
        "3: clients > servers 1/tcp ?to",
        "4: unknown-clients > web 2/tcp ?from",
    ]


def test_invisible_characters_are_no_part_of_a_word(tmp_path: Path) -> None:
    text = "|Port|Protocol|Node|\n|-|-|-|\n|4\u200b43|T\u00adCP|\x1b[31mWe\u202eb\x07|"
    policy = drafted(tmp_path, text)

    assert [one.text for flow in policy.flows for one in flow.services] == ["443/tcp"]
    assert [role.title for role in policy.roles.values()] == ["[31mWeb"]


def test_a_page_called_site_has_another_name(tmp_path: Path) -> None:
    assert drafted(tmp_path, "# Site\n\n|Port|\n|-|\n|1/tcp|").name == "site-ports"
    assert drafted(tmp_path, "# Shop\n\n|Port|\n|-|\n|1/tcp|").name == "shop"

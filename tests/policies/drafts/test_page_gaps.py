"""Pages of vendors: no row is lost in silence, and none is invented."""

import random
from pathlib import Path

import pytest

from flowmodel.source import InputErrors
from tests.policies.drafts.samples import drafted, flow_lines

GAPS: dict[str, tuple[str, list[str]]] = {
    "nothing": ("", []),
    "a row without a port": (
        "|socket|-|a|",
        ["Line 4: no port was found in `socket | - | a`"],
    ),
    "a row without a port whose first cell is empty": (
        "||depends|a|",
        ["Line 4: no port was found in `depends | a`"],
    ),
    "a port that is none": ("|70000|tcp|a|", ["Line 4: no port was found in `70000 | tcp | a`"]),
    "another number": ("|443 (then 8443)|tcp|a|", ["Line 4: the row also has the number 8443"]),
    "a footnote": ("|443 (1)|tcp|a|", []),
    "another port in the text": (
        "|443|tcp|also UDP 500|",
        ["Line 4: the text names `UDP 500`"],
    ),
    "the same port in the text": ("|443|tcp|only TCP 443|", []),
    "the rest is denied": ("|*|any|deny|", ["Line 4: all else is denied: `* | any | deny`"]),
    "a row of one cell that begins with a number": (
        "|Since 2024|",
        ["Line 4: a heading in the table has numbers: `Since 2024`"],
    ),
    "no port at all": (
        "||tcp|a|",
        ["Line 4: the row has no port, so its flow has all; write those that you know"],
    ),
    "text behind": (
        "\nWrite to UDP port 8472.",
        ["Line 5: the text names `UDP port 8472`: Write to UDP port 8472."],
    ),
    "a table in code": (
        "\n```\n|Port|x|\n|-|-|\n|1|2|\n```",
        [],
    ),
    "a table in code with ports": (
        "\n```\n|Port 22|x|\n|-|-|\n|1|2|\n```",
        ["Line 6: this is in no table: `a table in a code block: |Port 22|x|`"],
    ),
    "rows without a head": (
        "\n|8443|tcp|a|",
        ["Line 5: this is in no table: `|8443|tcp|a|`"],
    ),
}


@pytest.mark.parametrize(("more", "gaps"), GAPS.values(), ids=GAPS)
def test_what_is_no_row_is_said_with_its_line(more: str, gaps: list[str], tmp_path: Path) -> None:
    policy = drafted(tmp_path, f"|Port|Protocol|Use|\n|-|-|-|\n|22|tcp|a|\n{more}")

    assert list(policy.not_covered) == gaps


CELLS: dict[str, tuple[str, list[str]]] = {
    "prose in a column of ports": (
        "|TCP ports|UDP ports|\n|-|-|\n|443|if you use the DNS feature then also 53 and 853|",
        ["Line 3: the row also has `53/udp`, `853/udp`"],
    ),
    "prose in a column of ports beside a service": (
        "|Service|TCP ports|\n|-|-|\n|443/tcp|if you use the DNS feature then also 53 and 853|",
        ["Line 3: the row also has `53/tcp`, `853/tcp`"],
    ),
    "prose without ports": (
        "|TCP ports|UDP ports|\n|-|-|\n|443|none of them is needed for 3 of the servers|",
        [],
    ),
    "two services": (
        "|Inside|Outside|\n|-|-|\n|445/tcp|8445/tcp|",
        ["Line 3: the row also has `8445/tcp`"],
    ),
    "one service twice": ("|Inside|Outside|\n|-|-|\n|445/tcp|TCP 445|", []),
    "one port with two protocols": (
        "|Inside|Outside|\n|-|-|\n|445/tcp|445/udp|",
        ["Line 3: the row also has `445/udp`"],
    ),
    "a protocol without ports": (
        "|Inside|Outside|\n|-|-|\n|445/tcp|ESP|",
        ["Line 3: the row also has `esp`"],
    ),
    "the port of another side": (
        "|External port|Internal port|\n|-|-|\n|443/tcp|8443/tcp|",
        ["Line 3: the row also has `8443/tcp`"],
    ),
    "two columns of ports": ("|TCP port|UDP port|\n|-|-|\n|443|53|", []),
    "a row that goes on with a port": (
        "|Port|Notes|\n|-|-|\n|443/tcp|a|\n||and also 8443|",
        ["Line 4: the row above goes on with `8443`"],
    ),
    "a row that goes on with a protocol": (
        "|Port|Notes|\n|-|-|\n|443/tcp|a|\n||and also ESP|",
        ["Line 4: the row above goes on with `esp`"],
    ),
    "a row that goes on with its own port": (
        "|Port|Notes|\n|-|-|\n|443/tcp|a|\n||443 on all 3 servers|",
        [],
    ),
    "another protocol in the text": (
        "|Port|Notes|\n|-|-|\n|443/tcp|newer ones use UDP 443|",
        ["Line 3: the text names `UDP 443`"],
    ),
    "another number, and a service in the text": (
        "|Port|Notes|\n|-|-|\n|443/tcp (then 8443)|also UDP 500|",
        ["Line 3: the row also has the number 8443", "Line 3: the text names `UDP 500`"],
    ),
}


@pytest.mark.parametrize(("text", "gaps"), CELLS.values(), ids=CELLS)
def test_no_cell_with_ports_is_lost(text: str, gaps: list[str], tmp_path: Path) -> None:
    assert list(drafted(tmp_path, text).not_covered) == gaps


REFUSED: dict[str, tuple[str, str, str]] = {
    "nothing": ("md", "", "no table with ports was found"),
    "no table": ("md", "# Ports\n\nNone.", "no table with ports was found"),
    "ports in the text only": (
        "md",
        "a\n\nOpen TCP 443.",
        "no table with ports was found; its text names ports, first in line 3",
    ),
    "rows without a line below the head": (
        "md",
        "|Port|Use|\n|443|a|",
        (
            "no table with ports was found; line 1 is like a row of a table, but no `|---|---|` "
            "line stands below its head"
        ),
    ),
    "a table of something else": (
        "html",
        "<table><tr><th>CPU<tr><td>4</table>",
        "no table with ports was found",
    ),
    "no text": ("md", "|Port|\0", "the file is no text: it has NUL characters"),
    "no CSV": ("csv", '"' + "a" * 200_000, "line 1 is not CSV: field larger than field limit"),
    "too many rows": (
        "csv",
        "Port,Use\n" + "443/tcp,a\n" * 1501,
        "more than 1500 rows with ports: cut the page in parts",
    ),
    "too many rows to read": (
        "csv",
        "Port,Use\n" + "a,b\n" * 20_001,
        "the page is too large: its tables have more than 20000 rows",
    ),
    "too many columns": (
        "html",
        "<table><tr>" + "<td>" * 300,
        "the page is too large: too many columns",
    ),
}


@pytest.mark.parametrize(("ending", "text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_page_without_ports_is_an_error(
    ending: str, text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputErrors) as caught:
        drafted(tmp_path, text, ending)

    (error,) = caught.value.errors
    assert message in error.message
    assert error.text == ""


_HEADS = ("Port", "Protocol", "Source", "Destination", "Purpose", "Configurable")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("ending", ["md", "html", "csv"])
def test_there_are_as_many_rows_as_the_page_has(seed: int, ending: str, tmp_path: Path) -> None:
    chance = random.Random(seed)
    heads = list(_HEADS)
    chance.shuffle(heads)
    table = [heads]
    wanted = []
    for _ in range(chance.randrange(1, 30)):
        low = chance.randrange(1, 65000)
        port = chance.choice([str(low), f"{low}-{low + 500}", f"{low},{low + 2}"])
        protocol = chance.choice(["tcp", "udp"])
        cells = {"Port": port, "Protocol": protocol, "Source": "Users", "Destination": "Web"}
        table.append([cells.get(head, chance.choice(["", "a", "b 2"])) for head in heads])
        wanted.append(f"users > web {port}/{protocol}")

    text = {"md": _as_markdown, "html": _as_html, "csv": _as_csv}[ending](table)
    policy = drafted(tmp_path, text, ending)

    assert [line.partition(": ")[2] for line in flow_lines(policy)] == wanted
    assert policy.not_covered == ()


def _as_markdown(table: list[list[str]]) -> str:
    lines = ["|" + "|".join(cells) + "|" for cells in table]
    return "\n".join([lines[0], "|-" * len(table[0]) + "|", *lines[1:]])


def _as_html(table: list[list[str]]) -> str:
    rows = ("".join(f"<td>{cell}" for cell in cells) for cells in table)
    return "<table>" + "".join(f"<tr>{row}\n" for row in rows) + "</table>"


def _as_csv(table: list[list[str]]) -> str:
    return "".join(";".join(f'"{cell}"' for cell in cells) + "\n" for cells in table)


_CELLS = (
    *("443", "TCP 443", "tcp", "UDP", "TCP/UDP", "80, 443", "400n", "4nnn", "N/A", "--", "Any"),
    *("All", "Self", "Internet", "web", "Web, DB", "clients", "servers", "In", "Both", "dynamic"),
    *("0", "ICMP", "8/0", "ESP", "TCP, ICMP", "53/udp, 80/tcp", "443 (and 80)", "Deny", "*", ""),
    *("65536", "> 1023", "proto 255", "protocol 300", "x: y", "# a", "null", "[a]", "{a}", "site"),
    *("!self", "?clients", "192.0.2.1:443", "::1", "policy/1", "TCP 0", "all", "Port", "Source"),
)
_TITLES = ("# Ports", "## Inbound", "**Out**", "## A --> B", "## A <--> A", "## all --> self", "")
_ANY_HEADS = (
    *("Port", "Protocol", "Source", "Destination", "Direction", "Device", "Used by", "TCP", "UDP"),
    *("Inbound ports", "Action", "Name", "", "Notes", "Default", "Allowed"),
)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_cells_a_page_has_it_is_a_policy_or_refused(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    lines = []
    for _ in range(chance.randrange(1, 4)):
        width = chance.randrange(1, 7)
        rows = [[chance.choice(_CELLS) for _ in range(width)] for _ in range(4)]
        heads = [chance.choice(_ANY_HEADS) for _ in range(width)]
        lines += [chance.choice(_TITLES), "", _as_markdown([heads, *rows]), ""]
    messages = []
    try:
        drafted(tmp_path, "\n".join(lines))
    except InputErrors as refused:
        messages = [error.message for error in refused.errors]

    assert all("no table with ports was found" in message for message in messages)

"""What cells say: every spelling of a service that pages have, and numbers that are none."""

import pytest

from policies.drafts.pages.cells import Group, any_digit, mentions, read_cell


def _said(text: str) -> list[str]:
    return [
        f"{'+'.join(group.protocols)} {','.join(group.ports)}".strip()
        for group in read_cell(text).groups
    ]


SERVICES = {
    "": [],
    "TCP 443": ["tcp 443"],
    "443/tcp": ["tcp 443"],
    "tcp/443": ["tcp 443"],
    "TCP: 443": ["tcp 443"],
    "TCP443": ["tcp 443"],
    "443TCP": ["tcp 443"],
    "TCP-443": ["tcp 443"],
    "443 (TCP)": ["tcp 443"],
    "TCP port 443": ["tcp 443"],
    "TCP/UDP 135": ["tcp+udp 135"],
    "135 TCP and UDP": ["tcp+udp 135"],
    "UDP, TCP 53": ["tcp+udp 53"],
    "80, 443": ["80,443"],
    "80 or 443": ["80,443"],
    "80/443": ["80,443"],
    "80\n443": ["80,443"],
    "80 443": ["80,443"],
    "TCP 135 and 445": ["tcp 135,445"],
    "TCP 135 and 445 (initially)": ["tcp 135,445"],
    "TCP 80, UDP 53": ["tcp 80", "udp 53"],
    "80/tcp, 53/udp": ["tcp 80", "udp 53"],
    "80,443/tcp": ["tcp 80,443"],
    "8300, 8301(UDP), 8500": ["8300,8500", "udp 8301"],
    "1024-65535": ["1024-65535"],
    "1024\u201365535": ["1024-65535"],
    "1024 — 65535": ["1024-65535"],
    "1024 to 65535": ["1024-65535"],
    "6881:6891": ["6881-6891"],
    "49,152-65,535": ["49152-65535"],
    "0-65535": ["1-65535"],
    "8080-8080": ["8080"],
    "8080:80": ["8080,80"],
    ">1023": ["1024-65535"],
    ">= 1024": ["1024-65535"],
    "1024+": ["1024-65535"],
    "1024 and above": ["1024-65535"],
    "1024 or over": ["1024-65535"],
    "above 1023": ["1024-65535"],
    "1024-max": ["1024-65535"],
    "1024 \u2013 highest": ["1024-65535"],
    "443 & up": ["443-65535"],
    "443..445": ["443-445"],
    "443...445": ["443-445"],
    "443 … 445": ["443-445"],
    "445-443": ["445,443"],
    "2024-10": ["2024,10"],
    "443-": ["443"],
    "443 - HTTPS": ["443"],
    "443.445": [],
    "HTTPS over 443/TCP": ["tcp 443"],
    "LDAP over 636": ["636"],
    "over 1024": ["1024"],
    "80+443": ["80,443"],
    "80 + 443/tcp": ["tcp 80,443"],
    "1024+ TCP": ["tcp 1024-65535"],
    "8443 -> 443": ["8443,443"],
    "8443->443": ["8443,443"],
    "=> 443": ["443"],
    "8443 → 443": ["8443,443"],
    "1,433/TCP": ["tcp 1,433"],
    "400n": ["400n"],
    "TCP 400x": ["tcp 400n"],
    "TCP": ["tcp"],
    "TCP, UDP": ["tcp+udp"],
    "tcp6": ["tcp"],
    "ICMP": ["icmp"],
    "ICMPv6": ["icmpv6"],
    "ESP": ["esp"],
    "IP protocol 50": ["esp"],
    "protocol number 47": ["gre"],
    "proto 200": ["proto 200"],
    "Any": ["1-65535"],
    "TCP any": ["tcp 1-65535"],
    "*": ["1-65535"],
    "Dynamic": ["49152-65535"],
    "Local: 9955 Remote: Any": ["9955"],
    "0080": ["80"],
    "443*": ["443"],
    "443†": ["443"],
    "disabled (8501)": ["8501"],
    "443 (HTTPS)": ["443"],
    "443 [1]": ["443"],
    "443 (See note 2, or step 3)": ["443"],
    "443 Note 2": ["443"],
    "HTTPS": [],
    "X": [],
    "N/A": [],
    "-": [],
    "TLS 1.2": [],
    "10.0.0.1": [],
    "70000": [],
    "0": ["0"],
    "100%": [],
    "$port": [],
    "v2": [],
    "L2TP": [],
    "Depends on the component": [],
}


@pytest.mark.parametrize(("text", "said"), SERVICES.items(), ids=map(repr, SERVICES))
def test_a_cell_has_the_services_that_it_names(text: str, said: list[str]) -> None:
    assert _said(text) == said


SURE = {
    "TCP 443": True,
    "443 (HTTPS)": True,
    "400n": False,
    "Dynamic": False,
    "TCP 443, 80/UDP": False,
    "Local: 9955 Remote: Any": False,
    "Any": True,
    "HTTPS over 443/TCP": False,
    "LDAP over 636": False,
    "1024 or over": True,
    "takeover 443": True,
    "1,433/TCP": False,
    "TCP 27,017": False,
    "1 433": False,
    "80,443": True,
    "53, 853": True,
    "22,443,8443": True,
    "25,80": True,
    "1,433, 3,389": False,
    "22\n443": True,
    "49,152-65,535": True,
    "8443 -> 443": False,
    "8443 → 443": False,
    "> 1023": True,
    "not 22": False,
    "not TCP 22": False,
    "except port 22": False,
    "< 1024": False,
    "below 1024": False,
    "up to 1024": False,
    "from 1024": False,
    "from 1024 to 2048": True,
    "TCP over 443": False,
    "over TCP 443": True,
    "nothing but": True,
    # Ranges of which an end is not told, or that are none.
    "1024-max": True,
    "1024 - maximum": True,
    "1024-high": False,
    "1024-65k": False,
    "8000-80xx": False,
    "443-": False,
    "443 -": False,
    "443-, 80": False,
    "(443-)": False,
    "-443": False,
    "80, -443": False,
    "443..445": True,
    "443...445": True,
    "443 … 445": True,
    "443-445": True,
    "443-445, 447-449": True,
    "445-443": False,
    "443-445-447": False,
    "443-tcp": True,
    "TCP-443": True,
    "TCP - 443": True,
    "443 - HTTPS": True,
    "443 \u2013 HTTPS, 80 \u2013 HTTP": True,
    # Lists that go on.
    "443, 80, ...": False,
    "443, …": False,
    "443 etc.": False,
    "443 and others": False,
    "443 and 80": True,
    # Dates.
    "2024-10": False,
    "2024-10-12": False,
    "12-10-2024": False,
    "10/2024": False,
    "80/2049": True,
    "80/443": True,
}


@pytest.mark.parametrize(("text", "is_sure"), SURE.items(), ids=map(repr, SURE))
def test_what_is_guessed_is_not_sure(text: str, is_sure: bool) -> None:
    assert read_cell(text).is_sure == is_sure


def test_numbers_that_are_not_used_are_kept() -> None:
    assert read_cell("443 (redirected to 8443)").unused == ("8443",)
    assert read_cell("443").unused == ()


WHOLE = {
    "TCP 443": True,
    "TCP 135 and 445 (initially)": True,
    "443/tcp HTTPS": True,
    "443": False,
    "TCP": False,
    "All": False,
    "ESP": True,
    "open TCP 443": False,
    "TCP 443 is needed by the server": False,
}


@pytest.mark.parametrize(("text", "is_service"), WHOLE.items(), ids=map(repr, WHOLE))
def test_a_cell_is_a_service_if_it_is_little_else(text: str, is_service: bool) -> None:
    assert read_cell(text).is_service == is_service


MENTIONS = {
    "over UDP port 8472 when": ("UDP port 8472",),
    "ports 111 and 2049": ("ports 111",),
    "uses port `443`": ("port `443",),
    "53/udp, 80 (tcp)": ("53/udp", "80 (tcp"),
    "TCP (443)": ("TCP (443",),
    "--dport 22": ("dport 22",),
    "firewall-cmd --add-port=9000/tcp": ("9000/tcp",),
    "sport 22": (),
    "version 10 of TCP": (),
    "in 2024": (),
    "port 1": (),
    "support 443": (),
}


@pytest.mark.parametrize(("text", "found"), MENTIONS.items(), ids=map(repr, MENTIONS))
def test_running_text_names_services(text: str, found: tuple[str, ...]) -> None:
    assert mentions(text) == found


def test_any_digit_stands_for_all_of_them() -> None:
    assert any_digit("400n") == "4000-4009"
    assert any_digit("6553n") == ""


def test_a_cell_of_prose_that_is_very_long_has_no_service() -> None:
    assert read_cell("443 " * 1000).groups == ()
    assert read_cell("TCP 443").groups == (Group(("tcp",), ("443",)),)

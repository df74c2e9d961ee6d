"""Heads of columns: what each says, and which columns are known by what stands below."""

import pytest

from policies.drafts.pages.heads import column, columns, is_head

HEADS = {
    "Port": "port",
    "Ports": "port",
    "Port(s)": "port",
    "Port Range": "port",
    "Destination port": "port",
    "Default port": "port",
    "Port/Protocol": "port",
    "TCP": "port tcp",
    "UDP": "port udp",
    "TCP ports": "port tcp",
    "Inbound ports": "port in",
    "Source port": "other",
    "Local Port": "other",
    "Protocol": "protocol",
    "TCP/UDP": "protocol",
    "Transport": "protocol",
    "Application protocol": "app",
    "Direction": "direction",
    "Inbound/Outbound": "direction",
    "Source": "source",
    "From": "source",
    "Source IP address": "source",
    "Client": "source",
    "Used By": "user",
    "Destination": "destination",
    "To": "destination",
    "Target server": "destination",
    "Device": "device",
    "Node Type": "device",
    "Server role": "device",
    "Component": "device",
    "Purpose": "purpose",
    "Description": "purpose",
    "Notes": "purpose",
    "Used for": "purpose",
    "Service": "app",
    "Name": "app",
    "Action": "action",
    "Configurable": "other",
    "Support": "other",
    "Total": "other",
    "": "other",
}


@pytest.mark.parametrize(("head", "said"), HEADS.items(), ids=map(repr, HEADS))
def test_a_head_says_what_its_column_is_about(head: str, said: str) -> None:
    found = column(head)

    assert " ".join(one for one in (found.kind, *found.protocols, found.direction) if one) == said


def _kinds(heads: list[str], rows: list[list[str]], about: str = "") -> list[str]:
    return [one.kind for one in columns(heads, rows, about)]


def test_columns_are_known_by_what_stands_below() -> None:
    rows = [["web", "TCP", "443", "Inbound"], ["db", "TCP/UDP", "53", "in/out"]]

    assert _kinds(["a", "b", "c", "d"], rows) == ["other", "protocol", "port", "direction"]


def test_numbers_are_no_ports_where_nothing_says_so() -> None:
    rows = [["2", "4 GB", "225"], ["4", "8 GB", "450"]]

    assert _kinds(["CPU", "RAM", "Agents"], rows) == ["other", "other", "other"]
    assert _kinds(["Node", "Default"], [["web", "443"]], "Open ports") == ["device", "port"]
    assert _kinds(["Node", "Default"], [["web", "443"]], "Memory") == ["device", "other"]


def test_protocols_of_applications_are_no_protocols() -> None:
    assert _kinds(["Port", "Protocol"], [["443", "HTTPS"], ["22", "SSH"]]) == ["port", "app"]
    assert _kinds(["Port", "Protocol"], [["443", "HTTPS (TCP)"]]) == ["port", "protocol"]


def test_a_head_has_no_ports_in_it() -> None:
    assert is_head(["Port", "Purpose"])
    assert not is_head(["443", "Purpose", "Source"])
    assert not is_head(["Port", "a"])
    assert not is_head(["web", "db"])

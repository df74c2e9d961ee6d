"""Words of direction, and what headings name."""

import pytest

from policies.drafts.pages.directions import directions, machine, only_direction, pair

CELLS = {
    "Incoming": "in",
    "Inbound": "in",
    "Ingress": "in",
    "In": "in",
    "IN": "in",
    "→": "out",
    "Outgoing": "out",
    "out": "out",
    "Outgoing and Incoming": "in+out",
    "Incoming Outgoing": "in+out",
    "In/Out": "in+out",
    "Both": "in+out",
    "Bidirectional": "in+out",
    "↔": "in+out",
    "Inbound only": "in",
    "Internal": "",
    "Inbound to the server": "",
    "": "",
    "and": "",
    "login": "",
}


@pytest.mark.parametrize(("text", "direction"), CELLS.items(), ids=map(repr, CELLS))
def test_a_cell_of_nothing_else_is_a_direction(text: str, direction: str) -> None:
    assert only_direction(text) == direction


HEADINGS = {
    "Linux VM": ("", "Linux VM"),
    "Incoming connections": ("in", ""),
    "Outbound ports": ("out", ""),
    "Inbound Network Rules": ("in", ""),
    "Inbound to the web server": ("in", "web server"),
    "Firewall requirements for a remote Catalog Web Server": ("", "remote Catalog Web Server"),
    "Node(s)": ("", "Node"),
    "Required ports": ("", ""),
    "Network ports and protocols": ("", ""),
    "443": ("", ""),
}


@pytest.mark.parametrize(("text", "said"), HEADINGS.items(), ids=HEADINGS)
def test_a_heading_has_a_direction_and_a_machine(text: str, said: tuple[str, str]) -> None:
    assert (directions(text), machine(text)) == said


PAIRS = {
    "Client --> Server": ("Client", "Server", ""),
    "Client -- > Server": ("Client", "Server", ""),
    "Client → Server": ("Client", "Server", ""),
    "Client <--> Server": ("Client", "Server", "in+out"),
    "Ports used for node to control plane communications": ("node", "control plane", ""),
    "From web to database traffic": ("web", "database", ""),
    "Control plane": ("", "", ""),
    "How to open ports": ("", "", ""),
}


@pytest.mark.parametrize(("text", "found"), PAIRS.items(), ids=PAIRS)
def test_a_heading_can_name_both_ends(text: str, found: tuple[str, str, str]) -> None:
    assert pair(text) == found

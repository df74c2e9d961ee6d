"""Elements that OPNsense does not know for their capital letters: PHP compares names exactly."""

from parsers.pf.opnsense.coverage import SECTIONS, elements_at
from parsers.pf.xml import Element

_IN_CAPITALS = ("opnsense", "firewall")
"""The section whose own elements begin with capital letters."""


def keep_capitals(root: Element) -> None:
    """Gives such elements the tag that they are written with, which nothing asks for."""
    capitals = {name.lower() for name in root.document.capitals}
    for section in SECTIONS:
        wrong = section.read & capitals
        if not wrong or section.path == _IN_CAPITALS:
            continue
        for entry in elements_at(root, section.path):
            for child in entry.children:
                if child.tag in wrong:
                    child.tag = child.name

"""Elements that OPNsense does not know for their capital letters: PHP compares names exactly."""

from parsers.pf.opnsense.coverage import SECTIONS
from parsers.pf.xml import Element

_IN_CAPITALS = ("opnsense", "firewall")
"""The section whose own elements begin with capital letters."""
_TOP = frozenset(section.path[0] for section in SECTIONS) - {"opnsense"} | {"system"}
"""The sections that stand in no other."""


def keep_capitals(root: Element) -> None:
    """Gives such elements the tag that they are written with, which nothing asks for."""
    capitals = {name.lower() for name in root.document.capitals}
    sections = [(section.path, section.read) for section in SECTIONS]
    for path, read in (((), _TOP), *sections):
        wrong = read & capitals
        if not wrong or path == _IN_CAPITALS:
            continue
        for entry in root.below(*path):
            for child in entry.children:
                if child.tag in wrong:
                    child.tag = child.name

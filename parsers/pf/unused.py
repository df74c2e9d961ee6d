"""Which aliases of a config.xml nothing else in it names."""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.ruleset import Unused
from parsers.pf.xml import Element

_SECTIONS: Final = (("aliases",), ("opnsense", "firewall", "alias", "aliases"))
"""Where pfSense keeps its aliases, and OPNsense before and since 20.1."""
_FOR_PEOPLE: Final = frozenset({"descr", "description", "detail"})
_FILLED_BY_OTHERS: Final = frozenset({"external", "internal", "authgroup"})
"""OPNsense: plugins fill these, and may bring the rules for them that config.xml has not."""
_BETWEEN: Final = re.compile(r"[\s,;:|!]+")


def unused(root: Element) -> Iterator[Unused]:
    """The aliases that neither a rule nor anything else names, nor an alias that is named.

    A rule that is switched off names them too. Whatever is a name counts, wherever it stands:
    routes, tunnels and packages use aliases as well.
    """
    sections = [found for path in _SECTIONS if (found := root.find(*path))]
    aliases = {
        name: each
        for section in sections
        for each in section.all("alias")
        if (name := each.get("name"))
    }
    if not aliases:
        return
    known = frozenset(aliases)
    waiting = list(_named(root, known, [id(each) for each in sections]))
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _named(aliases[name], known - {name}, [])
    for name, each in aliases.items():
        if name not in used and each.get("type") not in _FILLED_BY_OTHERS:
            yield Unused("alias", name, each.span)


def _named(root: Element, known: frozenset[str], without: list[int]) -> Iterator[str]:
    """The known names in the texts below an element, but for some elements."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.tag in _FOR_PEOPLE or id(element) in without:
            continue
        if element.children:
            waiting += element.children
        elif element.text in known:
            yield element.text
        elif element.text:
            yield from known.intersection(_BETWEEN.split(element.text))

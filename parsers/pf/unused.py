"""Which aliases of a config.xml nothing else in it names."""

import re
from collections.abc import Collection, Iterator
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
    waiting = [*_named(_texts(root, sections), known)]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _named(_texts(aliases[name]), known, name)
    for name, each in aliases.items():
        if name not in used and each.get("type") not in _FILLED_BY_OTHERS:
            yield Unused("alias", name, each.span)


def _texts(root: Element, without: Collection[Element] = ()) -> set[str]:
    """The texts below an element that a device reads, but for those of some elements."""
    waiting = [root]
    found: set[str] = set()
    for element in waiting:
        for child in element.children:
            if child.tag not in _FOR_PEOPLE:
                if not child.children:
                    found.add(child.text)
                elif child not in without:
                    waiting.append(child)
    return found


def _named(texts: set[str], known: frozenset[str], own: str = "") -> frozenset[str]:
    """The known names among the texts, and in those that are none as a whole, or its own one."""
    whole = (known & texts) - {own}
    return whole.union(known.intersection(_BETWEEN.split(" ".join(texts - whole))))

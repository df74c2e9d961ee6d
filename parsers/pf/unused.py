"""Which aliases of a config.xml nothing else in it names."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from flowmodel.ruleset import Unused
from parsers.pf.xml import Document, Element

_SECTIONS: Final = (("aliases",), ("opnsense", "firewall", "alias", "aliases"))
"""Where pfSense keeps its aliases, and OPNsense before and since 20.1."""
_FOR_PEOPLE: Final = frozenset({"descr", "description", "detail"})
_FILLED_BY_OTHERS: Final = frozenset({"external", "internal", "authgroup"})
"""OPNsense: plugins fill these, and may bring the rules for them that config.xml has not."""
_BETWEEN: Final = str.maketrans(",;:|!", " " * 5)


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
    waiting = _named(_elsewhere(root.document, sections), known)
    used: set[str] = set()
    while waiting:
        used |= waiting
        waiting = _named(_heard([aliases[name] for name in waiting]), known) - used
    for name, each in aliases.items():
        if name not in used and each.get("type") not in _FILLED_BY_OTHERS:
            yield Unused("alias", name, each.span)


def _elsewhere(document: Document, sections: list[Element]) -> list[Element]:
    """All elements that have children which a device reads, but for those of some sections."""
    found: list[Element] = []
    end = 0
    for element in document.parents:
        if element.tag in _FOR_PEOPLE or element in sections:
            end = max(end, element.close)
        elif element.start >= end:
            found.append(element)
    return found


def _heard(aliases: list[Element]) -> list[Element]:
    """The aliases, and all below them that have children which a device reads."""
    found = [*aliases]
    for element in found:
        below = [each for each in element.children if each.children]
        found += [each for each in below if each.tag not in _FOR_PEOPLE]
    return found


def _named(elements: list[Element], known: frozenset[str]) -> frozenset[str]:
    """The known names among the texts of the elements' children, and in those that are none."""
    children = chain.from_iterable([each.children for each in elements])
    texts = {each.text for each in children if each.tag not in _FOR_PEOPLE}
    whole = known & texts
    return whole.union(known.intersection(" ".join(texts - whole).translate(_BETWEEN).split()))
